"""Findings drawn over the images they lie on, for a PACS that shows neither SR nor SEG (PS3.3 A.33.1, AC-09).

A Grayscale Softcopy Presentation State for each series: diameters as lines, the finding's number beside them, and in
words at the foot of the image; what nobody verified says so at its head.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from highdicom import ModalityLUTTransformation
from highdicom.pr import (
    AnnotationUnitsValues,
    GraphicAnnotation,
    GraphicLayer,
    GraphicObject,
    GraphicTypeValues,
    GrayscaleSoftcopyPresentationState,
    SoftcopyVOILUTTransformation,
    TextJustificationValues,
    TextObject,
)
from pydicom.dataset import Dataset

from models.frames import Frame, frames_of, text_of
from service.domain.wording import NOT_VERIFIED
from service.results.document import SERIES_NUMBERS, EncodedObject, ObjectKind, StudyContext
from service.results.drawn_lines import Line
from service.results.header import apply_header
from service.results.part10 import encoded
from service.results.shown_window import shown_window
from service.results.sources import stand_in

_LAYER: Final = "FINDINGS"
_SIGNED: Final = "Findings of a signed report"
"""Content Description (0070,0081) is English: DCMTK 3.6.7 takes text of ISO_IR 192 there for a fault."""
_HALF_PIXEL: Final = 0.5
"""Where the centre of the first pixel lies, counted from its outer corner (PS3.3 C.10.5.1.2, PIXEL)."""
_BESIDE_PX: Final = 3.0
_HEAD_BOX: Final = (0.02, 0.02, 0.98, 0.07)
_FOOT_BOX: Final = (0.02, 0.86, 0.98, 0.98)
_MOST_LETTERS: Final = 1024
"""Of the VR ST (PS3.5 table 6.2-1)."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A finding as it is drawn. label: its number; words: its line; lines: its diameters, or the spot where it lies."""

    label: str
    words: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """A frame with what is drawn on it. header: of its image."""

    header: Dataset
    facts: Frame
    marks: tuple[tuple[Marked, Line], ...]

    @property
    def is_shown_as(self) -> tuple[str, int, int, float, float]:
        """What all images of one presentation state have to share: series, size, values."""
        form, ref = self.facts.pixel_format, self.facts.ref
        return text_of(self.header, "SeriesInstanceUID"), form.rows, form.columns, ref.slope, ref.intercept


def encode_presentation_states(
    context: StudyContext, marked: Sequence[Marked], headers: Mapping[str, Dataset], heading: str
) -> tuple[EncodedObject, ...]:
    """One state a series that has something drawn on it, in the order of the findings; none where nothing can be drawn.

    headers: of the images that lines lie on, by SOP Instance UID. heading: said at the head of each image; may be
    empty. Colour images have no such state; images of one series whose values are scaled in several ways get a state
    each.
    """
    groups: dict[tuple[str, int, int, float, float], list[_Frame]] = {}
    for frame in _frames(marked, headers):
        groups.setdefault(frame.is_shown_as, []).append(frame)
    return tuple(_state(context, number, frames, heading) for number, frames in enumerate(groups.values(), start=1))


def _frames(marked: Sequence[Marked], headers: Mapping[str, Dataset]) -> Iterator[_Frame]:
    drawn: dict[tuple[str, int | None], list[tuple[Marked, Line]]] = {}
    for each in marked:
        for line in each.lines:
            drawn.setdefault((line.source.sop_instance_uid, line.source.frame_number), []).append((each, line))
    for (uid, frame_number), marks in drawn.items():
        header = headers.get(uid)
        facts = None if header is None else _facts(header, frame_number)
        if header is not None and facts is not None:
            yield _Frame(header, facts, tuple(marks))


def _facts(header: Dataset, frame_number: int | None) -> Frame | None:
    frames = frames_of([header])
    if not isinstance(frames, tuple):
        return None
    found = next((each for each in frames if (each.ref.frame_number or 1) == (frame_number or 1)), None)
    if found is None or found.pixel_format.samples != 1:
        return None
    return found if math.isfinite(found.ref.slope) and math.isfinite(found.ref.intercept) else None


def _state(context: StudyContext, number: int, frames: Sequence[_Frame], heading: str) -> EncodedObject:
    kind, first = ObjectKind.PRESENTATION, frames[0]
    images = {text_of(each.header, "SOPInstanceUID"): _image(context, each) for each in frames}
    layer = GraphicLayer(_LAYER, 1, description="Findings")
    state = GrayscaleSoftcopyPresentationState(
        referenced_images=list(images.values()),
        series_instance_uid=context.series_instance_uid(kind),
        series_number=SERIES_NUMBERS[kind],
        sop_instance_uid=context.inner_uid(kind, "/".join(str(each) for each in first.is_shown_as)),
        instance_number=number,
        manufacturer=context.equipment.manufacturer,
        manufacturer_model_name=context.equipment.model_name,
        software_versions="; ".join(context.equipment.software_versions),
        device_serial_number=context.installation.uid,
        content_label=_LAYER,
        content_description=NOT_VERIFIED.en if heading else _SIGNED,
        graphic_annotations=[
            _annotation(images[text_of(each.header, "SOPInstanceUID")], each, layer, heading) for each in frames
        ],
        graphic_layers=[layer],
        content_creator_name=context.content_creator or None,
        modality_lut_transformation=_modality_lut(first),
        voi_lut_transformations=_window(first),
        specific_character_set=context.character_set.value,
    )
    apply_header(state, context, kind)
    state.PresentationCreationDate, state.PresentationCreationTime = state.ContentDate, state.ContentTime
    state.Laterality = ""
    for keyword in ("ContentDate", "ContentTime"):
        delattr(state, keyword)
    return encoded(state, kind)


def _image(context: StudyContext, frame: _Frame) -> Dataset:
    """An image as highdicom may see it: single-frame, since it wants more of others than a reference needs."""
    image = stand_in(
        context,
        series_instance_uid=text_of(frame.header, "SeriesInstanceUID"),
        sop_instance_uid=text_of(frame.header, "SOPInstanceUID"),
        sop_class_uid=text_of(frame.header, "SOPClassUID"),
    )
    image.Rows, image.Columns = frame.facts.pixel_format.rows, frame.facts.pixel_format.columns
    image.SamplesPerPixel = 1
    return image


def _annotation(image: Dataset, frame: _Frame, layer: GraphicLayer, heading: str) -> GraphicAnnotation:
    labels = {each.label: _beside(line, frame) for each, line in frame.marks}
    words = "\r\n".join(dict.fromkeys(each.words for each, _ in frame.marks))
    at_head = [_boxed(heading, _HEAD_BOX)] if heading else []
    annotation = GraphicAnnotation(
        referenced_images=[image],
        graphic_layer=layer,
        graphic_objects=[_graphic(line) for _, line in frame.marks],
        text_objects=[
            *(_anchored(label, place) for label, place in labels.items()),
            *at_head,
            _boxed(words[:_MOST_LETTERS], _FOOT_BOX),
        ],
    )
    if frame.facts.ref.frame_number is not None:
        annotation.ReferencedImageSequence[0].ReferencedFrameNumber = frame.facts.ref.frame_number
    return annotation


def _graphic(line: Line) -> GraphicObject:
    ends = line.ends + _HALF_PIXEL
    if line.is_spot:
        return GraphicObject(GraphicTypeValues.POINT, ends[:1], AnnotationUnitsValues.PIXEL)
    return GraphicObject(GraphicTypeValues.POLYLINE, ends, AnnotationUnitsValues.PIXEL)


def _beside(line: Line, frame: _Frame) -> tuple[float, float]:
    """Right of the line's rightmost end, inside the image."""
    form = frame.facts.pixel_format
    column, row = line.ends[int(np.argmax(line.ends[:, 0]))] + _HALF_PIXEL
    return min(float(column) + _BESIDE_PX, float(form.columns)), float(row)


def _anchored(label: str, place: tuple[float, float]) -> TextObject:
    return TextObject(label, AnnotationUnitsValues.PIXEL, anchor_point=place, anchor_point_visible=False)


def _boxed(words: str, box: tuple[float, float, float, float]) -> TextObject:
    return TextObject(
        words, AnnotationUnitsValues.DISPLAY, bounding_box=box, text_justification=TextJustificationValues.LEFT
    )


def _modality_lut(frame: _Frame) -> ModalityLUTTransformation:
    is_ct = text_of(frame.header, "Modality") == "CT"
    return ModalityLUTTransformation(
        rescale_intercept=frame.facts.ref.intercept,
        rescale_slope=frame.facts.ref.slope,
        rescale_type="HU" if is_ct else "US",
    )


def _window(frame: _Frame) -> list[SoftcopyVOILUTTransformation] | None:
    """As the image itself is shown; without a window a state shows all values, which nobody can read."""
    window = shown_window(frame.header)
    if window is None:
        return None
    return [SoftcopyVOILUTTransformation(window_center=window[0], window_width=window[1])]
