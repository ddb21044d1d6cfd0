"""From modality values to a picture: window, outlines, words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from service.pixels.words import Ink, wrapped, write

OUTLINE_COLOUR: Final[Ink] = (242, 201, 76)
TEXT_COLOUR: Final[Ink] = (214, 219, 225)
TEXT_PX: Final = 17
LEAST_PAGE_PX: Final = 512
"""Words below a smaller picture get this width, and grow with a larger picture."""

_SUPERSAMPLED: Final = 5
_LINE_SHARE: Final = 1.45
_MARGIN_SHARE: Final = 0.7
Picture = NDArray[np.uint8]
Points = Sequence[tuple[float, float]]


def window(values: NDArray[np.float32], centre: float, width: float) -> Picture:
    """Grey levels 0 to 255 by the linear function of PS3.3 C.11.2.1.2.1; colour passes as it is.

    A width of 1 or less is a threshold at the centre.
    """
    if values.ndim == 3:
        return np.clip(values, 0, 255).astype(np.uint8)
    if width <= 1:
        return np.where(values > centre - 0.5, 255, 0).astype(np.uint8)
    low = centre - 0.5 - (width - 1) / 2
    grey = np.clip((values - np.float32(low)) * np.float32(255 / (width - 1)), 0, 255)
    return np.asarray(np.rint(grey), dtype=np.uint8)


def picture(grey: Picture, polygons: Sequence[Points], lines: Sequence[str]) -> Picture:
    """A slice with outlines, and the lines of text on black below it; RGB, shape (rows, columns, 3)."""
    image = Image.fromarray(grey).convert("RGB")
    for polygon in polygons:
        stroke(image, polygon, OUTLINE_COLOUR)
    if not lines:
        return np.asarray(image)
    page_px = max(image.width, LEAST_PAGE_PX)
    text_px = max(TEXT_PX, round(TEXT_PX * page_px / LEAST_PAGE_PX))
    step_px, margin_px = round(text_px * _LINE_SHARE), round(text_px * _MARGIN_SHARE)
    parts = [part for line in lines for part in wrapped(line, page_px - 2 * margin_px, text_px)]
    page = Image.new("RGB", (page_px, image.height + step_px * len(parts) + 2 * margin_px))
    page.paste(image, ((page_px - image.width) // 2, 0))
    draw = ImageDraw.Draw(page)
    for number, part in enumerate(parts):
        write(draw, (margin_px, image.height + margin_px + step_px * number + text_px), part, text_px, TEXT_COLOUR)
    return np.asarray(page)


def stroke(image: Image.Image, points: Points, colour: Ink, width_px: int = 1) -> None:
    """A closed line of so many pixels' width, in place, drawn larger and brought down to be smooth.

    Two points make a stretch. A point at whole numbers is the centre of a pixel.
    """
    reach = np.asarray(points, dtype=np.float64)
    left, top = np.maximum(np.floor(reach.min(axis=0)).astype(int) - 1 - width_px, 0)
    right, bottom = np.minimum(np.ceil(reach.max(axis=0)).astype(int) + 2 + width_px, image.size)
    if right <= left or bottom <= top:
        return
    n = _SUPERSAMPLED
    large = Image.new("L", ((right - left) * n, (bottom - top) * n))
    way = [tuple(point) for point in (reach - (left, top) + 0.5) * n - 0.5]
    ImageDraw.Draw(large).line([*way, way[0], way[1 % len(way)]], fill=255, width=n * width_px, joint="curve")
    mask = large.resize((right - left, bottom - top), Image.Resampling.BOX)
    image.paste(colour, (left, top), mask)
