"""Multipart bodies as they come (RFC 2046 5.1, RFC 2387): split piece by piece, one part in memory at a time."""

from __future__ import annotations

import re
from typing import Final

from service.dicomweb.accept import DICOM, MULTIPART

_NEW_LINE: Final = b"\r\n"
_LONGEST_LINE: Final = 1024
_BOUNDARY: Final = re.compile(r"[A-Za-z0-9'()+_,\-./:=? ]{0,69}[A-Za-z0-9'()+_,\-./:=?]")
_PARAMETER: Final = re.compile(r';\s*([A-Za-z0-9-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')


class MultipartFault(ValueError):
    """A body that is not the multipart its header says; the message says what was seen."""


class WrongType(ValueError):
    """A Content-Type other than multipart/related of application/dicom."""


class PartTooLarge(ValueError):
    """A part is larger than one instance may be."""


def boundary_in(content_type: str) -> bytes:
    """The boundary of a Content-Type; type and boundary may come without quotes, as clients write them.

    Raises WrongType, MultipartFault.
    """
    parameters: dict[str, str] = {
        name.lower(): value.strip().strip('"') for name, value in _PARAMETER.findall(content_type)
    }
    if content_type.partition(";")[0].strip().lower() != MULTIPART or parameters.get("type", DICOM).lower() != DICOM:
        raise WrongType(content_type[:64])
    boundary = parameters.get("boundary", "")
    if _BOUNDARY.fullmatch(boundary) is None:
        raise MultipartFault("the Content-Type names no boundary")
    return bytes(boundary, "ascii")


class PartSplitter:
    """Takes the body in pieces of any size and gives the content of each part as soon as it is whole.

    A part is given as a view of where it was gathered, never copied: it may be as large as all other memory in use.
    """

    def __init__(self, boundary: bytes, most_bytes: int) -> None:
        """most_bytes: of one part, its headers counted."""
        self._delimiter = _NEW_LINE + b"--" + boundary
        self._most_bytes = most_bytes
        self._held = bytearray(_NEW_LINE)  # the first delimiter may stand at the very beginning
        self._searched = 0
        self._inside = False
        self._ended = False

    def feed(self, piece: bytes) -> list[memoryview]:
        """The parts that this piece completes. Raises PartTooLarge, MultipartFault."""
        found: list[memoryview] = []
        if self._ended:
            return found  # an epilogue says nothing
        self._held += piece
        while not self._ended:
            at = self._held.find(self._delimiter, self._searched)
            if at < 0:
                self._searched = max(len(self._held) - len(self._delimiter) + 1, 0)
                break
            if not self._delimits(at, found):
                break
        if len(self._held) > self._most_bytes:
            raise PartTooLarge(f"a part has more than {self._most_bytes} bytes")
        return found

    def close(self) -> None:
        """The body has ended. Raises MultipartFault where the last part has not."""
        if not self._ended:
            raise MultipartFault("the body ends before its closing boundary")

    def _delimits(self, at: int, found: list[memoryview]) -> bool:
        """Look at what may be a delimiter; False where more of the body is needed to tell."""
        behind = at + len(self._delimiter)
        closing = self._held[behind : behind + 2] == b"--"
        line_end = behind if closing else self._held.find(_NEW_LINE, behind, behind + _LONGEST_LINE)
        if line_end < 0 and len(self._held) < behind + _LONGEST_LINE:
            self._searched = at
            return False
        if line_end < 0 or (not closing and self._held[behind:line_end].strip(b" \t")):
            self._searched = behind  # content that only begins like the delimiter
            return True
        if self._inside:
            found.append(self._content(at))
        self._inside, self._ended = True, closing
        self._held = bytearray() if closing else self._held[line_end:]
        self._searched = 0
        return True

    def _content(self, end: int) -> memoryview:
        """The part before a delimiter without its headers; what is held begins with the end of a delimiter's line."""
        headers_end = self._held.find(2 * _NEW_LINE, 0, end)
        if headers_end < 0:
            raise MultipartFault("a part has no end of its headers")
        return memoryview(self._held)[headers_end + 4 : end]
