"""Urgent findings (危急值): when somebody has to be told at once, and until when they must have heard (AC-74)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.contract import Code
from models.manifest import Text
from service.domain.hospital import Language
from service.domain.lifecycle import Lifecycle
from service.domain.plain_text import is_line
from service.domain.wording import concept_words, figures, site_words

DEFAULT_DEADLINE_S: Final = 600.0
LEAST_DEADLINE_S: Final = 60.0
MOST_DEADLINE_S: Final = 86400.0
RESEND_S: Final = 300.0
MAX_CONTACT_LENGTH: Final = 120
MAX_WHO_LENGTH: Final = 120
MAX_HOW_LENGTH: Final = 500


class NoticeFault(Exception):
    """Base, never raised itself: a notice or its rule cannot be as asked; nothing was changed."""


class MalformedRule(NoticeFault):
    """A rule that could not work: no contact, or a deadline or size out of bounds."""


class NothingHeard(NoticeFault):
    """An acknowledgement says who heard it, and what they repeated or how they were reached."""


class NoticeState(StrEnum):
    """Where a notice stands."""

    RAISED = "raised"
    SENT = "sent"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    TAKEN_BACK = "taken-back"


class NoticeEvent(StrEnum):
    """What happens to a notice."""

    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    TIME_RAN_OUT = "time ran out"
    TAKEN_BACK = "taken back"
    RAISED_AGAIN = "raised again"


class TakenBackBecause(StrEnum):
    """Why a finding that was told does not stand any more."""

    JUDGED_ANEW = "judged-anew"
    AMENDMENT_GIVEN_UP = "amendment-given-up"


class Via(StrEnum):
    """How somebody of the hospital is known to have heard."""

    HOSPITAL = "hospital"
    CALL = "call"


_S, _E = NoticeState, NoticeEvent
NOTICE: Final = Lifecycle(
    "notice",
    {
        (_S.RAISED, _E.SENT): _S.SENT,
        (_S.RAISED, _E.ACKNOWLEDGED): _S.ACKNOWLEDGED,
        (_S.RAISED, _E.TIME_RAN_OUT): _S.ESCALATED,
        (_S.RAISED, _E.TAKEN_BACK): _S.TAKEN_BACK,
        (_S.SENT, _E.SENT): _S.SENT,
        (_S.SENT, _E.ACKNOWLEDGED): _S.ACKNOWLEDGED,
        (_S.SENT, _E.TIME_RAN_OUT): _S.ESCALATED,
        (_S.SENT, _E.TAKEN_BACK): _S.TAKEN_BACK,
        (_S.ESCALATED, _E.SENT): _S.ESCALATED,
        (_S.ESCALATED, _E.ACKNOWLEDGED): _S.ACKNOWLEDGED,
        (_S.ESCALATED, _E.TAKEN_BACK): _S.TAKEN_BACK,
        (_S.ACKNOWLEDGED, _E.TAKEN_BACK): _S.TAKEN_BACK,
        (_S.TAKEN_BACK, _E.RAISED_AGAIN): _S.RAISED,
    },
)
OPEN: Final = frozenset({_S.RAISED, _S.SENT, _S.ESCALATED})
"""Somebody still has to hear."""
NOTICE_TEXTS: Final[Mapping[NoticeState, Text]] = {
    _S.RAISED: Text(zh="待通知", en="not told yet"),
    _S.SENT: Text(zh="已通知，未确认", en="told, not acknowledged"),
    _S.ESCALATED: Text(zh="已升级，未确认", en="escalated, not acknowledged"),
    _S.ACKNOWLEDGED: Text(zh="已确认", en="acknowledged"),
    _S.TAKEN_BACK: Text(zh="已撤销", en="taken back"),
}


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """A hospital's rule: findings of this concept, at least so long, are told at once to this contact.

    least_long_axis_mm: None where the size does not matter. deadline_s: until the acknowledgement; then it escalates.
    Raises MalformedRule.
    """

    concept: Code
    least_long_axis_mm: float | None
    contact: str
    escalation_contact: str
    deadline_s: float

    def __post_init__(self) -> None:
        for name, contact in (("contact", self.contact), ("escalation contact", self.escalation_contact)):
            if not contact.strip() or len(contact) > MAX_CONTACT_LENGTH or not is_line(contact):
                raise MalformedRule(f"the {name} is a name or telephone number of 1 to {MAX_CONTACT_LENGTH} characters")
        if not LEAST_DEADLINE_S <= self.deadline_s <= MOST_DEADLINE_S:
            raise MalformedRule(f"the deadline is {LEAST_DEADLINE_S:.0f} to {MOST_DEADLINE_S:.0f} seconds")
        if self.least_long_axis_mm is not None and not 0.0 < self.least_long_axis_mm <= 1000.0:
            raise MalformedRule("the least long axis is a length in mm, above 0 and at most 1000")

    def applies(self, concept: Code, long_axis_mm: float | None) -> bool:
        """Whether a finding a reader stands for falls under the rule."""
        if (concept.value, concept.scheme) != (self.concept.value, self.concept.scheme):
            return False
        return self.least_long_axis_mm is None or (long_axis_mm or 0.0) >= self.least_long_axis_mm


@dataclass(frozen=True, slots=True)
class Stated:
    """A finding that a reader stands for: what, where, how long. long_axis_mm: None where none was measured."""

    concept: Code
    site: Code
    laterality: Code | None
    long_axis_mm: float | None

    def words(self, language: Language) -> str:
        """It in a few words, for whoever is called."""
        place, concept = site_words(self.site, self.laterality, language), concept_words(self.concept, language)
        size = "" if self.long_axis_mm is None else f"{figures(self.long_axis_mm)} mm"
        if language is Language.ZH_CN:
            return f"{place}{concept}{size and f'，长径 {size}'}"
        return f"{place}: {concept}{size and f', {size} long'}"


@dataclass(frozen=True, slots=True)
class Heard:
    """Who at the hospital heard, and how: the words they read back, or how they were reached and what they repeated.

    Raises NothingHeard.
    """

    who: str
    how: str

    def __post_init__(self) -> None:
        for text, most in ((self.who, MAX_WHO_LENGTH), (self.how, MAX_HOW_LENGTH)):
            if not text.strip() or len(text) > most:
                raise NothingHeard("say who heard it and what they read back, or how they were reached")


def looked_at_again(state: NoticeState, at: float, deadline_at: float) -> float:
    """When an open notice that was looked at now has to be looked at again: told once more, or escalated."""
    again_at = at + RESEND_S
    return again_at if state is NoticeState.ESCALATED else min(again_at, deadline_at)
