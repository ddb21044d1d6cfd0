"""Who did what to whose data: acts one by one, reads of patient data once in five minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, select

from service.archive.store import now
from service.archive.tables import AUDIT
from service.domain.wall import HospitalId, Wall

READ_REPEAT_S: Final = 300.0


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
