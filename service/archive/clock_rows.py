"""The clock of an examination in its worklist row: since when it runs, what was passed, when the next share is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from service.archive.reading_tables import REPORT
from service.archive.tables import HOSPITAL
from service.domain.clock import Clock, audit_clock, target_s
from service.domain.order import ExamClass
from service.domain.report import ReportState


@dataclass(frozen=True, slots=True)
class Waits:
    """As what an examination waits. completed_at: of its images; None while they come. is_open: whether time runs."""

    study_id: int
    hospital_id: str
    completed_at: float | None
    exam_class: ExamClass | None
    modality: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that runs. audit_of: the report that is out provisionally and waits for its audit; else None."""

    clock: Clock
    audit_of: str | None


def clock_of(connection: Connection, waits: Waits) -> Clock | None:
    """The clock of its report by the hospital's targets as they are now; None while its images come."""
    if waits.completed_at is None:
        return None
    kept = connection.execute(select(HOSPITAL.c.targets_s).where(HOSPITAL.c.id == waits.hospital_id)).scalar_one()
    targets_s = {ExamClass(each): seconds for each, seconds in kept.items()}
    return Clock(waits.completed_at, target_s(waits.exam_class, waits.modality, targets_s))


def running(connection: Connection, waits: Waits) -> Running | None:
    """The clock that runs: a report that is out provisionally has been made, and its audit is waited for."""
    provisional = connection.execute(
        select(REPORT.c.id, REPORT.c.signed_at, REPORT.c.audit_due_at).where(
            REPORT.c.study_id == waits.study_id, REPORT.c.state == ReportState.PROVISIONAL.value
        )
    ).one_or_none()
    if provisional is not None:
        return Running(audit_clock(provisional.signed_at, provisional.audit_due_at), provisional.id)
    clock = clock_of(connection, waits)
    return None if clock is None else Running(clock, None)


def columns(connection: Connection, held: Row[Any] | None, waits: Waits) -> dict[str, object]:
    """What the row says of the clock. It begins anew when images that came later are complete."""
    found = running(connection, waits)
    if found is None:
        return {"clock_since": None, "clock_passed": 0, "clock_due_at": None}
    since = found.clock.since
    passed = held.clock_passed if held is not None and held.clock_since == since else 0
    due_at = found.clock.next_at(passed) if waits.is_open else None
    return {"clock_since": since, "clock_passed": passed, "clock_due_at": due_at}
