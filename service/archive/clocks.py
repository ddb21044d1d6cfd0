"""Clocks that pass a share of their target, and those that stopped: told as events, once, and counted from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Row, func, literal_column, select, update

from service.archive import examination_rows
from service.archive.clock_rows import Running, Waits, clock_of
from service.archive.clock_rows import running as running_clock
from service.archive.events import EventKind, Subject, append, within
from service.archive.reading_tables import EXAMINATION
from service.archive.store import now
from service.archive.tables import EVENT, STUDY
from service.domain.clock import PASSED_PERCENT, Clock, Stopped
from service.domain.examination import ExaminationWord
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
    """A clock to be looked at. passed: the share in per cent that was told last, 0 where none was.

    audit_of: the report whose audit it is of; None where it is the clock of the report itself.
    """

    subject: Subject
    study_id: int
    exam_class: ExamClass | None
    clock: Clock
    passed: int
    audit_of: str | None


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
        .where(EXAMINATION.c.clock_due_at <= now(connection))
        .order_by(EXAMINATION.c.clock_due_at)
        .limit(MOST_AT_ONCE)
    )
    rows = connection.execute(statement).all()
    return tuple(each for row in rows if (each := _due(row, running_clock(connection, _waits(row)))) is not None)


def tell_passed(connection: Connection, wall: Wall, due_clock: DueClock, percent: int) -> bool:
    """Put on record that a share was passed; once, whoever looks: False where somebody did."""
    wall.guard(due_clock.subject.hospital)
    changed = connection.execute(
        update(EXAMINATION)
        .where(EXAMINATION.c.study_id == due_clock.study_id, EXAMINATION.c.clock_passed < percent)
        .values(clock_passed=percent, clock_since=due_clock.clock.since)
    )
    is_news = changed.rowcount > 0
    if is_news:
        late_s = now(connection) - due_clock.clock.at(percent)
        told = {**_told(due_clock.exam_class, due_clock.clock), "percent": percent, "late_s": round(late_s, 3)}
        of_audit = {} if due_clock.audit_of is None else {"audit_of": due_clock.audit_of}
        append(connection, wall, EventKind.CLOCK_PASSED, due_clock.subject, {**told, **of_audit})
    return is_news


def look_again(connection: Connection, due_clock: DueClock) -> None:
    """Make the row anew: its clock was told of everything that it has passed."""
    examination_rows.renew(connection, due_clock.study_id)


def look_at_all(connection: Connection, wall: Wall, hospital: HospitalId) -> None:
    """Have every running clock of a hospital looked at: its targets are other ones now."""
    wall.guard(hospital)
    connection.execute(
        update(EXAMINATION)
        .where(
            EXAMINATION.c.hospital_id == hospital,
            EXAMINATION.c.is_open,
            EXAMINATION.c.clock_since.is_not(None),
            EXAMINATION.c.word != ExaminationWord.RETURNED.value,
        )
        .values(clock_due_at=now(connection))
    )


def stop(connection: Connection, wall: Wall, subject: Subject) -> None:
    """The first report on the images is out: put on record how long that took, once for each clock."""
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
    waits = _waits(row)
    clock = clock_of(connection, waits)
    assert clock is not None, "its images are complete"
    told = {**_told(waits.exam_class, clock), "elapsed_s": round(now(connection) - clock.since, 3)}
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
    """Examinations that wait for a report, by the share in per cent that they passed last; but for those with none.

    Not those that are at the hospital.
    """
    statement = (
        select(EXAMINATION.c.hospital_id, EXAMINATION.c.exam_class, EXAMINATION.c.clock_passed, func.count())
        .where(
            within(wall, EXAMINATION.c.hospital_id),
            EXAMINATION.c.is_open,
            EXAMINATION.c.clock_passed > 0,
            EXAMINATION.c.word.not_in((ExaminationWord.PROVISIONAL.value, ExaminationWord.RETURNED.value)),
        )
        .group_by(EXAMINATION.c.hospital_id, EXAMINATION.c.exam_class, EXAMINATION.c.clock_passed)
    )
    found: dict[Group, dict[int, int]] = defaultdict(lambda: dict.fromkeys(PASSED_PERCENT, 0))
    for hospital, exam_class, passed, count in connection.execute(statement):
        found[HospitalId(hospital), _class(exam_class)][passed] = count
    return found


def _waits(row: Row[Any]) -> Waits:
    return Waits(
        study_id=row.study_id,
        hospital_id=row.hospital_id,
        completed_at=row.completed_at,
        exam_class=_class(row.exam_class),
        modality=row.modality,
        is_open=row.is_open,
    )


def _due(row: Row[Any], found: Running | None) -> DueClock | None:
    if found is None:
        return None
    return DueClock(
        subject=Subject(HospitalId(row.hospital_id), study_id=row.study_id, study_instance_uid=row.study_instance_uid),
        study_id=row.study_id,
        exam_class=_class(row.exam_class),
        clock=found.clock,
        passed=row.clock_passed if row.clock_since == found.clock.since else 0,
        audit_of=found.audit_of,
    )


def _told(exam_class: ExamClass | None, clock: Clock) -> dict[str, str | float | None]:
    return {"exam_class": None if exam_class is None else exam_class.value, "target_s": clock.target_s}


def _class(text: str | None) -> ExamClass | None:
    return None if text is None else ExamClass(text)
