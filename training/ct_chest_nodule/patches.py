"""Learning to tell nodules from other candidates on single axial patches (set `ct_nodule_patches`)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from numpy.typing import NDArray
from torch import Tensor, nn

from models.heads.patch import PATCH_INPUT_PX, standardised
from training.ct_chest_nodule.epochs import Batch, Schedule, train

SCHEDULE = Schedule(epochs=36, batches_per_epoch=79, peak_rate=3e-3, weight_decay=0.05, ema_decay=0.997)
BATCH = 64
LABEL_SMOOTHING = 0.02
MIXUP_ALPHA = 0.2


@dataclass(frozen=True, slots=True)
class PatchSet:
    """images: (patches, 50, 50) uint8. groups: rows that may share a scan share a group."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    groups: NDArray[np.int64]


def read_patches(data: Path, split: str) -> PatchSet:
    """One split of the set, as published."""
    folder = data / "ct_nodule_patches"
    with np.load(folder / "patches.npz", allow_pickle=False) as arrays:
        chosen = arrays["split"] == split
        images, labels = arrays["images"][chosen], arrays["label"][chosen]
    with (folder / "patches.csv").open(newline="") as stream:
        groups = np.array([int(row["group"]) for row in csv.DictReader(stream) if row["split"] == split])
    return PatchSet(images, labels, groups)


def train_patch_net(net: nn.Module, data: Path, checkpoint: Path, *, seed: int) -> tuple[nn.Module, float]:
    """The averaged network and its training seconds."""
    torch.manual_seed(seed)
    patches = read_patches(data, "train")

    def epoch(random: np.random.Generator) -> Iterator[Batch]:
        return _batches(patches, random)

    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # missing in torch's own stub
    return train(net, epoch, _loss, SCHEDULE, checkpoint, seed=seed)


def _batches(patches: PatchSet, random: np.random.Generator) -> Iterator[Batch]:
    order = random.permutation(len(patches.labels))
    for start in range(0, len(order) - BATCH + 1, BATCH):
        chosen = order[start : start + BATCH]
        images = _jittered(torch.from_numpy(patches.images[chosen]), random)
        truth = torch.from_numpy(patches.labels[chosen].astype(np.float32))[:, None]
        truth = truth * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / 2
        share = float(random.beta(MIXUP_ALPHA, MIXUP_ALPHA))
        other = torch.from_numpy(random.permutation(BATCH))
        images = share * images + (1 - share) * images[other]
        yield images.contiguous(memory_format=torch.channels_last), share * truth + (1 - share) * truth[other]


def _jittered(images: Tensor, random: np.random.Generator) -> Tensor:
    """Turned, mirrored, zoomed, shifted and shaded copies at the network's input size."""
    count = len(images)
    angle = torch.from_numpy(random.uniform(0, 2 * np.pi, count))
    zoom = torch.from_numpy(np.exp(random.uniform(np.log(0.72), np.log(1.3), count))) * (PATCH_INPUT_PX / 50)
    stretch = torch.from_numpy(np.exp(random.normal(0, 0.06, count)))
    mirror = torch.from_numpy(random.choice([-1.0, 1.0], count))
    shift = torch.from_numpy(random.normal(0, 1.0, (count, 2)) / 25)
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    rows = torch.stack([cos * mirror * stretch, -sin / stretch, shift[:, 0]], 1)
    columns = torch.stack([sin * mirror * stretch, cos / stretch, shift[:, 1]], 1)
    theta = torch.stack([rows, columns], 1).float()
    grid = F.affine_grid(theta, [count, 1, PATCH_INPUT_PX, PATCH_INPUT_PX], align_corners=False)
    turned = F.grid_sample(images[:, None].float(), grid, padding_mode="border", align_corners=False)
    gain = torch.from_numpy(random.normal(1, 0.06, (count, 1, 1, 1))).float()
    offset = torch.from_numpy(random.normal(0, 6, (count, 1, 1, 1))).float()
    noise = torch.from_numpy(random.normal(0, 1, turned.shape) * np.abs(random.normal(0, 4, (count, 1, 1, 1)))).float()
    return standardised((turned * gain + offset + noise).clamp(0, 255))


def _loss(said: Tensor, truth: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(said, truth)
