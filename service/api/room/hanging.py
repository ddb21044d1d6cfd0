"""Hanging protocols over HTTP: how an examination is hung, and how the reader wants its kind to be hung."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import Field
from sqlalchemy import Connection

from models.manifest import Text
from models.windows import Window
from service.access.problems import INVALID_REQUEST, Problem
from service.access.reader_doors import Reader, ReaderDep
from service.api.room.series import series_lines
from service.api.room.shape import PREFIX, HospitalPath, Shape, StudyPath, found_study
from service.archive import hanging_protocols, studies
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.hanging import (
    Earlier,
    ExamKind,
    HangableSeries,
    Hung,
    HungLayout,
    HungPlace,
    PlacesMismatch,
    built_in,
    hang,
    prior_of,
)
from service.domain.user import Right

_MOST_PRIORS: Final = 20
_MISMATCH: Final = Text(
    zh="布局与图像区数目不符，请在图像显示后再保存。",
    en="The layout does not fit its places; save it once images are shown.",
)


class WindowBody(Shape):
    """A window in Hounsfield units, as the LINEAR function of PS3.3 C.11.2.1.2.1 takes it."""

    centre: float = Field(ge=-100_000, le=100_000, allow_inf_nan=False)
    width: float = Field(ge=1, le=200_000, allow_inf_nan=False)


class PlaceView(Shape):
    """A series in a place. window: null leaves it to the images."""

    study_instance_uid: str
    series_instance_uid: str
    window: WindowBody | None


class KindView(Shape):
    """For which examinations it holds. region: empty for those of no known body part."""

    modality: str
    region: str


class HangingView(Shape):
    """How the study is hung. is_own: by a protocol of the reader's, which can be given up for the built-in one."""

    kind: KindView
    is_own: bool
    layout: HungLayout
    is_linked: bool
    places: tuple[PlaceView | None, ...]


class PlaceBody(Shape):
    """What lies in a place now."""

    study_instance_uid: str = Field(max_length=64, pattern=r"^[0-9.]+$")
    series_instance_uid: str = Field(max_length=64, pattern=r"^[0-9.]+$")
    window: WindowBody | None = None


class HangingBody(Shape):
    """How the study hangs now, to hang others of its kind so."""

    layout: HungLayout
    is_linked: bool
    places: tuple[PlaceBody | None, ...] = Field(min_length=1, max_length=4)


@dataclass(frozen=True, slots=True)
class HangingEndpoints:
    """One's own way to hang a kind of examination."""

    archive: Archive

    def hanging(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> HangingView:
        """Which series lie where when the study is opened."""
        reader.require(Right.READ_STUDIES)
        found = found_study(self.archive, reader.wall, hospital, study)
        with self.archive.read() as connection:
            return _view(connection, reader, found)

    def keep(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath, body: HangingBody) -> HangingView:
        """Hang examinations like this one as it hangs now."""
        reader.require(Right.REVIEW)
        found = found_study(self.archive, reader.wall, hospital, study)
        with self.archive.write() as connection:
            try:
                hung = Hung(body.layout, body.is_linked, _places(connection, reader, found, body))
            except PlacesMismatch as fault:
                raise Problem(INVALID_REQUEST, _MISMATCH) from fault
            hanging_protocols.keep(connection, reader.wall, _kind(connection, reader, found), hung)
            return _view(connection, reader, found)

    def forget(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> HangingView:
        """Return to the built-in protocol for examinations like this one."""
        reader.require(Right.REVIEW)
        found = found_study(self.archive, reader.wall, hospital, study)
        with self.archive.write() as connection:
            hanging_protocols.forget(connection, reader.wall, _kind(connection, reader, found))
            return _view(connection, reader, found)


def _view(connection: Connection, reader: Reader, study: Study) -> HangingView:
    kind = _kind(connection, reader, study)
    kept = hanging_protocols.own(connection, reader.wall, kind)
    hung = kept or built_in(kind)
    earlier = [
        Earlier(each.study_instance_uid, each.study_date, each.study_description, _series(connection, reader, each))
        for each in studies.priors(connection, reader.wall, study, _MOST_PRIORS)
    ]
    prior = prior_of(kind, study.study_date, earlier)
    fitted = hung if prior is not None else hung.without_prior()
    hangings = hang(fitted, _series(connection, reader, study), () if prior is None else prior.series)
    beside = "" if prior is None else prior.uid
    return HangingView(
        kind=KindView(modality=kind.modality, region=kind.region),
        is_own=kept is not None,
        layout=fitted.layout,
        is_linked=fitted.is_linked,
        places=tuple(
            None
            if each is None
            else PlaceView(
                study_instance_uid=beside if each.is_prior else study.study_instance_uid,
                series_instance_uid=each.series.uid,
                window=None
                if each.window is None
                else WindowBody(centre=each.window.centre_hu, width=each.window.width_hu),
            )
            for each in hangings
        ),
    )


def _kind(connection: Connection, reader: Reader, study: Study) -> ExamKind:
    series = _series(connection, reader, study)
    modality = next((each.modality for each in series if each.modality), "")
    body_part = next((each.body_part for each in series if each.body_part), "")
    return ExamKind.of(modality, body_part, study.study_description)


def _series(connection: Connection, reader: Reader, study: Study) -> tuple[HangableSeries, ...]:
    """Those with pictures that the reader is shown, in their order."""
    return tuple(
        HangableSeries(each.series_instance_uid, each.modality, each.description, each.body_part, each.instance_count)
        for each in series_lines(connection, reader, study)
        if each.has_images
    )


def _places(connection: Connection, reader: Reader, study: Study, body: HangingBody) -> tuple[HungPlace | None, ...]:
    """By the names of the series: other examinations of the kind have series of the same names."""
    names = {each.uid: each.description for each in _series(connection, reader, study)}
    return tuple(
        None
        if each is None
        else HungPlace(
            is_prior=each.study_instance_uid != study.study_instance_uid,
            series_description=names.get(each.series_instance_uid, ""),
            window=None if each.window is None else Window(each.window.centre, each.window.width),
        )
        for each in body.places
    )


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operations of hanging protocols."""
    endpoints = HangingEndpoints(archive)
    router = APIRouter(prefix=PREFIX, tags=["reading"], route_class=route_class, include_in_schema=False)
    path = "/studies/{hospital}/{study}/hanging"
    router.add_api_route(path, endpoints.hanging, methods=["GET"])
    router.add_api_route(path, endpoints.keep, methods=["PUT"])
    router.add_api_route(path, endpoints.forget, methods=["DELETE"])
    return router
