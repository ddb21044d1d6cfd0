"""One range of bytes of a value (RFC 9110 14): what a video player asks for when it is moved to another moment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.dicom.pixel_layout import Extent

_ONE: Final = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.IGNORECASE)


class OutOfRange(Exception):
    """None of the bytes that are asked for is there."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes from first up to before end."""

    first: int
    end: int

    @property
    def size_bytes(self) -> int:
        """How many they are."""
        return self.end - self.first

    def content_range(self, size_bytes: int) -> str:
        """The header that says which bytes of how many they are."""
        return f"bytes {self.first}-{self.end - 1}/{size_bytes}"


def asked_range(header: str | None, size_bytes: int) -> ByteRange | None:
    """The range of a header; None for the whole value: no header, several ranges, or one that cannot be read.

    Raises OutOfRange.
    """
    match = None if header is None else _ONE.fullmatch(header.strip())
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        found = ByteRange(max(0, size_bytes - int(suffix)), size_bytes)
    elif last and int(last) < int(first):
        return None
    else:
        found = ByteRange(int(first), min(size_bytes, int(last) + 1) if last else size_bytes)
    if found.size_bytes <= 0:
        raise OutOfRange
    return found


def extents_within(extents: Sequence[Extent], wanted: ByteRange) -> tuple[Extent, ...]:
    """The parts of extents, taken as one value, that hold the range."""
    found, passed = [], 0
    for offset, length in extents:
        first, end = max(wanted.first - passed, 0), min(wanted.end - passed, length)
        if first < end:
            found.append((offset + first, end - first))
        passed += length
    return tuple(found)


def pieces_within(pieces: Iterator[bytes], wanted: ByteRange) -> Iterator[bytes]:
    """The part of a value that comes in pieces; what stands before it is read and dropped."""
    passed = 0
    for piece in pieces:
        cut = piece[max(wanted.first - passed, 0) : max(wanted.end - passed, 0)]
        if cut:
            yield cut
        passed += len(piece)
        if passed >= wanted.end:
            return
