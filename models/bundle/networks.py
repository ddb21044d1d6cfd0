"""Networks of a bundle: MONAI classes named in `configs/inference.json`, weights from safetensors.

A bundle's configuration can name any Python function; only classes of `monai.networks.nets` on a list are made here,
and their arguments are plain values.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from monai.networks import nets
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from models.manifest import ManifestFault, PackageFault

INFERENCE_CONFIG: Final = Path("configs") / "inference.json"
NETWORKS: Final = {f"monai.networks.nets.{name}": getattr(nets, name) for name in ("BasicUNet", "ResNet", "UNet")}

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]


class WeightsFault(PackageFault):
    """Weights that do not belong to the network the bundle names."""


def read_config(folder: Path) -> dict[str, Plain]:
    """`configs/inference.json` as plain values. Raises ManifestFault when it is not a JSON object."""
    path = folder / INFERENCE_CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise ManifestFault(f"{INFERENCE_CONFIG} of package folder {folder.name!r} cannot be read: {fault}") from fault
    if not isinstance(config, dict):
        raise ManifestFault(f"{INFERENCE_CONFIG} of package folder {folder.name!r} is not a JSON object")
    return config


def build_network(definition: Plain) -> nn.Module:
    """A network with random weights. Raises ManifestFault when its class is not on the list."""
    if not isinstance(definition, dict) or definition.get("_target_") not in NETWORKS:
        target = definition.get("_target_") if isinstance(definition, dict) else definition
        raise ManifestFault(f"network class {target!r} is not one of {', '.join(sorted(NETWORKS))}")
    arguments = {name: value for name, value in definition.items() if name != "_target_"}
    return NETWORKS[str(definition["_target_"])](**arguments)


def load_network(folder: Path, config: dict[str, Plain], name: str) -> nn.Module:
    """The network of that key with its weights from `models/<key>.safetensors`, set to inference."""
    if name not in config:
        raise ManifestFault(f"{INFERENCE_CONFIG} of package folder {folder.name!r} defines no network {name!r}")
    net = build_network(config[name])
    path = folder / "models" / f"{name}.safetensors"
    try:
        net.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as fault:
        seen = f"{path.name} of package folder {folder.name!r} does not fit network {name!r}"
        raise WeightsFault(f"{seen}: {fault}") from fault
    return net.eval()
