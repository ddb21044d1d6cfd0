"""Measures over HTTP: everybody's of a study to look at, one's own to draw, change and remove."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from fastapi.routing import APIRoute
from pydantic import Field
from sqlalchemy import Connection

from models.manifest import Text
from service.access.problems import FORBIDDEN, INVALID_REQUEST, Problem
from service.access.reader_doors import ReaderDep
from service.api.room.shape import PREFIX, HospitalPath, Named, Shape, StudyPath, found_study, moment
from service.archive import instances, measures, studies, users
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.measure import (
    FARTHEST_PX,
    MOST_OF_A_STUDY,
    ImageUnknown,
    Measure,
    MeasureFault,
    MeasureIncomplete,
    MeasureKind,
    MeasureOfAnother,
    TooManyMeasures,
)
from service.domain.user import Right
from service.domain.wall import Wall

MeasurePath = Annotated[str, Path(min_length=16, max_length=64, pattern=r"^[0-9a-f]+$")]
_Coordinate = Annotated[float, Field(ge=-FARTHEST_PX, le=FARTHEST_PX, allow_inf_nan=False)]
_FAULTS: Final = {
    MeasureIncomplete: (
        INVALID_REQUEST,
        Text(zh="测量的点数与类别不符。", en="The measure lacks points; draw it anew."),
    ),
    MeasureOfAnother: (
        FORBIDDEN,
        Text(zh="这是他人的测量，只能查看；请另行测量。", en="Somebody else drew it; look at it, or draw your own."),
    ),
    ImageUnknown: (
        INVALID_REQUEST,
        Text(zh="图像不属于此患者的检查。", en="The image is none of this patient's; draw the measure on one that is."),
    ),
    TooManyMeasures: (
        INVALID_REQUEST,
        Text(
            zh=f"每项检查最多保留 {MOST_OF_A_STUDY} 个测量，请先删除一些。",
            en=f"A study keeps at most {MOST_OF_A_STUDY} of your measures; remove some first.",
        ),
    ),
}


class MeasureBody(Shape):
    """A measure as it was drawn. points_px: column and row, whole numbers are pixel centres."""

    kind: MeasureKind
    sop_instance_uid: str = Field(max_length=64, pattern=r"^[0-9.]+$")
    frame: int = Field(ge=1)
    points_px: tuple[tuple[_Coordinate, _Coordinate], ...] = Field(max_length=4)


class MeasureView(MeasureBody):
    """A measure, the series of its image, and who drew it."""

    id: str
    study_instance_uid: str
    series_instance_uid: str
    by: Named
    at: datetime


class MeasuresView(Shape):
    """Everybody's, the one changed longest ago first."""

    measures: tuple[MeasureView, ...]


@dataclass(frozen=True, slots=True)
class MeasureEndpoints:
    """What readers measured beside the findings."""

    archive: Archive

    def listed(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> MeasuresView:
        """Those of every reader of the study."""
        reader.require(Right.READ_STUDIES)
        found = found_study(self.archive, reader.wall, hospital, study)
        with self.archive.read() as connection:
            kept = measures.of_study(connection, reader.wall, found.id)
            names = users.names(connection, {each.by for each in kept})
        return MeasuresView(
            measures=tuple(
                MeasureView(
                    id=each.measure.id,
                    study_instance_uid=each.study_instance_uid,
                    series_instance_uid=each.series_instance_uid,
                    kind=each.measure.kind,
                    sop_instance_uid=each.measure.sop_instance_uid,
                    frame=each.measure.frame_number,
                    points_px=each.measure.points_px,
                    by=Named(id=each.by, name=names.get(each.by, each.by)),
                    at=moment(each.at),
                )
                for each in kept
            )
        )

    def keep(
        self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, measure: MeasurePath, body: MeasureBody
    ) -> Response:
        """Keep one, or its new form, under an id of the page's own: to ask twice is to ask once."""
        reader.require(Right.REVIEW)
        found = found_study(self.archive, reader.wall, hospital, study)
        with _told(), self.archive.write() as connection:
            drawn = Measure(measure, body.kind, body.sop_instance_uid, body.frame, body.points_px)
            _require_image(connection, reader.wall, found, drawn.sop_instance_uid)
            measures.keep(connection, reader.wall, found, drawn)
        return Response(status_code=204)

    def remove(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, measure: MeasurePath) -> Response:
        """Show it no more; one that is gone stays gone."""
        reader.require(Right.REVIEW)
        found = found_study(self.archive, reader.wall, hospital, study)
        with _told(), self.archive.write() as connection:
            measures.remove(connection, reader.wall, found, measure)
        return Response(status_code=204)


def _require_image(connection: Connection, wall: Wall, study: Study, sop_instance_uid: str) -> None:
    """Raises ImageUnknown. Readers measure on what hangs beside, too: an earlier study of the same patient."""
    image = instances.by_uid(connection, wall, study.hospital, sop_instance_uid)
    if image is not None and image.study_id != study.id:
        beside = studies.get(connection, wall, image.study_id)
        is_theirs = beside is not None and study.patient_id != "" and _patient(beside) == _patient(study)
        image = image if is_theirs else None
    if image is None or not image.is_image:
        raise ImageUnknown("no image of the patient's")


def _patient(study: Study) -> tuple[str, str]:
    return study.patient_id, study.patient_id_issuer


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except MeasureFault as fault:
        kind, detail = _FAULTS[type(fault)]
        raise Problem(kind, detail) from fault


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operations of measures."""
    endpoints = MeasureEndpoints(archive)
    router = APIRouter(prefix=PREFIX, tags=["reading"], route_class=route_class, include_in_schema=False)
    every = "/studies/{hospital}/{study}/measures"
    one = f"{every}/{{measure}}"
    router.add_api_route(every, endpoints.listed, methods=["GET"])
    router.add_api_route(one, endpoints.keep, methods=["PUT"], status_code=204)
    router.add_api_route(one, endpoints.remove, methods=["DELETE"], status_code=204)
    return router
