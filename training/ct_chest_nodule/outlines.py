"""Learning to outline a nodule slice by slice (set `ct_nodule_voi3d`), also where it ends along z.

Most examples are slices of the cut-outs as they are; the others are nodules put into other lung, where slices above and
below the nodule exist and show none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from numpy.typing import NDArray
from torch import Tensor, nn

from models.backends import Forward
from models.heads.outline import PIXEL_MM, WINDOW_PX, averaged, followed, neighbour, seen
from training.ct_chest_nodule.epochs import Batch, Schedule, train
from training.ct_chest_nodule.lung_backgrounds import Background
from training.ct_chest_nodule.nodules import Nodule

SCHEDULE = Schedule(epochs=14, batches_per_epoch=190, peak_rate=2e-3, weight_decay=0.01, ema_decay=0.997)
BATCH = 32
MARGIN_PX = 8
POOL = 6080
PASTED_SHARE = 0.4
WHOLE = 255


@dataclass(frozen=True, slots=True)
class Pool:
    """Examples made once: stacks (examples, 3, side, side) float16 in HU / 1000; masks (examples, side, side) uint8.

    A mask says of each pixel how much of it is nodule, 0 to 255: its own pixels seldom fall on those of the outline.
    """

    stacks: NDArray[np.float16]
    masks: NDArray[np.uint8]


def make_pool(nodules: list[Nodule], background: Background, *, seed: int) -> Pool:
    """Examples of every nodule in turn, at random slices, pixel sizes and angles."""
    random = np.random.default_rng([seed, 77])
    places = background.places(POOL, random, depth_mm=(-1.0, 60.0))
    side = WINDOW_PX + 2 * MARGIN_PX
    stacks = np.zeros((POOL, 3, side, side), np.float16)
    masks = np.zeros((POOL, side, side), np.uint8)
    for number in range(POOL):
        nodule = nodules[number % len(nodules)]
        pasted = random.random() < PASTED_SHARE
        stack, mask = _example(nodule, background, places[number], random, pasted=pasted)
        stacks[number], masks[number] = stack / 1000, np.rint(mask * WHOLE)
    return Pool(stacks, masks)


def _example(
    nodule: Nodule, background: Background, place: NDArray[np.float64], random: np.random.Generator, *, pasted: bool
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    slice_mm = nodule.spacing_mm[0]
    marked = np.flatnonzero(nodule.mask.any((1, 2)))
    beyond = max(1, round(3.0 / slice_mm)) if pasted else 0
    level = int(random.integers(marked[0] - beyond, marked[-1] + 1 + beyond))
    gap = neighbour(slice_mm)
    levels = np.array([level - gap, level, level + gap])
    if not pasted:
        levels = np.clip(levels, 1, nodule.hu.shape[0] - 2)
    pixel_mm = PIXEL_MM * float(np.exp(random.uniform(np.log(0.75), np.log(1.35))))
    offsets = _offsets((levels - nodule.center[0]) * slice_mm, pixel_mm, random)
    hu, mask, weight = nodule.sampled(offsets)
    if pasted:
        hu = np.asarray(weight * hu + (1 - weight) * background.sampled(place, offsets), dtype=np.float32)
    return hu, mask[1]


def _offsets(slices_mm: NDArray[np.float64], pixel_mm: float, random: np.random.Generator) -> NDArray[np.float64]:
    side = WINDOW_PX + 2 * MARGIN_PX
    line = (np.arange(side) - side / 2) * pixel_mm
    z, y, x = np.meshgrid(slices_mm, line, line, indexing="ij")
    angle = random.uniform(0, 2 * np.pi)
    return np.stack([z, np.cos(angle) * y - np.sin(angle) * x, np.sin(angle) * y + np.cos(angle) * x])


def train_outline_net(net: nn.Module, pool: Pool, checkpoint: Path, *, seed: int) -> tuple[nn.Module, float]:
    """The averaged network and its training seconds."""

    def epoch(random: np.random.Generator) -> Iterator[Batch]:
        return _batches(pool, random)

    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # missing in torch's own stub
    return train(net, epoch, _loss, SCHEDULE, checkpoint, seed=seed)


def _batches(pool: Pool, random: np.random.Generator) -> Iterator[Batch]:
    order = random.permutation(POOL)
    for start in range(0, POOL - BATCH + 1, BATCH):
        chosen = order[start : start + BATCH]
        stacks, masks = pool.stacks[chosen].astype(np.float32) * 1000, pool.masks[chosen]
        views, truths = [], []
        for stack, mask in zip(stacks, masks, strict=True):
            row, column = np.clip(np.rint(random.normal(MARGIN_PX, 2.2, 2)), 0, 2 * MARGIN_PX).astype(int)
            part = slice(row, row + WINDOW_PX), slice(column, column + WINDOW_PX)
            turned = stack if random.random() < 0.5 else stack[::-1]
            mirror = 1 if random.random() < 0.5 else -1
            views.append(turned[:, part[0], part[1]][..., ::mirror])
            truths.append(mask[part][..., ::mirror])
        noise = random.normal(0, 1, (BATCH, 3, WINDOW_PX, WINDOW_PX)) * np.abs(random.normal(0, 25, (BATCH, 1, 1, 1)))
        hu = np.stack(views) * random.normal(1, 0.03, (BATCH, 1, 1, 1)) + random.normal(0, 25, (BATCH, 1, 1, 1)) + noise
        images = torch.from_numpy(seen(hu.astype(np.float32))).contiguous(memory_format=torch.channels_last)
        yield images, torch.from_numpy(np.stack(truths).astype(np.float32) / WHOLE)[:, None]


def _loss(said: Tensor, truth: Tensor) -> Tensor:
    """Half cross entropy (summed over a nodule's own neighbourhood), half soft Dice over the batch and per image."""
    p = torch.sigmoid(said)
    shared, both = (p * truth).sum((1, 2, 3)), (p + truth).sum((1, 2, 3))
    dice = 1 - (2 * shared + 4) / (both + 4)
    return F.binary_cross_entropy_with_logits(said, truth) * 8 + dice.mean()


@dataclass(frozen=True, slots=True)
class Outlined:
    """How one validation nodule was outlined."""

    patient: str
    diameter_mm: float
    dice: float
    diameter_error_mm: float


def validate(forward: Forward, nodules: list[Nodule], *, level: float) -> list[Outlined]:
    """Dice and error of the equivalent diameter inside the cut-outs, the centre given."""
    return [_outlined(forward, nodule, level) for nodule in nodules]


def _outlined(forward: Forward, nodule: Nodule, level: float) -> Outlined:
    inner = np.arange(1, nodule.hu.shape[0] - 1)
    gap = neighbour(nodule.spacing_mm[0])
    line = (np.arange(WINDOW_PX) - WINDOW_PX / 2) * PIXEL_MM
    grids = [np.clip(inner + o, inner[0], inner[-1]) for o in (-gap, 0, gap)]
    offsets = np.stack(np.meshgrid((inner - nodule.center[0]) * nodule.spacing_mm[0], line, line, indexing="ij"))
    hu, mask, _ = nodule.sampled(offsets)
    stacks = np.stack([hu[one - inner[0]] for one in grids], 1)
    probability = averaged(forward, seen(stacks).astype(np.float32))
    region = followed(probability >= level, int(np.rint(nodule.center[0])) - 1)
    truth = mask > 0.5
    found = np.zeros_like(truth) if region is None else region
    voxel_mm3 = nodule.spacing_mm[0] * PIXEL_MM**2
    dice = 2 * float((found & truth).sum()) / max(1.0, float(found.sum() + truth.sum()))
    sizes = [(6 / np.pi * float(one.sum()) * voxel_mm3) ** (1 / 3) for one in (found, truth)]
    return Outlined(nodule.patient, nodule.diameter_mm, dice, abs(sizes[0] - sizes[1]))
