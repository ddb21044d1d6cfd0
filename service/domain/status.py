"""One table from the states of an examination to SR flags, HL7 v2, FHIR and UPS; no edge keeps its own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from service.domain.analysis import GONE, AnalysisState
from service.domain.report import ReportState


class ExaminationStatus(StrEnum):
    """How an examination's results stand, as every interface tells it."""

    QUEUED = "queued"
    RUNNING = "running"
    AI_PARTIAL = "ai_partial"
    AI_DONE = "ai_done"
    AI_FAILED = "ai_failed"
    PROVISIONAL = "provisional"
    SIGNED = "signed"
    AMENDED = "amended"
    NOT_ANALYSED = "not_analysed"
    NOT_ASKED = "not_asked"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class SrFlags:
    """Completion (0040,A491), Preliminary (0040,A496) and Verification (0040,A493) Flag."""

    completion: str
    preliminary: str
    verification: str


@dataclass(frozen=True, slots=True)
class Encodings:
    """One status in every interface's own words; None where the interface sends nothing."""

    sr: SrFlags | None
    hl7_result_status: str | None
    hl7_observation_status: str | None
    fhir_report: str | None
    fhir_observation: str | None
    ups: str | None


_UNVERIFIED: Final = SrFlags("COMPLETE", "PRELIMINARY", "UNVERIFIED")
_PARTIAL: Final = SrFlags("PARTIAL", "PRELIMINARY", "UNVERIFIED")
_FINAL: Final = SrFlags("COMPLETE", "FINAL", "VERIFIED")
_X: Final = ExaminationStatus

ENCODINGS: Final[dict[ExaminationStatus, Encodings]] = {
    _X.QUEUED: Encodings(None, None, None, "registered", None, "SCHEDULED"),
    _X.RUNNING: Encodings(None, None, None, "registered", None, "IN PROGRESS"),
    _X.AI_PARTIAL: Encodings(_PARTIAL, "P", "P", "partial", "preliminary", "COMPLETED"),
    _X.AI_DONE: Encodings(_UNVERIFIED, "P", "P", "preliminary", "preliminary", "COMPLETED"),
    _X.AI_FAILED: Encodings(_PARTIAL, None, "X", "cancelled", None, "CANCELED"),
    _X.PROVISIONAL: Encodings(_UNVERIFIED, "P", "P", "preliminary", "preliminary", "COMPLETED"),
    _X.SIGNED: Encodings(_FINAL, "F", "F", "final", "final", "COMPLETED"),
    _X.AMENDED: Encodings(_FINAL, "C", "C", "amended", "amended", None),
    _X.NOT_ANALYSED: Encodings(_PARTIAL, "X", "X", "cancelled", None, "CANCELED"),
    _X.NOT_ASKED: Encodings(None, None, None, "registered", None, None),
    _X.SUPERSEDED: Encodings(None, "X", "X", "entered-in-error", "entered-in-error", None),
    _X.WITHDRAWN: Encodings(None, "X", "W", "entered-in-error", "entered-in-error", None),
    _X.CANCELLED: Encodings(None, None, None, None, None, "CANCELED"),
}


def reported_status(versions: Collection[ReportState]) -> ExaminationStatus | None:
    """The status of an examination from the versions of its report; None while the hospital was given none.

    Signed, not audited and not released is no status of its own: the packages' goes on. What is released provisionally
    is complete in itself and verified by nobody whom the contract lets finalise it (PS3.3 C.17.2).
    """
    if ReportState.PROVISIONAL in versions:
        return _X.PROVISIONAL
    if ReportState.RELEASED in versions:
        return _X.AMENDED if ReportState.AMENDED in versions else _X.SIGNED
    return _X.WITHDRAWN if ReportState.WITHDRAWN in versions else None


def examination_status(states: Collection[AnalysisState]) -> ExaminationStatus:
    """The status of an examination from the states of its analyses, before any report.

    What was superseded or cancelled says nothing of the examination, unless everything was cancelled.
    """
    current = [state for state in states if state not in GONE]
    if not current:
        return _X.CANCELLED if AnalysisState.CANCELLED in states else _X.NOT_ASKED
    if AnalysisState.RUNNING in current:
        return _X.RUNNING
    if AnalysisState.PENDING in current:
        return _X.QUEUED
    return _ended(current)


def _ended(states: Collection[AnalysisState]) -> ExaminationStatus:
    if all(state is AnalysisState.REFUSED for state in states):
        return _X.NOT_ANALYSED
    if AnalysisState.CONCLUDED not in states:
        return _X.AI_FAILED
    return _X.AI_DONE if all(state is AnalysisState.CONCLUDED for state in states) else _X.AI_PARTIAL
