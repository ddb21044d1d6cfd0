"""Where a network's forward pass runs: eager torch, OpenVINO on the CPU, CUDA where there is one."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.backends import torch_eager

Forward = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""A network's forward pass: (batch, channels, ...) to (batch, outputs, ...)."""

LARGEST_DIFFERENCE = 1e-3
"""How far the logits of an accelerated network may lie from eager torch before it is not used."""

PROBES = 4

log = logging.getLogger(__name__)


def forward_pass(net: nn.Module, input_shape: tuple[int, ...]) -> Forward:
    """The fastest way to run a network on this machine whose answers agree with eager torch.

    input_shape: (batch, channels, ...); shorter batches are padded. CUDA where there is one, else OpenVINO where it is
    installed and agrees, else eager torch on the CPU.
    """
    eager = torch_eager.forward_pass(net)
    if torch.cuda.is_available() or importlib.util.find_spec("openvino") is None:
        return eager
    from models.backends import openvino  # noqa: PLC0415 - an optional extra

    fast = openvino.forward_pass(net, input_shape)
    probe = np.random.default_rng(0).normal(0, 1, (PROBES, *input_shape[1:])).astype(np.float32)
    difference = float(np.abs(fast(probe) - eager(probe)).max())
    if difference > LARGEST_DIFFERENCE:
        log.warning("OpenVINO differs from eager torch by %.2g; eager torch is used", difference)
        return eager
    return fast
