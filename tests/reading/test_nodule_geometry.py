"""Measures and positions of findings on shapes whose true size and place are known by arithmetic."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.contract import Acquisition, Grid, RefusalReason, Refused, Segment, SliceSource, Volume
from models.heads.axial import axial
from models.heads.lungs import LungField, lung_field
from models.heads.measure import axes, measure
from models.heads.outline import followed


def ellipsoid(grid: Grid, center_mm: np.ndarray, radii_mm: np.ndarray) -> np.ndarray:
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), -1)
    away = (grid.lps_mm(index.astype(float)) - center_mm) / radii_mm
    return (away**2).sum(-1) <= 1


def straight(spacing: tuple[float, float, float], shape=(40, 80, 80)) -> Grid:
    return Grid(shape, (-10.0, 5.0, -100.0), (0, 0, spacing[0]), (0, spacing[1], 0), (spacing[2], 0, 0))


def whole(mask: np.ndarray) -> Segment:
    return Segment((0, 0, 0), mask)


@settings(max_examples=25, deadline=None)
@given(
    radius=st.floats(5.0, 12.0),
    spacing=st.tuples(st.floats(0.6, 2.5), st.floats(0.5, 0.9)),
    shift=st.tuples(*[st.floats(-1, 1)] * 3),
)
def test_a_sphere_is_measured_within_a_voxel_and_five_percent(radius, spacing, shift) -> None:
    grid = straight((spacing[0], spacing[1], spacing[1]))
    center = grid.lps_mm(np.array([20.0, 40.0, 40.0])) + shift
    mask = ellipsoid(grid, center, np.array([radius] * 3))
    extent = measure(whole(mask), np.where(mask, 37.0, -800.0).astype(np.float32), grid)
    pixel = max(spacing)
    assert abs(extent.long_axis.length_mm - 2 * radius) <= pixel
    assert abs(extent.short_axis.length_mm - 2 * radius) <= pixel + spacing[1]
    assert np.linalg.norm(np.array(extent.center_mm) - center) <= 0.5 * pixel
    assert extent.mean_hu == pytest.approx(37.0)
    if spacing[0] <= 1.25:
        assert extent.volume_mm3 == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.05)


def test_the_long_axis_of_an_oblique_ellipsoid_lies_in_the_slice_and_the_short_one_across_it() -> None:
    turn = np.radians(30)
    along, across = np.array([np.cos(turn), np.sin(turn), 0]), np.array([-np.sin(turn), np.cos(turn), 0])
    grid = straight((1.25, 0.7, 0.7))
    center = grid.lps_mm(np.array([20.0, 40.0, 40.0]))
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), -1).astype(float)
    way = grid.lps_mm(index) - center
    mask = ((way @ along) / 12) ** 2 + ((way @ across) / 5) ** 2 + (way[..., 2] / 6) ** 2 <= 1
    long_axis, short_axis = axes(np.argwhere(mask), grid)
    assert long_axis.length_mm == pytest.approx(24, abs=0.7)
    assert short_axis.length_mm == pytest.approx(10, abs=1.0)
    drawn = np.subtract(long_axis.end_mm, long_axis.start_mm)
    assert abs(drawn @ along) / np.linalg.norm(drawn) > 0.98
    assert drawn[2] == pytest.approx(0, abs=1e-9)
    assert abs(drawn @ np.subtract(short_axis.end_mm, short_axis.start_mm)) < 1e-6
    assert long_axis.slice_index == pytest.approx(20, abs=1)


def test_a_tilted_grid_gives_the_same_length_and_volume() -> None:
    turn = np.radians(20)
    row, column = (0.0, 0.7 * np.cos(turn), 0.7 * np.sin(turn)), (0.7, 0.0, 0.0)
    step = (0.0, -1.25 * np.sin(turn), 1.25 * np.cos(turn))
    grid = Grid((40, 80, 80), (3.0, 4.0, 5.0), step, row, column)
    center = grid.lps_mm(np.array([20.0, 40.0, 40.0]))
    mask = ellipsoid(grid, center, np.array([8.0] * 3))
    extent = measure(whole(mask), np.zeros(grid.shape, np.int16), grid)
    assert extent.long_axis.length_mm == pytest.approx(16, abs=0.7)
    assert extent.volume_mm3 == pytest.approx(4 / 3 * np.pi * 512, rel=0.05)


def test_one_voxel_has_a_place_and_no_length() -> None:
    grid = straight((2.5, 0.7, 0.7))
    extent = measure(Segment((3, 4, 5), np.ones((1, 1, 1), bool)), np.zeros(grid.shape, np.int16), grid)
    assert extent.center_mm == pytest.approx((-10 + 5 * 0.7, 5 + 4 * 0.7, -100 + 3 * 2.5))
    assert extent.long_axis.length_mm == 0
    assert extent.volume_mm3 == pytest.approx(2.5 * 0.49)


def laid(order: tuple[int, int, int], turns: tuple[bool, ...]) -> tuple[Volume, np.ndarray]:
    """A volume whose voxels say where they lie: canonical values laid out in another order of axes and directions."""
    plain = straight((2.0, 0.8, 0.8), (6, 8, 10))
    steps = [plain.slice_step_mm, plain.row_step_mm, plain.column_step_mm]
    values = np.arange(480, dtype=np.float32).reshape(plain.shape)
    corner = np.array([n - 1 if turn else 0 for n, turn in zip(plain.shape, turns, strict=True)], float)
    way = [tuple(np.array(steps[a]) * (-1 if turns[a] else 1)) for a in order]
    hu = np.transpose(np.flip(values, [a for a in range(3) if turns[a]]), order)
    grid = Grid(hu.shape, tuple(plain.lps_mm(corner)), *way)
    source = SliceSource("1.2.840.10008.5.1.4.1.1.2", "2.25.1", None)
    return Volume(hu, grid, (source,) * hu.shape[0], "2.25.2", "2.25.3", Acquisition("CT")), values


@pytest.mark.parametrize("turns", list(itertools.product([False, True], repeat=3)))
@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1)])
def test_every_axial_layout_comes_to_one_order_and_back(order, turns) -> None:
    volume, values = laid(order, turns)
    turned = axial(volume)
    assert not isinstance(turned, Refused)
    assert np.array_equal(turned.hu, values)
    assert turned.grid.lps_mm(np.array([1.0, 2.0, 3.0])) == pytest.approx([-10 + 2.4, 5 + 1.6, -100 + 2.0])
    box = np.zeros((2, 3, 4), bool)
    box[0, 1, 2] = True
    corner, native = turned.box_to_native((1, 2, 3), box)
    place = np.argwhere(native)[0] + corner
    assert volume.hu[tuple(place)] == values[1, 3, 5]


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 0, 1)])
def test_a_coronal_or_sagittal_series_is_refused(order) -> None:
    volume, _ = laid(order, (False, False, False))
    refused = axial(volume)
    assert isinstance(refused, Refused)
    assert refused.reason is RefusalReason.NO_SUITABLE_SERIES


def test_a_region_is_not_followed_into_a_vessel_that_leaves_it_sideways() -> None:
    mask = np.zeros((12, 64, 64), bool)
    mask[3:8, 26:40, 26:40] = True
    mask[8:12, 44:50, 26:40] = True
    region = followed(mask, 5)
    assert region is not None
    assert region.any((1, 2)).tolist() == [False] * 3 + [True] * 5 + [False] * 4


def test_there_is_no_region_where_the_network_sees_none_near_the_centre() -> None:
    mask = np.zeros((5, 64, 64), bool)
    mask[:, 2:10, 2:10] = True
    assert followed(mask, 2) is None


def chest_in_a_circle(radius_mm: float, air_hu: float = -1000.0) -> tuple[np.ndarray, Grid]:
    """Two lungs that reach 125 mm sideways in a body that reaches 150 mm; nothing beyond the circle but padding."""
    grid = straight((5.0, 2.5, 2.5), shape=(40, 140, 140))
    z, y, x = np.moveaxis(grid.lps_mm(np.moveaxis(np.indices(grid.shape), 0, -1).astype(float)), -1, 0)
    z, y, x = (axis - axis.mean() for axis in (z, y, x))
    hu = np.full(grid.shape, air_hu)
    hu[(x / 150) ** 2 + (y / 110) ** 2 <= 1] = 40.0
    for side_mm in (-70.0, 70.0):
        hu[((x - side_mm) / 55) ** 2 + (y / 80) ** 2 + (z / 90) ** 2 <= 1] = -850.0
    hu += np.random.default_rng(2).normal(0, 10, hu.shape)
    hu[np.hypot(x, y) > radius_mm] = -1024.0
    return np.maximum(np.rint(hu), -1024).astype(np.int16), grid


def share_searched(field: LungField | Refused, where: np.ndarray) -> float:
    """How much of a region of the volume lies in the lung field."""
    assert isinstance(field, LungField)
    return float((field.at(np.argwhere(where), field.side) > 0).mean())


@pytest.mark.parametrize("radius_mm", [170.0, 140.0, 110.0])
def test_lung_at_the_edge_of_the_field_of_view_is_searched_like_the_rest(radius_mm: float) -> None:
    hu, grid = chest_in_a_circle(radius_mm)
    assert share_searched(lung_field(hu, grid), np.abs(hu + 850) < 100) > 0.9


@pytest.mark.parametrize("air_hu", [-1000.0, -920.0])
def test_the_room_around_the_body_is_no_lung_in_a_scan_whose_air_is_not_quite_air(air_hu: float) -> None:
    hu, grid = chest_in_a_circle(170.0, air_hu)
    assert share_searched(lung_field(hu, grid), (hu < -880) & (hu > -1024)) < 0.02
