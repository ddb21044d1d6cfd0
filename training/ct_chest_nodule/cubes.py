"""Learning to verify candidates on cubes: nodules put into lung against candidates of a scan and synthetic vessels.

The one whole scan of the training side gives all real negatives. Two networks are learned, one from its right and one
from its left lung; each is measured on the lung it has not seen, and the package asks both. Phantoms add vessels of
other shapes, and are background of nodules too, so that no network learns to tell a phantom from a patient instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor, nn

from models.heads.candidates import Candidates, candidates
from models.heads.nodule_detection import LARGE_BLOB_MM
from models.heads.verify import CUBE_PX, cube_offsets_mm, seen
from training.ct_chest_nodule.epochs import Batch, Schedule, train
from training.ct_chest_nodule.lung_backgrounds import Background
from training.ct_chest_nodule.nodules import Nodule
from training.ct_chest_nodule.phantom_lungs import PhantomLung

SCHEDULE: Final = Schedule(epochs=11, batches_per_epoch=72, peak_rate=2e-3, weight_decay=0.05, ema_decay=0.99)
BATCH: Final = 32
MARGIN_PX: Final = 2
POSITIVES, CANDIDATES, TUBES, PLAIN = 2432, 2000, 400, 100
IN_PHANTOMS: Final = 1216
"""Nodules that are put into phantoms too."""

VIEWS: Final = 2
"""Of each look-alike."""


@dataclass(frozen=True, slots=True)
class CubePool:
    """cubes: (examples, side, side, side) float16 in HU / 1000; labels: 1 for nodules."""

    cubes: NDArray[np.float16]
    labels: NDArray[np.float32]


def negatives(background: Background, side: int) -> Candidates:
    """Candidates of one lung, clear of every mark."""
    found = candidates(background.hu, background.grid, background.field, background.depth_mm)
    at = background.field.at(found.index, background.field.nearest_side())
    return found.chosen(np.flatnonzero((at == side) & background.clear(found.index, 4.0)))


def make_pool(
    nodules: list[Nodule], background: Background, phantoms: list[PhantomLung], side: int, *, seed: int
) -> CubePool:
    """Examples whose background and candidates come from one lung of the scan, and from the phantoms."""
    random = np.random.default_rng([seed, side, 99])
    places = background.places(POSITIVES + TUBES + PLAIN, random, depth_mm=(-1.0, 60.0), side=side)
    made = [
        _nodule_cube(nodules[number % len(nodules)], background, places[number], random) for number in range(POSITIVES)
    ]
    for number in range(IN_PHANTOMS):
        other = phantoms[number % len(phantoms)].background
        place = other.places(1, random, depth_mm=(-1.0, 60.0))[0]
        made.append(_nodule_cube(nodules[number % len(nodules)], other, place, random))
    nodule_count = len(made)
    found = negatives(background, side)
    count = len(found.sigma_mm)
    made += [_candidate_cube(found, number % count, background, random) for number in range(CANDIDATES)]
    for lung in phantoms:
        places_seen = range(len(lung.lookalikes.sigma_mm))
        for _ in range(VIEWS):
            made += [_candidate_cube(lung.lookalikes, one, lung.background, random) for one in places_seen]
    for place in places[POSITIVES : POSITIVES + TUBES]:
        offsets = _offsets(random)
        made.append(_with_tubes(background.sampled(place, offsets), random))
    made += [background.sampled(place, _offsets(random)) for place in places[POSITIVES + TUBES :]]
    labels = np.zeros(len(made), np.float32)
    labels[:nodule_count] = 1
    return CubePool((np.stack(made) / 1000).astype(np.float16), labels)


def _candidate_cube(
    found: Candidates, one: int, background: Background, random: np.random.Generator
) -> NDArray[np.float32]:
    center = found.index[one] + random.normal(0, 0.8, 3) / background.grid.spacing_mm
    step = max(1.0, found.sigma_mm[one] / LARGE_BLOB_MM)
    return background.sampled(center, _offsets(random) * step)


def _nodule_cube(
    nodule: Nodule, background: Background, place: NDArray[np.float64], random: np.random.Generator
) -> NDArray[np.float32]:
    offsets = _offsets(random)
    off_center = random.normal(0, max(0.7, 0.1 * nodule.diameter_mm), 3).reshape(3, 1, 1, 1)
    inner, _, weight = nodule.sampled(offsets + off_center)
    if random.random() < 0.4:
        weight = nodule.cut_out_weight(offsets + off_center)
    return weight * inner + (1 - weight) * background.sampled(place, offsets)


def _offsets(random: np.random.Generator) -> NDArray[np.float64]:
    """A cube turned about the patient's axis, mirrored, zoomed."""
    offsets = cube_offsets_mm(CUBE_PX + 2 * MARGIN_PX) * float(np.exp(random.uniform(np.log(0.8), np.log(1.2))))
    angle = random.uniform(0, 2 * np.pi)
    z, y, x = offsets
    mirror = random.choice([-1.0, 1.0])
    return np.stack([z, np.cos(angle) * y - np.sin(angle) * x * mirror, np.sin(angle) * y + np.cos(angle) * x * mirror])


def _with_tubes(cube: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """One to three bent vessels through the cube, the first close to its centre, blurred as by a scanner."""
    side = cube.shape[0]
    along = np.linspace(-1, 1, 4 * side)[:, None] * side
    field = np.full(cube.shape, np.inf, np.float32)
    for number in range(random.integers(1, 4)):
        way = random.normal(size=3)
        way /= np.linalg.norm(way)
        bend = random.normal(size=3) * random.uniform(0, 0.02)
        start = side / 2 + random.normal(0, 0.7 if number == 0 else 5, 3)
        line = np.rint(start + along * way + along**2 * bend).astype(int)
        line = line[((line >= 0) & (line < side)).all(1)]
        drawn = np.ones(cube.shape, bool)
        drawn[tuple(line.T)] = False
        radius = random.uniform(1.0, 4.0) if number == 0 else random.uniform(0.7, 3.0)
        field = np.minimum(field, ndimage.distance_transform_edt(drawn).astype(np.float32) - radius)
    share = np.clip(0.5 - field / random.uniform(1.0, 2.2), 0, 1)
    return share * float(random.uniform(-100, 120)) + (1 - share) * cube


def train_cube_net(net: nn.Module, pool: CubePool, checkpoint: Path, *, seed: int) -> tuple[nn.Module, float]:
    """The averaged network and its training seconds."""

    def epoch(random: np.random.Generator) -> Iterator[Batch]:
        return _batches(pool, random)

    net.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload] # missing in torch's own stub
    return train(net, epoch, _loss, SCHEDULE, checkpoint, seed=seed)


def _batches(pool: CubePool, random: np.random.Generator) -> Iterator[Batch]:
    sides = [np.flatnonzero(pool.labels == label) for label in (0, 1)]
    for _ in range(SCHEDULE.batches_per_epoch):
        chosen = np.concatenate([random.choice(one, BATCH // 2, replace=False) for one in sides])
        views = [_view(pool.cubes[one].astype(np.float32) * 1000, random) for one in chosen]
        shape = (BATCH, 1, 1, 1)
        noise = random.normal(0, 1, (BATCH, CUBE_PX, CUBE_PX, CUBE_PX)) * np.abs(random.normal(0, 30, shape))
        hu = np.stack(views) * random.normal(1, 0.04, shape) + random.normal(0, 25, shape) + noise
        images = torch.from_numpy(seen(hu.astype(np.float32)))[:, None].contiguous(memory_format=torch.channels_last_3d)
        yield images, torch.from_numpy(pool.labels[chosen])[:, None] * 0.96 + 0.02


def _view(cube: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Shifted and mirrored, now and then blurred along z as thick slices are."""
    corner = random.integers(0, 2 * MARGIN_PX + 1, 3)
    view = cube[tuple(slice(c, c + CUBE_PX) for c in corner)]
    view = view[:: random.choice([-1, 1]), :: random.choice([-1, 1]), :: random.choice([-1, 1])]
    if random.random() < 0.25:
        view = ndimage.gaussian_filter1d(view, random.uniform(0.5, 1.2), axis=0, mode="nearest", truncate=2.0)
    return view


def _loss(said: Tensor, truth: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(said, truth)
