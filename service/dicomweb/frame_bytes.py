"""The bytes of one frame, stored or decoded, in memory: for frames that cannot be sent as they lie on the disk."""

from __future__ import annotations

from dataclasses import dataclass

from service.archive.query import StoredFile
from service.archive.store import Archive
from service.dicom.pixel_layout import Extent, PixelLayout
from service.dicom.syntaxes import transfer_syntax
from service.dicom.words import turned_over
from service.dicomweb.frame_choice import Given
from service.dicomweb.stored_bytes import path_of, read_pieces
from service.pixels.pool import PixelPool


def as_it_lies(stored: StoredFile, layout: PixelLayout, number: int, given: Given) -> tuple[Extent, ...] | None:
    """Where on the disk the bytes of a frame are that go out; None where they have to be made of what is there.

    layout: of what is given, the object or its copy. Raises NoSuchFrame, FramesUnclear.
    """
    if layout.is_encapsulated:
        extents = layout.frame(number)
        return None if given is Given.DECODED else extents
    extent, first_bit = layout.native_frame(number)
    whole_bytes = first_bit == 0 and layout.frame_bits % 8 == 0
    deflated = transfer_syntax(stored.transfer_syntax_uid).deflated
    return (extent,) if whole_bytes and layout.word_bytes == 1 and not deflated else None


@dataclass(frozen=True, slots=True)
class FrameReader:
    """Makes frames of stored objects; waits for the disk and for the children that decode."""

    archive: Archive
    pool: PixelPool

    def frame(self, stored: StoredFile, layout: PixelLayout, number: int, given: Given) -> bytes:
        """A frame, counted from 1. Raises NoSuchFrame, FramesUnclear, DecodeFault, ObjectMissing."""
        if not layout.is_encapsulated:
            return self._native(stored, layout, number)
        extents = layout.frame(number)
        if given is Given.STORED:
            return b"".join(read_pieces(self.archive, stored, extents))
        return self.pool.decode(path_of(self.archive, stored), number, extents)

    def _native(self, stored: StoredFile, layout: PixelLayout, number: int) -> bytes:
        extent, first_bit = layout.native_frame(number)
        whole, before = layout.whole_words(extent)
        found = turned_over(b"".join(read_pieces(self.archive, stored, (whole,))), layout.word_bytes)
        found = found[before : before + extent[1]]
        if first_bit or layout.frame_bits % 8:
            return realigned(found, first_bit, layout.frame_bits)
        return found


def realigned(packed: bytes, first_bit: int, frame_bits: int) -> bytes:
    """A frame of single bits that begins within a byte, moved to its beginning; the least bit is the first pixel.

    Source: PS3.5 8.1.1 and 8.2 (frames of one bit a pixel follow each other without padding), PS3.18 8.7.3.
    """
    bits = int.from_bytes(packed, "little") >> first_bit & (1 << frame_bits) - 1
    return bits.to_bytes((frame_bits + 7) // 8, "little")
