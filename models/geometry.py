"""From the headers of a series to its volumes, or the reason why it makes none.

The rules:

- Slices are ordered by Image Position (Patient) along the normal, row x column direction, ascending. Instance Number,
  Slice Location, file name and order of arrival are never asked.
- Every frame is one of grey values and has a position of three numbers up to a kilometre, six direction cosines and two
  pixel spacings from 0.1 micrometre to a metre, in a named frame of reference. Rows and columns are unit vectors at
  right angles within UNIT_TOLERANCE (cosines are rounded to as few as three digits).
- All frames share matrix, pixel spacing (within 0.1 %), pixel format, frame of reference and orientation (each cosine
  within ORIENTATION_TOLERANCE, a quarter of a millimetre at the edge of a field of 500 mm).
- Two frames less than SAME_POSITION_MM apart along the normal lie at one position. If (0020,0100) / (0020,9128), else
  (0020,0012) / (0020,9156), splits all frames into stacks without such pairs, they are phases; else it is refused.
  Acquisitions that overlap but cover different parts of the patient are no phases: they make one stack of the largest
  and of what the others have beyond its ends, so that no part of a scan goes unread in silence.
- Slices are even when each lies within 5 % of the step (at least 0.06 mm, as positions may be rounded to a tenth of a
  millimetre) of an evenly spaced line, and in its plane within a quarter of a pixel or 0.1 mm of a straight one.
- Gaps that are whole multiples of the step are missing slices, where at least half of the gaps are single steps.
- A step that is not along the normal makes a sheared grid (tilted gantry); beyond MAX_TILT_DEGREES it is refused.
- One slice makes no volume. In a multi-frame instance each frame counts as an image does.

Source: PS3.3 C.7.6.2.1.1, C.7.6.16; the tolerances are ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from models.contract import Grid, Point, RefusalReason, Refused
from models.frames import Frame, FrameRef, PixelFormat, frames_of

UNIT_TOLERANCE: Final = 2e-3
ORIENTATION_TOLERANCE: Final = 1e-3
SAME_POSITION_MM: Final = 0.01
MAX_TILT_DEGREES: Final = 35.0
_FARTHEST_MM: Final = 1e6
_PIXEL_SPACINGS_MM: Final = (1e-4, 1e3)
_GREY: Final = frozenset(("MONOCHROME1", "MONOCHROME2", ""))
_MAX_NAMED: Final = 10
_SPACING_TOLERANCE: Final = 1e-3
_STEP_TOLERANCE: Final = 0.05
_ROUNDING_MM: Final = 0.06
_IN_PLANE_MM: Final = 0.1
_MAX_GAP_STEPS: Final = 1000  # a wrong position must not make us count to infinity

_Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SliceStack:
    """Slices that make one volume: where its voxels lie and which frame each slice is, in the order of the slices.

    phase: the position in time or acquisition number that set this stack apart; None when the series is one stack.
    """

    grid: Grid
    frames: tuple[FrameRef, ...]
    frame_of_reference_uid: str
    pixel_format: PixelFormat
    phase: float | None = None


def stacks(headers: Sequence[Dataset]) -> tuple[SliceStack, ...] | Refused:
    """The volumes of one series, in the order of time, or the reason why it makes none.

    headers: one data set an instance, pixels not needed. A series whose phases are not all whole is refused.
    """
    frames = frames_of(headers)
    if isinstance(frames, Refused):
        return frames
    for check in (_readable, _uniform):
        refusal = check(frames)
        if refusal is not None:
            return refusal
    phases = _phases(frames)
    if isinstance(phases, Refused):
        return phases
    built = []
    for phase, members in phases:
        stack = _stack(members, phase)
        if isinstance(stack, Refused):
            return stack
        built.append(stack)
    return tuple(built)


def tilt_degrees(grid: Grid) -> float:
    """Angle between the way to the next slice and the slice normal: 0 for a straight scan."""
    normal = np.cross(grid.row_step_mm, grid.column_step_mm)
    step = np.asarray(grid.slice_step_mm)
    cosine = abs(float(step @ normal)) / float(np.linalg.norm(step) * np.linalg.norm(normal))
    return math.degrees(math.acos(min(1.0, cosine)))


def missing_indices(along_mm: Sequence[float]) -> tuple[int, ...]:
    """Indices (from 0, in the whole stack) of slices that are not there; empty when none is missing or all is uneven.

    along_mm: positions along the normal, ascending, no two at one place.
    """
    multiples = _multiples(np.asarray(along_mm, dtype=np.float64))
    if multiples is None or 2 * int(np.sum(multiples == 1)) < len(multiples):
        return ()
    present = np.concatenate(([0], np.cumsum(multiples)))
    return tuple(sorted(set(range(int(present[-1]) + 1)).difference(present.tolist())))


def _readable(frames: Sequence[Frame]) -> Refused | None:
    """Whether every frame says where it lies."""
    if not frames:
        return Refused(RefusalReason.NOT_AN_IMAGE_VOLUME, "the series has no images")
    checks: tuple[tuple[RefusalReason, str, Callable[[Frame], bool]], ...] = (
        (RefusalReason.NOT_AN_IMAGE_VOLUME, "Photometric Interpretation is not of grey values", _is_grey),
        (RefusalReason.BAD_POSITION, "Image Position (Patient) is absent or not valid", _is_position),
        (RefusalReason.BAD_POSITION, "Frame of Reference UID is absent", lambda f: bool(f.frame_of_reference_uid)),
        (RefusalReason.BAD_ORIENTATION, "Image Orientation (Patient) is absent or not valid", _is_orientation),
        (RefusalReason.BAD_PIXEL_SPACING, "Pixel Spacing is absent or not valid", _is_spacing),
        (RefusalReason.VALUES_OUT_OF_RANGE, "Rescale Slope or Rescale Intercept is not valid", _is_rescaled),
    )
    for reason, fault, is_good in checks:
        bad = [frame for frame in frames if not is_good(frame)]
        if bad:
            return Refused(reason, f"{fault} in {len(bad)} of {len(frames)} images: {_named(bad)}")
    return None


def _is_rescaled(frame: Frame) -> bool:
    return math.isfinite(frame.ref.slope) and frame.ref.slope != 0 and math.isfinite(frame.ref.intercept)


def _named(frames: Sequence[Frame]) -> str:
    return ", ".join(frame.name for frame in frames[:_MAX_NAMED]) + (" ..." if len(frames) > _MAX_NAMED else "")


def _is_grey(frame: Frame) -> bool:
    return frame.pixel_format.samples == 1 and frame.pixel_format.photometric in _GREY


def _is_position(frame: Frame) -> bool:
    return frame.position_mm is not None and max(map(abs, frame.position_mm)) <= _FARTHEST_MM


def _is_orientation(frame: Frame) -> bool:
    if frame.cosines is None or max(map(abs, frame.cosines)) > 1 + UNIT_TOLERANCE:
        return False
    row, column = np.asarray(frame.cosines[:3]), np.asarray(frame.cosines[3:])
    errors = (np.linalg.norm(row) - 1, np.linalg.norm(column) - 1, row @ column)
    return all(abs(float(error)) <= UNIT_TOLERANCE for error in errors)


def _is_spacing(frame: Frame) -> bool:
    least_mm, most_mm = _PIXEL_SPACINGS_MM
    return frame.pixel_spacing_mm is not None and all(least_mm <= each <= most_mm for each in frame.pixel_spacing_mm)


def _uniform(frames: Sequence[Frame]) -> Refused | None:
    """Whether all frames can be slices of one volume."""
    first = frames[0].pixel_format
    matrices = sorted({(f.pixel_format.rows, f.pixel_format.columns) for f in frames})
    if len(matrices) > 1:
        sizes = ", ".join(f"{rows} x {columns}" for rows, columns in matrices[:4])
        return Refused(RefusalReason.MIXED_MATRIX, f"images of different sizes: {sizes}")
    if any(frame.pixel_format != first for frame in frames):
        return Refused(RefusalReason.MIXED_PIXEL_FORMAT, "images differ in Pixel Representation, bits or photometry")
    references = {frame.frame_of_reference_uid for frame in frames}
    if len(references) > 1:
        detail = f"images of {len(references)} frames of reference"
        return Refused(RefusalReason.MIXED_FRAME_OF_REFERENCE, detail)
    turned = np.ptp(np.array([frame.cosines for frame in frames]), axis=0)
    if float(turned.max()) > ORIENTATION_TOLERANCE:
        detail = f"images of different orientations: direction cosines differ by up to {float(turned.max()):.3g}"
        return Refused(RefusalReason.MIXED_ORIENTATION, detail)
    spacings = np.array([frame.pixel_spacing_mm for frame in frames])
    if float((np.ptp(spacings, axis=0) / spacings[0]).max()) > _SPACING_TOLERANCE:
        return Refused(RefusalReason.MIXED_MATRIX, "images of different Pixel Spacing")
    return None


def _phases(frames: Sequence[Frame]) -> tuple[tuple[float | None, list[Frame]], ...] | Refused:
    """The frames as one stack, or split in time where several lie at one position."""
    doubles = _doubles(frames)
    if not doubles:
        return ((None, list(frames)),)
    in_time = _split(frames, lambda frame: frame.temporal_position)
    if in_time:
        return in_time
    in_acquisitions = _split(frames, lambda frame: frame.acquisition_number)
    if in_acquisitions:
        joined = _joined([members for _, members in in_acquisitions])
        return in_acquisitions if joined is None else ((None, joined),)
    detail = f"{len(doubles)} of {len(frames)} images lie where another one lies, and nothing tells them apart in time"
    return Refused(RefusalReason.DUPLICATE_POSITION, f"{detail}: {_named(doubles)}")


def _split(frames: Sequence[Frame], key: Callable[[Frame], float | None]) -> tuple[tuple[float, list[Frame]], ...]:
    groups: dict[float, list[Frame]] = {}
    for frame in frames:
        phase = key(frame)
        if phase is None:
            return ()
        groups.setdefault(phase, []).append(frame)
    if any(_doubles(members) for members in groups.values()):
        return ()
    return tuple(sorted(groups.items(), key=lambda group: group[0]))


def _joined(parts: Sequence[list[Frame]]) -> list[Frame] | None:
    """One stack of acquisitions that go beyond one another; None where the largest takes in the others."""
    largest, *smaller = sorted(parts, key=len, reverse=True)
    _, _, normal = _axes(largest[0])
    joined = list(largest)
    for part in smaller:
        ends, along = _positions(joined) @ normal, _positions(part) @ normal
        beyond = (along < ends.min() - SAME_POSITION_MM) | (along > ends.max() + SAME_POSITION_MM)
        joined += [frame for frame, is_beyond in zip(part, beyond, strict=True) if is_beyond]
    return joined if len(joined) > len(largest) else None


def _doubles(frames: Sequence[Frame]) -> list[Frame]:
    """The frames that lie where another one lies."""
    _, _, normal = _axes(frames[0])
    along = _positions(frames) @ normal
    order = np.argsort(along, kind="stable")
    return [frames[place] for place in order[1:][np.diff(along[order]) <= SAME_POSITION_MM]]


def _stack(frames: Sequence[Frame], phase: float | None) -> SliceStack | Refused:
    if len(frames) < 2:
        return Refused(RefusalReason.TOO_FEW_SLICES, "one slice makes no volume")
    _, _, normal = _axes(frames[0])
    positions = _positions(frames)
    order = np.argsort(positions @ normal, kind="stable")
    ordered = [frames[place] for place in order]
    positions = positions[order]
    refusal = _uneven(positions, ordered[0])
    if refusal is not None:
        return refusal
    grid = _grid(positions, ordered[0])
    tilt = tilt_degrees(grid)
    if tilt > MAX_TILT_DEGREES:
        detail = f"each slice is displaced by {tilt:.1f} degrees; at most {MAX_TILT_DEGREES:g} can be a tilted gantry"
        return Refused(RefusalReason.GANTRY_TILT, detail)
    return SliceStack(
        grid=grid,
        frames=tuple(frame.ref for frame in ordered),
        frame_of_reference_uid=ordered[0].frame_of_reference_uid,
        pixel_format=max((frame.pixel_format for frame in ordered), key=lambda each: each.bits_stored),
        phase=phase,
    )


def _uneven(positions: _Array, first: Frame) -> Refused | None:
    """Whether slices are missing or unevenly spaced. positions: shape (slices, 3), ordered along the normal."""
    row, column, normal = _axes(first)
    along = positions @ normal
    missing = missing_indices(along.tolist())
    if missing:
        shown = ", ".join(str(index) for index in missing[:10]) + (" ..." if len(missing) > 10 else "")
        whole = len(positions) + len(missing)
        detail = f"{len(missing)} of {whole} slices are missing, at index {shown} (counted from 0)"
        return Refused(RefusalReason.MISSING_SLICES, detail)
    gaps = np.diff(along)
    multiples = _multiples(along)
    if multiples is None or int(multiples.max()) > 1:
        detail = f"neighbouring slices are {gaps.min():.4g} to {gaps.max():.4g} mm apart"
        return Refused(RefusalReason.UNEVEN_SPACING, detail)
    shifts = _residues(positions @ np.array([row, column]).T)
    limit_mm = max(_IN_PLANE_MM, 0.25 * min(first.pixel_spacing_mm or (0.0,)))
    if float(np.abs(shifts).max()) > limit_mm:
        detail = f"slices are shifted against each other by {float(np.abs(shifts).max()):.3g} mm in their plane"
        return Refused(RefusalReason.UNEVEN_SPACING, detail)
    return None


def _multiples(along_mm: _Array) -> NDArray[np.int64] | None:
    """How many steps each gap is; None when the positions are not on an evenly spaced line."""
    gaps = np.diff(along_mm)
    ratios = gaps / gaps.min()
    if float(ratios.max()) > _MAX_GAP_STEPS:
        return None
    multiples = np.rint(ratios).astype(np.int64)
    steps = np.concatenate(([0], np.cumsum(multiples)))
    step_mm, start_mm = np.polyfit(steps, along_mm - along_mm[0], 1)
    tolerance_mm = max(_STEP_TOLERANCE * step_mm, min(_ROUNDING_MM, 0.25 * step_mm))
    off_mm = along_mm - along_mm[0] - start_mm - steps * step_mm
    return multiples if float(np.abs(off_mm).max()) <= tolerance_mm else None


def _residues(values: _Array) -> _Array:
    """Distances from the straight line between the first and the last; values: shape (slices, n)."""
    share = np.linspace(0.0, 1.0, len(values))[:, None]
    return np.asarray(values - values[0] - share * (values[-1] - values[0]), dtype=np.float64)


def _grid(positions: _Array, first: Frame) -> Grid:
    row, column, _ = _axes(first)
    between_rows_mm, between_columns_mm = first.pixel_spacing_mm or (0.0, 0.0)
    step = (positions[-1] - positions[0]) / (len(positions) - 1)
    return Grid(
        shape=(len(positions), first.pixel_format.rows, first.pixel_format.columns),
        origin_mm=_point(positions[0]),
        slice_step_mm=_point(step),
        row_step_mm=_point(column * between_rows_mm),  # to the next row one goes down the column
        column_step_mm=_point(row * between_columns_mm),
    )


def _axes(frame: Frame) -> tuple[_Array, _Array, _Array]:
    """Unit vectors along a row, along a column and along the normal, at right angles."""
    cosines = np.asarray(frame.cosines, dtype=np.float64)
    row = cosines[:3] / np.linalg.norm(cosines[:3])
    normal = np.cross(row, cosines[3:])
    normal /= np.linalg.norm(normal)
    return row, np.cross(normal, row), normal


def _positions(frames: Sequence[Frame]) -> _Array:
    return np.array([frame.position_mm for frame in frames], dtype=np.float64)


def _point(values: _Array) -> Point:
    return float(values[0]), float(values[1]), float(values[2])
