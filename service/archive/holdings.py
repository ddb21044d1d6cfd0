"""Everything that is held of a hospital: what came, what was made of it, what waits for a decision."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, literal, or_, select, update

from service.archive.events import within
from service.archive.reading_tables import REPORT
from service.archive.tables import ANALYSIS, HOSPITAL, INSTANCE, QUARANTINE, RESULT, STUDY
from service.domain.wall import HospitalId, Wall


@dataclass(frozen=True, slots=True)
class Held:
    """A DICOM object of a hospital. kind: received, result, or quarantine."""

    kind: str
    study_instance_uid: str
    sop_instance_uid: str
    object_name: str
    sha256: str
    size_bytes: int


def held(connection: Connection, wall: Wall, hospital: HospitalId) -> Iterator[Held]:
    """Every object, by study."""
    wall.guard(hospital)
    received = (
        select(
            literal("received"),
            STUDY.c.study_instance_uid,
            *(INSTANCE.c[name] for name in ("sop_instance_uid", "object_name", "sha256", "size_bytes")),
        )
        .join(STUDY, STUDY.c.id == INSTANCE.c.study_id)
        .where(within(wall, INSTANCE.c.hospital_id), INSTANCE.c.hospital_id == hospital, INSTANCE.c.is_received)
    )
    made = (
        select(
            literal("result"),
            STUDY.c.study_instance_uid,
            *(RESULT.c[name] for name in ("sop_instance_uid", "object_name", "sha256", "size_bytes")),
        )
        .outerjoin(ANALYSIS, ANALYSIS.c.id == RESULT.c.analysis_id)
        .outerjoin(REPORT, REPORT.c.id == RESULT.c.report_id)
        .join(STUDY, or_(STUDY.c.id == ANALYSIS.c.study_id, STUDY.c.id == REPORT.c.study_id))
        .where(within(wall, RESULT.c.hospital_id), RESULT.c.hospital_id == hospital)
    )
    waiting = select(
        literal("quarantine"),
        *(
            QUARANTINE.c[name]
            for name in ("study_instance_uid", "sop_instance_uid", "object_name", "sha256", "size_bytes")
        ),
    ).where(within(wall, QUARANTINE.c.hospital_id), QUARANTINE.c.hospital_id == hospital, QUARANTINE.c.state == "held")
    for statement in (received, made, waiting):
        for row in connection.execute(statement.order_by(statement.selected_columns.study_instance_uid)):
            yield Held(*row)


def returned(connection: Connection, wall: Wall, hospital: HospitalId, objects: Iterable[Held]) -> None:
    """Remember what was handed back."""
    wall.guard(hospital)
    connection.execute(update(HOSPITAL).where(HOSPITAL.c.id == hospital).values(data_returned=_digest(objects)))


def is_all_returned(connection: Connection, wall: Wall, hospital: HospitalId) -> bool:
    """Whether what is held is what was handed back: an object that came or was made since is not."""
    objects = tuple(held(connection, wall, hospital))
    known: str | None = connection.execute(
        select(HOSPITAL.c.data_returned).where(HOSPITAL.c.id == hospital)
    ).scalar_one()
    return not objects or known == _digest(objects)


def _digest(objects: Iterable[Held]) -> str:
    lines = sorted(f"{each.kind} {each.sop_instance_uid} {each.object_name}" for each in objects)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
