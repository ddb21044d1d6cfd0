"""The clock of an examination in its worklist row: since when it runs, what was passed, when the next share is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from service.archive.tables import HOSPITAL
from service.domain.clock import Clock, target_s
from service.domain.order import ExamClass


@dataclass(frozen=True, slots=True)
class Waits:
    """As what an examination waits. is_open: whether it waits at all."""

    exam_class: ExamClass | None
    modality: str
    is_open: bool


def clock_of(connection: Connection, hospital_id: str, since: float, waits: Waits) -> Clock:
    """The clock by the hospital's targets as they are now."""
    kept = connection.execute(select(HOSPITAL.c.targets_s).where(HOSPITAL.c.id == hospital_id)).scalar_one()
    targets_s = {ExamClass(each): seconds for each, seconds in kept.items()}
    return Clock(since, target_s(waits.exam_class, waits.modality, targets_s))


def columns(connection: Connection, study: Row[Any], held: Row[Any] | None, waits: Waits) -> dict[str, object]:
    """What the row says of the clock. It begins anew when images that came later are complete."""
    since = study.completed_at
    if since is None:
        return {"clock_since": None, "clock_passed": 0, "clock_due_at": None}
    passed = held.clock_passed if held is not None and held.clock_since == since else 0
    due_at = clock_of(connection, study.hospital_id, since, waits).next_at(passed) if waits.is_open else None
    return {"clock_since": since, "clock_passed": passed, "clock_due_at": due_at}
