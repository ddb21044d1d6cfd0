"""The lung field of a chest CT: where nodules are looked for, and which side a place belongs to.

Air inside the body is lung when there is enough of it and it looks like parenchyma rather than like bowel gas. The
field is closed, so that vessels, nodules that touch the pleura, and the hilum belong to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from models.contract import Grid, RefusalReason, Refused

COARSE_MM: Final = 2.5
AIR_BELOW_HU: Final = -400.0
SMALLEST_PART_ML: Final = 60.0
SMALLEST_LUNGS_ML: Final = 500.0
GAS_BELOW_HU: Final = -978.0
"""Median of a region that is gas alone (bowel, a dilated stomach); emphysema stays above it on average."""

PADDING_BELOW_HU: Final = -1020.0
"""A pooled value of nothing but padding; the noise of real air stays above, as it is clipped at -1024."""

ABOVE_AIR_HU: Final = 50.0
MOST_OF_AIR_HU: Final = -890.0
"""Where the field of view holds no room around the body, the emptiest part of the image is lung itself."""

_CUT_LUNG_HU: Final = (-940.0, -600.0)
CLOSING_MM: Final = 12.0
RIGHT_LUNG, LEFT_LUNG = 1, 2


@dataclass(frozen=True, slots=True)
class LungField:
    """side: (slices, rows, columns) uint8 on a coarse copy of the volume's grid: 0 outside, 1 right, 2 left lung.

    strides: voxels of the volume to one voxel of the copy, along each axis. air_ml: air-filled lung.
    """

    side: NDArray[np.uint8]
    strides: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    air_ml: float

    def box(self) -> tuple[slice, slice, slice]:
        """The smallest box of the volume's own grid that holds the field."""
        found = ndimage.find_objects((self.side > 0).astype(np.uint8))[0]
        pairs = zip(found, self.strides, strict=True)
        parts = [slice(part.start * stride, part.stop * stride) for part, stride in pairs]
        return parts[0], parts[1], parts[2]

    def depth_mm(self) -> NDArray[np.float32]:
        """Distance to the border of the field, positive inside and negative outside, on the coarse grid."""
        inside = self.side > 0
        within = ndimage.distance_transform_edt(inside, self.spacing_mm)
        without = ndimage.distance_transform_edt(~inside, self.spacing_mm)
        return np.asarray(within - without, dtype=np.float32)

    def nearest_side(self) -> NDArray[np.uint8]:
        """The side of every coarse voxel; outside the field that of the nearest lung."""
        nearest = ndimage.distance_transform_edt(self.side == 0, return_distances=False, return_indices=True)
        return self.side[tuple(nearest)]

    def at(self, index: NDArray[np.float64], values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Values of a coarse array at voxels of the volume; index: (places, 3)."""
        coarse = np.floor((np.asarray(index) + 0.5) / np.asarray(self.strides)).astype(np.int64)
        coarse = np.clip(coarse, 0, np.asarray(values.shape) - 1)
        return np.asarray(values[coarse[:, 0], coarse[:, 1], coarse[:, 2]])


def lung_field(hu: NDArray[np.int16] | NDArray[np.float32], grid: Grid) -> LungField | Refused:
    """Find both lungs, or what there is of them; hu and grid in canonical order. Refused where there is no lung."""
    strides = _strides(grid)
    coarse = _pooled(hu, strides)
    spacing = tuple(step * stride for step, stride in zip(grid.spacing_mm, strides, strict=True))
    voxel_ml = grid.voxel_mm3 * float(np.prod(strides)) / 1000
    air = _air_inside_the_body(coarse)
    lungs = _parenchyma(coarse, air, voxel_ml)
    if float(lungs.sum()) * voxel_ml >= SMALLEST_LUNGS_ML:
        lungs = _parenchyma(coarse, air | _lung_cut_by_the_field_of_view(coarse, air, voxel_ml), voxel_ml)
    air_ml = float(lungs.sum()) * voxel_ml
    if air_ml < SMALLEST_LUNGS_ML:
        detail = f"Only {air_ml:.0f} ml of aerated lung were found; this package reads the chest."
        return Refused(RefusalReason.NO_LUNG_FOUND, detail)
    side = _sides(lungs, (spacing[0], spacing[1], spacing[2]))
    closed = np.zeros_like(side)
    for label in (RIGHT_LUNG, LEFT_LUNG):
        closed[_closed(side == label, (spacing[0], spacing[1], spacing[2])) & (closed == 0)] = label
    return LungField(closed, strides, (spacing[0], spacing[1], spacing[2]), air_ml)


def _strides(grid: Grid) -> tuple[int, int, int]:
    strides = [max(1, round(COARSE_MM / step)) for step in grid.spacing_mm]
    return strides[0], strides[1], strides[2]


def _pooled(hu: NDArray[np.int16] | NDArray[np.float32], strides: tuple[int, int, int]) -> NDArray[np.float32]:
    """Means in the plane (noise of sharp kernels is averaged out), every n-th slice; values below air are air."""
    picked = hu[strides[0] // 2 :: strides[0]] if hu.shape[0] > strides[0] // 2 else hu
    rows, columns = (size // stride * stride for size, stride in zip(picked.shape[1:], strides[1:], strict=True))
    total = np.zeros((picked.shape[0], rows // strides[1], columns // strides[2]), np.float32)
    for row in range(strides[1]):
        for column in range(strides[2]):
            total += np.clip(picked[:, row : rows : strides[1], column : columns : strides[2]], -1024, 1000)
    return np.asarray(total / (strides[1] * strides[2]), dtype=np.float32)


def _air_inside_the_body(coarse: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Air that does not reach the sides of the image, slice by slice: a slice through open lung ends keeps its lung."""
    air = coarse < AIR_BELOW_HU
    inside = np.zeros_like(air)
    for level, one in enumerate(air):
        framed = np.pad(one, 1, constant_values=True)
        labels, _ = ndimage.label(framed)
        inside[level] = (framed & (labels != labels[0, 0]))[1:-1, 1:-1]
    return inside


def _lung_cut_by_the_field_of_view(
    coarse: NDArray[np.float32], inside: NDArray[np.bool_], voxel_ml: float
) -> NDArray[np.bool_]:
    """Lung that reaches the edge of the image, or the padding around the circle that was reconstructed.

    Slice by slice it looks like the air outside. It is told apart by its density, stricter than elsewhere and well
    above the scan's own air: the room between body and circle must never count, nor is it asked for where no lung lies
    whole within the image.
    """
    image = coarse > PADDING_BELOW_HU
    outside = image & (coarse < AIR_BELOW_HU) & ~inside
    if not outside.any():
        return outside
    above_air_hu = float(np.percentile(coarse[image], 2)) + ABOVE_AIR_HU
    least_hu = min(max(_CUT_LUNG_HU[0], above_air_hu), MOST_OF_AIR_HU)
    labels, count = ndimage.label(ndimage.binary_opening(outside, iterations=1))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    large = [label for label in range(1, count + 1) if sizes[label] * voxel_ml >= SMALLEST_PART_ML]
    kept = [label for label in large if least_hu < float(np.median(coarse[labels == label])) < _CUT_LUNG_HU[1]]
    return np.asarray(ndimage.binary_dilation(np.isin(labels, kept), iterations=1) & outside)


def _parenchyma(coarse: NDArray[np.float32], air: NDArray[np.bool_], voxel_ml: float) -> NDArray[np.bool_]:
    """Connected parts of the air that are large enough and not gas alone."""
    opened = ndimage.binary_opening(air, iterations=1)
    labels, count = ndimage.label(opened)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    kept = [
        label
        for label in range(1, count + 1)
        if sizes[label] * voxel_ml >= SMALLEST_PART_ML and _looks_like_lung(coarse[labels == label])
    ]
    grown = ndimage.binary_dilation(np.isin(labels, kept), iterations=1)
    return np.asarray(grown & air)


def _looks_like_lung(values: NDArray[np.float32]) -> bool:
    return float(np.median(values)) > GAS_BELOW_HU and float(np.percentile(values, 90)) > -960


def _sides(lungs: NDArray[np.bool_], spacing_mm: tuple[float, float, float]) -> NDArray[np.uint8]:
    """Right and left: two parts once thin bridges (airways) are worn away, else halves by the middle."""
    for wear_mm in (0.0, 3.0, 6.0, 9.0, 12.0):
        core = lungs if wear_mm == 0 else ndimage.distance_transform_edt(lungs, spacing_mm) > wear_mm
        labels, count = ndimage.label(core)
        if count < 2:
            continue
        sizes = np.bincount(labels.ravel())[1:]
        first, second = np.argsort(sizes)[::-1][:2]
        if sizes[second] > 0.25 * sizes[first]:
            return _nearest_side(lungs, labels, (int(first) + 1, int(second) + 1))
    columns = np.arange(lungs.shape[2])
    middle = float((lungs.sum((0, 1)) * columns).sum() / max(1, lungs.sum()))
    half = np.where(columns < middle, RIGHT_LUNG, LEFT_LUNG).astype(np.uint8)
    return np.where(lungs, half[None, None, :], np.uint8(0)).astype(np.uint8)


def _nearest_side(lungs: NDArray[np.bool_], labels: NDArray[np.int32], pair: tuple[int, int]) -> NDArray[np.uint8]:
    centers = [float(np.argwhere(labels == label)[:, 2].mean()) for label in pair]
    right, left = pair if centers[0] < centers[1] else pair[::-1]
    seeds = np.zeros(lungs.shape, np.uint8)
    seeds[labels == right], seeds[labels == left] = RIGHT_LUNG, LEFT_LUNG
    nearest = ndimage.distance_transform_edt(seeds == 0, return_distances=False, return_indices=True)
    return np.where(lungs, seeds[tuple(nearest)], np.uint8(0)).astype(np.uint8)


def _closed(lung: NDArray[np.bool_], spacing_mm: tuple[float, float, float]) -> NDArray[np.bool_]:
    """The lung with gaps up to twice the closing radius filled, and the holes inside every slice."""
    if not lung.any():
        return lung
    reach = [int(np.ceil(CLOSING_MM / step)) + 1 for step in spacing_mm]
    padded = np.pad(lung, [(n, n) for n in reach], mode="edge")
    grown = ndimage.distance_transform_edt(~padded, spacing_mm) <= CLOSING_MM
    closed = ndimage.distance_transform_edt(grown, spacing_mm) > CLOSING_MM
    closed = closed[tuple(slice(n, -n) for n in reach)] | lung
    return np.stack([ndimage.binary_fill_holes(one) for one in closed])
