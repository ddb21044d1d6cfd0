"""Copies of stored images in HTJ2K, for viewers alone: what was stored is never replaced by them.

A copy is of an object's bytes, so an instance whose bytes are replaced has none until the new ones are copied.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from service.archive.dicomweb_tables import COPY_DROPPED, PIXEL_LAYOUT, STUDY_COPIED, VIEWER_COPY
from service.archive.events import within
from service.archive.store import now
from service.archive.tables import INSTANCE, STUDY
from service.domain.study import StudyState
from service.domain.wall import HospitalId, Wall

HTJ2K_LOSSLESS: Final = "1.2.840.10008.1.2.4.201"
"""Transfer syntax of every copy (PS3.6 annex A)."""


@dataclass(frozen=True, slots=True)
class ViewerCopy:
    """Where the frames of an object lie as codestreams: file, and layout as service.dicom.pixel_layout keeps it."""

    name: str
    layout: str


@dataclass(frozen=True, slots=True)
class Original:
    """An image that has no copy. layout: where its pixels lie, None where that was not kept."""

    object_name: str
    transfer_syntax_uid: str
    layout: str | None


@dataclass(frozen=True, slots=True)
class Made:
    """A copy whose file is on the disk, and of which object."""

    object_name: str
    copy: ViewerCopy
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Room:
    """What copies take on the disk."""

    count: int
    size_bytes: int


def missing(connection: Connection, wall: Wall, study_id: int) -> tuple[Original, ...]:
    """The images of a study that were received and have no copy, in the order in which they are looked at."""
    copied, laid_out = (
        and_(table.c.hospital_id == INSTANCE.c.hospital_id, table.c.object_name == INSTANCE.c.object_name)
        for table in (VIEWER_COPY, PIXEL_LAYOUT)
    )
    rows = connection.execute(
        select(INSTANCE.c.object_name, INSTANCE.c.transfer_syntax_uid, PIXEL_LAYOUT.c.layout)
        .join(STUDY, STUDY.c.id == INSTANCE.c.study_id)
        .outerjoin(VIEWER_COPY, copied)
        .outerjoin(PIXEL_LAYOUT, laid_out)
        .where(
            within(wall, INSTANCE.c.hospital_id),
            INSTANCE.c.study_id == study_id,
            INSTANCE.c.is_image,
            STUDY.c.state != StudyState.ERASED.value,
            VIEWER_COPY.c.object_name.is_(None),
        )
        .order_by(INSTANCE.c.series_id, INSTANCE.c.instance_number)
    )
    return tuple(Original(*row) for row in rows)


def keep(connection: Connection, wall: Wall, hospital: HospitalId, copies: Iterable[Made]) -> None:
    """Serve copies from now on, also those whose files were to be removed."""
    wall.guard(hospital)
    for made in copies:
        kept = and_(COPY_DROPPED.c.hospital_id == hospital, COPY_DROPPED.c.copy_name == made.copy.name)
        connection.execute(delete(COPY_DROPPED).where(kept))
        values = {"copy_name": made.copy.name, "layout": made.copy.layout, "size_bytes": made.size_bytes}
        statement = insert(VIEWER_COPY).values(hospital_id=hospital, object_name=made.object_name, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["hospital_id", "object_name"], set_=values))


def looked_after(connection: Connection, wall: Wall, hospital: HospitalId, study_id: int) -> None:
    """Remember that a study has the copies that can be made of it by now."""
    wall.guard(hospital)
    values = {"study_id": study_id, "hospital_id": hospital, "copied_at": now(connection)}
    statement = insert(STUDY_COPIED).values(values)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["study_id"], set_={"copied_at": values["copied_at"]})
    )


def drop(connection: Connection, wall: Wall, hospital: HospitalId, object_name: str) -> None:
    """Serve the copy of an object no more, and have its file removed; none is no error."""
    wall.guard(hospital)
    _drop(connection, and_(VIEWER_COPY.c.hospital_id == hospital, VIEWER_COPY.c.object_name == object_name))


def drop_all(connection: Connection, wall: Wall) -> Room:
    """Serve no copy behind the wall any more, and have the files removed; returns what they took."""
    taken = room(connection, wall)
    _drop(connection, within(wall, VIEWER_COPY.c.hospital_id))
    connection.execute(delete(STUDY_COPIED).where(within(wall, STUDY_COPIED.c.hospital_id)))
    return taken


def room(connection: Connection, wall: Wall) -> Room:
    """How many copies there are behind the wall, and what they take."""
    count, size_bytes = connection.execute(
        select(func.count(), func.coalesce(func.sum(VIEWER_COPY.c.size_bytes), 0)).where(
            within(wall, VIEWER_COPY.c.hospital_id)
        )
    ).one()
    return Room(int(count), int(size_bytes))


def _drop(connection: Connection, condition: ColumnElement[bool]) -> None:
    gone = select(VIEWER_COPY.c.hospital_id, VIEWER_COPY.c.copy_name).where(condition)
    dropped = COPY_DROPPED.insert().prefix_with("OR IGNORE", dialect="sqlite")
    connection.execute(dropped.from_select(["hospital_id", "copy_name"], gone))
    connection.execute(delete(VIEWER_COPY).where(condition))
