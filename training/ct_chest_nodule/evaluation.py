"""What the package reaches, in figures with intervals: on patches, on cut-outs, and on whole scans."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from models.contract import Acquisition, Finding, Refused, SliceSource, Volume
from models.heads.axial import AxialVolume
from models.heads.lungs import lung_field
from models.heads.measure import axes
from models.heads.nodule_detection import OUTLINE_NET, PATCH_NET, NoduleDetectionHead, examine, probability_of
from models.heads.patch import patch_scores
from models.manifest import Metric
from training.ct_chest_nodule import outlines
from training.ct_chest_nodule.figures import auroc, average_precision, interval, sensitivity_at
from training.ct_chest_nodule.insertion import (
    LEAST_RADIUS_MM,
    MARK_FREE_MM,
    InsertedScan,
    crossed,
    inserted_scans,
)
from training.ct_chest_nodule.lung_backgrounds import Background, ScanRefused
from training.ct_chest_nodule.nodules import Nodule, read_nodules
from training.ct_chest_nodule.patches import read_patches

log = logging.getLogger("training")

PATCHES, CUT_OUTS = "ct_nodule_patches val", "ct_nodule_voi3d val"
INSERTED = "insertion test, ct_nodule_voi3d val"


def patch_metrics(head: NoduleDetectionHead, data: Path) -> list[Metric]:
    """Separation of nodules from other candidates on single patches, 24-fold test-time augmentation."""
    patches = read_patches(data, "val")
    scores = patch_scores([head.forwards[PATCH_NET]], patches.images)
    labels = patches.labels.astype(np.int64)
    figures: dict[str, Callable[[NDArray[np.float64], NDArray[np.int64]], float]] = {
        "AUROC": auroc,
        "average precision": average_precision,
        "sensitivity at 5 % false positives": partial(sensitivity_at, false_positive_rate=0.05),
    }
    return [
        _metric(
            name,
            PATCHES,
            figure(scores, labels),
            interval(partial(_of_rows, figure, scores, labels), patches.groups),
            len(labels),
        )
        for name, figure in figures.items()
    ]


def _of_rows(
    figure: Callable[[NDArray[np.float64], NDArray[np.int64]], float],
    scores: NDArray[np.float64],
    labels: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> float:
    return figure(scores[rows], labels[rows])


def outline_metrics(head: NoduleDetectionHead, data: Path) -> list[Metric]:
    """Overlap with the radiologists' majority and error of the equivalent diameter, the centre given."""
    done = outlines.validate(head.forwards[OUTLINE_NET], read_nodules(data, "val"), level=head.rules.region_level)
    patients = np.array([one.patient for one in done])
    dice, error = np.array([one.dice for one in done]), np.array([one.diameter_error_mm for one in done])
    return [
        resampled("Dice, mean", CUT_OUTS, dice, np.mean, patients),
        resampled("Dice, median", CUT_OUTS, dice, np.median, patients),
        resampled("equivalent diameter error, median (mm)", CUT_OUTS, error, np.median, patients),
    ]


@dataclass(frozen=True, slots=True)
class Met:
    """One inserted nodule and what the package made of it; the errors are NaN where it was not found."""

    nodule: Nodule
    found: bool
    center_error_mm: float = float("nan")
    dice: float = float("nan")
    long_axis_error_mm: float = float("nan")
    volume_ratio: float = float("nan")


@dataclass(frozen=True, slots=True)
class Insertion:
    """All inserted nodules; false_positives: of each scan, outside every mark."""

    met: tuple[Met, ...]
    false_positives: tuple[int, ...]


def insertion(head: NoduleDetectionHead, background: Background, nodules: list[Nodule], *, seed: int) -> Insertion:
    """The whole package on scans with nodules put in, each cube judged by the network of the other lung."""
    met: list[Met] = []
    false_positives: list[int] = []
    for scan in inserted_scans(background, nodules, seed=seed):
        findings = _crossed_findings(head, background, scan)
        one = _matched(scan, background, findings)
        met += one.met
        false_positives += one.false_positives
        log.info("insertion: %d of %d, %s", sum(was.found for was in one.met), len(one.met), one.false_positives)
    return Insertion(tuple(met), tuple(false_positives))


def _crossed_findings(head: NoduleDetectionHead, background: Background, scan: InsertedScan) -> list[Finding]:
    volume = bare_volume(scan.hu, background)
    turned = AxialVolume(scan.hu, background.grid, (0, 1, 2), (False, False, False))
    lungs = lung_field(scan.hu, background.grid)
    if isinstance(lungs, Refused):
        raise ScanRefused(lungs.detail)
    opinions = examine(turned, lungs, head.forwards, head.rules, lambda _: None)
    honest = replace(opinions, probability=probability_of(opinions.slices, crossed(opinions, background), head.rules))
    return head.findings(volume, turned, lungs, honest, head.forwards)


def bare_volume(hu: NDArray[np.float32], background: Background) -> Volume:
    """A volume without a series behind it."""
    source = SliceSource("1.2.840.10008.5.1.4.1.1.2", "2.25.1", None)
    return Volume(hu, background.grid, (source,) * hu.shape[0], "2.25.2", "2.25.3", Acquisition("CT"))


def _matched(scan: InsertedScan, background: Background, findings: Sequence[Finding]) -> Insertion:
    centers = np.array([one.center_mm for one in findings]).reshape(-1, 3)
    taken = np.zeros(len(findings), bool)
    met = []
    for one in scan.nodules:
        away = np.linalg.norm(centers - background.grid.lps_mm(one.center), axis=1)
        near = away <= max(LEAST_RADIUS_MM, one.nodule.diameter_mm / 2)
        taken |= near
        if not near.any():
            met.append(Met(one.nodule, found=False))
            continue
        best = int(np.argmin(away))
        met.append(_measured(one.nodule, findings[best], one.mask, background, float(away[best])))
    index = background.grid.index(centers)
    wrong = ~taken & background.clear(index, MARK_FREE_MM)
    return Insertion(tuple(met), (int(wrong.sum()),))


def _measured(
    nodule: Nodule, finding: Finding, truth: NDArray[np.bool_], background: Background, away_mm: float
) -> Met:
    segment, long_axis, volume_mm3 = finding.segment, finding.long_axis, finding.volume_mm3
    if segment is None or long_axis is None or volume_mm3 is None or not truth.any():
        return Met(nodule, found=True, center_error_mm=away_mm)
    box = tuple(slice(c, c + n) for c, n in zip(segment.corner, segment.mask.shape, strict=True))
    shared = float((truth[box] & segment.mask).sum())
    true_axis, _ = axes(np.argwhere(truth), background.grid)
    return Met(
        nodule,
        found=True,
        center_error_mm=away_mm,
        dice=2 * shared / float(truth.sum() + segment.mask.sum()),
        long_axis_error_mm=long_axis.length_mm - true_axis.length_mm,
        volume_ratio=volume_mm3 / (float(truth.sum()) * background.grid.voxel_mm3),
    )


DIAMETERS_MM = ((3.0, 6.0), (6.0, 10.0), (10.0, 30.0))


def insertion_metrics(done: Insertion) -> list[Metric]:
    """Sensitivity in all and by diameter, false positives, and how the found ones were measured."""
    patients = np.array([one.nodule.patient for one in done.met])
    found = np.array([one.found for one in done.met], float)
    diameters = np.array([one.nodule.diameter_mm for one in done.met])
    made = [resampled("sensitivity", INSERTED, found, np.mean, patients)]
    for low, high in DIAMETERS_MM:
        rows = (diameters >= low) & (diameters < high)
        name = f"sensitivity, {low:.0f} to {high:.0f} mm"
        made.append(resampled(name, INSERTED, found[rows], np.mean, patients[rows]))
    made.append(false_positive_metric(done.false_positives, INSERTED, scans_differ=False))
    hit = found > 0
    for name, field in (
        ("centre error, median (mm)", "center_error_mm"),
        ("Dice on whole scans, mean", "dice"),
        ("long axis error on whole scans, median of absolute (mm)", "long_axis_error_mm"),
        ("volume over true volume on whole scans, median", "volume_ratio"),
    ):
        values = np.array([getattr(one, field) for one in done.met], float)[hit]
        values = np.abs(values) if "absolute" in name else values
        made.append(resampled(name, INSERTED, values, np.nanmean if "mean" in name else np.nanmedian, patients[hit]))
    return made


def false_positive_metric(counts: Sequence[int], set_name: str, *, scans_differ: bool) -> Metric:
    """False positives a scan, with the exact Poisson interval of one scan where all scans are the same lungs."""
    seen = float(np.sum(counts)) if scans_differ else float(np.mean(counts))
    scans = len(counts) if scans_differ else 1
    low = chi2.ppf(0.025, 2 * seen) / 2 if seen > 0 else 0.0
    high = chi2.ppf(0.975, 2 * seen + 2) / 2
    return _metric("false positives a scan", set_name, seen / scans, (low / scans, high / scans), len(counts))


def resampled(
    name: str,
    set_name: str,
    values: NDArray[np.float64],
    figure: Callable[[NDArray[np.float64]], float],
    groups: NDArray[np.generic],
) -> Metric:
    """A figure of these values with its interval over resampled groups."""
    span = interval(lambda rows: float(figure(values[rows])), groups)
    return _metric(name, set_name, float(figure(values)), span, len(values))


def _metric(name: str, set_name: str, value: float, span: tuple[float, float], count: int) -> Metric:
    low, high = round(span[0], 4), round(span[1], 4)
    return Metric(name=name, set_name=set_name, value=round(value, 4), low=low, high=high, count=count)
