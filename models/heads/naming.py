"""Findings in words and numbers: a segment becomes a coded nodule or mass with its site and its measures."""

from __future__ import annotations

from dataclasses import replace

from models.contract import (
    LEFT,
    LUNG,
    MASS,
    MORPHOLOGICALLY_ABNORMAL_STRUCTURE,
    NODULE,
    RIGHT,
    Code,
    Finding,
    Presence,
    Segment,
    Target,
    Volume,
)
from models.heads.lungs import LEFT_LUNG, RIGHT_LUNG
from models.heads.measure import measure

MASS_ABOVE_MM = 30.0
"""A rounded opacity larger than this is a mass (Fleischner Society: glossary of terms, Radiology 2008;246:697)."""

LATERALITIES: dict[int, Code] = {RIGHT_LUNG: RIGHT, LEFT_LUNG: LEFT}


def target() -> Target:
    """What a nodule package looks for, and where."""
    return Target(NODULE, LUNG)


def finding(segment: Segment, volume: Volume, side: int, probability: float) -> Finding:
    """A finding, not yet numbered. side: the label of the lung field at its centre.

    The site is the lung, not a lobe: no fissure is looked for, so a lobe would be a guess.
    """
    extent = measure(segment, volume.hu, volume.grid)
    return Finding(
        number=0,
        concept=MASS if extent.long_axis.length_mm > MASS_ABOVE_MM else NODULE,
        category=MORPHOLOGICALLY_ABNORMAL_STRUCTURE,
        site=LUNG,
        laterality=LATERALITIES.get(side),
        presence=Presence.PRESENT,
        probability=probability,
        center_mm=extent.center_mm,
        slice_index=extent.slice_index,
        long_axis=extent.long_axis,
        short_axis=extent.short_axis,
        volume_mm3=extent.volume_mm3,
        mean_hu=extent.mean_hu,
        segment=segment,
    )


def numbered(findings: list[Finding]) -> tuple[Finding, ...]:
    """The most probable first, counted from 1; ties by position, so that a volume always reads the same."""
    ranked = sorted(findings, key=lambda one: (-one.probability, one.center_mm or (0.0, 0.0, 0.0)))
    return tuple(replace(one, number=number) for number, one in enumerate(ranked, start=1))
