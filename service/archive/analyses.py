"""Analyses: asked for, refused, superseded, cancelled, asked for again, and listed; a worker's part is beside."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from service.archive.events import EventKind, Subject, append, within
from service.archive.store import now
from service.archive.tables import ANALYSIS, STUDY
from service.domain.analysis import ANALYSIS as LIFECYCLE
from service.domain.analysis import (
    ENDED,
    GONE,
    OPEN,
    AnalysisEvent,
    AnalysisOutcome,
    AnalysisState,
)
from service.domain.wall import HospitalId, Wall


@dataclass(frozen=True, slots=True)
class Analysis:
    """One package on one revision's selected series."""

    id: str
    hospital: HospitalId
    study_id: int
    revision: int
    package: str
    package_version: str
    package_digest: str
    series_instance_uid: str | None
    fingerprint: str
    run: int
    urgency: int
    state: AnalysisState
    outcome: AnalysisOutcome | None
    reason: str | None
    detail: str | None
    selection: Sequence[str]
    attempt: int
    progress: float
    token: str | None
    lease_until: float | None
    due_at: float | None
    created_at: float
    started_at: float | None
    ended_at: float | None
    reading_object: str | None
    contours_object: str | None
    forward_s: float | None
    total_s: float | None

    @classmethod
    def of(cls, row: Row[Any]) -> Analysis:
        """The analysis of a row."""
        values = row._asdict()
        special = {"hospital_id", "state", "outcome"}
        return cls(
            hospital=HospitalId(row.hospital_id),
            state=AnalysisState(row.state),
            outcome=None if row.outcome is None else AnalysisOutcome(row.outcome),
            **{name: values[name] for name in values if name not in special},
        )

    @property
    def told(self) -> Mapping[str, str | None]:
        """What the event of its end says."""
        return {
            "package": self.package,
            "version": self.package_version,
            "outcome": self.outcome.value if self.outcome else None,
            "reason": self.reason,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """An analysis to be made: pending, or refused at once when selection found nothing (reason, detail)."""

    hospital: HospitalId
    study_id: int
    study_instance_uid: str
    revision: int
    package: str
    package_version: str
    package_digest: str
    series_instance_uid: str | None
    fingerprint: str
    selection: tuple[str, ...]
    urgency: int
    reason: str | None = None
    detail: str | None = None


ENDING_EVENT = {
    AnalysisOutcome.FINDINGS: EventKind.ANALYSIS_CONCLUDED,
    AnalysisOutcome.NO_FINDING: EventKind.ANALYSIS_CONCLUDED,
    AnalysisOutcome.REFUSED: EventKind.ANALYSIS_REFUSED,
    AnalysisOutcome.FAILED: EventKind.ANALYSIS_FAILED,
}


def ask(connection: Connection, wall: Wall, asked: Asked) -> Analysis | None:
    """Make an analysis unless the same one (package version, fingerprint) stands: then None.

    One that was cancelled or superseded meanwhile does not stand: the study came back to it, so it is run again. One
    that still waits takes the urgency of the orders that are joined now.
    """
    wall.guard(asked.hospital)
    earlier = connection.execute(
        select(ANALYSIS.c.run, ANALYSIS.c.state)
        .where(
            ANALYSIS.c.study_id == asked.study_id,
            ANALYSIS.c.package == asked.package,
            ANALYSIS.c.package_version == asked.package_version,
            ANALYSIS.c.fingerprint == asked.fingerprint,
        )
        .order_by(ANALYSIS.c.run)
    ).all()
    if any(AnalysisState(row.state) not in GONE for row in earlier):
        _reprioritize(connection, asked)
        return None
    moment = now(connection)
    refused = asked.reason is not None
    state = (
        LIFECYCLE.after(AnalysisState.PENDING, AnalysisEvent.NOTHING_SELECTABLE) if refused else AnalysisState.PENDING
    )
    analysis_id = secrets.token_hex(16)
    connection.execute(
        ANALYSIS.insert().values(
            id=analysis_id,
            hospital_id=asked.hospital,
            study_id=asked.study_id,
            revision=asked.revision,
            package=asked.package,
            package_version=asked.package_version,
            package_digest=asked.package_digest,
            series_instance_uid=asked.series_instance_uid,
            fingerprint=asked.fingerprint,
            run=earlier[-1].run + 1 if earlier else 1,
            urgency=asked.urgency,
            state=state.value,
            outcome=AnalysisOutcome.REFUSED.value if refused else None,
            reason=asked.reason,
            detail=asked.detail,
            selection=list(asked.selection),
            due_at=None if refused else moment,
            created_at=moment,
            ended_at=moment if refused else None,
        )
    )
    analysis = known(connection, wall, analysis_id)
    kind = EventKind.ANALYSIS_REFUSED if refused else EventKind.ANALYSIS_PENDING
    append(connection, wall, kind, subject_of(connection, wall, analysis), analysis.told)
    return analysis


def _reprioritize(connection: Connection, asked: Asked) -> None:
    connection.execute(
        update(ANALYSIS)
        .where(
            ANALYSIS.c.study_id == asked.study_id,
            ANALYSIS.c.package == asked.package,
            ANALYSIS.c.fingerprint == asked.fingerprint,
            ANALYSIS.c.state == AnalysisState.PENDING.value,
        )
        .values(urgency=asked.urgency)
    )


def cancel(connection: Connection, wall: Wall, analysis: Analysis, why: str) -> bool:
    """End a pending or running analysis that is not wanted any more; a worker notices at its next renewal."""
    wall.guard(analysis.hospital)
    changed = connection.execute(
        update(ANALYSIS)
        .where(ANALYSIS.c.id == analysis.id, ANALYSIS.c.state.in_([each.value for each in OPEN]))
        .values(
            state=AnalysisState.CANCELLED.value, token=None, lease_until=None, due_at=None, ended_at=now(connection)
        )
    )
    if changed.rowcount == 1:
        append(connection, wall, EventKind.ANALYSIS_CANCELLED, subject_of(connection, wall, analysis), {"why": why})
    return changed.rowcount == 1


def supersede_earlier(connection: Connection, wall: Wall, later: Analysis) -> tuple[Analysis, ...]:
    """A concluded or refused analysis succeeds the ended earlier ones of its package version on the study: those."""
    wall.guard(later.hospital)
    earlier = and_(
        ANALYSIS.c.study_id == later.study_id,
        ANALYSIS.c.package == later.package,
        ANALYSIS.c.package_version == later.package_version,
        ANALYSIS.c.id != later.id,
        ANALYSIS.c.created_at <= later.created_at,
        ANALYSIS.c.state.in_([each.value for each in ENDED]),
    )
    succeeded = tuple(Analysis.of(row) for row in connection.execute(select(ANALYSIS).where(earlier)))
    for analysis in succeeded:
        connection.execute(
            update(ANALYSIS)
            .where(ANALYSIS.c.id == analysis.id)
            .values(state=LIFECYCLE.after(analysis.state, AnalysisEvent.SUCCEEDED_BY_LATER).value)
        )
        append(
            connection, wall, EventKind.ANALYSIS_SUPERSEDED, subject_of(connection, wall, analysis), {"by": later.id}
        )
    return succeeded


def retry(connection: Connection, wall: Wall, failed: Analysis) -> Analysis | None:
    """A person asks for a failed analysis once more: a run of its own, so that what it says gets UIDs of its own.

    None when it is not failed, or a later analysis of its package stands in its place.
    """
    wall.guard(failed.hospital)
    row = connection.execute(select(ANALYSIS).where(ANALYSIS.c.id == failed.id, _failed_for_good())).one_or_none()
    if row is None:
        return None
    moment = now(connection)
    again = {
        **row._asdict(),
        "id": secrets.token_hex(16),
        "run": row.run + 1,
        "state": LIFECYCLE.after(AnalysisState.FAILED, AnalysisEvent.RETRIED).value,
        "attempt": 0,
        "progress": 0.0,
        "due_at": moment,
        "created_at": moment,
        **dict.fromkeys(("outcome", "reason", "detail", "token", "started_at", "ended_at")),
    }
    connection.execute(ANALYSIS.insert().values(again))
    analysis = known(connection, wall, again["id"])
    told = {**analysis.told, "run": analysis.run, "retries": failed.id}
    append(connection, wall, EventKind.ANALYSIS_PENDING, subject_of(connection, wall, analysis), told)
    return analysis


def failed_for_good(connection: Connection, wall: Wall) -> tuple[Analysis, ...]:
    """Failed analyses that wait for a person: those with no later analysis of their package on the study."""
    statement = (
        select(ANALYSIS)
        .where(within(wall, ANALYSIS.c.hospital_id), _failed_for_good())
        .order_by(ANALYSIS.c.created_at, ANALYSIS.c.id)
    )
    return tuple(Analysis.of(row) for row in connection.execute(statement))


def get(connection: Connection, wall: Wall, analysis_id: str) -> Analysis | None:
    """One analysis."""
    return _first(connection, and_(within(wall, ANALYSIS.c.hospital_id), ANALYSIS.c.id == analysis_id))


def several(connection: Connection, wall: Wall, ids: Sequence[str]) -> Mapping[str, Analysis]:
    """Analyses by their ids; what is not behind the wall is left out."""
    statement = select(ANALYSIS).where(within(wall, ANALYSIS.c.hospital_id), ANALYSIS.c.id.in_(ids))
    return {row.id: Analysis.of(row) for row in connection.execute(statement)}


def of_study(connection: Connection, wall: Wall, study_id: int) -> tuple[Analysis, ...]:
    """All analyses of a study, in the order they were asked for."""
    statement = (
        select(ANALYSIS)
        .where(within(wall, ANALYSIS.c.hospital_id), ANALYSIS.c.study_id == study_id)
        .order_by(ANALYSIS.c.created_at, ANALYSIS.c.id)
    )
    return tuple(Analysis.of(row) for row in connection.execute(statement))


def counts(connection: Connection, wall: Wall) -> Mapping[str, int]:
    """How many analyses stand in each state."""
    statement = (
        select(ANALYSIS.c.state, func.count()).where(within(wall, ANALYSIS.c.hospital_id)).group_by(ANALYSIS.c.state)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def _failed_for_good() -> ColumnElement[bool]:
    later = ANALYSIS.alias("later")
    succeeded = select(later.c.id).where(
        later.c.study_id == ANALYSIS.c.study_id,
        later.c.package == ANALYSIS.c.package,
        later.c.state != AnalysisState.CANCELLED.value,
        or_(
            later.c.created_at > ANALYSIS.c.created_at,
            and_(later.c.fingerprint == ANALYSIS.c.fingerprint, later.c.run > ANALYSIS.c.run),
        ),
    )
    return and_(ANALYSIS.c.state == AnalysisState.FAILED.value, ~succeeded.exists())


def subject_of(connection: Connection, wall: Wall, analysis: Analysis) -> Subject:
    """What events of an analysis are about."""
    wall.guard(analysis.hospital)
    uid = connection.execute(select(STUDY.c.study_instance_uid).where(STUDY.c.id == analysis.study_id)).scalar_one()
    return Subject(analysis.hospital, study_id=analysis.study_id, study_instance_uid=uid, analysis_id=analysis.id)


def known(connection: Connection, wall: Wall, analysis_id: str) -> Analysis:
    """One that is known to be there."""
    within_wall = and_(within(wall, ANALYSIS.c.hospital_id), ANALYSIS.c.id == analysis_id)
    return Analysis.of(connection.execute(select(ANALYSIS).where(within_wall)).one())


def _first(connection: Connection, condition: ColumnElement[bool]) -> Analysis | None:
    row = connection.execute(select(ANALYSIS).where(condition)).one_or_none()
    return None if row is None else Analysis.of(row)
