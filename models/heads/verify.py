"""Scores of candidates from cubes of 32 mm, the second opinion on what the axial patches let pass.

A vessel that looks like a nodule on one slice goes on above and below it; a cube shows that.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from models.backends import Forward

CUBE_PX: Final = 32
CUBE_STEP_MM: Final = 1.0
BATCH: Final = 16


def seen(hu: NDArray[np.float32]) -> NDArray[np.float32]:
    """HU as the network's input range."""
    return np.asarray((np.clip(hu, -1000, 400) + 600) / 400, dtype=np.float32)


def cube_offsets_mm(side_px: int = CUBE_PX, step_mm: float = CUBE_STEP_MM) -> NDArray[np.float64]:
    """(3, side, side, side): the way from the centre to every voxel of a cube, (slice, row, column)."""
    line = (np.arange(side_px) - (side_px - 1) / 2) * step_mm
    return np.stack(np.meshgrid(line, line, line, indexing="ij"))


def cubes(
    hu: NDArray[np.float32] | NDArray[np.int16],
    spacing_mm: tuple[float, float, float],
    centers: NDArray[np.float64],
    steps_mm: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Cubes round voxels (slice, row, column), each at its own step: (places, 1, 32, 32, 32), standardised."""
    unit = cube_offsets_mm(step_mm=1.0)
    made = np.empty((len(centers), 1, CUBE_PX, CUBE_PX, CUBE_PX), np.float32)
    for cube, center, step in zip(made, centers, steps_mm, strict=True):
        index = unit * step / np.reshape(spacing_mm, (3, 1, 1, 1)) + np.reshape(center, (3, 1, 1, 1))
        low = np.clip(np.floor(index.min((1, 2, 3))).astype(int), 0, np.asarray(hu.shape) - 1)
        high = np.clip(np.ceil(index.max((1, 2, 3))).astype(int) + 1, 1, hu.shape)
        box = hu[tuple(slice(a, b) for a, b in zip(low, np.maximum(high, low + 1), strict=True))].astype(np.float32)
        place = index - low.reshape(3, 1, 1, 1)
        cube[0] = ndimage.map_coordinates(box, place, order=1, mode="nearest", prefilter=False)
    return seen(made)


def cube_scores(forwards: list[Forward], images: NDArray[np.float32]) -> NDArray[np.float64]:
    """Logit of each cube by each network: (networks, places)."""
    said = np.zeros((len(forwards), len(images)))
    for row, forward in zip(said, forwards, strict=True):
        for start in range(0, len(images), BATCH):
            row[start : start + BATCH] = forward(images[start : start + BATCH])[:, 0]
    return said
