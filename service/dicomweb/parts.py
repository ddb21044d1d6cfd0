"""Multipart answers (RFC 2387, PS3.18 8.6.1.2): parts framed so that nothing has to be looked through to end them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from service.dicomweb.accept import MULTIPART

_NEW_LINE: Final = "\r\n"


def boundary_of(*identities: str) -> str:
    """A boundary that is the same for the same content, so that its bytes are; nothing can hold its own hash."""
    return hashlib.sha256("\n".join(identities).encode()).hexdigest()[:32]


def multipart_type(inner: str, boundary: str) -> str:
    """The Content-Type of the answer."""
    return f'{MULTIPART}; type="{inner}"; boundary={boundary}'


def part_head(boundary: str, content_type: str, *, first: bool, length: int | None = None, location: str = "") -> bytes:
    """What stands before a part's content. length: None where it is not known before it is sent."""
    lines = [
        f"{'' if first else _NEW_LINE}--{boundary}",
        f"Content-Type: {content_type}",
        *((f"Content-Length: {length}",) if length is not None else ()),
        *((f"Content-Location: {location}",) if location else ()),
    ]
    return (_NEW_LINE.join(lines) + 2 * _NEW_LINE).encode()


def parts_end(boundary: str) -> bytes:
    """What stands behind the last part."""
    return f"{_NEW_LINE}--{boundary}--{_NEW_LINE}".encode()


def framed(boundary: str, content_type: str, contents: Iterable[bytes]) -> Iterator[bytes]:
    """A whole answer of parts of one type, each made when it is its turn."""
    for number, content in enumerate(contents):
        yield part_head(boundary, content_type, first=number == 0, length=len(content)) + content
    yield parts_end(boundary)
