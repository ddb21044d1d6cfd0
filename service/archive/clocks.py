"""Clocks that pass a share of their target, and those that stopped: told as events, once, and counted from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Row, func, literal_column, select, update

from service.archive import examination_rows
from service.archive.clock_rows import Waits, clock_of
from service.archive.events import EventKind, Subject, append, within
from service.archive.reading_tables import EXAMINATION
from service.archive.store import now
from service.archive.tables import EVENT, STUDY
from service.domain.clock import PASSED_PERCENT, Clock, Stopped
from service.domain.order import ExamClass
from service.domain.wall import HospitalId, Wall

SPAN_S: Final = 30 * 86_400
MOST_AT_ONCE: Final = 200
Group: TypeAlias = tuple[HospitalId, ExamClass | None]
"""A hospital and a class of its examinations; None: no order says one."""
_IS_STOPPED: Final = EVENT.c.kind == literal_column(f"'{EventKind.CLOCK_STOPPED.value}'")
"""Written out, since a partial index is only taken where the statement itself says so (SQLite, "Partial Indexes")."""


@dataclass(frozen=True, slots=True)
class DueClock:
    """A clock to be looked at. passed: the share in per cent that was told last, 0 where none was."""

    subject: Subject
    study_id: int
    exam_class: ExamClass | None
    clock: Clock
    passed: int


def next_due_at(connection: Connection, wall: Wall) -> float | None:
    """When the next clock passes a share of its target."""
    wall.guard_all()
    found: float | None = connection.execute(select(func.min(EXAMINATION.c.clock_due_at))).scalar_one()
    return found


def due(connection: Connection, wall: Wall) -> tuple[DueClock, ...]:
    """Clocks whose next share is passed by now, the one that waits longest first; at most MOST_AT_ONCE."""
    wall.guard_all()
    statement = (
        select(EXAMINATION, STUDY.c.study_instance_uid, STUDY.c.completed_at)
        .join(STUDY, STUDY.c.id == EXAMINATION.c.study_id)
        .where(EXAMINATION.c.clock_due_at <= now(connection), STUDY.c.completed_at.is_not(None))
        .order_by(EXAMINATION.c.clock_due_at)
        .limit(MOST_AT_ONCE)
    )
    return tuple(_due(connection, row) for row in connection.execute(statement))


def tell_passed(connection: Connection, wall: Wall, due_clock: DueClock, percent: int) -> None:
    """Put on record that a share was passed; once, whoever looks."""
    wall.guard(due_clock.subject.hospital)
    changed = connection.execute(
        update(EXAMINATION)
        .where(EXAMINATION.c.study_id == due_clock.study_id, EXAMINATION.c.clock_passed < percent)
        .values(clock_passed=percent, clock_since=due_clock.clock.since)
    )
    if changed.rowcount:
        late_s = now(connection) - due_clock.clock.at(percent)
        told = {**_told(due_clock.exam_class, due_clock.clock), "percent": percent, "late_s": round(late_s, 3)}
        append(connection, wall, EventKind.CLOCK_PASSED, due_clock.subject, told)


def look_again(connection: Connection, due_clock: DueClock) -> None:
    """Make the row anew: its clock was told of everything that it has passed."""
    examination_rows.renew(connection, due_clock.study_id)


def look_at_all(connection: Connection, wall: Wall, hospital: HospitalId) -> None:
    """Have every running clock of a hospital looked at: its targets are other ones now."""
    wall.guard(hospital)
    connection.execute(
        update(EXAMINATION)
        .where(EXAMINATION.c.hospital_id == hospital, EXAMINATION.c.is_open, EXAMINATION.c.clock_since.is_not(None))
        .values(clock_due_at=now(connection))
    )


def stop(connection: Connection, wall: Wall, subject: Subject) -> None:
    """The first report on the images is released: put on record how long that took, once for each clock."""
    wall.guard(subject.hospital)
    row = connection.execute(
        select(EXAMINATION, STUDY.c.study_instance_uid, STUDY.c.completed_at)
        .join(STUDY, STUDY.c.id == EXAMINATION.c.study_id)
        .where(EXAMINATION.c.study_id == subject.study_id, STUDY.c.completed_at.is_not(None))
    ).one_or_none()
    if row is None:
        return
    stopped = select(EVENT.c.seq).where(_IS_STOPPED, EVENT.c.study_id == row.study_id, EVENT.c.at >= row.completed_at)
    if connection.execute(stopped).first() is not None:
        return
    of_study = _due(connection, row)
    elapsed_s = round(now(connection) - of_study.clock.since, 3)
    told = {**_told(of_study.exam_class, of_study.clock), "elapsed_s": elapsed_s}
    append(connection, wall, EventKind.CLOCK_STOPPED, subject, told)


def stopped(connection: Connection, wall: Wall, *, since: float) -> Mapping[Group, Sequence[Stopped]]:
    """The examinations whose clock stopped since a moment (epoch seconds), from the events alone."""
    statement = select(EVENT.c.hospital_id, EVENT.c.detail).where(
        within(wall, EVENT.c.hospital_id), _IS_STOPPED, EVENT.c.at >= since
    )
    found: dict[Group, list[Stopped]] = defaultdict(list)
    for row in connection.execute(statement):
        key = HospitalId(row.hospital_id), _class(row.detail["exam_class"])
        found[key].append(Stopped(row.detail["elapsed_s"], row.detail["target_s"]))
    return found


def running(connection: Connection, wall: Wall) -> Mapping[Group, Mapping[int, int]]:
    """Open examinations by the share in per cent that they passed last; those that passed none are left out."""
    statement = (
        select(EXAMINATION.c.hospital_id, EXAMINATION.c.exam_class, EXAMINATION.c.clock_passed, func.count())
        .where(within(wall, EXAMINATION.c.hospital_id), EXAMINATION.c.is_open, EXAMINATION.c.clock_passed > 0)
        .group_by(EXAMINATION.c.hospital_id, EXAMINATION.c.exam_class, EXAMINATION.c.clock_passed)
    )
    found: dict[Group, dict[int, int]] = defaultdict(lambda: dict.fromkeys(PASSED_PERCENT, 0))
    for hospital, exam_class, passed, count in connection.execute(statement):
        found[HospitalId(hospital), _class(exam_class)][passed] = count
    return found


def _due(connection: Connection, row: Row[Any]) -> DueClock:
    exam_class = _class(row.exam_class)
    waits = Waits(exam_class, row.modality, row.is_open)
    return DueClock(
        subject=Subject(HospitalId(row.hospital_id), study_id=row.study_id, study_instance_uid=row.study_instance_uid),
        study_id=row.study_id,
        exam_class=exam_class,
        clock=clock_of(connection, row.hospital_id, row.completed_at, waits),
        passed=row.clock_passed if row.clock_since == row.completed_at else 0,
    )


def _told(exam_class: ExamClass | None, clock: Clock) -> dict[str, str | float | None]:
    return {"exam_class": None if exam_class is None else exam_class.value, "target_s": clock.target_s}


def _class(text: str | None) -> ExamClass | None:
    return None if text is None else ExamClass(text)
