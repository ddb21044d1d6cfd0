"""Nodules of known size and place: ellipsoids of 5 to 30 mm, some at the pleura, some on vessels, a few part-solid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from training.phantom.anatomy import LUNG, Anatomy, Frame

SMALLEST_MM: Final = 5.0
LARGEST_MM: Final = 30.0
LEAST_APART_MM: Final = 12.0
_SUPERSAMPLED: Final = 3


@dataclass(frozen=True, slots=True)
class PhantomNodule:
    """An ellipsoid in the patient (LPS). semi_axes_mm along z, y and x; diameter_mm: the longest in a slice."""

    center_mm: tuple[float, float, float]
    semi_axes_mm: tuple[float, float, float]
    diameter_mm: float
    volume_mm3: float
    part_solid: bool


def place_nodules(body: Anatomy, frame: Frame, random: np.random.Generator) -> tuple[PhantomNodule, ...]:
    """Draw three to six nodules into the lungs, apart from each other; returns the truth about them."""
    depth_mm = _depth_mm(body.lung, frame)
    placed: list[PhantomNodule] = []
    wanted = int(random.integers(3, 7))
    for _ in range(200):
        if len(placed) == wanted:
            break
        diameter_mm = float(np.clip(random.lognormal(np.log(10.5), 0.5), SMALLEST_MM, LARGEST_MM))
        centre = _somewhere(depth_mm, frame, random, diameter_mm)
        nodule = None if centre is None else _nodule(centre, diameter_mm, random)
        if nodule is not None and all(_apart(nodule, other) for other in placed):
            _draw(body, frame, nodule, random)
            placed.append(nodule)
    return tuple(placed)


def _depth_mm(lung: NDArray[np.bool_], frame: Frame) -> NDArray[np.float32]:
    """How deep in the lung, on a grid of every 4th row and column; shape (slices, rows / 4, columns / 4)."""
    coarse = lung[:, ::4, ::4]
    sampling = (frame.slice_mm, 4 * frame.pixel_mm, 4 * frame.pixel_mm)
    depth: NDArray[np.float32] = distance_transform_edt(coarse, sampling=sampling).astype(np.float32)
    return depth


def _somewhere(
    depth_mm: NDArray[np.float32], frame: Frame, random: np.random.Generator, diameter_mm: float
) -> tuple[float, float, float] | None:
    """A centre (z, y, x) so deep that the nodule stays in the lung; every fourth nodule touches the pleura."""
    radius_mm = diameter_mm / 2
    juxtapleural = random.random() < 0.25
    least, most = (radius_mm * 0.95, radius_mm * 1.15) if juxtapleural else (radius_mm + 3, 1e9)
    choices = np.argwhere((depth_mm > least) & (depth_mm < most))
    if len(choices) == 0:
        return None
    z, y, x = choices[random.integers(len(choices))]
    return frame.z_mm[z], frame.y_mm[4 * y], frame.x_mm[4 * x]


def _nodule(centre: tuple[float, float, float], diameter_mm: float, random: np.random.Generator) -> PhantomNodule:
    z, y, x = centre
    semi = diameter_mm / 2 * np.array([random.uniform(0.75, 1.0), 1.0, random.uniform(0.75, 1.0)])
    if random.random() < 0.5:
        semi[[1, 2]] = semi[[2, 1]]
    return PhantomNodule(
        center_mm=(x, y, z),
        semi_axes_mm=(float(semi[0]), float(semi[1]), float(semi[2])),
        diameter_mm=diameter_mm,
        volume_mm3=float(4 / 3 * np.pi * np.prod(semi)),
        part_solid=bool(diameter_mm > 10 and random.random() < 0.15),
    )


def _apart(one: PhantomNodule, other: PhantomNodule) -> bool:
    gap_mm = np.linalg.norm(np.subtract(one.center_mm, other.center_mm)) - (one.diameter_mm + other.diameter_mm) / 2
    return bool(gap_mm > LEAST_APART_MM)


def _draw(body: Anatomy, frame: Frame, nodule: PhantomNodule, random: np.random.Generator) -> None:
    """Blend the ellipsoid in by the share of each voxel it fills (3 x 3 x 3 samples a voxel)."""
    x, y, z = nodule.center_mm
    spacings = (frame.slice_mm, frame.pixel_mm, frame.pixel_mm)
    axes = (np.array(frame.z_mm), np.array(frame.y_mm), np.array(frame.x_mm))
    window = tuple(
        slice(int(np.searchsorted(axis, at - semi - step)), int(np.searchsorted(axis, at + semi + step)) + 1)
        for axis, at, semi, step in zip(axes, (z, y, x), nodule.semi_axes_mm, spacings, strict=True)
    )
    samples = [
        (axis[part][:, None] + (np.arange(_SUPERSAMPLED) - 1) / _SUPERSAMPLED * step).ravel()
        for axis, part, step in zip(axes, window, spacings, strict=True)
    ]
    zz, yy, xx = np.ix_(*(line - at for line, at in zip(samples, (z, y, x), strict=True)))
    a, b, c = nodule.semi_axes_mm
    radial = np.sqrt((zz / a) ** 2 + (yy / b) ** 2 + (xx / c) ** 2)
    filled = _mean_of_samples(radial <= 1)
    solid_hu = float(random.uniform(10, 60))
    density = np.full(filled.shape, solid_hu)
    if nodule.part_solid:
        core = _mean_of_samples(radial <= 0.55)
        density = LUNG + 330.0 + (solid_hu - LUNG - 330.0) * core
    part = body.hu[window]
    part += (filled * (density - part)).astype(np.float32)


def _mean_of_samples(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    n = _SUPERSAMPLED
    slices, rows, columns = (size // n for size in inside.shape)
    mean: NDArray[np.float64] = inside.reshape(slices, n, rows, n, columns, n).mean(axis=(1, 3, 5))
    return mean
