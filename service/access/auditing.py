"""Reads of patient data on record: once an actor, study and purpose in five minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.archive import audit
from service.archive.store import Archive
from service.domain.wall import HospitalId, Wall

EVERY_STUDY: Final = "search"
"""The subject of a search, which shows many studies at once."""


def record_read(
    archive: Archive,
    wall: Wall,
    hospital: HospitalId | None,
    *,
    subject: str,
    purpose: str,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Record that patient data are about to be shown. subject: a Study Instance UID, or EVERY_STUDY.

    Called before the answer is given: what cannot be recorded is not shown. Raises ArchiveUnavailable.
    """
    with archive.read() as connection:
        if not audit.read_of(connection, wall, hospital=hospital, subject=subject, purpose=purpose):
            return
    with archive.write() as connection:
        if audit.read_of(connection, wall, hospital=hospital, subject=subject, purpose=purpose):
            audit.act(connection, wall, hospital=hospital, action=f"read:{purpose}", subject=subject, detail=detail)
