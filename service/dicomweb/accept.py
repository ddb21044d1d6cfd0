"""What a client can take: Accept as clients really send it (PS3.18 8.3.3, 8.7; AC-30)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from starlette.requests import Request

from models.manifest import Text
from service.access.problems import NOT_ACCEPTABLE, Problem

DICOM: Final = "application/dicom"
DICOM_JSON: Final = "application/dicom+json"
DICOM_XML: Final = "application/dicom+xml"
JSON: Final = "application/json"
OCTETS: Final = "application/octet-stream"
MULTIPART: Final = "multipart/related"
MAX_LENGTH: Final = 4096
_PART: Final = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_PARAMETER: Final = re.compile(r';\s*([A-Za-z0-9-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)')


class Form(Enum):
    """How an answer is packed."""

    MULTIPART = "multipart"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Packing:
    """How an answer goes out. as_stored: byte for byte; else in the syntax that can be made."""

    form: Form
    as_stored: bool


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One thing a client takes. parameters: lower-case names; of a repeated one the first, without quotes."""

    media_type: str
    parameters: Mapping[str, str]
    quality: float

    def takes(self, media_type: str) -> bool:
        """Whether the range includes a media type."""
        kind, _, _ = media_type.partition("/")
        return self.media_type in {media_type, "*/*", f"{kind}/*"}


@lru_cache(maxsize=1024)
def ranges(header: str | None, query_accept: str | None) -> tuple[MediaRange, ...]:
    """What is taken, the best first. The accept query parameter wins; none, or an empty one, takes anything."""
    text = (query_accept or (header or "").strip(" \t,") or "*/*")[:MAX_LENGTH]
    found = [_range(part) for part in _PART.findall(text)]
    taken = [each for each in found if each.media_type and each.quality > 0]
    return tuple(sorted(taken, key=lambda each: -each.quality))


def asked(request: Request) -> tuple[MediaRange, ...]:
    """What the sender of a request takes."""
    return ranges(request.headers.get("accept"), request.query_params.get("accept"))


def json_type(taken: tuple[MediaRange, ...]) -> str:
    """The media type of a JSON answer. Raises Problem where the client takes none."""
    for each in taken:
        for offered in (DICOM_JSON, JSON):
            if each.takes(offered):
                return offered
    raise not_acceptable(f"{DICOM_JSON}, {JSON}")


def described_as(taken: tuple[MediaRange, ...]) -> str:
    """The media type of metadata: JSON in one piece, or XML with a part for each instance (PS3.18 10.4.1.2).

    Raises Problem where the client takes neither.
    """
    for each in taken:
        if each.takes(MULTIPART) and each.parameters.get("type", "").lower() == DICOM_XML:
            return DICOM_XML
        for offered in (DICOM_JSON, JSON):
            if each.takes(offered):
                return offered
    raise not_acceptable(f'{DICOM_JSON}, {JSON}, {MULTIPART}; type="{DICOM_XML}"')


def answered_as(taken: tuple[MediaRange, ...]) -> str:
    """The media type of what became of stored instances (PS3.18 10.5.3). Raises Problem where none is taken."""
    for each in taken:
        for offered in (DICOM_JSON, JSON, DICOM_XML):
            if each.takes(offered):
                return DICOM_JSON if offered == JSON else offered
    raise not_acceptable(f"{DICOM_JSON}, {JSON}, {DICOM_XML}")


def packing(
    taken: tuple[MediaRange, ...], inner: str, stored: Collection[str], *, single: bool, made: str | None = None
) -> Packing:
    """How bytes are sent: in one multipart answer, or bare where that is asked for and single allows it.

    inner: the media type of the bytes. stored: their transfer syntaxes. made: the one they can be made in for who names
    it; a range that insists on another one is not met. Raises Problem where nothing that is taken can be given.
    """
    for each in taken:
        wanted = each.parameters.get("transfer-syntax", "*")
        as_stored = wanted in {"*", ""} or all(syntax == wanted for syntax in stored)
        form = _form(each, inner, single=single)
        if form is not None and (as_stored or wanted == made):
            return Packing(form, as_stored=as_stored)
    syntaxes = ", ".join(sorted(stored))
    also = "" if made is None else f", transfer-syntax={made}"
    raise not_acceptable(f'{MULTIPART}; type="{inner}"; transfer-syntax=* ({syntaxes}){also}')


def _form(each: MediaRange, inner: str, *, single: bool) -> Form | None:
    if single and each.media_type == inner:
        return Form.SINGLE
    wanted = each.parameters.get("type", "*/*").lower()
    return Form.MULTIPART if each.takes(MULTIPART) and wanted in {inner, "*/*", "application/*"} else None


def _range(part: str) -> MediaRange:
    media_type = part.partition(";")[0].strip().lower()
    parameters: dict[str, str] = {}
    for name, value in _PARAMETER.findall(part):
        parameters.setdefault(name.lower(), _unquoted(value))
    return MediaRange(media_type, parameters, _quality(parameters.get("q", "1")))


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0


def not_acceptable(offered: str) -> Problem:
    """The answer to a client that takes nothing of what can be given."""
    return Problem(
        NOT_ACCEPTABLE,
        Text(zh=f"此资源可提供：{offered}。", en=f"This resource can be given as {offered}."),
    )
