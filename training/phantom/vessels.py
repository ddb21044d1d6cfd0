"""The lungs' vessels: trees that grow from the hilum to points all over the lung and taper by Murray's law."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.phantom.tubes import Tube

Places: TypeAlias = NDArray[np.float64]
LungDistance: TypeAlias = Callable[[Places], NDArray[np.float64]]

ROOTS: Final = {
    "right arteries": ((-38, 0, -18), (-48, -2, 16), (-46, 16, -46), (-58, -26, -44)),
    "right veins": ((-38, 4, -40), (-46, -18, -10), (-48, 24, -58), (-56, -34, -36)),
    "left arteries": ((42, 8, -6), (50, -4, 22), (48, 24, -40), (62, -24, -30)),
    "left veins": ((40, 10, -38), (48, -20, -6), (50, 30, -56), (62, -34, -44)),
}
"""Where a tree enters the lung (x, y, z), then the beginnings of its lobar branches."""

LEAVES: Final = {"arteries": 1050, "veins": 700}
TWIG_RADIUS_MM: Final = 0.36
MURRAY: Final = 2.45
LARGEST_MM: Final = 6.5
CLEAR_OF_PLEURA_MM: Final = 9.0
LOOKED_AT: Final = 24
LEAST_BRONCHUS_MM: Final = 1.2


@dataclass(slots=True)
class Tree:
    """Nodes in the order they grew; parent -1 is the root."""

    places: list[NDArray[np.float64]] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)

    def add(self, place: NDArray[np.float64], parent: int) -> int:
        """Append a node, return its number."""
        self.places.append(place)
        self.parents.append(parent)
        return len(self.places) - 1

    def radii_mm(self) -> NDArray[np.float64]:
        """By Murray's law from the leaves to the root."""
        flow = np.zeros(len(self.places))
        children = np.bincount([one for one in self.parents if one >= 0], minlength=len(self.places))
        flow[children == 0] = TWIG_RADIUS_MM**MURRAY
        for node in range(len(self.places) - 1, 0, -1):
            flow[self.parents[node]] += flow[node]
        return np.minimum(flow ** (1 / MURRAY), LARGEST_MM)


def grow_vessels(lung: LungDistance, drift_mm: Places, random: np.random.Generator) -> list[Tree]:
    """Arteries and veins of both lungs; lung: distance to the lungs' surface, negative inside.

    drift_mm: how far the hilum lies from its usual place.
    """
    trees = []
    for name, stations in ROOTS.items():
        side, kind = name.split()
        leaves = _leaves(lung, LEAVES[kind], right=side == "right", random=random)
        tree = _grown(np.asarray(stations, dtype=np.float64) + drift_mm, leaves, random)
        _add_twigs(tree, random)
        trees.append(tree)
    return trees


def tubes_of(tree: Tree) -> list[Tube]:
    """A bent tube from every node to its parent."""
    radii = tree.radii_mm()
    tubes = []
    for node in range(1, len(tree.places)):
        parent = tree.parents[node]
        start, end = tree.places[parent], tree.places[node]
        before = tree.places[tree.parents[parent]] if tree.parents[parent] >= 0 else start
        points = _bent(start, end, start - before)
        first = min(radii[parent], radii[node] * 1.25)
        tubes.append(Tube(points, np.linspace(first, radii[node], len(points))))
    return tubes


def _bent(start: Places, end: Places, came: Places) -> Places:
    """A curve that leaves in the direction from which its parent came."""
    length = float(np.linalg.norm(end - start))
    heading = came / (np.linalg.norm(came) + 1e-9)
    bend = start + heading * length * 0.34
    count = 2 if length < 5 else 4 if length < 14 else 6
    t = np.linspace(0, 1, count)[:, None]
    return np.asarray((1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end)


def _leaves(lung: LungDistance, count: int, *, right: bool, random: np.random.Generator) -> Places:
    """Evenly scattered ends in one lung, clear of the pleura."""
    low, high = ((-128, -92, -150), (-4, 92, 114)) if right else ((4, -92, -165), (128, 92, 114))
    tried = random.uniform(low, high, (40_000, 3))
    inside = tried[lung(tried) < -CLEAR_OF_PLEURA_MM]
    if not len(inside):
        return inside
    apart = 0.62 * (len(inside) / len(tried) * float(np.prod(np.subtract(high, low))) / count) ** (1 / 3)
    kept = np.empty((0, 3))
    for place in inside:
        if not len(kept) or np.min(np.sum((kept - place) ** 2, axis=1)) > apart**2:
            kept = np.vstack([kept, place])
            if len(kept) == count:
                break
    return kept


def _grown(stations: Places, leaves: Places, random: np.random.Generator) -> Tree:
    tree = Tree()
    tree.add(stations[0], -1)
    for station in stations[1:]:
        tree.add(station, 0)
    far = np.linalg.norm(leaves - stations[0], axis=1) * random.uniform(0.9, 1.1, len(leaves))
    room = np.zeros((len(leaves) + len(stations), 3))
    children = np.zeros(len(room), dtype=int)
    room[: len(stations)] = stations
    children[0] = 9
    for leaf in leaves[np.argsort(far)]:
        count = len(tree.places)
        parent = _best_parent(tree, room[:count], children[:count], leaf)
        node = tree.add(leaf, parent)
        room[node] = leaf
        children[parent] += 1
    return tree


def _add_twigs(tree: Tree, random: np.random.Generator) -> None:
    """A short thin end or two for every leaf, spread about its direction."""
    parents = set(tree.parents)
    for leaf in [node for node in range(1, len(tree.places)) if node not in parents]:
        onward = tree.places[leaf] - tree.places[tree.parents[leaf]]
        onward /= np.linalg.norm(onward) + 1e-9
        for _ in range(int(random.integers(1, 3))):
            way = onward + random.normal(0, 0.6, 3)
            tree.add(tree.places[leaf] + way / np.linalg.norm(way) * random.uniform(5, 10), leaf)


def _best_parent(tree: Tree, room: Places, children: NDArray[np.int_], leaf: Places) -> int:
    """The near node from which the way to the leaf bends least."""
    way = leaf - room
    length = np.linalg.norm(way, axis=1)
    near = np.argsort(length + 1000.0 * (children > 2))[:LOOKED_AT]
    came = room[near] - room[np.maximum(np.asarray(tree.parents)[near], 0)]
    cosine = np.sum(came * way[near], axis=1) / (np.linalg.norm(came, axis=1) * length[near] + 1e-9)
    cost = length[near] * (1 + 0.9 * (1 - cosine)) + 6.0 * (children[near] > 1)
    return int(near[np.argmin(cost)])


def bronchi_beside(tree: Tree) -> list[Tube]:
    """The airway that goes with every artery thick enough to have one that shows."""
    tubes = []
    for tube in tubes_of(tree):
        thin, thick = float(tube.radii_mm[-1]), float(tube.radii_mm[0])
        if not LEAST_BRONCHUS_MM < thin <= thick < LARGEST_MM:
            continue
        way = tube.points_mm[-1] - tube.points_mm[0]
        aside = np.cross(way, (0.3, 1.0, 0.2))
        aside /= np.linalg.norm(aside) + 1e-9
        lumen_mm = tube.radii_mm * 0.66 * np.clip(tube.radii_mm - 1, 0.25, 1)
        tubes.append(Tube(tube.points_mm + aside * (1.75 * thin + 1.0), lumen_mm))
    return tubes
