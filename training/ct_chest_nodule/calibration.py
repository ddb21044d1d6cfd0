"""From logits to a probability, and the operating point: both from the insertion test on `val` nodules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from training.ct_chest_nodule.insertion import Seen
from training.ct_chest_nodule.nodules import Nodule

NODULES_PER_SCAN: Final = 1.33
"""Nodules of 3 mm or more marked by three readers or more: 1,186 in 888 scans (Setio et al. 2017, LUNA16)."""

SHRINKAGE: Final = 0.01
THRESHOLDS: Final = np.round(np.arange(0.02, 0.995, 0.01), 2)
DIAMETER_CLASSES_MM: Final = ((3.0, 6.0), (6.0, 10.0), (10.0, 30.0))


@dataclass(frozen=True, slots=True)
class Platt:
    """logit(probability) = patch_weight * slices + cube_weight * cube + offset."""

    patch_weight: float
    cube_weight: float
    offset: float

    def probability(self, slices: NDArray[np.float64], cube: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probability of each place."""
        logit = self.patch_weight * slices + self.cube_weight * cube + self.offset
        return np.asarray(1 / (1 + np.exp(-logit)))


def fit(seen: Seen) -> Platt:
    """Logistic regression; the inserted nodules weigh together what a scan holds on average."""
    truth = (seen.nodule >= 0).astype(np.float64)
    scans = len(np.unique(seen.scan))
    weights = np.where(truth == 1, NODULES_PER_SCAN * scans / max(1.0, truth.sum()), 1.0)
    inputs = np.stack([seen.slices, seen.cube, np.ones(len(truth))], 1)

    def cost(values: NDArray[np.float64]) -> float:
        logit = inputs @ values
        entropy = weights * (np.logaddexp(0, logit) - truth * logit)
        return float(entropy.sum() / scans + SHRINKAGE * (values[:2] ** 2).sum())

    best = minimize(cost, np.array([0.5, 0.5, -3.0]), method="L-BFGS-B", bounds=[(0, None), (0, None), (None, None)]).x
    return Platt(float(best[0]), float(best[1]), float(best[2]))


@dataclass(frozen=True, slots=True)
class Free:
    """A free-response figure: share of nodules found, false positives a scan, at a threshold."""

    threshold: float
    found: NDArray[np.bool_]
    false_positives_per_scan: float

    @property
    def sensitivity(self) -> float:
        """Share of all inserted nodules that were found."""
        return float(self.found.mean())


def free_response(seen: Seen, nodules: list[Nodule], platt: Platt, threshold: float) -> Free:
    """What a threshold gives; a nodule that never became a candidate is missed."""
    above = platt.probability(seen.slices, seen.cube) >= threshold
    best = np.zeros(len(nodules), bool)
    best[seen.nodule[above & (seen.nodule >= 0)]] = True
    scans = len(np.unique(seen.scan))
    return Free(threshold, best, float((above & (seen.nodule < 0)).sum() / scans))


def operating_point(seen: Seen, nodules: list[Nodule], platt: Platt, false_positives: float) -> Free:
    """The lowest threshold that stays at or below this many false positives a scan."""
    for threshold in THRESHOLDS:
        free = free_response(seen, nodules, platt, float(threshold))
        if free.false_positives_per_scan <= false_positives:
            return free
    return free_response(seen, nodules, platt, float(THRESHOLDS[-1]))


def by_diameter(found: NDArray[np.bool_], nodules: list[Nodule]) -> dict[str, tuple[float, int]]:
    """Sensitivity and count of each diameter class."""
    diameters = np.array([one.diameter_mm for one in nodules])
    classes = {}
    for low, high in DIAMETER_CLASSES_MM:
        chosen = (diameters >= low) & (diameters < high)
        share = float(found[chosen].mean()) if chosen.any() else float("nan")
        classes[f"{low:.0f}-{high:.0f} mm"] = (share, int(chosen.sum()))
    return classes
