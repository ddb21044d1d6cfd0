"""Text on pictures, in Chinese and English, with the fonts that lie beside this file (fonts/README.md)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import ImageDraw, ImageFont

from service.pixels.glyphs import FIRST_HAN, HAN_FILE, LATIN_FILE

_NEVER_FIRST: Final = "，。、；：！？）》」』”’％%),.;:!?"
_NEVER_LAST: Final = "（《「『“‘("
_LATIN_SHARE: Final = 0.86
"""DejaVu draws larger than Droid at the same size; so they stand side by side."""

Ink = tuple[int, int, int]


def write(draw: ImageDraw.ImageDraw, baseline: tuple[float, float], line: str, size_px: int, ink: Ink) -> None:
    """Draw one line; baseline: where it begins, in pixels from the top left corner."""
    x, y = baseline
    for run in _runs(line):
        font = _font_of(run, size_px)
        draw.text((x, y), run, font=font, fill=ink, anchor="ls")
        x += font.getlength(run)


def width_px(line: str, size_px: int) -> float:
    """How wide a line is drawn."""
    return sum(_font_of(run, size_px).getlength(run) for run in _runs(line))


def wrapped(line: str, limit_px: float, size_px: int) -> list[str]:
    """A line cut so that every part fits: where a reader expects it when there is such a place, else anywhere."""
    parts: list[str] = []
    rest = " ".join(line.split())
    while width_px(rest, size_px) > limit_px and len(rest) > 1:
        fit = _letters_that_fit(rest, limit_px, size_px)
        cut = next((place for place in range(fit, fit // 3, -1) if _may_break(rest, place)), fit)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest]


def _may_break(line: str, place: int) -> bool:
    """Not before closing signs, not after opening ones, not inside a word or between a number and its unit."""
    before, after = line[place - 1], line[place]
    if after in _NEVER_FIRST or before in _NEVER_LAST:
        return False
    if after == " ":
        return not (before.isdigit() or before in "≥≤")
    return _is_han(before) or _is_han(after)


def _letters_that_fit(line: str, limit_px: float, size_px: int) -> int:
    fit, too_many = 1, len(line)
    while too_many - fit > 1:
        middle = (fit + too_many) // 2
        if width_px(line[:middle], size_px) <= limit_px:
            fit = middle
        else:
            too_many = middle
    return fit


def _runs(line: str) -> list[str]:
    """The line cut where Latin and Han text meet."""
    runs: list[str] = []
    for letter in line:
        if runs and _is_han(runs[-1][-1]) == _is_han(letter):
            runs[-1] += letter
        else:
            runs.append(letter)
    return runs


def _is_han(letter: str) -> bool:
    return ord(letter) >= FIRST_HAN


def _font_of(run: str, size_px: int) -> ImageFont.FreeTypeFont:
    if _is_han(run[0]):
        return _font(HAN_FILE, size_px)
    return _font(LATIN_FILE, round(size_px * _LATIN_SHARE))


@lru_cache(maxsize=16)
def _font(path: Path, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size_px, layout_engine=ImageFont.Layout.BASIC)
