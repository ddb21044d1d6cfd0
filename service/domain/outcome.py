"""What came of an analysis, as results and words are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from models.contract import Code, Finding, Presence, Refused, SeriesReading, Target


@dataclass(frozen=True, slots=True)
class Failed:
    """Something broke: a stable reason code and what was seen, in a sentence for people (no patient data)."""

    reason_code: str
    detail: str


@dataclass(frozen=True, slots=True)
class StatedFinding:
    """As much of a finding as words say; a row of the archive holds it, the region stays in the reading object."""

    number: int
    concept: Code
    site: Code
    laterality: Code | None
    presence: Presence
    probability: float
    long_axis_mm: float | None
    short_axis_mm: float | None
    volume_mm3: float | None
    mean_hu: float | None


@dataclass(frozen=True, slots=True)
class Statement:
    """What a package looked for and what it found; no findings means absent."""

    target: Target
    findings: tuple[StatedFinding, ...]


AnalysisResult: TypeAlias = SeriesReading | Refused | Failed
Said: TypeAlias = Statement | Refused | Failed


def said_of(result: AnalysisResult) -> Said:
    """A result without its geometry."""
    if not isinstance(result, SeriesReading):
        return result
    return Statement(result.reading.target, tuple(stated(finding) for finding in result.reading.findings))


def stated(finding: Finding) -> StatedFinding:
    """A finding without its geometry."""
    return StatedFinding(
        number=finding.number,
        concept=finding.concept,
        site=finding.site,
        laterality=finding.laterality,
        presence=finding.presence,
        probability=finding.probability,
        long_axis_mm=None if finding.long_axis is None else finding.long_axis.length_mm,
        short_axis_mm=None if finding.short_axis is None else finding.short_axis.length_mm,
        volume_mm3=finding.volume_mm3,
        mean_hu=finding.mean_hu,
    )
