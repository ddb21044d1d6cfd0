"""The type that a report is set in: which font draws a letter, and text as a paragraph's markup."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal, TypeAlias
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from service.pixels.glyphs import HAN_FILE, LATIN_FILE, file_that_draws

MISSING: Final = "\N{GETA MARK}"
"""Stands where no font can draw a letter."""
_LATIN: Final = "consilium-latin"
_HAN: Final = "consilium-han"
_NAMES: Final = {LATIN_FILE: _LATIN, HAN_FILE: _HAN}
_INK: Final = "#1b1f24"
_BLANK: Final = "\N{NO-BREAK SPACE}"
"""A further blank behind one: paragraphs would take many for one."""
_LINE_SHARE: Final = 1.5
Align: TypeAlias = Literal["left", "centre", "right"]
_ALIGNED: Final[Mapping[Align, Literal[0, 1, 2]]] = {"left": 0, "centre": 1, "right": 2}
"""As reportlab.lib.enums has them: TA_LEFT, TA_CENTER, TA_RIGHT."""


@lru_cache
def style(
    size: float,
    *,
    colour: str = _INK,
    align: Align = "left",
    indent_mm: float = 0.0,
) -> ParagraphStyle:
    """A paragraph of a size in points."""
    _register()
    return ParagraphStyle(
        f"{size}-{colour}-{align}-{indent_mm}",
        fontName=_LATIN,
        fontSize=size,
        leading=size * _LINE_SHARE,
        wordWrap="CJK",
        textColor=HexColor(colour),
        alignment=_ALIGNED[align],
        leftIndent=indent_mm * mm,
    )


def marked(text: str) -> str:
    """Text as a paragraph's markup: run by run in the font that can draw it, tabs and blanks kept as blanks."""
    runs: list[tuple[str, str]] = []
    for letter in text:
        before = runs[-1][1][-1:] if runs else ""
        font, shown = _font_of(letter), _shown(letter, before)
        if font is None:
            font, shown = _HAN, MISSING
        if runs and runs[-1][0] == font:
            runs[-1] = (font, runs[-1][1] + shown)
        else:
            runs.append((font, shown))
    return "".join(f'<font name="{font}">{escape(run)}</font>' for font, run in runs)


@lru_cache
def _register() -> None:
    """Make the fonts known to reportlab, each under the name it is asked for by."""
    for path, name in _NAMES.items():
        pdfmetrics.registerFont(TTFont(name, str(path)))


def _font_of(letter: str) -> str | None:
    if letter.isspace():
        return _LATIN
    path = file_that_draws(letter)
    return None if path is None else _NAMES[path]


def _shown(letter: str, before: str) -> str:
    if not letter.isspace():
        return letter
    return _BLANK if before.isspace() else " "
