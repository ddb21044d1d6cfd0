"""Connection tests asked for by a person: a row that the flow worker runs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from service.archive.events import within
from service.archive.store import now
from service.archive.tables import PROBE
from service.domain.wall import HospitalId, Wall

PROBE_LEASE_S: Final = 60.0


class ProbeState(StrEnum):
    """Where a connection test stands."""

    DUE = "due"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Probe:
    """A connection test; report: one sentence a line of what was tried, and whether it went well."""

    id: str
    hospital: HospitalId
    state: ProbeState
    token: str | None
    requested_at: float
    report: tuple[tuple[bool, str], ...]


def request(connection: Connection, wall: Wall, hospital: HospitalId) -> str:
    """Ask for a connection test; returns its id."""
    wall.guard(hospital)
    probe_id = secrets.token_hex(16)
    moment = now(connection)
    connection.execute(
        PROBE.insert().values(
            id=probe_id, hospital_id=hospital, state=ProbeState.DUE.value, due_at=moment, requested_at=moment
        )
    )
    return probe_id


def claim(connection: Connection, wall: Wall) -> Probe | None:
    """Take a test that is due or whose worker was lost."""
    wall.guard_all()
    moment = now(connection)
    ready = or_(
        PROBE.c.state == ProbeState.DUE.value,
        and_(PROBE.c.state == ProbeState.RUNNING.value, PROBE.c.lease_until < moment),
    )
    candidate = select(PROBE.c.id).where(ready).order_by(PROBE.c.requested_at).limit(1).scalar_subquery()
    row = connection.execute(
        update(PROBE)
        .where(PROBE.c.id == candidate, ready)
        .values(state=ProbeState.RUNNING.value, token=secrets.token_hex(8), lease_until=moment + PROBE_LEASE_S)
        .returning(PROBE)
    ).one_or_none()
    return None if row is None else _probe(row)


def done(connection: Connection, wall: Wall, probe: Probe, report: tuple[tuple[bool, str], ...]) -> None:
    """Keep what a test found."""
    wall.guard(probe.hospital)
    connection.execute(
        update(PROBE)
        .where(PROBE.c.id == probe.id, PROBE.c.token == probe.token)
        .values(state=ProbeState.DONE.value, lease_until=None, due_at=None, report=[list(line) for line in report])
    )


def get(connection: Connection, wall: Wall, probe_id: str) -> Probe | None:
    """One test."""
    row = connection.execute(
        select(PROBE).where(within(wall, PROBE.c.hospital_id), PROBE.c.id == probe_id)
    ).one_or_none()
    return None if row is None else _probe(row)


def next_due_at(connection: Connection, wall: Wall) -> float | None:
    """When the next test is due or its lease runs out."""
    wall.guard_all()
    found: float | None = connection.execute(
        select(func.min(func.coalesce(PROBE.c.lease_until, PROBE.c.due_at))).where(
            PROBE.c.state.in_([ProbeState.DUE.value, ProbeState.RUNNING.value])
        )
    ).scalar_one()
    return found


def _probe(row: Row[Any]) -> Probe:
    report = tuple((bool(good), str(text)) for good, text in row.report or [])
    return Probe(row.id, HospitalId(row.hospital_id), ProbeState(row.state), row.token, row.requested_at, report)
