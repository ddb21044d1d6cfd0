"""Watching a study through the loop, from the centre's own rows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from service.archive import analyses, deliveries, events, studies
from service.archive.analyses import Analysis
from service.archive.deliveries import Delivery
from service.archive.events import Event, EventKind
from service.archive.store import Archive
from service.domain.analysis import GONE, OPEN
from service.domain.delivery import DeliveryState
from service.domain.study import StudyState
from service.domain.wall import HospitalId, Wall

LIMIT_S: Final = 1800.0
LOOK_S: Final = 0.1
_MOVING: Final = {DeliveryState.PENDING, DeliveryState.SENDING}


@dataclass(frozen=True, slots=True)
class Seen:
    """How a study stands."""

    study: studies.Study
    analyses: tuple[Analysis, ...]
    deliveries: tuple[Delivery, ...]
    events: tuple[Event, ...]

    @property
    def current(self) -> tuple[Analysis, ...]:
        """Without what was superseded or cancelled."""
        return tuple(each for each in self.analyses if each.state not in GONE)

    @property
    def words(self) -> str:
        """The step it is at."""
        if self.study.state is not StudyState.COMPLETE or self.study.dispatched_revision < self.study.revision:
            return f"received {self.study.instance_count}, waiting until it is complete"
        running = [each for each in self.current if each.state in OPEN]
        if running:
            return f"analysing: {running[0].package} {running[0].progress:.0%}"
        return "delivering"

    @property
    def done(self) -> bool:
        """Whether nothing will move any more: all ended, encoded, and every delivery at its end."""
        settled = self.study.state is StudyState.COMPLETE and self.study.dispatched_revision == self.study.revision
        if not settled or any(each.state in OPEN for each in self.current):
            return False
        told = {EventKind.RESULT_ENCODED, EventKind.RESULT_NOT_ENCODED}
        encoded = {each.detail.get("analysis") for each in self.events if each.kind in told}
        all_encoded = all(each.id in encoded for each in self.current)
        return all_encoded and not any(each.state in _MOVING for each in self.deliveries)


def look(archive: Archive, hospital: HospitalId, study_instance_uid: str) -> Seen | None:
    """How a study stands now; None before its first instance is indexed."""
    wall = Wall(frozenset({hospital}), Wall.operator().role, "demo")
    with archive.read() as connection:
        study = studies.by_uid(connection, wall, hospital, study_instance_uid)
        if study is None:
            return None
        return Seen(
            study=study,
            analyses=analyses.of_study(connection, wall, study.id),
            deliveries=deliveries.of_study(connection, wall, study.id),
            events=events.of_study(connection, wall, study.id),
        )


def until_done(
    archive: Archive, hospital: HospitalId, study_instance_uid: str, say: Callable[[Seen], None]
) -> Seen | None:
    """Look until nothing moves any more, or time ran out; say is told at every look.

    None: the study never came in. One look tells, since an instance has its row before it is acknowledged.
    """
    deadline = time.monotonic() + LIMIT_S
    pause = threading.Event()
    seen = look(archive, hospital, study_instance_uid)
    while seen is not None:
        say(seen)
        if seen.done or time.monotonic() > deadline:
            return seen
        pause.wait(LOOK_S)
        seen = look(archive, hospital, study_instance_uid)
    return None
