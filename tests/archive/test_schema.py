"""The steps of the schema lead to the tables the code works with; an older version leaves a newer archive alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from service.archive.store import Archive, ArchiveTooNew, ArchiveUnavailable
from service.archive.tables import METADATA


def test_a_fresh_archive_has_exactly_the_tables_of_the_code(archive: Archive) -> None:
    with archive.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)

    assert differences == []


def test_event_numbers_are_never_used_again(archive: Archive) -> None:
    with sqlite3.connect(archive.folder / "consilium.db") as database:
        (made,) = database.execute("SELECT sql FROM sqlite_master WHERE name = 'event'").fetchone()

    assert "AUTOINCREMENT" in made


def test_an_archive_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    Archive(tmp_path).close()
    with sqlite3.connect(tmp_path / "consilium.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(ArchiveTooNew, match="newer version"):
        Archive(tmp_path)


def test_a_database_without_its_key_is_not_opened(tmp_path: Path) -> None:
    Archive(tmp_path).close()
    (tmp_path / "secrets" / "installation.key").unlink()

    with pytest.raises(ArchiveUnavailable, match="key"):
        Archive(tmp_path)


def test_the_key_is_readable_by_its_owner_only_and_stays_the_same(tmp_path: Path) -> None:
    first = Archive(tmp_path)
    uid = first.installation.uid
    first.close()
    key = tmp_path / "secrets" / "installation.key"

    again = Archive(tmp_path)

    assert key.stat().st_mode & 0o077 == 0
    assert again.installation.uid == uid
    again.close()
