"""A made-up chest CT whose nodules are known exactly: no patient, the same bytes for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.contract import Grid, Point
from training.phantom.body import Body, Patient, lung_at, make_body, make_patient
from training.phantom.drawing import Scene, draw_slices, inlay
from training.phantom.mediastinum import make_middle
from training.phantom.nodules import Planned, Room, Seat, Texture, plan
from training.phantom.raster import Floats, Raster
from training.phantom.scanner import Scanner
from training.phantom.tubes import Tube
from training.phantom.vessels import bronchi_beside, grow_vessels, tubes_of

SIZE_PX: Final = 512
TOP_MM: Final = 126.0
"""Height above the carina at which a full scan ends."""

FULL_MM: Final = 270.0
"""A shorter scan shows the middle of the lungs."""

MIDDLE_MM: Final = -15.0
SMALLEST_MM: Final = 5.0
LARGEST_MM: Final = 30.0
LUNGS_MM: Final = (-150.0, 108.0)


@dataclass(frozen=True, slots=True)
class PhantomNodule:
    """What is true of one nodule. center_mm: its centroid (LPS). diameter_mm: the long axis in the slice plane.

    semi_axes_mm: of the ellipsoid on which its lobes grow: in the plane (longer, shorter), along z.
    """

    center_mm: Point
    diameter_mm: float
    volume_mm3: float
    semi_axes_mm: Point
    seat: Seat
    texture: Texture
    mean_hu: float


@dataclass(frozen=True, slots=True)
class Phantom:
    """A chest CT. hu: int16, (slices, rows, columns), slice 0 nearest the feet. nodules: the largest first."""

    hu: NDArray[np.int16]
    grid: Grid
    nodules: tuple[PhantomNodule, ...]
    seed: int
    patient: Patient


def make_phantom(
    seed: int,
    *,
    slices: int = 120,
    slice_mm: float = 2.5,
    pixel_mm: float = 0.703125,
    diameters_mm: Sequence[float] | None = None,
    subsolid: bool = False,
) -> Phantom:
    """A chest CT of a patient who does not exist.

    slices: too few for a whole chest show its middle. diameters_mm: of the nodules; by default three to six of 5 to
    30 mm. subsolid: a third of the nodules are ground glass or part-solid. Body, vessels and noise depend on the seed
    and the raster alone, so that the same seed with diameters_mm=() is the same scan without nodules. A nodule for
    which there is no room is left out.
    """
    patient = make_patient(_stream(seed, 0))
    raster = _raster(patient, slices, slice_mm, pixel_mm)
    middle = make_middle(_stream(seed, 1))
    body = make_body(patient, raster, middle, _stream(seed, 2))
    trees = grow_vessels(lambda places: lung_at(body, raster, places), middle.drift_mm, _stream(seed, 3))
    vessels = [tube for tree in trees for tube in tubes_of(tree)]
    bronchi = [tube for tree in trees[::2] for tube in bronchi_beside(tree)]
    scene = Scene(raster, patient, body, middle, vessels, bronchi, _stream(seed, 7))
    random = _stream(seed, 5)
    sizes = _usual_diameters(random) if diameters_mm is None else tuple(diameters_mm)
    room = _room(body, raster, [*vessels, *bronchi, *middle.airways])
    planned = plan([one / patient.size for one in sizes], room, random, subsolid=subsolid)
    grid = _grid(seed, raster.shape, slice_mm, pixel_mm)
    known = tuple(_known(one, patient, raster, grid) for one in planned)
    scanner = Scanner(raster, patient.noise_hu, _stream(seed, 6))
    return Phantom(_scan(scene, scanner, planned), grid, known, seed, patient)


def _stream(seed: int, part: int) -> np.random.Generator:
    """Each part of a phantom has its own random numbers, so that one part does not change another."""
    return np.random.default_rng([seed, part])


def _usual_diameters(random: np.random.Generator) -> tuple[float, ...]:
    count = int(random.integers(3, 7))
    return tuple(float(one) for one in np.exp(random.uniform(np.log(SMALLEST_MM), np.log(LARGEST_MM), count)).round(1))


def _raster(patient: Patient, slices: int, slice_mm: float, pixel_mm: float) -> Raster:
    """The scan in the body's own millimetres, in which every patient has the same size."""
    step = slice_mm / patient.size
    length = (slices - 1) * step
    top = TOP_MM if slices * slice_mm >= FULL_MM else MIDDLE_MM + length / 2
    return Raster((slices, SIZE_PX, SIZE_PX), pixel_mm / patient.size, step, top - length)


def _grid(seed: int, shape: tuple[int, int, int], slice_mm: float, pixel_mm: float) -> Grid:
    """Where the scanner says the voxels lie; its zero is not the body's."""
    shift = _stream(seed, 4).uniform((-8, -20, -420), (8, 10, -250)).round(1)
    half = (SIZE_PX - 1) / 2 * pixel_mm
    origin = (round(float(shift[0]) - half, 3), round(float(shift[1]) - half, 3), float(shift[2]))
    return Grid(shape, origin, (0.0, 0.0, slice_mm), (0.0, pixel_mm, 0.0), (pixel_mm, 0.0, 0.0))


def _room(body: Body, raster: Raster, tubes: list[Tube]) -> Room:
    points = np.concatenate([np.column_stack([tube.points_mm, tube.radii_mm]) for tube in tubes])
    low, high = max(float(raster.z[0]), LUNGS_MM[0]), min(float(raster.z[-1]), LUNGS_MM[1])
    return Room(lambda places: lung_at(body, raster, places), points, (low, high), raster.slice_mm)


def _known(planned: Planned, patient: Patient, raster: Raster, grid: Grid) -> PhantomNodule:
    x, y, z = planned.middle_mm + np.asarray(planned.truth.offset_mm)
    rows_and_columns = [(mm - float(raster.x[0])) / raster.pixel_mm for mm in (y, x)]
    center = grid.lps_mm(np.array([(z - raster.z_mm) / raster.slice_mm, *rows_and_columns]))
    longer, shorter, high = (patient.size * one for one in planned.shape.semi_axes_mm)
    return PhantomNodule(
        center_mm=(float(center[0]), float(center[1]), float(center[2])),
        diameter_mm=planned.truth.long_axis_mm * patient.size,
        volume_mm3=planned.truth.volume_mm3 * patient.size**3,
        semi_axes_mm=(longer, shorter, high),
        seat=planned.seat,
        texture=planned.texture,
        mean_hu=planned.hu,
    )


def _scan(scene: Scene, scanner: Scanner, planned: Sequence[Planned]) -> NDArray[np.int16]:
    inlays = [one for one in (inlay(each, scene.raster) for each in planned) if one is not None]
    hu = np.empty(scene.raster.shape, np.int16)
    noise: list[Floats] = []
    for index, drawn in enumerate(draw_slices(scene)):
        for one in inlays:
            one.lay(drawn, index)
        noise = noise or list(scanner.noise_pair())
        hu[index] = np.rint(scanner.seen(drawn, noise.pop(), float(scene.raster.z[index])))
    return hu
