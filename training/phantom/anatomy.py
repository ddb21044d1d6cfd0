"""The body: skin, fat, muscle, lungs with their texture, mediastinum, airways, bones, liver, table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

AIR: Final = -1000.0
FAT: Final = -100.0
MUSCLE: Final = 50.0
BLOOD: Final = 45.0
LIVER: Final = 60.0
MARROW: Final = 180.0
CORTEX: Final = 700.0
LUNG: Final = -855.0
Array = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Frame:
    """Voxel centres in the patient (LPS): x to the left, y to the back, z to the head; mm."""

    z_mm: tuple[float, ...]
    y_mm: tuple[float, ...]
    x_mm: tuple[float, ...]
    slice_mm: float
    pixel_mm: float

    @classmethod
    def centred(cls, slices: int, matrix: int, slice_mm: float, pixel_mm: float) -> Frame:
        """A frame whose middle is the origin of x and y, and whose lowest slice is z = 0."""
        across = tuple(float(v) for v in (np.arange(matrix) - (matrix - 1) / 2) * pixel_mm)
        along = tuple(float(v) for v in np.arange(slices) * slice_mm)
        return cls(along, across, across, slice_mm, pixel_mm)

    @property
    def height_mm(self) -> float:
        """From the first to the last slice."""
        return self.z_mm[-1] - self.z_mm[0]

    @property
    def shape(self) -> tuple[int, int, int]:
        """(slices, rows, columns)."""
        return len(self.z_mm), len(self.y_mm), len(self.x_mm)


@dataclass(frozen=True, slots=True)
class Anatomy:
    """hu: the sharp picture, shape (slices, rows, columns); lungs: where lung tissue is (right, left)."""

    hu: Array
    lungs: tuple[Mask, Mask]

    @property
    def lung(self) -> Mask:
        """Both lungs."""
        return self.lungs[0] | self.lungs[1]


def anatomy(frame: Frame, random: np.random.Generator) -> Anatomy:
    """A body, slice by slice."""
    hu = np.full(frame.shape, AIR, np.float32)
    right = np.zeros(frame.shape, bool)
    left = np.zeros(frame.shape, bool)
    y, x = (axis.astype(np.float32) for axis in np.meshgrid(frame.y_mm, frame.x_mm, indexing="ij"))
    person = _Person.drawn(random)
    texture = _lung_texture(frame, random)
    for index, z in enumerate(frame.z_mm):
        level = z / max(frame.height_mm, 1.0)
        right[index], left[index] = _slice(hu[index], x, y, level, z, person)
        for lung in (right[index], left[index]):
            gravity = 60.0 * (y[lung] / 100.0)
            hu[index][lung] = LUNG + gravity + texture[index][lung]
        _table(hu[index], x, y)
    return Anatomy(hu, (right, left))


@dataclass(frozen=True, slots=True)
class _Person:
    """How this body differs from the next one; factors around 1, shifts in mm."""

    width: float
    depth: float
    fat_mm: float
    heart: float
    rib_phase_mm: float

    @classmethod
    def drawn(cls, random: np.random.Generator) -> _Person:
        return cls(
            width=float(random.uniform(0.92, 1.05)),
            depth=float(random.uniform(0.92, 1.06)),
            fat_mm=float(random.uniform(8, 18)),
            heart=float(random.uniform(0.9, 1.12)),
            rib_phase_mm=float(random.uniform(0, 26)),
        )


def _ellipse(x: Array, y: Array, cx: float, cy: float, rx: float, ry: float, power: float = 2.0) -> Array:
    """Below 1 inside; power above 2 gives a squarer outline."""
    return np.abs((x - cx) / rx) ** power + np.abs((y - cy) / ry) ** power


def _slice(hu: Array, x: Array, y: Array, level: float, z: float, person: _Person) -> tuple[Mask, Mask]:
    """Draw one slice; level runs from 0 (liver) to 1 (apex). Returns the lungs (right is at negative x)."""
    shoulders = 1.0 - 0.22 * max(level - 0.75, 0) / 0.25
    rx, ry = 160 * person.width * shoulders, 112 * person.depth * shoulders
    body = _ellipse(x, y, 0, 0, rx, ry, 2.4)
    hu[body < 1] = FAT
    hu[(body < 1) & (body > 0.975)] = 30.0
    inner_x, inner_y = rx - person.fat_mm, ry - person.fat_mm
    wall = _ellipse(x, y, 0, 0, inner_x, inner_y, 2.4)
    hu[wall < 1] = MUSCLE
    cage = _ellipse(x, y, 0, 2, inner_x - 20, inner_y - 17, 2.2)
    right, left = _lungs(x, y, level, person, cage)
    hu[(cage < 1) & ~right & ~left] = 20.0
    _mediastinum(hu, x, y, level, person)
    _liver(hu, x, y, level, right, cage)
    _spine(hu, x, y, z, inner_y)
    _ribs(hu, x, y, z, (inner_x - 10, inner_y - 9), person)
    _sternum(hu, x, y, inner_y, level)
    return right & (hu < 100), left & (hu < 100)


def _lungs(x: Array, y: Array, level: float, person: _Person, cage: Array) -> tuple[Mask, Mask]:
    apex = np.sqrt(max(1.0 - max(level - 0.45, 0) ** 2 / 0.55**2, 0.0))
    width, depth = 62 * person.width * (0.25 + 0.75 * apex), 88 * person.depth * (0.2 + 0.8 * apex)
    dome = max(0.0, (0.22 - level) / 0.22)
    right = _ellipse(x, y, -72 * person.width, 4, width, depth, 2.3) < 1
    left = _ellipse(x, y, 72 * person.width, 4, width * 0.95, depth, 2.3) < 1
    heart = _ellipse(x, y, 22, -22, 58 * person.heart, 48 * person.heart) < (1.0 if level < 0.5 else 0.0)
    spine = _ellipse(x, y, 0, 66, 27, 34) < 1
    inside = (cage < 0.96) & ~heart & ~spine
    if level < 0.22:
        liver = _ellipse(x, y, -62, -10, 74 * dome**0.5, 78 * dome**0.5) < 1 if dome else np.zeros_like(inside)
        stomach = _ellipse(x, y, 66, -12, 60 * dome**0.6, 62 * dome**0.6) < 1 if dome else np.zeros_like(inside)
        right &= ~liver
        left &= ~stomach
    if level > 0.985:
        right[:] = False
        left[:] = False
    return right & inside, left & inside


def _mediastinum(hu: Array, x: Array, y: Array, level: float, person: _Person) -> None:
    if level < 0.5:
        hu[_ellipse(x, y, 22, -22, 58 * person.heart, 48 * person.heart) < 1] = FAT
        hu[_ellipse(x, y, 22, -21, 54 * person.heart, 44 * person.heart) < 1] = BLOOD
    else:
        hu[_ellipse(x, y, 2, -12, 26, 42) < 1] = FAT + 30
    hu[_ellipse(x, y, 20, 44, 12.5, 12.5) < 1] = BLOOD + 5
    if level > 0.5:
        hu[_ellipse(x, y, -14, -24, 15, 15) < 1] = BLOOD + 5
    if 0.66 < level < 0.74:
        hu[_ellipse(x, y, 8, 6, 24, 32) < 1] = BLOOD + 5
    if 0.46 < level < 0.6:
        hu[_ellipse(x, y, 6, -14, 42, 13) < 1] = BLOOD
    hu[_ellipse(x, y, 4, 30, 6, 7) < 1] = 35.0
    _airways(hu, x, y, level)


def _airways(hu: Array, x: Array, y: Array, level: float) -> None:
    if level >= 0.58:
        hu[_ellipse(x, y, 0, 14, 11, 10.5) < 1] = 20.0
        hu[_ellipse(x, y, 0, 14, 9, 8.5) < 1] = AIR + 20
    elif level >= 0.48:
        spread = (0.58 - level) / 0.1
        for side, radius in ((-1, 7.5), (1, 6.5)):
            centre = side * (6 + 26 * spread)
            hu[_ellipse(x, y, centre, 14 + 4 * spread, radius + 2, radius + 1) < 1] = 20.0
            hu[_ellipse(x, y, centre, 14 + 4 * spread, radius, radius - 1) < 1] = AIR + 20


def _liver(hu: Array, x: Array, y: Array, level: float, right: Mask, cage: Array) -> None:
    if level >= 0.22:
        return
    dome = ((0.22 - level) / 0.22) ** 0.5
    hu[(_ellipse(x, y, -62, -10, 74 * dome, 78 * dome) < 1) & (cage < 0.97) & ~right] = LIVER
    hu[(_ellipse(x, y, 66, -12, 60 * dome, 62 * dome) < 1) & (cage < 0.97)] = 35.0


def _spine(hu: Array, x: Array, y: Array, z: float, inner_y: float) -> None:
    disc = (z % 27.0) < 6.0
    centre = inner_y - 34
    body = _ellipse(x, y, 0, centre, 19, 16)
    hu[body < 1] = 90.0 if disc else CORTEX * 0.6
    hu[body < 0.8] = 80.0 if disc else MARROW
    hu[_ellipse(x, y, 0, centre + 24, 10, 8.5) < 1] = 25.0
    arch = _ellipse(x, y, 0, centre + 24, 16, 14)
    hu[(arch < 1) & (arch > 0.55)] = CORTEX * 0.7
    if not disc:
        hu[(np.abs(x) < 3.5) & (y > centre + 34) & (y < centre + 52)] = MARROW * 1.6


def _ribs(hu: Array, x: Array, y: Array, z: float, radii: tuple[float, float], person: _Person) -> None:
    """Rings that fall from back to front, so that a slice cuts each as a piece of an arc."""
    ring = np.sqrt(_ellipse(x, y, 0, 2, radii[0], radii[1], 2.2))
    angle = np.arctan2(-(y - 2) / radii[1], np.abs(x) / radii[0])
    fall_mm = 42.0 * (angle / np.pi + 0.5)
    along = (z + fall_mm + person.rib_phase_mm) % 26.0 - 13.0
    across = (ring - 1.0) * np.float32(0.5 * (radii[0] + radii[1]))
    rib = (across / 4.6) ** 2 + (along / 6.2) ** 2
    hu[rib < 1] = CORTEX
    hu[rib < 0.45] = MARROW


def _sternum(hu: Array, x: Array, y: Array, inner_y: float, level: float) -> None:
    if 0.25 < level < 0.92:
        bone = _ellipse(x, y, 0, -(inner_y - 12), 17, 6.5, 2.6)
        hu[bone < 1] = CORTEX * 0.7
        hu[bone < 0.6] = MARROW


def _table(hu: Array, x: Array, y: Array) -> None:
    arc = y - (142 - 0.0012 * x**2)
    hu[(arc > 0) & (arc < 3) & (np.abs(x) < 172) & (hu < -500)] = -120.0


def _lung_texture(frame: Frame, random: np.random.Generator) -> Array:
    """Slow density waves and fine interstitial texture, HU around 0."""
    slow_shape = (max(frame.shape[0] // 8, 2), 24, 24)
    slow = gaussian_filter(random.standard_normal(slow_shape).astype(np.float32), 1.0)
    factors = [target / source for target, source in zip(frame.shape, slow_shape, strict=True)]
    waves = zoom(slow, factors, order=1)[: frame.shape[0], : frame.shape[1], : frame.shape[2]]
    fine_shape = (frame.shape[0], frame.shape[1] // 2, frame.shape[2] // 2)
    fine = gaussian_filter(random.standard_normal(fine_shape, dtype=np.float32), (0.4, 0.8, 0.8))
    texture: Array = (40.0 * waves + 45.0 * fine.repeat(2, axis=1).repeat(2, axis=2)).astype(np.float32)
    return texture
