"""The nodules of `ct_nodule_voi3d`, and how one is put into another lung.

A nodule is placed by resampling it round its centre: its own voxels up to a millimetre beyond the outline, then a fade
into the lung it is put into. Along z the cut-outs end with the nodule, so the fade there is as short as a slice.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the library's own convention
from numpy.typing import NDArray
from scipy import ndimage

HALO_MM = 1.0
FADE_MM = 1.5
Z_STRICTNESS = 4.0
"""How much faster the fade is along z than in the plane."""


@dataclass(frozen=True, slots=True)
class Nodule:
    """hu and mask: (slices, rows, columns) in canonical order. weight: 1 on the nodule, fading to 0 around it.

    Its arrays are padded by one empty slice at both ends (hu: the last slice again). center: centroid of the mask as
    voxel index. diameter_mm: of the equivalent sphere, as published.
    """

    name: str
    patient: str
    hu: NDArray[np.float32]
    mask: NDArray[np.float32]
    weight: NDArray[np.float32]
    spacing_mm: tuple[float, float, float]
    center: tuple[float, float, float]
    diameter_mm: float
    solid: bool

    @property
    def volume_mm3(self) -> float:
        """Of the mask."""
        return float(self.mask.sum()) * float(np.prod(self.spacing_mm))

    def sampled(
        self, offsets_mm: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """hu, mask and weight at places given from the centre in mm (slice, row, column); offsets_mm: (3, ...)."""
        shape = (3,) + (1,) * (offsets_mm.ndim - 1)
        index = offsets_mm / np.reshape(self.spacing_mm, shape) + np.reshape(self.center, shape)
        hu = ndimage.map_coordinates(self.hu, index, order=1, mode="nearest", prefilter=False)
        mask = ndimage.map_coordinates(self.mask, index, order=1, mode="constant", prefilter=False)
        weight = ndimage.map_coordinates(self.weight, index, order=1, mode="constant", prefilter=False)
        return hu, mask, weight

    def cut_out_weight(self, offsets_mm: NDArray[np.float64]) -> NDArray[np.float32]:
        """1 inside the whole cut-out, its own surroundings included, fading over its outermost two pixels in plane."""
        shape = (3,) + (1,) * (offsets_mm.ndim - 1)
        index = offsets_mm / np.reshape(self.spacing_mm, shape) + np.reshape(self.center, shape)
        last = np.reshape(self.hu.shape, shape) - 1
        edge = np.minimum(index, last - index)
        return np.asarray(np.clip(np.minimum(edge[0], edge[1:].min(0) / 2), 0, 1), dtype=np.float32)


def read_nodules(data: Path, split: str) -> list[Nodule]:
    """All nodules of one split, in the order of the table."""
    folder = data / "ct_nodule_voi3d"
    with (folder / "nodules.csv").open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["split"] == split]
    return [_read(folder, row) for row in rows]


def _read(folder: Path, row: dict[str, str]) -> Nodule:
    image = sitk.DICOMOrient(sitk.ReadImage(str(folder / "image" / f"{row['nodule']}.nii.gz")), "LPS")
    outline = sitk.DICOMOrient(sitk.ReadImage(str(folder / "mask" / f"{row['nodule']}.nii.gz")), "LPS")
    columns_mm, rows_mm, slices_mm = image.GetSpacing()
    ends = ((1, 1), (0, 0), (0, 0))
    hu = np.pad(np.clip(sitk.GetArrayFromImage(image), -1024, 3071).astype(np.float32), ends, mode="edge")
    mask = np.pad(sitk.GetArrayFromImage(outline).astype(np.float32), ends)
    spacing = (float(slices_mm), float(rows_mm), float(columns_mm))
    center = np.argwhere(mask > 0.5).mean(0)
    return Nodule(
        name=row["nodule"],
        patient=row["patient_id"],
        hu=hu,
        mask=mask,
        weight=_weight(mask, spacing),
        spacing_mm=spacing,
        center=(float(center[0]), float(center[1]), float(center[2])),
        diameter_mm=float(row["diameter_mm"]),
        solid=int(row["texture"]) >= 4,
    )


def _weight(mask: NDArray[np.float32], spacing_mm: tuple[float, float, float]) -> NDArray[np.float32]:
    strict = (spacing_mm[0] * Z_STRICTNESS, spacing_mm[1], spacing_mm[2])
    away_mm = ndimage.distance_transform_edt(mask < 0.5, strict)
    weight = np.clip(1 - (away_mm - HALO_MM) / FADE_MM, 0, 1).astype(np.float32)
    weight[:, [0, -1]], weight[:, :, [0, -1]] = 0, 0
    return weight


def paste(
    hu: NDArray[np.float32], spacing_mm: tuple[float, float, float], nodule: Nodule, center: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Put a nodule into a volume, in place, its centre at this voxel (fractions allowed). Returns where it lies now.

    hu: (slices, rows, columns) in canonical order; the result has the same shape.
    """
    reach = np.asarray(nodule.hu.shape) * nodule.spacing_mm / 2 + 4
    low = np.maximum(0, np.floor(center - reach / spacing_mm)).astype(int)
    high = np.minimum(hu.shape, np.ceil(center + reach / spacing_mm).astype(int) + 1)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    index = np.stack(np.meshgrid(*(np.arange(a, b) for a, b in zip(low, high, strict=True)), indexing="ij"))
    offsets = (index - np.reshape(center, (3, 1, 1, 1))) * np.reshape(spacing_mm, (3, 1, 1, 1))
    inner, mask, weight = nodule.sampled(offsets)
    hu[box] = weight * inner + (1 - weight) * hu[box]
    placed = np.zeros(hu.shape, bool)
    placed[box] = mask > 0.5
    return placed
