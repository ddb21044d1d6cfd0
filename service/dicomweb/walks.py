"""Walks through the studies that match a search, page after page: what matches is looked for once a walk.

An offset alone would have every page pass all matches before it, and their number, which a page has to say, passes them
all. So the ids of the matches are kept from the first page that is not the last. A page still asks for its own studies
whether they match and may be shown: what was erased or is not released any more is left out, whatever a walk knows.
"""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import Connection

from service.archive import query
from service.archive.query import Query
from service.archive.store import Archive
from service.domain.visibility import UnsignedShown
from service.domain.wall import Wall

KEPT_S: Final = 300.0
MOST_IDS: Final = 2_000_000
"""Sixteen MB."""
_Key: TypeAlias = tuple[str, UnsignedShown, frozenset[object]]


@dataclass(frozen=True, slots=True)
class _Walk:
    ids: array[int]
    counted: int
    until: float


class Walks:
    """The walks of all callers. Safe to use from many threads."""

    def __init__(self, archive: Archive) -> None:
        self._commits = archive.commits
        self._walks: dict[_Key, _Walk] = {}
        self._lock = threading.Lock()

    def begun(self, connection: Connection, wall: Wall, search: Query) -> Sequence[int]:
        """The ids of the studies that match now, the newest first; the same while nobody commits anything."""
        known = self._known(search)
        counted = self._commits.count()
        if known is not None and known.counted == counted:
            return known.ids
        return self._kept(search, _Walk(query.study_ids(connection, wall, search), counted, time.monotonic() + KEPT_S))

    def continued(self, connection: Connection, wall: Wall, search: Query) -> Sequence[int]:
        """The ids as the walk began with them, so that nothing new moves its pages."""
        known = self._known(search)
        return self.begun(connection, wall, search) if known is None else known.ids

    def _known(self, search: Query) -> _Walk | None:
        with self._lock:
            known = self._walks.get(_key(search))
        return None if known is None or known.until < time.monotonic() else known

    def _kept(self, search: Query, walk: _Walk) -> Sequence[int]:
        with self._lock:
            self._walks.pop(_key(search), None)
            self._walks[_key(search)] = walk
            held = sum(len(each.ids) for each in self._walks.values())
            for key in list(self._walks):
                if held <= MOST_IDS:
                    break
                held -= len(self._walks.pop(key).ids)
        return walk.ids


def _key(search: Query) -> _Key:
    return search.hospital, search.unsigned, frozenset(search.matching.items())
