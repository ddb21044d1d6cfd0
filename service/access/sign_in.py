"""Signing in at the browser: password, growing delay after failures, a session under a token nobody has seen before."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from service.access.passwords import fits, hashed
from service.archive import audit, demo_mark, sessions, users
from service.archive.sessions import Session
from service.archive.store import Archive, now
from service.domain.user import BadLogin, User, normal_login, require_strong
from service.domain.wall import Wall

FREE_ATTEMPTS: Final = 5
FREE_ATTEMPTS_OF_ADDRESS: Final = 50
"""Of one login name, and of one address, behind which a whole hospital may sit."""
FIRST_DELAY_S: Final = 15.0
LONGEST_DELAY_S: Final = 900.0
COUNTED_S: Final = 3600.0
"""Failures older than this are forgiven, so that nobody is locked out for ever."""
_WALL: Final = Wall.system("sign-in")


class SignInFault(Exception):
    """Base, never raised itself: nobody was signed in."""


class NotRecognised(SignInFault):
    """Unknown login name, wrong password or disabled: which of them is not told."""


class TooManyAttempts(SignInFault):
    """This login name or address has failed too often; wait."""

    def __init__(self, wait_s: float) -> None:
        """wait_s: how long."""
        super().__init__(f"try again in {wait_s:.0f} s")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session and its token, which goes into the cookie and is never seen again."""

    session: Session
    token: str


def sign_in(archive: Archive, login: str, password: str, address: str) -> SignedIn:
    """Open a session. Raises NotRecognised, TooManyAttempts, ArchiveUnavailable."""
    try:
        name = normal_login(login)
    except BadLogin:
        name = "\0"
    subjects = (_of_login(name), f"address:{address}")
    with archive.read() as connection:
        _require_patience(connection, subjects[0], FREE_ATTEMPTS)
        _require_patience(connection, subjects[1], FREE_ATTEMPTS_OF_ADDRESS)
        known = users.by_login(connection, name)
        is_strange = known is not None and known[0].is_demo and not demo_mark.is_marked(connection)
    is_right = fits(password, None if known is None else known[1].password_hash)
    if known is None or not is_right or known[0].is_disabled or is_strange:
        with archive.write() as connection:
            for subject in subjects:
                sessions.note_failure(connection, subject)
            audit.act(connection, _WALL, hospital=None, action="session.refused", subject=subjects[0])
        raise NotRecognised("login name or password is not right")
    with archive.write() as connection:
        sessions.forget_failures(connection, subjects[0])
        return _open(connection, known[0])


def unlock(archive: Archive, session: Session, password: str) -> SignedIn:
    """Go on in a locked session, under a fresh token. Raises NotRecognised, TooManyAttempts, ArchiveUnavailable."""
    require_password(archive, session.user, password)
    token = new_token()
    with archive.write() as connection:
        sessions.unlock(connection, session.id, digest(token))
        audit.act(connection, acting(session.user), hospital=None, action="session.unlock", subject=session.id)
    return SignedIn(session, token)


def change_password(
    archive: Archive, session: Session, old: str, new: str, also: Callable[[Connection], None]
) -> SignedIn:
    """Take a new password; every other session ends. also: what has to change with it, in the same transaction.

    Raises NotRecognised, TooManyAttempts, WeakPassword, and what also raises: then nothing was changed.
    """
    require_password(archive, session.user, old)
    require_strong(new, session.user.login)
    kept = hashed(new)
    with archive.write() as connection:
        users.set_password(connection, session.user.id, kept, must_change=False)
        also(connection)
        sessions.end_all_of(connection, session.user.id)
        audit.act(connection, acting(session.user), hospital=None, action="user.password", subject=session.user.id)
        return _open(connection, users.get(connection, session.user.id))


def require_password(archive: Archive, user: User, password: str) -> None:
    """Raises NotRecognised, TooManyAttempts unless it is the person's password; failures count as at signing in."""
    subject = _of_login(user.login)
    with archive.read() as connection:
        _require_patience(connection, subject, FREE_ATTEMPTS)
        kept = users.credentials(connection, user.id).password_hash
    if not fits(password, kept):
        with archive.write() as connection:
            sessions.note_failure(connection, subject)
            audit.act(connection, acting(user), hospital=None, action="session.refused", subject=user.id)
        raise NotRecognised("the password is not right")


def new_token() -> str:
    """A session's token: 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token; it has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


def acting(user: User) -> Wall:
    """The wall of somebody who signed in: administrators see no patient's data."""
    return Wall.person(user.id, frozenset() if user.is_administrator else user.hospitals)


def _open(connection: Connection, user: User) -> SignedIn:
    token = new_token()
    session = sessions.begin(connection, user, digest(token))
    audit.act(connection, acting(user), hospital=None, action="session.begin", subject=session.id)
    return SignedIn(session, token)


def _require_patience(connection: Connection, subject: str, free: int) -> None:
    count, last_at = sessions.failed_attempts(connection, subject, COUNTED_S)
    if count < free:
        return
    delay_s = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** (count - free))
    wait_s = last_at + delay_s - now(connection)
    if wait_s > 0:
        raise TooManyAttempts(wait_s)


def _of_login(login: str) -> str:
    """Not the name itself: people type their password into the wrong field."""
    return f"login:{hashlib.sha256(login.encode()).hexdigest()[:32]}"
