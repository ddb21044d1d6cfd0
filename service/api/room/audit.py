"""What is on record, for the audit administrator: who saw which patient, and who did what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.routing import APIRoute
from pydantic import AwareDatetime, Field

from models.manifest import Text
from service.access.problems import BAD_CURSOR, INVALID_REQUEST, Problem
from service.access.reader_doors import ReaderDep
from service.api.room.shape import PREFIX, Named, Shape, moment
from service.archive import audit, hospitals, users
from service.archive.audit import AuditFilter, Entry, PatientOf
from service.archive.paging import Paging
from service.archive.store import Archive
from service.domain.user import BadLogin, Right, normal_login
from service.domain.wall import HospitalId, Wall

_PERSON: Final = "user:"
_WITH_HOSPITAL: Final = Text(
    zh="按患者查询时须指定医院：患者号由各医院自行编制。",
    en="Name the hospital too: a patient ID is a hospital's own.",
)


class AuditQuery(Shape):
    """Whose acts on what, when; the newest first. study: its UID. since, until: until is excluded."""

    after: str | None = Field(default=None, max_length=64)
    limit: int = Field(default=100, ge=1, le=500)
    login: str | None = Field(default=None, max_length=64)
    actor: str | None = Field(default=None, max_length=64, pattern=r"^[a-z]+(:[a-z0-9 -]+)?$")
    hospital: str | None = Field(default=None, max_length=64)
    study: str | None = Field(default=None, max_length=64, pattern=r"^[0-9.]+$")
    patient_id: str | None = Field(default=None, max_length=64)
    action: str | None = Field(default=None, max_length=64, pattern=r"^[a-z.:-]+$")
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class ActorView(Shape):
    """Who acted: a person (user:…), a machine by its key (key:…), the centre itself (system:…). name: a person's."""

    id: str
    name: str | None


class EntryView(Shape):
    """One act. subject: a study's UID, `search` for a list of studies, else what was acted on.

    subject_name: of a person or a hospital that was acted on.
    """

    id: int
    at: datetime
    actor: ActorView
    hospital: Named | None
    action: str
    subject: str
    subject_name: str | None
    detail: Mapping[str, str]


class AuditPage(Shape):
    """Acts, the newest first. next: the cursor of the page behind this one. hospitals: those one can ask for."""

    items: tuple[EntryView, ...]
    next: str | None
    hospitals: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class AuditEndpoints:
    """Searching the record, which is an act on record itself."""

    archive: Archive

    def search(self, reader: ReaderDep, query: Annotated[AuditQuery, Query()]) -> AuditPage:
        """A page of what is on record."""
        reader.require(Right.SEARCH_AUDIT)
        wall = Wall.auditor(reader.user.id)
        wanted = self._wanted(query)
        paging = Paging(after=_place(query.after), limit=query.limit + 1)
        with self.archive.write() as connection:
            audit.act(
                connection,
                wall,
                hospital=wanted.hospital,
                action="audit.search",
                subject="audit",
                detail=_asked(wanted),
            )
        with self.archive.read() as connection:
            found = audit.search(connection, wall, wanted, paging)
            people = users.names(connection, _people(found))
            named = hospitals.names(connection, wall)
        page = found[: query.limit]
        return AuditPage(
            items=tuple(_entry(each, people, named) for each in page),
            next=f"{page[-1].at!r}_{page[-1].id}" if len(found) > query.limit else None,
            hospitals=tuple(Named(id=key, name=name) for key, name in named.items()),
        )

    def _wanted(self, query: AuditQuery) -> AuditFilter:
        if query.patient_id is not None and query.hospital is None:
            raise Problem(INVALID_REQUEST, _WITH_HOSPITAL)
        hospital = None if query.hospital is None else HospitalId(query.hospital)
        return AuditFilter(
            actor=query.actor if query.login is None else self._actor(query.login),
            hospital=hospital,
            subject=query.study,
            action=query.action,
            patient=None if hospital is None or query.patient_id is None else PatientOf(hospital, query.patient_id),
            since=None if query.since is None else query.since.timestamp(),
            until=None if query.until is None else query.until.timestamp(),
        )

    def _actor(self, login: str) -> str:
        """Nobody's acts where nobody has the login name."""
        try:
            with self.archive.read() as connection:
                known = users.by_login(connection, normal_login(login))
        except BadLogin:
            known = None
        return _PERSON if known is None else f"{_PERSON}{known[0].id}"


def _entry(entry: Entry, people: Mapping[str, str], named: Mapping[HospitalId, str]) -> EntryView:
    hospital = entry.hospital
    return EntryView(
        id=entry.id,
        at=moment(entry.at),
        actor=ActorView(id=entry.actor, name=people.get(entry.actor.removeprefix(_PERSON))),
        hospital=None if hospital is None else Named(id=hospital, name=named.get(hospital, hospital)),
        action=entry.action,
        subject=entry.subject,
        subject_name=people.get(entry.subject) or named.get(HospitalId(entry.subject)),
        detail=entry.detail,
    )


def _people(entries: Sequence[Entry]) -> set[str]:
    """Who could be a person: whoever acted, and whoever was acted on."""
    return {each.actor.removeprefix(_PERSON) for each in entries} | {each.subject for each in entries}


def _asked(wanted: AuditFilter) -> dict[str, str]:
    """What was looked for, without the patient's ID."""
    asked = {"actor": wanted.actor, "study": wanted.subject, "action": wanted.action}
    told = {name: value for name, value in asked.items() if value is not None}
    return told if wanted.patient is None else {**told, "by": "patient"}


def _place(cursor: str | None) -> tuple[float, int] | None:
    """The place behind which to go on. Raises Problem."""
    if cursor is None:
        return None
    at, _, identity = cursor.partition("_")
    try:
        place = float(at), int(identity)
    except ValueError as fault:
        raise _bad_cursor() from fault
    if not math.isfinite(place[0]) or not 0 <= place[1] < 2**63:
        raise _bad_cursor()
    return place


def _bad_cursor() -> Problem:
    return Problem(BAD_CURSOR, Text(zh="游标无效，请从首页开始。", en="The cursor is not valid; begin again."))


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operation of the audit administrator."""
    endpoints = AuditEndpoints(archive)
    router = APIRouter(prefix=PREFIX, tags=["audit"], route_class=route_class, include_in_schema=False)
    router.add_api_route("/audit", endpoints.search, methods=["GET"])
    return router
