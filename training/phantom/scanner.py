"""What the scanner adds: blur, noise with the colour of a standard kernel, the table and the edge of the field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from training.phantom.raster import Floats, Raster, blend, share

BLUR_MM: Final = 0.52
"""Spread of the point spread function in the plane: 1.2 mm full width at half maximum, a standard kernel."""

OUTSIDE_HU: Final = -1024


@dataclass(frozen=True)
class Scanner:
    """One scan's noise and surroundings on a raster; noise_hu: spread in the middle of the body."""

    raster: Raster
    noise_hu: float
    random: np.random.Generator

    @cached_property
    def _power(self) -> Floats:
        """Root of the noise power: rises with the frequency, then the kernel's window takes it down."""
        size, pixel_mm = self.raster.shape[2], self.raster.pixel_mm
        line = fft.fftfreq(size, pixel_mm)
        frequency = np.hypot(line[:, None], line)
        power = np.sqrt(0.02 + frequency) * np.exp(-((frequency / 0.42) ** 2))
        return np.asarray(power / np.sqrt((power**2).mean()), dtype=np.float32)

    @cached_property
    def _spread(self) -> Floats:
        """Noise is strongest in the middle of the body and least in the air around it."""
        x, y = self.raster.x, self.raster.x[:, None]
        far = np.sqrt((x / 150) ** 2 + (y / 110) ** 2)
        return np.asarray(0.22 + 0.78 / (1 + np.exp((far - 0.95) * 6)), dtype=np.float32)

    @cached_property
    def _inside(self) -> NDArray[np.bool_]:
        radius = self.raster.shape[2] / 2 * self.raster.pixel_mm - 0.5
        return np.asarray(np.hypot(self.raster.x, self.raster.x[:, None]) < radius)

    def noise_pair(self) -> tuple[Floats, Floats]:
        """Two independent slices of noise of unit spread from one transform."""
        shape = self.raster.shape[1:]
        white = np.empty((*shape, 2), np.float32)
        self.random.standard_normal(out=white, dtype=np.float32)
        coloured = fft.ifft2(white.view(np.complex64)[..., 0] * self._power, norm="ortho", overwrite_x=True)
        return np.ascontiguousarray(coloured.real), np.ascontiguousarray(coloured.imag)

    def seen(self, hu: Floats, noise: Floats, z_mm: float) -> Floats:
        """One slice as the scanner shows it; shoulders cost dose and make streaks from side to side."""
        blurred = ndimage.gaussian_filter(hu, BLUR_MM / self.raster.pixel_mm, truncate=3.0)
        starved = float(np.clip((z_mm - 78) / 40, 0, 1))
        shown = noise
        if starved > 0:
            streaks = ndimage.uniform_filter1d(noise, 15, axis=1) * np.float32(2.2 * starved)
            shown = noise * np.float32(1 + 0.3 * starved) + streaks
        blurred += shown * (self._spread * np.float32(self.noise_hu))
        np.clip(blurred, OUTSIDE_HU + 1, 3071, out=blurred)
        blurred[~self._inside] = OUTSIDE_HU
        return blurred


def lay_table(hu: Floats, raster: Raster) -> None:
    """The couch under the patient: a thin bright shell and a foam mattress."""
    x, y = raster.x, raster.x[:, None]
    surface = 133 - (x / 170) ** 2 * 14
    blend(hu, -930.0, share(np.abs(y - surface + 7) - 6.0, 1.0) * (np.abs(x) < 200))
    blend(hu, 120.0, share(np.abs(y - surface) - 0.75, 1.0) * (np.abs(x) < 205))
    blend(hu, -560.0, share(np.abs(y - surface - 16 - (x / 170) ** 2 * 20) - 0.6, 1.0) * (np.abs(x) < 205))
