"""In which windows the CT series of a study are shown that name none: the page asks where a header is silent."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.routing import APIRoute

from models.windows import PRESETS, preset_for
from service.access.reader_doors import ReaderDep
from service.api.room.shape import PREFIX, HospitalPath, Shape, StudyPath, found_study
from service.archive import studies
from service.archive.store import Archive
from service.domain.user import Right


class WindowView(Shape):
    """A window in Hounsfield units. centre, width: as the LINEAR function of PS3.3 C.11.2.1.2.1 takes them."""

    centre: float
    width: float


class SeriesWindowView(Shape):
    """The window of one series."""

    series_instance_uid: str
    window: WindowView


class WindowsView(Shape):
    """Of the CT series of a study."""

    series: tuple[SeriesWindowView, ...]


@dataclass(frozen=True, slots=True)
class WindowsEndpoint:
    """The rule by which pictures are made for those without a decoder, for the page that has one."""

    archive: Archive

    def windows(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> WindowsView:
        """By body part and descriptions."""
        reader.require(Right.READ_STUDIES)
        found = found_study(self.archive, reader.wall, hospital, study)
        with self.archive.read() as connection:
            series = studies.series_of(connection, reader.wall, found.id)
        windows = [
            (each, PRESETS[preset_for(each.body_part, each.series_description, found.study_description)])
            for each in series
            if each.modality == "CT"
        ]
        return WindowsView(
            series=tuple(
                SeriesWindowView(
                    series_instance_uid=each.series_instance_uid,
                    window=WindowView(centre=window.centre_hu, width=window.width_hu),
                )
                for each, window in windows
            )
        )


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """One operation."""
    router = APIRouter(prefix=PREFIX, tags=["reading"], route_class=route_class, include_in_schema=False)
    router.add_api_route("/studies/{hospital}/{study}/windows", WindowsEndpoint(archive).windows, methods=["GET"])
    return router
