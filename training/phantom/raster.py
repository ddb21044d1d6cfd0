"""Where the phantom's voxels lie in the body, and how a shape given by its distance becomes shares of voxels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
AnyFloats: TypeAlias = NDArray[np.floating[Any]]
Box: TypeAlias = tuple[slice, slice, slice]

COARSE: Final = 4
"""Pixels to one point of the coarse grid on which smooth distances are computed."""


@dataclass(frozen=True)
class Raster:
    """Voxel centres in the body's own millimetres: x to the left, y to the back, z to the head, 0 at the carina.

    shape: (slices, rows, columns), rows and columns alike. z_mm: of the first slice.
    """

    shape: tuple[int, int, int]
    pixel_mm: float
    slice_mm: float
    z_mm: float

    @cached_property
    def x(self) -> Floats:
        """Of the columns, and alike of the rows (y); the middle of the image is 0."""
        size = self.shape[2]
        return ((np.arange(size) - (size - 1) / 2) * self.pixel_mm).astype(np.float32)

    @cached_property
    def z(self) -> Floats:
        """Of the slices."""
        return (self.z_mm + np.arange(self.shape[0]) * self.slice_mm).astype(np.float32)

    @cached_property
    def coarse_x(self) -> Floats:
        """Of the columns (and rows) of the coarse grid; one point beyond the image's end."""
        size = self.shape[2] // COARSE + 1
        return np.float32(self.x[0]) + np.arange(size, dtype=np.float32) * np.float32(self.pixel_mm * COARSE)

    def fine(self, coarse_slice: Floats) -> Floats:
        """One slice of a coarse field at every pixel, linear between its points."""
        rows = _between(coarse_slice)
        return np.ascontiguousarray(_between(np.ascontiguousarray(rows.T)).T)

    def box(self, low_mm: NDArray[np.float64], high_mm: NDArray[np.float64]) -> Box | None:
        """The voxels between two corners (x, y, z); None where the image does not reach."""
        spans = []
        for axis, (start, step, size) in enumerate(
            ((self.z_mm, self.slice_mm, self.shape[0]), *(((float(self.x[0]), self.pixel_mm, self.shape[2]),) * 2))
        ):
            mm = 2 - axis
            first = max(0, int(np.ceil((low_mm[mm] - start) / step - 0.5)))
            last = min(size, int(np.floor((high_mm[mm] - start) / step + 0.5)) + 1)
            if last <= first:
                return None
            spans.append(slice(first, last))
        return spans[0], spans[1], spans[2]

    def layers(self, span: slice, count: int) -> Floats:
        """Heights of count thin layers inside every slice of a span: (slices, count)."""
        within = (np.arange(count, dtype=np.float32) + 0.5) / count - 0.5
        return np.asarray(self.z[span, None] + within * np.float32(self.slice_mm), dtype=np.float32)


def share(distance_mm: AnyFloats, edge_mm: float) -> Floats:
    """How much of a voxel a shape covers, by its signed distance (negative inside)."""
    covered = np.asarray(0.5 - distance_mm * np.float32(1 / edge_mm), dtype=np.float32)
    return np.clip(covered, 0, 1, out=covered)


def blend(hu: Floats, value: AnyFloats | float, covered: AnyFloats) -> None:
    """Lay a material over what is there, in place."""
    hu += (np.asarray(value, dtype=np.float32) - hu) * np.asarray(covered, dtype=np.float32)


def _between(points: Floats) -> Floats:
    """COARSE rows for every row but the last, linear towards the next."""
    first, step = points[:-1], np.diff(points, axis=0)
    rows = np.empty((len(first), COARSE, points.shape[1]), np.float32)
    for part in range(COARSE):
        np.multiply(step, np.float32(part / COARSE), out=rows[:, part])
        rows[:, part] += first
    return rows.reshape(-1, points.shape[1])
