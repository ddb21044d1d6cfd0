"""Analyses in the hands of a worker: claimed under a lease with a fencing token, ended exactly once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from service.archive.analyses import ENDING_EVENT, Analysis, known, subject_of
from service.archive.events import EventKind, append
from service.archive.store import now
from service.archive.tables import ANALYSIS, STUDY
from service.domain.analysis import ANALYSIS as LIFECYCLE
from service.domain.analysis import LEASE_S, AnalysisEvent, AnalysisOutcome, AnalysisState, after_lost_attempt
from service.domain.wall import Wall

WAIT_S: Final = 10.0
"""How long an analysis waits that could not be read for want of room, or of the database."""
RESPITE_S: Final = 3.0
"""How long a lease that ran out is left to its holder: it could not renew while nothing could be written."""


class LeaseLost(Exception):
    """The lease ran out or somebody else works on it now: what this worker made is not wanted any more."""


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
    analysis = known(connection, wall, claimed)
    append(
        connection,
        wall,
        EventKind.ANALYSIS_STARTED,
        subject_of(connection, wall, analysis),
        {"attempt": analysis.attempt},
    )
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
    ended = known(connection, wall, analysis.id)
    append(connection, wall, ENDING_EVENT[ending.outcome], subject_of(connection, wall, ended), ended.told)
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
        subject_of(connection, wall, analysis),
        {"attempt": analysis.attempt, "detail": detail},
    )
    return known(connection, wall, analysis.id)


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
    return tuple(Analysis.of(row) for row in connection.execute(select(ANALYSIS).where(_ran_out(now(connection)))))


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
    return tuple(Analysis.of(row) for row in connection.execute(statement))


def next_due_at(connection: Connection, wall: Wall) -> float | None:
    """When the next pending analysis may be claimed, or the next lease runs out."""
    wall.guard_all()
    pending = select(func.min(ANALYSIS.c.due_at)).where(_claimable())
    found: float | None = connection.execute(pending).scalar_one()
    return found


def _claimable() -> ColumnElement[bool]:
    doubted = select(STUDY.c.id).where(STUDY.c.id == ANALYSIS.c.study_id, STUDY.c.identity_conflict)
    return and_(ANALYSIS.c.state == AnalysisState.PENDING.value, ~doubted.exists())


def _ran_out(moment: float) -> ColumnElement[bool]:
    return and_(ANALYSIS.c.state == AnalysisState.RUNNING.value, ANALYSIS.c.lease_until < moment)


def _ours(analysis: Analysis) -> ColumnElement[bool]:
    return and_(
        ANALYSIS.c.id == analysis.id,
        ANALYSIS.c.state == AnalysisState.RUNNING.value,
        ANALYSIS.c.token == analysis.token,
    )
