"""What waits for workers, as a person looks at it: analyses in the order in which they are claimed, encode steps."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from service.archive import analyses
from service.archive.analyses import Analysis
from service.archive.events import within
from service.archive.reading_tables import REPORT
from service.archive.results import EncodeState, Encoding
from service.archive.tables import ANALYSIS, ENCODE_STEP, STUDY
from service.domain.analysis import AnalysisState
from service.domain.wall import HospitalId, Wall


@dataclass(frozen=True, slots=True)
class Queued:
    """An analysis and its study. in_doubt: the study's images disagree about the patient, so nobody claims it."""

    analysis: Analysis
    study_instance_uid: str
    in_doubt: bool


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """An encode step that is not done. analysis_id, report_id: what it is about, the other one is None."""

    id: int
    hospital: HospitalId
    study_instance_uid: str
    analysis_id: str | None
    report_id: str | None
    what: Encoding
    state: EncodeState
    attempt: int
    lease_until: float | None
    due_at: float | None
    waits: bool


def pending(connection: Connection, wall: Wall, limit: int) -> tuple[Queued, ...]:
    """At most limit analyses that wait for a worker, the next one first (as analysis_leases.claim takes them)."""
    order = (ANALYSIS.c.urgency, ANALYSIS.c.created_at)
    return _queued(connection, wall, AnalysisState.PENDING, order, limit)


def running(connection: Connection, wall: Wall, limit: int) -> tuple[Queued, ...]:
    """At most limit analyses that a worker has, the longest running first."""
    return _queued(connection, wall, AnalysisState.RUNNING, (ANALYSIS.c.started_at,), limit)


def failed(connection: Connection, wall: Wall, limit: int) -> tuple[Queued, ...]:
    """At most limit analyses that failed for good and wait for a person, the newest first."""
    found = sorted(analyses.failed_for_good(connection, wall), key=lambda each: -(each.ended_at or 0.0))[:limit]
    studies = _studies(connection, wall, {each.study_id for each in found})
    return tuple(Queued(each, *studies[each.study_id]) for each in found if each.study_id in studies)


def steps(connection: Connection, wall: Wall, limit: int) -> tuple[WaitingStep, ...]:
    """At most limit encode steps that are not done, those that failed for good first."""
    study_id = func.coalesce(ANALYSIS.c.study_id, REPORT.c.study_id)
    statement = (
        select(ENCODE_STEP, STUDY.c.study_instance_uid)
        .join(ANALYSIS, ANALYSIS.c.id == ENCODE_STEP.c.analysis_id, isouter=True)
        .join(REPORT, REPORT.c.id == ENCODE_STEP.c.report_id, isouter=True)
        .join(STUDY, STUDY.c.id == study_id)
        .where(within(wall, ENCODE_STEP.c.hospital_id), ENCODE_STEP.c.state != EncodeState.DONE.value)
        .order_by(ENCODE_STEP.c.state != EncodeState.FAILED.value, ENCODE_STEP.c.id)
        .limit(limit)
    )
    return tuple(
        WaitingStep(
            id=row.id,
            hospital=HospitalId(row.hospital_id),
            study_instance_uid=row.study_instance_uid,
            analysis_id=row.analysis_id,
            report_id=row.report_id,
            what=Encoding(row.what),
            state=EncodeState(row.state),
            attempt=row.attempt,
            lease_until=row.lease_until,
            due_at=row.due_at,
            waits=row.state == EncodeState.DUE.value and row.detail is not None,
        )
        for row in connection.execute(statement)
    )


def step_count(connection: Connection, wall: Wall) -> int:
    """How many encode steps are not done."""
    statement = (
        select(func.count())
        .select_from(ENCODE_STEP)
        .where(within(wall, ENCODE_STEP.c.hospital_id), ENCODE_STEP.c.state != EncodeState.DONE.value)
    )
    return int(connection.execute(statement).scalar_one())


def _queued(
    connection: Connection, wall: Wall, state: AnalysisState, order: tuple[ColumnElement[float], ...], limit: int
) -> tuple[Queued, ...]:
    statement = (
        select(ANALYSIS.c.id)
        .where(within(wall, ANALYSIS.c.hospital_id), ANALYSIS.c.state == state.value)
        .order_by(*order, ANALYSIS.c.id)
        .limit(limit)
    )
    ids = list(connection.execute(statement).scalars())
    known = analyses.several(connection, wall, ids)
    studies = _studies(connection, wall, {each.study_id for each in known.values()})
    return tuple(Queued(known[each], *studies[known[each].study_id]) for each in ids)


def _studies(connection: Connection, wall: Wall, ids: set[int]) -> dict[int, tuple[str, bool]]:
    statement = select(STUDY.c.id, STUDY.c.study_instance_uid, STUDY.c.identity_conflict).where(
        within(wall, STUDY.c.hospital_id), STUDY.c.id.in_(ids)
    )
    return {row.id: (row.study_instance_uid, row.identity_conflict) for row in connection.execute(statement)}
