"""Looking for what is due: the row is the truth, so whatever a lost bell would have told is found here."""

from __future__ import annotations

from typing import Final

from service.archive import (
    analysis_leases,
    clocks,
    copies_due,
    deliveries,
    metadata_due,
    notices,
    probes,
    results,
    studies,
    worklist,
)
from service.archive.store import Archive, now
from service.domain.wall import Wall
from service.flow.bell import Step

LONGEST_SLEEP_S: Final = 1.0
_WALL: Final = Wall.system("sweep")


def due(archive: Archive) -> tuple[frozenset[Step], float]:
    """The steps that have work now, and how long to sleep until the next look (at most a second)."""
    with archive.read() as connection:
        moment = now(connection)
        moments = {
            Step.COMPLETE: _earliest(studies.next_due_at(connection, _WALL), clocks.next_due_at(connection, _WALL)),
            Step.ANALYSE: analysis_leases.next_due_at(connection, _WALL),
            Step.ENCODE: results.next_due_at(connection, _WALL),
            Step.DELIVER: deliveries.next_due_at(connection, _WALL),
            Step.NOTICE: notices.next_due_at(connection, _WALL),
            Step.PROBE: probes.next_due_at(connection, _WALL),
            Step.METADATA: metadata_due.next_due_at(connection, _WALL),
            Step.COPIES: copies_due.next_due_at(connection, _WALL),
        }
        waiting = studies.to_dispatch(connection, _WALL) or analysis_leases.expired(connection, _WALL)
        if waiting or worklist.has_stale_rows(connection, _WALL):
            moments[Step.COMPLETE] = moment
    ready = frozenset(step for step, at in moments.items() if at is not None and at <= moment)
    ahead = [at - moment for at in moments.values() if at is not None and at > moment]
    return ready, min([LONGEST_SLEEP_S, *ahead])


def _earliest(*moments: float | None) -> float | None:
    return min((at for at in moments if at is not None), default=None)
