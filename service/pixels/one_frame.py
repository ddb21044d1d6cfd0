"""One frame of a stored object without the others: a child reads what it decodes, however many frames there are."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydicom import Dataset
from pydicom.encaps import encapsulate

from models.decoding import PixelFault, read_before_pixels, read_instance
from service.dicom.faults import StructureFault
from service.dicom.part10 import NotPart10, split
from service.dicom.pixel_layout import Extent, NoSuchFrame, pixel_layout
from service.dicom.syntaxes import transfer_syntax
from service.dicom.walk import walk

_PIXEL_DATA: Final = 0x7FE00010
_PIXEL_GROUP: Final = 0x0028
_META_BYTES: Final = 144


@dataclass(frozen=True, slots=True)
class OneFrame:
    """A frame and what its object says. number: of the frame in pixels, from 1; pixels: with Pixel Data in it."""

    header: Dataset
    pixels: Dataset
    number: int

    @property
    def transfer_syntax_uid(self) -> str:
        """What the pixels are encoded in."""
        return str(self.pixels.file_meta.TransferSyntaxUID)


def read_frame(path: Path, frame_number: int, extents: Sequence[Extent] = ()) -> OneFrame:
    """A frame, counted from 1, of a stored object.

    extents: where its bytes lie in the data set, where the caller knows. Of a single frame, of deflated objects and of
    frames that begin within a byte the object is read whole. Raises PixelFault, and OSError where it cannot be read.
    """
    header = read_before_pixels(path)
    frames = int(header.get("NumberOfFrames") or 1)
    if not 1 <= frame_number <= frames:
        raise PixelFault(f"there is no frame {frame_number}")
    syntax = transfer_syntax(str(header.file_meta.TransferSyntaxUID))
    found = () if frames == 1 or syntax.deflated else extents or _found(path, frame_number)
    if not found:
        whole = read_instance(path)
        return OneFrame(whole, whole, frame_number)
    content = _read(path, found)
    pixels = header.group_dataset(_PIXEL_GROUP)
    pixels.file_meta = header.file_meta
    pixels.pop("NumberOfFrames")  # its elements are the header's own, so none is changed
    if syntax.encapsulated:
        pixels.add_new(_PIXEL_DATA, "OB", encapsulate([content], has_bot=False))
        pixels["PixelData"].is_undefined_length = True
    else:
        pixels.add_new(_PIXEL_DATA, "OW" if int(header.BitsAllocated) > 8 else "OB", content)
    return OneFrame(header, pixels, 1)


def _found(path: Path, frame_number: int) -> Sequence[Extent]:
    """Where a frame lies, found by walking the object; nothing where it has to be read whole. Raises PixelFault."""
    with path.open("rb") as stream:
        mapped = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    try:
        meta, start = split(mapped)
        layout = pixel_layout(walk(mapped[start:], meta.transfer_syntax_uid), mapped[start:])
    except (NotPart10, StructureFault) as fault:
        raise PixelFault("the object is not whole") from fault
    if layout is None:
        return ()
    try:
        return layout.whole_bytes(frame_number)
    except NoSuchFrame as fault:
        raise PixelFault(str(fault)) from fault


def _read(path: Path, extents: Sequence[Extent]) -> bytes:
    with path.open("rb") as stream:
        (length,) = struct.unpack_from("<L", stream.read(_META_BYTES), _META_BYTES - 4)
        parts = []
        for offset, size in extents:
            stream.seek(_META_BYTES + length + offset)
            parts.append(stream.read(size))
            if len(parts[-1]) < size:
                raise PixelFault("the object is shorter than when it was received")
    return b"".join(parts)
