"""Where a diameter lies on an image: SR, presentation state and picture draw the same line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from models.contract import Axis, Code, Finding, Grid, Point, SeriesReading, SliceSource
from models.frames import Frame, frames_of, text_of
from service.domain import codes
from service.domain.review import Description

# OHIF 3.13 knows the two by their meaning, letter by letter, and not by their codes.
LONG_AXIS: Final = Code(codes.LONG_AXIS.value, codes.LONG_AXIS.scheme, "Long Axis")
SHORT_AXIS: Final = Code(codes.SHORT_AXIS.value, codes.SHORT_AXIS.scheme, "Short Axis")
_HALF_PIXEL: Final = 0.5
_NORMAL_STEP_MM: Final = 1.0
"""A line belongs to a single image when its ends lie less than half of this before or behind it."""


@dataclass(frozen=True, slots=True)
class Slices:
    """Images of one series that a line may lie on; sources: one a slice of the grid."""

    series_instance_uid: str
    grid: Grid
    sources: tuple[SliceSource, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line within one frame. ends: shape (2, 2), (column, row) of each, whole numbers are pixel centres.

    A finding that was not measured is a spot: a line without length.
    """

    series_instance_uid: str
    source: SliceSource
    ends: NDArray[np.float64]

    @property
    def is_spot(self) -> bool:
        """Whether it only says where."""
        return bool(np.array_equal(self.ends[0], self.ends[1]))


def slices_of(outcome: SeriesReading) -> Slices:
    """What a package read."""
    return Slices(outcome.series_instance_uid, outcome.grid, outcome.sources)


def image_of(header: Dataset, frame_number: int | None) -> Slices | None:
    """The one image a reader drew on, by its header; None where it does not say where it lies in the patient."""
    frames = frames_of([header])
    if not isinstance(frames, tuple):
        return None
    frame = next((each for each in frames if (each.ref.frame_number or 1) == (frame_number or 1)), None)
    grid = None if frame is None else _grid(frame)
    if frame is None or grid is None:
        return None
    source = SliceSource(text_of(header, "SOPClassUID"), text_of(header, "SOPInstanceUID"), frame.ref.frame_number)
    return Slices(text_of(header, "SeriesInstanceUID"), grid, (source,))


def axes_of(measured: Finding | Description) -> Mapping[Code, Axis | None]:
    """The diameters of what was measured, by the names they have in an SR."""
    return {LONG_AXIS: measured.long_axis, SHORT_AXIS: measured.short_axis}


def lines_of(axes: Mapping[Code, Axis | None], places: Sequence[Slices]) -> Mapping[Code, Line]:
    """The diameters that lie within one slice of the first of the places they lie on; a line across slices is none."""
    found = ((name, None if axis is None else _line(axis, places)) for name, axis in axes.items())
    return {name: line for name, line in found if line is not None}


def spot_of(center_mm: Point | None, places: Sequence[Slices]) -> Line | None:
    """The slice that shows a point in the patient best, of the first of the places that have it."""
    if center_mm is None:
        return None
    found = (_nearest(center_mm, each) for each in places)
    return next((spot for spot in found if spot is not None), None)


def _nearest(center_mm: Point, slices: Slices) -> Line | None:
    index = slices.grid.index(np.array(center_mm))
    slice_index = min(max(round(float(index[0])), 0), slices.grid.shape[0] - 1)
    rows, columns = slices.grid.shape[1:]
    last = np.array([rows, columns]) - 1
    if abs(index[0] - slice_index) > 1 or np.any(index[1:] < 0) or np.any(index[1:] > last):
        return None
    return Line(slices.series_instance_uid, slices.sources[slice_index], np.array([index[[2, 1]]] * 2))


def _line(axis: Axis, places: Iterable[Slices]) -> Line | None:
    return next((line for line in (_within(axis, each) for each in places) if line is not None), None)


def _within(axis: Axis, slices: Slices) -> Line | None:
    index = slices.grid.index(np.array([axis.start_mm, axis.end_mm]))
    count, rows, columns = slices.grid.shape
    slice_index = round(float(index[:, 0].mean()))
    is_flat = np.all(np.abs(index[:, 0] - slice_index) < _HALF_PIXEL) and 0 <= slice_index < count
    is_within = np.all(index[:, 1:] >= -_HALF_PIXEL) and np.all(index[:, 1:] <= np.array([rows, columns]) - _HALF_PIXEL)
    if not (is_flat and is_within):
        return None
    return Line(slices.series_instance_uid, slices.sources[slice_index], index[:, [2, 1]])


def _grid(frame: Frame) -> Grid | None:
    """An image as a grid of one slice (PS3.3 C.7.6.2.1.1)."""
    if frame.position_mm is None or frame.cosines is None or frame.pixel_spacing_mm is None:
        return None
    along_row, along_column = np.array(frame.cosines[:3]), np.array(frame.cosines[3:])
    between_rows_mm, between_columns_mm = frame.pixel_spacing_mm
    normal = np.cross(along_row, along_column)
    if min(frame.pixel_spacing_mm) <= 0 or not np.linalg.norm(normal) > _HALF_PIXEL:
        return None
    return Grid(
        shape=(1, frame.pixel_format.rows, frame.pixel_format.columns),
        origin_mm=_point(np.array(frame.position_mm)),
        slice_step_mm=_point(normal * _NORMAL_STEP_MM),
        row_step_mm=_point(along_column * between_rows_mm),
        column_step_mm=_point(along_row * between_columns_mm),
    )


def _point(values: NDArray[np.float64]) -> Point:
    x, y, z = (float(each) for each in values)
    return x, y, z
