"""Connection tests over HTTP: asked for here, run by the flow worker, read until they are done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute

from models.manifest import Text
from service.access.problems import not_found
from service.access.reader_doors import ReaderDep
from service.api.room.admin.door import ADMIN, IdPath, administrator, told
from service.api.room.running import RunningCentre
from service.api.room.shape import PREFIX, Shape, moment
from service.archive import audit, hospitals, probes
from service.archive.probes import Probe, ProbeState
from service.archive.store import Archive
from service.domain.hospital import Language
from service.domain.peer_words import peer_words
from service.domain.wall import HospitalId
from service.domain.wording import said
from service.flow.bell import Step

_TEST: Final = Text(zh="连接测试", en="connection test of this hospital")


class TriedLine(Shape):
    """One thing that was tried, what came of it, and what to do where it went wrong."""

    good: bool
    text: str


class ConnectionTest(Shape):
    """A test of everything the hospital's results go to. good: null until it is done.

    While it is `due` for long, no flow worker runs.
    """

    id: str
    state: ProbeState
    requested_at: datetime
    good: bool | None
    lines: tuple[TriedLine, ...]

    @classmethod
    def of(cls, probe: Probe, language: Language) -> ConnectionTest:
        """From a row, in the reader's language."""
        is_done = probe.state is ProbeState.DONE
        return cls(
            id=probe.id,
            state=probe.state,
            requested_at=moment(probe.requested_at),
            good=all(good for good, _ in probe.report) if is_done else None,
            lines=tuple(TriedLine(good=good, text=said(peer_words(words), language)) for good, words in probe.report),
        )


@dataclass(frozen=True, slots=True)
class ConnectionEndpoints:
    """Whether results would get through."""

    archive: Archive
    centre: RunningCentre

    def begin(self, reader: ReaderDep, hospital: IdPath) -> ConnectionTest:
        """Ask for a test."""
        wall = administrator(reader)
        with told(), self.archive.write() as connection:
            known = hospitals.known(connection, wall, HospitalId(hospital))
            probe_id = probes.request(connection, wall, known.id)
            audit.act(connection, wall, hospital=known.id, action="hospital.test", subject=known.id)
            probe = probes.get(connection, wall, probe_id)
        self.centre.bell.ring(Step.PROBE)
        assert probe is not None, "it was asked for in this transaction"
        return ConnectionTest.of(probe, reader.language)

    def look(self, reader: ReaderDep, hospital: IdPath, test: IdPath) -> ConnectionTest:
        """How a test stands, and what it found."""
        wall = administrator(reader)
        with self.archive.read() as connection:
            probe = probes.get(connection, wall, test)
        if probe is None or probe.hospital != hospital:
            raise not_found(_TEST)
        return ConnectionTest.of(probe, reader.language)


def routes(archive: Archive, centre: RunningCentre, route_class: type[APIRoute]) -> APIRouter:
    """The operations on connection tests."""
    endpoints = ConnectionEndpoints(archive, centre)
    router = APIRouter(
        prefix=f"{PREFIX}{ADMIN}/hospitals", tags=["hospitals"], route_class=route_class, include_in_schema=False
    )
    tests = "/{hospital}/connection-tests"
    router.add_api_route(tests, endpoints.begin, methods=["POST"], status_code=202)
    router.add_api_route(f"{tests}/{{test}}", endpoints.look, methods=["GET"])
    return router
