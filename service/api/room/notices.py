"""Urgent findings (危急值) over HTTP: which are open, and documenting the call that closes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Path
from fastapi.routing import APIRoute
from sqlalchemy import Connection

from models.manifest import Text
from service.access.auditing import record_read
from service.access.problems import INVALID_REQUEST, WRONG_STATE, Problem, not_found
from service.access.reader_doors import Reader, ReaderDep
from service.api.room.notice_shapes import CallBody, NoticeView, OpenNotices, notice_views
from service.api.room.reading_page import ReadingPage
from service.api.room.shape import PREFIX
from service.archive import notices
from service.archive.notices import Notice
from service.archive.store import Archive
from service.domain.notice import Heard, NothingHeard, NoticeState, Via
from service.domain.user import Right
from service.flow import notice
from service.flow.notice import NoSuchNotice, NoticeClosed

MOST_LISTED: Final = 100
_PURPOSE: Final = "notices"
_NOTICE: Final = Text(zh="危急值通知", en="notice")
NoticePath = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


@dataclass(frozen=True, slots=True)
class NoticeEndpoints:
    """What a reader does about urgent findings."""

    archive: Archive

    def open_ones(self, reader: ReaderDep) -> OpenNotices:
        """Those that somebody still has to hear."""
        reader.require(Right.READ_STUDIES)
        with self.archive.read() as connection:
            found = notices.open_ones(connection, reader.wall, MOST_LISTED)
        for each in found:
            record_read(self.archive, reader.wall, each.hospital, subject=each.study_instance_uid, purpose=_PURPOSE)
        with self.archive.read() as connection:
            return OpenNotices(
                count=notices.count_open(connection, reader.wall),
                items=_views(connection, reader, notices.open_ones(connection, reader.wall, MOST_LISTED)),
            )

    def acknowledge(self, reader: ReaderDep, notice_id: NoticePath, body: CallBody) -> NoticeView:
        """Document the call by which somebody of the hospital heard it."""
        reader.require(Right.REVIEW)
        try:
            heard = Heard(body.who.strip(), body.how.strip())
        except NothingHeard as fault:
            detail = Text(zh="请写明接听人与复述内容。", en="Say who answered and what they repeated.")
            raise Problem(INVALID_REQUEST, detail) from fault
        with self.archive.write() as connection:
            try:
                closed = notice.acknowledge(connection, reader.wall, notice_id, heard, Via.CALL)
            except NoSuchNotice as fault:
                raise not_found(_NOTICE) from fault
            except NoticeClosed as fault:
                raise _closed(fault) from fault
            (view,) = _views(connection, reader, (closed,))
        return view


def _views(connection: Connection, reader: Reader, found: Sequence[Notice]) -> tuple[NoticeView, ...]:
    return notice_views(connection, reader, found, lambda study: ReadingPage(connection, reader, study).shown)


def _closed(fault: NoticeClosed) -> Problem:
    if fault.notice.state is NoticeState.TAKEN_BACK:
        detail = Text(zh="该危急值已撤销，无需再通知。", en="It was taken back: nobody has to be told any more.")
    else:
        detail = Text(zh="该危急值已由他人确认。", en="It was acknowledged meanwhile.")
    return Problem(WRONG_STATE, detail)


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operations on notices."""
    endpoints = NoticeEndpoints(archive)
    router = APIRouter(prefix=PREFIX, tags=["notices"], route_class=route_class, include_in_schema=False)
    router.add_api_route("/notices", endpoints.open_ones, methods=["GET"])
    router.add_api_route("/notices/{notice_id}/acknowledge", endpoints.acknowledge, methods=["POST"])
    return router
