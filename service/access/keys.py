"""API keys of machines: shown once, kept as SHA-256, each opening one hospital."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

from sqlalchemy import Connection

from service.archive import audit, hospitals
from service.archive.store import Archive
from service.domain.wall import HospitalId, Role, Wall

KEY_PREFIX: Final = "csk_"
KEY_BYTES: Final = 32
_KEY: Final = re.compile(r"csk_[A-Za-z0-9_-]{43}")
_WALL: Final = Wall.system("authenticate")


class AccessFault(Exception):
    """Base, never raised itself: nobody is let in."""


class KeyMissing(AccessFault):
    """The request carries no API key."""


class KeyUnknown(AccessFault):
    """The key is malformed, unknown or revoked; which of them is not told."""


def add_key(connection: Connection, wall: Wall, hospital: HospitalId) -> str:
    """Make a key for a hospital; the returned text is the only time anybody sees it."""
    key = KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)
    key_id = f"k{secrets.token_hex(8)}"
    hospitals.add_api_key(connection, wall, key_id=key_id, hospital=hospital, digest=digest(key))
    audit.act(connection, wall, hospital=hospital, action="key.add", subject=key_id)
    return key


def digest(key: str) -> str:
    """What is kept of a key. It has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(key.encode()).hexdigest()


def authenticate(archive: Archive, authorization: str | None) -> Wall:
    """The wall of a request's `Authorization: Bearer csk_…`. Raises KeyMissing, KeyUnknown, ArchiveUnavailable."""
    scheme, _, key = (authorization or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise KeyMissing("send the API key as `Authorization: Bearer csk_…`")
    if _KEY.fullmatch(key.strip()) is None:
        raise KeyUnknown("this is not an API key of this centre")
    with archive.read() as connection:
        found = hospitals.api_key(connection, _WALL, digest(key.strip()))
    if found is None:
        raise KeyUnknown("the API key is unknown or was revoked")
    return Wall(hospitals=frozenset({found.hospital}), role=Role.HOSPITAL, actor=f"key:{found.id}")
