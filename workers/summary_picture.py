"""The picture of the summary page: the slice that shows the first finding best, its outlines, the words."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.contract import SeriesReading
from service.archive.store import Archive
from service.domain.outcome import AnalysisResult
from service.pixels.pool import PixelPool
from workers.result_context import Rows

LUNG_WINDOW_HU: Final = (-600.0, 1500.0)


def draw(
    archive: Archive, pixels: PixelPool, rows: Rows, outcome: AnalysisResult, lines: tuple[str, ...]
) -> NDArray[np.uint8]:
    """The page as RGB, shape (rows, columns, 3). Raises NothingToEncode, service.pixels' DecodeFault."""
    if not isinstance(outcome, SeriesReading):
        image = rows.any_image
        path = archive.objects.path(image.hospital, image.object_name)
        return pixels.render_slice(path, 1, LUNG_WINDOW_HU, (), lines)
    index = key_slice(outcome)
    source = outcome.sources[index]
    stored = rows.stored(source.sop_instance_uid)
    path = archive.objects.path(stored.hospital, stored.object_name)
    outlines = outlines_on(pixels, outcome, index)
    return pixels.render_slice(path, source.frame_number or 1, LUNG_WINDOW_HU, outlines, lines)


def key_slice(outcome: SeriesReading) -> int:
    """The slice of the first finding, the middle one when there is none."""
    for finding in outcome.reading.findings:
        if finding.slice_index is not None:
            return finding.slice_index
    return len(outcome.sources) // 2


def outlines_on(
    pixels: PixelPool, outcome: SeriesReading, slice_index: int
) -> tuple[tuple[tuple[float, float], ...], ...]:
    """The outlines of every segment on one slice, as (column, row) polygons of the whole image."""
    polygons: list[tuple[tuple[float, float], ...]] = []
    for finding in outcome.reading.findings:
        segment = finding.segment
        if segment is None:
            continue
        first_slice, first_row, first_column = segment.corner
        if 0 <= slice_index - first_slice < segment.mask.shape[0]:
            polygons += [
                tuple((column + first_column, row + first_row) for column, row in polygon)
                for polygon in pixels.outline(segment.mask[slice_index - first_slice])
            ]
    return tuple(polygons)
