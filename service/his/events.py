"""Events by cursor: for systems that cannot be called, without a gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.routing import APIRoute
from pydantic import Field

from models.manifest import Text
from service.access.doors import CallerDep
from service.archive import events
from service.his.cursors import MAX_LENGTH, events_cursor, events_place
from service.his.desk import Desk
from service.his.event_shapes import EventPage, event_view, reported_studies
from service.his.operation import Operation, router
from service.his.shape import Shape, both


class EventQuery(Shape):
    """Where to go on."""

    after: str | None = Field(
        default=None,
        max_length=MAX_LENGTH,
        description=both(
            "上次应答的 next；首次不填，从最早的事件开始", "`next` of the answer before; none the first time"
        ),
    )
    limit: int = Field(default=100, ge=1, le=1000, description=both("至多返回的条数", "at most so many events"))


@dataclass(frozen=True, slots=True)
class EventEndpoints:
    """Reading what happened."""

    desk: Desk

    def after(self, caller: CallerDep, query: Annotated[EventQuery, Query()]) -> EventPage:
        """The events behind a cursor."""
        place = events_place(query.after)
        with self.desk.archive.read() as connection:
            found = events.after(connection, caller.wall, place, query.limit + 1)
            reported = reported_studies(connection, caller, found)
        page = found[: query.limit]
        views = (event_view(event, caller, reported) for event in page)
        return EventPage(
            items=tuple(view for view in views if view is not None),
            next=events_cursor(page[-1].seq if page else place),
            more=len(found) > query.limit,
        )


def routes(desk: Desk, route_class: type[APIRoute]) -> APIRouter:
    """The operations on events."""
    operation = Operation(
        "GET",
        "/events",
        EventEndpoints(desk).after,
        Text(zh="读取事件", en="Read events"),
        Text(
            zh="按提交顺序返回游标之后的事件，不重不漏。无法接收回调的系统按此轮询。",
            en="What happened behind a cursor, in the order of commits, none left out and none twice. For systems that "
            "cannot be called.",
        ),
        errors=(400,),
    )
    return router("events", (operation,), route_class)
