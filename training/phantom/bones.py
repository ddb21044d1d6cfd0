"""Ribs, spine, breastbone, shoulder blades and collar bones, drawn slice by slice: a dense shell around marrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from training.phantom.body import Patient, front_y_mm, spine_y_mm
from training.phantom.raster import AnyFloats, Floats, Raster, blend, share

RIB_STEP_MM: Final = 26.0
DISC_STEP_MM: Final = 25.0
FIRST_RIB_MM: Final = 116.0
CARTILAGE_HU: Final = 95.0
DISC_HU: Final = 85.0
EDGE_MM: Final = 0.9


@dataclass(frozen=True, slots=True)
class BoneKind:
    """shell_hu and shell_mm: cortical bone. marrow_hu: within."""

    shell_hu: float
    shell_mm: float
    marrow_hu: float


RIB: Final = BoneKind(900, 1.3, 190)
VERTEBRA: Final = BoneKind(560, 1.1, 175)
ARCH: Final = BoneKind(780, 1.6, 260)
FLAT: Final = BoneKind(720, 1.3, 130)


@dataclass(frozen=True, slots=True)
class SliceFields:
    """One slice at every pixel: cavity distance, texture of unit spread, angle (back 0, front pi)."""

    cavity: Floats
    texture: Floats
    angle: Floats


def draw_bones(hu: Floats, raster: Raster, z_mm: float, patient: Patient, fields: SliceFields) -> None:
    """Lay every bone that this slice cuts over hu, in place."""
    _ribs(hu, z_mm, patient, fields)
    _spine(hu, raster, z_mm, patient, fields)
    _breastbone(hu, raster, z_mm, fields)
    _shoulder_blades(hu, raster, z_mm, fields)
    _collar_bones(hu, raster, z_mm, fields)


def lay_bone(
    hu: Floats, distance_mm: AnyFloats, kind: BoneKind, texture: Floats, *, present: AnyFloats | float = 1.0
) -> None:
    """Shell and marrow over hu, in place."""
    marrow = share(distance_mm + np.float32(kind.shell_mm), EDGE_MM)
    value = kind.shell_hu + (kind.marrow_hu + 24 * texture - kind.shell_hu) * marrow
    blend(hu, value, share(distance_mm, EDGE_MM) * np.asarray(present, dtype=np.float32))


def _wrapped(z_mm: AnyFloats | float, step_mm: float) -> Floats:
    return np.asarray((np.asarray(z_mm) + step_mm / 2) % step_mm - step_mm / 2, dtype=np.float32)


def _ribs(hu: Floats, z_mm: float, patient: Patient, fields: SliceFields) -> None:
    rows = np.flatnonzero((np.abs(fields.cavity - 4.0) < 8).any(axis=1))
    if not len(rows):
        return
    band = slice(rows[0], rows[-1] + 1)
    cavity, angle = fields.cavity[band], fields.angle[band]
    around = np.clip(angle * np.float32(1 / np.pi), 0, 1)
    drop = 104 * np.sin(np.clip(around / 0.8, 0, 1) * np.float32(np.pi / 2)) - 110 * np.clip(around - 0.8, 0, None)
    height = z_mm + drop
    dz = _wrapped(height - patient.rib_phase_mm, RIB_STEP_MM)
    wide = np.float32(3.6)
    ratio = np.sqrt(((cavity - np.float32(4.4)) / wide) ** 2 + (dz / np.float32(6.4)) ** 2)
    distance = np.asarray((ratio - 1) * wide, dtype=np.float32)
    present = np.clip((FIRST_RIB_MM - height) / 4, 0, 1) * np.clip((angle - 0.32) / 0.05, 0, 1)
    bony = np.clip((0.815 - around) / 0.01, 0, 1)
    lay_bone(hu[band], distance, RIB, fields.texture[band], present=present * bony)
    blend(hu[band], CARTILAGE_HU, share(distance, EDGE_MM) * present * (1 - bony) * (around < 0.97))


def _window(raster: Raster, x_mm: tuple[float, float], y_mm: tuple[float, float]) -> tuple[slice, slice]:
    columns, rows = (slice(*np.searchsorted(raster.x, span)) for span in (x_mm, y_mm))
    return rows, columns


def _spine(hu: Floats, raster: Raster, z_mm: float, patient: Patient, fields: SliceFields) -> None:
    window = _window(raster, (-52, 52), (24, 122))
    x = raster.x[window[1]]
    y = raster.x[window[0], None] - np.float32(spine_y_mm(z_mm))
    part, texture = hu[window], fields.texture[window]
    zp = float(_wrapped(z_mm - patient.disc_phase_mm, DISC_STEP_MM))
    waist = 1.0 - 0.09 * (1 - (zp / (DISC_STEP_MM / 2)) ** 2)
    front = (np.abs(x / (17.0 * waist)) ** 2.4 + np.abs(y / (14.0 * waist)) ** 2.4) ** (1 / 2.4)
    canal = np.hypot(x / 1.15, y - 20) - 8.0
    body = np.maximum((front - 1) * 14, -canal - 0.5)
    disc = float(np.clip((abs(zp) - 9.6) / 1.2, 0, 1))
    plate = float(np.exp(-(((abs(zp) - 9.0) / 1.1) ** 2)))
    blend(part, 30.0, share(np.abs(x) + np.abs(y - 17) * 0.8 - 22, 3.0))
    lay_bone(part, body, BoneKind(VERTEBRA.shell_hu, VERTEBRA.shell_mm, VERTEBRA.marrow_hu + 260 * plate), texture)
    blend(part, DISC_HU, share(body, EDGE_MM) * disc)
    _arch(part, (x, y, zp), canal, texture)
    blend(part, 22.0, share(canal, EDGE_MM))
    blend(part, 42.0, share(np.hypot(x, y - 20) - 4.4, EDGE_MM))


def _arch(part: Floats, place: tuple[AnyFloats, AnyFloats, float], canal: AnyFloats, texture: Floats) -> None:
    """Pedicles, laminae, spinous and transverse processes; open where the nerves leave. place: x, y, height."""
    x, y, zp = place
    ring = np.abs(canal - 2.6) - 2.8
    upper = float(np.clip((zp + 5) / 3, 0, 1))
    lay_bone(part, np.maximum(ring, 18 - y), ARCH, texture, present=0.4 + 0.6 * upper)
    lay_bone(part, np.maximum(ring, y - 22), ARCH, texture, present=upper * float(zp < 9))
    reach = float(np.clip((8 - abs(zp)) / 3, 0, 1))
    lay_bone(part, np.maximum(np.abs(x) - 2.6, np.abs(y - 36) - 7.5), ARCH, texture, present=0.2 + 0.8 * reach)
    along = np.clip((np.abs(x) - 12) / 24, 0, 1)
    beyond = np.maximum(12 - np.abs(x), np.maximum(np.abs(x) - 36, 0))
    process = np.hypot(beyond, y - (18 + 9 * along)) - 4.2
    lay_bone(part, process, ARCH, texture, present=float(np.clip((zp - 1) / 3, 0, 1)) * float(zp < 10))


def _breastbone(hu: Floats, raster: Raster, z_mm: float, fields: SliceFields) -> None:
    if not -98 < z_mm < 82:
        return
    half = float(np.interp(z_mm, (-98, -80, 20, 40, 60, 82), (3, 9, 13, 16, 25, 18)))
    window = _window(raster, (-50, 50), (-130, -40))
    x, y = raster.x[window[1]], raster.x[window[0], None]
    middle = front_y_mm(z_mm) - 7.5
    distance = np.hypot(np.maximum(np.abs(x) - half + 5, 0), (y - np.float32(middle)) * 1.05) - 5.4
    lay_bone(hu[window], distance, FLAT, fields.texture[window])


def _shoulder_blades(hu: Floats, raster: Raster, z_mm: float, fields: SliceFields) -> None:
    share_up = (z_mm + 22) / 130
    if not 0 < share_up < 1:
        return
    thin = 2.2 * min(1.0, 4 * share_up, 5 * (1 - share_up) + 0.2)
    for side in (-1, 1):
        inner = np.array([side * (82 - 14 * share_up), 96 - 6 * share_up])
        outer = np.array([side * (112 + 32 * share_up), 74 - 42 * share_up])
        window = _window(raster, (0, 180) if side > 0 else (-180, 0), (10, 120))
        x, y = raster.x[window[1]], raster.x[window[0], None]
        way = outer - inner
        length = float(np.hypot(*way))
        onward = ((x - inner[0]) * way[0] + (y - inner[1]) * way[1]) / length**2
        along = np.clip(onward, 0, 1)
        across = side * ((y - inner[1]) * way[0] - (x - inner[0]) * way[1]) / length - 6 * np.sin(along * np.pi)
        distance = np.hypot((onward - along) * length, across) - (thin + 4.5 * along**5)
        lay_bone(hu[window], distance, FLAT, fields.texture[window])


def _collar_bones(hu: Floats, raster: Raster, z_mm: float, fields: SliceFields) -> None:
    if not 60 < z_mm < 135:
        return
    for side in (-1, 1):
        window = _window(raster, (8, 180) if side > 0 else (-180, -8), (-100, 30))
        x, y = np.abs(raster.x[window[1]]), raster.x[window[0], None]
        along = (x - 18) / 120
        middle_z, middle_y = 72 + 42 * along, -62 + 52 * along - 14 * np.sin(along * 6.3)
        across = np.hypot(y - middle_y, (z_mm - middle_z) * 0.94) - 6.3
        distance = np.maximum(across, 18 - x)
        lay_bone(hu[window], distance, FLAT, fields.texture[window])
