"""The stored values of a frame, whatever its transfer syntax, by a decoder that is named and not guessed."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import gdcm
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import get_frame
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.pixels.decoders.base import get_decoder

_EXPLICIT_BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
_ENCAPSULATED_UNCOMPRESSED: Final = "1.2.840.10008.1.2.1.98"
_JPEG_EXTENDED: Final = "1.2.840.10008.1.2.4.51"
_DEFLATED_FRAME: Final = "1.2.840.10008.1.2.8.1"
_NATIVE: Final = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", _EXPLICIT_BIG_ENDIAN})
_PLUGINS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "1.2.840.10008.1.2.4.50": "gdcm",
        _JPEG_EXTENDED: "gdcm",
        "1.2.840.10008.1.2.4.57": "gdcm",
        "1.2.840.10008.1.2.4.70": "gdcm",
        "1.2.840.10008.1.2.4.80": "pyjpegls",
        "1.2.840.10008.1.2.4.81": "pyjpegls",
        "1.2.840.10008.1.2.4.90": "pylibjpeg",
        "1.2.840.10008.1.2.4.91": "pylibjpeg",
        "1.2.840.10008.1.2.4.201": "pylibjpeg",
        "1.2.840.10008.1.2.4.202": "pylibjpeg",
        "1.2.840.10008.1.2.4.203": "pylibjpeg",
        "1.2.840.10008.1.2.5": "pylibjpeg",
    }
)
LOSSY_SYNTAXES: Final = frozenset(f"1.2.840.10008.1.2.4.{last}" for last in (50, 51, 81, 91, 203))

# What parsers and decoders raise on broken bytes: of ours, of C extensions and of the interpreter.
_FAULTS: Final = (
    ArithmeticError, AttributeError, BufferError, BytesLengthException, EOFError, InvalidDicomError, LookupError,
    MemoryError, OSError, RuntimeError, TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip


class PixelFault(Exception):
    """The bytes of an instance make no picture; the message says why, without any value of the header."""


def read_header(path: Path) -> Dataset:
    """The header of a stored instance. Raises PixelFault, and OSError where the file cannot be opened or read."""
    with path.open("rb") as stream:
        try:
            header = pydicom.dcmread(stream, stop_before_pixels=True)
            _read_deep(header)
        except _FAULTS as fault:
            raise _named(fault) from fault
    return header


def read_before_pixels(path: Path) -> Dataset:
    """What stands before the pixels of a stored instance; sequences are parsed when they are asked for.

    Raises PixelFault, and OSError where the file cannot be opened or read.
    """
    with path.open("rb") as stream:
        try:
            return pydicom.dcmread(stream, stop_before_pixels=True)
        except _FAULTS as fault:
            raise _named(fault) from fault


def read_instance(path: Path) -> Dataset:
    """A stored instance, whole. Raises PixelFault, and OSError where the file cannot be opened or read."""
    content = path.read_bytes()
    try:
        return pydicom.dcmread(io.BytesIO(content))
    except _FAULTS as fault:
        raise _named(fault) from fault


def stored_values(instance: Dataset, transfer_syntax_uid: str, frame_number: int | None) -> NDArray[np.generic]:
    """The stored values of one frame: integers, shape (rows, columns), bits beyond Bits Stored taken away.

    frame_number: 1-based, None for a single-frame instance. Raises PixelFault.
    Source: PS3.5 section 8.1.1 (cell, Bits Stored, High Bit).
    """
    index = 0 if frame_number is None else frame_number - 1
    try:
        if transfer_syntax_uid == _JPEG_EXTENDED and int(instance.BitsStored) > 8:
            return _only_stored_bits(_jpeg_of_12_bits(instance, index), instance)
        if transfer_syntax_uid in _PLUGINS:
            decoder = get_decoder(transfer_syntax_uid)
            values, _ = decoder.as_array(instance, index=index, raw=True, decoding_plugin=_PLUGINS[transfer_syntax_uid])
            return _only_stored_bits(np.asarray(values), instance)
        return _only_stored_bits(_native(instance, transfer_syntax_uid, index), instance)
    except _FAULTS as fault:
        raise _named(fault) from fault


def _read_deep(header: Dataset) -> None:
    """Parse the functional groups now: pydicom reads sequences when they are asked for, and may fail only then."""
    for keyword in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in header.get(keyword) or ():
            for _ in group.iterall():
                pass


def _jpeg_of_12_bits(instance: Dataset, index: int) -> NDArray[np.generic]:
    """One frame of JPEG Extended with samples of 12 bits, which pydicom 3.0.2 keeps from GDCM though GDCM reads them.

    GDCM tries its decoder of 8 bits first, and that one complains on stderr before the right one is taken.
    """
    if int(instance.BitsAllocated) != 16 or int(instance.get("SamplesPerPixel") or 1) != 1:
        raise PixelFault("JPEG of 12 bits is read as one sample in 16 bits only")
    rows, columns = int(instance.Rows), int(instance.Columns)
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(
        get_frame(instance.PixelData, index, number_of_frames=int(instance.get("NumberOfFrames") or 1))
    )
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    pixels = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    pixels.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(pixels)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.MONOCHROME2))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGExtendedProcess2_4))
    stored, signed = int(instance.BitsStored), int(instance.PixelRepresentation)
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, stored, stored - 1, signed))
    decoded: str | None = image.GetBuffer()
    if decoded is None:
        raise PixelFault("a JPEG of 12 bits is damaged, or is not of Rows and Columns")
    return np.frombuffer(decoded.encode("utf-8", "surrogateescape"), dtype="<i2" if signed else "<u2").reshape(
        rows, columns
    )


def _native(instance: Dataset, transfer_syntax_uid: str, index: int) -> NDArray[np.generic]:
    rows, columns, bits = int(instance.Rows), int(instance.Columns), int(instance.BitsAllocated)
    if bits not in {8, 16, 32}:
        raise PixelFault(f"pixels of {bits} bits are not read")
    order = ">" if transfer_syntax_uid == _EXPLICIT_BIG_ENDIAN else "<"
    cell = np.dtype(f"{order}{'i' if instance.PixelRepresentation else 'u'}{bits // 8}")
    frame_bytes = rows * columns * cell.itemsize
    content, start = _frame_bytes(instance, transfer_syntax_uid, index, frame_bytes)
    if len(content) < start + frame_bytes:
        raise PixelFault(f"Pixel Data has {len(content)} bytes; frame {index + 1} needs {start + frame_bytes}")
    values = np.frombuffer(content, dtype=cell, count=rows * columns, offset=start)
    return values.reshape(rows, columns).astype(cell.newbyteorder("="), copy=False)


def _frame_bytes(instance: Dataset, transfer_syntax_uid: str, index: int, frame_bytes: int) -> tuple[bytes, int]:
    """Bytes with a frame in them, and where it starts."""
    if transfer_syntax_uid in _NATIVE:
        return instance.PixelData, index * frame_bytes
    if transfer_syntax_uid not in {_ENCAPSULATED_UNCOMPRESSED, _DEFLATED_FRAME}:
        raise PixelFault(f"pixels in transfer syntax {transfer_syntax_uid} are not read")
    content = get_frame(instance.PixelData, index, number_of_frames=int(instance.get("NumberOfFrames") or 1))
    if transfer_syntax_uid == _ENCAPSULATED_UNCOMPRESSED:
        return content, 0
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, frame_bytes), 0


def _only_stored_bits(values: NDArray[np.generic], instance: Dataset) -> NDArray[np.generic]:
    """Overlays and rubbish above the High Bit gone, the sign carried to the top."""
    bits = values.dtype.itemsize * 8
    stored = int(instance.get("BitsStored") or bits)
    high = int(instance.get("HighBit") or stored - 1)
    if values.ndim != 2 or values.dtype.kind not in "iu":
        raise PixelFault("pixels are not one integer a place")
    if not 0 < stored <= high + 1 <= bits:
        raise PixelFault(f"Bits Stored {stored} and High Bit {high} do not fit {bits} bits")
    if stored == bits or (high == stored - 1 and _within(values, stored)):
        return values
    whole = values.astype(np.int64) << (63 - high)
    cut = whole >> (64 - stored) if values.dtype.kind == "i" else whole.view(np.uint64) >> np.uint64(64 - stored)
    return cut.astype(values.dtype)


def _within(values: NDArray[np.generic], stored_bits: int) -> bool:
    """Whether nothing lies above the stored bits, which is quicker seen than taken away."""
    signed = values.dtype.kind == "i"
    lowest, highest = (-(1 << stored_bits - 1), (1 << stored_bits - 1) - 1) if signed else (0, (1 << stored_bits) - 1)
    return bool(values.min() >= lowest and values.max() <= highest)


def _named(fault: BaseException) -> PixelFault:
    """The kind of the fault only: what a parser says may quote the header. A fault of the disk stays what it is."""
    if isinstance(fault, OSError) and fault.errno is not None:
        raise fault
    return PixelFault(f"the decoder gave up ({type(fault).__name__})")
