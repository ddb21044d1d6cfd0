"""The lifecycle of an analysis: one package on one revision's selected series."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from service.domain.lifecycle import Lifecycle

MAX_ATTEMPTS: Final = 3
LEASE_S: Final = 15.0


class AnalysisState(StrEnum):
    """Where an analysis stands."""

    PENDING = "pending"
    RUNNING = "running"
    CONCLUDED = "concluded"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


class AnalysisEvent(StrEnum):
    """What happens to an analysis."""

    NOTHING_SELECTABLE = "nothing selectable"
    CLAIMED = "claimed"
    CONCLUDED = "concluded"
    REFUSED = "refused"
    ATTEMPT_LOST = "attempt lost"
    ATTEMPTS_EXHAUSTED = "attempts exhausted"
    DETERMINISTIC_ERROR = "deterministic error"
    RETRIED = "retried"
    CANCELLED = "cancelled"
    SUCCEEDED_BY_LATER = "succeeded by a later one"


class AnalysisOutcome(StrEnum):
    """What came of an analysis, as everyone outside is told."""

    FINDINGS = "findings"
    NO_FINDING = "no_finding"
    REFUSED = "refused"
    FAILED = "failed"


_S, _E = AnalysisState, AnalysisEvent
ANALYSIS: Final = Lifecycle(
    "analysis",
    {
        (_S.PENDING, _E.NOTHING_SELECTABLE): _S.REFUSED,
        (_S.PENDING, _E.CLAIMED): _S.RUNNING,
        (_S.RUNNING, _E.CONCLUDED): _S.CONCLUDED,
        (_S.RUNNING, _E.REFUSED): _S.REFUSED,
        (_S.RUNNING, _E.ATTEMPT_LOST): _S.PENDING,
        (_S.RUNNING, _E.ATTEMPTS_EXHAUSTED): _S.FAILED,
        (_S.RUNNING, _E.DETERMINISTIC_ERROR): _S.FAILED,
        (_S.FAILED, _E.RETRIED): _S.PENDING,
        (_S.PENDING, _E.CANCELLED): _S.CANCELLED,
        (_S.RUNNING, _E.CANCELLED): _S.CANCELLED,
        (_S.CONCLUDED, _E.SUCCEEDED_BY_LATER): _S.SUPERSEDED,
        (_S.REFUSED, _E.SUCCEEDED_BY_LATER): _S.SUPERSEDED,
        (_S.FAILED, _E.SUCCEEDED_BY_LATER): _S.SUPERSEDED,
    },
)

ENDED: Final = frozenset({_S.CONCLUDED, _S.REFUSED, _S.FAILED})
GONE: Final = frozenset({_S.CANCELLED, _S.SUPERSEDED})
OPEN: Final = frozenset({_S.PENDING, _S.RUNNING})
CAN_FIND: Final = OPEN | {_S.CONCLUDED}
"""States in which a package found what it found, or may yet."""


def after_lost_attempt(attempt: int) -> AnalysisEvent:
    """A lease that ran out or a lost process: another attempt, or the end after the last one."""
    return _E.ATTEMPT_LOST if attempt < MAX_ATTEMPTS else _E.ATTEMPTS_EXHAUSTED
