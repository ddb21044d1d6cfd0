"""Which letters the fonts beside this file hold (fonts/README.md): what can be drawn, told before anything is drawn."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

_FONTS: Final = Path(__file__).parent / "fonts"
LATIN_FILE: Final = _FONTS / "dejavu-sans-latin.ttf"
HAN_FILE: Final = _FONTS / "droid-sans-fallback-han.ttf"
FONT_FILES: Final = (LATIN_FILE, HAN_FILE)
"""TrueType, Latin first; no letter is in both."""
FIRST_HAN: Final = 0x2E80
"""The first code point of the Han font; all of the Latin one are below."""
_WINDOWS_UNICODE: Final = (3, 1)
_SEGMENTS: Final = 4
"""The format of the map from letters to glyphs that both fonts have (OpenType, cmap, format 4)."""


def file_that_draws(letter: str) -> Path | None:
    """The font that holds a letter; None where none does."""
    return next((path for path in FONT_FILES if ord(letter) in _letters(path)), None)


def cannot_be_drawn(texts: Iterable[str]) -> list[str]:
    """The letters that no font here holds, each once, in order. Blanks, tabs and line ends need none."""
    letters = {letter for text in texts for letter in text if not letter.isspace()}
    return sorted(letter for letter in letters if file_that_draws(letter) is None)


@lru_cache
def _letters(path: Path) -> frozenset[int]:
    """The code points a font has a glyph for."""
    font = path.read_bytes()
    cmap = _table(font, b"cmap")
    (count,) = struct.unpack_from(">H", cmap, 2)
    for platform, encoding, offset in struct.iter_unpack(">HHL", cmap[4 : 4 + 8 * count]):
        segments = cmap[offset:]
        if (platform, encoding) == _WINDOWS_UNICODE and struct.unpack_from(">H", segments) == (_SEGMENTS,):
            return frozenset(_mapped(segments))
    raise ValueError(f"{path.name} maps no Unicode letters in format {_SEGMENTS}: cut it as fonts/README.md says")


def _table(font: bytes, tag: bytes) -> bytes:
    (count,) = struct.unpack_from(">H", font, 4)
    tables = struct.iter_unpack(">4sLLL", font[12 : 12 + 16 * count])
    return next(font[offset : offset + length] for name, _, offset, length in tables if name == tag)


def _mapped(segments: bytes) -> Iterator[int]:
    """The code points of a format 4 map whose glyph is not the empty box's."""
    (doubled,) = struct.unpack_from(">H", segments, 6)
    shape = f">{doubled // 2}H"
    ends = struct.unpack_from(shape, segments, 14)
    starts, deltas, offsets = (struct.unpack_from(shape, segments, 16 + part * doubled) for part in (1, 2, 3))
    for place, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for letter in range(start, end + 1):
            glyph = letter
            if offset:
                at = 16 + 3 * doubled + 2 * place + offset + 2 * (letter - start)
                (glyph,) = struct.unpack_from(">H", segments, at)
            if (offset == 0 or glyph) and (glyph + delta) % 0x10000:
                yield letter
