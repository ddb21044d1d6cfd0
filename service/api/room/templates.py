"""Templates and phrases over HTTP: those for an examination, one's own, and what is shared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from fastapi.routing import APIRoute
from sqlalchemy import Connection

from models.manifest import Text
from service.access.problems import FORBIDDEN, INVALID_REQUEST, Problem, not_found
from service.access.reader_doors import Reader, ReaderDep
from service.api.room.shape import PREFIX, HospitalPath, StudyPath, found_study
from service.api.room.templates_shapes import NewTemplateBody, TemplateBody, TemplatesView, TemplateView
from service.archive import hospitals, studies, templates, worklist
from service.archive.store import Archive
from service.domain.report import MAX_TEXT_LENGTH, TextTooLong
from service.domain.template import (
    Examined,
    FitsNothing,
    ShortcutMissing,
    SlotBroken,
    Template,
    TemplateEmpty,
    TemplateFault,
    TemplateNameless,
    fitting,
)
from service.domain.template_texts import BUILT_IN
from service.domain.user import Right
from service.domain.wall import BehindTheWall, HospitalId

TemplatePath = Annotated[str, Path(max_length=64)]
_FAULTS: Final = {
    TemplateNameless: Text(zh="请填写名称（不超过 80 字）。", en="Give it a name of at most 80 characters."),
    TemplateEmpty: Text(zh="请填写内容。", en="Write what it says."),
    ShortcutMissing: Text(
        zh="短语须有 1 至 16 位小写字母或数字的快捷码；模板不设快捷码。",
        en="A phrase has a shortcut of 1 to 16 small letters and digits; a template has none.",
    ),
    SlotBroken: Text(
        zh="发现的位置写作 {findings|无发现时的文字}，每栏至多一处。",
        en="Write {findings|words where there are none} once in a part, where findings go.",
    ),
    FitsNothing: Text(
        zh="检查类型须为大写代码（如 CT），部位须从列表中选择。",
        en="A modality is a code in capitals such as CT; choose the body part from the list.",
    ),
}
_TOO_LONG: Final = Text(
    zh=f"每栏文字不超过 {MAX_TEXT_LENGTH} 字。", en=f"Each part has at most {MAX_TEXT_LENGTH} characters; shorten it."
)
_TEMPLATE: Final = Text(zh="模板", en="template")


@dataclass(frozen=True, slots=True)
class TemplateEndpoints:
    """Everything about templates and phrases."""

    archive: Archive

    def for_study(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> TemplatesView:
        """What fits the examination, phrases among them: the best first of each language a report can be written in."""
        reader.require(Right.READ_STUDIES)
        found = found_study(self.archive, reader.wall, hospital, study)
        with self.archive.read() as connection:
            listed = worklist.of_study(connection, reader.wall, found.id)
            series = studies.series_of(connection, reader.wall, found.id)
            known = (*templates.visible(connection, reader.wall), *BUILT_IN)
        modality = "" if listed is None else listed.modality
        body_part = next((each.body_part for each in series if each.body_part), "")
        examined = Examined(modality, body_part, found.study_description)
        return _views(reader, fitting(known, examined, found.hospital))

    def listed(self, reader: ReaderDep) -> TemplatesView:
        """Everything the reader can use, in every language."""
        reader.require(Right.REVIEW)
        with self.archive.read() as connection:
            known = (*templates.visible(connection, reader.wall), *BUILT_IN)
        return _views(reader, known)

    def add(self, reader: ReaderDep, body: NewTemplateBody) -> TemplateView:
        """Keep one's own, or one for others."""
        reader.require(Right.REVIEW)
        with _told(), self.archive.write() as connection:
            if body.is_shared:
                reader.require(Right.AUDIT_REPORTS)
                made = templates.add_shared(connection, reader.wall, body.wording, _hospital(connection, reader, body))
            else:
                made = templates.add_own(connection, reader.wall, body.wording)
        return _view(reader, made)

    def change(self, reader: ReaderDep, template: TemplatePath, body: TemplateBody) -> TemplateView:
        """Say something else from now on."""
        reader.require(Right.REVIEW)
        with _told(), self.archive.write() as connection:
            found = _changeable(connection, reader, template)
            return _view(reader, templates.change(connection, reader.wall, found, body.wording))

    def remove(self, reader: ReaderDep, template: TemplatePath) -> Response:
        """Offer it no more."""
        reader.require(Right.REVIEW)
        with _told(), self.archive.write() as connection:
            templates.remove(connection, reader.wall, _changeable(connection, reader, template))
        return Response(status_code=204)


def _hospital(connection: Connection, reader: Reader, body: NewTemplateBody) -> HospitalId | None:
    """For whose readers it is; raises Problem for a hospital the reader does not know."""
    if body.hospital is None:
        return None
    known = next((each.id for each in hospitals.everyone(connection, reader.wall) if each.id == body.hospital), None)
    if known is None:
        raise not_found(Text(zh="医院", en="hospital"))
    return known


def _changeable(connection: Connection, reader: Reader, template_id: str) -> Template:
    found = templates.get(connection, reader.wall, template_id)
    if found is None:
        raise not_found(_TEMPLATE)
    if not _may_change(reader, found):
        detail = Text(zh="共享模板由高年资医师维护。", en="A senior physician looks after what is shared.")
        raise Problem(FORBIDDEN, detail)
    return found


def _may_change(reader: Reader, template: Template) -> bool:
    if template.is_built_in:
        return False
    if template.owner is not None:
        return True
    is_reach = reader.wall.hospitals is None if template.hospital is None else reader.wall.lets(template.hospital)
    return is_reach and Right.AUDIT_REPORTS in reader.user.rights


def _view(reader: Reader, template: Template) -> TemplateView:
    return TemplateView.of(template, may_change=_may_change(reader, template))


def _views(reader: Reader, known: Iterable[Template]) -> TemplatesView:
    return TemplatesView(templates=tuple(_view(reader, each) for each in known))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except TemplateFault as fault:
        raise Problem(INVALID_REQUEST, _FAULTS[type(fault)]) from fault
    except TextTooLong as fault:
        raise Problem(INVALID_REQUEST, _TOO_LONG) from fault
    except BehindTheWall as fault:
        detail = Text(
            zh="请选择您负责的医院；仅服务全部医院的医师可向所有人共享。",
            en="Choose a hospital you read for; who reads for every one can share with everybody.",
        )
        raise Problem(FORBIDDEN, detail) from fault


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operations of templates and phrases."""
    endpoints = TemplateEndpoints(archive)
    router = APIRouter(prefix=PREFIX, tags=["templates"], route_class=route_class, include_in_schema=False)
    for method, path, endpoint, status in (
        ("GET", "/studies/{hospital}/{study}/templates", endpoints.for_study, 200),
        ("GET", "/templates", endpoints.listed, 200),
        ("POST", "/templates", endpoints.add, 201),
        ("PUT", "/templates/{template}", endpoints.change, 200),
        ("DELETE", "/templates/{template}", endpoints.remove, 204),
    ):
        router.add_api_route(path, endpoint, methods=[method], status_code=status)
    return router
