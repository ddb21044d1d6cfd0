"""What lies between the lungs: great vessels, heart, airways, oesophagus; stations measured by eye on adult CT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.phantom.raster import COARSE, Floats, Raster
from training.phantom.tubes import Tube, distance, smooth_tube

Station = tuple[float, float, float, float]

BLOOD: Final[dict[str, tuple[Station, ...]]] = {
    "aorta": (
        (2, -26, -52, 15),
        (-6, -36, -22, 17),
        (-8, -40, 15, 16),
        (-2, -32, 40, 14.5),
        (10, -8, 52, 13.5),
        (19, 16, 44, 13),
        (23, 33, 20, 12.5),
        (23, 39, -40, 12),
        (17, 34, -110, 11.5),
        (11, 20, -195, 10.5),
    ),
    "pulmonary trunk": (
        (20, -52, -48, 14),
        (25, -40, -18, 14),
        (28, -20, -2, 12),
        (36, 0, 0, 10),
        (42, 8, -6, 7.5),
        (48, 24, -40, 4.2),
        (58, 34, -62, 2.2),
        (66, 42, -84, 0.7),
    ),
    "right pulmonary artery": (
        (24, -22, -6, 11),
        (2, -12, -10, 10.5),
        (-24, -8, -13, 9.5),
        (-38, 0, -18, 7),
        (-46, 16, -46, 4.2),
        (-54, 26, -68, 2.2),
        (-60, 34, -90, 0.7),
    ),
    "superior vena cava": ((-24, -18, -46, 9), (-26, -26, -5, 9), (-25, -34, 45, 8.5), (-22, -42, 68, 8)),
    "left brachiocephalic vein": ((-22, -42, 68, 7), (6, -54, 76, 6.5), (34, -50, 96, 6), (58, -44, 112, 5.5)),
    "right brachiocephalic vein": ((-22, -42, 68, 7), (-34, -38, 96, 6.5), (-50, -40, 116, 6)),
    "brachiocephalic artery": ((-4, -28, 48, 6.5), (-14, -24, 88, 6), (-26, -22, 130, 5), (-30, -20, 160, 4)),
    "left carotid artery": ((4, -20, 52, 4.2), (14, -16, 90, 4), (22, -12, 160, 3.8)),
    "left subclavian artery": ((14, -2, 52, 5), (24, 2, 92, 4.8), (46, -8, 116, 4.5), (80, -22, 122, 4)),
    "azygos vein": (
        (-9, 28, -190, 3.2),
        (-9, 44, -100, 3.4),
        (-8, 50, 10, 3.6),
        (-14, 30, 26, 4),
        (-24, 0, 26, 4),
        (-25, -20, 18, 4),
    ),
    "inferior vena cava": ((-22, -4, -62, 11), (-25, 10, -100, 11), (-24, 6, -195, 10.5)),
    "right inferior pulmonary vein": (
        (-12, 8, -42, 8),
        (-34, 14, -49, 5.5),
        (-48, 24, -58, 3.6),
        (-60, 36, -72, 1.8),
        (-68, 46, -86, 0.6),
    ),
    "right superior pulmonary vein": (
        (-14, -4, -34, 8),
        (-34, -14, -22, 5.5),
        (-46, -18, -10, 3.6),
        (-56, -26, 4, 1.8),
        (-64, -34, 18, 0.6),
    ),
    "left inferior pulmonary vein": (
        (14, 8, -42, 8),
        (36, 20, -50, 5.5),
        (50, 30, -56, 3.6),
        (62, 40, -70, 1.8),
        (70, 50, -84, 0.6),
    ),
    "left superior pulmonary vein": (
        (16, -4, -34, 8),
        (36, -16, -18, 5.5),
        (48, -20, -6, 3.6),
        (58, -28, 8, 1.8),
        (66, -36, 22, 0.6),
    ),
}
SOFT: Final[dict[str, tuple[Station, ...]]] = {
    "oesophagus": (
        (2, 28, 160, 7),
        (4, 24, 60, 7),
        (3, 25, 0, 7),
        (7, 28, -60, 7.5),
        (18, 16, -105, 8),
        (34, 0, -125, 12),
    ),
    "thyroid, right lobe": ((-17, -14, 118, 5), (-20, -16, 135, 9), (-19, -14, 160, 8)),
    "thyroid, left lobe": ((17, -14, 118, 5), (20, -16, 135, 9), (19, -14, 160, 8)),
    "subcarinal nodes": ((-6, 16, -14, 5), (4, 16, -26, 6)),
    "paratracheal nodes": ((-16, -8, 18, 4), (-18, -12, 34, 4)),
}
AIRWAYS: Final[dict[str, tuple[Station, ...]]] = {
    "trachea": ((0, -4, 165, 8.8), (0, 0, 80, 8.8), (-2, 4, 20, 9), (-3, 6, 2, 8.5)),
    "right main bronchus": (
        (-4, 6, 4, 7),
        (-18, 7, -10, 6.8),
        (-30, 6, -22, 6),
        (-35, 6, -46, 5.2),
        (-44, 16, -78, 3),
        (-50, 24, -100, 1.6),
        (-54, 28, -118, 0.6),
    ),
    "right upper lobe bronchus": (
        (-20, 7, -10, 4.8),
        (-40, 4, 0, 4),
        (-56, 4, 16, 2.6),
        (-64, 4, 34, 1.5),
        (-70, 6, 50, 0.6),
    ),
    "middle lobe bronchus": (
        (-34, 4, -40, 3.4),
        (-46, -14, -52, 2.6),
        (-58, -30, -60, 2),
        (-68, -46, -66, 1.1),
        (-76, -58, -72, 0.5),
    ),
    "left main bronchus": (
        (-2, 6, 4, 6.6),
        (12, 9, -12, 6.4),
        (33, 11, -28, 5.4),
        (43, 20, -52, 4.4),
        (53, 28, -82, 2.8),
        (60, 34, -104, 1.5),
        (64, 38, -120, 0.6),
    ),
    "left upper lobe bronchus": (
        (33, 9, -26, 4.8),
        (48, -6, -18, 4),
        (58, -16, 4, 2.6),
        (66, -22, 26, 1.5),
        (70, -26, 46, 0.6),
    ),
    "lingular bronchus": ((46, -6, -20, 3), (60, -24, -36, 2), (72, -40, -46, 1.1), (80, -52, -54, 0.5)),
}
FAT: Final[dict[str, tuple[Station, ...]]] = {
    "around the great vessels": ((0, -8, 118, 15), (0, -16, 70, 21), (-2, -20, 30, 24), (2, -14, -10, 26)),
    "before the spine": ((4, 30, 100, 14), (10, 26, 50, 17), (8, 36, 0, 17), (10, 40, -60, 17), (8, 38, -120, 16)),
    "behind the breastbone": ((0, -58, 75, 9), (1, -60, 40, 13), (3, -64, 0, 12), (5, -66, -50, 10)),
}
"""Carved from the lungs beside the vessels, but left as fat."""

HEART: Final = (
    ((20.0, -40.0, -84.0), (64.0, 45.0, 47.0), -35.0),
    ((-20.0, -22.0, -66.0), (30.0, 34.0, 42.0), 0.0),
    ((0.0, 4.0, -44.0), (36.0, 21.0, 24.0), 0.0),
)
"""Ventricles, right atrium, left atrium: centre, half axes, turn about the body's axis in degrees."""

FAT_AROUND_MM: Final = 3.0
EPICARDIAL_FAT_MM: Final = 4.5
"""Between the heart's surface and what is muscle and blood."""

HILUM_X_MM: Final = 40.0
"""Vessels and airways further out lie in the lung, without fat around them."""


@dataclass(frozen=True, slots=True)
class Middle:
    """blood and soft: filled tubes. airways: their lumen. fat: carved from the lungs. All in the body's millimetres.

    drift_mm: how far this patient's mediastinum lies from the usual place.
    """

    blood: list[Tube]
    soft: list[Tube]
    airways: list[Tube]
    fat: list[Tube]
    drift_mm: NDArray[np.float64]

    def solid(self) -> list[Tube]:
        """All that is as dense as blood: vessels, soft organs, walls of the airways."""
        return [*self.blood, *self.soft, *(tube.walled() for tube in self.airways)]


def make_middle(random: np.random.Generator) -> Middle:
    """The mediastinum of one patient, every station moved a little."""
    drift = random.uniform(-2.5, 2.5, 3)

    def moved(stations: tuple[Station, ...]) -> Tube:
        wide = random.uniform(0.92, 1.08)
        tube = smooth_tube(stations)
        return Tube(tube.points_mm + drift, tube.radii_mm * wide)

    return Middle(
        [moved(one) for one in BLOOD.values()],
        [moved(one) for one in SOFT.values()],
        [moved(one) for one in AIRWAYS.values()],
        [moved(one) for one in FAT.values()],
        drift,
    )


def heart_distance(x: Floats, y: Floats, z: Floats | float) -> Floats:
    """Distance to the heart's outer surface, epicardial fat included."""
    nearest: Floats | None = None
    for center, axes, turn_degrees in HEART:
        turn = np.deg2rad(turn_degrees)
        dx, dy, dz = x - center[0], y - center[1], z - center[2]
        u = (dx * np.cos(turn) - dy * np.sin(turn)) / axes[0]
        v = (dx * np.sin(turn) + dy * np.cos(turn)) / axes[1]
        w = dz / axes[2]
        one = ((np.sqrt(u * u + v * v + w * w) - 1) * min(axes)).astype(np.float32)
        nearest = one if nearest is None else _joined(nearest, one)
    assert nearest is not None
    return nearest


def mediastinum_distance(raster: Raster, middle: Middle) -> Floats:
    """Distance to the surface of the whole mediastinum, its fat included, on the coarse grid."""
    result = np.full((raster.shape[0], len(raster.coarse_x), len(raster.coarse_x)), 60.0, np.float32)
    for tube in (*middle.solid(), *middle.fat):
        one = np.full_like(result, 60.0)
        for segment in tube.segments():
            _approach(one, raster, segment)
        result = _joined(result, one)
    z, y, x = raster.z[:, None, None], raster.coarse_x[:, None], raster.coarse_x
    return _joined(result, heart_distance(x, y, z)) - np.float32(FAT_AROUND_MM)


def _approach(
    nearest: Floats, raster: Raster, segment: tuple[NDArray[np.float64], NDArray[np.float64], float, float]
) -> None:
    if min(abs(segment[0][0]), abs(segment[1][0])) > HILUM_X_MM:
        return
    reach = max(segment[2], segment[3]) + 16
    box = raster.box(np.minimum(segment[0], segment[1]) - reach, np.maximum(segment[0], segment[1]) + reach)
    if box is None:
        return
    rows, columns = (slice(one.start // COARSE, -(-one.stop // COARSE) + 1) for one in box[1:])
    z = raster.z[box[0], None, None]
    near = distance(raster.coarse_x[columns], raster.coarse_x[rows, None], z, segment)
    target = nearest[box[0], rows, columns]
    np.minimum(target, near, out=target)


def _joined(first: Floats, second: Floats) -> Floats:
    """The smaller distance; fat fills the groove where two structures meet."""
    width = np.float32(9.0)
    near = np.maximum(width - np.abs(first - second), 0) / width
    return np.asarray(np.minimum(first, second) - near * near * width * np.float32(0.25), dtype=np.float32)
