"""What the findings page shows, as plain values: the demo fills them from what came back over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from models.manifest import Text
from service.domain.hospital import Language


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the study shows; of a phantom the page says that it is no patient."""

    name: str
    patient_id: str
    is_phantom: bool


@dataclass(frozen=True, slots=True)
class PackageShown:
    """The package that was asked, and what nobody should take it for."""

    title: Text
    name: str
    version: str
    use_status: Text
    not_validated_for: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class FindingShown:
    """One finding. slice_number counts from 1 in the series' own order; picture_png is that slice with the outline.

    closeup_png: the finding's surroundings, enlarged; it lies over the slice on closeup_side, away from the finding.
    sides: which sides of the patient the left and the upper edge of the picture show (R or L, A or P, H or F).
    """

    number: int
    kind: Text
    place: Text
    long_axis_mm: float | None
    short_axis_mm: float | None
    volume_mm3: float | None
    probability: float
    mean_hu: float | None
    slice_number: int | None
    picture_png: bytes | None
    closeup_png: bytes | None = None
    closeup_side: Literal["left", "right"] = "right"
    sides: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """At least one finding, in a series of slice_count slices. window_hu: (centre, width) of the pictures."""

    series_description: str
    slice_count: int
    findings: tuple[FindingShown, ...]
    window_hu: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class NothingFound:
    """What was looked for is absent. statement says the limits: the sizes that a negative reading is about."""

    series_description: str
    slice_count: int
    statement: Text


@dataclass(frozen=True, slots=True)
class Refusal:
    """The package says "not for me". detail is what was seen, a sentence without patient data; it may be empty."""

    reason_code: str
    reason: Text
    detail: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Something broke; reason says what to do next."""

    reason_code: str
    reason: Text


OutcomeShown: TypeAlias = Found | NothingFound | Refusal | Failure


@dataclass(frozen=True, slots=True)
class AnalysisShown:
    """One package on the study, and what came of it."""

    package: PackageShown
    outcome: OutcomeShown


@dataclass(frozen=True, slots=True)
class Timeline:
    """Moments in seconds after the first byte was sent; None is a moment that did not come."""

    received_s: float | None
    complete_s: float | None
    analysed_s: float | None
    delivered_s: float | None


@dataclass(frozen=True, slots=True)
class DeliveredObject:
    """An object that came back into the hospital's folder."""

    path: str
    sop_class: Text
    sop_instance_uid: str


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """All that the page says. language is the one it opens in; the reader may switch."""

    title: Text
    subject: Subject
    study_description: str
    analyses: tuple[AnalysisShown, ...]
    timeline: Timeline
    delivered: tuple[DeliveredObject, ...]
    language: Language = Language.ZH_CN
