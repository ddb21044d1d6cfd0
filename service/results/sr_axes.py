"""Diameters of an SR with the line each was measured along, so that a viewer can draw it and let it be corrected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from highdicom.sr import ContentSequence, CoordinatesForMeasurement, GraphicTypeValues, SourceImageForRegion
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from models.contract import Axis, Code, Finding, SeriesReading
from service.domain import codes
from service.domain.review import Description
from service.results.document import StudyContext
from service.results.sources import stand_in
from service.results.sr_parts import Group

# OHIF 3.13 knows the two by their meaning, letter by letter, and not by their codes.
LONG_AXIS: Final = Code(codes.LONG_AXIS.value, codes.LONG_AXIS.scheme, "Long Axis")
SHORT_AXIS: Final = Code(codes.SHORT_AXIS.value, codes.SHORT_AXIS.scheme, "Short Axis")
_HALF_PIXEL: Final = 0.5
"""Where the centre of the first pixel lies, counted from its outer corner (PS3.3 C.18.6.1.2)."""


def draw_axes(group: Group, axes: Mapping[Code, Axis | None], outcome: SeriesReading) -> Group:
    """Say of each diameter's number that it is inferred from a POLYLINE on the frame it was measured on.

    highdicom (0.28) refuses that within the templates of regions (TID 1410, 1411), which the standard leaves open to
    it: they are extensible, and a NUM may be inferred from a SCOORD in this class of SR. So it is added to a group.
    """
    for item in group[0].ContentSequence:
        named = item.ConceptNameCodeSequence[0].CodeValue
        axis = next((each for name, each in axes.items() if name.value == named), None)
        line = None if axis is None else _line(axis, outcome)
        if line is not None:
            item.ContentSequence = ContentSequence([*getattr(item, "ContentSequence", ()), line])
    return group


def drawn_on(
    context: StudyContext, lines: Iterable[tuple[Mapping[Code, Axis | None], SeriesReading]]
) -> tuple[Dataset, ...]:
    """Stand-ins of the images that lines refer to, each once, without the one that stands for the study already."""
    named: dict[str, Dataset] = {}
    for axes, outcome in lines:
        places = [_place(axis, outcome) for axis in axes.values() if axis is not None]
        for source in (outcome.sources[place.slice_index] for place in places if place is not None):
            named[source.sop_instance_uid] = stand_in(
                context,
                series_instance_uid=outcome.series_instance_uid,
                sop_class_uid=source.sop_class_uid,
                sop_instance_uid=source.sop_instance_uid,
            )
    named.pop(str(context.sources[0].SOPInstanceUID), None)
    return tuple(named.values())


def axes_of(measured: Finding | Description) -> Mapping[Code, Axis | None]:
    """The diameters of what was measured, by the names they have in an SR."""
    return {LONG_AXIS: measured.long_axis, SHORT_AXIS: measured.short_axis}


@dataclass(frozen=True, slots=True)
class _Place:
    """A line within one slice; ends: (column, row) of each, whole numbers are pixel centres."""

    slice_index: int
    ends: NDArray[np.float64]


def _line(axis: Axis, outcome: SeriesReading) -> CoordinatesForMeasurement | None:
    place = _place(axis, outcome)
    if place is None:
        return None
    source = outcome.sources[place.slice_index]
    frames = None if source.frame_number is None else [source.frame_number]
    return CoordinatesForMeasurement(
        graphic_type=GraphicTypeValues.POLYLINE,
        graphic_data=place.ends + _HALF_PIXEL,
        source_image=SourceImageForRegion(source.sop_class_uid, source.sop_instance_uid, frames),
    )


def _place(axis: Axis, outcome: SeriesReading) -> _Place | None:
    """Where a diameter lies; None where it does not lie within one slice of the series that was read."""
    index = outcome.grid.index(np.array([axis.start_mm, axis.end_mm]))
    slices, rows, columns = outcome.grid.shape
    slice_index = round(float(index[:, 0].mean()))
    is_flat = np.all(np.abs(index[:, 0] - slice_index) < _HALF_PIXEL) and 0 <= slice_index < slices
    is_within = np.all(index[:, 1:] >= -_HALF_PIXEL) and np.all(index[:, 1:] <= np.array([rows, columns]) - _HALF_PIXEL)
    return _Place(slice_index, index[:, [2, 1]]) if is_flat and is_within else None
