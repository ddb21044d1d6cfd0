"""Places in the lungs that a nodule could be: bright blobs of 3 to 35 mm, by the Laplacian of Gaussian at many scales.

On a 1.25 mm grid; on a 2.5 mm grid nearly half of the nodules below 6 mm leave no blob. Large blobs are looked for on
coarser copies, which costs little. Nearly everything found is a vessel; telling them apart is the networks' work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from models.contract import Grid
from models.heads.lungs import LungField
from models.heads.resample import even_box

STEP_MM: Final = 1.25
SCALES_MM: Final = ((1, (1.1, 1.6, 2.3)), (2, (3.3, 4.7)), (4, (6.6, 9.3)))
"""(how many times coarser the grid, the blobs' sigmas on it)."""

LIMITS_HU: Final = (-1000.0, 200.0)
LEAST_RESPONSE_HU: Final = 45.0
APART_MM: Final = 3.5
DEEPEST_OUTSIDE_MM: Final = 2.0
MOST: Final = 2000


@dataclass(frozen=True, slots=True)
class Candidates:
    """index: (places, 3) voxels of the canonical volume as fractions; sigma_mm: size of the blob.

    response: the weakest of its three curvatures, in HU: high for balls, low along vessels.
    """

    index: NDArray[np.float64]
    sigma_mm: NDArray[np.float64]
    response: NDArray[np.float64]

    def chosen(self, which: NDArray[np.int64]) -> Candidates:
        """Only these, in this order."""
        return Candidates(self.index[which], self.sigma_mm[which], self.response[which])


def candidates(
    hu: NDArray[np.float32] | NDArray[np.int16], grid: Grid, field: LungField, depth_mm: NDArray[np.float32]
) -> Candidates:
    """Blobs in the lung field, the most ball-like first, none within 3.5 mm of a better one; at most 2,000."""
    box = _wider(field.box(), hu.shape)
    even = even_box(hu, grid.spacing_mm, box, STEP_MM, LIMITS_HU)
    values = even.values
    places, sigmas, responses = [], [], []
    for coarser, scales in SCALES_MM:
        step_mm = STEP_MM * coarser
        if coarser > 1:
            values = _halved(values)
        for sigma_mm in scales:
            smooth, response = _blobs(values, sigma_mm / step_mm)
            peaks = _peaks(response)
            strength = _weakest_curvature(smooth, peaks) * (sigma_mm / step_mm) ** 2
            places.append(even.voxel((peaks.astype(np.float64) + 0.5) * coarser - 0.5))
            sigmas.append(np.full(len(peaks), sigma_mm))
            responses.append(strength)
    found = Candidates(np.concatenate(places), np.concatenate(sigmas), np.concatenate(responses))
    inside = field.at(found.index, depth_mm) > -np.maximum(DEEPEST_OUTSIDE_MM, found.sigma_mm * 0.6)
    fit = found.chosen(np.flatnonzero(inside))
    return fit.chosen(apart(fit, fit.response, grid, APART_MM)[:MOST])


def _wider(box: tuple[slice, slice, slice], shape: tuple[int, ...]) -> tuple[slice, slice, slice]:
    parts = [slice(max(0, one.start - 8), min(size, one.stop + 8)) for one, size in zip(box, shape, strict=True)]
    return parts[0], parts[1], parts[2]


def _halved(values: NDArray[np.float32]) -> NDArray[np.float32]:
    even = values[tuple(slice(0, max(1, size // 2) * 2) if size > 1 else slice(None) for size in values.shape)]
    for axis in range(3):
        if even.shape[axis] > 1:
            size = even.shape[axis]
            pairs = even.take(range(0, size, 2), axis) + even.take(range(1, size, 2), axis)
            even = np.asarray(pairs / 2, dtype=np.float32)
    return even


def _blobs(values: NDArray[np.float32], sigma: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The smoothed values and their scale-normalised bright-blob response, in HU."""
    smooth = values
    for axis in range(3):
        smooth = ndimage.gaussian_filter1d(smooth, sigma, axis=axis, mode="nearest", truncate=3.0)
    response = ndimage.laplace(smooth, mode="nearest") * np.float32(-(sigma**2))
    return smooth, np.asarray(response, dtype=np.float32)


def _peaks(response: NDArray[np.float32]) -> NDArray[np.int64]:
    """Local maxima over the 26 neighbours above the least response: (peaks, 3), never on the border."""
    rows = np.argwhere(response > LEAST_RESPONSE_HU)
    inner = rows[((rows > 0) & (rows < np.asarray(response.shape) - 1)).all(1)]
    flat = np.ravel_multi_index(tuple(inner.T), response.shape)
    values, strides = response.ravel(), np.asarray([response.shape[1] * response.shape[2], response.shape[2], 1])
    for step in np.ndindex(3, 3, 3):
        shift = int((np.asarray(step) - 1) @ strides)
        if shift and len(flat):
            flat = flat[values[flat] >= values[flat + shift]]
    return np.stack(np.unravel_index(flat, response.shape), 1).reshape(-1, 3)


def _weakest_curvature(smooth: NDArray[np.float32], peaks: NDArray[np.int64]) -> NDArray[np.float64]:
    """The curvature, downwards positive, along the direction in which it is weakest; peaks: (peaks, 3) inner voxels."""

    def at(*step: int) -> NDArray[np.float64]:
        return smooth[tuple((peaks + step).T)].astype(np.float64)

    hessian = np.empty((len(peaks), 3, 3))
    unit = np.eye(3, dtype=int)
    for a in range(3):
        hessian[:, a, a] = at(*unit[a]) + at(*-unit[a]) - 2 * at(0, 0, 0)
        for b in range(a):
            both, cross = unit[a] + unit[b], unit[a] - unit[b]
            hessian[:, a, b] = hessian[:, b, a] = (at(*both) + at(*-both) - at(*cross) - at(*-cross)) / 4
    return -np.asarray(np.linalg.eigvalsh(hessian)[:, -1]) if len(peaks) else np.zeros(0)


def apart(found: Candidates, scores: NDArray[np.float64], grid: Grid, apart_mm: float) -> NDArray[np.int64]:
    """The places in falling order of their scores, without those nearer than apart_mm to a better one."""
    ranked = np.argsort(-scores, kind="stable")
    lps = grid.lps_mm(found.index[ranked])
    near = cKDTree(lps).query_ball_point(lps, apart_mm) if len(lps) else []
    gone = np.zeros(len(lps), bool)
    kept = []
    for place in range(len(lps)):
        if not gone[place]:
            kept.append(place)
            gone[near[place]] = True
    return ranked[np.asarray(kept, dtype=np.int64)]
