"""What changes in the worklist, as it happens: server-sent events that say which line to read again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from models.manifest import Text
from service.access.listening import Poller, Room, news
from service.access.problems import UNAVAILABLE, Problem
from service.access.reader_doors import COOKIE, Reader, ReaderDep, SessionFault, admit_reader
from service.api.room.shape import PREFIX
from service.archive import events
from service.archive.events import Event
from service.archive.store import Archive, ArchiveUnavailable
from service.domain.user import Right

KEEP_ALIVE_S: Final = 15.0
RECONNECT_MS: Final = 2000
ROOM: Final = Room(listeners=400, of_one_party=8)
_PAGE: Final = 200
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=20)]


@dataclass(frozen=True, slots=True)
class LiveEndpoints:
    """Listening to the worklist."""

    archive: Archive
    poller: Poller

    async def live(self, request: Request, reader: ReaderDep, last_event_id: LastEventId = None) -> StreamingResponse:
        """A stream of `examination` events; after a break it goes on behind the last one that was seen.

        A number ahead of the newest, of an archive that was restored since, counts as the newest.
        """
        reader.require(Right.READ_STUDIES)
        if self.poller.is_full_for(reader.user.id):
            detail = Text(zh="打开的窗口过多，请关闭一些。", en="Too many windows are open; close some.")
            raise Problem(UNAVAILABLE, detail, headers={"Retry-After": "30"})
        seen = int(last_event_id) if last_event_id is not None and last_event_id.isdecimal() else None
        newest = await run_in_threadpool(self._now, reader)
        place = newest if seen is None else min(seen, newest)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._stream(request, reader, place), media_type="text/event-stream", headers=headers)

    async def _stream(self, request: Request, reader: Reader, place: int) -> AsyncIterator[bytes]:
        """Until the page goes or its session does; the session is looked at again for each batch."""
        yield f"retry: {RECONNECT_MS}\nid: {place}\n\n".encode()
        with self.poller.listening(reader.user.id, reader.wall) as woken:
            while not await request.is_disconnected():
                woken.clear()
                try:
                    found = await run_in_threadpool(self._behind, request, place)
                except SessionFault:
                    yield b"event: session-ended\ndata: {}\n\n"
                    return
                except ArchiveUnavailable:
                    found = ()
                for line in _lines(found):
                    yield line
                place = found[-1].seq if found else place
                if len(found) < _PAGE:
                    yield await news(woken, KEEP_ALIVE_S)

    def _now(self, reader: Reader) -> int:
        with self.archive.read() as connection:
            return events.last_seq(connection, reader.wall)

    def _behind(self, request: Request, place: int) -> tuple[Event, ...]:
        """A stream that is open is nobody at the keyboard, whatever its request once said."""
        reader = admit_reader(self.archive, request.cookies.get(COOKIE))
        with self.archive.read() as connection:
            return events.after(connection, reader.wall, place, _PAGE)


def _lines(found: tuple[Event, ...]) -> list[bytes]:
    """One line a study, however much happened to it in this batch; the last one moves the cursor to the end."""
    newest = {each.subject.study_instance_uid: each for each in found if each.subject.study_instance_uid is not None}
    lines = []
    for each in sorted(newest.values(), key=lambda event: event.seq):
        told = {"hospital": each.subject.hospital, "study_instance_uid": each.subject.study_instance_uid}
        lines.append(b"id: %d\nevent: examination\ndata: %s\n\n" % (each.seq, orjson.dumps(told)))
    if found:
        lines.append(b"id: %d\n\n" % found[-1].seq)
    return lines


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operation that listens."""
    router = APIRouter(prefix=PREFIX, tags=["live"], route_class=route_class, include_in_schema=False)
    router.add_api_route("/live", LiveEndpoints(archive, Poller(archive, ROOM)).live, methods=["GET"])
    return router
