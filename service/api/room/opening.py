"""Opening a study by a hospital's one-time link: the page hands the token over, and is told where to go or why not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute

from models.manifest import Text
from service.access.auditing import record_read
from service.access.open_links import (
    LinkChanged,
    LinkExpired,
    LinkFault,
    LinkOfAnotherHospital,
    LinkOfAnotherPerson,
    LinkUsed,
    NothingToOpen,
    redeem,
)
from service.access.problems import Problem
from service.access.reader_doors import Reader, ReaderDep
from service.api.room import problems
from service.api.room.shape import PREFIX, Named, PatientView, Shape, iso_date
from service.archive import hospitals, studies
from service.archive.open_links import Subject
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.user import Right

_PURPOSE: Final = "open-link"
_FAULTS: Final = {
    LinkChanged: (
        problems.LINK_CHANGED,
        Text(
            zh="链接不完整或已被改动。请在医院系统中重新打开该检查。",
            en="The link is cut or was changed. Open the examination from the hospital's system again.",
        ),
    ),
    LinkExpired: (
        problems.LINK_EXPIRED,
        Text(
            zh="链接已过期（五分钟内有效）。请在医院系统中重新打开该检查。",
            en="The link has run out; it is good for five minutes. Open the examination from the hospital's system "
            "again.",
        ),
    ),
    LinkUsed: (
        problems.LINK_USED,
        Text(
            zh="链接已使用过，每个链接只能打开一次。请在医院系统中重新打开，或在工作列表中查找该检查。",
            en="The link was used before; each opens once. Open the examination from the hospital's system again, or "
            "find it in the worklist.",
        ),
    ),
    LinkOfAnotherHospital: (
        problems.LINK_NOT_YOURS,
        Text(
            zh="该链接来自您不负责阅片的医院。如应由您阅片，请联系中心管理员。",
            en="The link comes from a hospital you do not read for. If you should, ask the centre's administrator.",
        ),
    ),
    LinkOfAnotherPerson: (
        problems.LINK_NOT_YOURS,
        Text(
            zh="该链接指定由另一位用户打开。请退出后以该用户登录，或在工作列表中查找该检查。",
            en="The link was made for another login. Sign in as that person, or find the examination in the worklist.",
        ),
    ),
    NothingToOpen: (
        problems.NOTHING_TO_OPEN,
        Text(
            zh="中心尚未收到该检查的影像。请确认医院 PACS 已发送，稍后再试；链接在有效期内仍可使用。",
            en="The centre has no images of this examination yet. See that the hospital's PACS has sent them and try "
            "again; the link stays good until it runs out.",
        ),
    ),
}


class OpenBody(Shape):
    """What the address of the page holds; of any length: what was changed on its way is said and put on record."""

    accession: str | None = None
    study: str | None = None
    token: str


class OpenedStudy(Shape):
    """A study that can be opened."""

    study_instance_uid: str
    patient: str
    study_date: str | None
    description: str
    modalities: tuple[str, ...]
    image_count: int


class OpenedView(Shape):
    """Where to go: one study, or several of one accession number to choose from, the newest first."""

    hospital: Named
    studies: tuple[OpenedStudy, ...]


@dataclass(frozen=True, slots=True)
class OpenEndpoints:
    """Using a link up."""

    archive: Archive

    def open(self, reader: ReaderDep, body: OpenBody) -> OpenedView:
        """The studies of a link."""
        reader.require(Right.READ_STUDIES)
        with _told():
            found = redeem(self.archive, reader.wall, reader.user, Subject(body.accession, body.study), body.token)
        for study in found:
            record_read(self.archive, reader.wall, study.hospital, subject=study.study_instance_uid, purpose=_PURPOSE)
        return self._view(reader, found)

    def _view(self, reader: Reader, found: tuple[Study, ...]) -> OpenedView:
        with self.archive.read() as connection:
            hospital = hospitals.get(connection, reader.wall, found[0].hospital)
            modalities = {
                each.id: sorted({one.modality for one in studies.series_of(connection, reader.wall, each.id)} - {""})
                for each in found
            }
        return OpenedView(
            hospital=Named(id=hospital.id, name=hospital.name),
            studies=tuple(
                OpenedStudy(
                    study_instance_uid=each.study_instance_uid,
                    patient=PatientView.of(each, reader.language).name,
                    study_date=iso_date(each.study_date),
                    description=each.study_description,
                    modalities=tuple(modalities[each.id]),
                    image_count=each.image_count,
                )
                for each in found
            ),
        )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except LinkFault as fault:
        kind, detail = _FAULTS[type(fault)]
        raise Problem(kind, detail) from fault


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operation that uses a link."""
    router = APIRouter(prefix=PREFIX, tags=["open"], route_class=route_class, include_in_schema=False)
    router.add_api_route("/open", OpenEndpoints(archive).open, methods=["POST"])
    return router
