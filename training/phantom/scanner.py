"""The scanner: the blur of its point spread, and noise whose grain is as fine as the blur."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

BLUR_PX: Final = (0.3, 0.65, 0.65)
NOISE_GRAIN_PX: Final = (0.0, 0.8, 0.8)


def scan(sharp: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.int16]:
    """Stored values in HU; noise of 15 to 25 HU standard deviation, values from -1024 up."""
    noise_hu = float(random.uniform(15, 25))
    scanned = gaussian_filter(sharp, BLUR_PX)
    for index in range(scanned.shape[0]):
        grain = gaussian_filter(random.standard_normal(scanned.shape[1:], dtype=np.float32), NOISE_GRAIN_PX[1:])
        scanned[index] += noise_hu / grain.std() * grain
    return np.clip(np.rint(scanned), -1024, 3071).astype(np.int16)
