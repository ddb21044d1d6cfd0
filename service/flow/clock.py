"""Examinations that wait: told when half, four fifths and all of their time is used up, each share once."""

from __future__ import annotations

from typing import Final

from service.archive import clocks
from service.archive.store import Archive, now
from service.domain.wall import Wall

_WALL: Final = Wall.system("clocks")


def tell_due(archive: Archive) -> int:
    """Put on record what every clock has passed by now; returns how many shares that were."""
    with archive.write() as connection:
        told = 0
        moment = now(connection)
        for each in clocks.due(connection, _WALL):
            for percent in each.clock.passed(moment, each.passed):
                clocks.tell_passed(connection, _WALL, each, percent)
                told += 1
            clocks.look_again(connection, each)
    return told
