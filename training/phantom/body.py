"""The body of one made-up patient: outlines of skin, muscle, chest cavity, lungs and organs as smooth distances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from training.phantom.mediastinum import mediastinum_distance
from training.phantom.raster import Floats, Raster
from training.phantom.tubes import Tube

LEVELS_MM: Final = (-190.0, -140.0, -60.0, 0.0, 50.0, 80.0, 110.0, 140.0)
CAVITY: Final = {
    "half_width_mm": (126.0, 128.0, 123.0, 115.0, 101.0, 86.0, 68.0, 60.0),
    "half_depth_mm": (90.0, 91.0, 88.0, 84.0, 76.0, 66.0, 54.0, 50.0),
    "middle_y_mm": (-4.0, -4.0, -2.0, 0.0, 8.0, 16.0, 24.0, 26.0),
}
SKIN: Final = {
    "half_width_mm": (146.0, 148.0, 150.0, 158.0, 172.0, 184.0, 190.0, 186.0),
    "half_depth_mm": (110.0, 110.0, 111.0, 112.0, 108.0, 99.0, 88.0, 80.0),
    "middle_y_mm": (6.0, 5.0, 3.0, 2.0, 6.0, 12.0, 20.0, 24.0),
}
APEX_BASE_MM: Final = 52.0
APEX_MM: Final = 112.0
CAGE_MM: Final = 9.0


@dataclass(frozen=True, slots=True)
class Patient:
    """What differs from one made-up patient to the next.

    size: everything scales with it. fat_mm: extra fat under the skin. dome_mm: z of the right dome of the diaphragm.
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

    mottle: a smooth random field of unit spread for fat between muscles and uneven organs.
    """

    skin: Floats
    muscle: Floats
    cavity: Floats
    lung: Floats
    liver: Floats
    spleen: Floats
    mottle: Floats


def make_patient(random: np.random.Generator) -> Patient:
    """A patient within what is usual for an adult."""
    return Patient(
        size=float(random.uniform(0.94, 1.06)),
        fat_mm=float(random.uniform(0, 10)),
        dome_mm=float(random.uniform(-82, -64)),
        rib_phase_mm=float(random.uniform(0, 26)),
        disc_phase_mm=float(random.uniform(0, 25)),
        lung_hu=float(random.uniform(-875, -840)),
        noise_hu=float(random.uniform(16, 26)),
        female=bool(random.random() < 0.5),
        age_years=int(random.integers(45, 78)),
    )


def make_body(patient: Patient, raster: Raster, middle: list[Tube], random: np.random.Generator) -> Body:
    """All outlines of a patient on the coarse grid of a raster; middle: what fills the mediastinum."""
    z = raster.z[:, None, None]
    x, y = _warped(raster.coarse_x[None, None, :], raster.coarse_x[None, :, None], z, random)
    cavity = _oval(x, y, z, CAVITY, 2.3)
    skin = _skin(x, y, z, patient)
    lung = _lungs(x, y, z, cavity, patient)
    lung = np.maximum(lung, _without_middle(raster, middle))
    angle = np.arctan2(np.abs(x), y - 0.0)
    return Body(
        skin=skin,
        muscle=cavity - CAGE_MM - _muscle_mm(angle, z),
        cavity=cavity,
        lung=lung,
        liver=np.maximum(np.maximum(cavity + 3, _dome(x, y, z, patient, right=True) + 1.5), _liver_cut(x, y, z)),
        spleen=_ellipsoid(x, y, z, (84.0, 38.0, patient.dome_mm - 62), (34.0, 46.0, 48.0)),
        mottle=_mottle(lung.shape, raster, random),
    )


def level(values: tuple[float, ...], z: Floats) -> Floats:
    """A measure that is given at LEVELS_MM, at other heights."""
    return np.interp(z, LEVELS_MM, values).astype(np.float32)


def _warped(x: Floats, y: Floats, z: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Bend the body a little, so that no outline is an exact oval."""
    shift = []
    for _ in range(2):
        total = np.zeros(np.broadcast_shapes(x.shape, y.shape, z.shape), np.float32)
        for _ in range(5):
            kx, ky, kz = random.uniform(-1, 1, 3) * (0.045, 0.045, 0.03)
            total += np.float32(random.uniform(0.6, 1.6)) * np.sin(
                kx * x + ky * y + kz * z + random.uniform(0, 6.3)
            ).astype(np.float32)
        shift.append(total)
    return x + shift[0], y + shift[1]


def _oval(x: Floats, y: Floats, z: Floats, measures: dict[str, tuple[float, ...]], power: float) -> Floats:
    dy = y - level(measures["middle_y_mm"], z)
    u = np.abs(x) / level(measures["half_width_mm"], z)
    v = np.abs(dy) / level(measures["half_depth_mm"], z)
    ratio = (u**power + v**power) ** (1 / power) + 1e-6
    return np.asarray(np.hypot(x, dy) * (1 - 1 / ratio), dtype=np.float32)


def _ellipsoid(
    x: Floats, y: Floats, z: Floats, center: tuple[float, float, float], axes: tuple[float, float, float]
) -> Floats:
    u, v, w = (x - center[0]) / axes[0], (y - center[1]) / axes[1], (z - center[2]) / axes[2]
    ratio = np.sqrt(u * u + v * v + w * w) + 1e-6
    return np.asarray((ratio - 1) * min(axes), dtype=np.float32)


def _skin(x: Floats, y: Floats, z: Floats, patient: Patient) -> Floats:
    skin = _oval(x, y, z, SKIN, 2.5) - np.float32(patient.fat_mm)
    if patient.female:
        for side in (-1, 1):
            breast = _ellipsoid(x, y, z, (side * 78.0, -88.0, -28.0), (58.0, 46.0, 62.0))
            skin = soft_union(skin, breast, 14.0)
    return skin


def soft_union(first: Floats, second: Floats, width_mm: float) -> Floats:
    """The smaller of two distances, rounded where the shapes meet."""
    near = np.clip(0.5 + 0.5 * (second - first) / width_mm, 0, 1)
    return np.asarray(second + (first - second) * near - width_mm * near * (1 - near), dtype=np.float32)


def _lungs(x: Floats, y: Floats, z: Floats, cavity: Floats, patient: Patient) -> Floats:
    """Chest cavity without spine, midline, what lies below the diaphragm and above the apex; still with mediastinum."""
    side = np.abs(x)
    spine = 25.0 - np.hypot(x, y - 74.0)
    midline = 3.5 - side
    height = np.clip((z - APEX_BASE_MM) / (APEX_MM - APEX_BASE_MM), 0, None)
    shrink = np.sqrt(np.clip(1 - height**2, 1e-4, 1))
    u, v = (side - 50) / (64 * shrink), (y - 22) / (84 * shrink)
    apex = (np.sqrt(u * u + v * v) - 1) * 64 * shrink
    apex = np.where(height > 0, np.where(height >= 1, 30.0, apex), -30.0).astype(np.float32)
    domes = np.where(x < 0, _dome(x, y, z, patient, right=True), _dome(x, y, z, patient, right=False))
    inside = np.maximum(np.maximum(cavity, spine), np.maximum(midline, apex))
    return np.asarray(np.maximum(inside, -domes), dtype=np.float32)


def _dome(x: Floats, y: Floats, z: Floats, patient: Patient, *, right: bool) -> Floats:
    """Distance to the diaphragm, negative below it."""
    middle_x, top = (-62.0, patient.dome_mm) if right else (66.0, patient.dome_mm - 12)
    u, v = (x - middle_x) / 70.0, (y + 22.0) / 100.0
    far = u * u + v * v
    surface = top - 62.0 * far - 14.0 * far * far
    slope = np.sqrt(1 + (124.0 * np.sqrt(far) / 80.0) ** 2)
    return np.asarray((z - surface) / slope, dtype=np.float32)


def _liver_cut(x: Floats, y: Floats, z: Floats) -> Floats:
    """The liver thins out to the left and leaves room for spine and vessels."""
    left = (x - 28 + 0.35 * (y + 20)) * 0.9
    back = (y - 62 + 0.55 * (x + 60)) * 0.85
    return np.asarray(np.maximum(left, back) + 0.0 * z, dtype=np.float32)


def _muscle_mm(angle: Floats, z: Floats) -> Floats:
    """Thickness of muscle over the ribs; angle: 0 at the back, pi at the front."""
    around = np.array([0.0, 0.3, 0.6, 1.0, 1.6, 2.1, 2.5, 2.9, np.pi])
    low = np.interp(angle, around, [20, 22, 13, 9, 8, 5, 4, 3, 2])
    high = np.interp(angle, around, [18, 24, 38, 52, 40, 24, 17, 12, 4])
    share = np.clip((z + 50) / 110, 0, 1.15)
    return np.asarray(low + (high - low) * share, dtype=np.float32)


def _without_middle(raster: Raster, middle: list[Tube]) -> Floats:
    """Positive inside the mediastinum: shape of the coarse grid."""
    return -mediastinum_distance(raster, middle)


def _mottle(shape: tuple[int, ...], raster: Raster, random: np.random.Generator) -> Floats:
    white = random.standard_normal(shape, dtype=np.float32)
    spread = (7.0 / raster.slice_mm, 3.5 / raster.pixel_mm / 4, 3.5 / raster.pixel_mm / 4)
    smooth = ndimage.gaussian_filter(white, spread)
    return np.asarray(smooth / smooth.std(), dtype=np.float32)


def lung_at(body: Body, raster: Raster, places_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance to the lungs' surface at places (places, 3) as (x, y, z); far outside the image it is +50."""
    step = raster.pixel_mm * 4
    index = np.stack(
        [
            (places_mm[:, 2] - raster.z_mm) / raster.slice_mm,
            (places_mm[:, 1] - raster.coarse_x[0]) / step,
            (places_mm[:, 0] - raster.coarse_x[0]) / step,
        ]
    )
    return ndimage.map_coordinates(body.lung, index, order=1, mode="constant", cval=50.0).astype(np.float64)
