"""A compressed object as Explicit VR Little Endian has it, but for the pixels: those are decoded frame by frame."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Final

from pydicom import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset

from models.decoding import PixelFault, read_before_pixels
from service.dicom.part10 import file_header
from service.dicom.pixel_layout import Extent
from service.dicom.syntaxes import EXPLICIT_VR_LITTLE_ENDIAN, transfer_syntax
from service.pixels.around import AroundPixels

MOST_PIXEL_BYTES: Final = 2**32 - 2
"""What a length of 32 bits can say (PS3.5 7.1.1); more has to stay in fragments."""
_BECOMES_RGB: Final = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"})
"""Colours that service.pixels.decode gives as RGB, pixel after pixel."""
_ALWAYS_LOSSY: Final = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
_OF_FRAGMENTS: Final = (0x7FE00001, 0x7FE00002, 0x7FE00003)
"""Extended offset table, its lengths, and the length of all fragments: of encapsulated pixels alone (PS3.3 C.7.6.3)."""
_NO_LONGER_TRUE: Final = (0xFFFAFFFA, 0xFFFCFFFC)
"""Digital signatures over the former bytes, and padding."""
_DELIMITER: Final = b"\xfe\xff\xdd\xe0"
_META_BYTES: Final = 144


def around_pixels(path: Path, value: Extent | None) -> AroundPixels:
    """What a stored object says beside its pixels, changed only where decoding changes what is true.

    value: where Pixel Data lies in the data set; None where there is none. Colours become RGB, and the word on lossy
    compression stays. Raises PixelFault, and OSError where the file cannot be read.
    Source: PS3.5 8.2 and A.4, PS3.3 C.7.6.3.1.2 (photometric interpretation), C.7.6.1.1.5 (lossy compression).
    """
    header = read_before_pixels(path)
    syntax = transfer_syntax(str(header.file_meta.TransferSyntaxUID))
    if not syntax.encapsulated or not syntax.decodable:
        raise PixelFault(f"objects in transfer syntax {syntax.uid} are not decoded")
    meta = file_header(
        sop_class_uid=str(header.file_meta.MediaStorageSOPClassUID),
        sop_instance_uid=str(header.file_meta.MediaStorageSOPInstanceUID),
        transfer_syntax_uid=EXPLICIT_VR_LITTLE_ENDIAN,
    )
    if value is None:
        return AroundPixels(meta + _written(header), b"", 0, 0)
    frame_bytes, frames = _frame_bytes(header), int(header.get("NumberOfFrames") or 1)
    size = frame_bytes * frames
    if size > MOST_PIXEL_BYTES:
        raise PixelFault("the pixels are longer than 4 GiB when decoded")
    _make_true(header, syntax.uid)
    vr = b"OW" if int(header.BitsAllocated) > 8 else b"OB"
    pixels = struct.pack("<HH2sHL", 0x7FE0, 0x0010, vr, 0, size + size % 2)
    behind = b"\0" * (size % 2) + _behind(path, value)
    return AroundPixels(meta + _written(header) + pixels, behind, frames, frame_bytes)


def _frame_bytes(header: Dataset) -> int:
    """Of one decoded frame. Raises PixelFault."""
    bits, samples = int(header.get("BitsAllocated") or 0), int(header.get("SamplesPerPixel") or 1)
    if bits not in {8, 16, 32} or samples not in {1, 3}:
        raise PixelFault(f"pixels of {samples} samples of {bits} bits are not decoded")
    if samples == 3 and str(header.get("PhotometricInterpretation")) not in _BECOMES_RGB:
        raise PixelFault("pixels of this photometric interpretation are not decoded")
    return int(header.Rows) * int(header.Columns) * samples * bits // 8


def _make_true(header: Dataset, transfer_syntax_uid: str) -> None:
    if int(header.get("SamplesPerPixel") or 1) == 3:
        header.PhotometricInterpretation, header.PlanarConfiguration = "RGB", 0
    if transfer_syntax_uid in _ALWAYS_LOSSY and not header.get("LossyImageCompression"):
        header.LossyImageCompression = "01"
    for tag in _OF_FRAGMENTS:
        header.pop(tag, None)
    icons = header.get("IconImageSequence") or ()
    if any("PixelData" in icon and icon["PixelData"].is_undefined_length for icon in icons):
        del header.IconImageSequence  # compressed too, and optional (PS3.3 table C.7-9)


def _behind(path: Path, value: Extent) -> bytes:
    """The elements behind the pixels."""
    with path.open("rb") as stream:
        (length,) = struct.unpack_from("<L", stream.read(_META_BYTES), _META_BYTES - 4)
        stream.seek(_META_BYTES + length + sum(value))
        rest = stream.read()
    if rest.startswith(_DELIMITER):
        rest = rest[8:]
    elements = read_dataset(io.BytesIO(rest), is_implicit_VR=False, is_little_endian=True)
    for tag in _NO_LONGER_TRUE:
        elements.pop(tag, None)
    return _written(elements)


def _written(elements: Dataset) -> bytes:
    stream = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = False, True
    write_dataset(stream, elements)
    return stream.getvalue()
