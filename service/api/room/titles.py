"""What packages are called for people: by the title of the manifest that was asked, not by the name machines use."""

from __future__ import annotations

from sqlalchemy import Connection

from service.archive import manifests
from service.archive.analyses import Analysis
from service.domain.hospital import Language
from service.domain.wall import Wall
from service.domain.wording import said


class Titles:
    """Titles in one language; each manifest is read once."""

    def __init__(self, connection: Connection, wall: Wall, language: Language) -> None:
        self._connection = connection
        self._wall = wall
        self._language = language
        self._known: dict[str, str] = {}

    def of(self, analysis: Analysis) -> str:
        """The package's title; its name where the manifest is not known."""
        known = self._known.get(analysis.package_digest)
        if known is None:
            manifest = manifests.get(self._connection, self._wall, analysis.package_digest)
            known = analysis.package if manifest is None else said(manifest.title, self._language)
            self._known[analysis.package_digest] = known
        return known
