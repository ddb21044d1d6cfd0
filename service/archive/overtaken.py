"""Which analyses count no more, so that what waits of theirs is not sent: superseded, and not signed upon."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, exists, not_, select

from service.archive.events import within
from service.archive.reading_tables import REPORT
from service.archive.tables import ANALYSIS
from service.domain.analysis import AnalysisOutcome, AnalysisState
from service.domain.report import OUT
from service.domain.wall import Wall

_READ: Final = (AnalysisOutcome.FINDINGS.value, AnalysisOutcome.NO_FINDING.value)


def reading_is_overtaken() -> ColumnElement[bool]:
    """That a later analysis took the place of the one in a row, and no signature stands upon it.

    The documents of a report refer to the results that its signer had: these go out whatever is read later.
    """
    return and_(ANALYSIS.c.state == AnalysisState.SUPERSEDED.value, not_(_is_signed_upon()))


def _is_signed_upon() -> ColumnElement[bool]:
    """That a report which is out was signed when the analysis in a row had said what it found."""
    signed = exists().where(
        ANALYSIS.c.outcome.in_(_READ),
        REPORT.c.study_id == ANALYSIS.c.study_id,
        REPORT.c.state.in_(sorted(OUT)),
        REPORT.c.signed_at >= ANALYSIS.c.ended_at,
    )
    return signed.correlate(ANALYSIS)


def is_overtaken(connection: Connection, wall: Wall, analysis_id: str) -> bool:
    """Whether what of an analysis was not sent yet is not to be sent any more."""
    statement = select(ANALYSIS.c.id).where(
        within(wall, ANALYSIS.c.hospital_id), ANALYSIS.c.id == analysis_id, reading_is_overtaken()
    )
    return connection.execute(statement).first() is not None
