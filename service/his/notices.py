"""Urgent findings (危急值): listed, read, acknowledged by the hospital's own system."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from fastapi.routing import APIRoute
from pydantic import Field

from models.manifest import Text
from service.access.doors import CallerDep
from service.access.problems import WRONG_STATE, Problem, not_found
from service.archive import notices, studies
from service.archive.paging import Paging
from service.domain.notice import OPEN, Heard, NoticeState, Via
from service.flow import notice
from service.flow.notice import NoSuchNotice, NoticeClosed
from service.his.cursors import Sort, Walk, named_place, row_cursor
from service.his.desk import NOTICE, Desk
from service.his.idempotency import KeyHeader, Reply, digest_of, once
from service.his.notice_shapes import AcknowledgeRequest, NoticeView, notice_view
from service.his.operation import Operation, router
from service.his.shape import IdPath, Page, PageQuery, both

_NEWEST_FIRST: Final = Walk(Sort.NOTICES, newest_first=True)


class Standing(StrEnum):
    """Which notices to list."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


_STATES: Final = {
    Standing.OPEN: OPEN,
    Standing.CLOSED: frozenset(NoticeState) - OPEN,
    Standing.ALL: frozenset(NoticeState),
}


class NoticeQuery(PageQuery):
    """Which notices to list."""

    standing: Standing = Field(
        default=Standing.OPEN,
        description=both("open：待确认；closed：已确认或已撤销", "open: somebody has to hear; closed; or all"),
    )
    study_instance_uid: str | None = Field(
        default=None, max_length=64, description=both("检查 UID", "Study Instance UID")
    )


@dataclass(frozen=True, slots=True)
class NoticeEndpoints:
    """What can be done with notices."""

    desk: Desk

    def listed(self, caller: CallerDep, query: Annotated[NoticeQuery, Query()]) -> Page[NoticeView]:
        """A page of notices."""
        paging = Paging(newest_first=True, after=named_place(_NEWEST_FIRST, query.cursor), limit=query.limit + 1)
        self.desk.read_list(caller)
        with self.desk.archive.read() as connection:
            study_id = None
            if query.study_instance_uid is not None:
                study = studies.by_uid(connection, caller.wall, caller.hospital_id, query.study_instance_uid)
                if study is None:
                    return Page(items=(), next=None)
                study_id = study.id
            found = notices.page(connection, caller.wall, _STATES[query.standing], study_id, paging)
            items = tuple(notice_view(connection, caller, each) for each in found[: query.limit])
        last = found[query.limit - 1] if len(found) > query.limit else None
        return Page(items=items, next=None if last is None else row_cursor(_NEWEST_FIRST, last.raised_at, last.id))

    def read(self, notice_id: IdPath, caller: CallerDep) -> NoticeView:
        """One notice."""
        with self.desk.archive.read() as connection:
            found = notices.get(connection, caller.wall, notice_id)
            view = None if found is None else notice_view(connection, caller, found)
        if view is None:
            raise not_found(NOTICE)
        self.desk.read_study(caller, view.study_instance_uid)
        return view

    def acknowledge(
        self, notice_id: IdPath, body: AcknowledgeRequest, caller: CallerDep, idempotency_key: KeyHeader = None
    ) -> Response:
        """Say who heard it and what they read back."""
        heard = Heard(body.acknowledged_by, body.read_back)
        with self.desk.archive.write() as connection:

            def reply() -> Reply:
                try:
                    closed = notice.acknowledge(connection, caller.wall, notice_id, heard, Via.HOSPITAL)
                except NoSuchNotice as fault:
                    raise not_found(NOTICE) from fault
                except NoticeClosed as fault:
                    raise _closed(fault) from fault
                return Reply(200, notice_view(connection, caller, closed).model_dump_json())

            replied = once(connection, caller, idempotency_key, digest_of(f"POST /notices/{notice_id}", body), reply)
        return replied.response()


def _closed(fault: NoticeClosed) -> Problem:
    if fault.notice.state is NoticeState.TAKEN_BACK:
        detail = Text(
            zh="该危急值已由医师撤销，无需确认。", en="The physician took it back: nothing is to be acknowledged."
        )
    else:
        detail = Text(
            zh="该危急值已确认；读取通知可见由谁确认。", en="It was acknowledged before; the notice says by whom."
        )
    return Problem(WRONG_STATE, detail)


def routes(desk: Desk, route_class: type[APIRoute]) -> APIRouter:
    """The operations on notices."""
    endpoints = NoticeEndpoints(desk)
    return router(
        "notices",
        (
            Operation(
                "GET",
                "/notices",
                endpoints.listed,
                Text(zh="列出危急值通知", en="List urgent findings"),
                Text(
                    zh="本院的危急值通知，新的在前；默认只列待确认者。",
                    en="The hospital's urgent findings, newest first; those nobody has acknowledged unless asked else.",
                ),
                errors=(400,),
            ),
            Operation(
                "GET",
                "/notices/{notice_id}",
                endpoints.read,
                Text(zh="读取危急值通知", en="Read an urgent finding"),
                Text(
                    zh="医师确认了什么、应通知谁、是否已确认。",
                    en="What a physician confirmed, who has to hear, and whether somebody has.",
                ),
                errors=(404,),
            ),
            Operation(
                "POST",
                "/notices/{notice_id}/acknowledge",
                endpoints.acknowledge,
                Text(zh="确认危急值", en="Acknowledge an urgent finding"),
                Text(
                    zh="写明接收人与复述内容；此后不再重发或升级。",
                    en="Who heard it and what they read back; it is told and escalated no more.",
                ),
                errors=(400, 404, 409),
                answer=NoticeView,
            ),
        ),
        route_class,
    )
