"""How a frame is shown as a picture for anybody: window, part and size, file format (PS3.18 8.3.5)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import Dataset

from models.decoding import PixelFault, read_header
from models.frames import number
from models.windows import PRESETS, preset_for
from service.dicom.pixel_layout import Extent
from service.pixels.decode import frame
from service.pixels.render import Picture, window

MAX_SIDE_PX: Final = 8192
ILLEGIBLE_PX: Final = 64
"""Text that was burned into pixels cannot be read in a picture of this size, however large it is then shown."""
Function = Literal["linear", "linear-exact", "sigmoid"]
Format = Literal["image/jpeg", "image/png"]


@dataclass(frozen=True, slots=True)
class View:
    """What a picture is made by.

    window: centre and width in modality values, None: as the object says. size_px: width and height it must fit in,
    None: its own. region_px: left, top, width and height of the part; a negative width or height mirrors. anonymous:
    no text of the pixels may be legible.
    """

    media_type: Format = "image/jpeg"
    window: tuple[float, float] | None = None
    function: Function = "linear"
    size_px: tuple[int, int] | None = None
    region_px: tuple[float, float, float, float] | None = None
    quality: int = 90
    anonymous: bool = False


def shown(path: Path, frame_number: int, view: View, extents: Sequence[Extent] = ()) -> bytes:
    """A frame of a stored object, counted from 1, as a JPEG or PNG file; extents: as read_frame takes them.

    Raises PixelFault, OSError.
    """
    header = read_header(path)
    image = Image.fromarray(grey_levels(frame(path, frame_number, extents), header, frame_number, view))
    if view.region_px is not None:
        image = _part(image, view.region_px)
    if view.anonymous and str(header.get("BurnedInAnnotation") or "").strip() == "YES":
        image.thumbnail((ILLEGIBLE_PX, ILLEGIBLE_PX))
    if view.size_px is not None:
        scale = min(view.size_px[0] / image.width, view.size_px[1] / image.height)
        size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
        image = image.resize(size, Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BILINEAR)
    made = io.BytesIO()
    if view.media_type == "image/png":
        image.save(made, "PNG", compress_level=3)
    else:
        image.save(made, "JPEG", quality=view.quality)
    return made.getvalue()


def grey_levels(values: NDArray[np.float32], header: Dataset, frame_number: int, view: View) -> Picture:
    """A frame's values (as service.pixels.decode.frame gives them) as grey levels; colour passes as it is."""
    if values.ndim == 3:
        return window(values, 0, 0)
    turned = header.get("PhotometricInterpretation") == "MONOCHROME1"
    if turned:  # frame() has turned the values over; a window is said of them as they are
        values = values.max() + values.min() - values
    centre, width = view.window or _default_window(header, frame_number, values)
    grey = _by_function(values, centre, width, view.function)
    return 255 - grey if turned else grey


def _default_window(header: Dataset, frame_number: int, values: NDArray[np.float32]) -> tuple[float, float]:
    """The object's own first window; else that for what was examined; else, of no known unit, all its values."""
    centre = _first(header, frame_number, "WindowCenter")
    width = _first(header, frame_number, "WindowWidth")
    if centre is not None and width is not None and width >= 1:
        return centre, width
    if _is_hounsfield(header):
        texts = (str(header.get(each) or "") for each in ("BodyPartExamined", "SeriesDescription", "StudyDescription"))
        preset = PRESETS[preset_for(*texts)]
        return preset.centre_hu, preset.width_hu
    low, high = float(values.min()), float(values.max())
    return (low + high) / 2 + 0.5, high - low + 1


def _is_hounsfield(header: Dataset) -> bool:
    """Whether values are what windows are set for; a scout's are not (PS3.3 C.8.2.1.1.1, C.8.2.1.1.5)."""
    image_type = [str(each) for each in header.get("ImageType") or ()]
    unit = str(header.get("RescaleType") or "HU")
    return header.get("Modality") == "CT" and unit == "HU" and "LOCALIZER" not in image_type


def _first(header: Dataset, frame_number: int, keyword: str) -> float | None:
    found = number(header, keyword)
    if found is not None:
        return found
    own = (header.get("PerFrameFunctionalGroupsSequence") or ())[frame_number - 1 : frame_number]
    for group in (*own, *(header.get("SharedFunctionalGroupsSequence") or ())):
        for macro in group.get("FrameVOILUTSequence") or ():
            found = number(macro, keyword)
            if found is not None:
                return found
    return None


def _by_function(values: NDArray[np.float32], centre: float, width: float, function: Function) -> Picture:
    """Source: PS3.3 C.11.2.1.2 (linear), C.11.2.1.3.1 (sigmoid), C.11.2.1.3.2 (linear exact)."""
    if function == "linear":
        return window(values, centre, width)
    if width <= 0:
        raise PixelFault("a window has to be wider than 0")
    if function == "sigmoid":
        grey = 255 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -80, 80)))
    else:
        grey = ((values - centre) / width + 0.5) * 255
    return np.asarray(np.rint(np.clip(grey, 0, 255)), dtype=np.uint8)


def _part(image: Image.Image, region_px: tuple[float, float, float, float]) -> Image.Image:
    left, top, width, height = region_px
    right, bottom = min(left + abs(width), image.width), min(top + abs(height), image.height)
    if right - left < 1 or bottom - top < 1:
        raise PixelFault("the region of the viewport lies outside the image")
    part = image.crop((round(left), round(top), round(right), round(bottom)))
    if width < 0:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return part.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if height < 0 else part
