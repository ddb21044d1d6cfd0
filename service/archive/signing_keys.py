"""The keys people sign with, and the copy of one that a session has unlocked."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from service.archive import audit
from service.archive.people_tables import SESSION, SIGNING_KEY
from service.archive.store import now
from service.domain.wall import Wall


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


def add(connection: Connection, wall: Wall, key: SigningKey) -> None:
    """Keep a person's key and put on record that it was made; the one before retires, its copies in sessions go."""
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
    audit.act(connection, wall, hospital=None, action="signing-key.make", subject=key.user_id, detail=_named(key))


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


def made_at(connection: Connection, key_id: str) -> float | None:
    """When a key was made, as its row says."""
    return connection.execute(select(SIGNING_KEY.c.created_at).where(SIGNING_KEY.c.id == key_id)).scalar_one_or_none()


def is_on_record(connection: Connection, wall: Wall, key: SigningKey) -> bool:
    """Whether the making of this key, with this public half, is on record."""
    acts = audit.acts_on(connection, wall, None, key.user_id)
    return any(each.action == "signing-key.make" and each.detail == _named(key) for each in acts)


def _named(key: SigningKey) -> dict[str, str]:
    return {"key": key.id, "public_key": hashlib.sha256(key.public_key).hexdigest()}


def keep(connection: Connection, wall: Wall, key: SigningKey) -> None:
    """Keep a first key, or the same key under another secret; one that was retired meanwhile is replaced by nothing."""
    if get(connection, key.id) is None:
        add(connection, wall, key)
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
