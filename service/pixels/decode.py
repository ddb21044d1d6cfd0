"""One frame of a stored object as numbers, by a decoder that is named and not guessed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut

from models.contract import Refused
from models.decoding import PixelFault, stored_values
from models.frames import frames_of
from service.dicom.pixel_layout import Extent
from service.pixels.one_frame import OneFrame, read_frame

_COLOUR_PLUGINS: Final = {
    "1.2.840.10008.1.2.4.50": "gdcm",
    "1.2.840.10008.1.2.4.57": "gdcm",
    "1.2.840.10008.1.2.4.70": "gdcm",
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.81": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "pylibjpeg",
    "1.2.840.10008.1.2.4.91": "pylibjpeg",
    "1.2.840.10008.1.2.5": "pylibjpeg",
}


def frame(path: Path, frame_number: int, extents: Sequence[Extent] = ()) -> NDArray[np.float32]:
    """Modality values (HU for CT) of a frame, counted from 1; shape (rows, columns), or (rows, columns, 3) for colour.

    Values of MONOCHROME1 are turned over within their own range, so that more is brighter. extents: as read_frame takes
    them. Raises PixelFault, and OSError where the file cannot be read.
    """
    one = read_frame(path, frame_number, extents)
    header = one.header
    if int(header.get("SamplesPerPixel") or 1) == 3:
        return _in_8_bits(_colour_cells(one), int(header.BitsStored))
    stored = stored_values(one.pixels, one.transfer_syntax_uid, one.number)
    if header.get("PhotometricInterpretation") == "PALETTE COLOR":
        looked_up = apply_color_lut(stored, header)
        return _in_8_bits(looked_up, 8 * looked_up.dtype.itemsize)
    slope, intercept = _rescale(header, frame_number)
    values: NDArray[np.float32] = stored.astype(np.float32) * np.float32(slope) + np.float32(intercept)
    if header.get("PhotometricInterpretation") == "MONOCHROME1":
        values = values.max() + values.min() - values
    return values


def native_frame(path: Path, frame_number: int, extents: Sequence[Extent] = ()) -> bytes:
    """The pixels of a frame, counted from 1, as Explicit VR Little Endian has them (PS3.5 8.1.1, A.2).

    Cells of Bits Allocated, low byte first; of colour one pixel after the other, samples beside each other, as the
    decoder gives them. extents: as read_frame takes them. Raises PixelFault, and OSError where the file cannot be read.
    """
    cells = native_cells(read_frame(path, frame_number, extents))
    return cells.astype(cells.dtype.newbyteorder("<"), copy=False).tobytes()


def native_cells(one: OneFrame) -> NDArray[np.generic]:
    """The cells of a frame: (rows, columns), or (rows, columns, 3) for colour. Raises PixelFault."""
    if int(one.header.get("SamplesPerPixel") or 1) == 1:
        return stored_values(one.pixels, one.transfer_syntax_uid, one.number)
    return _colour_cells(one)


def _rescale(instance: Dataset, frame_number: int) -> tuple[float, float]:
    """Slope and intercept of the frame; 1 and 0 where several frames come without functional groups."""
    frames = frames_of([instance])
    if isinstance(frames, Refused) or len(frames) < frame_number:
        return float(instance.get("RescaleSlope") or 1), float(instance.get("RescaleIntercept") or 0)
    ref = frames[frame_number - 1].ref
    return ref.slope, ref.intercept


def _colour_cells(one: OneFrame) -> NDArray[np.generic]:
    syntax = one.transfer_syntax_uid
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError as fault:
        raise PixelFault(f"pixels in transfer syntax {syntax} are not shown") from fault
    plugin = _COLOUR_PLUGINS.get(syntax, "")
    raw, _ = decoder.as_array(one.pixels, index=one.number - 1, decoding_plugin=plugin)
    if raw.ndim != 3 or raw.shape[2] != 3:
        raise PixelFault(f"a colour frame of shape {raw.shape} is not shown")
    return np.asarray(raw)


def _in_8_bits(colour: NDArray[np.generic], bits: int) -> NDArray[np.float32]:
    return np.asarray(colour, dtype=np.float32) * np.float32(255 / (2**bits - 1))
