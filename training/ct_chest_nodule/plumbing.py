"""The whole package on the one whole scan of the data folder: a training case, so this proves plumbing only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from models.contract import Reading, Refused
from models.heads import Head
from models.manifest import Metric
from training.ct_chest_nodule.lung_backgrounds import ScanRefused
from training.ct_chest_nodule.studies import TRAINING_SCAN, Marks, read_marks, read_scan

SET_NAME = "LIDC-IDRI-0001 (training case, plumbing only)"


@dataclass(frozen=True, slots=True)
class Scored:
    """center_errors_mm: of the nodules that were found; the rest are counts."""

    nodules: int
    center_errors_mm: tuple[float, ...]
    false_positives: int
    ignored: int


def read_training_scan(head: Head, data: Path) -> tuple[Reading, Scored]:
    """The reading and how it compares with the radiologists' marks."""
    folder = data / TRAINING_SCAN
    reading = head.read(read_scan(folder / "dicom"), lambda _: None)
    if isinstance(reading, Refused):
        raise ScanRefused(reading.detail)
    return reading, score(reading, read_marks(folder / "nodules.json"))


def score(reading: Reading, marks: Marks) -> Scored:
    """Hits within a nodule's radius (at least 5 mm); marks of fewer readers and single points count neither way."""
    centers = [one.center_mm for one in reading.findings if one.center_mm]
    taken: set[int] = set()
    errors = []
    for center, diameter_mm in marks.nodules:
        away = [math.dist(center, one) for one in centers]
        near = {number for number, distance in enumerate(away) if distance <= max(diameter_mm / 2, 5)}
        taken |= near
        if near:
            errors.append(min(away))
    ignored = {
        number
        for number, one in enumerate(centers)
        if number not in taken and any(math.dist(one, place) <= radius for place, radius in marks.ignored)
    }
    return Scored(len(marks.nodules), tuple(errors), len(centers) - len(taken) - len(ignored), len(ignored))


def plumbing_metrics(reading: Reading, scored: Scored) -> list[Metric]:
    """Found, centre error, false positives, and the share of time outside the networks."""
    outside = 1 - reading.forward_s / reading.total_s
    figures = [
        ("nodules found", len(scored.center_errors_mm) / scored.nodules),
        ("false positives", float(scored.false_positives)),
        ("share of time outside the forward passes", outside),
    ]
    if scored.center_errors_mm:
        figures.append(("centre error, largest (mm)", max(scored.center_errors_mm)))
    return [Metric(name=name, set_name=SET_NAME, value=round(value, 3), count=1) for name, value in figures]
