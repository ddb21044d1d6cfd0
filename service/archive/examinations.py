"""Pages of analyses and of findings across a hospital's studies, each with the study it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, exists, select

from service.archive import analyses, findings
from service.archive.analyses import Analysis
from service.archive.events import within
from service.archive.findings import StoredFinding
from service.archive.paging import Paging, paged
from service.archive.reading_tables import REPORT
from service.archive.tables import ANALYSIS, FINDING, STUDY
from service.domain.analysis import AnalysisOutcome, AnalysisState
from service.domain.report import OUT
from service.domain.study import StudyState
from service.domain.wall import Wall

_REPORTED: Final = exists().where(REPORT.c.study_id == STUDY.c.id, REPORT.c.state.in_(sorted(OUT)))
"""That a report of a physician on the study is at the hospital."""


@dataclass(frozen=True, slots=True)
class AnalysisFilter:
    """What a list of analyses is narrowed to; None asks for all. of_reported: with a released report only."""

    study_instance_uid: str | None = None
    package: str | None = None
    state: AnalysisState | None = None
    outcome: AnalysisOutcome | None = None
    of_reported: bool = False


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """What a list of findings is narrowed to; None asks for all. of_reported: with a released report only."""

    study_instance_uid: str | None = None
    code_value: str | None = None
    code_scheme: str | None = None
    least_long_axis_mm: float | None = None
    of_reported: bool = False


@dataclass(frozen=True, slots=True)
class ListedFinding:
    """A finding of a standing analysis, and what it was found in."""

    finding: StoredFinding
    study_instance_uid: str
    ended_at: float


def analysis_page(
    connection: Connection, wall: Wall, narrowed: AnalysisFilter, paging: Paging[str]
) -> tuple[tuple[str, Analysis], ...]:
    """A page of (Study Instance UID, analysis) by (created_at, id)."""
    equal = {
        STUDY.c.study_instance_uid: narrowed.study_instance_uid,
        ANALYSIS.c.package: narrowed.package,
        ANALYSIS.c.state: narrowed.state,
        ANALYSIS.c.outcome: narrowed.outcome,
    }
    statement = (
        select(ANALYSIS.c.id, STUDY.c.study_instance_uid)
        .join(STUDY, STUDY.c.id == ANALYSIS.c.study_id)
        .where(
            within(wall, ANALYSIS.c.hospital_id),
            STUDY.c.state != StudyState.ERASED.value,
            *(column == value for column, value in equal.items() if value is not None),
            *((_REPORTED,) if narrowed.of_reported else ()),
        )
    )
    rows = connection.execute(paged(statement, ANALYSIS.c.created_at, ANALYSIS.c.id, paging)).all()
    known = analyses.several(connection, wall, [row.id for row in rows])
    return tuple((row.study_instance_uid, known[row.id]) for row in rows)


def finding_page(
    connection: Connection, wall: Wall, narrowed: FindingFilter, paging: Paging[str]
) -> tuple[ListedFinding, ...]:
    """A page of findings of concluded analyses that were not superseded, by (ended_at of the analysis, id)."""
    equal = {
        STUDY.c.study_instance_uid: narrowed.study_instance_uid,
        FINDING.c.code_value: narrowed.code_value,
        FINDING.c.code_scheme: narrowed.code_scheme,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if narrowed.least_long_axis_mm is not None:
        conditions.append(FINDING.c.long_axis_mm >= narrowed.least_long_axis_mm)
    statement = (
        select(FINDING, STUDY.c.study_instance_uid, ANALYSIS.c.ended_at)
        .join(ANALYSIS, ANALYSIS.c.id == FINDING.c.analysis_id)
        .join(STUDY, STUDY.c.id == ANALYSIS.c.study_id)
        .where(
            within(wall, FINDING.c.hospital_id),
            ANALYSIS.c.state == AnalysisState.CONCLUDED.value,
            STUDY.c.state != StudyState.ERASED.value,
            *conditions,
            *((_REPORTED,) if narrowed.of_reported else ()),
        )
    )
    rows = connection.execute(paged(statement, ANALYSIS.c.ended_at, FINDING.c.id, paging))
    return tuple(ListedFinding(findings.stored(row), row.study_instance_uid, row.ended_at) for row in rows)
