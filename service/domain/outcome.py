"""What came of an analysis, as results and words are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from models.contract import Reading, Refused, SeriesReading


@dataclass(frozen=True, slots=True)
class Failed:
    """Something broke: a stable reason code and what was seen, in a sentence for people (no patient data)."""

    reason_code: str
    detail: str


AnalysisResult: TypeAlias = SeriesReading | Refused | Failed
Statement: TypeAlias = Reading | Refused | Failed
