"""Lung nodules in chest CT: lung field, candidates, two opinions on each, outline, measures, calibrated probability.

Each step hands fewer places to the next and dearer one: blobs (2,000), one patch each (160 left), patches on three
slices and turned (120 left), cubes, outlines of what could reach the operating point.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from models.backends import Forward, forward_pass
from models.bundle.networks import INFERENCE_CONFIG, load_network, read_config
from models.contract import Finding, Reading, Refused, Segment, Volume
from models.heads import outline, patch, verify
from models.heads.axial import AxialVolume, axial
from models.heads.candidates import Candidates, apart, candidates
from models.heads.lungs import LungField, lung_field
from models.heads.naming import finding, numbered, target
from models.manifest import Manifest, ManifestFault

PATCH_NET: Final = "patch_net"
CUBE_NETS: Final = ("cube_net_right", "cube_net_left")
OUTLINE_NET: Final = "outline_net"
INPUT_SHAPES: Final = {
    PATCH_NET: (patch.BATCH, 1, patch.PATCH_INPUT_PX, patch.PATCH_INPUT_PX),
    CUBE_NETS[0]: (verify.BATCH, 1, verify.CUBE_PX, verify.CUBE_PX, verify.CUBE_PX),
    CUBE_NETS[1]: (verify.BATCH, 1, verify.CUBE_PX, verify.CUBE_PX, verify.CUBE_PX),
    OUTLINE_NET: (outline.BATCH, 3, outline.WINDOW_PX, outline.WINDOW_PX),
}
LARGE_BLOB_MM: Final = 5.0
"""Blobs of a larger sigma are shown to the networks smaller, so that they fit in what these have learned to see."""

ONE_LESION_MM: Final = 5.0
"""Places nearer than this are one lesion."""

OWN_TURNS: Final = (0, 2, 5, 7)
NEIGHBOUR_TURNS: Final = (1, 6)
OWN_WEIGHT: Final = 0.7
"""Of a candidate's own slice; its neighbours share the rest. Small nodules are hardly seen on the next slice."""

NEIGHBOUR_SLICE_MM: Final = 1.25


class ReadingRules(BaseModel):
    """The numbers of `reading` in configs/inference.json; all chosen on validation splits, never on a test case."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kept_by_patch: int
    kept_by_slices: int
    patch_weight: float
    cube_weight: float
    offset: float
    region_level: float


@dataclass(slots=True)
class Stopwatch:
    """Seconds spent inside forward passes."""

    seconds: float = 0.0

    def over(self, forward: Forward) -> Forward:
        """The same forward pass, timed."""

        def timed(batch: NDArray[np.float32]) -> NDArray[np.float32]:
            start = time.perf_counter()
            said = forward(batch)
            self.seconds += time.perf_counter() - start
            return said

        return timed


@dataclass(frozen=True, slots=True)
class Opinions:
    """What the networks say of the candidates that came that far.

    slices: (places,) mean logit of the patches; cubes: (networks, places) logits; probability: (places,) calibrated.
    """

    places: Candidates
    slices: NDArray[np.float64]
    cubes: NDArray[np.float64]
    probability: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NoduleDetectionHead:
    """A warm package: its networks ready to run."""

    threshold: float
    smallest_mm: float
    rules: ReadingRules
    forwards: dict[str, Forward] = field(repr=False)

    @classmethod
    def load(cls, manifest: Manifest, folder: Path) -> NoduleDetectionHead:
        """Raises PackageFault when configuration or weights do not fit."""
        config = read_config(folder)
        try:
            rules = ReadingRules.model_validate(config.get("reading"))
        except ValidationError as fault:
            seen = fault.errors()[0]
            where = f"{INFERENCE_CONFIG} of {manifest.name}: reading: {seen['loc']}"
            raise ManifestFault(f"{where}: {seen['msg']}") from fault
        networks = {name: load_network(folder, config, name) for name in INPUT_SHAPES}
        forwards = {name: forward_pass(net, INPUT_SHAPES[name]) for name, net in networks.items()}
        output = manifest.outputs[0]
        return cls(output.operating_point.threshold, output.min_size_mm or 0.0, rules, forwards)

    def read(self, volume: Volume, progress: Callable[[float], None]) -> Reading | Refused:
        """Read one volume of any axial orientation."""
        start = time.perf_counter()
        turned = axial(volume)
        if isinstance(turned, Refused):
            return turned
        lungs = lung_field(turned.hu, turned.grid)
        if isinstance(lungs, Refused):
            return lungs
        progress(0.2)
        watch = Stopwatch()
        timed = {name: watch.over(forward) for name, forward in self.forwards.items()}
        opinions = examine(turned, lungs, timed, self.rules, progress)
        found = self.findings(volume, turned, lungs, opinions, timed)
        progress(1.0)
        return Reading(target(), numbered(found), watch.seconds, time.perf_counter() - start)

    def findings(
        self,
        volume: Volume,
        turned: AxialVolume,
        lungs: LungField,
        opinions: Opinions,
        forwards: dict[str, Forward],
    ) -> list[Finding]:
        """One finding a lesion: a place that lies in the region of a more probable one is the same lesion."""
        taken = np.zeros(turned.grid.shape, bool)
        found: list[Finding] = []
        for place in np.argsort(-opinions.probability, kind="stable"):
            probability, center = float(opinions.probability[place]), opinions.places.index[place]
            if probability < self.threshold:
                break
            asked = outline.Place(turned.hu, turned.grid, center, forwards[OUTLINE_NET])
            region = outline.outline(asked, self.rules.region_level)
            if region is None:
                continue
            corner, mask = region
            box = tuple(slice(first, first + size) for first, size in zip(corner, mask.shape, strict=True))
            if _is_taken(taken, box, mask, center):
                continue
            side = int(lungs.at(np.argwhere(mask).mean(0)[None] + corner, lungs.nearest_side())[0])
            made = finding(Segment(*turned.box_to_native(corner, mask)), volume, side, probability)
            if made.long_axis is not None and made.long_axis.length_mm >= self.smallest_mm:
                taken[box] |= mask
                found.append(made)
        return found


def _is_taken(
    taken: NDArray[np.bool_], box: tuple[slice, ...], mask: NDArray[np.bool_], center: NDArray[np.float64]
) -> bool:
    middle = np.clip(np.rint(center).astype(int), 0, np.asarray(taken.shape) - 1)
    return bool(taken[tuple(middle)]) or float((taken[box] & mask).sum()) > 0.2 * float(mask.sum())


def examine(
    turned: AxialVolume,
    lungs: LungField,
    forwards: dict[str, Forward],
    rules: ReadingRules,
    progress: Callable[[float], None],
) -> Opinions:
    """Candidates and what the networks say of the best of them."""
    places, slices = shortlist(turned, lungs, forwards[PATCH_NET], rules, progress)
    steps = np.maximum(verify.CUBE_STEP_MM, places.sigma_mm / LARGE_BLOB_MM)
    images = verify.cubes(turned.hu, turned.grid.spacing_mm, places.index, steps)
    said = verify.cube_scores([forwards[name] for name in CUBE_NETS], images)
    progress(0.85)
    return Opinions(places, slices, said, probability_of(slices, said.mean(0), rules))


def shortlist(
    turned: AxialVolume,
    lungs: LungField,
    forward: Forward,
    rules: ReadingRules,
    progress: Callable[[float], None],
) -> tuple[Candidates, NDArray[np.float64]]:
    """The candidates that cubes are worth looking at, and the mean logit of the patches of each."""
    places = candidates(turned.hu, turned.grid, lungs, lungs.depth_mm())
    progress(0.35)
    first = patch.patch_scores([forward], _patches(turned, places, 0), zooms=(1.0,), turns=(0,))
    places = places.chosen(np.argsort(-first, kind="stable")[: rules.kept_by_patch])
    progress(0.5)
    slices = slice_scores(turned, places, [forward])
    best = apart(places, slices, turned.grid, ONE_LESION_MM)[: rules.kept_by_slices]
    progress(0.65)
    return places.chosen(best), slices[best]


def probability_of(slices: NDArray[np.float64], cubes: NDArray[np.float64], rules: ReadingRules) -> NDArray[np.float64]:
    """Calibrated probability of each place (Platt scaling over both opinions)."""
    logit = rules.patch_weight * slices + rules.cube_weight * cubes + rules.offset
    return np.asarray(1 / (1 + np.exp(-logit)))


def slice_scores(turned: AxialVolume, places: Candidates, net: Sequence[Forward]) -> NDArray[np.float64]:
    """Mean logit of patches on the candidate's own slice, in four turns, and on the slices beside it, in two."""
    gap = max(1, round(NEIGHBOUR_SLICE_MM / turned.grid.spacing_mm[0]))
    own = patch.patch_scores(net, _patches(turned, places, 0), zooms=(1.0,), turns=OWN_TURNS)
    beside = [
        patch.patch_scores(net, _patches(turned, places, shift), zooms=(1.0,), turns=NEIGHBOUR_TURNS)
        for shift in (-gap, gap)
    ]
    return np.asarray(OWN_WEIGHT * own + (1 - OWN_WEIGHT) / 2 * (beside[0] + beside[1]))


def _patches(turned: AxialVolume, places: Candidates, shift: int) -> NDArray[np.uint8]:
    """Patches in native pixels; those of large blobs from twice or three times as many, made smaller."""
    index = np.rint(places.index).astype(np.int64)
    index[:, 0] = np.clip(index[:, 0] + shift, 0, turned.hu.shape[0] - 1)
    index[:, 1:] = np.clip(index[:, 1:], 0, np.asarray(turned.hu.shape[1:]) - 1)
    shrink = np.maximum(1, np.rint(places.sigma_mm / LARGE_BLOB_MM)).astype(np.int64)
    patches = np.empty((len(index), patch.PATCH_PX, patch.PATCH_PX), np.uint8)
    for factor in np.unique(shrink):
        chosen = shrink == factor
        wide = patch.cut(turned.hu, index[chosen], patch.PATCH_PX * int(factor))
        parts = wide.reshape(len(wide), patch.PATCH_PX, factor, patch.PATCH_PX, factor)
        patches[chosen] = np.rint(parts.mean((2, 4))).astype(np.uint8)
    return patches
