"""Manifests of the packages that were asked: a result is told of its package also when that is gone or newer."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from models.catalogue import Entry
from models.manifest import Manifest, canonical
from service.archive.tables import PACKAGE_MANIFEST
from service.domain.wall import Wall


def keep(connection: Connection, wall: Wall, entries: Iterable[Entry]) -> None:
    """Keep each package's manifest under its digest, once."""
    wall.guard_all()
    for entry in entries:
        kept = insert(PACKAGE_MANIFEST).values(digest=entry.digest, content=canonical(entry.manifest))
        connection.execute(kept.on_conflict_do_nothing())


def get(connection: Connection, _wall: Wall, digest: str) -> Manifest | None:
    """The manifest of a digest, None when no package of it was ever asked. It is no hospital's: every wall lets it."""
    statement = select(PACKAGE_MANIFEST.c.content).where(PACKAGE_MANIFEST.c.digest == digest)
    content = connection.execute(statement).scalar_one_or_none()
    return None if content is None else Manifest.model_validate_json(content)
