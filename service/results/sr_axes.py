"""Diameters of an SR with the line each was measured along, so that a viewer can draw it and let it be corrected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from highdicom.sr import ContentSequence, CoordinatesForMeasurement, GraphicTypeValues, SourceImageForRegion
from pydicom.dataset import Dataset

from models.contract import Code
from service.results.document import StudyContext
from service.results.drawn_lines import Line
from service.results.sources import stand_in
from service.results.sr_parts import Group

_HALF_PIXEL: Final = 0.5
"""Where the centre of the first pixel lies, counted from its outer corner (PS3.3 C.18.6.1.2)."""


def draw_axes(group: Group, lines: Mapping[Code, Line]) -> Group:
    """Say of each diameter's number that it is inferred from a POLYLINE on the frame it was measured on.

    highdicom (0.28) refuses that within the templates of regions (TID 1410, 1411), which the standard leaves open to
    it: they are extensible, and a NUM may be inferred from a SCOORD in this class of SR. So it is added to a group.
    """
    by_code = {name.value: line for name, line in lines.items()}
    for item in group[0].ContentSequence:
        line = by_code.get(item.ConceptNameCodeSequence[0].CodeValue)
        if line is not None:
            item.ContentSequence = ContentSequence([*getattr(item, "ContentSequence", ()), _polyline(line)])
    return group


def drawn_on(context: StudyContext, lines: Iterable[Line]) -> tuple[Dataset, ...]:
    """Stand-ins of the images that lines refer to, each once, without the one that stands for the study already."""
    named = {
        line.source.sop_instance_uid: stand_in(
            context,
            series_instance_uid=line.series_instance_uid,
            sop_class_uid=line.source.sop_class_uid,
            sop_instance_uid=line.source.sop_instance_uid,
        )
        for line in lines
    }
    named.pop(str(context.sources[0].SOPInstanceUID), None)
    return tuple(named.values())


def _polyline(line: Line) -> CoordinatesForMeasurement:
    source = line.source
    frames = None if source.frame_number is None else [source.frame_number]
    return CoordinatesForMeasurement(
        graphic_type=GraphicTypeValues.POLYLINE,
        graphic_data=line.ends + _HALF_PIXEL,
        source_image=SourceImageForRegion(source.sop_class_uid, source.sop_instance_uid, frames),
    )
