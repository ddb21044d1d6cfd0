"""Sessions of people at their browsers. The token itself is never kept, only its digest."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from service.archive import users
from service.archive.people_tables import SESSION, SIGN_IN_ATTEMPT, USER
from service.archive.store import now
from service.domain.user import User

LONGEST_S: Final = 12 * 3600.0
IDLE_LOCK_S: Final = 600.0
NOTED_EVERY_S: Final = 30.0
"""Activity is written no more often than this, so that an image frame costs a read and nothing else."""
_COLUMNS: Final = (
    SESSION.c.id.label("session_id"),
    SESSION.c.created_at.label("begun_at"),
    SESSION.c.csrf,
    SESSION.c.address,
    SESSION.c.expires_at,
    SESSION.c.active_at,
    SESSION.c.locked_at,
    SESSION.c.ended_at,
)


@dataclass(frozen=True, slots=True)
class Session:
    """A session that has not ended. is_locked: by hand, or because nobody did anything for IDLE_LOCK_S.

    address: from where it was opened; None for one of a former version.
    """

    id: str
    csrf: str
    user: User
    address: str | None
    created_at: float
    expires_at: float
    active_at: float
    is_locked: bool


def begin(connection: Connection, user: User, token_digest: str, address: str | None) -> Session:
    """Open a session under a fresh token; those of the person that ran out are ended, with what they held."""
    moment = now(connection)
    connection.execute(
        update(SESSION)
        .where(SESSION.c.user_id == user.id, SESSION.c.ended_at.is_(None), SESSION.c.expires_at <= moment)
        .values(ended_at=SESSION.c.expires_at, sealed_signing_key=None)
    )
    session = Session(
        id=secrets.token_hex(16),
        csrf=secrets.token_urlsafe(24),
        user=user,
        address=address,
        created_at=moment,
        expires_at=moment + LONGEST_S,
        active_at=moment,
        is_locked=False,
    )
    connection.execute(
        SESSION.insert().values(
            id=session.id,
            token_digest=token_digest,
            csrf=session.csrf,
            user_id=user.id,
            address=address,
            created_at=moment,
            expires_at=session.expires_at,
            active_at=moment,
            pin_failures=0,
        )
    )
    return session


def by_token(connection: Connection, token_digest: str) -> Session | None:
    """The session of a token; None when it ended, ran out, or its person was disabled."""
    statement = (
        select(USER, *_COLUMNS).join(USER, USER.c.id == SESSION.c.user_id).where(SESSION.c.token_digest == token_digest)
    )
    row = connection.execute(statement).one_or_none()
    moment = now(connection)
    if row is None or row.ended_at is not None or row.disabled_at is not None or row.expires_at <= moment:
        return None
    return _session(row, moment)


def note_activity(connection: Connection, session: Session) -> None:
    """Keep that somebody is at the keyboard."""
    connection.execute(update(SESSION).where(SESSION.c.id == session.id).values(active_at=now(connection)))


def lock(connection: Connection, session_id: str) -> None:
    """Ask for the password before anything else."""
    connection.execute(update(SESSION).where(SESSION.c.id == session_id).values(locked_at=now(connection)))


def unlock(connection: Connection, session_id: str, token_digest: str) -> None:
    """Go on where it was locked, under a fresh token."""
    connection.execute(
        update(SESSION)
        .where(SESSION.c.id == session_id)
        .values(locked_at=None, active_at=now(connection), token_digest=token_digest, sealed_signing_key=None)
    )


def end(connection: Connection, session_id: str) -> None:
    """Log out."""
    connection.execute(
        update(SESSION).where(SESSION.c.id == session_id).values(ended_at=now(connection), sealed_signing_key=None)
    )


def others_of(connection: Connection, session: Session) -> tuple[Session, ...]:
    """The sessions that are open elsewhere under the same login, the newest first."""
    return tuple(each for each in open_of(connection, session.user.id) if each.id != session.id)


def open_of(connection: Connection, user_id: str) -> tuple[Session, ...]:
    """The sessions of a person that have not ended, the newest first."""
    moment = now(connection)
    statement = (
        select(USER, *_COLUMNS)
        .join(USER, USER.c.id == SESSION.c.user_id)
        .where(SESSION.c.user_id == user_id, SESSION.c.ended_at.is_(None), SESSION.c.expires_at > moment)
        .order_by(SESSION.c.created_at.desc())
    )
    return tuple(_session(row, moment) for row in connection.execute(statement))


def end_others_of(connection: Connection, session: Session) -> None:
    """End every session of a person but this one."""
    for other in others_of(connection, session):
        end(connection, other.id)


def end_all_of(connection: Connection, user_id: str) -> None:
    """End every session of a person."""
    connection.execute(
        update(SESSION)
        .where(SESSION.c.user_id == user_id, SESSION.c.ended_at.is_(None))
        .values(ended_at=now(connection), sealed_signing_key=None)
    )


def failed_attempts(connection: Connection, subject: str, within_s: float) -> tuple[int, float]:
    """How often attempts of this subject failed lately, and when one last did (0 when never)."""
    statement = select(SIGN_IN_ATTEMPT.c.at).where(
        SIGN_IN_ATTEMPT.c.subject == subject, SIGN_IN_ATTEMPT.c.at > now(connection) - within_s
    )
    moments = list(connection.execute(statement).scalars())
    return len(moments), max(moments, default=0.0)


def note_failure(connection: Connection, subject: str) -> int:
    """Keep that an attempt failed; the answer takes it back."""
    inserted = connection.execute(SIGN_IN_ATTEMPT.insert().values(subject=subject, at=now(connection)))
    (key,) = inserted.inserted_primary_key or (0,)
    return int(key)


def take_failures_back(connection: Connection, ids: Collection[int]) -> None:
    """These attempts did not fail."""
    connection.execute(SIGN_IN_ATTEMPT.delete().where(SIGN_IN_ATTEMPT.c.id.in_(sorted(ids))))


def forgive_failures(connection: Connection, older_than_s: float) -> None:
    """Drop what does not count any more."""
    connection.execute(SIGN_IN_ATTEMPT.delete().where(SIGN_IN_ATTEMPT.c.at < now(connection) - older_than_s))


def forget_failures(connection: Connection, subject: str) -> None:
    """An attempt succeeded: earlier failures of this subject do not count any more."""
    connection.execute(SIGN_IN_ATTEMPT.delete().where(SIGN_IN_ATTEMPT.c.subject == subject))


def _session(row: Row[Any], moment: float) -> Session:
    return Session(
        id=row.session_id,
        csrf=row.csrf,
        user=users.user_of(row),
        address=row.address,
        created_at=row.begun_at,
        expires_at=row.expires_at,
        active_at=row.active_at,
        is_locked=row.locked_at is not None or row.active_at < moment - IDLE_LOCK_S,
    )
