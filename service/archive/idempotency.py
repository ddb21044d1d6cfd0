"""Answers to requests that carried an Idempotency-Key, replayed for a day (AC-51)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, and_, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from service.archive.store import now
from service.archive.tables import IDEMPOTENCY
from service.domain.wall import HospitalId, Wall

KEPT_S: Final = 48 * 3600.0
IN_FLIGHT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; status None while the first request is still under way."""

    request_digest: str
    status: int | None
    body: str | None


def begin(connection: Connection, wall: Wall, hospital: HospitalId, *, key: str, request_digest: str) -> Answer | None:
    """Reserve a key for a request: None when it is ours to answer, else the earlier request's answer."""
    wall.guard(hospital)
    moment = now(connection)
    connection.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.created_at < moment - KEPT_S))
    connection.execute(
        delete(IDEMPOTENCY).where(IDEMPOTENCY.c.status.is_(None), IDEMPOTENCY.c.created_at < moment - IN_FLIGHT_S)
    )
    statement = insert(IDEMPOTENCY).values(
        hospital_id=hospital, key=key, request_digest=request_digest, created_at=moment
    )
    if connection.execute(statement.on_conflict_do_nothing()).rowcount == 1:
        return None
    row = connection.execute(
        select(IDEMPOTENCY).where(IDEMPOTENCY.c.hospital_id == hospital, IDEMPOTENCY.c.key == key)
    ).one()
    return Answer(row.request_digest, row.status, row.body)


def finish(connection: Connection, wall: Wall, hospital: HospitalId, *, key: str, status: int, body: str) -> None:
    """Keep the answer, in the transaction of what it tells of."""
    wall.guard(hospital)
    connection.execute(
        update(IDEMPOTENCY)
        .where(and_(IDEMPOTENCY.c.hospital_id == hospital, IDEMPOTENCY.c.key == key))
        .values(status=status, body=body)
    )
