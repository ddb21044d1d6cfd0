"""Scores of candidates from single axial patches: cut, standardise, average over turned copies and neighbour slices.

A patch is 50 x 50 native pixels, HU -1000..400 mapped to 0..255, as in the set the network has learned from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from numpy.typing import NDArray

from models.backends import Forward

PATCH_PX = 50
PATCH_INPUT_PX = 48
"""Side of the square the network sees, cut from the middle of a patch or of its zoomed copy."""

ZOOMS = (0.88, 1.0, 1.12)
LOW_HU, HIGH_HU = -1000.0, 400.0
BATCH = 64


def grey(hu: NDArray[np.float32] | NDArray[np.int16]) -> NDArray[np.uint8]:
    """HU as the grey levels of the patch set."""
    scaled = (np.clip(hu.astype(np.float32), LOW_HU, HIGH_HU) - LOW_HU) * (255 / (HIGH_HU - LOW_HU))
    return np.rint(scaled).astype(np.uint8)


def standardised(images: torch.Tensor) -> torch.Tensor:
    """Grey levels 0..255 as the network's input range."""
    return (images - 80.0) / 64.0


def cut(
    hu: NDArray[np.float32] | NDArray[np.int16], centers: NDArray[np.int64], side_px: int = PATCH_PX
) -> NDArray[np.uint8]:
    """Patches around voxels (slice, row, column); beyond the image is air. Returns (patches, side, side) uint8."""
    half = side_px // 2
    patches = np.zeros((len(centers), side_px, side_px), np.uint8)
    for patch, (level, row, column) in zip(patches, centers, strict=True):
        top, left = max(0, row - half), max(0, column - half)
        bottom, right = min(hu.shape[1], row + half), min(hu.shape[2], column + half)
        inside = slice(top - row + half, bottom - row + half), slice(left - column + half, right - column + half)
        patch[inside] = grey(hu[level, top:bottom, left:right])
    return patches


def patch_scores(
    forwards: Sequence[Forward],
    images: NDArray[np.uint8],
    *,
    zooms: Sequence[float] = ZOOMS,
    turns: Sequence[int] = range(8),
) -> NDArray[np.float64]:
    """Mean logit of each patch over the networks, the zooms, and the turns and mirrors of each.

    images: (patches, 50, 50) uint8. Returns (patches,).
    """
    total = np.zeros(len(images), np.float64)
    for zoom in zooms:
        zoomed = _zoomed(images, zoom)
        for turn in turns:
            view = np.ascontiguousarray(_turned(zoomed, turn))
            for forward in forwards:
                total += _batched(forward, view)
    return total / (len(zooms) * len(turns) * len(forwards))


def _zoomed(images: NDArray[np.uint8], zoom: float) -> NDArray[np.float32]:
    """The middle of the patches at this zoom, standardised: (patches, 1, input, input)."""
    if not len(images):
        return np.zeros((0, 1, PATCH_INPUT_PX, PATCH_INPUT_PX), np.float32)
    side = PATCH_INPUT_PX / PATCH_PX / zoom
    theta = torch.tensor([[side, 0.0, 0.0], [0.0, side, 0.0]]).repeat(len(images), 1, 1)
    grid = F.affine_grid(theta, [len(images), 1, PATCH_INPUT_PX, PATCH_INPUT_PX], align_corners=False)
    source = torch.from_numpy(images[:, None]).float()
    sampled = F.grid_sample(source, grid, padding_mode="border", align_corners=False)
    return standardised(sampled).numpy()


def _turned(images: NDArray[np.float32], turn: int) -> NDArray[np.float32]:
    mirrored = images[..., ::-1] if turn >= 4 else images
    return np.rot90(mirrored, turn % 4, axes=(-2, -1))


def _batched(forward: Forward, images: NDArray[np.float32]) -> NDArray[np.float64]:
    parts = [forward(images[start : start + BATCH])[:, 0] for start in range(0, len(images), BATCH)]
    return np.concatenate(parts).astype(np.float64) if parts else np.zeros(0)
