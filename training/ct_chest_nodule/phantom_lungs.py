"""Lungs of phantoms as background: one scan of one patient shows few kinds of vessels, each phantom has its own.

Slices lie at different distances, so that a vessel along the patient is seen as blurred and as sharp as scans have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.backends import Forward
from models.contract import Refused
from models.heads.axial import axial
from models.heads.candidates import Candidates
from models.heads.lungs import lung_field
from models.heads.nodule_detection import Opinions, ReadingRules, examine, shortlist
from training.ct_chest_nodule.insertion import SURROUNDINGS_MM, Seen
from training.ct_chest_nodule.lung_backgrounds import Background, ScanRefused
from training.ct_chest_nodule.phantoms import phantom_volume
from training.ct_chest_nodule.studies import Marks
from training.phantom.volume import make_phantom

SLICE_STEPS_MM: Final = (2.5, 1.25, 2.0)
SCAN_MM: Final = 300.0
LESSON_SEEDS: Final = range(8001, 8010)
CALIBRATION_SEEDS: Final = range(8101, 8113)


@dataclass(frozen=True, slots=True)
class PhantomLung:
    """Lung of one phantom, its own nodules marked, and the places in it that the patch network lets pass."""

    background: Background
    lookalikes: Candidates


def phantom_background(seed: int) -> Background:
    """A phantom's scan; the seeds take turns at the distances of slices."""
    slice_mm = SLICE_STEPS_MM[seed % len(SLICE_STEPS_MM)]
    phantom = make_phantom(seed, slices=round(SCAN_MM / slice_mm), slice_mm=slice_mm)
    turned = axial(phantom_volume(phantom))
    if isinstance(turned, Refused):
        raise ScanRefused(turned.detail)
    field = lung_field(turned.hu, turned.grid)
    if isinstance(field, Refused):
        raise ScanRefused(field.detail)
    marks = Marks(tuple((one.center_mm, one.diameter_mm) for one in phantom.nodules), ())
    return Background(turned.hu.astype(np.float32), turned.grid, field, field.depth_mm(), marks)


def lesson(patch_net: Forward, rules: ReadingRules) -> Iterator[PhantomLung]:
    """The phantoms that the cube networks learn from."""
    for seed in LESSON_SEEDS:
        background = phantom_background(seed)
        places, _ = shortlist(background.volume(), background.field, patch_net, rules, lambda _: None)
        clear = np.flatnonzero(background.clear(places.index, SURROUNDINGS_MM))
        yield PhantomLung(background, places.chosen(clear))


def seen_lookalikes(forwards: dict[str, Forward], rules: ReadingRules, first_scan: int) -> Seen:
    """What the package's networks say of places in other phantoms that are no nodules, scans counted on."""
    said = [_opinions(phantom_background(seed), forwards, rules) for seed in CALIBRATION_SEEDS]
    slices = np.concatenate([one for one, _ in said])
    scan = np.concatenate([np.full(len(one), first_scan + number) for number, (one, _) in enumerate(said)])
    return Seen(scan, np.full(len(slices), -1), slices, np.concatenate([cube for _, cube in said]))


def _opinions(
    background: Background, forwards: dict[str, Forward], rules: ReadingRules
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    said: Opinions = examine(background.volume(), background.field, forwards, rules, lambda _: None)
    clear = background.clear(said.places.index, SURROUNDINGS_MM)
    return said.slices[clear], said.cubes.mean(0)[clear]
