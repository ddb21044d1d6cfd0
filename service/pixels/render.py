"""From modality values to a picture: window, outlines, words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

HAN_FONT: Final = Path(__file__).parent / "fonts" / "droid-sans-fallback-gb2312.ttf"
OUTLINE_COLOUR: Final = (242, 201, 76)
TEXT_COLOUR: Final = (214, 219, 225)
TEXT_PX: Final = 15
LINE_PX: Final = 22
MARGIN_PX: Final = 10
_SUPERSAMPLED: Final = 3
Picture = NDArray[np.uint8]


def window(values: NDArray[np.float32], centre: float, width: float) -> NDArray[np.uint8]:
    """Grey levels 0 to 255 by the linear window of PS3.3 C.11.2.1.2.1; colour passes as it is."""
    if values.ndim == 3:
        return np.clip(values, 0, 255).astype(np.uint8)
    low = centre - 0.5 - (width - 1) / 2
    grey: NDArray[np.uint8] = np.clip(np.rint((values - low) / (width - 1) * 255), 0, 255).astype(np.uint8)
    return grey


def picture(
    grey: NDArray[np.uint8], polygons: Sequence[Sequence[tuple[float, float]]], lines: Sequence[str]
) -> Picture:
    """A slice with outlines, and the lines of text on black below it; RGB, shape (rows, columns, 3)."""
    image = Image.fromarray(grey).convert("RGB")
    if polygons:
        image = _outlined(image, polygons)
    if not lines:
        return np.asarray(image)
    wrapped = [part for line in lines for part in _wrapped(line, image.width - 2 * MARGIN_PX)]
    page = Image.new("RGB", (image.width, image.height + LINE_PX * len(wrapped) + 2 * MARGIN_PX))
    page.paste(image, (0, 0))
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(wrapped):
        _write(draw, (MARGIN_PX, image.height + MARGIN_PX + LINE_PX * number), line)
    return np.asarray(page)


def _outlined(image: Image.Image, polygons: Sequence[Sequence[tuple[float, float]]]) -> Image.Image:
    """Anti-aliased by drawing larger; a point at whole numbers is the centre of a pixel."""
    n = _SUPERSAMPLED
    overlay = Image.new("L", (image.width * n, image.height * n))
    draw = ImageDraw.Draw(overlay)
    for polygon in polygons:
        points = [((column + 0.5) * n - 0.5, (row + 0.5) * n - 0.5) for column, row in polygon]
        draw.line([*points, points[0]], fill=255, width=n, joint="curve")
    mask = overlay.resize(image.size, Image.Resampling.BOX)
    image.paste(OUTLINE_COLOUR, (0, 0), mask)
    return image


def _fonts() -> tuple[ImageFont.FreeTypeFont, ImageFont.FreeTypeFont]:
    latin = ImageFont.load_default(TEXT_PX)
    assert isinstance(latin, ImageFont.FreeTypeFont)
    return latin, ImageFont.truetype(HAN_FONT, TEXT_PX)


def _runs(line: str) -> list[tuple[str, bool]]:
    """The line cut where Latin and Han text meet."""
    runs: list[tuple[str, bool]] = []
    for letter in line:
        is_han = ord(letter) > 0x2E7F
        if runs and runs[-1][1] == is_han:
            runs[-1] = (runs[-1][0] + letter, is_han)
        else:
            runs.append((letter, is_han))
    return runs


def _write(draw: ImageDraw.ImageDraw, at: tuple[int, int], line: str) -> None:
    latin, han = _fonts()
    x = float(at[0])
    for text, is_han in _runs(line):
        font = han if is_han else latin
        draw.text((x, at[1] + TEXT_PX), text, font=font, fill=TEXT_COLOUR, anchor="ls")
        x += font.getlength(text)


def _width_px(line: str) -> float:
    latin, han = _fonts()
    return sum((han if is_han else latin).getlength(text) for text, is_han in _runs(line))


def _wrapped(line: str, limit_px: int) -> list[str]:
    """A line cut so that every part fits: at a space where there is one, else between letters."""
    parts: list[str] = []
    rest = line
    while _width_px(rest) > limit_px:
        cut = len(rest)
        while cut > 1 and _width_px(rest[:cut]) > limit_px:
            cut -= 1
        space = rest.rfind(" ", 1, cut)
        cut = space if space > cut // 2 else cut
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest]
