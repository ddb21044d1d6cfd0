"""The phantom as numbers: anatomy, vessels, nodules, scanner; everything from one seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.contract import Grid
from training.phantom.anatomy import Frame, anatomy
from training.phantom.nodules import PhantomNodule, place_nodules
from training.phantom.scanner import scan
from training.phantom.vessels import grow_vessels

MATRIX: Final = 512
PIXEL_MM: Final = 0.7


@dataclass(frozen=True, slots=True)
class Phantom:
    """A synthetic chest CT. hu: int16, shape (slices, rows, columns); nodules: the truth about it."""

    seed: int
    hu: NDArray[np.int16]
    grid: Grid
    nodules: tuple[PhantomNodule, ...]


def make_phantom(seed: int, *, slices: int = 120, slice_spacing_mm: float = 2.5) -> Phantom:
    """A phantom of 512 x 512 pixels of 0.7 mm; the same seed and geometry give the same voxels.

    slices times slice_spacing_mm is the length that is scanned; the lungs fill most of it.
    """
    random = np.random.default_rng(seed)
    frame = Frame.centred(slices, MATRIX, slice_spacing_mm, PIXEL_MM)
    made = anatomy(frame, random)
    grow_vessels(made, frame, random)
    nodules = place_nodules(made, frame, random)
    grid = Grid(
        shape=(slices, MATRIX, MATRIX),
        origin_mm=(frame.x_mm[0], frame.y_mm[0], frame.z_mm[0]),
        slice_step_mm=(0.0, 0.0, slice_spacing_mm),
        row_step_mm=(0.0, PIXEL_MM, 0.0),
        column_step_mm=(PIXEL_MM, 0.0, 0.0),
    )
    return Phantom(seed, scan(made.hu, random), grid, nodules)
