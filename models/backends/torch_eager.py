"""Forward passes in eager torch, on CUDA where there is one: the reference for every other backend."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


def forward_pass(net: nn.Module) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """A function of numpy arrays; the network is moved to the device and set to inference."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    placed = net.eval().to(device)

    def forward(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            said = placed(torch.from_numpy(np.ascontiguousarray(batch)).to(device))
        return np.asarray(said.float().cpu().numpy(), dtype=np.float32)

    return forward
