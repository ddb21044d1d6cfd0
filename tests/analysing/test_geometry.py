"""A series makes the volume it is, whatever the order and names of its files, or is refused by name."""

from __future__ import annotations

import json
import math
import random
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from made_series import AXIAL, COLUMNS, ROWS, axial, enhanced, header
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from models.contract import RefusalReason, Refused
from models.geometry import SliceStack, missing_indices, stacks, tilt_degrees

# What index.json says in words, as our reason. Folders that are not here make a volume.
SUITE_REFUSALS = {
    "syn_bad_iop": RefusalReason.BAD_ORIENTATION,
    "syn_bad_ipp_text": RefusalReason.BAD_POSITION,
    "syn_duplicate_position": RefusalReason.DUPLICATE_POSITION,
    "syn_empty_ipp": RefusalReason.BAD_POSITION,
    "syn_enhanced_gap": RefusalReason.MISSING_SLICES,
    "syn_enhanced_no_functional_groups": RefusalReason.NOT_AN_IMAGE_VOLUME,
    "syn_gap": RefusalReason.MISSING_SLICES,
    "syn_missing_ipp": RefusalReason.BAD_POSITION,
    "syn_mixed_matrix": RefusalReason.MIXED_MATRIX,
    "syn_mixed_orientation": RefusalReason.MIXED_ORIENTATION,
    "syn_signed_unsigned": RefusalReason.MIXED_PIXEL_FORMAT,
    "syn_single": RefusalReason.TOO_FEW_SLICES,
    "syn_two_frames_of_reference": RefusalReason.MIXED_FRAME_OF_REFERENCE,
    "syn_variable_spacing": RefusalReason.UNEVEN_SPACING,
    "syn_zero_pixel_spacing": RefusalReason.BAD_PIXEL_SPACING,
}
REAL_SERIES = {"brain_gdcm": (3, 6.965), "ct_tiny": (5, 2.5), "mr_dcm4che": (5, 2.0)}


def only(made: tuple[SliceStack, ...] | Refused) -> SliceStack:
    assert not isinstance(made, Refused), made
    assert len(made) == 1
    return made[0]


def refusal(made: tuple[SliceStack, ...] | Refused) -> Refused:
    assert isinstance(made, Refused), made
    return made


def folder_headers(folder: Path) -> list[Dataset]:
    return [pydicom.dcmread(path, stop_before_pixels=True) for path in sorted(folder.iterdir())]


@pytest.mark.real_data
@pytest.mark.filterwarnings("ignore")
def test_every_geometry_folder_comes_out_as_the_suite_says(datasets: Path) -> None:
    suite = datasets / "dicom_suite"
    expected = {
        Path(row["path"]).parent.name: row["geometry_expect"]
        for row in json.loads((suite / "index.json").read_text())
        if row["path"].startswith("geometry/") and row.get("geometry_expect")
    }
    table = {name: _came_out(suite / "geometry" / name, wanted) for name, wanted in sorted(expected.items())}
    lines = (f"{name:36} {'as said' if right else 'WRONG':8} {said}" for name, (right, said) in table.items())
    sys.stdout.write("\n".join(lines) + "\n")
    assert len(table) == 28
    assert [name for name, (right, _) in table.items() if not right] == []


def _came_out(folder: Path, wanted: dict[str, object]) -> tuple[bool, str]:
    """Whether the folder came out as the index says, and what came out."""
    made = stacks(folder_headers(folder))
    if isinstance(made, Refused):
        right = wanted["volume"] is False and made.reason is SUITE_REFUSALS.get(folder.name)
        right &= all(f"index {index} " in made.detail for index in wanted.get("missing_index", ()))
        return right, f"{made.reason}: {made.detail}"
    grids = [stack.grid for stack in made]
    said = ", ".join(f"{grid.shape[0]} slices, {grid.spacing_mm[0]:.4g} mm" for grid in grids)
    if wanted["volume"] == "2 volumes of 3":
        return [grid.shape[0] for grid in grids] == [3, 3] and [stack.phase for stack in made] == [1, 2], said
    (stack,), (grid,) = made, grids
    matrix = grid.matrix_mm
    normal = np.cross(matrix[:, 2], matrix[:, 1])
    normal /= np.linalg.norm(normal)
    measured = {
        "slices": grid.shape[0],
        "spacing_mm": grid.spacing_mm[0],
        "row_spacing": grid.spacing_mm[1],
        "col_spacing": grid.spacing_mm[2],
        "normal": normal,
        "gantry_deg": tilt_degrees(grid),
        "table_step_mm": grid.spacing_mm[0],
        "perpendicular_spacing_mm": float(matrix[:, 0] @ normal),
        "volume": "sheared" if tilt_degrees(grid) > 1 else True,
    }
    compared = {key: value for key, value in wanted.items() if key in measured}
    right = all(value == pytest.approx(measured[key], abs=1e-4) for key, value in compared.items() if key != "volume")
    right &= wanted["volume"] == measured["volume"]
    if "order" in wanted and "frames" in str(wanted["order"]):
        right &= [ref.frame_number for ref in stack.frames] == [2, 4, 3, 1]
    return right, said


@pytest.mark.real_data
@pytest.mark.parametrize("name", REAL_SERIES)
def test_a_real_series_makes_its_volume(name: str, datasets: Path) -> None:
    slices, step_mm = REAL_SERIES[name]
    grid = only(stacks(folder_headers(datasets / "dicom_suite" / "geometry" / name))).grid
    assert grid.shape[0] == slices
    assert grid.spacing_mm[0] == pytest.approx(step_mm, abs=1e-3)
    assert tilt_degrees(grid) < 0.2


@pytest.mark.real_data
def test_a_multi_frame_of_one_place_at_many_times_makes_no_volume(datasets: Path) -> None:
    knee = pydicom.dcmread(datasets / "dicom_suite/geometry/vendor/MOVEKNEE.dcm", stop_before_pixels=True)
    assert refusal(stacks([knee])).reason is RefusalReason.TOO_FEW_SLICES


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    (cy, sy), (cp, sp), (cr, sr) = ((math.cos(angle), math.sin(angle)) for angle in (yaw, pitch, roll))
    about_z = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
    about_y = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    about_x = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    return about_z @ about_y @ about_x


angles = st.floats(-math.pi, math.pi)


@given(angles, angles, angles, st.integers(2, 30), st.floats(0.3, 10), st.randoms())
def test_shuffled_slices_of_any_orientation_give_their_grid_back(
    yaw: float, pitch: float, roll: float, count: int, step_mm: float, order: random.Random
) -> None:
    turn = rotation(yaw, pitch, roll)
    origin = np.array([-100.0, 50.0, 30.0])
    cosines = [round(float(value), 6) for value in (*turn[:, 0], *turn[:, 1])]
    headers = [
        header(index, [round(float(value), 4) for value in origin + turn[:, 2] * step_mm * index], cosines)
        for index in range(count)
    ]
    order.shuffle(headers)
    stack = only(stacks(headers))
    assert stack.grid.shape == (count, ROWS, COLUMNS)
    assert stack.grid.spacing_mm == pytest.approx((step_mm, 0.5, 2.0), abs=1e-3)
    assert stack.grid.origin_mm == pytest.approx(origin, abs=1e-3)
    corner = origin + turn @ np.array([2.0 * (COLUMNS - 1), 0.5 * (ROWS - 1), step_mm * (count - 1)])
    at = stack.grid.lps_mm(np.array([count - 1, ROWS - 1, COLUMNS - 1]))
    assert at == pytest.approx(corner, abs=1e-2)
    assert [headers[ref.header_index].InstanceNumber for ref in stack.frames] == list(range(count))


@given(st.integers(6, 60), st.floats(0.3, 10), st.data(), st.randoms())
def test_the_indices_of_missing_slices_are_named(
    count: int, step_mm: float, choice: st.DataObject, order: random.Random
) -> None:
    lost = choice.draw(st.sets(st.integers(1, count - 2), min_size=1, max_size=2))
    present = [index for index in range(count) if index not in lost]
    gaps = np.diff(present)
    assume(2 * int(np.sum(gaps == 1)) >= len(gaps))
    headers = axial(*(index * step_mm for index in present))
    order.shuffle(headers)
    refused = refusal(stacks(headers))
    assert refused.reason is RefusalReason.MISSING_SLICES
    shown = ", ".join(str(index) for index in sorted(lost))
    assert f"{len(lost)} of {count} slices are missing, at index {shown} " in refused.detail


def test_a_far_away_slice_is_uneven_spacing_and_is_not_counted_up_to() -> None:
    assert missing_indices([0.0, 1.0, 2.0, 1e12]) == ()
    assert refusal(stacks(axial(0, 1, 2, 1e5))).reason is RefusalReason.UNEVEN_SPACING


def test_positions_rounded_to_a_tenth_of_a_millimetre_are_even() -> None:
    grid = only(stacks(axial(*(round(index * 0.625, 1) for index in range(80))))).grid
    assert grid.spacing_mm[0] == pytest.approx(0.625, abs=1e-3)


def test_a_drift_of_the_spacing_is_not_even() -> None:
    levels = np.cumsum(np.linspace(1.0, 1.3, 40)).tolist()
    assert refusal(stacks(axial(*levels))).reason is RefusalReason.UNEVEN_SPACING


@pytest.mark.parametrize("degrees", [-30, -15, 10, 30])
def test_a_tilted_gantry_gives_a_sheared_grid(degrees: float) -> None:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    headers = [header(index, (0, 0, 5.0 * index), (1, 0, 0, 0, cosine, -sine)) for index in range(6)]
    grid = only(stacks(headers)).grid
    assert grid.slice_step_mm == pytest.approx((0, 0, 5.0))
    assert tilt_degrees(grid) == pytest.approx(abs(degrees), abs=0.01)
    assert grid.voxel_mm3 == pytest.approx(0.5 * 2.0 * 5.0 * cosine, rel=1e-4)


def test_more_shear_than_any_gantry_is_refused() -> None:
    headers = [header(index, (5.0 * index, 0, 5.0 * index)) for index in range(4)]
    assert refusal(stacks(headers)).reason is RefusalReason.GANTRY_TILT


def test_a_slice_shifted_in_its_plane_is_refused() -> None:
    headers = axial(0, 1, 2, 3)
    headers[2].ImagePositionPatient = [-5.0, -20.0, 2.0]
    assert refusal(stacks(headers)).reason is RefusalReason.UNEVEN_SPACING


def test_an_instance_that_comes_twice_counts_once_and_the_first_one_counts() -> None:
    headers = [*axial(0, 5, 10), header(1, (-10, -20, 5), InstanceNumber=99)]
    assert [ref.header_index for ref in only(stacks(headers)).frames] == [0, 1, 2]


@pytest.mark.parametrize("keyword", ["TemporalPositionIdentifier", "AcquisitionNumber"])
def test_phases_are_told_apart_by_time_or_acquisition_and_come_in_order(keyword: str) -> None:
    headers = axial(0, 5, 10, 10, 5, 0)
    for place, made in enumerate(headers):
        setattr(made, keyword, 2 if place < 3 else 1)
    made = stacks(headers)
    assert not isinstance(made, Refused)
    assert [[ref.header_index for ref in stack.frames] for stack in made] == [[5, 4, 3], [0, 1, 2]]


def test_acquisitions_that_follow_each_other_in_space_are_one_stack() -> None:
    headers = axial(0, 5, 10, 15)
    for place, made in enumerate(headers):
        made.AcquisitionNumber = place // 2
    assert only(stacks(headers)).grid.shape[0] == 4


def test_acquisitions_that_overlap_are_one_stack_that_goes_as_far_as_both() -> None:
    headers = axial(0, 5, 10, 15, 10, 15, 20)
    for place, made in enumerate(headers):
        made.AcquisitionNumber = 1 if place < 4 else 2
    stack = only(stacks(headers))
    assert [ref.header_index for ref in stack.frames] == [0, 1, 2, 3, 6]


def test_three_overlapping_acquisitions_leave_no_slice_twice() -> None:
    headers = axial(10, 15, 20, 0, 5, 10, 5, 10)
    for place, made in enumerate(headers):
        made.AcquisitionNumber = (1, 1, 1, 2, 2, 2, 3, 3)[place]
    assert only(stacks(headers)).grid.shape[0] == 5


def test_an_acquisition_far_beyond_the_other_is_missing_slices_and_not_a_half_read_scan() -> None:
    headers = axial(0, 5, 10, 15, 15, 30, 35)
    for place, made in enumerate(headers):
        made.AcquisitionNumber = 1 if place < 4 else 2
    assert refusal(stacks(headers)).reason is RefusalReason.MISSING_SLICES


def test_a_phase_that_is_not_whole_refuses_the_series() -> None:
    headers = axial(0, 5, 10, 15, 0, 5, 15)
    for place, made in enumerate(headers):
        made.TemporalPositionIdentifier = place // 4
    assert refusal(stacks(headers)).reason is RefusalReason.MISSING_SLICES


def test_frames_of_a_multi_frame_are_ordered_by_position_with_their_own_scale() -> None:
    levels = (15.0, 0.0, 10.0, 5.0)
    stack = only(stacks([enhanced([(0, 0, level) for level in levels])]))
    assert [(ref.frame_number, ref.slope, ref.intercept) for ref in stack.frames] == [
        (2, 2, -1000), (4, 4, -1000), (3, 3, -1000), (1, 1, -1000),
    ]  # fmt: skip
    assert stack.grid.spacing_mm == pytest.approx((5.0, 0.5, 2.0))


def test_positions_in_time_of_a_multi_frame_are_phases() -> None:
    places = [(0, 0, level) for level in (0, 5, 10, 0, 5, 10)]
    made = stacks([enhanced(places, times=[2, 2, 2, 1, 1, 1])])
    assert not isinstance(made, Refused)
    assert [[ref.frame_number for ref in stack.frames] for stack in made] == [[4, 5, 6], [1, 2, 3]]


def test_fewer_functional_groups_than_frames_make_no_volume() -> None:
    short = enhanced([(0, 0, 0), (0, 0, 5)], NumberOfFrames=3)
    assert refusal(stacks([short])).reason is RefusalReason.NOT_AN_IMAGE_VOLUME


BROKEN = [
    ({"ImagePositionPatient": None}, RefusalReason.BAD_POSITION),
    ({"ImagePositionPatient": [1.0, 2.0]}, RefusalReason.BAD_POSITION),
    ({"ImagePositionPatient": [-10.0, 1e300, 15.0]}, RefusalReason.BAD_POSITION),
    ({"FrameOfReferenceUID": None}, RefusalReason.BAD_POSITION),
    ({"ImageOrientationPatient": None}, RefusalReason.BAD_ORIENTATION),
    ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, RefusalReason.BAD_ORIENTATION),
    ({"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}, RefusalReason.MIXED_ORIENTATION),
    ({"PixelSpacing": None}, RefusalReason.BAD_PIXEL_SPACING),
    ({"PixelSpacing": [0.5, -2.0]}, RefusalReason.BAD_PIXEL_SPACING),
    ({"PixelSpacing": [1e300, 2.0]}, RefusalReason.BAD_PIXEL_SPACING),
    ({"PixelSpacing": [1e-300, 2.0]}, RefusalReason.BAD_PIXEL_SPACING),
    ({"PixelSpacing": [0.6, 2.0]}, RefusalReason.MIXED_MATRIX),
    ({"Rows": 8}, RefusalReason.MIXED_MATRIX),
    ({"Rows": None}, RefusalReason.NOT_AN_IMAGE_VOLUME),
    ({"SamplesPerPixel": 3}, RefusalReason.NOT_AN_IMAGE_VOLUME),
    ({"PhotometricInterpretation": "PALETTE COLOR"}, RefusalReason.NOT_AN_IMAGE_VOLUME),
    ({"PixelRepresentation": 1}, RefusalReason.MIXED_PIXEL_FORMAT),
    ({"FrameOfReferenceUID": "2.25.9"}, RefusalReason.MIXED_FRAME_OF_REFERENCE),
    ({"RescaleSlope": 0}, RefusalReason.VALUES_OUT_OF_RANGE),
]


@pytest.mark.parametrize(("changes", "reason"), BROKEN)
def test_one_broken_header_refuses_the_series_by_name(changes: dict[str, object], reason: RefusalReason) -> None:
    headers = [*axial(0, 5, 10), header(3, (-10, -20, 15), AXIAL, **changes)]
    assert refusal(stacks(headers)).reason is reason


@pytest.mark.parametrize("keyword", ["RescaleSlope", "RescaleIntercept"])
def test_a_rescale_value_that_is_no_number_is_not_taken_for_an_absent_one(keyword: str) -> None:
    headers = axial(0, 5, 10)
    tag = Tag(keyword)
    headers[1][tag] = RawDataElement(tag, "DS", 8, b"unknown ", 0, False, True)
    said = refusal(stacks(headers))
    assert said.reason is RefusalReason.VALUES_OUT_OF_RANGE
    assert "Rescale Slope or Rescale Intercept is not valid in 1 of 3 images" in said.detail
    headers[1][tag] = RawDataElement(tag, "DS", 0, b"", 0, False, True)
    assert not isinstance(stacks(headers), Refused)


def test_the_image_at_fault_is_named_by_its_instance_number() -> None:
    without = [*axial(0, 5, 10), header(3, (0, 0, 15), AXIAL, ImagePositionPatient=None, InstanceNumber=41)]
    assert refusal(stacks(without)).detail.endswith("in 1 of 4 images: instance 41")
    double = [*axial(0, 5, 10), header(3, (-10, -20, 5), InstanceNumber=42)]
    assert refusal(stacks(double)).detail.endswith(": instance 42")
    frames = enhanced([(0, 0, 0), (0, 0, 5), (0, 0, 5)], InstanceNumber=7)
    assert refusal(stacks([frames])).detail.endswith(": frame 3 of instance 7")


def test_no_header_and_one_header_make_no_volume() -> None:
    assert refusal(stacks([])).reason is RefusalReason.NOT_AN_IMAGE_VOLUME
    assert refusal(stacks(axial(0))).reason is RefusalReason.TOO_FEW_SLICES
