"""Events as they happen: server-sent events, one poller of the archive a process however many listen."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from models.manifest import Text
from service.access.doors import Caller, CallerDep, admit
from service.access.keys import AccessFault
from service.access.listening import Poller, Room, news
from service.access.problems import UNAVAILABLE, Problem
from service.archive import events
from service.archive.events import Event
from service.archive.store import ArchiveUnavailable
from service.his.cursors import MAX_LENGTH, events_cursor, events_place
from service.his.desk import Desk
from service.his.event_shapes import EXAMPLE_EVENT, event_view, reported_studies
from service.his.operation import Operation, router
from service.his.shape import both

KEEP_ALIVE_S: Final = 15.0
RECONNECT_MS: Final = 2000
ROOM: Final = Room(listeners=100, of_one_party=20)
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


@dataclass(frozen=True, slots=True)
class LiveEndpoints:
    """Listening to what happens."""

    desk: Desk
    poller: Poller

    async def live(
        self, request: Request, caller: CallerDep, last_event_id: LastEventId = None, after: After = None
    ) -> StreamingResponse:
        """A stream of events."""
        if self.poller.is_full_for(caller.hospital_id):
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
        with self.poller.listening(caller.hospital_id, caller.wall) as woken:
            while not await request.is_disconnected():
                woken.clear()
                try:
                    found = await run_in_threadpool(self._behind, request, place)
                except AccessFault:
                    return
                except ArchiveUnavailable:
                    found = ()
                for seq, line in found:
                    place = seq
                    yield line
                if len(found) < _PAGE:
                    yield await news(woken, KEEP_ALIVE_S)

    def _now(self, caller: Caller) -> int:
        with self.desk.archive.read() as connection:
            return events.last_seq(connection, caller.wall)

    def _behind(self, request: Request, place: int) -> tuple[tuple[int, bytes], ...]:
        """Each event's place, and its lines as the stream carries them."""
        headers = request.headers
        caller = admit(self.desk.archive, headers.get("authorization"), headers.get("accept-language"))
        with self.desk.archive.read() as connection:
            found = events.after(connection, caller.wall, place, _PAGE)
            reported = reported_studies(connection, caller, found)
        return tuple((event.seq, _line(event, caller, reported)) for event in found)


def _line(event: Event, caller: Caller, reported: Collection[int]) -> bytes:
    """An event as the stream carries it; one the hospital may not know of only moves the cursor."""
    view = event_view(event, caller, reported)
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
        LiveEndpoints(desk, Poller(desk.archive, ROOM)).live,
        Text(zh="实时事件", en="Events as they happen"),
        Text(
            zh="服务器推送事件（SSE）；断线后以 Last-Event-ID 续传，不重不漏。内容同 /api/v1/events。",
            en="Server-sent events; after a break go on with Last-Event-ID, nothing is lost. Same as /api/v1/events.",
        ),
        errors=(400,),
        media={"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
    )
    return router("live", (operation,), route_class)
