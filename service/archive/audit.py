"""Who did what to whose data: acts one by one, reads of patient data once in five minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, select

from service.archive.paging import Paging, paged
from service.archive.store import now
from service.archive.tables import AUDIT, STUDY
from service.domain.wall import HospitalId, Wall

READ_REPEAT_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One act on record. detail: identifiers and words, never a patient's name."""

    id: int
    at: float
    actor: str
    hospital: HospitalId | None
    action: str
    subject: str
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PatientOf:
    """A patient as one hospital knows them."""

    hospital: HospitalId
    patient_id: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Whose acts on what, when. since, until: seconds since the epoch, until excluded; None: any."""

    actor: str | None = None
    hospital: HospitalId | None = None
    subject: str | None = None
    action: str | None = None
    patient: PatientOf | None = None
    since: float | None = None
    until: float | None = None


def act(
    connection: Connection,
    wall: Wall,
    *,
    hospital: HospitalId | None,
    action: str,
    subject: str,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Record an act. subject and detail hold identifiers of ours and UIDs, never a patient's name."""
    connection.execute(
        AUDIT.insert().values(
            at=now(connection),
            actor=wall.actor,
            hospital_id=hospital,
            action=action,
            subject=subject,
            detail=dict(detail or {}),
        )
    )


def read_of(connection: Connection, wall: Wall, *, hospital: HospitalId | None, subject: str, purpose: str) -> bool:
    """Whether this read is to be recorded: the first one of actor, subject and purpose in five minutes.

    hospital: None for a list over every hospital behind the wall.
    """
    if hospital is not None:
        wall.guard(hospital)
    statement = (
        select(AUDIT.c.id)
        .where(
            AUDIT.c.actor == wall.actor,
            AUDIT.c.action == f"read:{purpose}",
            AUDIT.c.subject == subject,
            AUDIT.c.at > now(connection) - READ_REPEAT_S,
        )
        .limit(1)
    )
    return connection.execute(statement).first() is None


def acts_on(connection: Connection, wall: Wall, hospital: HospitalId | None, subject: str) -> tuple[Entry, ...]:
    """What was done to one subject, oldest first. hospital: whose it is; None for what is no hospital's."""
    if hospital is not None:
        wall.guard(hospital)
    statement = select(AUDIT).where(AUDIT.c.hospital_id == hospital, AUDIT.c.subject == subject).order_by(AUDIT.c.id)
    return tuple(_entry(row) for row in connection.execute(statement))


def search(connection: Connection, wall: Wall, wanted: AuditFilter, paging: Paging[int]) -> tuple[Entry, ...]:
    """One page of what is on record, by moment."""
    wall.guard_record()
    statement = paged(select(AUDIT).where(*_conditions(wanted)), AUDIT.c.at, AUDIT.c.id, paging)
    return tuple(_entry(row) for row in connection.execute(statement))


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        actor=row.actor,
        hospital=None if row.hospital_id is None else HospitalId(row.hospital_id),
        action=row.action,
        subject=row.subject,
        detail=row.detail,
    )


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions = [
        column == value
        for column, value in (
            (AUDIT.c.actor, wanted.actor),
            (AUDIT.c.hospital_id, wanted.hospital),
            (AUDIT.c.subject, wanted.subject),
            (AUDIT.c.action, wanted.action),
        )
        if value is not None
    ]
    if wanted.since is not None:
        conditions.append(AUDIT.c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(AUDIT.c.at < wanted.until)
    if wanted.patient is not None:
        theirs = select(STUDY.c.study_instance_uid).where(
            STUDY.c.hospital_id == wanted.patient.hospital, STUDY.c.patient_id == wanted.patient.patient_id
        )
        conditions += [AUDIT.c.hospital_id == wanted.patient.hospital, AUDIT.c.subject.in_(theirs)]
    return conditions
