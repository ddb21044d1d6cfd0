"""The report of an examination: a chain of versions, what each says, and what may happen to it (AC-07, AC-72)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from service.domain.hospital import Finalising, Language
from service.domain.lifecycle import Lifecycle
from service.domain.order import ExamClass


class ReportState(StrEnum):
    """Where one version of a report stands."""

    DRAFT = "draft"
    PRELIMINARY = "preliminary"
    SIGNED = "signed"
    PROVISIONAL = "provisional"
    RELEASED = "released"
    AMENDED = "amended"
    WITHDRAWN = "withdrawn"
    RECALLED = "recalled"
    RETURNED = "returned"
    DISCARDED = "discarded"


class ReportEvent(StrEnum):
    """What happens to a version of a report."""

    SAVED = "saved"
    SUBMITTED = "submitted"
    REOPENED = "reopened"
    DISCARDED = "discarded"
    SIGNED_AS_FINAL = "signed, no audit asked for"
    SIGNED_FOR_AUDIT = "signed, audit to follow"
    SIGNED_AS_PROVISIONAL = "signed and released provisionally, audit to follow"
    RECALLED = "recalled by its signer"
    RETURNED = "returned by the auditor"
    AUDITED = "audited"
    SUCCEEDED = "a newer version released"
    WITHDRAWN = "withdrawn"


_S, _E = ReportState, ReportEvent
REPORT: Final = Lifecycle(
    "report",
    {
        (_S.DRAFT, _E.SAVED): _S.DRAFT,
        (_S.DRAFT, _E.SUBMITTED): _S.PRELIMINARY,
        (_S.DRAFT, _E.DISCARDED): _S.DISCARDED,
        (_S.PRELIMINARY, _E.REOPENED): _S.DRAFT,
        (_S.PRELIMINARY, _E.SIGNED_AS_FINAL): _S.RELEASED,
        (_S.PRELIMINARY, _E.SIGNED_FOR_AUDIT): _S.SIGNED,
        (_S.PRELIMINARY, _E.SIGNED_AS_PROVISIONAL): _S.PROVISIONAL,
        (_S.SIGNED, _E.RECALLED): _S.RECALLED,
        (_S.SIGNED, _E.RETURNED): _S.RETURNED,
        (_S.SIGNED, _E.AUDITED): _S.RELEASED,
        (_S.PROVISIONAL, _E.AUDITED): _S.RELEASED,
        (_S.PROVISIONAL, _E.RETURNED): _S.WITHDRAWN,
        (_S.PROVISIONAL, _E.WITHDRAWN): _S.WITHDRAWN,
        (_S.RELEASED, _E.SUCCEEDED): _S.AMENDED,
        (_S.RELEASED, _E.WITHDRAWN): _S.WITHDRAWN,
    },
)

WAITS_FOR_AUDIT: Final = frozenset({_S.SIGNED, _S.PROVISIONAL})
OPEN: Final = frozenset({_S.DRAFT, _S.PRELIMINARY}) | WAITS_FOR_AUDIT
"""At most one version of an examination is open."""
OUT: Final = frozenset({_S.PROVISIONAL, _S.RELEASED})
"""At most one version of an examination is out: the one that counts for the hospital."""
GIVEN_OUT: Final = OUT | {_S.AMENDED, _S.WITHDRAWN}
"""Versions that the hospital has, or had. One that was given out is never recalled in silence: it is withdrawn."""
ENDED_UNSEEN: Final = frozenset({_S.RECALLED, _S.RETURNED, _S.DISCARDED})
"""Versions that ended before they were released: what stood before them stands."""
BECOMES_DRAFT: Final = frozenset({_E.RECALLED, _E.RETURNED})
"""These end a version and open the next one with its text."""
MAX_TEXT_LENGTH: Final = 20_000
AUDIT_WITHIN_S: Final = 24 * 3600.0
"""From the signature of a provisional report to its audit (AC-72)."""


class ReportFault(Exception):
    """Base, never raised itself: the report cannot be changed as asked; nothing was changed."""


class TextTooLong(ReportFault):
    """A part of the report is longer than MAX_TEXT_LENGTH characters."""


class ReportChanged(ReportFault):
    """Somebody else saved since this text was loaded."""

    def __init__(self, edition: int, by: str) -> None:
        """edition, by: what stands now and who wrote it."""
        super().__init__(f"the report was changed meanwhile (edition {edition}); load it, then decide what to keep")
        self.edition = edition
        self.by = by


def clean_text(text: str) -> str:
    """Text as it is signed and printed: NFC, a blank for each tab, no control characters but line ends.

    DICOM's text may hold no tab (PS3.5 6.1.3), and what is signed may not change on its way into a document.
    """
    normal = unicodedata.normalize("NFC", text).replace("\t", " ")
    return "".join(letter for letter in normal if letter in "\n\r" or unicodedata.category(letter) != "Cc")


@dataclass(frozen=True, slots=True)
class ReportText:
    """What a report says: 影像所见, 影像诊断, 建议; clean_text of what was typed."""

    findings: str = ""
    impression: str = ""
    advice: str = ""

    def __post_init__(self) -> None:
        for name in ("findings", "impression", "advice"):
            object.__setattr__(self, name, clean_text(getattr(self, name)))
        for part in (self.findings, self.impression, self.advice):
            if len(part) > MAX_TEXT_LENGTH:
                raise TextTooLong(f"a part of a report has at most {MAX_TEXT_LENGTH} characters")

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written yet."""
        return not (self.findings.strip() or self.impression.strip() or self.advice.strip())


@dataclass(frozen=True, slots=True)
class KeyImage:
    """An image the reader marked for the report. frame_number: 1-based, None for a single-frame instance."""

    sop_instance_uid: str
    frame_number: int | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportContent:
    """All that a version says. template: the code of the template it was begun with; empty for free text."""

    text: ReportText
    key_images: tuple[KeyImage, ...]
    template: str
    language: Language


def after_signature(finalising: Finalising, exam_class: ExamClass | None, *, amends: bool) -> ReportEvent:
    """What a signature is: the end, or the step before the audit, as the hospital's contract says.

    exam_class: of the request; how urgent a reader finds it lets nothing out unaudited. amends: whether a report is
    out already, which stands until its amendment was audited: a hospital never has an audited text and beside it one
    that is not.
    """
    if not finalising.asks_for_audit:
        return _E.SIGNED_AS_FINAL
    is_first = finalising is Finalising.BY_AUDIT_EMERGENCIES_FIRST and exam_class is ExamClass.EMERGENCY
    return _E.SIGNED_AS_PROVISIONAL if is_first and not amends else _E.SIGNED_FOR_AUDIT
