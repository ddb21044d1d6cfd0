"""Vessels: trees of tapering tubes from each hilum into its lung, down to about 1.5 mm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.phantom.anatomy import BLOOD, LUNG, Anatomy, Frame

LEAST_RADIUS_MM: Final = 0.7
TREES_A_LUNG: Final = 9
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Tip:
    """Where a branch goes on from."""

    at_mm: Vector
    direction: Vector
    radius_mm: float


def grow_vessels(body: Anatomy, frame: Frame, random: np.random.Generator) -> None:
    """Draw arteries and veins into the lungs of a body; outside the lungs nothing is changed."""
    hilum_z = frame.z_mm[0] + 0.5 * frame.height_mm
    for side, lung in ((-1.0, body.lungs[0]), (1.0, body.lungs[1])):
        hilum = np.array([hilum_z, 8.0, side * 30.0])
        for tree in range(TREES_A_LUNG):
            fan = (tree + 0.5) / TREES_A_LUNG * 2 - 1
            direction = _unit(np.array([1.6 * fan, random.uniform(-0.9, 0.9), side * random.uniform(0.6, 1.0)]))
            start = hilum + np.array([fan * 30, random.uniform(-12, 12), 0.0])
            _grow(body, lung, frame, random, _Tip(start, direction, float(random.uniform(4.5, 6.5))))


def _grow(body: Anatomy, lung: NDArray[np.bool_], frame: Frame, random: np.random.Generator, root: _Tip) -> None:
    tips = [root]
    while tips:
        tip = tips.pop()
        end = _next(lung, frame, random, tip)
        if end is None:
            continue
        thinner_mm = tip.radius_mm * random.uniform(0.88, 0.96)
        _tube(body, lung, frame, (tip.at_mm, end), (tip.radius_mm, thinner_mm))
        direction = _unit(end - tip.at_mm)
        for share in (random.uniform(0.78, 0.93), random.uniform(0.5, 0.82)):
            radius_mm = thinner_mm * share
            if radius_mm >= LEAST_RADIUS_MM:
                turned = _unit(direction + random.uniform(0.3, 0.75) * _unit(random.standard_normal(3)))
                tips.append(_Tip(end, turned, radius_mm))


def _next(lung: NDArray[np.bool_], frame: Frame, random: np.random.Generator, tip: _Tip) -> Vector | None:
    """Where a branch ends: it bends away from the pleura; None when there is no way on."""
    length_mm = tip.radius_mm * random.uniform(2.5, 4.5) + 4
    for bend in (0.15, 0.4, 0.7, 1.0, 1.4):
        end = tip.at_mm + _unit(tip.direction + bend * random.standard_normal(3) / np.sqrt(3)) * length_mm
        if _near(lung, frame, end):
            return end
    return None


def _near(lung: NDArray[np.bool_], frame: Frame, at_mm: Vector) -> bool:
    index = _index(frame, at_mm)
    inside = all(0 <= place < size for place, size in zip(index, frame.shape, strict=True))
    return inside and (bool(lung[index]) or abs(at_mm[2]) < 36)


def _index(frame: Frame, at_mm: Vector) -> tuple[int, int, int]:
    return (
        round((at_mm[0] - frame.z_mm[0]) / frame.slice_mm),
        round((at_mm[1] - frame.y_mm[0]) / frame.pixel_mm),
        round((at_mm[2] - frame.x_mm[0]) / frame.pixel_mm),
    )


def _tube(
    body: Anatomy,
    lung: NDArray[np.bool_],
    frame: Frame,
    ends_mm: tuple[Vector, Vector],
    radii_mm: tuple[float, float],
) -> None:
    """A cone frustum with soft edges (half a voxel), drawn where there is lung."""
    margin = max(radii_mm) + frame.slice_mm
    low = np.minimum(*ends_mm) - margin
    high = np.maximum(*ends_mm) + margin
    window = tuple(
        slice(max(start, 0), max(min(stop + 1, size), 0))
        for start, stop, size in zip(_index(frame, low), _index(frame, high), frame.shape, strict=True)
    )
    if any(part.stop <= part.start for part in window):
        return
    z, y, x = np.ix_(np.array(frame.z_mm)[window[0]], np.array(frame.y_mm)[window[1]], np.array(frame.x_mm)[window[2]])
    along = ends_mm[1] - ends_mm[0]
    offset = (z - ends_mm[0][0], y - ends_mm[0][1], x - ends_mm[0][2])
    share = np.clip((offset[0] * along[0] + offset[1] * along[1] + offset[2] * along[2]) / (along @ along), 0, 1)
    distance_mm = np.sqrt(sum((o - share * a) ** 2 for o, a in zip(offset, along, strict=True)))
    radius_mm = radii_mm[0] + (radii_mm[1] - radii_mm[0]) * share
    cover = np.clip((radius_mm - distance_mm) / (1.2 * frame.pixel_mm) + 0.5, 0, 1) * lung[window]
    drawn = LUNG + (BLOOD - LUNG) * cover
    part = body.hu[window]
    np.maximum(part, np.where(cover > 0, drawn, part), out=part)


def _unit(vector: Vector) -> Vector:
    return vector / np.linalg.norm(vector)
