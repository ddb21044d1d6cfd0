"""Axial volumes in one fixed order of axes, and the way back to the series' own grid.

Canonical order: slices from feet to head, rows from front to back, columns from the patient's right to left, so an
index grows with every LPS coordinate. Only whole axes are swapped and turned round: no voxel changes its value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.contract import Grid, Point, RefusalReason, Refused, Volume

MIN_COSINE = 0.85
"""An axis further than about 32 degrees from its LPS axis belongs to no axial series (ours)."""


@dataclass(frozen=True, slots=True)
class AxialVolume:
    """A volume in canonical order. order: the native axis of each canonical one; flipped: turned round on the way."""

    hu: NDArray[np.float32] | NDArray[np.int16]
    grid: Grid
    order: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]

    def to_native(self, array: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The same array on the native grid; array: the whole canonical shape."""
        turned = np.flip(array, axis=tuple(axis for axis, turn in enumerate(self.flipped) if turn))
        return np.transpose(turned, np.argsort(self.order))

    def box_to_native(
        self, corner: tuple[int, int, int], box: NDArray[np.bool_]
    ) -> tuple[tuple[int, int, int], NDArray[np.bool_]]:
        """A box of the canonical grid as (corner, array) on the native grid."""
        start = [
            size - first - extent if turn else first
            for size, first, extent, turn in zip(self.grid.shape, corner, box.shape, self.flipped, strict=True)
        ]
        back = np.argsort(self.order)
        return (start[back[0]], start[back[1]], start[back[2]]), np.ascontiguousarray(self.to_native(box))


def axial(volume: Volume) -> AxialVolume | Refused:
    """The volume in canonical order, its voxels a view; refused when its slices are not axial."""
    matrix = volume.grid.matrix_mm
    cosines = matrix / np.linalg.norm(matrix, axis=0)
    lps_axis = np.argmax(np.abs(cosines), axis=0)  # for slices, rows, columns
    strength = np.abs(cosines[lps_axis, (0, 1, 2)])
    if sorted(lps_axis) != [0, 1, 2] or lps_axis[0] != 2 or strength.min() < MIN_COSINE:
        detail = "The slices are not axial; this package reads axial series only."
        return Refused(RefusalReason.NO_SUITABLE_SERIES, detail)
    order = (0, 1, 2) if lps_axis[1] == 1 else (0, 2, 1)
    flipped = tuple(bool(cosines[lps_axis[native], native] < 0) for native in order)
    return _ordered(volume, order, (flipped[0], flipped[1], flipped[2]))


def _ordered(volume: Volume, order: tuple[int, int, int], flipped: tuple[bool, bool, bool]) -> AxialVolume:
    turned = tuple(axis for axis, turn in enumerate(flipped) if turn)
    hu = np.flip(np.transpose(volume.hu, order), axis=turned)
    steps = [volume.grid.matrix_mm[:, native] for native in order]
    origin = np.asarray(volume.grid.origin_mm, dtype=np.float64)
    for axis, turn in enumerate(flipped):
        if turn:
            origin = origin + steps[axis] * (hu.shape[axis] - 1)
            steps[axis] = -steps[axis]
    points: list[Point] = [(float(step[0]), float(step[1]), float(step[2])) for step in steps]
    start: Point = (float(origin[0]), float(origin[1]), float(origin[2]))
    shape = (int(hu.shape[0]), int(hu.shape[1]), int(hu.shape[2]))
    return AxialVolume(hu, Grid(shape, start, *points), order, flipped)
