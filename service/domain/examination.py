"""The unit of the worklist: one word for how an examination stands, and the order in which it is read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from service.domain.analysis import GONE, AnalysisOutcome, AnalysisState
from service.domain.delivery import DeliveryState
from service.domain.order import ExamClass
from service.domain.report import WAITS_FOR_AUDIT, ReportState
from service.domain.study import StudyState


class ExaminationWord(StrEnum):
    """How an examination stands, for the people who read it and the hospital that sent it."""

    RECEIVING = "receiving"
    WAITING = "waiting"
    QUEUED = "queued"
    ANALYSING = "analysing"
    ANALYSED = "analysed"
    FINDINGS = "findings"
    NO_FINDING = "no_finding"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_ASKED = "not_asked"
    READING = "reading"
    DRAFT = "draft"
    PRELIMINARY = "preliminary"
    SIGNED = "signed"
    PROVISIONAL = "provisional"
    RELEASED = "released"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery_failed"
    LATE_IMAGES = "late_images"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"


class Urgency(StrEnum):
    """How soon an examination is to be read, as a person said."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class AnalysisFact:
    """How one analysis of the examination stands. is_told: whether its outcome may be said to every reader by now."""

    state: AnalysisState
    outcome: AnalysisOutcome | None
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class ExaminationFacts:
    """All that the word of an examination follows from.

    report: the newest version that was not recalled, returned or discarded. final_deliveries: of what a released report
    sends. is_report_unmade: whether its documents could not be made, so that nothing is sent. dispatched: whether
    routing looked at the study's current revision. has_late_images: whether images came after the report's
    signature, also while more are still coming.
    """

    study: StudyState
    dispatched: bool
    identity_conflict: bool
    analyses: tuple[AnalysisFact, ...] = ()
    report: ReportState | None = None
    final_deliveries: tuple[DeliveryState, ...] = ()
    is_report_unmade: bool = False
    is_claimed: bool = False
    is_returned: bool = False
    has_late_images: bool = False


_W: Final = ExaminationWord
_OF_REPORT: Final = {
    ReportState.DRAFT: _W.DRAFT,
    ReportState.PRELIMINARY: _W.PRELIMINARY,
    ReportState.SIGNED: _W.SIGNED,
    ReportState.PROVISIONAL: _W.PROVISIONAL,
    ReportState.WITHDRAWN: _W.WITHDRAWN,
}
_SIGNED: Final = WAITS_FOR_AUDIT | {ReportState.RELEASED}
_CAN_BE_WRITTEN: Final = frozenset({None, ReportState.DRAFT, ReportState.WITHDRAWN})
CLOSED: Final = frozenset({_W.RELEASED, _W.DELIVERED, _W.DELIVERY_FAILED})
"""Nobody has to read these any more, unless images came after the signature."""
_CLASS_RANK: Final = {each: rank for rank, each in enumerate(ExamClass)}
_URGENCY_RANK: Final = {each: rank for rank, each in enumerate(Urgency)}


def word(facts: ExaminationFacts) -> ExaminationWord:
    """The one word: what a person did counts before what the machines do.

    A report that did not arrive counts before images that came after it: the hospital has no report at all and believes
    that none was written, no machine mends that, and who read the new images would not look after it. They are said
    beside the word, and the examination is open for them (is_open). Once the report has arrived they are the word.
    """
    return _by_person(facts) or _by_machine(facts)


def is_open(facts: ExaminationFacts) -> bool:
    """Whether somebody still has to read: what is signed is closed until images come that nobody looked at."""
    return _is_late(facts) or word(facts) not in CLOSED


def has_unread_images(said: ExaminationWord, *, is_open: bool) -> bool:
    """Whether images came after the signature: the word says so, or what would be closed is open for them."""
    return said is _W.LATE_IMAGES or (is_open and said in CLOSED)


def is_signed_for_all(said: ExaminationWord, *, is_open: bool) -> bool:
    """Whether a signature stands, and no image came since."""
    return said in {_W.SIGNED, _W.PROVISIONAL} or (said in CLOSED and not is_open)


def _by_person(facts: ExaminationFacts) -> ExaminationWord | None:
    if facts.is_returned:
        return _W.RETURNED
    released = _released(facts) if facts.report is ReportState.RELEASED else None
    if _is_late(facts) and released is not _W.DELIVERY_FAILED:
        return _W.LATE_IMAGES
    if released is not None:
        return released
    if facts.is_claimed and facts.report in _CAN_BE_WRITTEN:
        return _W.READING
    return None if facts.report is None else _OF_REPORT.get(facts.report)


def _is_late(facts: ExaminationFacts) -> bool:
    return facts.has_late_images and facts.report in _SIGNED


def _by_machine(facts: ExaminationFacts) -> ExaminationWord:
    if facts.study is StudyState.RECEIVING:
        return _W.RECEIVING
    if facts.identity_conflict or not facts.dispatched:
        return _W.WAITING
    return analysed(facts.analyses)


def analysed(analyses: Collection[AnalysisFact]) -> ExaminationWord:
    """How the packages of an examination stand together: what is found is said before what is missing."""
    current = [each for each in analyses if each.state not in GONE]
    states = {each.state for each in current}
    if AnalysisState.RUNNING in states:
        return _W.ANALYSING
    if AnalysisState.PENDING in states:
        return _W.QUEUED
    said = {_of_outcome(each) for each in current}
    return next((word for word in _FIRST_SAID if word in said), _W.NOT_ASKED)


def _of_outcome(fact: AnalysisFact) -> ExaminationWord | None:
    """That a package was through is all that is said where what it found has to wait for readers' own impressions."""
    if fact.state is AnalysisState.CONCLUDED and not fact.is_told:
        return _W.ANALYSED
    return None if fact.outcome is None else _OF_OUTCOME[fact.outcome]


_OF_OUTCOME: Final = {
    AnalysisOutcome.FINDINGS: _W.FINDINGS,
    AnalysisOutcome.FAILED: _W.FAILED,
    AnalysisOutcome.REFUSED: _W.REFUSED,
    AnalysisOutcome.NO_FINDING: _W.NO_FINDING,
}
_FIRST_SAID: Final = (_W.FINDINGS, _W.FAILED, _W.REFUSED, _W.ANALYSED, _W.NO_FINDING)


def has_running_clock(said: ExaminationWord, *, is_open: bool) -> bool:
    """Whether the time of an examination runs: not while it is at the hospital, which has to answer first."""
    return is_open and said is not _W.RETURNED


def waits_since(said: ExaminationWord, study: StudyState, completed_at: float | None, *, is_open: bool) -> float | None:
    """Since when an examination waits to be read: since its images were complete, in seconds of the epoch.

    None before that, and while images that came after a signature are still coming: the former images were read in
    their time, and the time for these begins when all are here.
    """
    is_coming = has_unread_images(said, is_open=is_open) and study is StudyState.RECEIVING
    return None if is_coming else completed_at


@dataclass(frozen=True, slots=True)
class Rank:
    """What the worklist is ordered by, the first that differs; waiting_since: seconds since the epoch."""

    exam_class: int
    urgency: int
    score: float
    waiting_since: float


def rank(exam_class: ExamClass | None, urgency: Urgency | None, score: float | None, waiting_since: float) -> Rank:
    """The place of an examination. Without an order it stands among the outpatients; without a score behind scores."""
    return Rank(
        exam_class=_CLASS_RANK[exam_class or ExamClass.OUTPATIENT],
        urgency=_URGENCY_RANK[urgency or Urgency.NORMAL],
        score=-(score or 0.0),
        waiting_since=waiting_since,
    )


def _released(facts: ExaminationFacts) -> ExaminationWord:
    deliveries = facts.final_deliveries
    if facts.is_report_unmade or DeliveryState.FAILED in deliveries:
        return _W.DELIVERY_FAILED
    arrived = {DeliveryState.DELIVERED, DeliveryState.CONFIRMED}
    return _W.DELIVERED if deliveries and all(each in arrived for each in deliveries) else _W.RELEASED
