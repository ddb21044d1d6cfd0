"""Code extensions (ISO/IEC 2022 as PS3.5 6.1.2.5 uses it): text that switches character sets by escape sequences.

Written here because pydicom 3.0.2 leaves the escape of ISO-IR 58 inside names (AC-32), and because two-byte
sets hide the bytes of "^", "=" and the backslash, so that a value has to be decoded before it is taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

ESCAPE: Final = b"\x1b"

G1_CODECS: Final = {
    "13": "shift_jis",
    "58": "gb2312",
    "100": "iso8859-1",
    "101": "iso8859-2",
    "109": "iso8859-3",
    "110": "iso8859-4",
    "126": "iso8859-7",
    "127": "iso8859-6",
    "138": "iso8859-8",
    "144": "iso8859-5",
    "148": "iso8859-9",
    "149": "euc_kr",
    "166": "tis-620",
    "203": "iso8859-15",
}
"""Sets that live in the high half, by their ISO registration number."""

_G0: Final = {b"(B": None, b"(J": None, b"$B": b"\x1b$B", b"$@": b"\x1b$@", b"$(D": b"\x1b$(D"}
"""Designations of the low half; the two-byte ones with what Python's iso2022_jp_2 wants before them."""

_G1: Final = {
    b")I": "13",
    b"$)A": "58",
    b"-A": "100",
    b"-B": "101",
    b"-C": "109",
    b"-D": "110",
    b"-F": "126",
    b"-G": "127",
    b"-H": "138",
    b"-L": "144",
    b"-M": "148",
    b"$)C": "149",
    b"-T": "166",
    b"-b": "203",
}
"""Designations of the high half (PS3.3 table C.12-3 and C.12-4)."""

_DESIGNATION: Final = re.compile(rb"\x1b(\$\([A-Z]|\$\)[A-Z]|\$[A-Z@]|[()\-][A-Za-z])")
_DELIMITED: Final = re.compile(rb"([\^=\\\t\n\f\r])")


def decode_iso2022(raw: bytes, sets: Sequence[str]) -> str:
    """Decode a whole value with its delimiters; bytes that no set explains become U+FFFD.

    sets: registration numbers as declared, the first is the initial one. At a delimiter the high half returns to the
    initial set; where that has none (ASCII), the set designated before is kept, since many writers do not repeat the
    escape, and before the first designation the only declared set is taken, since some never write one.
    """
    initial = sets[0] if sets[0] in G1_CODECS else None
    extensions = [number for number in sets[1:] if number in G1_CODECS]
    high = initial or (extensions[0] if len(extensions) == 1 else None)
    text = []
    for low, designated, chunk in _chunks(raw):
        high = designated or high
        if low is not None:
            text.append((low + chunk).decode("iso2022_jp_2", "replace"))
            continue
        for piece in _DELIMITED.split(chunk):
            if initial is not None and _DELIMITED.fullmatch(piece):
                high = initial
            text.append(_decode_piece(piece, high))
    return "".join(text)


def _chunks(raw: bytes) -> Iterator[tuple[bytes | None, str | None, bytes]]:
    """The value cut at its designations: what the low half is, what the high half became, the bytes."""
    pieces = _DESIGNATION.split(raw)
    low: bytes | None = None
    yield None, None, pieces[0]
    for designation, chunk in zip(pieces[1::2], pieces[2::2], strict=True):
        if designation in _G0:
            low = _G0[designation]
        yield low, _G1.get(designation), chunk


def _decode_piece(piece: bytes, high: str | None) -> str:
    if piece.isascii():
        return piece.decode("ascii")
    if high is None:
        return piece.decode("ascii", "replace")
    try:
        return piece.decode(G1_CODECS[high])
    except UnicodeDecodeError:
        # Writers declare ISO-IR 58 and write the characters GBK added to it.
        return piece.decode("gb18030" if high == "58" else G1_CODECS[high], "replace")
