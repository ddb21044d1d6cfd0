"""Open associations and the studies they carried: a study is not quiet while one of them is open."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.sqlite import insert

from service.archive.store import now
from service.archive.tables import ASSOCIATION, ASSOCIATION_STUDY, SENDER_GAP, STUDY
from service.domain.completion import REMEMBERED_STUDIES
from service.domain.study import StudyState
from service.domain.wall import HospitalId, Wall

ALIVE_S: Final = 15.0


def opened(
    connection: Connection, wall: Wall, *, association_id: str, node_id: str, hospital: HospitalId, calling_ae: str
) -> None:
    """Remember an association that was accepted."""
    wall.guard(hospital)
    moment = now(connection)
    connection.execute(
        ASSOCIATION.insert().values(
            id=association_id,
            node_id=node_id,
            hospital_id=hospital,
            calling_ae=calling_ae,
            opened_at=moment,
            alive_until=moment + ALIVE_S,
        )
    )


def alive(connection: Connection, wall: Wall, node_id: str) -> None:
    """Prolong all open associations of a node: it lives. Without this they count as closed after ALIVE_S."""
    wall.guard_all()
    connection.execute(
        update(ASSOCIATION)
        .where(ASSOCIATION.c.node_id == node_id, ASSOCIATION.c.closed_at.is_(None))
        .values(alive_until=now(connection) + ALIVE_S)
    )


def closed(connection: Connection, wall: Wall, association_id: str) -> None:
    """End an association: the quiet time of the studies it carried starts now."""
    wall.guard_all()
    moment = now(connection)
    connection.execute(
        update(ASSOCIATION)
        .where(ASSOCIATION.c.id == association_id, ASSOCIATION.c.closed_at.is_(None))
        .values(closed_at=moment)
    )
    studies = select(ASSOCIATION_STUDY.c.study_id).where(ASSOCIATION_STUDY.c.association_id == association_id)
    connection.execute(
        update(STUDY)
        .where(STUDY.c.id.in_(studies), STUDY.c.state == StudyState.RECEIVING.value)
        .values(quiet_since=moment, due_at=moment)
    )


def carried(connection: Connection, association_id: str, study_id: int) -> None:
    """Remember that an association carried an instance of a study."""
    statement = insert(ASSOCIATION_STUDY).values(association_id=association_id, study_id=study_id)
    connection.execute(statement.on_conflict_do_nothing())


def open_count(connection: Connection, study_id: int, moment: float) -> int:
    """How many associations that carried the study are open and alive."""
    statement = (
        select(func.count())
        .select_from(ASSOCIATION_STUDY.join(ASSOCIATION, ASSOCIATION.c.id == ASSOCIATION_STUDY.c.association_id))
        .where(
            ASSOCIATION_STUDY.c.study_id == study_id,
            ASSOCIATION.c.closed_at.is_(None),
            ASSOCIATION.c.alive_until > moment,
        )
    )
    return int(connection.execute(statement).scalar_one())


def learn_gap(
    connection: Connection, wall: Wall, *, hospital: HospitalId, calling_ae: str, study_id: int, gap_s: float
) -> None:
    """Remember the largest gap of a study for its sender; a later revision of the study corrects it."""
    wall.guard(hospital)
    statement = insert(SENDER_GAP).values(hospital_id=hospital, calling_ae=calling_ae, study_id=study_id, gap_s=gap_s)
    connection.execute(statement.on_conflict_do_update(index_elements=["study_id"], set_={"gap_s": gap_s}))


def sender_gaps_s(connection: Connection, wall: Wall, hospital: HospitalId, calling_ae: str) -> tuple[float, ...]:
    """The largest gaps of a sender's last studies, oldest first."""
    wall.guard(hospital)
    statement = (
        select(SENDER_GAP.c.gap_s)
        .where(SENDER_GAP.c.hospital_id == hospital, SENDER_GAP.c.calling_ae == calling_ae)
        .order_by(SENDER_GAP.c.id.desc())
        .limit(REMEMBERED_STUDIES)
    )
    return tuple(reversed(connection.execute(statement).scalars().all()))
