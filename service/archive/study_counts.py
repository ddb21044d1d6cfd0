"""Where a page of a hospital's studies begins, without counting through all before it: by counts of blocks of ids."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, func, select

from service.archive.dicomweb_tables import STUDY_BLOCK
from service.archive.events import within
from service.domain.wall import HospitalId, Wall

BLOCK_IDS: Final = 1024
"""As the triggers of the schema divide ids."""
_BEYOND: Final = 1 << 62


def total(connection: Connection, wall: Wall, hospital: HospitalId) -> int:
    """How many studies of a hospital are not erased."""
    statement = select(func.coalesce(func.sum(STUDY_BLOCK.c.study_count), 0)).where(
        within(wall, STUDY_BLOCK.c.hospital_id), STUDY_BLOCK.c.hospital_id == hospital
    )
    return int(connection.execute(statement).scalar_one())


def position(connection: Connection, wall: Wall, hospital: HospitalId, offset: int) -> tuple[int, int]:
    """Below which id to look, and how many studies to pass there, for the page from offset on, the newest first."""
    statement = (
        select(STUDY_BLOCK.c.block, STUDY_BLOCK.c.study_count)
        .where(within(wall, STUDY_BLOCK.c.hospital_id), STUDY_BLOCK.c.hospital_id == hospital)
        .order_by(STUDY_BLOCK.c.block.desc())
    )
    below, left = _BEYOND, offset
    for block, count in connection.execute(statement):
        if count > left:
            return below, left
        below, left = block * BLOCK_IDS, left - count
    return below, left
