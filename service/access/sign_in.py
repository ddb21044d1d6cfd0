"""Signing in at the browser: password and code, then a session under a token nobody has seen before."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from service.access import attempts, known_browser, second_factor
from service.access.passwords import fits, hashed
from service.access.second_factor import CodeNeeded, CodeWrong
from service.archive import audit, demo_mark, sessions, users
from service.archive.sessions import Session
from service.archive.store import Archive
from service.archive.users import Credentials
from service.domain.user import BadLogin, User, normal_login, require_strong
from service.domain.wall import Wall

_WALL: Final = Wall.system("sign-in")
_NOBODY: Final = "\0"
_UNKNOWN: Final = "unknown"
"""What stands on record of a login name that nobody has: it may be a password in the wrong field."""


class SignInFault(Exception):
    """Base, never raised itself: nobody was signed in."""


class NotRecognised(SignInFault):
    """Unknown login name, wrong password or disabled: which of them is not told."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody types, from where, and with which cookies."""

    login: str
    password: str
    code: str | None
    address: str
    cookies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session and its token, which goes into the cookie and is never seen again."""

    session: Session
    token: str


def sign_in(archive: Archive, typed: Typed) -> SignedIn:
    """Open a session. Raises NotRecognised, CodeNeeded, CodeWrong, TooManyAttempts, ArchiveUnavailable."""
    login = _compared(typed.login)
    source = attempts.network(typed.address)
    with archive.read() as connection:
        known = users.by_login(connection, login)
        is_strange = known is not None and known[0].is_demo and not demo_mark.is_marked(connection)
    browser = None if known is None else _browser(archive, *known, typed.cookies)
    strange = attempts.of_sign_in(archive.installation.key, login, source)
    attempt = attempts.take(archive, strange if browser is None else attempts.of_browser(browser))
    is_right = fits(typed.password, None if known is None else known[1].password_hash)
    if known is None or not is_right or known[0].is_disabled or is_strange:
        _refused(archive, _WALL, _UNKNOWN if known is None else known[0].id, source)
        raise NotRecognised("login name or password is not right")
    user, credentials = known
    if user.has_second_factor and not typed.code:
        with archive.write() as connection:
            attempts.take_back(connection, attempt)
        raise CodeNeeded("give the code of your authenticator")
    try:
        with archive.write() as connection:
            _require_same(connection, user.id, credentials.password_hash)
            if user.has_second_factor:
                second_factor.use(connection, archive.installation.key, user, typed.code or "")
            attempts.succeeded(connection, attempt)
            return _open(connection, user, source)
    except CodeWrong:
        _refused(archive, acting(user), user.id, source)
        raise


def unlock(archive: Archive, session: Session, password: str) -> SignedIn:
    """Go on in a locked session, under a fresh token. Raises NotRecognised, TooManyAttempts, ArchiveUnavailable."""
    require_password(archive, session, password)
    token = new_token()
    with archive.write() as connection:
        sessions.unlock(connection, session.id, digest(token))
        audit.act(connection, acting(session.user), hospital=None, action="session.unlock", subject=session.id)
    return SignedIn(session, token)


def change_password(
    archive: Archive, session: Session, old: str, new: str, prepare: Callable[[], Callable[[Connection], None]]
) -> SignedIn:
    """Take a new password; every other session ends.

    prepare: called once the old password was found right; makes what changes in the transaction of the new one. Raises
    NotRecognised, TooManyAttempts, WeakPassword, and what prepare raises: then nothing was changed.
    """
    proven = require_password(archive, session, old)
    require_strong(new, session.user.login)
    also, kept = prepare(), hashed(new)
    with archive.write() as connection:
        _require_same(connection, session.user.id, proven)
        users.set_password(connection, session.user.id, kept, must_change=False)
        also(connection)
        audit.act(connection, acting(session.user), hospital=None, action="user.password", subject=session.user.id)
        return _open_instead(connection, session)


def confirm_second_factor(archive: Archive, session: Session, code: str) -> SignedIn:
    """Take a second factor into use; sessions that were opened without it end. Raises NotBegun, CodeWrong."""
    with archive.write() as connection:
        second_factor.confirm(connection, archive.installation.key, session.user, code)
        audit.act(connection, acting(session.user), hospital=None, action="user.totp", subject=session.user.id)
        return _open_instead(connection, session)


def require_password(archive: Archive, session: Session, password: str) -> str:
    """What is kept of the password it was found to be.

    Raises NotRecognised, TooManyAttempts unless it is the password of who sits at this session.
    """
    attempt = attempts.take(archive, attempts.of_session(session.id))
    with archive.read() as connection:
        kept = users.credentials(connection, session.user.id).password_hash
    if not fits(password, kept):
        _refused(archive, acting(session.user), session.user.id, session.address or "")
        raise NotRecognised("the password is not right")
    with archive.write() as connection:
        attempts.succeeded(connection, attempt)
    return kept


def new_token() -> str:
    """A session's token: 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token; it has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


def acting(user: User) -> Wall:
    """The wall of somebody who signed in: administrators see no patient's data."""
    return Wall.person(user.id, frozenset() if user.is_administrator else user.hospitals)


def _open(connection: Connection, user: User, address: str | None) -> SignedIn:
    token = new_token()
    session = sessions.begin(connection, user, digest(token), address)
    detail = {} if address is None else {"address": address}
    audit.act(connection, acting(user), hospital=None, action="session.begin", subject=session.id, detail=detail)
    return SignedIn(session, token)


def _require_same(connection: Connection, user_id: str, proven: str) -> None:
    """Raises NotRecognised where the password was changed or reset while it was being looked at."""
    if users.credentials(connection, user_id).password_hash != proven:
        raise NotRecognised("the password was changed meanwhile")


def _open_instead(connection: Connection, session: Session) -> SignedIn:
    sessions.end_all_of(connection, session.user.id)
    return _open(connection, users.get(connection, session.user.id), session.address)


def _refused(archive: Archive, wall: Wall, subject: str, address: str) -> None:
    with archive.write() as connection:
        audit.act(
            connection, wall, hospital=None, action="session.refused", subject=subject, detail={"address": address}
        )


def _browser(archive: Archive, user: User, credentials: Credentials, cookies: Mapping[str, str]) -> str | None:
    cookie = cookies.get(known_browser.cookie_name(user))
    return known_browser.number_of(archive.installation.key, user, credentials, cookie)


def _compared(login: str) -> str:
    try:
        return normal_login(login)
    except BadLogin:
        return _NOBODY
