"""Signing in, locking, going on: the session of somebody at a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from models.manifest import Text
from service.access import known_browser, second_factor, sign_in
from service.access.problems import INVALID_REQUEST, Problem
from service.access.reader_doors import (
    ACTIVE_HEADER,
    COOKIE,
    CSRF_HEADER,
    NotReady,
    SessionLocked,
    find_session,
    needs,
    note_activity,
    require_own_origin,
    require_own_page,
)
from service.access.sign_in import SignedIn, Typed, acting
from service.api.room.shape import PREFIX
from service.api.room.signing_key import signer
from service.api.session_shapes import (
    CodeBody,
    ElsewhereView,
    HospitalView,
    LanguageBody,
    NewPasswordBody,
    PinBody,
    SessionView,
    SignInBody,
    TotpView,
    UnlockBody,
    UserView,
)
from service.archive import audit, hospitals, sessions, signing_keys, users
from service.archive.sessions import IDLE_LOCK_S, LONGEST_S, Session
from service.archive.store import Archive, now
from service.domain.user import User, WeakPassword
from service.signing import keys


@dataclass(frozen=True, slots=True)
class SessionEndpoints:
    """Everything before and around the room itself."""

    archive: Archive
    version: str

    def begin(self, request: Request, response: Response, body: SignInBody) -> SessionView:
        """Sign in; whatever session the browser had is left behind."""
        require_own_origin(request)
        address = request.client.host if request.client is not None else "unknown"
        typed = Typed(body.login, body.password, body.code, address, request.cookies)
        opened = sign_in.sign_in(self.archive, typed)
        self._remember_browser(request, response, opened.session.user)
        return self._seated(request, response, opened)

    def look(self, request: Request) -> SessionView:
        """How the session stands; also while it is locked. Somebody at the keyboard keeps it open by this alone."""
        session = find_session(self.archive, request.cookies.get(COOKIE))
        if request.headers.get(ACTIVE_HEADER) == "1" and not session.is_locked:
            note_activity(self.archive, session)
        return self._view(session)

    def end(self, request: Request) -> Response:
        """Sign out."""
        session = self._own(request)
        with self.archive.write() as connection:
            sessions.end(connection, session.id)
            self._act(connection, session, "session.end")
        response = Response(status_code=204)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return response

    def lock(self, request: Request) -> Response:
        """Ask for the password before anything else."""
        session = self._own(request)
        with self.archive.write() as connection:
            sessions.lock(connection, session.id)
            self._act(connection, session, "session.lock")
        return Response(status_code=204)

    def unlock(self, request: Request, response: Response, body: UnlockBody) -> SessionView:
        """Go on where it was locked."""
        session = self._own(request)
        opened = sign_in.unlock(self.archive, session, body.password)
        return self._seated(request, response, opened)

    def password(self, request: Request, response: Response, body: NewPasswordBody) -> SessionView:
        """Take a new password; every other session ends, and the signing key is sealed anew, or made."""
        session = self._open(request)

        def resealed() -> Callable[[Connection], None]:
            key = keys.under_new_password(self.archive, session.user.id, body.old, body.new)
            return lambda connection: signing_keys.keep(connection, acting(session.user), key)

        try:
            opened = sign_in.change_password(self.archive, session, body.old, body.new, resealed)
        except WeakPassword as fault:
            detail = Text(
                zh="密码须为 12 至 256 个字符；除用户名、常见词和重复部分外，至少还有 8 个字符。",
                en="A password has 12 to 256 characters, 8 of them besides login name, common words and repetitions.",
            )
            raise Problem(INVALID_REQUEST, detail) from fault
        return self._seated(request, response, opened)

    def end_others(self, request: Request) -> Response:
        """Sign out everywhere else."""
        session = self._open(request)
        with self.archive.write() as connection:
            sessions.end_others_of(connection, session)
            self._act(connection, session, "session.end-others")
        return Response(status_code=204)

    def totp(self, request: Request) -> TotpView:
        """Begin with a second factor: a secret for an authenticator, which counts once its first code was given."""
        session = self._open(request)
        if session.user.must_change_password:
            raise NotReady(str(needs(session.user)))
        made = second_factor.begin(self.archive, session)
        return TotpView(secret=made.secret, otpauth_uri=made.uri)

    def confirm_totp(self, request: Request, response: Response, body: CodeBody) -> SessionView:
        """Take the second factor into use; every other session ends."""
        opened = sign_in.confirm_second_factor(self.archive, self._open(request), body.code)
        return self._seated(request, response, opened)

    def pin(self, request: Request, body: PinBody) -> SessionView:
        """Open the signing key for this session, and set the PIN it is used with from now on."""
        session = self._open(request)
        if needs(session.user) is not None:
            raise NotReady(str(needs(session.user)))
        token = request.cookies.get(COOKIE, "")
        signer(self.archive, session, token, pin=body.pin, password=body.password)
        return self._view(session)

    def language(self, request: Request, body: LanguageBody) -> SessionView:
        """Work in another language from now on."""
        session = self._open(request)
        with self.archive.write() as connection:
            users.set_language(connection, session.user.id, body.language)
        return self._view(find_session(self.archive, request.cookies.get(COOKIE)))

    def _open(self, request: Request) -> Session:
        session = self._own(request)
        if session.is_locked:
            raise SessionLocked("unlock the session with your password")
        return session

    def _own(self, request: Request) -> Session:
        require_own_origin(request)
        session = find_session(self.archive, request.cookies.get(COOKIE))
        require_own_page(session, request.method, request.headers.get(CSRF_HEADER))
        return session

    def _remember_browser(self, request: Request, response: Response, user: User) -> None:
        with self.archive.read() as connection:
            credentials = users.credentials(connection, user.id)
        response.set_cookie(
            known_browser.cookie_name(user),
            known_browser.issued(self.archive.installation.key, user, credentials),
            max_age=known_browser.KEPT_S,
            path=f"{PREFIX}/session",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )

    def _seated(self, request: Request, response: Response, opened: SignedIn) -> SessionView:
        response.set_cookie(
            COOKIE,
            opened.token,
            max_age=int(LONGEST_S),
            path="/",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return self._view(find_session(self.archive, opened.token))

    def _view(self, session: Session) -> SessionView:
        user = session.user
        return SessionView(
            user=UserView.of(user),
            hospitals=self._hospitals(user),
            csrf=session.csrf,
            needs=needs(user),
            locked=session.is_locked,
            idle_lock_s=IDLE_LOCK_S,
            idle_s=self._idle_s(session),
            elsewhere=self._elsewhere(session),
            has_second_factor=user.has_second_factor,
            has_pin=self._has_pin(session),
            is_demo=user.is_demo,
            version=self.version,
        )

    def _has_pin(self, session: Session) -> bool:
        with self.archive.read() as connection:
            return signing_keys.is_unlocked(connection, session.id)

    def _hospitals(self, user: User) -> tuple[HospitalView, ...]:
        with self.archive.read() as connection:
            seen = hospitals.everyone(connection, acting(user))
        return tuple(HospitalView(id=each.id, name=each.name, language=each.language) for each in seen)

    def _idle_s(self, session: Session) -> float:
        with self.archive.read() as connection:
            return max(now(connection) - session.active_at, 0.0)

    def _elsewhere(self, session: Session) -> tuple[ElsewhereView, ...]:
        with self.archive.read() as connection:
            others = sessions.others_of(connection, session)
        return tuple(ElsewhereView.of(each) for each in others)

    @staticmethod
    def _act(connection: Connection, session: Session, action: str) -> None:
        audit.act(connection, acting(session.user), hospital=None, action=action, subject=session.id)


def routes(archive: Archive, version: str) -> APIRouter:
    """The operations of a session. Each looks after its own door: some are for people without a session."""
    endpoints = SessionEndpoints(archive, version)
    router = APIRouter(prefix=f"{PREFIX}/session", tags=["session"], include_in_schema=False)
    router.add_api_route("", endpoints.begin, methods=["POST"])
    router.add_api_route("", endpoints.look, methods=["GET"])
    router.add_api_route("", endpoints.end, methods=["DELETE"], status_code=204)
    router.add_api_route("/lock", endpoints.lock, methods=["POST"], status_code=204)
    router.add_api_route("/unlock", endpoints.unlock, methods=["POST"])
    router.add_api_route("/others", endpoints.end_others, methods=["DELETE"], status_code=204)
    router.add_api_route("/totp", endpoints.totp, methods=["POST"])
    router.add_api_route("/totp", endpoints.confirm_totp, methods=["PUT"])
    router.add_api_route("/password", endpoints.password, methods=["PUT"])
    router.add_api_route("/pin", endpoints.pin, methods=["PUT"])
    router.add_api_route("/language", endpoints.language, methods=["PUT"])
    return router
