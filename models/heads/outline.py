"""The region of a candidate: a 2.5-D U-Net, slice by slice outward from the centre, on a window of fixed millimetres.

Each slice is seen with a neighbour on either side. The region grows from slice to slice only where it overlaps the
region before it: a vessel that leaves the nodule along z ends it where it no longer covers the nodule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from numpy.typing import NDArray
from scipy import ndimage

from models.backends import Forward
from models.contract import Grid

WINDOW_PX: Final = 64
PIXEL_MM: Final = 0.7
NEIGHBOUR_MM: Final = 1.5
FIRST_REACH_MM: Final = 12.0
TURNS: Final = (0, 2, 5, 7)
BATCH: Final = 32


def seen(hu: NDArray[np.float32]) -> NDArray[np.float32]:
    """HU as the network's input range."""
    return np.asarray((np.clip(hu, -1000, 400) + 500) / 400, dtype=np.float32)


def neighbour(slice_mm: float) -> int:
    """How many slices away the neighbours are that a slice is seen with."""
    return max(1, round(NEIGHBOUR_MM / slice_mm))


@dataclass(frozen=True, slots=True)
class Place:
    """A voxel (slice, row, column) of a canonical volume, and who is asked about it."""

    hu: NDArray[np.float32] | NDArray[np.int16]
    grid: Grid
    center: NDArray[np.float64]
    forward: Forward


@dataclass(frozen=True, slots=True)
class Window:
    """A stack of square windows: probability (slices, 64, 64) of the slices from first on, round a centre."""

    probability: NDArray[np.float32]
    first: int
    pixel_mm: float
    at_edge: bool


def outline(place: Place, level: float) -> tuple[tuple[int, int, int], NDArray[np.bool_]] | None:
    """Corner and mask of the region at a place; None where there is none.

    level: the probability from which a voxel belongs to the region. Large lesions are seen again at a coarser pixel.
    """
    for pixel_mm in (PIXEL_MM, 2 * PIXEL_MM, 3 * PIXEL_MM):
        window = _grown(place, level, pixel_mm)
        if window is None:
            return None
        if not window.at_edge or pixel_mm == 3 * PIXEL_MM:
            return _on_grid(window, place, level)
    return None


def _grown(place: Place, level: float, pixel_mm: float) -> Window | None:
    """The region's probabilities with everything else set to zero."""
    slice_mm, top = place.grid.spacing_mm[0], place.hu.shape[0] - 1
    middle = int(np.clip(np.rint(place.center[0]), 0, top))
    reach = max(2, int(np.ceil(FIRST_REACH_MM * pixel_mm / PIXEL_MM / slice_mm)))
    while True:
        first, last = max(0, middle - reach), min(top, middle + reach)
        probability = _probabilities(place, np.arange(first, last + 1), pixel_mm)
        region = followed(probability >= level, middle - first)
        if region is None:
            return None
        open_end = (region[0].any() and first > 0) or (region[-1].any() and last < top)
        if not open_end or reach * slice_mm > 60:
            break
        reach *= 2
    frame = np.ones(region.shape[1:], bool)
    frame[2:-2, 2:-2] = False
    return Window(np.where(region, probability, 0), first, pixel_mm, bool((region & frame).any()))


def followed(mask: NDArray[np.bool_], middle: int) -> NDArray[np.bool_] | None:
    """The region at the window's centre on the middle slice, followed up and down; None where there is none."""
    start = _nearest_part(mask, middle)
    if start is None:
        return None
    level, part = start
    region = np.zeros_like(mask)
    region[level] = part
    for direction in (1, -1):
        before, largest = part, int(part.sum())
        for index in range(level + direction, len(mask) if direction > 0 else -1, direction):
            before = _continued(mask[index], before, largest)
            if not before.any():
                break
            largest = max(largest, int(before.sum()))
            region[index] = before
    return region


def _nearest_part(mask: NDArray[np.bool_], middle: int) -> tuple[int, NDArray[np.bool_]] | None:
    """The part nearest to the centre, on the middle slice or the nearest one that has any within 5 pixels."""
    for index in sorted(range(len(mask)), key=lambda one: abs(one - middle))[:5]:
        labels, count = ndimage.label(mask[index])
        if not count:
            continue
        far = ndimage.distance_transform_edt(labels == 0, return_distances=True, return_indices=True)
        half = mask.shape[1] // 2
        if far[0][half, half] <= 5:
            row, column = far[1][:, half, half]
            return index, labels == labels[row, column]
    return None


def _continued(one: NDArray[np.bool_], before: NDArray[np.bool_], largest: int) -> NDArray[np.bool_]:
    """What of this slice goes on from the slice before it: its parts that overlap it well enough."""
    labels, count = ndimage.label(one)
    keep = np.zeros_like(one)
    for label in range(1, count + 1):
        part = labels == label
        shared = int((part & before).sum())
        if shared and shared >= 0.3 * min(int(part.sum()), int(before.sum())):
            keep |= part
    grown_too_large = keep.sum() > 2.5 * max(largest, 12)
    return keep & ndimage.binary_dilation(before, iterations=2) if grown_too_large else keep


def _probabilities(place: Place, levels: NDArray[np.int64], pixel_mm: float) -> NDArray[np.float32]:
    step, top = neighbour(place.grid.spacing_mm[0]), place.hu.shape[0] - 1
    needed = np.unique(np.clip(np.concatenate([levels - step, levels, levels + step]), 0, top))
    views = dict(zip(needed.tolist(), _views(place, needed, pixel_mm), strict=True))
    stacks = np.stack([[views[int(np.clip(one + o, 0, top))] for o in (-step, 0, step)] for one in levels.tolist()])
    return averaged(place.forward, stacks.astype(np.float32))


def averaged(forward: Forward, stacks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean probability over turned and mirrored copies; stacks: (slices, 3, rows, columns)."""
    total = np.zeros((len(stacks), *stacks.shape[2:]), np.float32)
    for turn in TURNS:
        turned = np.rot90(stacks[..., ::-1] if turn >= 4 else stacks, turn % 4, axes=(-2, -1))
        said = np.concatenate(
            [forward(np.ascontiguousarray(turned[i : i + BATCH]))[:, 0] for i in range(0, len(turned), BATCH)]
        )
        back = np.rot90(said, -(turn % 4), axes=(-2, -1))
        total += 1 / (1 + np.exp(-(back[..., ::-1] if turn >= 4 else back)))
    return np.asarray(total / len(TURNS), dtype=np.float32)


def _views(place: Place, levels: NDArray[np.int64], pixel_mm: float) -> NDArray[np.float32]:
    """Windows of these slices at pixel_mm round the centre, in the network's range; beyond the image is its border."""
    hu, center = place.hu, place.center
    _, row_mm, column_mm = place.grid.spacing_mm
    offsets = (np.arange(WINDOW_PX) - WINDOW_PX / 2) * pixel_mm
    rows, columns = center[1] + offsets / row_mm, center[2] + offsets / column_mm
    box = [
        slice(max(0, int(axis[0]) - 1), min(size, int(axis[-1]) + 3))
        for axis, size in zip((rows, columns), hu.shape[1:], strict=True)
    ]
    source = torch.from_numpy(np.ascontiguousarray(hu[levels][:, box[0], box[1]]).astype(np.float32))[:, None]
    norm = [
        torch.from_numpy((axis - part.start) / max(1, (part.stop - part.start - 1)) * 2 - 1).float()
        for axis, part in zip((rows, columns), box, strict=True)
    ]
    places = torch.stack(torch.meshgrid(norm[0], norm[1], indexing="ij")[::-1], -1)[None].repeat(len(levels), 1, 1, 1)
    return seen(F.grid_sample(source, places, padding_mode="border", align_corners=True)[:, 0].numpy())


def _on_grid(window: Window, place: Place, level: float) -> tuple[tuple[int, int, int], NDArray[np.bool_]] | None:
    """The region on the volume's own pixels, cropped to what it fills."""
    shape, center = place.hu.shape, place.center
    _, row_mm, column_mm = place.grid.spacing_mm
    half = WINDOW_PX / 2 * window.pixel_mm
    starts, axes = [], []
    for position, step, size in ((center[1], row_mm, shape[1]), (center[2], column_mm, shape[2])):
        low, high = max(0, int(np.ceil(position - half / step))), min(size, int(position + half / step) + 1)
        starts.append(low)
        axes.append((np.arange(low, high) - position) * step / window.pixel_mm + WINDOW_PX / 2)
    places = np.stack(np.meshgrid(*axes, indexing="ij"))
    fine = np.stack([ndimage.map_coordinates(one, places, order=1, mode="nearest") for one in window.probability])
    mask = fine >= level
    if not mask.any():
        return None
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    corner = (window.first + box[0].start, starts[0] + box[1].start, starts[1] + box[2].start)
    return corner, mask[box]
