"""How long an examination may take: targets by exam class and modality, per hospital (AC-73)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Clock:
    """Since when an examination waits for its signature, and how long it may. Seconds; since: of the epoch."""

    since: float
    target_s: float

    def share(self, now: float) -> float:
        """How much of the time is used up: 1 at the target, more behind it."""
        return max(0.0, now - self.since) / self.target_s


def target_s(exam_class: ExamClass | None, modality: str, targets_s: Mapping[ExamClass, float]) -> float:
    """The target of an examination; targets_s: what the hospital set, by exam class."""
    asked = exam_class or ExamClass.OUTPATIENT
    if asked in targets_s:
        return targets_s[asked]
    if modality in _PROJECTION and asked is not ExamClass.EMERGENCY:
        return PROJECTION_TARGET_S
    return DEFAULT_TARGETS_S[asked]
