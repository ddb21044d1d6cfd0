"""Analyses: asked for, claimed under a lease with a fencing token, ended exactly once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from service.archive.events import EventKind, Subject, append, within
from service.archive.store import now
from service.archive.tables import ANALYSIS, STUDY
from service.domain.analysis import ANALYSIS as LIFECYCLE
from service.domain.analysis import (
    ENDED,
    GONE,
    LEASE_S,
    OPEN,
    AnalysisEvent,
    AnalysisOutcome,
    AnalysisState,
    after_lost_attempt,
)
from service.domain.wall import HospitalId, Wall

WAIT_S: Final = 10.0
"""How long an analysis waits that could not be read for want of room, or of the database."""
RESPITE_S: Final = 3.0
"""How long a lease that ran out is left to its holder: it could not renew while nothing could be written."""


class LeaseLost(Exception):
    """The lease ran out or somebody else works on it now: what this worker made is not wanted any more."""


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


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended; None where it does not apply."""

    event: AnalysisEvent
    outcome: AnalysisOutcome
    reason: str | None = None
    detail: str | None = None
    reading_object: str | None = None
    forward_s: float | None = None
    total_s: float | None = None


_ENDING_EVENT = {
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
    analysis = _get(connection, analysis_id)
    kind = EventKind.ANALYSIS_REFUSED if refused else EventKind.ANALYSIS_PENDING
    append(connection, wall, kind, _subject(connection, analysis), _told(analysis))
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


def claim(connection: Connection, wall: Wall) -> Analysis | None:
    """Take the most urgent pending analysis: a lease, a fresh fencing token, one attempt more.

    One of a study whose patient is in doubt waits for a person (AC-23).
    """
    wall.guard_all()
    moment = now(connection)
    candidate = (
        select(ANALYSIS.c.id)
        .where(_claimable(), ANALYSIS.c.due_at <= moment)
        .order_by(ANALYSIS.c.urgency, ANALYSIS.c.created_at)
        .limit(1)
        .scalar_subquery()
    )
    claimed = connection.execute(
        update(ANALYSIS)
        .where(ANALYSIS.c.id == candidate, ANALYSIS.c.state == AnalysisState.PENDING.value)
        .values(
            state=LIFECYCLE.after(AnalysisState.PENDING, AnalysisEvent.CLAIMED).value,
            token=secrets.token_hex(8),
            attempt=ANALYSIS.c.attempt + 1,
            lease_until=moment + LEASE_S,
            started_at=moment,
            progress=0.0,
            due_at=None,
            detail=None,
        )
        .returning(ANALYSIS.c.id)
    ).scalar_one_or_none()
    if claimed is None:
        return None
    analysis = _get(connection, claimed)
    append(connection, wall, EventKind.ANALYSIS_STARTED, _subject(connection, analysis), {"attempt": analysis.attempt})
    return analysis


def renew(connection: Connection, wall: Wall, analysis: Analysis, progress: float) -> None:
    """Prolong the lease and note the progress (0 to 1). Raises LeaseLost when it is not ours any more."""
    wall.guard(analysis.hospital)
    changed = connection.execute(
        update(ANALYSIS)
        .where(_ours(analysis))
        .values(lease_until=now(connection) + LEASE_S, progress=progress, due_at=None)
    )
    if changed.rowcount != 1:
        raise LeaseLost(f"analysis {analysis.id} attempt {analysis.attempt} is not this worker's any more")


def end(connection: Connection, wall: Wall, analysis: Analysis, ending: Ending) -> Analysis:
    """Write how a claimed analysis ended. Raises LeaseLost when the token is not the row's: nothing is changed."""
    wall.guard(analysis.hospital)
    changed = connection.execute(
        update(ANALYSIS)
        .where(_ours(analysis))
        .values(
            state=LIFECYCLE.after(AnalysisState.RUNNING, ending.event).value,
            outcome=ending.outcome.value,
            reason=ending.reason,
            detail=ending.detail,
            reading_object=ending.reading_object,
            forward_s=ending.forward_s,
            total_s=ending.total_s,
            progress=1.0,
            lease_until=None,
            due_at=None,
            ended_at=now(connection),
        )
    )
    if changed.rowcount != 1:
        raise LeaseLost(f"analysis {analysis.id} attempt {analysis.attempt} is not this worker's any more")
    ended = _get(connection, analysis.id)
    append(connection, wall, _ENDING_EVENT[ending.outcome], _subject(connection, ended), _told(ended))
    return ended


def keep_contours(connection: Connection, wall: Wall, analysis: Analysis, object_name: str) -> None:
    """Keep where the outlines of its findings are."""
    wall.guard(analysis.hospital)
    connection.execute(update(ANALYSIS).where(ANALYSIS.c.id == analysis.id).values(contours_object=object_name))


def lose_attempt(
    connection: Connection, wall: Wall, analysis: Analysis, detail: str, *, reason: str = "attempts-exhausted"
) -> Analysis | None:
    """A lost process or lease: pending again, or failed after the last attempt. None when it was not ours any more.

    reason: the code it fails with when this was the last attempt.
    """
    wall.guard(analysis.hospital)
    event = after_lost_attempt(analysis.attempt)
    if event is AnalysisEvent.ATTEMPTS_EXHAUSTED:
        ending = Ending(event, AnalysisOutcome.FAILED, reason=reason, detail=detail)
        try:
            return end(connection, wall, analysis, ending)
        except LeaseLost:
            return None
    changed = connection.execute(
        update(ANALYSIS)
        .where(_ours(analysis))
        .values(
            state=LIFECYCLE.after(AnalysisState.RUNNING, event).value,
            token=None,
            lease_until=None,
            due_at=now(connection),
            progress=0.0,
        )
    )
    if changed.rowcount != 1:
        return None
    append(
        connection,
        wall,
        EventKind.ANALYSIS_ATTEMPT_LOST,
        _subject(connection, analysis),
        {"attempt": analysis.attempt, "detail": detail},
    )
    return _get(connection, analysis.id)


def give_back(connection: Connection, wall: Wall, analysis: Analysis) -> None:
    """A worker that is asked to end returns what it claimed: pending at once, and the attempt does not count."""
    _return(connection, wall, analysis, wait_s=0.0, detail=None)


def wait(connection: Connection, wall: Wall, analysis: Analysis, detail: str) -> None:
    """It was not the analysis' fault (no room, no database): pending in a while, and the attempt does not count."""
    _return(connection, wall, analysis, wait_s=WAIT_S, detail=detail)


def _return(connection: Connection, wall: Wall, analysis: Analysis, *, wait_s: float, detail: str | None) -> None:
    wall.guard(analysis.hospital)
    connection.execute(
        update(ANALYSIS)
        .where(_ours(analysis))
        .values(
            state=LIFECYCLE.after(AnalysisState.RUNNING, AnalysisEvent.ATTEMPT_LOST).value,
            token=None,
            lease_until=None,
            attempt=analysis.attempt - 1,
            due_at=now(connection) + wait_s,
            progress=0.0,
            detail=detail,
        )
    )


def expired(connection: Connection, wall: Wall) -> tuple[Analysis, ...]:
    """Running analyses whose lease ran out, those in their respite included."""
    wall.guard_all()
    return tuple(_analysis(row) for row in connection.execute(select(ANALYSIS).where(_ran_out(now(connection)))))


def abandoned(connection: Connection, wall: Wall) -> tuple[Analysis, ...]:
    """Running analyses whose lease and respite ran out; begins the respite of the others whose lease ran out.

    That the respite could be written shows that the holder, if it lives, can write again too, and has the time to.
    """
    wall.guard_all()
    moment = now(connection)
    connection.execute(
        update(ANALYSIS).where(_ran_out(moment), ANALYSIS.c.due_at.is_(None)).values(due_at=moment + RESPITE_S)
    )
    statement = select(ANALYSIS).where(_ran_out(moment), ANALYSIS.c.due_at <= moment)
    return tuple(_analysis(row) for row in connection.execute(statement))


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
        append(connection, wall, EventKind.ANALYSIS_CANCELLED, _subject(connection, analysis), {"why": why})
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
    succeeded = tuple(_analysis(row) for row in connection.execute(select(ANALYSIS).where(earlier)))
    for analysis in succeeded:
        connection.execute(
            update(ANALYSIS)
            .where(ANALYSIS.c.id == analysis.id)
            .values(state=LIFECYCLE.after(analysis.state, AnalysisEvent.SUCCEEDED_BY_LATER).value)
        )
        append(connection, wall, EventKind.ANALYSIS_SUPERSEDED, _subject(connection, analysis), {"by": later.id})
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
    analysis = _get(connection, again["id"])
    told = {**_told(analysis), "run": analysis.run, "retries": failed.id}
    append(connection, wall, EventKind.ANALYSIS_PENDING, _subject(connection, analysis), told)
    return analysis


def failed_for_good(connection: Connection, wall: Wall) -> tuple[Analysis, ...]:
    """Failed analyses that wait for a person: those with no later analysis of their package on the study."""
    statement = (
        select(ANALYSIS)
        .where(within(wall, ANALYSIS.c.hospital_id), _failed_for_good())
        .order_by(ANALYSIS.c.created_at, ANALYSIS.c.id)
    )
    return tuple(_analysis(row) for row in connection.execute(statement))


def get(connection: Connection, wall: Wall, analysis_id: str) -> Analysis | None:
    """One analysis."""
    return _first(connection, and_(within(wall, ANALYSIS.c.hospital_id), ANALYSIS.c.id == analysis_id))


def several(connection: Connection, wall: Wall, ids: Sequence[str]) -> Mapping[str, Analysis]:
    """Analyses by their ids; what is not behind the wall is left out."""
    statement = select(ANALYSIS).where(within(wall, ANALYSIS.c.hospital_id), ANALYSIS.c.id.in_(ids))
    return {row.id: _analysis(row) for row in connection.execute(statement)}


def of_study(connection: Connection, wall: Wall, study_id: int) -> tuple[Analysis, ...]:
    """All analyses of a study, in the order they were asked for."""
    statement = (
        select(ANALYSIS)
        .where(within(wall, ANALYSIS.c.hospital_id), ANALYSIS.c.study_id == study_id)
        .order_by(ANALYSIS.c.created_at, ANALYSIS.c.id)
    )
    return tuple(_analysis(row) for row in connection.execute(statement))


def next_due_at(connection: Connection, wall: Wall) -> float | None:
    """When the next pending analysis may be claimed, or the next lease runs out."""
    wall.guard_all()
    pending = select(func.min(ANALYSIS.c.due_at)).where(_claimable())
    found: float | None = connection.execute(pending).scalar_one()
    return found


def counts(connection: Connection, wall: Wall) -> Mapping[str, int]:
    """How many analyses stand in each state."""
    statement = (
        select(ANALYSIS.c.state, func.count()).where(within(wall, ANALYSIS.c.hospital_id)).group_by(ANALYSIS.c.state)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def _claimable() -> ColumnElement[bool]:
    doubted = select(STUDY.c.id).where(STUDY.c.id == ANALYSIS.c.study_id, STUDY.c.identity_conflict)
    return and_(ANALYSIS.c.state == AnalysisState.PENDING.value, ~doubted.exists())


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


def _ran_out(moment: float) -> ColumnElement[bool]:
    return and_(ANALYSIS.c.state == AnalysisState.RUNNING.value, ANALYSIS.c.lease_until < moment)


def _ours(analysis: Analysis) -> ColumnElement[bool]:
    return and_(
        ANALYSIS.c.id == analysis.id,
        ANALYSIS.c.state == AnalysisState.RUNNING.value,
        ANALYSIS.c.token == analysis.token,
    )


def _subject(connection: Connection, analysis: Analysis) -> Subject:
    uid = connection.execute(select(STUDY.c.study_instance_uid).where(STUDY.c.id == analysis.study_id)).scalar_one()
    return Subject(analysis.hospital, study_id=analysis.study_id, study_instance_uid=uid, analysis_id=analysis.id)


def _told(analysis: Analysis) -> Mapping[str, str | None]:
    return {
        "package": analysis.package,
        "version": analysis.package_version,
        "outcome": analysis.outcome.value if analysis.outcome else None,
        "reason": analysis.reason,
        "detail": analysis.detail,
    }


def _get(connection: Connection, analysis_id: str) -> Analysis:
    return _analysis(connection.execute(select(ANALYSIS).where(ANALYSIS.c.id == analysis_id)).one())


def _first(connection: Connection, condition: ColumnElement[bool]) -> Analysis | None:
    row = connection.execute(select(ANALYSIS).where(condition)).one_or_none()
    return None if row is None else _analysis(row)


def _analysis(row: Row[Any]) -> Analysis:
    values = row._asdict()
    special = {"hospital_id", "state", "outcome"}
    return Analysis(
        hospital=HospitalId(row.hospital_id),
        state=AnalysisState(row.state),
        outcome=None if row.outcome is None else AnalysisOutcome(row.outcome),
        **{name: values[name] for name in values if name not in special},
    )
