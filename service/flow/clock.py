"""Examinations that wait: told when half, four fifths and all of their time is used up, each share once.

They wait for their report; where that is out provisionally, for its audit, and the hospital is told when that is late.
"""

from __future__ import annotations

from typing import Final

from service.archive import clocks
from service.archive.store import Archive, now
from service.domain.wall import Wall
from service.flow.notify import tell_of_overdue_audit

ALL_OF_IT: Final = 100
_WALL: Final = Wall.system("clocks")


def tell_due(archive: Archive) -> int:
    """Put on record what every clock has passed by now; returns how many shares that were."""
    with archive.write() as connection:
        told = 0
        moment = now(connection)
        for each in clocks.due(connection, _WALL):
            for percent in each.clock.passed(moment, each.passed):
                is_news = clocks.tell_passed(connection, _WALL, each, percent)
                if is_news and percent == ALL_OF_IT and each.audit_of is not None:
                    tell_of_overdue_audit(connection, _WALL, each.audit_of)
                told += 1
            clocks.look_again(connection, each)
    return told
