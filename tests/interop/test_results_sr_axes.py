"""A diameter in an SR is a line on the image it was measured on: viewers draw it, and OHIF lets it be corrected."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import made_sources as made
import numpy as np
import pytest
import validators
from pydicom import dcmread
from pydicom.dataset import Dataset

from models.contract import Axis, Finding
from service.results.sr import encode_sr

ROW, COLUMN, LENGTH_PX, SLICE = 7.0, 11.5, 9.0, 4
"""The long axis runs along a row, from the centre of a pixel to a place half a pixel further than another one."""


def with_axes(series: made.Series, slice_of_short: float = SLICE) -> Finding:
    finding = made.nodule(series, 1, (3, 5, 7), made.blob((4, 6, 9)))

    def axis(start: tuple[float, float, float], end: tuple[float, float, float]) -> Axis:
        ends = series.grid.lps_mm(np.array([start, end]))
        places = [(float(each[0]), float(each[1]), float(each[2])) for each in ends]
        return Axis(places[0], places[1], float(np.linalg.norm(ends[1] - ends[0])), round(start[0]))

    long_axis = axis((SLICE, ROW, COLUMN), (SLICE, ROW, COLUMN + LENGTH_PX))
    short_axis = axis((slice_of_short, ROW - 2, COLUMN + 4), (slice_of_short, ROW + 2, COLUMN + 4))
    return replace(finding, long_axis=long_axis, short_axis=short_axis)


def group(series: made.Series, finding: Finding) -> list[Dataset]:
    """The content items of the document's only measurement group."""
    encoded = encode_sr(made.context(series), made.reading(series, (finding,)))
    said = dcmread(io.BytesIO(encoded.part10))
    container = next(item for item in said.ContentSequence if item.ConceptNameCodeSequence[0].CodeValue == "126010")
    return list(container.ContentSequence[0].ContentSequence)


def named(items: list[Dataset], code: str) -> Dataset:
    return next(item for item in items if item.ConceptNameCodeSequence[0].CodeValue == code)


@pytest.mark.parametrize("geometry", made.GEOMETRIES)
def test_a_diameter_is_a_polyline_from_the_outer_corner_of_its_image(geometry: str) -> None:
    series = made.single_frames(geometry)
    items = group(series, with_axes(series))
    (line,) = named(items, "103339001").ContentSequence

    assert (line.ValueType, line.GraphicType, line.RelationshipType) == ("SCOORD", "POLYLINE", "INFERRED FROM")
    # PS3.3 C.18.6.1.2: column and row, and the centre of the first pixel is at (0.5, 0.5).
    assert list(line.GraphicData) == pytest.approx([12.0, 7.5, 21.0, 7.5], abs=1e-3)
    (image,) = line.ContentSequence
    assert image.RelationshipType == "SELECTED FROM"
    assert image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == series.headers[SLICE].SOPInstanceUID
    (line,) = named(items, "103340004").ContentSequence
    assert list(line.GraphicData) == pytest.approx([16.0, 5.5, 16.0, 9.5], abs=1e-3)


def test_a_diameter_on_a_multi_frame_image_names_its_frame() -> None:
    series = made.enhanced()
    (line,) = named(group(series, with_axes(series)), "103339001").ContentSequence

    reference = line.ContentSequence[0].ReferencedSOPSequence[0]
    assert reference.ReferencedSOPInstanceUID == series.headers[0].SOPInstanceUID
    assert reference.ReferencedFrameNumber == series.sources[SLICE].frame_number


def test_ohif_finds_its_own_tool_and_its_own_spelling() -> None:
    """Read in @cornerstonejs/adapters 5.6.8: what it begins with, and the meaning of the concepts, letter by letter."""
    series = made.single_frames()
    items = group(series, with_axes(series))

    assert named(items, "112039").TextValue == "Cornerstone3DTools@^0.1.0:Bidirectional:Nodule 1"
    assert named(items, "103339001").ConceptNameCodeSequence[0].CodeMeaning == "Long Axis"
    assert named(items, "103340004").ConceptNameCodeSequence[0].CodeMeaning == "Short Axis"


def test_a_diameter_across_slices_is_a_number_only_and_asks_for_no_tool() -> None:
    series = made.single_frames()
    finding = with_axes(series, slice_of_short=SLICE + 1)
    across = replace(finding.long_axis, end_mm=series.grid.lps_mm(np.array([SLICE + 3, ROW, COLUMN])).tolist())
    items = group(series, replace(finding, long_axis=across))

    assert "ContentSequence" not in named(items, "103339001")
    assert named(items, "112039").TextValue == "Nodule 1"


@pytest.mark.system
@pytest.mark.parametrize("geometry", ["axial", "oblique"])
def test_dciodvfy_finds_no_error_in_lines(geometry: str, tmp_path: Path) -> None:
    series = made.single_frames(geometry)
    part10 = encode_sr(made.context(series), made.reading(series, (with_axes(series),))).part10

    assert validators.iod_errors(part10, "Comprehensive3DSR", tmp_path) == []


@pytest.mark.system
@pytest.mark.slow
def test_pixelmeds_validator_finds_no_error_in_lines(tmp_path: Path) -> None:
    series = made.single_frames()
    part10 = encode_sr(made.context(series), made.reading(series, (with_axes(series),))).part10

    assert validators.template_errors(part10, tmp_path) == []
