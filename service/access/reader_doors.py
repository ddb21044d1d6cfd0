"""The door for a person: a session's cookie, the token against forged requests, and what their role lets them do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from models.manifest import Text
from service.access.doors import Caller
from service.access.problems import FORBIDDEN, Problem, not_found
from service.access.sign_in import acting, digest
from service.archive import hospitals, sessions
from service.archive.fresh import Fresh
from service.archive.sessions import NOTED_EVERY_S, Session
from service.archive.store import Archive, now
from service.domain.hospital import Language
from service.domain.user import Right, User
from service.domain.wall import HospitalId, Wall

COOKIE: Final = "consilium_session"
CSRF_HEADER: Final = "X-CSRF-Token"
ACTIVE_HEADER: Final = "X-User-Active"
_HOSPITAL: Final = Text(zh="医院", en="hospital")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class SessionFault(Exception):
    """Base, never raised itself: the person is not let in."""


class SessionMissing(SessionFault):
    """No session, or one that has ended: sign in."""


class SessionLocked(SessionFault):
    """The session waits for its password."""


class RequestForged(SessionFault):
    """The request does not come from our own pages."""


class NotReady(SessionFault):
    """Something has to be done first: a new password, a second factor."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who sits at the browser."""

    wall: Wall
    session: Session
    language: Language

    @property
    def user(self) -> User:
        """The person."""
        return self.session.user

    def require(self, right: Right) -> None:
        """Raises Problem when their role does not let them do this."""
        if right not in self.user.rights:
            raise Problem(
                FORBIDDEN,
                Text(zh="您的角色不允许此操作。", en="Your role does not let you do this."),
            )

    def sees(self, hospital: str) -> bool:
        """Whether the hospital's patients are behind their wall."""
        return self.wall.lets(HospitalId(hospital))


class ReaderDoor:
    """The door of a reader to one hospital's images: `hospital` in the path is behind their wall, or is not there."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._admitted: Fresh[tuple[bytes, str], Caller] = Fresh(archive.commits)

    def at_hand(self, request: Request) -> Caller | None:
        """The caller where the session was looked up a moment ago and nothing was committed since."""
        return self._admitted.at_hand(self._key(request)) if request.method in _SAFE else None

    def admit(self, request: Request) -> Caller:
        """Let a request in. Raises SessionFault, Problem, ArchiveUnavailable."""
        if request.method in _SAFE:
            return self._admitted.read(self._key(request), lambda: self._caller(request))
        return self._caller(request)

    def _caller(self, request: Request) -> Caller:
        reader = reader_of(self._archive, request)
        reader.require(Right.READ_STUDIES)
        with self._archive.read() as connection:
            known = hospitals.everyone(connection, reader.wall)
        hospital = next((each for each in known if each.id == request.path_params["hospital"]), None)
        if hospital is None:
            raise not_found(_HOSPITAL)
        wall = Wall.person(reader.user.id, frozenset({hospital.id}))
        return Caller(wall, hospital, reader.language)

    @staticmethod
    def _key(request: Request) -> tuple[bytes, str]:
        """No token is kept, only what tells it from others."""
        token = request.cookies.get(COOKIE, "")
        return hashlib.sha256(token.encode()).digest(), request.path_params["hospital"]


def needs(user: User) -> str | None:
    """What somebody has to do before anything else."""
    if user.must_change_password:
        return "new-password"
    if user.is_administrator and not user.has_second_factor:
        return "totp-enrolment"
    return None


def find_session(archive: Archive, token: str | None) -> Session:
    """The session of a cookie, locked or not. Raises SessionMissing, ArchiveUnavailable."""
    if not token:
        raise SessionMissing("sign in")
    with archive.read() as connection:
        session = sessions.by_token(connection, digest(token))
    if session is None:
        raise SessionMissing("the session has ended; sign in again")
    return session


def admit_reader(
    archive: Archive, token: str | None, *, method: str = "GET", csrf: str | None = None, is_active: bool = False
) -> Reader:
    """Let a person's request in. is_active: somebody touched keyboard or mouse, so the session is not idle.

    Raises SessionMissing, SessionLocked, NotReady, RequestForged, ArchiveUnavailable.
    """
    session = find_session(archive, token)
    require_own_page(session, method, csrf)
    if session.is_locked:
        raise SessionLocked("unlock the session with your password")
    if needs(session.user) is not None:
        raise NotReady(str(needs(session.user)))
    if is_active:
        note_activity(archive, session)
    return Reader(acting(session.user), session, session.user.language)


def require_own_page(session: Session, method: str, csrf: str | None) -> None:
    """Raises RequestForged for an unsafe method without the session's own token."""
    if method not in _SAFE and csrf != session.csrf:
        raise RequestForged("the request does not carry the session's token; load the page again")


def require_own_origin(request: Request) -> None:
    """Raises RequestForged for an unsafe request that another site's page sent; what is no browser names no origin."""
    origin = request.headers.get("origin")
    if request.method in _SAFE or origin is None:
        return
    _scheme, _, party = origin.partition("://")  # of nobody where it is no origin: "null", or anything at all
    if party != request.headers.get("host"):
        raise RequestForged("the request comes from another site's page")


def room_route(archive: Archive) -> type[APIRoute]:
    """A route class whose requests are let in before body and parameters are looked at."""

    class RoomRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                reader = await run_in_threadpool(reader_of, archive, request)
                request.state.reader = reader
                request.state.language = reader.language
                return await handle(request)

            return guarded

    return RoomRoute


def reader_of(archive: Archive, request: Request) -> Reader:
    """Let the sender of a request in. Raises as admit_reader."""
    require_own_origin(request)
    return admit_reader(
        archive,
        request.cookies.get(COOKIE),
        method=request.method,
        csrf=request.headers.get(CSRF_HEADER),
        is_active=request.headers.get(ACTIVE_HEADER) == "1",
    )


def note_activity(archive: Archive, session: Session) -> None:
    """Keep that somebody is at the keyboard; written at most every NOTED_EVERY_S."""
    with archive.read() as connection:
        is_fresh = session.active_at > now(connection) - NOTED_EVERY_S
    if not is_fresh:
        with archive.write() as connection:
            sessions.note_activity(connection, session)


def _reader(request: Request) -> Reader:
    reader = request.state.reader
    assert isinstance(reader, Reader), "the router is made with room_route"
    return reader


ReaderDep = Annotated[Reader, Depends(_reader)]
"""Who is asking, in the signature of an endpoint."""
