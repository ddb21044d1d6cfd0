"""The files of the series that are being looked at: a reader asks for hundreds of frames of one series, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from service.access.doors import Caller
from service.archive import query
from service.archive.fresh import Fresh
from service.archive.matches import Level
from service.archive.query import StoredFile
from service.archive.store import Archive
from service.dicomweb.resource import Resource, audited, gone
from service.dicomweb.series_text import described_etag
from service.domain.visibility import UnsignedShown

MOST_SERIES: Final = 256
_Key: TypeAlias = tuple[str, str | None, str | None, UnsignedShown]


@dataclass(frozen=True, slots=True)
class SeriesFiles:
    """The files of a series as far as they may be shown, in their order. stamp: see service.archive.query.stamp."""

    stamp: tuple[str | int | float | None, ...]
    files: Mapping[str, StoredFile]
    etag: str


class SeriesAtHand:
    """Series by hospital and UIDs. Each is true as of now; after a commit that is proven by one row."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._fresh: Fresh[tuple[str, _Key], SeriesFiles] = Fresh(archive.commits)
        self._proven: dict[_Key, SeriesFiles] = {}

    def at_hand(self, caller: Caller, resource: Resource) -> SeriesFiles | None:
        """The series where nothing has to be asked, else None."""
        return self._fresh.at_hand((caller.wall.actor, _key(caller, resource)))

    def read(self, caller: Caller, resource: Resource) -> SeriesFiles:
        """The series, on record as read. Raises Problem where there is none behind the wall."""
        return self._fresh.read((caller.wall.actor, _key(caller, resource)), lambda: self._read(caller, resource))

    def _read(self, caller: Caller, resource: Resource) -> SeriesFiles:
        key = _key(caller, resource)
        series = Resource(resource.study, resource.series)
        with self._archive.read() as connection:
            wanted = series.query(caller, Level.INSTANCE)
            stamp = query.stamp(connection, caller.wall, wanted)
            known = self._proven.get(key)
            if known is None or known.stamp != stamp or not stamp:
                found = query.files(connection, caller.wall, wanted)
                if not found:
                    raise gone(connection, caller, series)
                known = SeriesFiles(stamp, {each.sop_instance_uid: each for each in found}, described_etag(found))
        audited(self._archive, caller, resource.study or "")
        if len(self._proven) >= MOST_SERIES:
            self._proven.clear()
        self._proven[key] = known
        return known


def _key(caller: Caller, resource: Resource) -> _Key:
    """Whose, which, and which of our own unsigned objects are among them."""
    return caller.hospital_id, resource.study, resource.series, resource.unsigned(caller)
