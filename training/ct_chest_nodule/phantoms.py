"""The package on thorax phantoms of fresh seeds: how many of their nodules it finds, and what else it takes for one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.contract import Acquisition, Refused, SliceSource, Volume
from models.heads import Head
from models.manifest import Metric
from training.ct_chest_nodule.evaluation import false_positive_metric, resampled
from training.ct_chest_nodule.lung_backgrounds import ScanRefused
from training.phantom.volume import Phantom, make_phantom

LEAST_DIAMETER_MM = 6.0
LEAST_RADIUS_MM = 5.0


@dataclass(frozen=True, slots=True)
class PhantomResult:
    """found, diameters_mm and long_axes_mm: one entry a nodule (NaN where it was not found)."""

    seed: int
    diameters_mm: tuple[float, ...]
    found: tuple[bool, ...]
    long_axes_mm: tuple[float, ...]
    volumes_mm3: tuple[float, ...]
    false_positives: int


def phantom_volume(phantom: Phantom) -> Volume:
    """The phantom as a volume of a series that exists nowhere."""
    source = SliceSource("1.2.840.10008.5.1.4.1.1.2", "2.25.1", None)
    sources = (source,) * phantom.hu.shape[0]
    return Volume(phantom.hu, phantom.grid, sources, "2.25.2", "2.25.3", Acquisition("CT"))


def read_phantom(head: Head, seed: int) -> PhantomResult:
    """One phantom, read and compared with what was put into it."""
    phantom = make_phantom(seed)
    reading = head.read(phantom_volume(phantom), lambda _: None)
    if isinstance(reading, Refused):
        raise ScanRefused(f"phantom {seed} was refused: {reading.detail}")
    centers = np.array([one.center_mm for one in reading.findings]).reshape(-1, 3)
    taken = np.zeros(len(centers), bool)
    found, long_axes, volumes = [], [], []
    for nodule in phantom.nodules:
        away = np.linalg.norm(centers - np.asarray(nodule.center_mm), axis=1)
        near = away <= max(LEAST_RADIUS_MM, nodule.diameter_mm / 2)
        taken |= near
        found.append(bool(near.any()))
        best = reading.findings[int(np.argmin(away))] if near.any() else None
        long_axes.append(best.long_axis.length_mm if best and best.long_axis else float("nan"))
        volumes.append(best.volume_mm3 if best and best.volume_mm3 else float("nan"))
    diameters = tuple(one.diameter_mm for one in phantom.nodules)
    return PhantomResult(seed, diameters, tuple(found), tuple(long_axes), tuple(volumes), int((~taken).sum()))


def phantom_metrics(results: list[PhantomResult]) -> list[Metric]:
    """Sensitivity from 6 mm on, false positives a phantom, error of long axis and volume."""
    name = f"{len(results)} phantoms"
    rows = [
        (one.seed, diameter, found, axis, volume)
        for one in results
        for diameter, found, axis, volume in zip(
            one.diameters_mm, one.found, one.long_axes_mm, one.volumes_mm3, strict=True
        )
        if diameter >= LEAST_DIAMETER_MM
    ]
    seeds, diameters, found, long_axes, volumes = (np.asarray(column) for column in zip(*rows, strict=True))
    hit = found.astype(bool)
    axis_error = np.abs(long_axes - diameters)[hit]
    ratio = (volumes / (np.pi / 6 * diameters**3))[hit]
    return [
        resampled("sensitivity, 6 mm and more", name, found.astype(float), np.mean, seeds),
        false_positive_metric([one.false_positives for one in results], name, scans_differ=True),
        resampled("long axis error, median of absolute (mm)", name, axis_error, np.median, seeds[hit]),
        resampled("volume over true volume, median", name, ratio, np.median, seeds[hit]),
    ]
