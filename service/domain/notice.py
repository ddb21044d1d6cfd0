"""Urgent findings (危急值): when somebody has to be told at once, and until when they must have heard (AC-74)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.contract import Code
from service.domain.lifecycle import Lifecycle

DEFAULT_DEADLINE_S: Final = 600.0
RESEND_S: Final = 300.0


class NoticeState(StrEnum):
    """Where a notice stands."""

    RAISED = "raised"
    SENT = "sent"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"


class NoticeEvent(StrEnum):
    """What happens to a notice."""

    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    TIME_RAN_OUT = "time ran out"


_S, _E = NoticeState, NoticeEvent
NOTICE: Final = Lifecycle(
    "notice",
    {
        (_S.RAISED, _E.SENT): _S.SENT,
        (_S.RAISED, _E.ACKNOWLEDGED): _S.ACKNOWLEDGED,
        (_S.RAISED, _E.TIME_RAN_OUT): _S.ESCALATED,
        (_S.SENT, _E.SENT): _S.SENT,
        (_S.SENT, _E.ACKNOWLEDGED): _S.ACKNOWLEDGED,
        (_S.SENT, _E.TIME_RAN_OUT): _S.ESCALATED,
        (_S.ESCALATED, _E.SENT): _S.ESCALATED,
        (_S.ESCALATED, _E.ACKNOWLEDGED): _S.ACKNOWLEDGED,
    },
)
OPEN: Final = frozenset(_S) - {_S.ACKNOWLEDGED}


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """A hospital's rule: findings of this concept, at least so long, are told at once to this contact.

    least_long_axis_mm: None where the size does not matter. deadline_s: until the acknowledgement; then it escalates.
    """

    concept: Code
    least_long_axis_mm: float | None
    contact: str
    escalation_contact: str
    deadline_s: float

    def applies(self, concept: Code, long_axis_mm: float | None) -> bool:
        """Whether a finding a reader stands for falls under the rule."""
        if (concept.value, concept.scheme) != (self.concept.value, self.concept.scheme):
            return False
        return self.least_long_axis_mm is None or (long_axis_mm or 0.0) >= self.least_long_axis_mm
