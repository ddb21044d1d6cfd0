"""Writing the report over HTTP: begin, save, keep, submit, go on, give up; what was kept, to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import Field
from sqlalchemy import Connection

from models.manifest import Text
from service.access.problems import INVALID_REQUEST, WRONG_STATE, Problem
from service.access.reader_doors import Reader, ReaderDep
from service.api.room.image_places import require_images
from service.api.room.problems import STALE
from service.api.room.reading import reading_view
from service.api.room.reading_shapes import ReadingView
from service.api.room.report_shapes import ReportBody, ReportTextBody
from service.api.room.shape import MOST_COUNT, PREFIX, HospitalPath, Named, Shape, StudyPath, found_study, moment
from service.archive import reports, users
from service.archive.reports import Report
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.report import ReportChanged, ReportFault, TextTooLong
from service.domain.user import Right
from service.flow import report
from service.flow.report import NoOpenReport, NothingWritten, ReportIsOpen

_FAULTS: Final = {
    NoOpenReport: (WRONG_STATE, Text(zh="尚未开始书写报告。", en="No report is being written; begin one.")),
    ReportIsOpen: (
        WRONG_STATE,
        Text(zh="报告已在书写中，请载入后继续。", en="A report was begun already; load it and go on."),
    ),
    NothingWritten: (INVALID_REQUEST, Text(zh="报告内容为空。", en="Write the report before you submit it.")),
    TextTooLong: (INVALID_REQUEST, Text(zh="报告文字过长。", en="A part of the report is too long.")),
}
_Step = Callable[[Connection, Study], Report]


class EditionBody(Shape):
    """The edition the page shows."""

    edition: int = Field(ge=1, le=MOST_COUNT)


class EditionView(Shape):
    """What a version said when it was kept."""

    version: int
    edition: int
    by: Named
    at: datetime
    text: ReportTextBody


@dataclass(frozen=True, slots=True)
class ReportEndpoints:
    """Everything about a report before its signature."""

    archive: Archive

    def begin(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, body: ReportBody) -> ReadingView:
        """Open a draft; after a release it is an amendment."""

        def step(connection: Connection, found: Study) -> Report:
            require_images(connection, reader.wall, found, body.key_images)
            return report.begin(connection, reader.wall, found, body.content)

        return self._step(reader, hospital, study, step)

    def save(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, body: ReportBody) -> ReadingView:
        """What the page does by itself every few seconds."""

        def step(connection: Connection, found: Study) -> Report:
            require_images(connection, reader.wall, found, body.key_images)
            return report.save(connection, reader.wall, found, body.content, edition=body.edition)

        return self._step(reader, hospital, study, step)

    def keep(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, body: ReportBody) -> ReadingView:
        """Save because a person asked for it."""

        def step(connection: Connection, found: Study) -> Report:
            require_images(connection, reader.wall, found, body.key_images)
            return report.keep(connection, reader.wall, found, body.content, edition=body.edition)

        return self._step(reader, hospital, study, step)

    def submit(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, body: EditionBody) -> ReadingView:
        """Say that it is ready to be signed."""

        def step(connection: Connection, found: Study) -> Report:
            return report.submit(connection, reader.wall, found, edition=body.edition)

        return self._step(reader, hospital, study, step)

    def reopen(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, body: EditionBody) -> ReadingView:
        """Go on writing what was not signed yet."""

        def step(connection: Connection, found: Study) -> Report:
            return report.reopen(connection, reader.wall, found, edition=body.edition)

        return self._step(reader, hospital, study, step)

    def discard(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, body: EditionBody) -> ReadingView:
        """Give up the draft that the page shows; it is kept."""

        def step(connection: Connection, found: Study) -> Report:
            return report.discard(connection, reader.wall, found, edition=body.edition)

        return self._step(reader, hospital, study, step)

    def editions(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> tuple[EditionView, ...]:
        """Every text that was kept, of every version, oldest first."""
        reader.require(Right.READ_STUDIES)
        found = found_study(self.archive, reader.wall, hospital, study)
        with self.archive.read() as connection:
            versions = reports.of_study(connection, reader.wall, found.id)
            kept = [(each, one) for each in versions for one in reports.editions(connection, reader.wall, each.id)]
            names = users.names(connection, {one.by for _, one in kept})
        return tuple(
            EditionView(
                version=version.version,
                edition=one.edition,
                by=Named(id=one.by, name=names.get(one.by, one.by)),
                at=moment(one.at),
                text=ReportTextBody(findings=one.text.findings, impression=one.text.impression, advice=one.text.advice),
            )
            for version, one in kept
        )

    def _step(self, reader: Reader, hospital: str, study: str, step: _Step) -> ReadingView:
        reader.require(Right.REVIEW)
        found = found_study(self.archive, reader.wall, hospital, study)
        with self._told(), self.archive.write() as connection:
            step(connection, found)
        return reading_view(self.archive, reader, found)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except ReportChanged as fault:
            with self.archive.read() as connection:
                name = users.names(connection, {fault.by}).get(fault.by, fault.by)
            detail = Text(
                zh=f"{name} 已更改报告，请载入后合并。", en=f"{name} changed the report; load it, then merge."
            )
            raise Problem(STALE, detail) from fault
        except ReportFault as fault:
            kind, detail = _FAULTS[type(fault)]
            raise Problem(kind, detail) from fault


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operations of a report before its signature."""
    endpoints = ReportEndpoints(archive)
    router = APIRouter(prefix=PREFIX, tags=["report"], route_class=route_class, include_in_schema=False)
    one = "/studies/{hospital}/{study}/report"
    for method, path, endpoint in (
        ("POST", one, endpoints.begin),
        ("PUT", one, endpoints.save),
        ("POST", f"{one}/keep", endpoints.keep),
        ("POST", f"{one}/submit", endpoints.submit),
        ("POST", f"{one}/reopen", endpoints.reopen),
        ("POST", f"{one}/discard", endpoints.discard),
        ("GET", f"{one}/editions", endpoints.editions),
    ):
        router.add_api_route(path, endpoint, methods=[method])
    return router
