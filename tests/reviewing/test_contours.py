"""The outline lies where the finding lies: pixel centres at whole numbers, half a pixel around, slice by slice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from models.contract import Segment
from service.domain.tracking import tracking
from service.pixels.pool import PixelPool
from tests.support.flowing import chest, one_nodule
from workers.contours import contours

KEY, PACKAGE = b"k" * 32, "threshold_nodule"


@pytest.fixture(scope="module")
def pixels() -> Iterator[PixelPool]:
    with PixelPool() as pool:
        yield pool


def outlined(pixels: PixelPool, segment: Segment) -> list[dict]:
    """The outlines of a reading whose one finding has this segment."""
    reading = one_nodule(chest())
    finding = replace(reading.reading.findings[0], segment=segment)
    reading = replace(reading, reading=replace(reading.reading, findings=(finding,)))
    made = json.loads(contours(pixels, reading, KEY, PACKAGE))
    uid = tracking(KEY, PACKAGE, reading)[1].uid
    assert list(made) == [uid]
    return list(made[uid])


def test_one_pixel_is_surrounded_at_half_a_pixel(pixels: PixelPool) -> None:
    (image,) = outlined(pixels, Segment((4, 5, 6), np.ones((1, 1, 1), bool)))
    (polygon,) = image["polygons"]
    columns, rows = zip(*polygon, strict=True)
    assert (min(columns), max(columns), min(rows), max(rows)) == (5.5, 6.5, 4.5, 5.5)
    assert (np.mean(columns[:-1]), np.mean(rows[:-1])) == (6.0, 5.0), "around the pixel of column 6, row 5"


def test_the_outline_covers_what_the_mask_covers(pixels: PixelPool) -> None:
    mask = np.zeros((1, 12, 12), bool)
    rows, columns = np.mgrid[:12, :12]
    mask[0] = (rows - 5.5) ** 2 + (columns - 5.5) ** 2 <= 25
    (image,) = outlined(pixels, Segment((2, 1, 3), mask))
    (polygon,) = image["polygons"]
    x, y = np.array(polygon).T
    area = 0.5 * abs(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))
    assert area == pytest.approx(mask.sum(), rel=0.06)
    assert (x.mean(), y.mean()) == (pytest.approx(8.5, abs=0.25), pytest.approx(6.5, abs=0.25))


def test_each_slice_of_the_segment_has_its_own_image_and_empty_ones_none(pixels: PixelPool) -> None:
    mask = np.zeros((3, 2, 2), bool)
    mask[0], mask[2] = True, True
    sources = one_nodule(chest()).sources
    images = outlined(pixels, Segment((4, 5, 6), mask))
    assert [image["frame"] for image in images] == [None, None]
    assert len({image["sop_instance_uid"] for image in images}) == 2
    assert len(sources) >= 7


def test_two_parts_on_one_slice_are_two_polygons(pixels: PixelPool) -> None:
    mask = np.zeros((1, 3, 7), bool)
    mask[0, :, :2] = mask[0, :, 5:] = True
    (image,) = outlined(pixels, Segment((4, 5, 6), mask))
    assert len(image["polygons"]) == 2


def test_the_same_reading_gives_the_same_bytes(pixels: PixelPool) -> None:
    reading = one_nodule(chest())
    assert contours(pixels, reading, KEY, PACKAGE) == contours(pixels, reading, KEY, PACKAGE)
