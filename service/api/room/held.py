"""What is said where another reader holds the examination."""

from __future__ import annotations

from sqlalchemy import Connection

from models.manifest import Text
from service.access.problems import Problem
from service.api.room.problems import CLAIMED
from service.archive import users
from service.archive.worklist import ClaimHeld


def held_by_another(connection: Connection, held: ClaimHeld) -> Problem:
    """Names who holds it, in words and for a program that asks to take it over."""
    name = users.names(connection, {held.by}).get(held.by, held.by)
    detail = Text(
        zh=f"{name} 正在阅片；可接管，或另选一例。", en=f"{name} is reading it; take it over, or read another one."
    )
    return Problem(CLAIMED, detail, headers={"X-Claimed-By": held.by})
