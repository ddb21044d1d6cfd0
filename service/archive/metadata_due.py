"""Studies whose series metadata are to be made ready: what is missed here is made when somebody asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from service.archive.dicomweb_tables import METADATA_DUE
from service.archive.store import now
from service.archive.tables import STUDY
from service.domain.wall import HospitalId, Wall


@dataclass(frozen=True, slots=True)
class DueMetadata:
    """A study that is due. since: when this was last asked for."""

    hospital: HospitalId
    study_id: int
    study_instance_uid: str
    since: float


def want(connection: Connection, wall: Wall, hospital: HospitalId, study_id: int) -> None:
    """Ask for a study's series, again where they were asked for already."""
    wall.guard(hospital)
    values = {"study_id": study_id, "hospital_id": hospital, "since": now(connection)}
    statement = insert(METADATA_DUE).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["study_id"], set_={"since": values["since"]}))


def first(connection: Connection, wall: Wall) -> DueMetadata | None:
    """The study that has waited longest."""
    wall.guard_all()
    row = connection.execute(
        select(METADATA_DUE, STUDY.c.study_instance_uid)
        .join(STUDY, STUDY.c.id == METADATA_DUE.c.study_id)
        .order_by(METADATA_DUE.c.since)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return DueMetadata(HospitalId(row.hospital_id), row.study_id, row.study_instance_uid, row.since)


def done(connection: Connection, wall: Wall, due: DueMetadata) -> None:
    """Forget a study that is ready, unless it was asked for again meanwhile."""
    wall.guard(due.hospital)
    connection.execute(
        delete(METADATA_DUE).where(METADATA_DUE.c.study_id == due.study_id, METADATA_DUE.c.since == due.since)
    )


def next_due_at(connection: Connection, wall: Wall) -> float | None:
    """Since when the first of them waits."""
    wall.guard_all()
    found: float | None = connection.execute(select(func.min(METADATA_DUE.c.since))).scalar_one()
    return found
