"""Data sets that arrived under a SOP Instance UID already held with other bytes: kept until a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, select, update

from service.archive.events import EventKind, Subject, append, within
from service.archive.store import now
from service.archive.tables import QUARANTINE, STUDY
from service.dicom.header import HeaderFacts
from service.domain.wall import HospitalId, Wall


class QuarantineFault(Exception):
    """An entry cannot be decided: it is unknown or was decided before."""


class NoSuchEntry(QuarantineFault):
    """There is no entry of this number."""


class QuarantineState(StrEnum):
    """What became of an entry. A discarded one stays as a memory of its hash."""

    HELD = "held"
    ACCEPTED = "accepted"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class DataSet:
    """An instance whose bytes are durable under object_name."""

    hospital: HospitalId
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    sha256: str
    object_name: str
    size_bytes: int
    is_image: bool
    facts: HeaderFacts


@dataclass(frozen=True, slots=True)
class Held:
    """An entry of the quarantine."""

    id: int
    data_set: DataSet
    reason: str
    state: QuarantineState
    received_at: float


def hold(connection: Connection, wall: Wall, arrival: DataSet) -> QuarantineState:
    """Keep a conflicting arrival; one that is held or was discarded before adds nothing. Returns how it stands."""
    known = _state(connection, arrival)
    if known is not None:
        return known
    _insert(connection, arrival, "conflicting data set under one SOP Instance UID")
    append(
        connection,
        wall,
        EventKind.INSTANCE_QUARANTINED,
        _subject(connection, arrival),
        {"sop_instance_uid": arrival.sop_instance_uid},
    )
    return QuarantineState.HELD


def _state(connection: Connection, data_set: DataSet) -> QuarantineState | None:
    state = connection.execute(select(QUARANTINE.c.state).where(_is(data_set))).scalar_one_or_none()
    return None if state is None else QuarantineState(state)


def _is(data_set: DataSet) -> ColumnElement[bool]:
    return and_(
        QUARANTINE.c.hospital_id == data_set.hospital,
        QUARANTINE.c.sop_instance_uid == data_set.sop_instance_uid,
        QUARANTINE.c.object_name == data_set.object_name,
    )


def _insert(connection: Connection, arrival: DataSet, reason: str) -> None:
    connection.execute(
        QUARANTINE.insert().values(
            hospital_id=arrival.hospital,
            study_instance_uid=arrival.study_instance_uid,
            series_instance_uid=arrival.series_instance_uid,
            sop_instance_uid=arrival.sop_instance_uid,
            sop_class_uid=arrival.sop_class_uid,
            transfer_syntax_uid=arrival.transfer_syntax_uid,
            sha256=arrival.sha256,
            object_name=arrival.object_name,
            size_bytes=arrival.size_bytes,
            facts=arrival.facts.to_json(),
            is_image=arrival.is_image,
            reason=reason,
            state=QuarantineState.HELD.value,
            received_at=now(connection),
        )
    )


def _subject(connection: Connection, arrival: DataSet) -> Subject:
    study_id = connection.execute(
        select(STUDY.c.id).where(
            STUDY.c.hospital_id == arrival.hospital, STUDY.c.study_instance_uid == arrival.study_instance_uid
        )
    ).scalar_one_or_none()
    return Subject(arrival.hospital, study_id=study_id, study_instance_uid=arrival.study_instance_uid)


def listed(connection: Connection, wall: Wall, states: Sequence[QuarantineState]) -> tuple[Held, ...]:
    """The entries in the given states, oldest first."""
    statement = (
        select(QUARANTINE)
        .where(within(wall, QUARANTINE.c.hospital_id), QUARANTINE.c.state.in_([each.value for each in states]))
        .order_by(QUARANTINE.c.id)
    )
    return tuple(_held(row) for row in connection.execute(statement))


def get(connection: Connection, wall: Wall, entry_id: int) -> Held:
    """One entry. Raises NoSuchEntry."""
    statement = select(QUARANTINE).where(within(wall, QUARANTINE.c.hospital_id), QUARANTINE.c.id == entry_id)
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise NoSuchEntry(f"there is no quarantine entry {entry_id}; `consilium quarantine list` shows them")
    return _held(row)


def decide(connection: Connection, wall: Wall, entry: Held, decision: QuarantineState) -> None:
    """Record what a person decided. Raises QuarantineFault when it was decided before."""
    wall.guard(entry.data_set.hospital)
    changed = connection.execute(
        update(QUARANTINE)
        .where(QUARANTINE.c.id == entry.id, QUARANTINE.c.state == QuarantineState.HELD.value)
        .values(state=decision.value, decided_at=now(connection))
    )
    if changed.rowcount != 1:
        raise QuarantineFault(f"quarantine entry {entry.id} was decided before")
    append(
        connection,
        wall,
        EventKind.QUARANTINE_DECIDED,
        _subject(connection, entry.data_set),
        {"sop_instance_uid": entry.data_set.sop_instance_uid, "decision": decision.value},
    )


def keep_former(connection: Connection, wall: Wall, former: DataSet) -> None:
    """Put what was served until now into the quarantine, after another data set was accepted in its place."""
    wall.guard(former.hospital)
    reason = "replaced by an accepted data set"
    again = connection.execute(
        update(QUARANTINE)
        .where(_is(former))
        .values(state=QuarantineState.HELD.value, reason=reason, received_at=now(connection), decided_at=None)
    )
    if again.rowcount == 0:
        _insert(connection, former, reason)


def _held(row: Row[Any]) -> Held:
    data_set = DataSet(
        hospital=HospitalId(row.hospital_id),
        study_instance_uid=row.study_instance_uid,
        series_instance_uid=row.series_instance_uid,
        sop_instance_uid=row.sop_instance_uid,
        sop_class_uid=row.sop_class_uid,
        transfer_syntax_uid=row.transfer_syntax_uid,
        sha256=row.sha256,
        object_name=row.object_name,
        size_bytes=row.size_bytes,
        is_image=row.is_image,
        facts=HeaderFacts.from_json(row.facts),
    )
    return Held(row.id, data_set, row.reason, QuarantineState(row.state), row.received_at)
