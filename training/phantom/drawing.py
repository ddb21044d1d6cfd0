"""Slices of a body without noise, drawn from the skin inwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.phantom.body import CAGE_MM, Body, Patient
from training.phantom.bones import SliceFields, draw_bones
from training.phantom.mediastinum import EPICARDIAL_FAT_MM, Middle, heart_distance
from training.phantom.nodules import Planned, Texture, cover
from training.phantom.raster import Box, Floats, Raster, blend, share
from training.phantom.scanner import Scanner, lay_table
from training.phantom.tubes import Tube, paint

FAT_HU: Final = -105.0
SKIN_HU: Final = 15.0
MUSCLE_HU: Final = 54.0
BLOOD_HU: Final = 42.0
LIVER_HU: Final = 58.0
SPLEEN_HU: Final = 50.0
STOMACH_HU: Final = 28.0
GAS_HU: Final = -985.0
CORE_HU: Final = 30.0
LAYER_MM: Final = 0.8
"""Thickness of the layers that thin vessels are averaged from."""

FISSURE_HU: Final = 95.0
GRAVITY_HU_PER_MM: Final = 0.42
CORE_SIZE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Inlay:
    """A nodule as shares of the voxels of a box; core: the solid part of a part-solid one."""

    box: Box
    covered: Floats
    core: Floats | None
    hu: float

    def lay(self, slice_hu: Floats, index: int) -> None:
        """Draw what lies in one slice, in place; what is denser already stays."""
        if not self.box[0].start <= index < self.box[0].stop:
            return
        part = slice_hu[self.box[1:]]
        level = index - self.box[0].start
        blend(part, np.maximum(part, np.float32(self.hu)), self.covered[level])
        if self.core is not None:
            blend(part, np.maximum(part, np.float32(CORE_HU)), self.core[level])


@dataclass(frozen=True)
class Scene:
    """All there is to draw. air: lumen of the airways beside those of the mediastinum."""

    raster: Raster
    patient: Patient
    body: Body
    middle: Middle
    vessels: list[Tube]
    bronchi: list[Tube]
    random: np.random.Generator

    @cached_property
    def solid(self) -> NDArray[np.uint8]:
        """Shares (0 to 255) of blood, airway walls and other soft tubes."""
        shares = np.zeros(self.raster.shape, np.uint8)
        layers = max(1, round(self.raster.slice_mm / LAYER_MM))
        paint(shares, self.raster, self.vessels, layers)
        paint(shares, self.raster, [tube.walled() for tube in self.bronchi], layers)
        paint(shares, self.raster, self.middle.solid(), 2)
        return shares

    @cached_property
    def air(self) -> NDArray[np.uint8]:
        """Shares (0 to 255) of air in the airways."""
        shares = np.zeros(self.raster.shape, np.uint8)
        paint(shares, self.raster, [*self.middle.airways, *self.bronchi], 2)
        return shares

    @cached_property
    def angle(self) -> Floats:
        """Of every pixel around the body: 0 at the back, pi in front."""
        return np.arctan2(np.abs(self.raster.x), self.raster.x[:, None]).astype(np.float32)


def inlay(planned: Planned, raster: Raster) -> Inlay | None:
    """A nodule cut into voxels; None where the raster does not reach it."""
    reach = planned.shape.reach_mm()
    box = raster.box(planned.middle_mm - reach, planned.middle_mm + reach)
    if box is None:
        return None
    core = None
    if planned.texture is Texture.PART_SOLID:
        core = cover(planned.shape, planned.middle_mm, raster, box, size=CORE_SIZE)
    return Inlay(box, cover(planned.shape, planned.middle_mm, raster, box), core, planned.hu)


def draw_slices(scene: Scene) -> Iterable[Floats]:
    """Every slice in turn, from the feet upwards, without nodules, blur and noise."""
    textures = Scanner(scene.raster, 1.0, scene.random)
    pending: list[Floats] = []
    for index in range(scene.raster.shape[0]):
        pending = pending or list(textures.noise_pair())
        yield _slice(scene, index, pending.pop())


def _slice(scene: Scene, index: int, texture: Floats) -> Floats:
    raster, body, z_mm = scene.raster, scene.body, float(scene.raster.z[index])
    cavity, mottle = raster.fine(body.cavity[index]), raster.fine(body.mottle[index])
    hu = np.full(raster.shape[1:], -1000, np.float32)
    lay_table(hu, raster)
    _lay_wall(hu, scene, index, (cavity, mottle, texture))
    _lay_abdomen(hu, scene, index, mottle)
    draw_bones(hu, raster, z_mm, scene.patient, SliceFields(cavity, texture + mottle, scene.angle))
    heart = heart_distance(raster.x, raster.x[:, None], z_mm) + np.float32(EPICARDIAL_FAT_MM) + 0.7 * mottle
    blend(hu, BLOOD_HU + 3, share(heart, 2.0))
    blend(hu, _lung_hu(scene, z_mm, mottle, texture), share(raster.fine(body.lung[index]), 1.2))
    blend(hu, BLOOD_HU, scene.solid[index] * np.float32(1 / 255))
    blend(hu, GAS_HU, scene.air[index] * np.float32(1 / 255))
    return hu


def _lung_hu(scene: Scene, z_mm: float, mottle: Floats, texture: Floats) -> Floats:
    """Parenchyma: denser at the back, where it hangs down, and along the oblique fissures."""
    x, y = scene.raster.x, scene.raster.x[:, None]
    fissure = (z_mm - y + np.where(x < 0, 4, 14) + 0.0022 * (np.abs(x) - 55) ** 2) * np.float32(0.707)
    line = np.exp(-((fissure / 1.1) ** 2))
    parenchyma = scene.patient.lung_hu + GRAVITY_HU_PER_MM * y + 10 * texture + 8 * mottle + FISSURE_HU * line
    return np.asarray(parenchyma, dtype=np.float32)


def _lay_wall(hu: Floats, scene: Scene, index: int, fields: tuple[Floats, Floats, Floats]) -> None:
    """Skin, fat and muscle around the chest cavity, and fat inside it. fields: cavity, mottle, texture."""
    cavity, mottle, texture = fields
    skin = scene.raster.fine(scene.body.skin[index])
    muscle = scene.raster.fine(scene.body.muscle[index])
    under = FAT_HU + 12 * np.clip(1 - np.abs(mottle + 0.8) * 9, 0, 1) + 3 * texture
    blend(hu, SKIN_HU + (under - SKIN_HU) * share(skin + np.float32(1.8), 0.8), share(skin, 0.8))
    outwards = cavity - np.float32(CAGE_MM)
    thick = np.maximum(outwards - muscle, np.float32(1))
    layer = np.abs(outwards - thick * (0.47 + 0.07 * mottle))
    inner = np.abs(outwards - thick * (0.2 - 0.05 * mottle))
    planes = np.maximum(share(layer - 0.7, 1.0) * (mottle < 0.9), share(inner - 0.5, 1.0) * (mottle > -0.3))
    value = MUSCLE_HU + 4 * texture + (FAT_HU - MUSCLE_HU) * 0.85 * planes * (thick > 7)
    blend(hu, value, share(np.maximum(muscle + 0.8 * mottle, skin + 4), 1.4))
    neck = float(np.clip((scene.raster.z[index] - 84) / 18, 0, 1)) * np.clip(mottle * 2 + 0.6, 0, 1)
    blend(hu, FAT_HU + 4 + (MUSCLE_HU - FAT_HU - 4) * neck, share(cavity, 1.2))


def _lay_abdomen(hu: Floats, scene: Scene, index: int, mottle: Floats) -> None:
    body, raster = scene.body, scene.raster
    for field, value in ((body.liver, LIVER_HU), (body.spleen, SPLEEN_HU)):
        if field[index].min() < 0:
            blend(hu, value + 3 * mottle, share(raster.fine(field[index]), 1.8))
    if body.stomach[index].min() < 0:
        within = raster.fine(body.stomach[index])
        blend(hu, 40.0, share(within, 1.8))
        blend(hu, STOMACH_HU + 8 * mottle, share(within + 3.5, 1.8))
        gas = np.maximum(within + 4, raster.x[:, None] + np.float32(42))
        blend(hu, GAS_HU, share(gas, 1.2))
