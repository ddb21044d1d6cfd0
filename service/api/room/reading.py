"""The reading page over HTTP: the page itself, judging findings, locking the first impression."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import orjson
from fastapi import APIRouter, Response
from fastapi.routing import APIRoute

from models.manifest import Text
from service.access.auditing import record_read
from service.access.problems import INVALID_REQUEST, WRONG_STATE, Problem, not_found
from service.access.reader_doors import Reader, ReaderDep
from service.api.room.finding_shapes import JudgeBody
from service.api.room.image_places import require_images
from service.api.room.problems import IMPRESSION_FIRST, STALE
from service.api.room.reading_page import ReadingPage
from service.api.room.reading_shapes import ReadingView
from service.api.room.running import RunningCentre
from service.api.room.shape import PREFIX, HospitalPath, StudyPath, TrackingPath, found_study
from service.archive import analyses
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.review import MeasureMissing, NothingToUndo, ReasonMissing, ReviewFault
from service.domain.user import Right
from service.flow import review
from service.flow.review import Act, ActTwice, ImpressionFirst, NoSuchFinding, ReportSettled, StudyChanged
from service.flow.viewer_copies import ask_when_opened

_PURPOSE: Final = "reading"
_FAULTS: Final = {
    StudyChanged: (
        STALE,
        Text(zh="他人已处理发现，请查看后再决定。", en="Somebody judged findings meanwhile: look, then decide."),
    ),
    ReportSettled: (
        WRONG_STATE,
        Text(zh="报告已签发；如需更改请先修订。", en="The report is signed; begin an amendment to change findings."),
    ),
    ActTwice: (INVALID_REQUEST, Text(zh="重复的操作编号，请重试。", en="This act's id was used before; try again.")),
    ImpressionFirst: (
        IMPRESSION_FIRST,
        Text(zh="请先锁定您的首次印象。", en="Lock your first impression, then the findings are shown."),
    ),
    ReasonMissing: (INVALID_REQUEST, Text(zh="拒绝时请选择原因。", en="Say why the finding is rejected.")),
    MeasureMissing: (INVALID_REQUEST, Text(zh="请给出类型、部位与测量。", en="Say what it is, where, and how large.")),
    NothingToUndo: (WRONG_STATE, Text(zh="没有可撤销的操作。", en="There is nothing to take back.")),
}


@dataclass(frozen=True, slots=True)
class ReadingEndpoints:
    """Everything about one open examination but its report."""

    archive: Archive
    centre: RunningCentre

    def page(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> ReadingView:
        """The whole page in one answer."""
        reader.require(Right.READ_STUDIES)
        found = found_study(self.archive, reader.wall, hospital, study)
        record_read(self.archive, reader.wall, found.hospital, subject=found.study_instance_uid, purpose=_PURPOSE)
        if self.centre.makes_copies:
            ask_when_opened(self.archive, reader.wall, found)
        return reading_view(self.archive, reader, found)

    def judge(
        self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, tracking_uid: TrackingPath, body: JudgeBody
    ) -> ReadingView:
        """Judge a finding, or add one under a Tracking UID of the page's own."""
        reader.require(Right.REVIEW)
        found = found_study(self.archive, reader.wall, hospital, study)
        asked = Act(
            id=body.id,
            tracking_uid=tracking_uid,
            action=body.action,
            reason=body.reason,
            said=None if body.said is None else body.said.description,
            seen_version=body.review_version,
            ms_since_open=body.ms_since_open,
        )
        with _told(), self.archive.write() as connection:
            require_images(connection, reader.wall, found, [None if body.said is None else body.said.image])
            review.act(connection, reader.wall, found, asked)
        return reading_view(self.archive, reader, found)

    def contours(
        self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, tracking_uid: TrackingPath
    ) -> Response:
        """The outlines of a package's finding, image by image; for one who may see the finding."""
        reader.require(Right.READ_STUDIES)
        found = found_study(self.archive, reader.wall, hospital, study)
        with self.archive.read() as connection:
            page = ReadingPage(connection, reader, found)
            shown = next((each for each in page.shown if each.tracking_uid == tracking_uid), None)
            proposed = None if shown is None else shown.proposed
            analysis = None if proposed is None else analyses.get(connection, reader.wall, proposed.analysis_id)
        if analysis is None or analysis.contours_object is None:
            raise not_found(Text(zh="轮廓", en="outline"))
        outlines = orjson.loads(self.archive.objects.load(analysis.hospital, analysis.contours_object))
        headers = {"Cache-Control": "private, max-age=86400", "ETag": f'"{analysis.contours_object[:32]}"'}
        content = orjson.dumps(outlines.get(tracking_uid, []))
        return Response(content, media_type="application/json", headers=headers)

    def lock_impression(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> ReadingView:
        """Say that the first impression stands; from now on the package's findings are shown."""
        reader.require(Right.REVIEW)
        found = found_study(self.archive, reader.wall, hospital, study)
        with self.archive.write() as connection:
            review.lock_impression(connection, reader.wall, found)
        return reading_view(self.archive, reader, found)


def reading_view(archive: Archive, reader: Reader, study: Study) -> ReadingView:
    """The page of a study as it stands now."""
    with archive.read() as connection:
        return ReadingPage(connection, reader, study).view()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except NoSuchFinding as fault:
        raise not_found(Text(zh="发现", en="finding")) from fault
    except ReviewFault as fault:
        kind, detail = _FAULTS[type(fault)]
        raise Problem(kind, detail) from fault


def routes(archive: Archive, centre: RunningCentre, route_class: type[APIRoute]) -> APIRouter:
    """The operations of the reading page."""
    endpoints = ReadingEndpoints(archive, centre)
    router = APIRouter(prefix=PREFIX, tags=["reading"], route_class=route_class, include_in_schema=False)
    one = "/studies/{hospital}/{study}"
    router.add_api_route(f"{one}/reading", endpoints.page, methods=["GET"])
    router.add_api_route(f"{one}/findings/{{tracking_uid}}/judgements", endpoints.judge, methods=["POST"])
    router.add_api_route(f"{one}/findings/{{tracking_uid}}/contours", endpoints.contours, methods=["GET"])
    router.add_api_route(f"{one}/first-impression", endpoints.lock_impression, methods=["POST"])
    return router
