"""Answers of the rows that are kept for a moment, and only as long as nobody has committed anything since.

A revoked key, an erased study or a late instance is a commit, so it is seen by the next request. SQLite counts the
commits of all processes for us, and asking costs a few microseconds.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

KEPT_S: Final = 1.0
"""What changes with time alone (a session that ends, a read that is to be recorded again) is seen that late."""
MOST_KEPT: Final = 4096
K = TypeVar("K")
V = TypeVar("V")


class Commits:
    """Counts what was committed to the database, by whatever connection or process."""

    def __init__(self, database: Path) -> None:
        self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self._lock = threading.Lock()

    def count(self) -> int:
        """A number that is another one after every commit."""
        with self._lock:
            found: tuple[int] = self._connection.execute("PRAGMA data_version").fetchone()
        return found[0]

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._connection.close()


class Fresh(Generic[K, V]):
    """Values by key, each true as of now when it is handed out. Safe to use from many threads."""

    def __init__(self, commits: Commits, kept_s: float = KEPT_S) -> None:
        self._commits = commits
        self._kept_s = kept_s
        self._kept: dict[K, tuple[int, float, V]] = {}

    def at_hand(self, key: K) -> V | None:
        """The value where it is known to hold still; never waits for the rows."""
        kept = self._kept.get(key)
        if kept is None or kept[1] < time.monotonic() or kept[0] != self._commits.count():
            return None
        return kept[2]

    def read(self, key: K, load: Callable[[], V]) -> V:
        """The value at hand, else a fresh one, which is kept. Raises what load raises, and keeps nothing then."""
        found = self.at_hand(key)
        if found is not None:
            return found
        counted = self._commits.count()
        value = load()
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[key] = (counted, time.monotonic() + self._kept_s, value)
        return value
