"""The door of an HTTP edge: nobody's request is even read before its key has opened a wall."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool

from service.access.keys import KeyUnknown, authenticate
from service.access.languages import preferred
from service.archive import hospitals
from service.archive.fresh import Fresh
from service.archive.store import Archive
from service.domain.hospital import Hospital, Language
from service.domain.wall import HospitalId, Role, Wall

_BEARER = HTTPBearer(
    scheme_name="api-key",
    bearerFormat="csk_…",
    auto_error=False,
    description="医院的 API 密钥，由中心发放，只显示一次。 / The hospital's API key; shown once when it is made.",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling: a wall around one hospital, that hospital, and the language to answer in."""

    wall: Wall
    hospital: Hospital
    language: Language

    @property
    def hospital_id(self) -> HospitalId:
        """The hospital behind the wall."""
        return self.hospital.id


def admit(archive: Archive, authorization: str | None, accept_language: str | None) -> Caller:
    """Let a request in. Raises KeyMissing, KeyUnknown, ArchiveUnavailable."""
    wall = authenticate(archive, authorization)
    with archive.read() as connection:
        found = hospitals.everyone(connection, wall)
    if len(found) != 1:
        raise KeyUnknown("the hospital of this key was removed")
    return Caller(wall, found[0], preferred(accept_language, found[0].language))


def jointly(walls: Iterable[Wall]) -> Wall:
    """One wall around the hospitals of several callers, to look once for all of them; never to show anything by."""
    known = tuple(walls)
    seen = frozenset(hospital for wall in known for hospital in wall.hospitals or ())
    everywhere = any(wall.hospitals is None for wall in known)
    return Wall(hospitals=None if everywhere else seen, role=Role.HOSPITAL, actor="several callers")


class Door(Protocol):
    """What lets a request in to one hospital's data, or raises what its sender is told."""

    def at_hand(self, request: Request) -> Caller | None:
        """The caller where nothing has to be asked; never waits."""

    def admit(self, request: Request) -> Caller:
        """The caller. Raises KeyMissing, KeyUnknown, SessionFault, Problem, ArchiveUnavailable."""


class KeyDoor:
    """The door for machines: an API key. A revoked key is one from the next request on (service.archive.fresh)."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._admitted: Fresh[bytes, Caller] = Fresh(archive.commits)

    def at_hand(self, request: Request) -> Caller | None:
        """The caller where the key was looked up before and nothing was committed since."""
        return self._admitted.at_hand(self._digest(request))

    def admit(self, request: Request) -> Caller:
        """Let a request in. Raises KeyMissing, KeyUnknown, ArchiveUnavailable."""
        headers = request.headers
        return self._admitted.read(
            self._digest(request),
            lambda: admit(self._archive, headers.get("authorization"), headers.get("accept-language")),
        )

    @staticmethod
    def _digest(request: Request) -> bytes:
        """No key is kept, only what tells it from others."""
        headers = request.headers
        said = f"{headers.get('accept-language', '')}\n{headers.get('authorization', '')}"
        return hashlib.sha256(said.encode()).digest()


async def let_in(door: Door, request: Request) -> Caller:
    """Let a request in before anything else of it is looked at, and remember who sent it."""
    caller = door.at_hand(request)
    if caller is None:
        caller = await run_in_threadpool(door.admit, request)
    request.state.caller = caller
    request.state.language = caller.language
    return caller


def guarded_route(archive: Archive) -> type[APIRoute]:
    """A route class for machines: requests are authenticated before body and parameters are looked at."""
    return route_behind(KeyDoor(archive))


def route_behind(door: Door) -> type[APIRoute]:
    """A route class whose requests are let in by a door before body and parameters are looked at."""

    class GuardedRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                await let_in(door, request)
                return await handle(request)

            return guarded

    return GuardedRoute


def _caller(request: Request, _documented: Annotated[object, Security(_BEARER)]) -> Caller:
    caller = request.state.caller
    assert isinstance(caller, Caller), "the route is made with route_behind"
    return caller


CallerDep = Annotated[Caller, Depends(_caller)]
"""The caller, in the signature of an endpoint."""
