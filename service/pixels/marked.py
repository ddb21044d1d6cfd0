"""A frame with what a package and a reader drew on it, each in its colour: a picture without a word on it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from models.contract import Point, Refused
from models.decoding import PixelFault, read_header
from models.frames import Frame, frames_of
from service.pixels.decode import frame
from service.pixels.render import OUTLINE_COLOUR, Points, stroke
from service.pixels.view import View, grey_levels
from service.pixels.words import Ink

READER_COLOUR: Final[Ink] = (79, 209, 197)
LEAST_SIDE_PX: Final = 900
"""A smaller frame is enlarged by a whole number before lines are drawn on it, so that they stay thin."""
_LINE_PX: Final = 2
"""Still seen where a page shows the picture at half its size."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What is drawn. polygons: a package's outlines, (column, row), whole numbers are pixel centres.

    axes_mm: the ends of a reader's diameters in the patient (LPS). window: centre and width in modality values.
    """

    polygons: Sequence[Points] = ()
    axes_mm: Sequence[tuple[Point, Point]] = ()
    window: tuple[float, float] | None = None


def marked(path: Path, frame_number: int, marks: Marks) -> bytes:
    """A frame of a stored object, counted from 1, as a PNG file. Raises PixelFault, OSError."""
    header = read_header(path)
    grey = grey_levels(frame(path, frame_number), header, frame_number, View(window=marks.window))
    image = Image.fromarray(grey).convert("RGB")
    scale = max(1, LEAST_SIDE_PX // max(image.size))
    image = image.resize((image.width * scale, image.height * scale), Image.Resampling.BILINEAR)
    for polygon in marks.polygons:
        stroke(image, _enlarged(polygon, scale), OUTLINE_COLOUR, _LINE_PX)
    if marks.axes_mm:
        frames = frames_of([header])
        if isinstance(frames, Refused):
            raise PixelFault("the image does not say where it lies")
        for axis in marks.axes_mm:
            ends = [_pixel(frames[frame_number - 1], end) for end in axis]
            stroke(image, _enlarged(ends, scale), READER_COLOUR, _LINE_PX)
    made = io.BytesIO()
    image.save(made, "PNG", compress_level=3)
    return made.getvalue()


def _pixel(shown: Frame, place_mm: Point) -> tuple[float, float]:
    """The (column, row) below a place of the patient (PS3.3 C.7.6.2.1.1, the equation solved for the pixel)."""
    if shown.position_mm is None or shown.cosines is None or shown.pixel_spacing_mm is None:
        raise PixelFault("the image does not say where it lies")
    way = np.asarray(place_mm) - np.asarray(shown.position_mm)
    row_spacing, column_spacing = shown.pixel_spacing_mm
    column = float(way @ np.asarray(shown.cosines[:3])) / column_spacing
    return column, float(way @ np.asarray(shown.cosines[3:])) / row_spacing


def _enlarged(points: Points, scale: int) -> Points:
    """Pixel centres of an image that is so many times as large, where its pixels are as far from the corner."""
    return [((column + 0.5) * scale - 0.5, (row + 0.5) * scale - 0.5) for column, row in points]
