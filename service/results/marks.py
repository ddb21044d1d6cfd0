"""The findings of an analysis or of a signed report as they are drawn on images: number, words, lines."""

from __future__ import annotations

from models.contract import Finding, Presence, SeriesReading
from service.domain.outcome import stated
from service.domain.wording import finding_text, report_line
from service.results.document import ResultContext
from service.results.drawn_lines import Line, axes_of, lines_of, slices_of, spot_of
from service.results.presentation_state import Marked
from service.results.signed_report import ReportContext, SignedReport


def marks_of_reading(context: ResultContext, outcome: SeriesReading) -> tuple[Marked, ...]:
    """What a package found, in its own words."""
    return tuple(
        Marked(str(each.number), finding_text(stated(each), context.language), _marks(each, outcome))
        for each in outcome.reading.findings
        if each.presence is not Presence.ABSENT
    )


def marks_of_report(context: ReportContext, report: SignedReport) -> tuple[Marked, ...]:
    """What the signer stands for, in the words of the report."""
    return tuple(
        Marked(each.label, f"{each.label}. {report_line(each.stated, context.language)}", each.marks)
        for each in report.findings
    )


def _marks(finding: Finding, outcome: SeriesReading) -> tuple[Line, ...]:
    places = [slices_of(outcome)]
    lines = tuple(lines_of(axes_of(finding), places).values())
    spot = None if lines else spot_of(finding.center_mm, places)
    return lines if spot is None else (spot,)
