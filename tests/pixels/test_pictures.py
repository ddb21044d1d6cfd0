"""A picture shows what is stored: the right frame, scaled and windowed by the standard, outlined in place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydicom import dcmread
from pydicom.uid import UID, JPEG2000Lossless, JPEGLSLossless, RLELossless

from models.decoding import PixelFault
from service.pixels.contour import outline
from service.pixels.decode import frame
from service.pixels.render import LEAST_PAGE_PX, OUTLINE_COLOUR, picture, window
from tests.pixels.made_objects import ENHANCED_CT, SECONDARY_CAPTURE, made, rescaled_frame, stored

RAMP = np.arange(32 * 48, dtype=np.int16).reshape(32, 48)


@pytest.mark.parametrize(
    ("value", "centre", "width", "grey"),
    # PS3.3 C.11.2.1.2.1: ((x - (c - 0.5)) / (w - 1) + 0.5) * 255, black at or below c - 0.5 - (w - 1) / 2
    [
        (-1350, -600, 1500, 0),
        (-1351, -600, 1500, 0),
        (149, -600, 1500, 255),
        (3000, -600, 1500, 255),
        (-600, -600, 1500, 128),
        (2048, 2048, 4096, 128),
        (0, 2048, 4096, 0),
        (4095, 2048, 4096, 255),
        (100, 100, 1, 255),
        (99, 100, 1, 0),
    ],
)
def test_values_become_grey_by_the_standards_formula(value: float, centre: float, width: float, grey: int) -> None:
    assert window(np.array([[value]], np.float32), centre, width)[0, 0] == grey


@given(st.floats(-3000, 3000), st.floats(1, 5000), st.lists(st.floats(-5000, 5000, width=32), min_size=2, max_size=30))
def test_more_is_never_darker(centre: float, width: float, values: list[float]) -> None:
    grey = window(np.sort(np.array([values], np.float32)), centre, width)[0].astype(int)
    assert (np.diff(grey) >= 0).all()


def test_stored_values_become_hounsfield_units(tmp_path: Path) -> None:
    path = stored(made(RAMP, RescaleSlope="2", RescaleIntercept="-1024"), tmp_path)
    assert frame(path, 1)[1, 3] == 2 * (48 + 3) - 1024


def test_each_frame_of_an_enhanced_object_is_scaled_by_its_own_functional_group(tmp_path: Path) -> None:
    header = made(np.stack([RAMP, RAMP, RAMP]), ENHANCED_CT)
    header.PerFrameFunctionalGroupsSequence = [
        rescaled_frame(1, -1024), rescaled_frame(3, 7), rescaled_frame(1, 0)
    ]  # fmt: skip
    path = stored(header, tmp_path)
    assert [frame(path, number)[0, 5] for number in (1, 2, 3)] == [5 - 1024, 3 * 5 + 7, 5]


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_a_compressed_object_gives_the_same_values(tmp_path: Path, syntax: UID) -> None:
    header = made(RAMP.astype(np.uint16), RescaleSlope="1", RescaleIntercept="-1024")
    header.compress(syntax)
    assert np.array_equal(frame(stored(header, tmp_path), 1), RAMP.astype(np.float32) - 1024)


def test_bits_beyond_the_stored_ones_are_no_value(tmp_path: Path) -> None:
    header = made((RAMP & 0x0FFF).astype(np.uint16) | 0x8000, BitsStored=12, HighBit=11)
    assert np.array_equal(frame(stored(header, tmp_path), 1), (RAMP & 0x0FFF).astype(np.float32))


def test_where_less_is_brighter_the_values_are_turned_over(tmp_path: Path) -> None:
    path = stored(made(RAMP, PhotometricInterpretation="MONOCHROME1"), tmp_path)
    assert np.array_equal(frame(path, 1), RAMP[::-1, ::-1].astype(np.float32))


def test_colour_stays_colour(tmp_path: Path) -> None:
    rgb = np.random.default_rng(1).integers(0, 255, (20, 30, 3), np.uint8)
    values = frame(stored(made(rgb, SECONDARY_CAPTURE), tmp_path), 1)
    assert np.array_equal(picture(window(values, -600, 1500), (), ()), rgb)


def test_the_outline_of_one_pixel_goes_around_its_centre() -> None:
    mask = np.zeros((20, 20), bool)
    mask[3, 5] = True
    (polygon,) = outline(mask)
    assert polygon[0] == polygon[-1]
    assert set(polygon) == {(4.5, 3.0), (5.5, 3.0), (5.0, 2.5), (5.0, 3.5)}, "(column, row)"


@given(st.integers(0, 12), st.integers(0, 12), st.integers(3, 9), st.integers(3, 9))
def test_the_outline_of_a_rectangle_holds_its_area_also_at_the_border(
    row: int, column: int, rows: int, columns: int
) -> None:
    mask = np.zeros((21, 21), bool)
    mask[row : row + rows, column : column + columns] = True
    (polygon,) = outline(mask)
    x, y = np.array(polygon).T
    area = abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2
    assert area == pytest.approx(rows * columns, abs=1.2)
    assert (x.min(), x.max(), y.min(), y.max()) == (
        column - 0.5, column + columns - 0.5, row - 0.5, row + rows - 0.5
    )  # fmt: skip


def test_a_round_region_is_followed_within_half_a_pixel_by_few_points() -> None:
    y, x = np.mgrid[:100, :100]
    (polygon,) = outline((x - 50) ** 2 + (y - 40) ** 2 < 30**2)
    points = np.array(polygon)
    off = np.abs(np.hypot(points[:, 0] - 50, points[:, 1] - 40) - 30)
    assert off.max() < 0.75
    assert len(points) < 120


def test_a_hole_has_an_outline_of_its_own_and_nothing_has_none() -> None:
    ring = np.zeros((20, 20), bool)
    ring[4:16, 4:16] = True
    ring[8:12, 8:12] = False
    assert len(outline(ring)) == 2
    assert outline(np.zeros((20, 20), bool)) == ()


def test_the_line_is_drawn_where_the_polygon_lies_and_nowhere_else() -> None:
    square = ((10.0, 20.0), (30.0, 20.0), (30.0, 40.0), (10.0, 40.0), (10.0, 20.0))
    drawn = picture(np.zeros((64, 64), np.uint8), [square], ())
    assert tuple(drawn[20, 20]) == tuple(drawn[30, 30]) == OUTLINE_COLOUR
    touched = np.argwhere(drawn.any(axis=2))
    assert touched.min(axis=0).tolist() == [20, 10]
    assert touched.max(axis=0).tolist() == [40, 30]
    assert not drawn[22:39, 12:29].any(), "what is inside stays visible"


def test_an_outline_at_the_edge_of_the_picture_or_beyond_it_does_no_harm() -> None:
    around = ((-0.5, -0.5), (63.5, -0.5), (63.5, 63.5), (-0.5, 63.5), (-0.5, -0.5))
    beyond = ((100.0, 100.0), (120.0, 100.0), (120.0, 120.0))
    drawn = picture(np.zeros((64, 64), np.uint8), [around, beyond], ())
    assert drawn.shape == (64, 64, 3)
    assert not drawn[2:-2, 2:-2].any()


@pytest.mark.parametrize(("size", "page"), [(64, LEAST_PAGE_PX), (512, 512), (2048, 2048)])
def test_words_stand_below_the_picture_and_grow_with_it(size: int, page: int) -> None:
    line = "AI 结果，未经医师核实"
    drawn = picture(np.full((size, size), 90, np.uint8), (), (line, line))
    assert drawn.shape[1] == page
    left = (page - size) // 2
    assert (drawn[:size, left : left + size] == 90).all()
    below = drawn[size:].any(axis=2)
    assert below.any()
    assert np.flatnonzero(below.any(axis=0)).max() > 0.25 * page, "readable beside the picture"
    assert not below[:, -1].any(), "nothing is cut off"


def test_a_picture_without_words_has_the_size_of_the_frame() -> None:
    assert picture(np.zeros((30, 40), np.uint8), (), ()).shape == (30, 40, 3)


def test_colours_of_a_palette_are_looked_up(tmp_path: Path) -> None:
    header = made(np.array([[0, 1], [2, 1]], np.uint8), SECONDARY_CAPTURE, PhotometricInterpretation="PALETTE COLOR")
    for colour, table in (("Red", (0, 255, 0)), ("Green", (0, 0, 255)), ("Blue", (255, 0, 0))):
        setattr(header, f"{colour}PaletteColorLookupTableDescriptor", [3, 0, 16])
        entries = np.array(table, np.uint16) * 257
        setattr(header, f"{colour}PaletteColorLookupTableData", entries.tobytes())
    values = frame(stored(header, tmp_path), 1)
    assert values.tolist() == [[[0, 0, 255], [255, 0, 0]], [[0, 255, 0], [255, 0, 0]]]


def test_colour_of_16_bits_is_shown_in_8(tmp_path: Path) -> None:
    deep = np.array([[[0, 65535, 32896]]], np.uint16)
    assert frame(stored(made(deep, SECONDARY_CAPTURE), tmp_path), 1).round(2).tolist() == [[[0, 255, 128]]]


@pytest.mark.real_data
def test_frames_of_every_encoding_agree_with_an_independent_reader(datasets: Path) -> None:
    """SimpleITK (GDCM) as the other reader, on single grey frames."""
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    compared = set()
    for path in sorted((datasets / "dicom_suite" / "transfer_syntax").glob("*.dcm")):
        if path.stat().st_size > 600_000:
            continue
        try:
            ours, theirs = frame(path, 1), SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path))).squeeze()
        except (PixelFault, RuntimeError):
            continue
        if ours.shape == theirs.shape and ours.ndim == 2:
            assert np.allclose(ours, theirs, atol=1e-3), path.name
            compared.add(str(dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID))
    assert len(compared) >= 10, compared


def test_the_saved_picture_is_the_drawn_one(tmp_path: Path) -> None:
    drawn = picture(window(RAMP.astype(np.float32), 700, 1500), (), ("1",))
    Image.fromarray(drawn).save(tmp_path / "picture.png")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "picture.png")), drawn)
