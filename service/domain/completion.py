"""When a study is complete: by quiet time, by the order's count, or by an explicit call."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.domain.study import CompletedBy

LEAST_QUIET_S: Final = 2.0
FIRST_QUIET_S: Final = 10.0
LONGEST_QUIET_S: Final = 120.0
REMEMBERED_STUDIES: Final = 50


@dataclass(frozen=True, slots=True)
class Arrival:
    """How the arrival of a study stands; moments are seconds since the epoch by the database's clock."""

    revision: int
    image_count: int
    expected_count: int | None
    open_associations: int
    quiet_since: float
    quiet_s: float
    completion_called: bool


@dataclass(frozen=True, slots=True)
class Complete:
    """The study is complete."""

    by: CompletedBy


@dataclass(frozen=True, slots=True)
class Waiting:
    """The study is not complete yet; due_at is None while an open association has to end first."""

    due_at: float | None
    open_associations: int
    missing_count: int | None


def judge(arrival: Arrival, now: float) -> Complete | Waiting:
    """Whether a study is complete at the moment now, else what is waited for.

    An explicit call wins at once, and so does the order's count when it is met. Quiet time counts only while no
    association that carried the study is open, since one association may pause as long as it likes.
    """
    if arrival.completion_called:
        return Complete(CompletedBy.EXPLICIT)
    if meets_count(arrival.revision, arrival.image_count, arrival.expected_count):
        return Complete(CompletedBy.COUNT)
    missing = None if arrival.expected_count is None else max(arrival.expected_count - arrival.image_count, 0)
    if arrival.open_associations:
        return Waiting(due_at=None, open_associations=arrival.open_associations, missing_count=missing)
    due_at = arrival.quiet_since + arrival.quiet_s
    if now >= due_at:
        return Complete(CompletedBy.QUIET)
    return Waiting(due_at=due_at, open_associations=0, missing_count=missing)


def meets_count(revision: int, image_count: int, expected_count: int | None) -> bool:
    """Whether the order's count says that all images are here.

    It is believed for the first revision and while it is met exactly. More images than it said, or images after it was
    met, show that it was wrong: a study that still arrives would be complete, and read in part, with each of them.
    """
    return revision == 1 and image_count == expected_count


def learned_quiet_s(largest_gaps_s: Sequence[float]) -> float:
    """Quiet time of one sender: three times the 99th percentile of its gaps, between 2 s and 120 s; at first 10 s.

    largest_gaps_s: for each of the sender's last studies (at most 50) the longest time in which nothing was open and
    nothing came before the study went on. Gaps inside an association need no learning: an open one holds the study.
    Until ten studies were seen the first value is the floor, so that a few quick studies do not cut a slow one.
    """
    recent = sorted(largest_gaps_s[-REMEMBERED_STUDIES:])
    floor = LEAST_QUIET_S if len(recent) >= 10 else FIRST_QUIET_S
    if not recent:
        return floor
    percentile = recent[math.ceil(0.99 * len(recent)) - 1]
    return min(max(3 * percentile, floor), LONGEST_QUIET_S)
