"""A made-up chest CT whose nodules are known exactly: no patient, the same bytes for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.contract import Grid, Point
from training.phantom import nodules as shapes
from training.phantom.body import Body, Patient, lung_at, make_body, make_patient
from training.phantom.bones import SliceFields, draw_bones
from training.phantom.mediastinum import CHAMBERS, WALL_MM, Middle, heart_distance, make_middle
from training.phantom.raster import Box, Floats, Raster, blend, share
from training.phantom.scanner import Scanner, lay_table
from training.phantom.tubes import Tube, paint
from training.phantom.vessels import Tree, grow_vessels, tubes_of

SIZE_PX: Final = 512
TOP_MM: Final = 126.0
"""Height above the carina (of a patient of usual size) at which a full scan ends."""

FULL_MM: Final = 300.0
MIDDLE_MM: Final = -15.0
FAT_HU: Final = -105.0
MUSCLE_HU: Final = 54.0
BLOOD_HU: Final = 42.0
LIVER_HU: Final = 58.0
SPLEEN_HU: Final = 50.0


@dataclass(frozen=True, slots=True)
class PhantomNodule:
    """What is true of one nodule. center_mm: centroid, LPS. diameter_mm: long axis in the slice plane.

    semi_axes_mm: of the ellipsoid that its lobes grow on: in the plane (longer, shorter), along z.
    """

    center_mm: Point
    diameter_mm: float
    volume_mm3: float
    semi_axes_mm: Point
    seat: shapes.Seat
    texture: shapes.Texture
    mean_hu: float


@dataclass(frozen=True, slots=True)
class Phantom:
    """hu: int16, (slices, rows, columns), slice 0 nearest the feet. nodules: the largest first."""

    hu: NDArray[np.int16]
    grid: Grid
    nodules: tuple[PhantomNodule, ...]
    seed: int
    patient: Patient


def make_phantom(
    seed: int,
    *,
    slices: int = 120,
    slice_mm: float = 2.5,
    pixel_mm: float = 0.703125,
    diameters_mm: Sequence[float] | None = None,
    subsolid: bool = False,
) -> Phantom:
    """A chest CT of a patient who does not exist.

    slices: fewer than a chest needs show its middle. diameters_mm: of the nodules; by default three to six of 5 to
    30 mm. subsolid: a third of the nodules are ground glass or part-solid. Body, vessels and noise depend on the seed
    and the raster alone, so the same seed with diameters_mm=() is the same scan without nodules.
    """
    patient = make_patient(_stream(seed, 0))
    raster = _raster(patient, slices, slice_mm, pixel_mm)
    middle = make_middle(_stream(seed, 1))
    body = make_body(patient, raster, [*middle.blood, *middle.soft, *(t.wider(WALL_MM) for t in middle.airways)], _stream(seed, 2))
    trees = grow_vessels(lambda places: lung_at(body, raster, places), _stream(seed, 3))
    vessels = [tube for tree in trees for tube in tubes_of(tree)]
    planned = _planned(seed, patient, body, raster, vessels, diameters_mm, subsolid=subsolid)
    hu = _scan(seed, patient, raster, body, middle, vessels, planned)
    grid = _grid(seed, hu.shape, slice_mm, pixel_mm)
    return Phantom(hu, grid, tuple(_known(one, patient, raster, grid) for one in planned), seed, patient)


def _stream(seed: int, part: int) -> np.random.Generator:
    """Each part of the phantom has its own random numbers, so that one part does not change another."""
    return np.random.default_rng([seed, part])


def _raster(patient: Patient, slices: int, slice_mm: float, pixel_mm: float) -> Raster:
    step = slice_mm / patient.size
    length = (slices - 1) * step
    top = TOP_MM if slices * slice_mm >= FULL_MM - 30 else MIDDLE_MM + length / 2
    return Raster((slices, SIZE_PX, SIZE_PX), pixel_mm / patient.size, step, top - length)


def _grid(seed: int, shape: tuple[int, ...], slice_mm: float, pixel_mm: float) -> Grid:
    place = _stream(seed, 4).uniform((-8, -190, -420), (8, -160, -250)).round(1)
    half = (SIZE_PX - 1) / 2 * pixel_mm
    origin = (round(-half + float(place[0]), 3), round(-half + float(place[1]) + 170, 3), float(place[2]))
    return Grid((shape[0], shape[1], shape[2]), origin, (0.0, 0.0, slice_mm), (0.0, pixel_mm, 0.0), (pixel_mm, 0.0, 0.0))


def _planned(
    seed: int,
    patient: Patient,
    body: Body,
    raster: Raster,
    vessels: list[Tube],
    diameters_mm: Sequence[float] | None,
    *,
    subsolid: bool,
) -> list[shapes.Planned]:
    random = _stream(seed, 5)
    usual = np.exp(random.uniform(np.log(5), np.log(30), int(random.integers(3, 7)))).round(1)
    wanted = [float(one) / patient.size for one in (usual if diameters_mm is None else diameters_mm)]
    margin = max(wanted, default=0.0) / 2 + raster.slice_mm
    reach = (max(float(raster.z[0]), -150.0) + margin, min(float(raster.z[-1]), 110.0) - margin)
    points = np.concatenate([np.column_stack([tube.points_mm, tube.radii_mm]) for tube in vessels])
    placed = shapes.place(wanted, lambda places: lung_at(body, raster, places), points, reach, random)
    planned = []
    for middle_mm, seat, shape, truth in placed:
        texture = shapes.Texture.SOLID
        if subsolid and random.random() < 1 / 3:
            texture = shapes.Texture(random.choice([shapes.Texture.PART_SOLID, shapes.Texture.GROUND_GLASS]))
        hu = float(random.uniform(10, 55) if texture is shapes.Texture.SOLID else random.uniform(-680, -520))
        planned.append(shapes.Planned(middle_mm, shape, truth, seat, texture, hu))
    return planned


def _known(planned: shapes.Planned, patient: Patient, raster: Raster, grid: Grid) -> PhantomNodule:
    size = patient.size
    x, y, z = planned.middle_mm + np.asarray(planned.truth.offset_mm)
    index = np.array(
        [(z - raster.z_mm) / raster.slice_mm, *((mm - float(raster.x[0])) / raster.pixel_mm for mm in (y, x))]
    )
    center = grid.lps_mm(index)
    longer, shorter, high = (size * one for one in planned.shape.semi_axes_mm)
    return PhantomNodule(
        (float(center[0]), float(center[1]), float(center[2])),
        planned.truth.long_axis_mm * size,
        planned.truth.volume_mm3 * size**3,
        (longer, shorter, high),
        planned.seat,
        planned.texture,
        planned.hu,
    )


@dataclass(frozen=True, slots=True)
class _Inlay:
    """A nodule's shares of voxels: where, how much, how dense; core: of the solid part of a part-solid one."""

    box: Box
    covered: Floats
    core: Floats | None
    hu: float


def _inlays(planned: list[shapes.Planned], raster: Raster) -> list[_Inlay]:
    inlays = []
    for one in planned:
        reach = one.shape.reach_mm()
        box = raster.box(one.middle_mm - reach, one.middle_mm + reach)
        if box is None:
            continue
        core = None
        if one.texture is shapes.Texture.PART_SOLID:
            core = shapes.cover(one.shape, one.middle_mm, raster, box, shrink=0.5)
        inlays.append(_Inlay(box, shapes.cover(one.shape, one.middle_mm, raster, box), core, one.hu))
    return inlays


def _scan(
    seed: int,
    patient: Patient,
    raster: Raster,
    body: Body,
    middle: Middle,
    vessels: list[Tube],
    planned: list[shapes.Planned],
) -> NDArray[np.int16]:
    layers = max(1, round(raster.slice_mm / 0.8))
    soft, air = np.zeros(raster.shape, np.uint8), np.zeros(raster.shape, np.uint8)
    paint(soft, raster, vessels, layers)
    paint(soft, raster, [*middle.blood, *middle.soft, *(tube.wider(WALL_MM) for tube in middle.airways)], 2)
    paint(air, raster, middle.airways, 2)
    inlays = _inlays(planned, raster)
    scanner = Scanner(raster, patient.noise_hu, _stream(seed, 6))
    painter = _Painter(raster, patient, body, scanner, _stream(seed, 7))
    hu = np.empty(raster.shape, np.int16)
    noise: list[Floats] = []
    for index in range(raster.shape[0]):
        noise = noise or list(scanner.noise_pair())
        drawn = painter.draw(index, soft[index], air[index])
        for inlay in inlays:
            _lay_nodule(drawn, inlay, index)
        hu[index] = np.rint(scanner.seen(drawn, noise.pop(), float(raster.z[index])))
    return hu


def _lay_nodule(drawn: Floats, inlay: _Inlay, index: int) -> None:
    if not inlay.box[0].start <= index < inlay.box[0].stop:
        return
    part = drawn[inlay.box[1:]]
    level = index - inlay.box[0].start
    blend(part, np.maximum(part, inlay.hu), inlay.covered[level])
    if inlay.core is not None:
        blend(part, np.maximum(part, 30.0), inlay.core[level])


class _Painter:
    """Draws noise-free slices of a patient, from the skin inwards."""

    def __init__(
        self, raster: Raster, patient: Patient, body: Body, scanner: Scanner, random: np.random.Generator
    ) -> None:
        self._raster, self._patient, self._body = raster, patient, body
        self._angle = np.arctan2(np.abs(raster.x), raster.x[:, None]).astype(np.float32)
        self._textures: list[Floats] = []
        self._texture_source = Scanner(raster, 1.0, random)
        self._gravity = (raster.x[:, None] * np.float32(0.42)).astype(np.float32)

    def draw(self, index: int, soft: NDArray[np.uint8], air: NDArray[np.uint8]) -> Floats:
        """One slice; soft and air: shares (0 to 255) of blood and soft tubes, and of the airways' lumen."""
        raster, z_mm = self._raster, float(self._raster.z[index])
        fine = {name: raster.fine(getattr(self._body, name)[index]) for name in ("skin", "muscle", "cavity", "lung", "mottle")}
        self._textures = self._textures or list(self._texture_source.noise_pair())
        texture = self._textures.pop()
        hu = np.full(raster.shape[1:], -1000, np.float32)
        lay_table(hu, raster)
        self._wall(hu, fine, texture)
        self._organs(hu, index, fine)
        draw_bones(hu, raster, z_mm, self._patient, SliceFields(fine["cavity"], texture, self._angle))
        heart = heart_distance(raster.x, raster.x[:, None], np.float32(z_mm))
        blend(hu, BLOOD_HU + 3, share(heart + np.float32(CHAMBERS) + 1.5 * fine["mottle"], 1.5))
        lung = self._patient.lung_hu + self._gravity + 9 * texture + 9 * fine["mottle"]
        blend(hu, lung, share(fine["lung"], 1.2))
        blend(hu, BLOOD_HU, soft.astype(np.float32) * np.float32(1 / 255))
        blend(hu, -985.0, air.astype(np.float32) * np.float32(1 / 255))
        return hu

    def _wall(self, hu: Floats, fine: dict[str, Floats], texture: Floats) -> None:
        skin, mottle = fine["skin"], fine["mottle"]
        within = share(skin + np.float32(1.8), 0.8)
        under = FAT_HU + 10 * np.clip(mottle - 1.2, 0, 2)
        blend(hu, 15 + (under - 15) * within, share(skin, 0.8))
        muscle = MUSCLE_HU + 3 * texture - 150 * np.clip((np.abs(mottle) < 0.13) - 0.35, 0, 1)
        blend(hu, muscle, share(np.maximum(fine["muscle"] + mottle * 1.5, skin + 4), 1.4))
        blend(hu, FAT_HU + 4, share(fine["cavity"], 1.2))

    def _organs(self, hu: Floats, index: int, fine: dict[str, Floats]) -> None:
        body, raster = self._body, self._raster
        if body.liver[index].min() < 0:
            blend(hu, LIVER_HU + 3 * fine["mottle"], share(raster.fine(body.liver[index]), 1.8))
        if body.spleen[index].min() < 0:
            inside = np.maximum(raster.fine(body.spleen[index]), fine["cavity"] + 3)
            blend(hu, SPLEEN_HU, share(inside, 1.8))
