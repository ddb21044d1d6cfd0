"""A box of a volume on an even grid of its own: one matrix an axis, so nothing is sampled voxel by voxel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class EvenBox:
    """values: (slices, rows, columns) float32 at step_mm along each axis; start: the voxel of [0, 0, 0], a fraction."""

    values: NDArray[np.float32]
    start: tuple[float, float, float]
    voxels_per_step: tuple[float, float, float]

    def voxel(self, index: NDArray[np.float64]) -> NDArray[np.float64]:
        """Voxels of the volume (fractions) at indices of this box; index: (places, 3)."""
        return np.asarray(index) * np.asarray(self.voxels_per_step) + np.asarray(self.start)


def even_box(
    hu: NDArray[np.float32] | NDArray[np.int16],
    spacing_mm: tuple[float, float, float],
    box: tuple[slice, slice, slice],
    step_mm: float,
    limits_hu: tuple[float, float],
) -> EvenBox:
    """Resample a box with a triangle as wide as the coarser of the two grids; values are clipped first."""
    part = hu[box]
    weights, starts, ratios = [], [], []
    for size, spacing, edge in zip(part.shape, spacing_mm, box, strict=True):
        ratio = step_mm / spacing
        weights.append(_weights(size, ratio))
        starts.append(float(edge.start) + (ratio - 1) / 2)
        ratios.append(ratio)
    planes = np.empty((part.shape[0], weights[1].shape[0], weights[2].shape[0]), np.float32)
    for level, plane in enumerate(part):
        clipped = np.clip(plane, *limits_hu).astype(np.float32)
        planes[level] = weights[1] @ clipped @ weights[2].T
    values = (weights[0] @ planes.reshape(len(planes), -1)).reshape(-1, *planes.shape[1:])
    return EvenBox(values, (starts[0], starts[1], starts[2]), (ratios[0], ratios[1], ratios[2]))


def _weights(size: int, ratio: float) -> NDArray[np.float32]:
    """(new size, size): rows sum to one."""
    count = max(1, round(size / ratio))
    places = (np.arange(count) + 0.5) * ratio - 0.5
    reach = max(1.0, ratio)
    weights = np.clip(1 - np.abs(places[:, None] - np.arange(size)[None]) / reach, 0, None)
    return np.asarray(weights / weights.sum(1, keepdims=True), dtype=np.float32)
