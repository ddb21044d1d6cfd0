"""Nodules: where they may lie, their shape, and what is exactly true of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from training.phantom.raster import AnyFloats, Box, Floats, Raster

Places: TypeAlias = NDArray[np.float64]
TRIES: Final = 6000
APART_MM: Final = 12.0
THIN_VESSEL_MM: Final = 0.8
"""A nodule counts as free of vessels though thinner ones reach it, as they do in every lung."""


class Seat(StrEnum):
    """What a nodule touches."""

    FREE = "free"
    PLEURA = "pleura"
    VESSEL = "vessel"


class Texture(StrEnum):
    """How dense a nodule is."""

    SOLID = "solid"
    PART_SOLID = "part-solid"
    GROUND_GLASS = "ground-glass"


@dataclass(frozen=True, slots=True)
class Shape:
    """A star-shaped body around a middle: an ellipsoid, turned about z, with lobes.

    semi_axes_mm: in the plane (longer, shorter) and along z, before the lobes. lobes: (lobes, 5) as unit direction,
    height as a share of the radius, and width (concentration).
    """

    semi_axes_mm: tuple[float, float, float]
    turn: float
    lobes: NDArray[np.float64]

    def level(self, x: AnyFloats, y: AnyFloats, z: AnyFloats) -> Floats:
        """Below 1 inside; x, y, z from the middle, in mm."""
        cos, sin = np.float32(np.cos(self.turn)), np.float32(np.sin(self.turn))
        u = (x * cos + y * sin) / np.float32(self.semi_axes_mm[0])
        v = (y * cos - x * sin) / np.float32(self.semi_axes_mm[1])
        w = z / np.float32(self.semi_axes_mm[2])
        radius = np.sqrt(u * u + v * v + w * w) + np.float32(1e-6)
        reach = np.ones_like(radius)
        for dx, dy, dz, height, width in self.lobes.astype(np.float32):
            reach += height * np.exp(width * ((u * dx + v * dy + w * dz) / radius - 1))
        return np.asarray(radius / reach, dtype=np.float32)

    def reach_mm(self) -> float:
        """No point of the shape is further from its middle."""
        return max(self.semi_axes_mm) * (1 + float(self.lobes[:, 3].sum()) if len(self.lobes) else 1.0)


@dataclass(frozen=True, slots=True)
class Truth:
    """offset_mm: centroid from the middle. long_axis_mm: the largest diameter in a slice plane."""

    offset_mm: tuple[float, float, float]
    long_axis_mm: float
    volume_mm3: float


@dataclass(frozen=True, slots=True)
class Planned:
    """A nodule before it is painted; middle_mm in the body's millimetres, all sizes too."""

    middle_mm: NDArray[np.float64]
    shape: Shape
    truth: Truth
    seat: Seat
    texture: Texture
    hu: float


def make_shape(diameter_mm: float, random: np.random.Generator) -> tuple[Shape, Truth]:
    """A shape whose long axis in the plane is diameter_mm."""
    flat, high = random.uniform(0.76, 1.0), random.uniform(0.78, 1.0)
    count = int(random.integers(0, 5)) if diameter_mm >= 8 else int(random.integers(0, 2))
    directions = random.standard_normal((count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    lobes = np.column_stack([directions, random.uniform(0.06, 0.2, count), random.uniform(5, 14, count)])
    raw = Shape((1.0, flat, high), float(random.uniform(0, np.pi)), lobes)
    scale = diameter_mm / measure(raw).long_axis_mm
    shape = Shape((scale, scale * flat, scale * high), raw.turn, lobes)
    return shape, measure(shape)


def measure(shape: Shape, points: int = 112) -> Truth:
    """Volume, centroid and long axis of a shape, counted on a grid of about a hundredth of its size."""
    reach = shape.reach_mm()
    step = 2 * reach / points
    line = ((np.arange(points) + 0.5) * step - reach).astype(np.float32)
    inside = shape.level(line, line[:, None], line[:, None, None]) < 1
    count = float(inside.sum())
    offset = [float((inside.sum(axis=axes) * line).sum() / count) for axes in ((0, 1), (0, 2), (1, 2))]
    long_axis = max(_feret(level, step) for level in inside if level.any())
    return Truth((offset[0], offset[1], offset[2]), long_axis, count * step**3)


def _feret(inside: NDArray[np.bool_], step: float) -> float:
    """The largest distance of two edges of a plane figure."""
    rows = np.flatnonzero(inside.any(axis=1))
    first = inside[rows].argmax(axis=1)
    last = inside.shape[1] - 1 - inside[rows, ::-1].argmax(axis=1)
    ends = np.concatenate([np.column_stack([rows, first]), np.column_stack([rows, last])]).astype(np.float64)
    return (float(pdist(ends).max()) + 0.9) * step if len(ends) > 1 else step


def cover(shape: Shape, middle_mm: Places, raster: Raster, box: Box, *, size: float = 1.0) -> Floats:
    """Shares of the voxels of a box that a shape covers, each counted at 5 x 5 places in 9 layers."""
    z = raster.layers(box[0], 9)[:, :, None, None, None, None] - np.float32(middle_mm[2])
    inner = ((np.arange(5, dtype=np.float32) + 0.5) / 5 - 0.5) * np.float32(raster.pixel_mm)
    y = (raster.x[box[1], None] + inner)[:, :, None, None] - np.float32(middle_mm[1])
    x = (raster.x[box[2], None] + inner) - np.float32(middle_mm[0])
    result = np.empty(tuple(one.stop - one.start for one in box), np.float32)
    for index, layer in enumerate(z):
        result[index] = (shape.level(x, y, layer) < size).mean(axis=(0, 2, 4), dtype=np.float32)
    return result


@dataclass(frozen=True, slots=True)
class Room:
    """Where nodules may go. lung: distance to the lungs' surface, negative inside, at places (places, 3).

    vessels: (points, 4) as (x, y, z, radius), airways too. z_range_mm: what the scan shows of the lungs.
    """

    lung: Callable[[Places], NDArray[np.float64]]
    vessels: NDArray[np.float64]
    z_range_mm: tuple[float, float]
    slice_mm: float


def plan(
    diameters_mm: Sequence[float], room: Room, random: np.random.Generator, *, subsolid: bool
) -> tuple[Planned, ...]:
    """A place, shape and density for every nodule, the largest first; those that find no room are left out."""
    tree = cKDTree(room.vessels[:, :3])
    planned: list[Planned] = []
    for diameter_mm in sorted(diameters_mm, reverse=True):
        seat = (Seat.FREE, Seat.PLEURA, Seat.VESSEL)[int(random.choice(3, p=(0.6, 0.2, 0.2)))]
        shape, truth = make_shape(diameter_mm, random)
        texture = _texture(random) if subsolid else Texture.SOLID
        hu = float(random.uniform(10, 55) if texture is Texture.SOLID else random.uniform(-680, -520))
        margin = diameter_mm / 2 + room.slice_mm
        low, high = room.z_range_mm[0] + margin, room.z_range_mm[1] - margin
        tried = random.uniform((-125, -90, min(low, high)), (125, 95, max(low, high)), (TRIES, 3))
        for wanted in (seat, Seat.FREE, None):
            fit = _fitting(tried, room, tree, (shape, truth), wanted)
            clear = [np.linalg.norm(fit - one.middle_mm, axis=1) > _apart_mm(one.shape, shape) for one in planned]
            chosen = fit[np.logical_and.reduce(clear)] if clear else fit
            if len(chosen):
                planned.append(Planned(chosen[0], shape, truth, wanted or Seat.VESSEL, texture, hu))
                break
    return tuple(planned)


def _texture(random: np.random.Generator) -> Texture:
    return Texture(random.choice([Texture.SOLID] * 4 + [Texture.PART_SOLID, Texture.GROUND_GLASS]))


def _apart_mm(first: Shape, second: Shape) -> float:
    return first.reach_mm() + second.reach_mm() + APART_MM


def _fitting(tried: Places, room: Room, tree: cKDTree, form: tuple[Shape, Truth], seat: Seat | None) -> Places:
    """The places that give a nodule this seat; None: anywhere inside the lung, whatever vessels run there."""
    shape, truth = form
    radius_mm = truth.long_axis_mm / 2
    depth = -room.lung(tried)
    if seat is Seat.PLEURA:
        at_wall = np.abs(depth - 0.93 * radius_mm) < 0.03 * radius_mm + 0.05
        return tried[at_wall & (np.abs(tried[:, 0]) > 60)]
    inside = tried[depth > shape.reach_mm() + 3]
    if seat is None or not len(inside):
        return inside
    away, index = tree.query(inside, k=12)
    gap = (away - room.vessels[index, 3]).min(axis=1) - radius_mm
    if seat is Seat.VESSEL:
        return inside[(np.abs(gap + 0.6) < 0.6) & (room.vessels[index, 3].max(axis=1) > 0.9)]
    thick = np.where(room.vessels[index, 3] > THIN_VESSEL_MM, away - room.vessels[index, 3], np.inf)
    return inside[thick.min(axis=1) > radius_mm + 1.5]
