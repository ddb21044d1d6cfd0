"""The keys people sign with, and the copy of one that a session has unlocked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from service.archive.people_tables import SESSION, SIGNING_KEY
from service.archive.store import now


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair; sealed_private_key is None once it is retired: it verifies and signs no more."""

    id: str
    user_id: str
    public_key: bytes
    sealed_private_key: bytes | None


def new_id() -> str:
    """An id for a key that is about to be made; its private half is sealed for it."""
    return f"sk{secrets.token_hex(12)}"


def add(connection: Connection, key: SigningKey) -> None:
    """Keep a person's key; the one before retires, and its copies in sessions go."""
    retire_all_of(connection, key.user_id)
    connection.execute(
        SIGNING_KEY.insert().values(
            id=key.id,
            user_id=key.user_id,
            public_key=key.public_key,
            sealed_private_key=key.sealed_private_key,
            created_at=now(connection),
        )
    )


def retire_all_of(connection: Connection, user_id: str) -> None:
    """Take the private halves of a person's keys away; what they signed stays verifiable."""
    connection.execute(
        update(SIGNING_KEY)
        .where(SIGNING_KEY.c.user_id == user_id, SIGNING_KEY.c.retired_at.is_(None))
        .values(retired_at=now(connection), sealed_private_key=None)
    )
    connection.execute(update(SESSION).where(SESSION.c.user_id == user_id).values(sealed_signing_key=None))


def of_user(connection: Connection, user_id: str) -> SigningKey | None:
    """The key a person signs with now."""
    return _one(connection, SIGNING_KEY.c.user_id == user_id, SIGNING_KEY.c.retired_at.is_(None))


def get(connection: Connection, key_id: str) -> SigningKey | None:
    """A key by id, retired or not."""
    return _one(connection, SIGNING_KEY.c.id == key_id)


def reseal(connection: Connection, key_id: str, sealed_private_key: bytes) -> None:
    """Keep the same key under another secret."""
    connection.execute(
        update(SIGNING_KEY).where(SIGNING_KEY.c.id == key_id).values(sealed_private_key=sealed_private_key)
    )


def unlocked_in(connection: Connection, session_id: str) -> tuple[bytes | None, int]:
    """The key as the session has it sealed, and how often its PIN was wrong."""
    row = connection.execute(
        select(SESSION.c.sealed_signing_key, SESSION.c.pin_failures).where(SESSION.c.id == session_id)
    ).one()
    return row.sealed_signing_key, row.pin_failures


def keep_unlocked(connection: Connection, session_id: str, sealed: bytes | None) -> None:
    """Keep the key for the rest of the session, or take it away."""
    connection.execute(
        update(SESSION).where(SESSION.c.id == session_id).values(sealed_signing_key=sealed, pin_failures=0)
    )


def count_pin_failure(connection: Connection, session_id: str) -> None:
    """The PIN was wrong once more."""
    connection.execute(
        update(SESSION).where(SESSION.c.id == session_id).values(pin_failures=SESSION.c.pin_failures + 1)
    )


def _one(connection: Connection, *conditions: object) -> SigningKey | None:
    row = connection.execute(select(SIGNING_KEY).where(*conditions)).one_or_none()  # type: ignore[arg-type]
    return None if row is None else SigningKey(row.id, row.user_id, row.public_key, row.sealed_private_key)
