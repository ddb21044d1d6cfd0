"""How frames are given: stored, decoded or as copied, which media type, in parts or not (PS3.18 8.7.3, 8.7.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from service.dicom.syntaxes import EXPLICIT_VR_LITTLE_ENDIAN, transfer_syntax
from service.dicomweb.accept import MULTIPART, OCTETS, Form, MediaRange, not_acceptable, ranges

_JPEG, _JLS, _JP2, _JPX, _JPHC, _JXL = "image/jpeg", "image/jls", "image/jp2", "image/jpx", "image/jphc", "image/jxl"
_ROOT: Final = "1.2.840.10008.1.2."
_NUMBERS: Final = {
    _JPEG: ("4.50", "4.51", "4.57", "4.70"),
    _JLS: ("4.80", "4.81"),
    _JP2: ("4.90", "4.91"),
    _JPX: ("4.92", "4.93"),
    _JPHC: ("4.201", "4.202", "4.203"),
    _JXL: ("4.110", "4.111", "4.112"),
    "image/dicom-rle": ("5",),
    "video/mpeg2": ("4.100", "4.101"),
    "video/mp4": ("4.102", "4.103", "4.104", "4.105", "4.106"),
}
_MEDIA_TYPES: Final = {_ROOT + number: media_type for media_type, numbers in _NUMBERS.items() for number in numbers}
_ANY_OCTETS: Final = frozenset({OCTETS, "*/*", "application/*"})


class Given(Enum):
    """Which bytes go out: as stored, byte for byte; decoded to Explicit VR Little Endian; the copy for viewers."""

    STORED = "stored"
    DECODED = "decoded"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class FrameForm:
    """How frames go out."""

    form: Form
    media_type: str
    transfer_syntax_uid: str
    given: Given

    @property
    def content_type(self) -> str:
        """The Content-Type of a part, or of a single answer."""
        return f"{self.media_type}; transfer-syntax={self.transfer_syntax_uid}"


def choose(
    taken: tuple[MediaRange, ...], stored_syntax_uid: str, copy_syntax_uid: str | None, *, frames: int
) -> FrameForm:
    """The first way of giving frames that the client takes. frames: how many; only one goes without parts.

    copy_syntax_uid: of the copy for viewers, None where there is none; a client gets it that names it. Raises Problem
    (406) where nothing that is taken can be given.
    """
    for each in taken:
        for form, inner in _packings(each, frames):
            wanted = each.parameters.get("transfer-syntax", "")
            found = _given(inner, wanted, stored_syntax_uid) or _copied(inner, wanted, copy_syntax_uid)
            if found is not None:
                return FrameForm(form, *found)
    also = "" if copy_syntax_uid is None else f', {MULTIPART}; type="{_JPHC}"; transfer-syntax={copy_syntax_uid}'
    raise not_acceptable(
        f'{MULTIPART}; type="{OCTETS}"; transfer-syntax=*, transfer-syntax={EXPLICIT_VR_LITTLE_ENDIAN}{also}'
    )


@lru_cache(maxsize=1024)
def chosen(
    accept: str | None, query_accept: str | None, stored_syntax_uid: str, copy_syntax_uid: str | None, frames: int
) -> FrameForm:
    """What choose finds for an Accept header and query parameter; a viewer sends the same with each of its requests."""
    return choose(ranges(accept, query_accept), stored_syntax_uid, copy_syntax_uid, frames=frames)


def media_type_of(stored_syntax_uid: str) -> str:
    """The media type of compressed frames; octets where none is registered (PS3.18 table 8.7.3-5)."""
    return _MEDIA_TYPES.get(stored_syntax_uid, OCTETS)


def _packings(each: MediaRange, frames: int) -> Iterator[tuple[Form, str]]:
    if each.takes(MULTIPART):
        yield Form.MULTIPART, each.parameters.get("type", "*/*").lower()
    elif frames == 1:
        yield Form.SINGLE, each.media_type


def _copied(inner: str, wanted: str, copy_syntax_uid: str | None) -> tuple[str, str, Given] | None:
    """The copy where its media type or its transfer syntax is named; any octets in any syntax mean what is stored."""
    if copy_syntax_uid is None or wanted not in {"", "*", copy_syntax_uid}:
        return None
    if inner == media_type_of(copy_syntax_uid):
        return inner, copy_syntax_uid, Given.COPY
    return (OCTETS, copy_syntax_uid, Given.COPY) if inner in _ANY_OCTETS and wanted == copy_syntax_uid else None


def _given(inner: str, wanted: str, stored_syntax_uid: str) -> tuple[str, str, Given] | None:
    """Media type, transfer syntax, and stored or decoded; None where it cannot be given so."""
    syntax = transfer_syntax(stored_syntax_uid)
    compressed = syntax.encapsulated
    if inner in _ANY_OCTETS:
        if wanted in {"", EXPLICIT_VR_LITTLE_ENDIAN} or not compressed:
            fits = wanted in {"", "*", EXPLICIT_VR_LITTLE_ENDIAN, stored_syntax_uid}
            return (OCTETS, EXPLICIT_VR_LITTLE_ENDIAN, Given.DECODED) if fits else None
        return (OCTETS, stored_syntax_uid, Given.STORED) if wanted in {"*", stored_syntax_uid} else None
    own = media_type_of(stored_syntax_uid)
    kind = own.partition("/")[0]
    if compressed and own != OCTETS and inner in {own, f"{kind}/*"} and wanted in {"", "*", stored_syntax_uid}:
        return own, stored_syntax_uid, Given.STORED
    return None
