"""Studies whose images are to be copied for viewers, and files of copies that are to be removed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from service.archive.dicomweb_tables import COPIES_DUE, COPY_DROPPED, STUDY_COPIED
from service.archive.events import within
from service.archive.store import now
from service.archive.tables import STUDY
from service.domain.study import StudyState
from service.domain.wall import HospitalId, Wall

_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class DueCopies:
    """A study that is due. since: when this was last asked for."""

    hospital: HospitalId
    study_id: int
    since: float


def want(connection: Connection, wall: Wall, hospital: HospitalId, study_id: int) -> None:
    """Ask for a study's copies, again where they were asked for already."""
    wall.guard(hospital)
    values = {"study_id": study_id, "hospital_id": hospital, "since": now(connection)}
    statement = insert(COPIES_DUE).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["study_id"], set_={"since": values["since"]}))


def is_wanting(connection: Connection, wall: Wall, study_id: int) -> bool:
    """Whether a complete study was never copied, or its copies were removed, and nobody has asked for them yet."""
    asked = select(COPIES_DUE.c.study_id)
    copied = select(STUDY_COPIED.c.study_id)
    statement = select(STUDY.c.id).where(
        within(wall, STUDY.c.hospital_id),
        STUDY.c.id == study_id,
        STUDY.c.state == StudyState.COMPLETE.value,
        STUDY.c.id.not_in(asked),
        STUDY.c.id.not_in(copied),
    )
    return connection.execute(statement).first() is not None


def first(connection: Connection, wall: Wall) -> DueCopies | None:
    """The study that has waited longest."""
    wall.guard_all()
    row = connection.execute(select(COPIES_DUE).order_by(COPIES_DUE.c.since).limit(1)).one_or_none()
    return None if row is None else DueCopies(HospitalId(row.hospital_id), row.study_id, row.since)


def done(connection: Connection, wall: Wall, due: DueCopies) -> None:
    """Forget a study that was looked after, unless it was asked for again meanwhile."""
    wall.guard(due.hospital)
    connection.execute(delete(COPIES_DUE).where(COPIES_DUE.c.study_id == due.study_id, COPIES_DUE.c.since == due.since))


def forget_all(connection: Connection, wall: Wall) -> None:
    """Forget what was asked for: nothing is copied any more."""
    wall.guard_all()
    connection.execute(delete(COPIES_DUE))


def next_due_at(connection: Connection, wall: Wall) -> float | None:
    """Since when the first of them waits; now where a file is to be removed."""
    wall.guard_all()
    if connection.execute(select(COPY_DROPPED.c.copy_name).limit(1)).first() is not None:
        return now(connection)
    found: float | None = connection.execute(select(func.min(COPIES_DUE.c.since))).scalar_one()
    return found


def dropped(connection: Connection, wall: Wall) -> tuple[tuple[HospitalId, str], ...]:
    """Files that are to be removed, some at a time."""
    rows = connection.execute(select(COPY_DROPPED).where(within(wall, COPY_DROPPED.c.hospital_id)).limit(_AT_ONCE))
    return tuple((HospitalId(row.hospital_id), row.copy_name) for row in rows)


def removed(connection: Connection, wall: Wall, files: Iterable[tuple[HospitalId, str]]) -> None:
    """Forget files that are not there any more."""
    for hospital, name in files:
        wall.guard(hospital)
        connection.execute(
            delete(COPY_DROPPED).where(COPY_DROPPED.c.hospital_id == hospital, COPY_DROPPED.c.copy_name == name)
        )
