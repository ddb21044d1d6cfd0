"""Templates and phrases of reports: what they hold, for which examinations they are meant, and which comes first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.body_parts import regions
from service.domain.hospital import Language
from service.domain.report import ReportText
from service.domain.wall import HospitalId

MAX_NAME_LENGTH: Final = 80
BODY_PARTS: Final = ("head", "neck", "spine", "chest", "heart", "breast", "abdomen", "pelvis", "limbs")
"""Regions a template can be meant for, as models.body_parts names them."""
X_RAY: Final = frozenset({"CR", "DX"})
"""Modalities of a projection radiograph (PS3.3 C.7.3.1.1.1); one template serves both."""
_MODALITY: Final = re.compile(r"[A-Z]{2,4}")
_SHORTCUT: Final = re.compile(r"[a-z0-9]{1,16}")
_SLOT: Final = re.compile(r"\{findings\|[^{}]*\}")


class TemplateFault(Exception):
    """Base, never raised itself: a template cannot be kept as asked; nothing was changed."""


class TemplateNameless(TemplateFault):
    """A template has a name of at most MAX_NAME_LENGTH characters."""


class TemplateEmpty(TemplateFault):
    """A template or phrase says something."""


class ShortcutMissing(TemplateFault):
    """A phrase is called by 1 to 16 small letters and digits; a template has no shortcut."""


class SlotBroken(TemplateFault):
    """A text has at most one place for findings, written {findings|words where there are none}."""


class FitsNothing(TemplateFault):
    """A modality is a defined term (two to four capitals), a body part one of BODY_PARTS; both may be left empty."""


class TemplateKind(StrEnum):
    """A whole report to begin with, or words put in while writing."""

    TEMPLATE = "template"
    PHRASE = "phrase"


class Origin(StrEnum):
    """Whose a template is; what is nearer to the reader comes first."""

    OWN = "own"
    HOSPITAL = "hospital"
    SHARED = "shared"
    BUILT_IN = "built-in"


@dataclass(frozen=True, slots=True)
class Examined:
    """What was examined, as the images say."""

    modality: str
    body_part: str
    description: str


@dataclass(frozen=True, slots=True)
class Purpose:
    """For which examinations; what is empty fits any. exam: words the description has to hold."""

    modality: str = ""
    body_part: str = ""
    exam: str = ""

    def __post_init__(self) -> None:
        if self.modality and _MODALITY.fullmatch(self.modality) is None:
            raise FitsNothing(f"no modality: {self.modality!a}")
        if self.body_part and self.body_part not in BODY_PARTS:
            raise FitsNothing(f"no body part: {self.body_part!a}")

    def closeness(self, examined: Examined) -> int | None:
        """How exactly it is meant for this examination, the higher the more; None where it is not."""
        named = regions(examined.body_part) or regions(examined.description)
        asked = (
            (4, self.modality, _same_modality(self.modality, examined.modality)),
            (2, self.body_part, self.body_part in named),
            (1, self.exam, self.exam.casefold() in examined.description.casefold()),
        )
        if any(wanted and not met for _, wanted, met in asked):
            return None
        return sum(weight for weight, wanted, _ in asked if wanted)


@dataclass(frozen=True, slots=True)
class Wording:
    """What a template or phrase says; valid when constructed. A phrase has its words in text.findings."""

    kind: TemplateKind
    language: Language
    name: str
    shortcut: str
    purpose: Purpose
    text: ReportText

    def __post_init__(self) -> None:
        if not 0 < len(self.name.strip()) <= MAX_NAME_LENGTH:
            raise TemplateNameless(f"a name has 1 to {MAX_NAME_LENGTH} characters")
        is_phrase = self.kind is TemplateKind.PHRASE
        if is_phrase is (_SHORTCUT.fullmatch(self.shortcut) is None):
            raise ShortcutMissing("a phrase has a shortcut of small letters and digits, and a template none")
        for part in (self.text.findings, self.text.impression):
            _require_slot(part)
        if self.text.is_empty:
            raise TemplateEmpty("write what it says")


@dataclass(frozen=True, slots=True)
class Template:
    """A template or phrase with whose it is. owner: a user's id; hospital: whose readers share it."""

    id: str
    wording: Wording
    owner: str | None
    hospital: HospitalId | None
    is_built_in: bool = False

    @property
    def origin(self) -> Origin:
        """Whose it is."""
        if self.is_built_in:
            return Origin.BUILT_IN
        if self.owner is not None:
            return Origin.OWN
        return Origin.SHARED if self.hospital is None else Origin.HOSPITAL


_NEARNESS: Final = {origin: at for at, origin in enumerate(Origin)}


def fitting(templates: Iterable[Template], examined: Examined, hospital: HospitalId) -> tuple[Template, ...]:
    """Those meant for this examination at this hospital: the most exactly meant first, then the nearest to the reader.

    Phrases for any examination are among them, by the same order.
    """
    met = [
        (closeness, each)
        for each in templates
        if (closeness := each.wording.purpose.closeness(examined)) is not None and each.hospital in (None, hospital)
    ]
    met.sort(key=lambda pair: (-pair[0], _NEARNESS[pair[1].origin], pair[1].wording.name))
    return tuple(each for _, each in met)


def _same_modality(wanted: str, seen: str) -> bool:
    return wanted == seen or (wanted in X_RAY and seen in X_RAY)


def _require_slot(part: str) -> None:
    if len(_SLOT.findall(part)) > 1 or "{findings" in _SLOT.sub("", part):
        raise SlotBroken("write {findings|words where there are none} once")
