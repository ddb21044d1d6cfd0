"""Whether an archive is a demo's: marked while it was empty, so that no centre with patients ever becomes one."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from service.archive.people_tables import USER
from service.archive.tables import HOSPITAL, INSTALLATION, STUDY


def mark(connection: Connection) -> bool:
    """Make an empty archive a demo's; False where it holds something already and is not one."""
    if is_marked(connection):
        return True
    if any(connection.execute(select(table.c.id).limit(1)).first() is not None for table in (HOSPITAL, STUDY, USER)):
        return False
    connection.execute(update(INSTALLATION).values(is_demo=True))
    return True


def is_marked(connection: Connection) -> bool:
    """Whether it is a demo's."""
    return bool(connection.execute(select(INSTALLATION.c.is_demo)).scalar_one_or_none())
