"""The training itself: four networks, calibration, operating point. Every step takes up what an earlier run left."""

from __future__ import annotations

import copy
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from torch import nn

from models.backends import Forward, forward_pass
from models.heads.lungs import LEFT_LUNG, RIGHT_LUNG
from models.heads.nodule_detection import INPUT_SHAPES, NoduleDetectionHead, ReadingRules
from training.ct_chest_nodule import calibration, cubes, insertion, outlines
from training.ct_chest_nodule.lung_backgrounds import Background, training_background
from training.ct_chest_nodule.networks import new_network
from training.ct_chest_nodule.nodules import read_nodules
from training.ct_chest_nodule.package import SMALLEST_MM, Learned
from training.ct_chest_nodule.patches import train_patch_net
from training.ct_chest_nodule.phantom_lungs import lesson, seen_lookalikes

SEED: Final = 1
CALIBRATION_SEED: Final = 1
FALSE_POSITIVES_PER_SCAN: Final = 1.5
FALSE_POSITIVES_PER_PHANTOM: Final = 0.35
REGION_LEVEL: Final = 0.5
FIRST_RULES: Final = ReadingRules(
    kept_by_patch=160,
    kept_by_slices=120,
    patch_weight=0.5,
    cube_weight=0.5,
    offset=-3.0,
    region_level=REGION_LEVEL,
)

log = logging.getLogger("training")


@dataclass(frozen=True, slots=True)
class Trained:
    """networks: by the key of the bundle; seconds: what each took."""

    networks: dict[str, nn.Module]
    seconds: dict[str, float]


def train_networks(data: Path, work: Path) -> Trained:
    """All networks, from checkpoints where there are any; about 27 minutes on two cores."""
    work.mkdir(parents=True, exist_ok=True)
    nodules = read_nodules(data, "train")
    background = training_background(data)
    made: dict[str, tuple[nn.Module, float]] = {}
    made["patch_net"] = train_patch_net(new_network("patch_net", seed=SEED), data, work / "patch_net.pt", seed=SEED)
    log.info("making outline examples")
    made["outline_net"] = outlines.train_outline_net(
        new_network("outline_net", seed=SEED),
        outlines.make_pool(nodules, background, seed=SEED),
        work / "outline_net.pt",
        seed=SEED,
    )
    log.info("looking for look-alikes in phantoms")
    phantoms = list(lesson(_forward("patch_net", made["patch_net"][0]), FIRST_RULES))
    for name, side in (("cube_net_right", RIGHT_LUNG), ("cube_net_left", LEFT_LUNG)):
        log.info("making examples for %s", name)
        made[name] = cubes.train_cube_net(
            new_network(name, seed=side),
            cubes.make_pool(nodules, background, phantoms, side, seed=SEED),
            work / f"{name}.pt",
            seed=side,
        )
    networks = {name: net.eval() for name, (net, _) in made.items()}
    return Trained(networks, {name: seconds for name, (_, seconds) in made.items()})


def _forward(name: str, net: nn.Module) -> Forward:
    """A copy is compiled, so that the network itself stays as it is."""
    return forward_pass(copy.deepcopy(net).eval(), INPUT_SHAPES[name])


def calibrated(trained: Trained, data: Path, background: Background) -> Learned:
    """Calibration on val nodules put into lungs and on phantoms; the threshold keeps false positives low on both."""
    forwards = {name: _forward(name, net) for name, net in trained.networks.items()}
    scans = list(insertion.inserted_scans(background, read_nodules(data, "val"), seed=CALIBRATION_SEED))
    seen, nodules = insertion.look(background, scans, forwards, FIRST_RULES)
    phantoms = seen_lookalikes(forwards, FIRST_RULES, len(scans))
    platt = calibration.fit(insertion.joined(seen, phantoms))
    on_scans = calibration.operating_point(seen, nodules, platt, FALSE_POSITIVES_PER_SCAN)
    on_phantoms = calibration.operating_point(phantoms, nodules, platt, FALSE_POSITIVES_PER_PHANTOM)
    log.info("%s; thresholds %.2f on scans, %.2f on phantoms", platt, on_scans.threshold, on_phantoms.threshold)
    rules = FIRST_RULES.model_copy(
        update={
            "patch_weight": round(platt.patch_weight, 4),
            "cube_weight": round(platt.cube_weight, 4),
            "offset": round(platt.offset, 4),
        }
    )
    return Learned(trained.networks, rules, max(on_scans.threshold, on_phantoms.threshold))


def head_of(learned: Learned) -> NoduleDetectionHead:
    """The head as the written package will load it."""
    forwards = {name: _forward(name, net) for name, net in learned.networks.items()}
    return NoduleDetectionHead(learned.threshold, SMALLEST_MM, learned.rules, forwards)
