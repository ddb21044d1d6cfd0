"""Numbers of a segmented region on its own grid: axes in a slice, volume, mean attenuation, centroid.

The long axis is the largest in-plane distance between voxels of the region on the slice where that distance is
greatest; the short axis is the largest extent of the same slice at right angles to it (RECIST 1.1, Lung-RADS wording).
Lengths run between voxel centres: the radiologists' outlines that the masks are learned from lie one pixel outside the
lesion (LIDC rule), which makes up for the half pixel at either end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from models.contract import Axis, Grid, Point, Segment


@dataclass(frozen=True, slots=True)
class Extent:
    """What is measured of one segment. center_mm is the centroid of its voxels (LPS)."""

    center_mm: Point
    slice_index: int
    long_axis: Axis
    short_axis: Axis
    volume_mm3: float
    mean_hu: float


def measure(segment: Segment, hu: NDArray[np.int16] | NDArray[np.float32], grid: Grid) -> Extent:
    """Measure a segment that has at least one voxel; hu: the whole volume of that grid."""
    where = np.argwhere(segment.mask)
    index = where + np.asarray(segment.corner)
    center = grid.lps_mm(index.mean(axis=0))
    box = tuple(slice(c, c + n) for c, n in zip(segment.corner, segment.mask.shape, strict=True))
    long_axis, short_axis = axes(index, grid)
    return Extent(
        center_mm=_point(center),
        slice_index=long_axis.slice_index,
        long_axis=long_axis,
        short_axis=short_axis,
        volume_mm3=float(segment.mask.sum()) * grid.voxel_mm3,
        mean_hu=float(np.mean(hu[box][segment.mask], dtype=np.float64)),
    )


def axes(index: NDArray[np.int64], grid: Grid) -> tuple[Axis, Axis]:
    """Long and short axis of the region made of these voxels; index: (voxels, 3), not empty."""
    best: tuple[float, Axis, NDArray[np.float64]] | None = None
    for slice_index in np.unique(index[:, 0]):
        points = grid.lps_mm(_outline(index[index[:, 0] == slice_index]).astype(np.float64))
        gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
        first, last = np.unravel_index(int(np.argmax(gaps)), gaps.shape)
        if best is None or gaps[first, last] > best[0]:
            drawn = _axis(points[first], points[last], int(slice_index))
            best = (float(gaps[first, last]), drawn, points)
    if best is None:
        raise ValueError("a region without voxels has no axes")
    _, long_axis, points = best
    return long_axis, _across(long_axis, points, grid)


def _across(long_axis: Axis, points: NDArray[np.float64], grid: Grid) -> Axis:
    """The extent at right angles to the long axis, drawn through the middle of the region's outline."""
    start = np.asarray(long_axis.start_mm)
    along = _unit(np.asarray(long_axis.end_mm) - start)
    across = _unit(np.cross(np.cross(grid.row_step_mm, grid.column_step_mm), along))
    offsets = (points - start) @ across
    base = start + along * float(np.mean((points - start) @ along))
    return _axis(base + across * offsets.min(), base + across * offsets.max(), long_axis.slice_index)


def _axis(start: NDArray[np.float64], end: NDArray[np.float64], slice_index: int) -> Axis:
    return Axis(_point(start), _point(end), float(np.linalg.norm(end - start)), slice_index)


def _outline(index: NDArray[np.int64]) -> NDArray[np.int64]:
    """The voxels of one slice's region that its convex hull rests on: the far ends are among them."""
    try:
        return index[ConvexHull(index[:, 1:]).vertices]
    except (QhullError, ValueError):  # fewer than three voxels, or all of them on one line
        return index


def _unit(way: NDArray[np.float64]) -> NDArray[np.float64]:
    length = float(np.linalg.norm(way))
    return way / length if length > 0 else np.array([1.0, 0.0, 0.0])


def _point(values: NDArray[np.float64]) -> Point:
    return float(values[0]), float(values[1]), float(values[2])
