"""The worklist over HTTP: pages of lines, one line, and taking, putting back, returning an examination."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from fastapi.routing import APIRoute
from pydantic import Field

from models.manifest import Text
from service.access.auditing import EVERY_STUDY, record_read
from service.access.problems import INVALID_REQUEST, WRONG_STATE, Problem
from service.access.reader_doors import Reader, ReaderDep
from service.access.written_text import Searched
from service.api.room.cursor import MAX_LENGTH, cursor, place
from service.api.room.held import held_by_another
from service.api.room.shape import PREFIX, Cleaned, HospitalPath, Shape, StudyPath, found_study, missing_study
from service.api.room.worklist_shapes import Lines, WorklistPage, WorklistRow
from service.archive import worklist
from service.archive.returns import AlreadyReturned
from service.archive.store import Archive
from service.archive.studies import Study
from service.archive.worklist import ClaimHeld, WorklistFilter
from service.domain.examination import ExaminationWord, Urgency
from service.domain.order import ExamClass
from service.domain.returning import ReturnReason
from service.domain.user import Right
from service.domain.wall import HospitalId
from service.flow import read
from service.flow.read import MAX_NOTE_LENGTH, NoteMissing, NotReturned, ReportSigned

COUNTED_TO: Final = 10_000
_PURPOSE: Final = "worklist"


class WorklistQuery(Shape):
    """Which page of which lines. closed: those nobody has to read any more, instead of those to be read."""

    after: str | None = Field(default=None, max_length=MAX_LENGTH)
    limit: int = Field(default=50, ge=1, le=200)
    status: tuple[ExaminationWord, ...] = ()
    hospital: str | None = Field(default=None, max_length=64)
    exam_class: ExamClass | None = None
    modality: str | None = Field(default=None, max_length=16)
    mine: bool = False
    closed: bool = False
    q: Searched = Field(default="", max_length=64)


class TakeBody(Shape):
    """instead_of: the user id of who holds it, to take it over."""

    instead_of: str | None = Field(default=None, max_length=64)


class UrgencyBody(Shape):
    """How urgent the reader says it is."""

    urgency: Urgency


class ReturnBody(Shape):
    """Why the examination goes back to the hospital."""

    reason: ReturnReason
    note: Cleaned = Field(default="", max_length=MAX_NOTE_LENGTH)


@dataclass(frozen=True, slots=True)
class WorklistEndpoints:
    """Everything a reader does before the images are open."""

    archive: Archive

    def page(self, reader: ReaderDep, asked: Annotated[WorklistQuery, Query()]) -> WorklistPage:
        """A page of examinations, the first to be read first."""
        reader.require(Right.READ_STUDIES)
        record_read(self.archive, reader.wall, None, subject=EVERY_STUDY, purpose=_PURPOSE)
        narrowed = WorklistFilter(
            is_open=not asked.closed,
            words=frozenset(asked.status),
            hospital=None if asked.hospital is None else HospitalId(asked.hospital),
            exam_class=asked.exam_class,
            modality=asked.modality,
            claimed_by=reader.user.id if asked.mine else None,
            text=asked.q,
        )
        after = None if asked.after is None else place(asked.after)
        with self.archive.read() as connection:
            found = worklist.page(connection, reader.wall, narrowed, after, asked.limit + 1)
            total = worklist.count(connection, reader.wall, narrowed, COUNTED_TO + 1)
            shown = found[: asked.limit]
            return WorklistPage(
                items=Lines(connection, reader.wall, reader.language).of(shown),
                next=cursor(shown[-1].place) if len(found) > asked.limit else None,
                total=min(total, COUNTED_TO),
                more_than_total=total > COUNTED_TO,
            )

    def line(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> WorklistRow:
        """One examination, as the worklist shows it."""
        reader.require(Right.READ_STUDIES)
        return self._line(reader, found_study(self.archive, reader.wall, hospital, study))

    def take(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, body: TakeBody) -> WorklistRow:
        """Hold the examination to read it, or go on holding it."""
        reader.require(Right.REVIEW)
        found = found_study(self.archive, reader.wall, hospital, study)
        try:
            with self.archive.write() as connection:
                read.take(connection, reader.wall, found, instead_of=body.instead_of)
        except ClaimHeld as held:
            raise self._claimed(held) from held
        return self._line(reader, found)

    def put_back(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> Response:
        """Let others read it."""
        reader.require(Right.REVIEW)
        found = found_study(self.archive, reader.wall, hospital, study)
        with self.archive.write() as connection:
            read.put_back(connection, reader.wall, found)
        return Response(status_code=204)

    def urgency(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, body: UrgencyBody) -> WorklistRow:
        """Say how urgent it is."""
        reader.require(Right.REVIEW)
        found = found_study(self.archive, reader.wall, hospital, study)
        with self.archive.write() as connection:
            read.confirm_urgency(connection, reader.wall, found, body.urgency)
        return self._line(reader, found)

    def give_back(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, body: ReturnBody) -> WorklistRow:
        """Return it to the hospital (退回)."""
        reader.require(Right.REVIEW)
        found = found_study(self.archive, reader.wall, hospital, study)
        try:
            with self.archive.write() as connection:
                read.give_back(connection, reader.wall, found, body.reason, body.note)
        except ClaimHeld as held:
            raise self._claimed(held) from held
        except NoteMissing as fault:
            detail = Text(zh="请写明医院需要做什么。", en="Say what the hospital is to do.")
            raise Problem(INVALID_REQUEST, detail) from fault
        except AlreadyReturned as fault:
            detail = Text(zh="该检查已退回，等待医院补传。", en="It was returned already and waits for the hospital.")
            raise Problem(WRONG_STATE, detail) from fault
        except ReportSigned as fault:
            detail = Text(
                zh="报告已签名，不能退回；请收回、修订或撤销报告。",
                en="The report is signed, so it cannot be returned: recall, amend or withdraw the report.",
            )
            raise Problem(WRONG_STATE, detail) from fault
        return self._line(reader, found)

    def undo_return(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> WorklistRow:
        """Take the return back and read it after all."""
        reader.require(Right.REVIEW)
        found = found_study(self.archive, reader.wall, hospital, study)
        try:
            with self.archive.write() as connection:
                read.undo_return(connection, reader.wall, found)
        except NotReturned as fault:
            detail = Text(zh="该检查未处于退回状态。", en="It is not returned, or was opened again meanwhile.")
            raise Problem(WRONG_STATE, detail) from fault
        return self._line(reader, found)

    def _line(self, reader: Reader, study: Study) -> WorklistRow:
        with self.archive.read() as connection:
            listed = worklist.of_study(connection, reader.wall, study.id)
            lines = Lines(connection, reader.wall, reader.language).of(() if listed is None else (listed,))
        if not lines:
            raise missing_study()
        return lines[0]

    def _claimed(self, held: ClaimHeld) -> Problem:
        with self.archive.read() as connection:
            return held_by_another(connection, held)


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operations of the worklist."""
    endpoints = WorklistEndpoints(archive)
    router = APIRouter(prefix=PREFIX, tags=["worklist"], route_class=route_class, include_in_schema=False)
    one = "/worklist/{hospital}/{study}"
    for method, path, endpoint, status in (
        ("GET", "/worklist", endpoints.page, 200),
        ("GET", one, endpoints.line, 200),
        ("PUT", f"{one}/claim", endpoints.take, 200),
        ("DELETE", f"{one}/claim", endpoints.put_back, 204),
        ("PUT", f"{one}/urgency", endpoints.urgency, 200),
        ("POST", f"{one}/return", endpoints.give_back, 200),
        ("DELETE", f"{one}/return", endpoints.undo_return, 200),
    ):
        router.add_api_route(path, endpoint, methods=[method], status_code=status)
    return router
