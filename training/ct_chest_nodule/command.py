"""`python -m training ct_chest_nodule`: remake the package from the data folder, or measure the one that is there."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from pathlib import Path
from typing import Final

import torch

from models.heads.nodule_detection import NoduleDetectionHead
from models.manifest import Metric, read_manifest, verify_files
from training.ct_chest_nodule import evaluation, learn
from training.ct_chest_nodule.card import model_card
from training.ct_chest_nodule.lung_backgrounds import Background, training_background
from training.ct_chest_nodule.nodules import read_nodules
from training.ct_chest_nodule.package import Learned, make_manifest, write_bundle, write_manifest
from training.ct_chest_nodule.phantoms import phantom_metrics, read_phantom
from training.ct_chest_nodule.plumbing import plumbing_metrics, read_training_scan

PACKAGE: Final = Path(__file__).parents[2] / "models" / "packages" / "ct_chest_nodule"
EVALUATION_SEED: Final = 11
PHANTOM_SEEDS: Final = range(9001, 9011)
THREADS: Final = 2

log = logging.getLogger("training")


class DataFolderMissing(Exception):
    """Where the training data lie was not said, or they are not there."""


def run(arguments: list[str]) -> int:
    """Parse and do; 0 when done, 1 when phantoms are read worse than wanted, 2 when the data are missing."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    torch.set_num_threads(THREADS)
    try:
        if options.validate_phantoms:
            return _validate_phantoms(options.package, range(options.seed, options.seed + options.validate_phantoms))
        data = _data_folder(options.data)
        if options.evaluate:
            _print(_measured(_shipped(options.package), data, training_background(data)))
            return 0
        _remake(data, options.work, options.package)
    except DataFolderMissing as fault:
        log.error("%s", fault)  # noqa: TRY400 - a sentence for the person at the keyboard, no trace
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training ct_chest_nodule", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with ct_nodule_patches, ct_nodule_voi3d, ct_lidc_nodules")
    parser.add_argument("--work", type=Path, default=Path("build") / "training" / "ct_chest_nodule", help="checkpoints")
    parser.add_argument("--package", type=Path, default=PACKAGE, help="package folder to write or to measure")
    parser.add_argument("--evaluate", action="store_true", help="measure the package, write nothing")
    parser.add_argument("--validate-phantoms", type=int, metavar="N", help="read N fresh phantoms with the package")
    parser.add_argument("--seed", type=int, default=1, help="first seed of the phantoms")
    return parser


def _data_folder(given: Path | None) -> Path:
    folder = given or (Path(os.environ["CONSILIUM_DATASETS"]) if os.environ.get("CONSILIUM_DATASETS") else None)
    if folder is None or not (folder / "ct_nodule_patches").is_dir():
        raise DataFolderMissing(f"no ct_nodule_patches in {folder}: give --data DIR or set CONSILIUM_DATASETS")
    return folder


def _remake(data: Path, work: Path, package: Path) -> None:
    trained = learn.train_networks(data, work)
    background = training_background(data)
    learned: Learned = learn.calibrated(trained, data, background)
    write_bundle(package, learned)
    metrics = _measured(learn.head_of(learned), data, background)
    manifest = make_manifest(package, learned, metrics)
    write_manifest(package, manifest)
    (package / "MODEL_CARD.md").write_text(model_card(manifest, trained.seconds), encoding="utf-8")
    _print(metrics)
    log.info("written: %s, %.1f minutes of training", package, sum(trained.seconds.values()) / 60)


def _measured(head: NoduleDetectionHead, data: Path, background: Background) -> list[Metric]:
    log.info("measuring: patches, outlines, insertion test, whole scan, phantoms")
    inserted = evaluation.insertion(head, background, read_nodules(data, "val"), seed=EVALUATION_SEED)
    return [
        *evaluation.patch_metrics(head, data),
        *evaluation.outline_metrics(head, data),
        *evaluation.insertion_metrics(inserted),
        *phantom_metrics([read_phantom(head, seed) for seed in PHANTOM_SEEDS]),
        *plumbing_metrics(*read_training_scan(head, data)),
    ]


def _shipped(package: Path) -> NoduleDetectionHead:
    manifest = read_manifest(package)
    verify_files(package, manifest)
    return NoduleDetectionHead.load(manifest, package)


def _validate_phantoms(package: Path, seeds: range) -> int:
    head = _shipped(package)
    results = []
    for seed in seeds:
        results.append(read_phantom(head, seed))
        one = results[-1]
        log.info("phantom %d: %d of %d, %d false positives", seed, sum(one.found), len(one.found), one.false_positives)
    metrics = phantom_metrics(results)
    _print(metrics)
    return 0 if metrics[0].value >= 0.9 and metrics[1].value <= 1.0 else 1


def _print(metrics: list[Metric]) -> None:
    sys.stdout.write(json.dumps([one.model_dump() for one in metrics], indent=1) + "\n")
