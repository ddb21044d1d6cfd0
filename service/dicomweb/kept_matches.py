"""Answers to searches inside one series, kept as long as the rows they were made of say the same.

Viewers ask for the instances of a series whenever somebody opens it. What proves an answer is read with each request:
two rows, and not one for each instance.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import Connection

from service.archive import query
from service.archive.query import Query
from service.domain.wall import Wall

MOST_BYTES: Final = 4 << 20
Proof: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class SeriesSearch:
    """Which answer. asked: the query string as it came; root: where its links lead."""

    search: Query
    root: str
    asked: str

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from others."""
        search = self.search
        identity = (search.hospital, search.unsigned, search.study_instance_uid, search.series_instance_uid)
        return (*identity, self.root, self.asked)


class KeptMatches:
    """The answers of all callers. Safe to use from many threads."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], tuple[Proof, bytes]] = {}
        self._lock = threading.Lock()

    def proof(self, connection: Connection, wall: Wall, wanted: SeriesSearch) -> Proof:
        """What the rows say now that an answer is made of; empty where there is no such series."""
        return query.series_proof(connection, wall, wanted.search)

    def at_hand(self, wanted: SeriesSearch, proof: Proof) -> bytes | None:
        """The answer that was made of the same."""
        with self._lock:
            kept = self._kept.get(wanted.key)
        return kept[1] if kept is not None and proof and kept[0] == proof else None

    def keep(self, wanted: SeriesSearch, proof: Proof, answer: bytes) -> None:
        """Keep an answer, in the place of those that were kept first."""
        if not proof or len(answer) > MOST_BYTES:
            return
        with self._lock:
            self._kept.pop(wanted.key, None)
            self._kept[wanted.key] = (proof, answer)
            held = sum(len(each) for _, each in self._kept.values())
            for key in list(self._kept):
                if held <= MOST_BYTES:
                    break
                held -= len(self._kept.pop(key)[1])
