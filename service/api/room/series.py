"""The series of a study as a reader is shown them, and which of them hold images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy import Connection

from service.access.auditing import record_read
from service.access.reader_doors import Reader, ReaderDep
from service.api.room.shape import PREFIX, HospitalPath, Shape, StudyPath, found_study
from service.archive import hospitals, studies
from service.archive.shown import series_shown
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.user import Right
from service.domain.visibility import unsigned_to

_PURPOSE: Final = "reading"


class SeriesLine(Shape):
    """A series of the study. has_images: whether there is something to look at."""

    series_instance_uid: str
    modality: str
    number: int | None
    description: str
    body_part: str
    instance_count: int
    has_images: bool


class SeriesView(Shape):
    """By number."""

    series: tuple[SeriesLine, ...]


def series_lines(connection: Connection, reader: Reader, study: Study) -> tuple[SeriesLine, ...]:
    """Those that the reader's images have, too: not a package's own ones while its findings are kept back."""
    hospital = hospitals.get(connection, reader.wall, study.hospital)
    shown = series_shown(connection, reader.wall, study.id, unsigned_to(reader.user.id, hospital.packages))
    return tuple(
        SeriesLine(
            series_instance_uid=each.series_instance_uid,
            modality=each.modality,
            number=each.series_number,
            description=each.series_description,
            body_part=each.body_part,
            instance_count=each.instance_count,
            has_images=each.has_images,
        )
        for each in studies.series_of(connection, reader.wall, study.id)
        if each.series_instance_uid in shown
    )


@dataclass(frozen=True, slots=True)
class SeriesEndpoint:
    """What can be looked at, of an examination and of an earlier study beside it."""

    archive: Archive

    def series(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> SeriesView:
        """Every series of a study."""
        reader.require(Right.READ_STUDIES)
        found = found_study(self.archive, reader.wall, hospital, study)
        record_read(self.archive, reader.wall, found.hospital, subject=found.study_instance_uid, purpose=_PURPOSE)
        with self.archive.read() as connection:
            return SeriesView(series=series_lines(connection, reader, found))


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """One operation."""
    router = APIRouter(prefix=PREFIX, tags=["reading"], route_class=route_class, include_in_schema=False)
    router.add_api_route("/studies/{hospital}/{study}/series", SeriesEndpoint(archive).series, methods=["GET"])
    return router
