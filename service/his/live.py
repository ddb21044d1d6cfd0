"""Events as they happen: server-sent events, one poller of the archive a process however many listen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from models.manifest import Text
from service.access.doors import Caller, CallerDep, admit, jointly
from service.access.keys import AccessFault
from service.access.problems import UNAVAILABLE, Problem
from service.archive import events
from service.archive.events import Event
from service.archive.store import Archive, ArchiveUnavailable
from service.domain.wall import Wall
from service.his.cursors import MAX_LENGTH, events_cursor, events_place
from service.his.desk import Desk
from service.his.event_shapes import EXAMPLE_EVENT, event_view
from service.his.operation import Operation, router
from service.his.shape import both

POLL_S: Final = 0.25
KEEP_ALIVE_S: Final = 15.0
RECONNECT_MS: Final = 2000
MAX_STREAMS: Final = 100
"""At once in a process, and of one hospital a fifth of them, so that none keeps the others out."""
MAX_STREAMS_OF_ONE: Final = MAX_STREAMS // 5
_PAGE: Final = 100
LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        max_length=MAX_LENGTH,
        description=both("断线前最后的事件 id；从其后继续", "id of the last event before the line broke"),
    ),
]
After = Annotated[
    str | None,
    Query(
        max_length=MAX_LENGTH,
        description=both("从此游标之后开始；不填则从现在开始", "start behind this cursor; without one, from now on"),
    ),
]


@dataclass(slots=True)
class Poller:
    """Looks for new events while anybody listens, and wakes the listeners; each then reads its own."""

    archive: Archive
    _listeners: dict[asyncio.Event, Caller] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None

    @contextmanager
    def listening(self, caller: Caller) -> Iterator[asyncio.Event]:
        """An event that is set whenever something may have happened at the caller's hospital."""
        woken = asyncio.Event()
        self._listeners[woken] = caller
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._poll(), name="live-poller")
        try:
            yield woken
        finally:
            del self._listeners[woken]

    def is_full_for(self, caller: Caller) -> bool:
        """Whether no more streams of the caller's hospital are taken."""
        of_one = sum(other.hospital_id == caller.hospital_id for other in self._listeners.values())
        return of_one >= MAX_STREAMS_OF_ONE or len(self._listeners) >= MAX_STREAMS

    async def _poll(self) -> None:
        seen = 0
        while self._listeners:
            try:
                last = await run_in_threadpool(self._last_seq, jointly(each.wall for each in self._listeners.values()))
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


@dataclass(frozen=True, slots=True)
class LiveEndpoints:
    """Listening to what happens."""

    desk: Desk
    poller: Poller

    async def live(
        self, request: Request, caller: CallerDep, last_event_id: LastEventId = None, after: After = None
    ) -> StreamingResponse:
        """A stream of events."""
        if self.poller.is_full_for(caller):
            detail = Text(
                zh="实时连接数已满，请改用 /api/v1/events。", en="Too many streams are open; poll /api/v1/events."
            )
            raise Problem(UNAVAILABLE, detail, headers={"Retry-After": "30"})
        cursor = last_event_id or after
        place = events_place(cursor) if cursor is not None else await run_in_threadpool(self._now, caller)
        return StreamingResponse(
            self._stream(request, caller, place),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _stream(self, request: Request, caller: Caller, place: int) -> AsyncIterator[bytes]:
        """Until the client goes or its key is revoked; key and release policy are looked at again for each batch."""
        yield f"retry: {RECONNECT_MS}\nid: {events_cursor(place)}\n\n".encode()
        with self.poller.listening(caller) as woken:
            while not await request.is_disconnected():
                woken.clear()
                try:
                    caller, found = await run_in_threadpool(self._behind, request, place)
                except AccessFault:
                    return
                except ArchiveUnavailable:
                    found = ()
                for event in found:
                    place = event.seq
                    yield _line(event, caller)
                if len(found) < _PAGE:
                    yield await _waited(woken)

    def _now(self, caller: Caller) -> int:
        with self.desk.archive.read() as connection:
            return events.last_seq(connection, caller.wall)

    def _behind(self, request: Request, place: int) -> tuple[Caller, tuple[Event, ...]]:
        headers = request.headers
        caller = admit(self.desk.archive, headers.get("authorization"), headers.get("accept-language"))
        with self.desk.archive.read() as connection:
            return caller, events.after(connection, caller.wall, place, _PAGE)


async def _waited(woken: asyncio.Event) -> bytes:
    """Wait for news; after a while without any, a comment that keeps proxies from closing the line."""
    try:
        await asyncio.wait_for(woken.wait(), KEEP_ALIVE_S)
    except TimeoutError:
        return b": alive\n\n"
    return b""


def _line(event: Event, caller: Caller) -> bytes:
    """An event as the stream carries it; one the hospital may not know of only moves the cursor."""
    view = event_view(event, caller)
    if view is None:
        return f"id: {events_cursor(event.seq)}\n\n".encode()
    return f"id: {view.cursor}\nevent: {view.kind.value}\ndata: {view.model_dump_json()}\n\n".encode()


_EXAMPLE: Final = (
    f"id: {EXAMPLE_EVENT['cursor']}\nevent: {EXAMPLE_EVENT['kind']}\n"
    f"data: {json.dumps(EXAMPLE_EVENT, ensure_ascii=False)}\n\n"
)


def routes(desk: Desk, route_class: type[APIRoute]) -> APIRouter:
    """The operation that listens."""
    operation = Operation(
        "GET",
        "/live",
        LiveEndpoints(desk, Poller(desk.archive)).live,
        Text(zh="实时事件", en="Events as they happen"),
        Text(
            zh="服务器推送事件（SSE）；断线后以 Last-Event-ID 续传，不重不漏。内容同 /api/v1/events。",
            en="Server-sent events; after a break go on with Last-Event-ID, nothing is lost. Same as /api/v1/events.",
        ),
        errors=(400,),
        media={"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
    )
    return router("live", (operation,), route_class)
