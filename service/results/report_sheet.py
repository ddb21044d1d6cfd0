"""A signed report as a sheet of paper: PDF in Chinese or English, with what AC-79 asks for; no time of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, HRFlowable, Paragraph, SimpleDocTemplate, Spacer

from service.pixels.words import FONT_FILES

_LATIN: Final = "consilium-latin"
_HAN: Final = "consilium-han"
_MISSING: Final = "\N{GETA MARK}"
_BLANK: Final = "\N{NO-BREAK SPACE}"
"""A further blank behind one: paragraphs would take many for one."""
_LABEL: Final = "#56606c"
_MARGIN: Final = 18 * mm


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All words of a report on paper, in one language.

    facts: label and value, in the order they are printed. footer: on every page; notes: small, behind the sections.
    keywords: for programs, in the document's information dictionary.
    """

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    signatures: tuple[str, ...]
    notes: tuple[str, ...]
    footer: str
    not_shown: str
    keywords: str


def drawn(sheet: Sheet) -> bytes:
    """The sheet as PDF 1.4 with its fonts inside; the same sheet gives the same bytes.

    What no font here can draw is shown as a geta mark and named at the end, so that nothing is lost unseen.
    """
    stream = BytesIO()
    document = SimpleDocTemplate(
        stream,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=sheet.title,
        author=sheet.subtitle,
        keywords=[sheet.keywords],
        invariant=1,
    )

    def stamp(canvas: Canvas, page: SimpleDocTemplate) -> None:
        canvas.saveState()
        line = Paragraph(f"{_marked(sheet.footer)} · {page.page}", _style(8, centred=True))
        line.wrapOn(canvas, A4[0] - 2 * _MARGIN, _MARGIN)
        line.drawOn(canvas, _MARGIN, 9 * mm)
        canvas.restoreState()

    document.build(list(_flow(sheet)), onFirstPage=stamp, onLaterPages=stamp)
    return stream.getvalue()


def _flow(sheet: Sheet) -> Iterator[Flowable]:
    yield Paragraph(_marked(sheet.subtitle), _style(11, centred=True))
    yield Paragraph(_marked(sheet.title), _style(17, centred=True))
    yield Spacer(1, 3 * mm)
    for label, value in sheet.facts:
        yield Paragraph(f'<font color="{_LABEL}">{_marked(label)}</font>  {_marked(value or "–")}', _style(10))
    yield HRFlowable(width="100%", thickness=0.6, spaceBefore=3 * mm, spaceAfter=3 * mm)
    for section in sheet.sections:
        yield Paragraph(_marked(section.heading), _style(12))
        for line in section.text.splitlines() or ["–"]:
            yield Paragraph(_marked(line), _style(10.5)) if line.strip() else Spacer(1, 4 * mm)
        yield Spacer(1, 3 * mm)
    for line in sheet.signatures:
        yield Paragraph(_marked(line), _style(10.5))
    yield HRFlowable(width="100%", thickness=0.4, spaceBefore=3 * mm, spaceAfter=2 * mm)
    lost = sorted({letter for text in _texts(sheet) for letter in text if _font_of(letter) is None})
    named = ", ".join(f"U+{ord(letter):04X}" for letter in lost)
    for line in (*sheet.notes, *((f"{_MISSING} {sheet.not_shown} {named}",) if lost else ())):
        yield Paragraph(_marked(line), _style(8))


def _texts(sheet: Sheet) -> Iterator[str]:
    yield from (sheet.title, sheet.subtitle, *sheet.signatures, *sheet.notes)
    for label, value in sheet.facts:
        yield label + value
    for section in sheet.sections:
        yield section.heading + section.text.replace("\n", "").replace("\r", "").replace("\t", "")


@lru_cache
def _style(size: float, *, centred: bool = False) -> ParagraphStyle:
    _glyphs()
    style = ParagraphStyle(f"{size}-{centred}", fontName=_LATIN, fontSize=size, leading=size * 1.5, wordWrap="CJK")
    if centred:
        style.alignment = TA_CENTER
    return style


@lru_cache
def _glyphs() -> dict[str, frozenset[int]]:
    """What each font can draw; the first that can is taken."""
    known = {}
    for name, path in zip((_LATIN, _HAN), FONT_FILES, strict=True):
        font = TTFont(name, str(path))
        pdfmetrics.registerFont(font)
        known[name] = frozenset(font.face.charToGlyph)
    return known


def _font_of(letter: str) -> str | None:
    if letter.isspace():
        return _LATIN
    return next((name for name, drawable in _glyphs().items() if ord(letter) in drawable), None)


def _marked(text: str) -> str:
    """Text as a paragraph's markup: run by run in the font that can draw it, tabs and blanks kept as blanks."""
    runs: list[tuple[str, str]] = []
    for letter in text:
        before = runs[-1][1][-1:] if runs else ""
        font, shown = _font_of(letter), _shown(letter, before)
        if font is None:
            font, shown = _HAN, _MISSING
        if runs and runs[-1][0] == font:
            runs[-1] = (font, runs[-1][1] + shown)
        else:
            runs.append((font, shown))
    return "".join(f'<font name="{font}">{escape(run)}</font>' for font, run in runs)


def _shown(letter: str, before: str) -> str:
    if not letter.isspace():
        return letter
    return _BLANK if before.isspace() else " "
