"""Waiting for news: one poller of the archive a process, however many listen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from starlette.concurrency import run_in_threadpool

from service.access.doors import jointly
from service.archive import events
from service.archive.store import Archive, ArchiveUnavailable
from service.domain.wall import Wall

POLL_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class Room:
    """How many may listen at once: in a process, and of one party, so that none keeps the others out."""

    listeners: int
    of_one_party: int


@dataclass(slots=True)
class Poller:
    """Looks for new events while anybody listens, and wakes the listeners; each then reads its own."""

    archive: Archive
    room: Room
    _listeners: dict[asyncio.Event, tuple[str, Wall]] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None

    @contextmanager
    def listening(self, party: str, wall: Wall) -> Iterator[asyncio.Event]:
        """An event that is set whenever something may have happened behind the wall. party: a hospital or a person."""
        woken = asyncio.Event()
        self._listeners[woken] = (party, wall)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._poll(), name="live-poller")
        try:
            yield woken
        finally:
            del self._listeners[woken]

    def is_full_for(self, party: str) -> bool:
        """Whether no more listeners of the party are taken."""
        of_one = sum(other == party for other, _ in self._listeners.values())
        return of_one >= self.room.of_one_party or len(self._listeners) >= self.room.listeners

    async def _poll(self) -> None:
        seen = 0
        while self._listeners:
            try:
                last = await run_in_threadpool(self._last_seq, jointly(wall for _, wall in self._listeners.values()))
            except ArchiveUnavailable:
                last = seen
            if last != seen:
                seen = last
                for woken in tuple(self._listeners):
                    woken.set()
            await asyncio.sleep(POLL_S)

    def _last_seq(self, wall: Wall) -> int:
        """Behind the wall as it stood when the look began: listeners come and go meanwhile."""
        with self.archive.read() as connection:
            return events.last_seq(connection, wall)


async def news(woken: asyncio.Event, keep_alive_s: float) -> bytes:
    """Wait for news; after a while without any, a comment that keeps proxies from closing the line."""
    try:
        await asyncio.wait_for(woken.wait(), keep_alive_s)
    except TimeoutError:
        return b": alive\n\n"
    return b""
