"""The outlines of an analysis' findings on the slices they lie in, made once, for whoever draws them over images."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

import numpy as np

from models.contract import Segment, SeriesReading, SliceSource
from service.domain.tracking import tracking
from service.pixels.contour import Polygon
from service.pixels.pool import PixelPool

CONTOURS: Final = "consilium.contours"
DECIMALS: Final = 2


def contours(pixels: PixelPool, reading: SeriesReading, installation_key: bytes, package: str) -> bytes:
    """JSON by Tracking UID: the images a finding lies in, each with closed polygons.

    Points are [column, row] with pixel centres at whole numbers, counted from 0, to a hundredth of a pixel.
    Raises DecodeFault.
    """
    pairs = tracking(installation_key, package, reading)
    outlined = {
        pairs[finding.number].uid: [
            _image(source, polygons) for source, polygons in _outlined(pixels, reading, finding.segment)
        ]
        for finding in reading.reading.findings
        if finding.segment is not None
    }
    return json.dumps(outlined, sort_keys=True, separators=(",", ":")).encode()


def _outlined(
    pixels: PixelPool, reading: SeriesReading, segment: Segment
) -> Iterator[tuple[SliceSource, tuple[Polygon, ...]]]:
    first_slice, first_row, first_column = segment.corner
    for at, mask in enumerate(segment.mask):
        if np.any(mask):
            polygons = pixels.outline(mask)
            yield reading.sources[first_slice + at], _moved(polygons, first_column, first_row)


def _moved(polygons: tuple[Polygon, ...], columns: int, rows: int) -> tuple[Polygon, ...]:
    return tuple(tuple((column + columns, row + rows) for column, row in polygon) for polygon in polygons)


def _image(source: SliceSource, polygons: tuple[Polygon, ...]) -> dict[str, object]:
    return {
        "sop_instance_uid": source.sop_instance_uid,
        "frame": source.frame_number,
        "polygons": [
            [[round(column, DECIMALS), round(row, DECIMALS)] for column, row in polygon] for polygon in polygons
        ],
    }
