"""Deciding about a quarantined data set."""

from __future__ import annotations

from sqlalchemy import Connection

from service.archive import audit, instances, quarantine
from service.archive.quarantine import Held, QuarantineState
from service.archive.store import Archive
from service.dicom import hanzi
from service.domain.wall import Wall
from service.flow.bell import Bell, Step


def accept(archive: Archive, wall: Wall, bell: Bell, entry_id: int) -> Held:
    """Serve the entry's bytes; the former go into quarantine, the study's revision grows. Raises QuarantineFault."""
    hanzi.load()  # now, not in the transaction that indexes the study's name
    with archive.write() as connection:
        entry = quarantine.get(connection, wall, entry_id)
        quarantine.decide(connection, wall, entry, QuarantineState.ACCEPTED)
        instances.replace(connection, wall, entry.data_set)
        _record(connection, wall, "quarantine.accept", entry)
    bell.ring(Step.COMPLETE)
    return entry


def discard(archive: Archive, wall: Wall, entry_id: int) -> Held:
    """Keep what is served; only the entry's hash is remembered. Raises QuarantineFault."""
    with archive.write() as connection:
        entry = quarantine.get(connection, wall, entry_id)
        quarantine.decide(connection, wall, entry, QuarantineState.DISCARDED)
        _record(connection, wall, "quarantine.discard", entry)
    archive.objects.unlink(entry.data_set.hospital, entry.data_set.object_name)
    return entry


def _record(connection: Connection, wall: Wall, action: str, entry: Held) -> None:
    audit.act(
        connection, wall, hospital=entry.data_set.hospital, action=action, subject=entry.data_set.sop_instance_uid
    )
