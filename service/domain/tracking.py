"""The identity of a lesion: the same one keeps its tracking UID through re-runs, in SR, SEG and API (AC-04)."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

from models.contract import Finding, SeriesReading
from service.dicom.uids import derived_uid

CELL_MM: Final = 4.0
OHIF_DIAMETERS: Final = "Cornerstone3DTools@^0.1.0:Bidirectional"


@dataclass(frozen=True, slots=True)
class Tracking:
    """Tracking Identifier (112039) for people and Tracking Unique Identifier (112040) for machines."""

    identifier: str
    uid: str


def tracking(installation_key: bytes, package: str, outcome: SeriesReading) -> dict[int, Tracking]:
    """Finding number to its tracking pair.

    The UID derives from the series, the package, the concept and the cell of CELL_MM in which the centre lies, not from
    the finding's number: a re-run that finds one lesion more does not rename the others. Two lesions of one kind in one
    cell are told apart by their order.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    pairs: dict[int, Tracking] = {}
    for finding in outcome.reading.findings:
        place = _place(finding)
        seen[place] += 1
        parts = ("tracking", outcome.series_instance_uid, package, *place, str(seen[place]))
        pairs[finding.number] = Tracking(identifier(finding), derived_uid(installation_key, *parts))
    return pairs


def identifier(finding: Finding) -> str:
    """The name of a finding within its analysis, as viewers list it, behind the tool that shows it in OHIF."""
    long_axis, short_axis = finding.long_axis, finding.short_axis
    if long_axis is None or short_axis is None or long_axis.slice_index != short_axis.slice_index:
        return name_of(finding)
    return with_diameters(name_of(finding))


def name_of(finding: Finding) -> str:
    """The name of a finding within its analysis."""
    return f"{finding.concept.meaning} {finding.number}"


def with_diameters(name: str) -> str:
    """The name of a finding whose two diameters are drawn on one image.

    OHIF makes a measurement of what begins with the name of its tool for two diameters, and of nothing without one.
    """
    return f"{OHIF_DIAMETERS}:{name}"


def _place(finding: Finding) -> tuple[str, ...]:
    kind = (finding.concept.scheme, finding.concept.value)
    if finding.center_mm is None:
        return kind
    return (*kind, *(str(math.floor(axis_mm / CELL_MM)) for axis_mm in finding.center_mm))
