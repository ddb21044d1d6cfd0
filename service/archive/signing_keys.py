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


def keep(connection: Connection, key: SigningKey) -> None:
    """Keep a first key, or the same key under another secret; one that was retired meanwhile is replaced by nothing."""
    if get(connection, key.id) is None:
        add(connection, key)
        return
    connection.execute(
        update(SIGNING_KEY)
        .where(SIGNING_KEY.c.id == key.id, SIGNING_KEY.c.retired_at.is_(None))
        .values(sealed_private_key=key.sealed_private_key)
    )


def keep_unlocked(connection: Connection, session_id: str, sealed: bytes) -> None:
    """Keep the key for the rest of the session."""
    connection.execute(
        update(SESSION).where(SESSION.c.id == session_id).values(sealed_signing_key=sealed, pin_failures=0)
    )


def is_unlocked(connection: Connection, session_id: str) -> bool:
    """Whether the session holds a copy of the key that a PIN opens."""
    held = SESSION.c.sealed_signing_key.is_not(None)
    return connection.execute(select(held).where(SESSION.c.id == session_id)).scalar_one_or_none() is True


def take_pin_attempt(connection: Connection, session_id: str, most: int) -> bytes | None:
    """The key as the session has it sealed, the attempt counted already; None without a key or an attempt left."""
    counted = connection.execute(
        update(SESSION)
        .where(SESSION.c.id == session_id, SESSION.c.sealed_signing_key.is_not(None), SESSION.c.pin_failures < most)
        .values(pin_failures=SESSION.c.pin_failures + 1)
    )
    if counted.rowcount == 0:
        return None
    kept = connection.execute(select(SESSION.c.sealed_signing_key).where(SESSION.c.id == session_id)).scalar_one()
    return bytes(kept)


def forgive_pin_attempts(connection: Connection, session_id: str) -> None:
    """The PIN was right."""
    connection.execute(update(SESSION).where(SESSION.c.id == session_id).values(pin_failures=0))


def lock_again(connection: Connection, session_id: str, most: int) -> None:
    """Take the session's copy of the key away once no attempt is left."""
    connection.execute(
        update(SESSION)
        .where(SESSION.c.id == session_id, SESSION.c.pin_failures >= most)
        .values(sealed_signing_key=None, pin_failures=0)
    )


def _one(connection: Connection, *conditions: object) -> SigningKey | None:
    row = connection.execute(select(SIGNING_KEY).where(*conditions)).one_or_none()  # type: ignore[arg-type]
    return None if row is None else SigningKey(row.id, row.user_id, row.public_key, row.sealed_private_key)
