"""Writing the package: a MONAI bundle with the learned weights, the manifest with the measured figures, the card."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safetensors.torch import save_file
from torch import nn

from models.bundle.networks import Plain
from models.contract import LUNG, NODULE, Code
from models.heads.nodule_detection import INPUT_SHAPES, ReadingRules
from models.manifest import (
    MANIFEST_NAME,
    CodedConcept,
    Interval,
    Manifest,
    Metric,
    OperatingPoint,
    Output,
    Runtime,
)
from training.ct_chest_nodule import words
from training.ct_chest_nodule.networks import DEFINITIONS

SMALLEST_MM: Final = 3.0
CALIBRATION: Final = (
    "Platt scaling of the patch and cube logits, fitted on the val nodules of ct_nodule_voi3d put into the lungs of "
    "one scan and on places of phantoms that are no nodules, with a prior of 1.33 nodules a scan (LUNA16)"
)
LICENCE_NOTE: Final = """Weights of ct_chest_nodule

Made by the Consilium project from public data derived from LIDC-IDRI (The Cancer Imaging Archive, CC BY 3.0). Use of
the weights requires the attributions in MODEL_CARD.md. The weights and this bundle are under the Apache License 2.0;
the attribution of CC BY 3.0 stays. The cut-outs were published in a repository whose code is under GPL-2.0; none of
that code is part of this package.
"""


@dataclass(frozen=True, slots=True)
class Learned:
    """What training hands over: the networks, the rules around them, the operating point."""

    networks: dict[str, nn.Module]
    rules: ReadingRules
    threshold: float


def write_bundle(folder: Path, learned: Learned) -> None:
    """configs/, models/ and LICENSE of the bundle."""
    (folder / "configs").mkdir(parents=True, exist_ok=True)
    (folder / "models").mkdir(exist_ok=True)
    for name, net in learned.networks.items():
        weights = {key: value.contiguous() for key, value in net.state_dict().items()}
        path = folder / "models" / f"{name}.safetensors"
        save_file(weights, path)
        path.chmod(0o644)  # safetensors makes files that only their owner may read
    config: dict[str, Plain] = {**DEFINITIONS, "reading": learned.rules.model_dump()}
    _write_json(folder / "configs" / "inference.json", config)
    _write_json(folder / "configs" / "metadata.json", _metadata())
    (folder / "LICENSE").write_text(LICENCE_NOTE, encoding="utf-8")


def make_manifest(folder: Path, learned: Learned, metrics: list[Metric]) -> Manifest:
    """The manifest of the bundle as it lies there; the device UID follows name, version and weights."""
    files = {str(path.relative_to(folder)): _sha256(path) for path in _bundle_files(folder)}
    weights = "".join(files[name] for name in sorted(files) if name.endswith(".safetensors"))
    identity = hashlib.sha256(f"{words.NAME} {words.VERSION} {weights}".encode()).digest()[:16]
    return Manifest(
        name=words.NAME,
        version=words.VERSION,
        release_version=words.RELEASE_VERSION,
        device_uid=f"2.25.{int.from_bytes(identity, 'big')}",
        manufacturer=words.MANUFACTURER,
        title=words.TITLE,
        use_status=words.USE_STATUS,
        intended_use=words.INTENDED_USE,
        selection=words.SELECTION,
        outputs=(_output(learned.threshold, metrics),),
        calibration=CALIBRATION,
        training_sets=words.TRAINING_SETS,
        evaluation=tuple(metrics),
        not_validated_for=words.NOT_VALIDATED_FOR,
        runtime=Runtime(memory_mb=2600, deadline_s=300, head="nodule_detection", networks=tuple(INPUT_SHAPES)),
        files=files,
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """`package.json`, readable."""
    _write_json(folder / MANIFEST_NAME, manifest.model_dump(mode="json"))


def _output(threshold: float, metrics: list[Metric]) -> Output:
    named = {metric.name: metric for metric in metrics if metric.set_name.startswith("insertion")}
    return Output(
        concept=_coded(NODULE),
        site=_coded(LUNG),
        operating_point=OperatingPoint(
            threshold=threshold,
            sensitivity=_interval(named["sensitivity"]),
            false_positives_per_scan=_interval(named["false positives a scan"]),
            measured_on="val nodules of ct_nodule_voi3d put into the lungs of one training scan (insertion test)",
        ),
        min_size_mm=SMALLEST_MM,
        max_size_mm=None,
    )


def _interval(metric: Metric) -> Interval:
    low = metric.value if metric.low is None else metric.low
    high = metric.value if metric.high is None else metric.high
    return Interval(value=metric.value, low=low, high=high)


def _coded(code: Code) -> CodedConcept:
    return CodedConcept(value=code.value, scheme=code.scheme, meaning=code.meaning)


def _bundle_files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("configs/*.json"), *folder.glob("models/*.safetensors"), folder / "LICENSE"])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _metadata() -> dict[str, object]:
    """MONAI's own description of a bundle (meta_schema_20240725)."""
    versions = {name: importlib.metadata.version(name).split("+")[0] for name in ("monai", "torch", "numpy", "scipy")}
    return {
        "schema": "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/"
        "meta_schema_20240725.json",
        "version": words.VERSION,
        "changelog": {words.VERSION: "cubes learned with the vessels of phantoms too"},
        "monai_version": versions["monai"],
        "pytorch_version": versions["torch"],
        "numpy_version": versions["numpy"],
        "required_packages_version": {"scipy": versions["scipy"]},
        "name": words.TITLE.en,
        "task": "CT lung nodule detection and outline",
        "description": words.INTENDED_USE.text.en,
        "authors": words.MANUFACTURER,
        "copyright": "Copyright (c) the Consilium project; image data CC BY 3.0 (LIDC-IDRI)",
        "data_source": "LIDC-IDRI (TCIA), through LUNA16 patches and LIDC cut-outs",
        "data_type": "dicom",
        "image_classes": "1 channel, CT in Hounsfield units",
        "label_classes": "nodule",
        "pred_classes": "nodule",
        "eval_metrics": {},
        "intended_use": words.USE_STATUS.words.en,
        "references": [words.LIDC_CITATION],
        "network_data_format": _format("outline_net", [64, 64], 3, ["segmentation", "probabilities", "nodule"]),
        "patch_net_data_format": _format("patch_net", [48, 48], 1, ["probabilities", "classes", "nodule"]),
        "cube_net_data_format": _format("cube_net", [32, 32, 32], 1, ["probabilities", "classes", "nodule"]),
    }


def _format(name: str, shape: list[int], channels: int, output: list[str]) -> dict[str, object]:
    image = {
        "type": "image",
        "format": "hounsfield",
        "modality": "CT",
        "num_channels": channels,
        "spatial_shape": shape,
        "dtype": "float32",
        "value_range": [-4, 4],
        "is_patch_data": True,
        "channel_def": {str(number): f"slice {number}" if channels > 1 else "image" for number in range(channels)},
    }
    said = {
        "type": "image" if output[0] == "segmentation" else output[0],
        "format": output[0] if output[0] == "segmentation" else output[1],
        "num_channels": 1,
        "spatial_shape": shape if output[0] == "segmentation" else [1],
        "dtype": "float32",
        "value_range": [-30, 30],
        "is_patch_data": True,
        "channel_def": {"0": output[2]},
    }
    return {"inputs": {"image": image}, "outputs": {"pred": said}, "description": name}
