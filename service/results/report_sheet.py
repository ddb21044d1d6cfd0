"""A signed report as sheets of paper: PDF in Chinese or English, with what AC-79 asks for; no time of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    HRFlowable,
    KeepTogether,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)
from reportlab.platypus import Image as RLImage

from service.pixels.glyphs import cannot_be_drawn
from service.results.report_type import MISSING, marked, style

_INK: Final = "#1b1f24"
_LABEL: Final = "#56606c"
_RULE: Final = HexColor("#8a929c")
_SIDE: Final = 18 * mm
_TOP: Final = 16 * mm
_BOTTOM: Final = 20 * mm
_FRAME_PADDING: Final = 6
"""Of reportlab's own frames, in points."""
_WIDTH: Final = A4[0] - 2 * _SIDE
_COLUMNS: Final = 3
_HEADED: Final = 20 * mm
"""A heading and three lines."""
_PLATE_SIDE: Final = 82 * mm
_PLATE_PX: Final = 900
_PLATE_QUALITY: Final = 88
_NO_PADDING: Final = (
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 6),
    ("TOPPADDING", (0, 0), (-1, -1), 1),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
)
_FLUSH_RIGHT: Final = ("RIGHTPADDING", (-1, 0), (-1, -1), 0)


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value; one that is wide has a line of its own."""

    label: str
    value: str
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Signature:
    """In which part somebody put their name to it, who it was, by which licence, and when."""

    part: str
    person: str
    licence: str
    moment: str


@dataclass(frozen=True, slots=True)
class Plate:
    """A picture (PNG) with what stands below it; None: the words alone."""

    png: bytes | None
    caption: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All words of a report on paper, in one language.

    centre, licence: who made it; licence is empty where none is known. facts: in the order they are printed. running:
    whose report it is, at the head of each further page. footer, page: at the foot of every page; page has places for
    {page} and {pages}. notes: small, behind the signatures. plates: on a page of their own behind the words. keywords:
    for programs, in the document's information dictionary.
    """

    centre: str
    licence: str
    title: str
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    signatures: tuple[Signature, ...]
    notes: tuple[str, ...]
    plates_heading: str
    plates: tuple[Plate, ...]
    running: str
    footer: str
    page: str
    colon: str
    not_shown: str
    keywords: str


def drawn(sheet: Sheet) -> bytes:
    """The sheet as PDF 1.4 with its fonts inside; the same sheet gives the same bytes.

    What no font here can draw is shown as a geta mark and named at the end, so that nothing is lost unseen.
    """
    return _built(sheet, pages=_built(sheet, pages=1)[1])[0]


def _built(sheet: Sheet, *, pages: int) -> tuple[bytes, int]:
    """The document with so many pages said on each, and how many it has."""
    stream = BytesIO()
    document = SimpleDocTemplate(
        stream,
        pagesize=A4,
        leftMargin=_SIDE - _FRAME_PADDING,
        rightMargin=_SIDE - _FRAME_PADDING,
        topMargin=_TOP,
        bottomMargin=_BOTTOM,
        title=sheet.title,
        author=sheet.centre,
        keywords=[sheet.keywords],
        invariant=1,
    )

    def first(canvas: Canvas, page: SimpleDocTemplate) -> None:
        _foot(canvas, sheet, page.page, pages)

    def later(canvas: Canvas, page: SimpleDocTemplate) -> None:
        line = Paragraph(marked(sheet.running), style(8, colour=_LABEL))
        line.wrapOn(canvas, _WIDTH, _TOP)
        line.drawOn(canvas, _SIDE, A4[1] - 11 * mm)
        _foot(canvas, sheet, page.page, pages)

    document.build(list(_flow(sheet)), onFirstPage=first, onLaterPages=later)
    return stream.getvalue(), document.page


def _foot(canvas: Canvas, sheet: Sheet, page: int, pages: int) -> None:
    canvas.saveState()
    canvas.setStrokeColor(_RULE)
    canvas.setLineWidth(0.4)
    canvas.line(_SIDE, 15 * mm, A4[0] - _SIDE, 15 * mm)
    counted = sheet.page.format(page=page, pages=pages)
    for words, type_ in (
        (sheet.footer, style(8.5, colour=_LABEL)),
        (counted, style(8.5, colour=_LABEL, align="right")),
    ):
        line = Paragraph(marked(words), type_)
        line.wrapOn(canvas, _WIDTH, _BOTTOM)
        line.drawOn(canvas, _SIDE, 10 * mm)
    canvas.restoreState()


def _flow(sheet: Sheet) -> Iterator[Flowable]:
    yield from _head(sheet)
    yield _facts(sheet)
    yield _rule(0.6)
    for section in sheet.sections:
        yield from _section(section)
    yield Spacer(1, 2 * mm)
    yield KeepTogether([_rule(0.6), *(_signature(each, sheet.colon) for each in sheet.signatures)])
    yield Spacer(1, 3 * mm)
    lost = cannot_be_drawn(_texts(sheet))
    named = ", ".join(f"U+{ord(letter):04X}" for letter in lost)
    for line in (*sheet.notes, *((f"{MISSING} {sheet.not_shown} {named}",) if lost else ())):
        yield Paragraph(marked(line), style(8, colour=_LABEL))
    if sheet.plates:
        yield PageBreak()
        yield Paragraph(marked(sheet.plates_heading), style(12))
        yield Spacer(1, 2 * mm)
        yield _plates(sheet.plates)


def _plates(plates: Sequence[Plate]) -> Table:
    """Two in a row."""
    cells: list[list[Flowable] | str] = [_plate(each) for each in plates]
    rows = [[*cells[at : at + 2], *[""] * (at + 2 - len(cells))] for at in range(0, len(cells), 2)]
    return Table(rows, colWidths=[_WIDTH / 2] * 2, style=[*_NO_PADDING, ("BOTTOMPADDING", (0, 0), (-1, -1), 14)])


def _plate(plate: Plate) -> list[Flowable]:
    words = Paragraph(marked(plate.caption), style(9))
    return [words] if plate.png is None else [_picture(plate.png), Spacer(1, 1.5 * mm), words]


def _picture(png: bytes) -> RLImage:
    """As JPEG: paper is no place to diagnose from, and four pictures are not to make a document of megabytes."""
    with Image.open(BytesIO(png)) as picture:
        picture.thumbnail((_PLATE_PX, _PLATE_PX), Image.Resampling.LANCZOS)
        jpeg = BytesIO()
        picture.convert("RGB").save(jpeg, "JPEG", quality=_PLATE_QUALITY, subsampling=0)
        scale = _PLATE_SIDE / max(picture.size)
        width, height = picture.width * scale, picture.height * scale
    jpeg.seek(0)
    return RLImage(jpeg, width=width, height=height, hAlign="LEFT")


def _head(sheet: Sheet) -> Iterator[Flowable]:
    yield Paragraph(marked(sheet.centre), style(17, align="centre"))
    yield Paragraph(marked(sheet.title), style(14, align="centre"))
    if sheet.licence:
        yield Paragraph(marked(sheet.licence), style(8.5, colour=_LABEL, align="centre"))
    yield _rule(1.0)


def _facts(sheet: Sheet) -> Table:
    """Three narrow facts a line; a wide one over the whole width."""
    rows: list[list[Flowable | str]] = []
    spans: list[tuple[str, tuple[int, int], tuple[int, int]]] = []
    narrow = 0
    for fact in sheet.facts:
        words = f'<font color="{_LABEL}">{marked(fact.label + sheet.colon)}</font>{marked(fact.value or "–")}'
        cell = Paragraph(words, style(10))
        if fact.is_wide:
            spans.append(("SPAN", (0, len(rows)), (-1, len(rows))))
            rows.append([cell, *[""] * (_COLUMNS - 1)])
            narrow = 0
        elif narrow % _COLUMNS == 0:
            rows.append([cell, *[""] * (_COLUMNS - 1)])
            narrow = 1
        else:
            rows[-1][narrow] = cell
            narrow += 1
    return Table(rows, colWidths=[_WIDTH / _COLUMNS] * _COLUMNS, style=[*_NO_PADDING, *spans], hAlign="LEFT")


def _section(section: Section) -> Iterator[Flowable]:
    """A heading never stands alone at the foot of a page; a long paragraph begins below it and goes on behind."""
    lines: list[Flowable] = [
        Paragraph(marked(line), style(10.5, indent_mm=4)) if line.strip() else Spacer(1, 4 * mm)
        for line in section.text.splitlines() or ["–"]
    ]
    yield CondPageBreak(_HEADED)
    yield Paragraph(marked(section.heading), style(12))
    yield from lines
    yield Spacer(1, 3 * mm)


def _signature(signature: Signature, colon: str) -> Table:
    who = f'<font color="{_LABEL}">{marked(signature.part + colon)}</font>{marked(signature.person)}'
    named = [Paragraph(who, style(10.5))]
    if signature.licence:
        named.append(Paragraph(marked(signature.licence), style(8.5, colour=_LABEL)))
    cells = [[named, Paragraph(marked(signature.moment), style(10.5, align="right"))]]
    return Table(cells, colWidths=[_WIDTH * 0.65, _WIDTH * 0.35], style=[*_NO_PADDING, _FLUSH_RIGHT], hAlign="LEFT")


def _rule(thickness: float) -> HRFlowable:
    return HRFlowable(width="100%", thickness=thickness, color=_RULE, spaceBefore=2 * mm, spaceAfter=2.5 * mm)


def _texts(sheet: Sheet) -> Sequence[str]:
    """Every word that came from somebody else."""
    return (
        *(sheet.centre, sheet.licence, sheet.title, sheet.running, *sheet.notes),
        *(fact.value for fact in sheet.facts),
        *(section.text for section in sheet.sections),
        *(plate.caption for plate in sheet.plates),
        *(part for each in sheet.signatures for part in (each.person, each.licence)),
    )
