"""What a reader makes of findings: events that are kept for ever, and the state that follows from them (AC-62)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.contract import Axis, Code, Finding, Point, Presence
from service.domain.hospital import ReadingMode
from service.domain.lifecycle import Lifecycle
from service.domain.outcome import StatedFinding


class FindingState(StrEnum):
    """Where a finding stands with the reader."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    ADDED = "added"
    REMOVED = "removed"


class ReviewAction(StrEnum):
    """What a reader does to a finding."""

    ACCEPT = "accept"
    CORRECT = "correct"
    REJECT = "reject"
    DOUBT = "doubt"
    ADD = "add"
    REMOVE = "remove"
    UNDO = "undo"
    GIVE_UP = "amendment-given-up"


class RejectionReason(StrEnum):
    """Why a package's finding is none. Stable: training and the card's false marks count by it."""

    VESSEL = "vessel"
    ARTEFACT = "artefact"
    SCAR = "scar"
    NORMAL_ANATOMY = "normal-anatomy"
    DUPLICATE = "duplicate"
    OTHER = "other"


_S, _A = FindingState, ReviewAction
_JUDGED: Final = (_S.PROPOSED, _S.ACCEPTED, _S.CORRECTED, _S.REJECTED, _S.UNCERTAIN)
REVIEW: Final = Lifecycle(
    "finding",
    {
        **{(state, _A.ACCEPT): _S.ACCEPTED for state in _JUDGED},
        **{(state, _A.CORRECT): _S.CORRECTED for state in _JUDGED},
        **{(state, _A.REJECT): _S.REJECTED for state in _JUDGED},
        **{(state, _A.DOUBT): _S.UNCERTAIN for state in _JUDGED},
        (_S.ADDED, _A.CORRECT): _S.ADDED,
        (_S.ADDED, _A.REMOVE): _S.REMOVED,
    },
)
"""Of actions on one finding. ADD makes one that no package proposed; UNDO takes the last action back.

GIVE_UP is none of a page: it follows when an amendment is given up, and what stood at the signature stands again.
"""

STANDS: Final = frozenset({_S.ACCEPTED, _S.CORRECTED, _S.ADDED})
"""What goes into the report and the final documents."""
REVIEWED: Final = frozenset(FindingState) - {_S.PROPOSED}
MAX_NOTE_LENGTH: Final = 500


class ReviewFault(Exception):
    """Base, never raised itself: the action cannot be taken; nothing was changed."""


class ReasonMissing(ReviewFault):
    """A rejection says why."""


class NothingToUndo(ReviewFault):
    """No action of this finding is left to take back."""


class MeasureMissing(ReviewFault):
    """A finding is added, or corrected, with something to say: a measure, a type or a place."""


@dataclass(frozen=True, slots=True)
class Outlined:
    """A finding's place on one image: polygon corners as pixel centres (column, row), the first not repeated."""

    sop_instance_uid: str
    frame_number: int | None
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of a finding: type, place in words and in the patient (LPS), measures in mm.

    A measure that does not apply is None. outlines: drawn or taken from the package's segment.
    """

    concept: Code
    site: Code
    laterality: Code | None
    center_mm: Point | None
    long_axis: Axis | None
    short_axis: Axis | None
    volume_mm3: float | None
    sop_instance_uid: str | None
    frame_number: int | None
    note: str = ""

    def stated(self, number: int) -> StatedFinding:
        """As words say it. number: its place among the package's findings, 0 for a reader's own."""
        return StatedFinding(
            number=number,
            concept=self.concept,
            site=self.site,
            laterality=self.laterality,
            presence=Presence.PRESENT,
            probability=1.0,
            long_axis_mm=None if self.long_axis is None else self.long_axis.length_mm,
            short_axis_mm=None if self.short_axis is None else self.short_axis.length_mm,
            volume_mm3=self.volume_mm3,
            mean_hu=None,
        )


@dataclass(frozen=True, slots=True)
class ReviewEvent:
    """One thing a reader did. at: seconds since the epoch. said: what the finding is from now on (CORRECT, ADD).

    ms_since_open: how long the study had been open; mode: how reader and package worked together then. back_to: of
    GIVE_UP alone, when the report that stands again was signed.
    """

    id: str
    tracking_uid: str
    action: ReviewAction
    reason: RejectionReason | None
    said: Description | None
    reader: str
    at: float
    mode: ReadingMode
    ms_since_open: int | None
    back_to: float | None = None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A finding after its events: its state, what is said of it now, and the events that count, oldest first."""

    state: FindingState
    said: Description | None
    counted: tuple[ReviewEvent, ...]


def reviewed(events: Iterable[ReviewEvent], *, proposed: bool) -> Reviewed:
    """What a finding is after these events, oldest first. proposed: a package said it; else a reader added it.

    Raises IllegalTransition, NothingToUndo: then the last event is not possible.
    """
    counted = acts_that_count(events)
    state = FindingState.PROPOSED if proposed else None
    said: Description | None = None
    for event in counted:
        if event.action is ReviewAction.ADD:
            state = FindingState.ADDED
        elif state is None:
            raise NothingToUndo("this finding was not added")
        else:
            state = REVIEW.after(state, event.action)
        said = event.said if event.said is not None else said
        if event.action is ReviewAction.ACCEPT:
            said = None
    return Reviewed(state or FindingState.REMOVED, said, counted)


def acts_that_count(events: Iterable[ReviewEvent]) -> tuple[ReviewEvent, ...]:
    """Of the acts on one finding, oldest first, those that count.

    Not those that were taken back, nor those of an amendment that was given up. Raises NothingToUndo.
    """
    seen: list[ReviewEvent] = []
    counted: list[ReviewEvent] = []
    for event in events:
        if event.action is ReviewAction.GIVE_UP:
            counted = list(_at_signature(seen, event))
        elif event.action is not ReviewAction.UNDO:
            counted.append(event)
        elif counted:
            counted.pop()
        else:
            raise NothingToUndo("there is nothing to take back")
        seen.append(event)
    return tuple(counted)


def require_whole(action: ReviewAction, reason: RejectionReason | None, said: Description | None) -> None:
    """Raises ReasonMissing, MeasureMissing when an action lacks what makes it useful later."""
    if action is ReviewAction.REJECT and reason is None:
        raise ReasonMissing(f"say why: {', '.join(RejectionReason)}")
    if action in {ReviewAction.ADD, ReviewAction.CORRECT} and said is None:
        raise MeasureMissing(f"to {action.value} a finding, say what it is, where, and how large")


def described(finding: Finding, sop_instance_uid: str | None, frame_number: int | None) -> Description:
    """A package's finding in the reader's terms: where a correction begins."""
    return Description(
        concept=finding.concept,
        site=finding.site,
        laterality=finding.laterality,
        center_mm=finding.center_mm,
        long_axis=finding.long_axis,
        short_axis=finding.short_axis,
        volume_mm3=finding.volume_mm3,
        sop_instance_uid=sop_instance_uid,
        frame_number=frame_number,
    )


def _at_signature(events: Iterable[ReviewEvent], given_up: ReviewEvent) -> tuple[ReviewEvent, ...]:
    assert given_up.back_to is not None, "who gives an amendment up goes back to a signature"
    signed_at = given_up.back_to
    return acts_that_count(each for each in events if each.at <= signed_at)
