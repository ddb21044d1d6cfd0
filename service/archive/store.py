"""Opening the archive of one centre: its folder, its database, its key."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Float, create_engine, event, literal_column, select
from sqlalchemy.exc import OperationalError

from service.archive.fresh import Commits
from service.archive.objects import Objects, fsync_folder
from service.archive.tables import INSTALLATION
from service.dicom.uids import derived_uid

BUSY_TIMEOUT_S: Final = 10.0
DATABASE: Final = "consilium.db"
"""The file whose being there makes a folder a centre's."""
CLOCK: Final = literal_column("(julianday('now') - 2440587.5) * 86400.0", Float)
"""The moment by the database's clock, seconds since the epoch: the only clock for leases and due times."""
_NOW: Final = select(CLOCK)
_MIGRATIONS: Final = Path(__file__).parent / "migrations"


class ArchiveFault(Exception):
    """Base, never raised itself: the archive cannot be used as it is."""


class ArchiveTooNew(ArchiveFault):
    """The database was written by a newer version of the product."""


class ArchiveUnavailable(ArchiveFault):
    """The database is locked or gone for the moment: try again."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Who this centre is: its UID, and the key its result UIDs and sealed secrets derive from."""

    uid: str
    key: bytes


class Archive:
    """The truth of one centre. Rows by read() and write(), bytes by objects.

    Nothing opens a file inside a write transaction: the one writer of SQLite must never wait for a disk but its own.
    """

    def __init__(self, folder: Path) -> None:
        """Open the archive in a folder, making or migrating it first. Raises ArchiveTooNew, ArchiveUnavailable."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self.objects = Objects(folder / "objects", folder / "incoming")
        key = _installation_key(folder / "secrets" / "installation.key")
        self._writer = _engine(folder / DATABASE, begin="BEGIN IMMEDIATE")
        self._reader = _engine(folder / DATABASE, begin="BEGIN")
        self._migrate(key)
        self.installation = self._identify(key)
        self.commits = Commits(folder / DATABASE)

    def close(self) -> None:
        """Give the connections back."""
        self.commits.close()
        self._writer.dispose()
        self._reader.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the rows. Raises ArchiveUnavailable."""
        with _unavailable(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed and durable when the block ends without an error. Raises ArchiveUnavailable."""
        with _unavailable(), self._writer.begin() as connection:
            yield connection

    def free_bytes(self) -> int:
        """Room left on the disk that holds the archive."""
        return shutil.disk_usage(self.folder).free

    def _migrate(self, key: bytes) -> None:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        scripts = ScriptDirectory.from_config(config)
        with self.read() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        if current == scripts.get_current_head():
            return
        if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
            raise ArchiveTooNew(
                f"{self.folder} was written by a newer version (schema {current}); install that version"
            )
        migrator = _engine(self.folder / DATABASE, begin="BEGIN IMMEDIATE", foreign_keys="OFF")
        try:
            with _unavailable(), migrator.begin() as connection:
                config.attributes["connection"] = connection
                config.attributes["installation_key"] = key
                command.upgrade(config, "head")
                _require_references(connection)
        finally:
            migrator.dispose()

    def _identify(self, key: bytes) -> Installation:
        """Who this is; written once. Opening an archive that has its row waits for nobody who writes."""
        uid = derived_uid(key, "installation")
        with self.read() as connection:
            stored = connection.execute(select(INSTALLATION.c.uid)).scalar_one_or_none()
        if stored is None:
            with self.write() as connection:
                stored = connection.execute(select(INSTALLATION.c.uid)).scalar_one_or_none()
                if stored is None:
                    connection.execute(INSTALLATION.insert().values(uid=uid, created_at=now(connection)))
        if stored not in {None, uid}:
            raise ArchiveUnavailable(
                f"the key in {self.folder / 'secrets'} is not this archive's; put back the key of the backup"
            )
        return Installation(uid=uid, key=key)


def now(connection: Connection) -> float:
    """The moment by the database's clock."""
    return float(connection.execute(_NOW).scalar_one())


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except OperationalError as fault:
        raise ArchiveUnavailable(f"the database does not answer ({fault.orig}); try again") from fault


def _require_references(connection: Connection) -> None:
    """SQLite makes a table anew with its checks off (sqlite.org/lang_altertable.html); so they are made afterwards."""
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if lost:
        raise ArchiveUnavailable(f"rows of {lost[0][0]} refer to what is not there; restore the backup")


def _engine(path: Path, *, begin: str, foreign_keys: str = "ON") -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=16)

    def configure(connection: Any, _record: object) -> None:  # the driver's own connection
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"foreign_keys={foreign_keys}"):
            connection.execute(f"PRAGMA {pragma}")

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", start)
    return engine


def _installation_key(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    if not path.exists():
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(secrets.token_bytes(32))
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was first: its key is the key
        finally:
            fresh.unlink()
        fsync_folder(path.parent)
    return path.read_bytes()
