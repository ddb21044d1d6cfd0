"""Where each frame's pixels lie in a data set: found once, so that a frame is read without its object (PS3.5 8, A.4).

Native pixels are one run of bits, frame after frame. Encapsulated ones are fragments behind a Basic Offset Table: one a
frame as a rule, several where the table says so or where each frame shows its own beginning. An Extended Offset Table
is not needed: with it every frame is one fragment (PS3.3 C.7.6.3.1.8).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

import orjson

from service.dicom import values
from service.dicom.attributes import Tag
from service.dicom.walk import Walked
from service.dicom.walker import Buffer, Pixels

Extent: TypeAlias = tuple[int, int]
"""Offset in the (inflated) data set and length, in bytes."""
MAX_FRAMES: Final = 1_000_000
_ITEM: Final = 0xFFFEE000
_BEGINNINGS: Final = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ", b"\xff\x0a")
"""First bytes of a JPEG and JPEG-LS stream, a JPEG 2000 codestream, a JP2 file and a JPEG XL codestream."""
_LONGEST_BEGINNING: Final = max(map(len, _BEGINNINGS))
_PIXEL_BITS: Final = {Tag.FLOAT_PIXEL_DATA: 32, Tag.DOUBLE_FLOAT_PIXEL_DATA: 64}


class FramesUnclear(ValueError):
    """Nobody can say which bytes are which frame: a video, or fragments without a table and without beginnings."""


class NoSuchFrame(LookupError):
    """A frame number that the object does not have."""


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """Where the pixels of an object lie.

    value: their whole value. frame_bits: of a native frame, 0 for encapsulated pixels. word_bytes: of native pixels how
    many bytes are to be turned over each time to have little endian, 1 where none are. fragments: of encapsulated
    pixels, without the offset table. firsts: for each frame the index of its first fragment; empty where it is unclear.
    """

    value: Extent
    frame_count: int
    frame_bits: int = 0
    word_bytes: int = 1
    fragments: tuple[Extent, ...] = ()
    firsts: tuple[int, ...] = ()

    @property
    def is_encapsulated(self) -> bool:
        """Whether the pixels are fragments."""
        return not self.frame_bits

    def frame(self, number: int) -> tuple[Extent, ...]:
        """The bytes of an encapsulated frame, counted from 1. Raises NoSuchFrame, FramesUnclear."""
        self._require(number)
        if not self.firsts:
            raise FramesUnclear("which fragments are which frame cannot be told")
        end = self.firsts[number] if number < self.frame_count else len(self.fragments)
        return self.fragments[self.firsts[number - 1] : end]

    def native_frame(self, number: int) -> tuple[Extent, int]:
        """The bytes that hold a native frame, counted from 1, and how many bits of the first are another frame's.

        Raises NoSuchFrame, also where the value ends before the frame does.
        """
        self._require(number)
        first_bit = (number - 1) * self.frame_bits
        start, end = first_bit // 8, (first_bit + self.frame_bits + 7) // 8
        if end > self.value[1]:
            raise NoSuchFrame(f"the pixels end before frame {number}")
        return (self.value[0] + start, end - start), first_bit % 8

    def whole_words(self, extent: Extent) -> tuple[Extent, int]:
        """The words that hold some bytes of native pixels, and how many bytes of the first word stand before those.

        A frame of an odd number of bytes begins or ends within a word of OW; the value's end may cut the last word.
        """
        start, end = extent[0] - self.value[0], extent[0] - self.value[0] + extent[1]
        before = start % self.word_bytes
        end = min(end + -end % self.word_bytes, self.value[1])
        return (extent[0] - before, end - start + before), before

    def whole_bytes(self, number: int) -> tuple[Extent, ...]:
        """Where the bytes of a frame lie in their order; nothing where it begins or ends within one, or is unclear.

        Nothing either of big endian words: those of OW go across cells of a byte and across frames. Raises NoSuchFrame.
        """
        if self.is_encapsulated:
            return self.frame(number) if self.firsts else ()
        extent, first_bit = self.native_frame(number)
        return () if first_bit or self.frame_bits % 8 or self.word_bytes > 1 else (extent,)

    def _require(self, number: int) -> None:
        if not 1 <= number <= self.frame_count:
            raise NoSuchFrame(f"there is no frame {number}; the object has {self.frame_count}")

    def to_json(self) -> bytes:
        """Compact JSON; `from_json` gives an equal layout back."""
        return orjson.dumps(
            [self.value, self.frame_count, self.frame_bits, self.word_bytes, self.fragments, self.firsts]
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> PixelLayout:
        """A layout that was kept."""
        value, count, frame_bits, word_bytes, fragments, firsts = orjson.loads(text)
        extents = tuple((offset, length) for offset, length in fragments)
        return cls((value[0], value[1]), count, frame_bits, word_bytes, extents, tuple(firsts))


def pixel_layout(walked: Walked, data_set: Buffer) -> PixelLayout | None:
    """The layout of a walked data set; None where it has no pixels, or no numbers that say how large a frame is.

    data_set: the bytes that were walked. Deflated ones are never encapsulated, and of native ones no byte is looked at.
    """
    pixels = walked.pixels
    if pixels is None:
        return None
    frames = min(max(_integer(walked, Tag.NUMBER_OF_FRAMES) or 1, 1), MAX_FRAMES)
    if pixels.encapsulated:
        return _encapsulated(pixels, frames, memoryview(data_set))
    bits = _PIXEL_BITS.get(Tag(pixels.tag)) or _unsigned(walked, Tag.BITS_ALLOCATED)
    size = _unsigned(walked, Tag.ROWS) * _unsigned(walked, Tag.COLUMNS)
    samples = _unsigned(walked, Tag.SAMPLES_PER_PIXEL) or 1
    frame_bits = size * (2 if _is_subsampled(walked) else samples) * bits
    if not frame_bits:
        return None
    return PixelLayout((pixels.offset, pixels.length), frames, frame_bits, _word_bytes(walked, pixels, bits))


def _word_bytes(walked: Walked, pixels: Pixels, bits: int) -> int:
    """Big endian words: of OW two bytes at least (PS3.5 8.1.1, 7.3), else as long as a value."""
    if walked.syntax.little_endian:
        return 1
    return max(bits // 8, 2 if pixels.vr == b"OW" else 1)


def _encapsulated(pixels: Pixels, frames: int, data_set: memoryview) -> PixelLayout | None:
    found = _items(data_set, (pixels.offset, pixels.length))
    if not found:
        return None
    (table_at, table_bytes), *fragments = found
    table = struct.unpack_from(f"<{table_bytes // 4}L", data_set, table_at)
    firsts = _by_table(table, fragments) if len(table) == frames and fragments else None
    if firsts is None:
        firsts = _by_beginnings(frames, fragments, data_set)
    return PixelLayout((pixels.offset, pixels.length), frames, fragments=tuple(fragments), firsts=firsts)


def _items(data_set: memoryview, value: Extent) -> list[Extent]:
    """The contents of the offset table and of each fragment; only their headers are looked at."""
    pos, end = value[0], sum(value)
    found: list[Extent] = []
    while pos + 8 <= end:
        group, element, length = struct.unpack_from("<HHL", data_set, pos)
        if group << 16 | element != _ITEM:
            break
        found.append((pos + 8, length))
        pos += 8 + length
    return found


def _by_table(table: Sequence[int], fragments: Sequence[Extent]) -> tuple[int, ...] | None:
    """By the Basic Offset Table, whose offsets count from the first fragment's item; None where it points elsewhere."""
    base = fragments[0][0]
    places = {offset - base: index for index, (offset, _) in enumerate(fragments)}
    firsts = [places.get(offset, -1) for offset in table]
    in_order = firsts[0] == 0 and all(one < other for one, other in pairwise(firsts))
    return tuple(firsts) if in_order else None


def _by_beginnings(frames: int, fragments: Sequence[Extent], data_set: memoryview) -> tuple[int, ...]:
    """One fragment a frame, or all of one frame, or by what begins a compressed picture; empty where unclear."""
    if len(fragments) == frames:
        return tuple(range(frames))
    if frames == 1 and fragments:
        return (0,)
    begin = tuple(
        index
        for index, (offset, _) in enumerate(fragments)
        if bytes(data_set[offset : offset + _LONGEST_BEGINNING]).startswith(_BEGINNINGS)
    )
    return begin if len(begin) == frames and begin[0] == 0 else ()


def _is_subsampled(walked: Walked) -> bool:
    """YBR_FULL_422 has two samples a pixel when it is native (PS3.3 C.7.6.3.1.2)."""
    found = walked.elements.get(Tag.PHOTOMETRIC_INTERPRETATION, (b"", b""))[1]
    return found.strip(b" \0") in {b"YBR_FULL_422", b"YBR_PARTIAL_422"}


def _unsigned(walked: Walked, tag: Tag) -> int:
    found = walked.elements.get(tag)
    return 0 if found is None else values.unsigned(found[1], little_endian=walked.syntax.little_endian) or 0


def _integer(walked: Walked, tag: Tag) -> int | None:
    found = walked.elements.get(tag)
    return None if found is None else values.integer(found[1].decode("latin-1").strip("\0 ").split("\\")[0])
