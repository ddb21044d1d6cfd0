"""How long an examination may take: targets by exam class, modality and hospital; how often they are kept (AC-73)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import Final

from service.domain.order import ExamClass

_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3600.0
_PROJECTION: Final = frozenset({"CR", "DX", "DR", "RG", "MG"})
DEFAULT_TARGETS_S: Final[Mapping[ExamClass, float]] = MappingProxyType(
    {
        ExamClass.EMERGENCY: 30 * _MINUTE_S,
        ExamClass.INPATIENT: 24 * _HOUR_S,
        ExamClass.OUTPATIENT: 24 * _HOUR_S,
        ExamClass.SCREENING: 72 * _HOUR_S,
    }
)
"""From complete images to the signature: what hospitals promise in general; each sets its own."""
PROJECTION_TARGET_S: Final = 2 * _HOUR_S
"""For X-ray pictures that are not an emergency."""
PASSED_PERCENT: Final = (50, 80, 100)
"""Shares of the target that are told when they are passed, each once."""
_P90: Final = 0.9


@dataclass(frozen=True, slots=True)
class Clock:
    """Since when an examination waits for its signature, and how long it may. Seconds; since: of the epoch."""

    since: float
    target_s: float

    def share(self, now: float) -> float:
        """How much of the time is used up: 1 at the target, more behind it."""
        return max(0.0, now - self.since) / self.target_s

    def at(self, percent: int) -> float:
        """The moment at which this much of the time is used up."""
        return self.since + self.target_s * percent / 100

    def passed(self, now: float, known: int) -> tuple[int, ...]:
        """Shares in per cent that were passed by now, of those above the last known one; 0 where none is known."""
        return tuple(each for each in PASSED_PERCENT if each > known and self.at(each) <= now)

    def next_at(self, known: int) -> float | None:
        """When the share behind the last known one is passed; None where all were."""
        return next((self.at(each) for each in PASSED_PERCENT if each > known), None)


@dataclass(frozen=True, slots=True)
class Stopped:
    """An examination whose report was released: how long that took, and how long it might have. Seconds."""

    elapsed_s: float
    target_s: float


@dataclass(frozen=True, slots=True)
class Turnaround:
    """How long examinations took. median_s, p90_s: seconds; in_time: how many kept their own target."""

    done: int
    in_time: int
    median_s: float
    p90_s: float


def turnaround(stopped: Sequence[Stopped]) -> Turnaround:
    """Figures of at least one examination; p90_s is the nearest rank: nine tenths took no longer."""
    ordered = sorted(each.elapsed_s for each in stopped)
    return Turnaround(
        done=len(ordered),
        in_time=sum(each.elapsed_s <= each.target_s for each in stopped),
        median_s=median(ordered),
        p90_s=ordered[math.ceil(_P90 * len(ordered)) - 1],
    )


def audit_clock(signed_at: float, audit_due_at: float) -> Clock:
    """The clock of a report that is out provisionally: from its signature to the moment its audit is due (AC-72)."""
    return Clock(signed_at, audit_due_at - signed_at)


def target_s(exam_class: ExamClass | None, modality: str, targets_s: Mapping[ExamClass, float]) -> float:
    """The target of an examination; targets_s: what the hospital set, by exam class."""
    asked = exam_class or ExamClass.OUTPATIENT
    if asked in targets_s:
        return targets_s[asked]
    if modality in _PROJECTION and asked is not ExamClass.EMERGENCY:
        return PROJECTION_TARGET_S
    return DEFAULT_TARGETS_S[asked]
