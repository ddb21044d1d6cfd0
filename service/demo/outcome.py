"""What a demo came to, as the one JSON object it prints."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CodeSaid(_Part):
    """A coded concept."""

    value: str
    scheme: str
    meaning: str


class FindingSaid(_Part):
    """A finding at or above the package's operating point; a measure that does not apply is null."""

    code: CodeSaid
    presence: str
    probability: float
    center_mm_lps: tuple[float, float, float] | None
    long_axis_mm: float | None
    volume_mm3: float | None


class AnalysisSaid(_Part):
    """What a package made of the study."""

    package: str
    version: str
    outcome: str | None
    reason: str | None
    series_instance_uid: str | None
    findings: tuple[FindingSaid, ...]


class Timeline(_Part):
    """Seconds since the first C-STORE request; null for a step that was not reached."""

    received_s: float | None
    complete_s: float | None
    analysed_s: float | None
    delivered_s: float | None


class Delivered(_Part):
    """An object in the hospital's folder."""

    path: str
    sop_class_uid: str
    sop_instance_uid: str


class DemoOutcome(_Part):
    """The whole loop. study_instance_uid: null where no study was found to send."""

    ok: bool
    study_instance_uid: str | None
    timeline: Timeline
    analyses: tuple[AnalysisSaid, ...]
    delivered: tuple[Delivered, ...]


NOT_SET_UP: Final = DemoOutcome(
    ok=False,
    study_instance_uid=None,
    timeline=Timeline(received_s=None, complete_s=None, analysed_s=None, delivered_s=None),
    analyses=(),
    delivered=(),
)
"""What is told of a demo that ended before its loop did."""
