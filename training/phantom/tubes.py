"""Bent tubes that change their width (vessels, airways), painted with exact shares of thick slices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from training.phantom.raster import Floats, Raster, share

THICKEST_WALL_MM: Final = 1.3


@dataclass(frozen=True, slots=True)
class Tube:
    """points_mm: (points, 3) as (x, y, z) of the body; radii_mm: (points,)."""

    points_mm: NDArray[np.float64]
    radii_mm: NDArray[np.float64]

    def walled(self) -> Tube:
        """An airway with its wall, which is thinner the narrower it is."""
        return Tube(self.points_mm, self.radii_mm + np.minimum(0.3 + 0.2 * self.radii_mm, THICKEST_WALL_MM))

    def segments(self) -> Iterable[tuple[NDArray[np.float64], NDArray[np.float64], float, float]]:
        """Start, end and the radii there."""
        for index in range(len(self.points_mm) - 1):
            yield (
                self.points_mm[index],
                self.points_mm[index + 1],
                float(self.radii_mm[index]),
                float(self.radii_mm[index + 1]),
            )


def smooth_tube(stations: Sequence[tuple[float, float, float, float]], step_mm: float = 6.0) -> Tube:
    """A tube through stations (x, y, z, radius), rounded between them."""
    given = np.asarray(stations, dtype=np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(given[:, :3], axis=0), axis=1))])
    fine = np.linspace(0, along[-1], max(2, round(along[-1] / step_mm) + 1))
    values = PchipInterpolator(along, given, axis=0)(fine)
    return Tube(values[:, :3], values[:, 3])


def distance(
    x: Floats,
    y: Floats,
    z: Floats,
    segment: tuple[NDArray[np.float64], NDArray[np.float64], float, float],
) -> Floats:
    """Signed distance to the surface of one straight piece; x, y and z broadcast against each other."""
    start, end, first_mm, last_mm = segment
    way = (end - start).astype(np.float32)
    length2 = max(float(way @ way), 1e-6)
    px, py, pz = x - np.float32(start[0]), y - np.float32(start[1]), z - np.float32(start[2])
    along = (px * way[0] + (py * way[1] + pz * way[2])) * np.float32(1 / length2)
    np.clip(along, 0, 1, out=along)
    square = (px - along * way[0]) ** 2
    square += (py - along * way[1]) ** 2
    square += (pz - along * way[2]) ** 2
    np.sqrt(square, out=square)
    square -= np.float32(first_mm) + along * np.float32(last_mm - first_mm)
    return square


def paint(canvas: NDArray[np.uint8], raster: Raster, tubes: Iterable[Tube], layers: int) -> None:
    """Lay tubes into a volume of shares (0 to 255), the larger share wins.

    layers: thin layers that a slice is averaged from; a thin vessel between two slice centres must not be lost.
    """
    edge_mm = raster.pixel_mm
    for tube in tubes:
        for segment in tube.segments():
            reach = max(segment[2], segment[3]) + edge_mm
            box = raster.box(np.minimum(segment[0], segment[1]) - reach, np.maximum(segment[0], segment[1]) + reach)
            if box is None:
                continue
            z = raster.layers(box[0], layers)[:, :, None, None]
            covered = share(distance(raster.x[box[2]], raster.x[box[1], None], z, segment), edge_mm).mean(axis=1)
            target = canvas[box]
            np.maximum(target, (covered * 255).astype(np.uint8), out=target)
