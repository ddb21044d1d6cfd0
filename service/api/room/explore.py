"""What data scientists look at: how packages did on signed studies, where readers disagreed, and files of that.

Nothing here says whose images they are; who may see patients signs in with another role.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute

from models.manifest import Text
from service.access.auditing import EVERY_STUDY, record_read
from service.access.problems import NOT_ACCEPTABLE, Problem, not_found
from service.access.reader_doors import Reader, ReaderDep
from service.api.room.admin.places import cursor, place
from service.api.room.explore_shapes import (
    DisagreementPage,
    DisagreementQuery,
    DisagreementView,
    RecordPage,
    RecordQuery,
    RecordView,
    WantedQuery,
)
from service.api.room.running import RunningCentre
from service.api.room.shape import PREFIX, Named
from service.archive import disagreements, hospitals, manifests
from service.archive.disagreements import Disagreement
from service.archive.paging import Paging
from service.archive.store import Archive
from service.archive.track_record import track_records
from service.domain.track_record import LEAST_FOR_A_SHARE
from service.domain.user import Right
from service.flow.disagreement_lines import DisagreementLine, as_csv, as_json_lines, exported, line
from service.flow.disagreement_pictures import NotShown, Pictures, Window, places
from service.pixels.pool import DecodeFault

_LIST: Final = "explore"
_PICTURE: Final = "explore-picture"
_NOT_SHOWN: Final = Text(
    zh="此图像不显示：已不在中心，或其像素可能带有患者信息，或无法解码。",
    en="This image is not shown: it is not held any more, its pixels can carry the patient's name, or it is broken.",
)
DisagreementPath = Annotated[str, Path(pattern=r"^[0-9]{1,15}-[0-9a-f]{32}$")]


class Form(StrEnum):
    """Of a file that is taken out: a table for people, or one JSON object a line for programs."""

    CSV = "csv"
    JSONL = "jsonl"


class FileQuery(WantedQuery):
    """Which disagreements, in which form."""

    form: Form = Form.CSV


@dataclass(frozen=True, slots=True)
class ExploreEndpoints:
    """The operations of the data scientist's page."""

    archive: Archive
    pictures: Pictures

    def record(self, reader: ReaderDep, query: Annotated[RecordQuery, Query()]) -> RecordPage:
        """How each version of each package did."""
        reader.require(Right.EXPLORE)
        with self.archive.read() as connection:
            known = hospitals.everyone(connection, reader.wall)
            records = track_records(connection, reader.wall, query.narrowed)
            packages = tuple(
                RecordView.of(each, manifests.get(connection, reader.wall, each.of.digest), reader.language)
                for each in records
            )
        return RecordPage(
            packages=packages,
            hospitals=tuple(Named(id=each.id, name=each.name) for each in known),
            least_for_a_share=LEAST_FOR_A_SHARE,
        )

    def page(self, reader: ReaderDep, query: Annotated[DisagreementQuery, Query()]) -> DisagreementPage:
        """A page of disagreements."""
        reader.require(Right.EXPLORE)
        paging = Paging(after=place(query.after), limit=query.limit + 1)
        record_read(self.archive, reader.wall, None, subject=EVERY_STUDY, purpose=_LIST)
        with self.archive.read() as connection:
            found = disagreements.listed(connection, reader.wall, query.wanted, paging)
            names = {each.id: each.name for each in hospitals.everyone(connection, reader.wall)}
        shown = found[: query.limit]
        key = self.archive.installation.key
        last = shown[-1] if len(found) > query.limit else None
        return DisagreementPage(
            items=tuple(
                DisagreementView.of(
                    line(key, each), names.get(each.hospital, each.hospital), len(places(each)), reader.language
                )
                for each in shown
            ),
            next=None if last is None else cursor(float(last.seq), last.analysis_id),
        )

    def picture(
        self,
        reader: ReaderDep,
        disagreement: DisagreementPath,
        number: Annotated[int, Path(ge=1, le=2)],
        window: Window = Window.OWN,
    ) -> Response:
        """One of its images with what both sides drew."""
        reader.require(Right.EXPLORE)
        found = self._found(reader, disagreement)
        seen = places(found)
        if number > len(seen):
            raise not_found(Text(zh="图像", en="image"))
        record_read(self.archive, reader.wall, found.hospital, subject=found.study_instance_uid, purpose=_PICTURE)
        try:
            content = self.pictures.of(reader.wall, found, seen[number - 1], window)
        except (NotShown, DecodeFault) as fault:
            raise Problem(NOT_ACCEPTABLE, _NOT_SHOWN) from fault
        return Response(content, media_type="image/png")

    def file(self, reader: ReaderDep, query: Annotated[FileQuery, Query()]) -> Response:
        """Every disagreement of a choice as a file, which is an act on record."""
        reader.require(Right.EXPLORE)
        lines = exported(self.archive, reader.wall, query.wanted, query.form)
        name = f"disagreements-{datetime.now(UTC):%Y-%m-%d}.{query.form}"
        return StreamingResponse(
            _written(lines, query.form),
            media_type="text/csv; charset=utf-8" if query.form is Form.CSV else "application/jsonl",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _found(self, reader: Reader, disagreement: str) -> Disagreement:
        seq, _, analysis_id = disagreement.partition("-")
        with self.archive.read() as connection:
            found = disagreements.get(connection, reader.wall, int(seq), analysis_id)
        if found is None:
            raise not_found(Text(zh="分歧", en="disagreement"))
        return found


def _written(lines: Iterable[DisagreementLine], form: Form) -> Iterator[str]:
    return as_csv(lines) if form is Form.CSV else as_json_lines(lines)


def routes(archive: Archive, centre: RunningCentre, route_class: type[APIRoute]) -> APIRouter:
    """The operations of data scientists."""
    endpoints = ExploreEndpoints(archive, Pictures(archive, centre.pixels))
    router = APIRouter(prefix=f"{PREFIX}/explore", tags=["explore"], route_class=route_class, include_in_schema=False)
    router.add_api_route("/record", endpoints.record, methods=["GET"])
    router.add_api_route("/disagreements", endpoints.page, methods=["GET"])
    router.add_api_route("/disagreements/{disagreement}/pictures/{number}", endpoints.picture, methods=["GET"])
    router.add_api_route("/disagreements-file", endpoints.file, methods=["GET"])
    return router
