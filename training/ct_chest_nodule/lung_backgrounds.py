"""Lung of whole scans, as background for nodules put into it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from models.contract import Grid, Refused
from models.heads.axial import AxialVolume, axial
from models.heads.lungs import LungField, lung_field
from training.ct_chest_nodule.studies import TRAINING_SCAN, Marks, read_marks, read_scan


class ScanRefused(Exception):
    """A scan of the data folder is refused by the package's own gate: the folder is not what it was."""


@dataclass(frozen=True, slots=True)
class Background:
    """hu: (slices, rows, columns) float32 in canonical order. depth_mm: how deep each coarse voxel lies in the field.

    Places near a mark are never used.
    """

    hu: NDArray[np.float32]
    grid: Grid
    field: LungField
    depth_mm: NDArray[np.float32]
    marks: Marks

    def volume(self) -> AxialVolume:
        """The scan as the package reads it."""
        return AxialVolume(self.hu, self.grid, (0, 1, 2), (False, False, False))

    def places(
        self, count: int, random: np.random.Generator, *, depth_mm: tuple[float, float], side: int | None = None
    ) -> NDArray[np.float64]:
        """Random voxels (slice, row, column) that deep in the lungs, clear of every mark."""
        fit = (self.depth_mm >= depth_mm[0]) & (self.depth_mm <= depth_mm[1])
        if side is not None:
            fit &= self.field.side == side
        coarse = np.argwhere(fit)
        found: list[NDArray[np.float64]] = []
        while len(found) < count:
            chosen = coarse[random.integers(len(coarse), size=count)] + random.uniform(0, 1, (count, 3))
            index = chosen * np.asarray(self.field.strides)
            found += list(index[self.clear(index)])
        return np.stack(found[:count])

    def clear(self, index: NDArray[np.float64], free_mm: float = 8.0) -> NDArray[np.bool_]:
        """Which voxels lie away from every nodule and every mark."""
        lps = self.grid.lps_mm(index)
        clear = np.ones(len(index), bool)
        for center, size_mm in [*((c, d / 2) for c, d in self.marks.nodules), *self.marks.ignored]:
            clear &= np.linalg.norm(lps - np.asarray(center), axis=1) > size_mm + free_mm
        return clear

    def sampled(self, center: NDArray[np.float64], offsets_mm: NDArray[np.float64]) -> NDArray[np.float32]:
        """Attenuation at places given in mm from a voxel; offsets_mm: (3, ...)."""
        shape = (3,) + (1,) * (offsets_mm.ndim - 1)
        index = offsets_mm / np.reshape(self.grid.spacing_mm, shape) + np.reshape(center, shape)
        return ndimage.map_coordinates(self.hu, index, order=1, mode="nearest", prefilter=False)


def training_background(data: Path) -> Background:
    """The one whole scan of the training side."""
    volume = read_scan(data / TRAINING_SCAN / "dicom")
    turned = axial(volume)
    if isinstance(turned, Refused):
        raise ScanRefused(turned.detail)
    hu = np.clip(turned.hu, -1024, 3071).astype(np.float32)
    field = lung_field(hu, turned.grid)
    if isinstance(field, Refused):
        raise ScanRefused(field.detail)
    return Background(hu, turned.grid, field, field.depth_mm(), read_marks(data / TRAINING_SCAN / "nodules.json"))
