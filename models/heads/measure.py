"""Numbers of a segmented region on its own grid: axes in a slice, volume, mean attenuation, centroid.

The long axis is the largest in-plane distance between voxels of the region on the slice where that distance is
greatest; the short axis is the largest extent of the same slice at right angles to it (RECIST 1.1, Lung-RADS wording).
Lengths run from edge to edge: centre distance plus one pixel, since a voxel belongs to the region with its whole area.
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
        points = grid.lps_mm(_outline(index[index[:, 0] == slice_index]))
        gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
        first, last = np.unravel_index(int(np.argmax(gaps)), gaps.shape)
        if best is None or gaps[first, last] > best[0]:
            drawn = _axis(points[first], points[last], int(slice_index), _pixel_mm(grid))
            best = (float(gaps[first, last]), drawn, points)
    if best is None:
        raise ValueError("a region without voxels has no axes")
    _, long_axis, points = best
    return long_axis, _across(long_axis, points, grid)


def _across(long_axis: Axis, points: NDArray[np.float64], grid: Grid) -> Axis:
    """The extent at right angles to the long axis, drawn through the middle of the region's outline."""
    start, end = np.asarray(long_axis.start_mm), np.asarray(long_axis.end_mm)
    normal = np.cross(grid.row_step_mm, grid.column_step_mm)
    across = np.cross(normal / np.linalg.norm(normal), (end - start) / np.linalg.norm(end - start))
    offsets = (points - start) @ across
    low, high = float(offsets.min()), float(offsets.max())
    along = float(np.mean((points - start) @ ((end - start) / np.linalg.norm(end - start))))
    base = start + (end - start) / np.linalg.norm(end - start) * along
    return _axis(base + across * low, base + across * high, long_axis.slice_index, _pixel_mm(grid), across)


def _axis(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    slice_index: int,
    pixel_mm: float,
    towards: NDArray[np.float64] | None = None,
) -> Axis:
    """An axis from voxel edge to voxel edge: half a pixel is added at both ends."""
    way = end - start
    length = float(np.linalg.norm(way))
    unit = way / length if length > 0 else (towards if towards is not None else np.array([1.0, 0.0, 0.0]))
    half = unit * pixel_mm / 2
    return Axis(_point(start - half), _point(end + half), length + pixel_mm, slice_index)


def _outline(index: NDArray[np.int64]) -> NDArray[np.int64]:
    """The voxels of one slice's region that its convex hull rests on: the far ends are among them."""
    try:
        return index[ConvexHull(index[:, 1:]).vertices]
    except (QhullError, ValueError):  # fewer than three voxels, or all of them on one line
        return index


def _pixel_mm(grid: Grid) -> float:
    _, row_mm, column_mm = grid.spacing_mm
    return (row_mm + column_mm) / 2


def _point(values: NDArray[np.float64]) -> Point:
    return float(values[0]), float(values[1]), float(values[2])
