"""Series metadata made ready by a worker once a study is complete, so that the first who opens it does not wait."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import Final, TypeAlias

from sqlalchemy import Connection

from service.archive import hospitals, metadata_due, query
from service.archive.kept_metadata import KeptMetadata
from service.archive.matches import Level
from service.archive.metadata_due import DueMetadata
from service.archive.objects import ObjectMissing
from service.archive.query import Query, StoredFile
from service.archive.store import Archive
from service.dicomweb.series_text import PREFIX, READERS, json_array, kept_as, on_disk
from service.domain.hospital import Channel
from service.domain.visibility import Unsigned, unsigned
from service.domain.wall import Wall

_LOG: Final = logging.getLogger("consilium.metadata")


After: TypeAlias = Callable[[Connection, Wall, DueMetadata], None]
"""What follows in the transaction that forgets a study which is ready."""


def nothing_more(_connection: Connection, _wall: Wall, _due: DueMetadata) -> None:
    """Nothing follows."""


def make_ready(archive: Archive, wall: Wall, after: After = nothing_more) -> bool:
    """Make the metadata of the study ready that has waited longest; False where none waits."""
    with archive.read() as connection:
        due = metadata_due.first(connection, wall)
    if due is None:
        return False
    try:
        _make(archive, wall, due)
    except (ObjectMissing, OSError) as fault:  # whoever asks for them is told the same, or finds the disk in order
        _LOG.warning("series metadata are left to the first request: %s", type(fault).__name__)
    with archive.write() as connection:
        metadata_due.done(connection, wall, due)
        after(connection, wall, due)
    return True


def _make(archive: Archive, wall: Wall, due: DueMetadata) -> None:
    """For readers, and for the hospital's machines as far as results are released to them now."""
    kept = KeptMetadata(archive.folder / "metadata")
    with archive.read() as connection:
        hospital = hospitals.get(connection, wall, due.hospital)
    readers = READERS.format(hospital=due.hospital)
    for root, shown in ((readers, Unsigned.SHOWN), (PREFIX, unsigned(hospital, Channel.PACS))):
        for files in _series(archive, wall, due, shown):
            found = [on_disk(archive, each) for each in files]
            kept.path(kept_as(files, root, shown), partial(json_array, found, root))


def _series(archive: Archive, wall: Wall, due: DueMetadata, shown: Unsigned) -> list[list[StoredFile]]:
    wanted = Query(due.hospital, Level.INSTANCE, {}, shown, study_instance_uid=due.study_instance_uid)
    with archive.read() as connection:
        found = query.files(connection, wall, wanted)
    return [list(files) for _, files in groupby(found, key=lambda each: each.series_instance_uid)]
