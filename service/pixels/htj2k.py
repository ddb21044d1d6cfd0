"""A frame as a lossless HTJ2K codestream (ISO/IEC 15444-15), proven by another decoder than its encoder's."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from openjpeg.utils import decode
from pydicom import Dataset

from models.decoding import PixelFault
from service.dicom.pixel_layout import Extent
from service.dicom.syntaxes import EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN
from service.pixels.decode import native_cells
from service.pixels.encoder import ENCODER
from service.pixels.one_frame import OneFrame, read_frame

_NATIVE: Final = frozenset({IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN})
_GREY: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})


def codestream(path: Path, frame_number: int, extents: Sequence[Extent] = ()) -> bytes:
    """A frame of a stored object, counted from 1, whose decoding gives every stored cell back.

    extents: as read_frame takes them. Raises PixelFault where the object is of a kind that is not copied, and OSError.
    """
    one = read_frame(path, frame_number, extents)
    _require_plain(one.header)
    cells = native_cells(one)
    _require_nothing_else(one, cells)
    made = _encoded(cells)
    if not np.array_equal(decode(made), cells):
        raise PixelFault("a copy would not be the same pixels")
    return made


def _encoded(cells: NDArray[np.generic]) -> bytes:
    try:
        encoder = import_module(ENCODER)  # here, since a child decodes and draws without it as well
    except ImportError as fault:
        raise PixelFault(f"{ENCODER} is not installed") from fault
    return bytes(encoder.htj2k_encode(np.ascontiguousarray(cells), reversible=True))


def _require_plain(header: Dataset) -> None:
    """Raises PixelFault but for grey of 8 or 16 bits, which the tests have seen on the canvas of a browser.

    RGB has no copy that is right: with the codec's colour transformation the object would have to say YBR_RCT (PS3.5
    8.2.4), and without it the decoder of browsers (@cornerstonejs/dicom-image-loader 5.14.0) shows another picture.
    """
    samples, bits = int(header.get("SamplesPerPixel") or 1), int(header.get("BitsAllocated") or 0)
    if bits == 8 and int(header.get("PixelRepresentation") or 0):
        raise PixelFault("signed pixels of 8 bits are not copied: browsers show the stored ones without their sign")
    if samples != 1 or str(header.get("PhotometricInterpretation")) not in _GREY or bits not in {8, 16}:
        raise PixelFault(f"{samples} samples of {bits} bits in this colour space are not copied")


def _require_nothing_else(one: OneFrame, cells: NDArray[np.generic]) -> None:
    """Raises PixelFault where a cell holds more than its pixel, as an overlay does (PS3.5 8.1.1)."""
    if cells.dtype.itemsize * 8 != int(one.header.BitsAllocated):
        raise PixelFault("cells of another size than the header says are not copied")
    if int(one.header.HighBit) != int(one.header.BitsStored) - 1:
        raise PixelFault("cells whose pixel does not lie at their low end are not copied")
    if one.transfer_syntax_uid not in _NATIVE:
        return
    start = (one.number - 1) * cells.nbytes
    if bytes(one.pixels.PixelData[start : start + cells.nbytes]) != cells.tobytes():
        raise PixelFault("cells that hold more than their pixel are not copied")
