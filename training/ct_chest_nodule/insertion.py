"""The insertion test: nodules of other patients are put into the lungs of a whole scan, and the chain must find them.

Full scans with small nodules are not in the data folder; this shows what a patch or a cut-out alone cannot: whether
a nodule becomes a candidate at all, and how many other places of a scan are taken for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.backends import Forward
from models.contract import Refused
from models.heads.axial import AxialVolume
from models.heads.lungs import RIGHT_LUNG, lung_field
from models.heads.nodule_detection import Opinions, ReadingRules, examine
from training.ct_chest_nodule.lung_backgrounds import Background, ScanRefused
from training.ct_chest_nodule.nodules import Nodule, paste

PER_SCAN = 14
APART_MM = 30.0
LEAST_RADIUS_MM = 5.0
MARK_FREE_MM = 3.0
SURROUNDINGS_MM = 8.0


@dataclass(frozen=True, slots=True)
class Inserted:
    """A nodule in its new place: center (voxel) and mask are those of its mask on the scan's grid."""

    nodule: Nodule
    center: NDArray[np.float64]
    mask: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class InsertedScan:
    """A scan with nodules put into it, in canonical order."""

    hu: NDArray[np.float32]
    nodules: tuple[Inserted, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """Candidates that reached the last step, over all scans.

    nodule: index of the inserted nodule a candidate hits, -1 for none. scan: its scan. slices, cube: the two opinions,
    the cube's from the network that has not seen this lung.
    """

    scan: NDArray[np.int64]
    nodule: NDArray[np.int64]
    slices: NDArray[np.float64]
    cube: NDArray[np.float64]


def joined(first: Seen, second: Seen) -> Seen:
    """Both, one after the other."""
    return Seen(
        np.concatenate([first.scan, second.scan]),
        np.concatenate([first.nodule, second.nodule]),
        np.concatenate([first.slices, second.slices]),
        np.concatenate([first.cube, second.cube]),
    )


def inserted_scans(background: Background, nodules: list[Nodule], *, seed: int) -> Iterator[InsertedScan]:
    """Every nodule once, fourteen to a scan, at random places of the lungs."""
    random = np.random.default_rng([seed, 55])
    order = random.permutation(len(nodules))
    spacing = np.asarray(background.grid.spacing_mm)
    for start in range(0, len(order), PER_SCAN):
        chosen = [nodules[one] for one in order[start : start + PER_SCAN]]
        places: list[NDArray[np.float64]] = []
        for place in background.places(2000, random, depth_mm=(-1.0, 60.0)):
            if all(np.linalg.norm((place - other) * spacing) > APART_MM for other in places):
                places.append(place)
            if len(places) == len(chosen):
                break
        hu = background.hu.copy()
        put = [_put(hu, background, nodule, place) for nodule, place in zip(chosen, places, strict=False)]
        yield InsertedScan(hu, tuple(put))


def _put(hu: NDArray[np.float32], background: Background, nodule: Nodule, place: NDArray[np.float64]) -> Inserted:
    mask = paste(hu, background.grid.spacing_mm, nodule, place)
    center = np.argwhere(mask).mean(0) if mask.any() else place
    return Inserted(nodule, center, mask)


def look(
    background: Background, scans: list[InsertedScan], forwards: dict[str, Forward], rules: ReadingRules
) -> tuple[Seen, list[Nodule]]:
    """Everything the networks were asked about in these scans, and all nodules that were put in."""
    rows: list[tuple[int, int, float, float]] = []
    nodules: list[Nodule] = []
    for number, scan in enumerate(scans):
        opinions = _examined(scan, background, forwards, rules)
        hits = _hits(scan, background, opinions, len(nodules))
        cube = crossed(opinions, background)
        keep = (hits >= 0) | (background.clear(opinions.places.index, MARK_FREE_MM) & _away(scan, background, opinions))
        rows += [
            (number, int(hit), float(one), float(other))
            for hit, one, other, kept in zip(hits, opinions.slices, cube, keep, strict=True)
            if kept
        ]
        nodules += [one.nodule for one in scan.nodules]
    columns = list(zip(*rows, strict=True))
    return Seen(*(np.asarray(column) for column in columns)), nodules


def crossed(opinions: Opinions, background: Background) -> NDArray[np.float64]:
    """The cube logit of each place by the network that learned from the other lung."""
    side = background.field.at(opinions.places.index, background.field.nearest_side())
    return np.asarray(np.where(side == RIGHT_LUNG, opinions.cubes[1], opinions.cubes[0]))


def _examined(
    scan: InsertedScan, background: Background, forwards: dict[str, Forward], rules: ReadingRules
) -> Opinions:
    lungs = lung_field(scan.hu, background.grid)
    if isinstance(lungs, Refused):
        raise ScanRefused(lungs.detail)
    turned = AxialVolume(scan.hu, background.grid, (0, 1, 2), (False, False, False))
    return examine(turned, lungs, forwards, rules, lambda _: None)


def _away(scan: InsertedScan, background: Background, opinions: Opinions) -> NDArray[np.bool_]:
    """Places that are no part of an inserted nodule's own surroundings: those come from another scan with it."""
    lps = background.grid.lps_mm(opinions.places.index)
    away = np.ones(len(lps), bool)
    for one in scan.nodules:
        gap = np.linalg.norm(lps - background.grid.lps_mm(one.center), axis=1)
        away &= gap > one.nodule.diameter_mm / 2 + SURROUNDINGS_MM
    return away


def _hits(scan: InsertedScan, background: Background, opinions: Opinions, first: int) -> NDArray[np.int64]:
    lps = background.grid.lps_mm(opinions.places.index)
    hits = np.full(len(lps), -1)
    for number, one in enumerate(scan.nodules):
        radius = max(LEAST_RADIUS_MM, one.nodule.diameter_mm / 2)
        near = np.linalg.norm(lps - background.grid.lps_mm(one.center), axis=1) <= radius
        hits[near] = first + number
    return hits
