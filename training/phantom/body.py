"""The body of one made-up patient: outlines of skin, muscle, chest cavity, lungs and organs as smooth distances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from training.phantom.mediastinum import Middle, mediastinum_distance
from training.phantom.raster import COARSE, AnyFloats, Floats, Raster

Measures = tuple[float, float, float, float, float, float, float, float]

LEVELS_MM: Final = (-190.0, -140.0, -60.0, 0.0, 50.0, 80.0, 110.0, 140.0)
"""Heights above the carina at which the measures below are given."""

APEX_BASE_MM: Final = 40.0
APEX_MM: Final = 112.0
CAGE_MM: Final = 9.0
"""Ribs and the muscles between them: from the pleura outwards."""

SPINE_Y_MM: Final = 72.0


@dataclass(frozen=True, slots=True)
class Oval:
    """An outline that changes with the height: half axes and the middle's y at LEVELS_MM; a share narrower in front."""

    half_width_mm: Measures
    half_depth_mm: Measures
    middle_y_mm: Measures
    narrow_front: float
    power: float


CAVITY: Final = Oval(
    (126.0, 128.0, 124.0, 118.0, 106.0, 90.0, 70.0, 60.0),
    (90.0, 91.0, 89.0, 86.0, 78.0, 68.0, 55.0, 50.0),
    (-2.0, -2.0, 0.0, 1.0, 8.0, 16.0, 24.0, 26.0),
    0.13,
    2.35,
)
SKIN: Final = Oval(
    (146.0, 148.0, 151.0, 160.0, 173.0, 184.0, 190.0, 186.0),
    (110.0, 110.0, 111.0, 112.0, 108.0, 99.0, 88.0, 80.0),
    (6.0, 5.0, 3.0, 2.0, 6.0, 12.0, 20.0, 24.0),
    0.05,
    2.5,
)


@dataclass(frozen=True, slots=True)
class Patient:
    """What differs from one made-up patient to the next.

    size: everything scales with it. fat_mm: extra fat under the skin. dome_mm: height of the right dome of the
    diaphragm. The two phases shift ribs and discs along the spine. noise_hu: in the middle of the body.
    """

    size: float
    fat_mm: float
    dome_mm: float
    rib_phase_mm: float
    disc_phase_mm: float
    lung_hu: float
    noise_hu: float
    female: bool
    age_years: int


@dataclass(frozen=True, slots=True)
class Body:
    """Distances in mm, negative inside, on the coarse grid: (slices, coarse rows, coarse columns).

    mottle: a smooth random field of unit spread, for planes of fat between muscles and uneven organs.
    """

    skin: Floats
    muscle: Floats
    cavity: Floats
    lung: Floats
    liver: Floats
    spleen: Floats
    stomach: Floats
    mottle: Floats


def make_patient(random: np.random.Generator) -> Patient:
    """A patient within what is usual for an adult."""
    return Patient(
        size=float(random.uniform(0.94, 1.06)),
        fat_mm=float(random.uniform(-2, 8)),
        dome_mm=float(random.uniform(-82, -64)),
        rib_phase_mm=float(random.uniform(0, 26)),
        disc_phase_mm=float(random.uniform(0, 25)),
        lung_hu=float(random.uniform(-875, -840)),
        noise_hu=float(random.uniform(13, 22)),
        female=bool(random.random() < 0.5),
        age_years=int(random.integers(45, 78)),
    )


def make_body(patient: Patient, raster: Raster, middle: Middle, random: np.random.Generator) -> Body:
    """All outlines of a patient on the coarse grid of a raster; middle: what fills the mediastinum."""
    z = raster.z[:, None, None]
    x, y = _warped(raster.coarse_x[None, None, :], raster.coarse_x[None, :, None], z, random)
    cavity = _oval(x, _beside_the_middle(x, y), z, CAVITY)
    inside = np.maximum(_lungs(x, y, z, cavity, patient), -mediastinum_distance(raster, middle))
    below = cavity + 3
    dome = patient.dome_mm
    return Body(
        skin=_skin(x, y, z, patient),
        muscle=cavity - CAGE_MM - _muscle_mm(np.arctan2(np.abs(x), y), z),
        cavity=cavity,
        lung=inside,
        liver=np.maximum(np.maximum(below, _dome(x, y, z, patient, right=True) + 1.5), _liver_cut(x, y)),
        spleen=np.maximum(below, _ellipsoid(x, y, z, (86.0, 40.0, dome - 58), (32.0, 48.0, 48.0))),
        stomach=np.maximum(below, _ellipsoid(x, y, z, (56.0, -22.0, dome - 64), (38.0, 44.0, 44.0))),
        mottle=_mottle(inside.shape, raster, random),
    )


def lung_at(body: Body, raster: Raster, places_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance to the lungs' surface at places (places, 3) as (x, y, z); outside the image it is +50."""
    step = raster.pixel_mm * COARSE
    index = np.stack(
        [
            (places_mm[:, 2] - raster.z_mm) / raster.slice_mm,
            (places_mm[:, 1] - raster.coarse_x[0]) / step,
            (places_mm[:, 0] - raster.coarse_x[0]) / step,
        ]
    )
    return np.asarray(ndimage.map_coordinates(body.lung, index, np.float64, order=1, mode="constant", cval=50.0))


def front_y_mm(z_mm: float) -> float:
    """Where the chest cavity ends in front, in the middle."""
    return float(np.interp(z_mm, LEVELS_MM, CAVITY.middle_y_mm) - np.interp(z_mm, LEVELS_MM, CAVITY.half_depth_mm))


def spine_y_mm(z_mm: AnyFloats | float) -> AnyFloats:
    """The middle of the vertebral bodies: the spine bends forward above and below the middle of the chest."""
    return np.asarray(SPINE_Y_MM - 11.0 * ((z_mm - np.float32(5)) / np.float32(135)) ** 2)


def _warped(x: Floats, y: Floats, z: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Bend the body a little, so that no outline is an exact oval."""
    shift = []
    for _ in range(2):
        total = np.zeros(np.broadcast_shapes(x.shape, y.shape, z.shape), np.float32)
        for _ in range(5):
            kx, ky, kz = (random.uniform(-1, 1, 3) * (0.045, 0.045, 0.03)).astype(np.float32)
            phase = kx * x + ky * y + kz * z + np.float32(random.uniform(0, 6.3))
            total += np.float32(random.uniform(0.5, 1.4)) * np.sin(phase)
        shift.append(total)
    return x + shift[0], y + shift[1]


def _oval(x: Floats, y: Floats, z: Floats, oval: Oval) -> Floats:
    dy = y - np.interp(z, LEVELS_MM, oval.middle_y_mm).astype(np.float32)
    v = dy / np.interp(z, LEVELS_MM, oval.half_depth_mm).astype(np.float32)
    narrow = 1 - np.float32(oval.narrow_front) * np.clip(-v, 0, 1.2)
    u = np.abs(x) / (np.interp(z, LEVELS_MM, oval.half_width_mm).astype(np.float32) * narrow)
    ratio = (u**oval.power + np.abs(v) ** oval.power) ** np.float32(1 / oval.power) + np.float32(1e-6)
    return np.asarray(np.hypot(x, dy) * (1 - 1 / ratio), dtype=np.float32)


def _beside_the_middle(x: Floats, y: Floats) -> Floats:
    """The chest is deeper on both sides of spine and breastbone than in the middle."""
    deeper = np.exp(-(((np.abs(x) - 54) / 30) ** 2))
    return np.asarray(y * (1 - deeper * np.where(y > 0, 0.10, 0.08)), dtype=np.float32)


def _ellipsoid(
    x: Floats, y: Floats, z: Floats, center: tuple[float, float, float], axes: tuple[float, float, float]
) -> Floats:
    u, v, w = (x - center[0]) / axes[0], (y - center[1]) / axes[1], (z - center[2]) / axes[2]
    ratio = np.sqrt(u * u + v * v + w * w) + 1e-6
    return np.asarray((ratio - 1) * min(axes), dtype=np.float32)


def _skin(x: Floats, y: Floats, z: Floats, patient: Patient) -> Floats:
    skin = _oval(x, y, z, SKIN) - np.float32(patient.fat_mm)
    if patient.female:
        for side in (-1, 1):
            breast = _ellipsoid(x, y, z, (side * 80.0, -86.0, -32.0), (50.0, 36.0, 54.0))
            skin = _soft_union(skin, breast, 22.0)
    return skin


def _soft_union(first: Floats, second: Floats, width_mm: float) -> Floats:
    """The smaller of two distances, rounded where the shapes meet."""
    near = np.clip(0.5 + 0.5 * (second - first) / width_mm, 0, 1)
    return np.asarray(second + (first - second) * near - width_mm * near * (1 - near), dtype=np.float32)


def _lungs(x: Floats, y: Floats, z: Floats, cavity: Floats, patient: Patient) -> Floats:
    """Chest cavity without spine, midline, what lies below the diaphragm and above the apex; still with mediastinum."""
    side = np.abs(x)
    dy = y - spine_y_mm(z)
    spine = 19.0 * (1 - np.sqrt((x / 22.0) ** 2 + (dy / 20.0) ** 2))
    behind = np.where(dy > 0, (18.0 + 0.8 * dy - side) * 0.78, -30.0)
    midline = 3.2 - side
    height = np.clip((z - APEX_BASE_MM) / (APEX_MM - APEX_BASE_MM), 0, 1)
    shrink = np.maximum(1 - height**1.7, 1e-3) ** 0.62
    u, v = (side - 50) / (70 * shrink), (y - 20) / (88 * shrink)
    apex = (np.sqrt(u * u + v * v) - 1) * 66 * shrink
    apex = np.where(height > 0, np.where(height >= 1, 30.0, apex), -30.0)
    domes = np.where(x < 0, _dome(x, y, z, patient, right=True), _dome(x, y, z, patient, right=False))
    parts = (cavity, spine, behind, midline, apex, -domes)
    return np.asarray(np.maximum.reduce([np.broadcast_to(part, cavity.shape) for part in parts]), dtype=np.float32)


def _dome(x: Floats, y: Floats, z: Floats, patient: Patient, *, right: bool) -> Floats:
    """Distance to the diaphragm, negative below it."""
    middle_x, top = (-62.0, patient.dome_mm) if right else (66.0, patient.dome_mm - 12)
    u, v = (x - middle_x) / 70.0, (y + 22.0) / 100.0
    far = u * u + v * v
    surface = top - 62.0 * far - 14.0 * far * far
    slope = np.sqrt(1 + (124.0 * np.sqrt(far) / 80.0) ** 2)
    return np.asarray((z - surface) / slope, dtype=np.float32)


def _liver_cut(x: Floats, y: Floats) -> Floats:
    """The liver thins out to the left and leaves room for spine and vessels."""
    left = (x - 28 + 0.35 * (y + 20)) * 0.9
    back = (y - 62 + 0.55 * (x + 60)) * 0.85
    return np.asarray(np.maximum(left, back), dtype=np.float32)


def _muscle_mm(angle: Floats, z: Floats) -> Floats:
    """Thickness of muscle over the ribs; angle: 0 at the back, pi at the front."""
    around = np.array([0.0, 0.3, 0.6, 1.0, 1.6, 2.1, 2.5, 2.9, np.pi])
    low = np.interp(angle, around, [20, 22, 13, 9, 8, 5, 4, 3, 2])
    high = np.interp(angle, around, [18, 24, 36, 46, 34, 22, 17, 11, 4])
    upwards = np.clip((z + 50) / 110, 0, 1.15)
    return np.asarray(low + (high - low) * upwards, dtype=np.float32)


def _mottle(shape: tuple[int, ...], raster: Raster, random: np.random.Generator) -> Floats:
    white = random.standard_normal(shape, dtype=np.float32)
    plane = 4.5 / raster.pixel_mm / COARSE
    smooth = ndimage.gaussian_filter(white, (8.0 / raster.slice_mm, plane, plane))
    return np.asarray(smooth / smooth.std(), dtype=np.float32)
