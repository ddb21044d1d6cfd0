"""The networks of the package, as they stand in its `configs/inference.json`."""

from __future__ import annotations

from typing import Final

import torch
from torch import nn

from models.bundle.networks import Plain, build_network


def _resnet(dimensions: int, widths: list[Plain]) -> dict[str, Plain]:
    return {
        "_target_": "monai.networks.nets.ResNet",
        "block": "basic",
        "layers": [1, 1, 1, 1],
        "block_inplanes": widths,
        "spatial_dims": dimensions,
        "n_input_channels": 1,
        "num_classes": 1,
        "conv1_t_size": 3,
        "conv1_t_stride": 1,
        "no_max_pool": True,
    }


DEFINITIONS: Final[dict[str, Plain]] = {
    "patch_net": _resnet(2, [24, 48, 96, 128]),
    "cube_net_right": _resnet(3, [12, 24, 48, 96]),
    "cube_net_left": _resnet(3, [12, 24, 48, 96]),
    "outline_net": {
        "_target_": "monai.networks.nets.BasicUNet",
        "spatial_dims": 2,
        "in_channels": 3,
        "out_channels": 1,
        "features": [32, 32, 64, 96, 128, 32],
        "norm": "batch",
        "dropout": 0.0,
    },
}


def new_network(name: str, *, seed: int) -> nn.Module:
    """A network with the random weights of this seed."""
    torch.manual_seed(seed)
    return build_network(DEFINITIONS[name])
