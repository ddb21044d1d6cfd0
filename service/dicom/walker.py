"""The machine behind the structural walk: a stack of open levels that moves over element headers.

It is one class because its speed is the point: a CT slice has a few hundred elements and passes here before the sender
is answered. Rules are named by the numbers of `service.dicom.walk`. Positions count from the start of the buffer at
hand; `base` is what was dropped before it, since a deflated data set comes in pieces.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NoReturn, TypeAlias

from service.dicom.attributes import PIXELS, WANTED, WANTED_INSIDE, Tag
from service.dicom.faults import StructureFault, TooDeepFault, TooLargeFault, TruncatedFault, UnparsableFault
from service.dicom.syntaxes import TransferSyntax
from service.dicom.vrs import (
    LONG_VRS,
    PLAIN_TAGS,
    SEQUENCE_TAGS,
    SHORT_VRS,
    UNDEFINED_LENGTH,
    is_vr_of_a_later_edition,
)

MAX_DEPTH: Final = 64
MAX_ELEMENTS: Final = 2_000_000
MAX_KEPT_BYTES: Final = 1 << 20

Buffer: TypeAlias = bytes | memoryview
Raw: TypeAlias = tuple[bytes, bytes]
"""An element as found: its VR (empty in implicit VR) and the bytes of its value."""

_ITEM_GROUP: Final = 0xFFFE
_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD
_NOTHING: Final[frozenset[int]] = frozenset()
_ENTERED: Final = -1


@dataclass(slots=True)
class Level:
    """An open data set, item, sequence or row of fragments.

    limit: where it must have ended at the latest. delimited: a delimiter ends it, not the limit. keep: the tags whose
    values go into found.
    """

    step: Callable[[Level], None]
    start: int
    limit: int
    delimited: bool
    explicit: bool
    little_endian: bool
    keep: frozenset[int] = _NOTHING
    found: dict[int, Raw] = field(default_factory=dict)
    last_tag: int = 0


@dataclass(slots=True)
class Pixels:
    """Where an image's pixels lie; offset and length in the (inflated) data set, fragments without the offset table."""

    tag: int
    vr: bytes
    offset: int
    length: int
    encapsulated: bool
    items: int = 0

    @property
    def fragments(self) -> int:
        """How many fragments encapsulated pixels have; 0 for native ones."""
        return max(self.items - 1, 0)


class _MoreNeeded(Exception):
    """The value of a kept element has not come yet."""


_HEADER: Final = {
    (True, True): struct.Struct("<HH2sH").unpack_from,
    (True, False): struct.Struct(">HH2sH").unpack_from,
    (False, True): struct.Struct("<HHL").unpack_from,
    (False, False): struct.Struct(">HHL").unpack_from,
}
_LONG: Final = {True: struct.Struct("<L").unpack_from, False: struct.Struct(">L").unpack_from}


class Walker:
    """Walks one data set; `run` may be called with one piece after the other, `final` with the last."""

    def __init__(self, syntax: TransferSyntax, limit: int) -> None:
        self.base = 0
        self.pos = 0
        self.left = MAX_ELEMENTS
        self.inside: dict[int, dict[int, Raw]] = {}
        self.pixels: Pixels | None = None
        self._buffer: Buffer = b""
        self._encapsulated = syntax.encapsulated
        step = self._explicit if syntax.explicit else self._implicit
        self.root = Level(step, 0, limit, False, syntax.explicit, syntax.little_endian, WANTED)  # noqa: FBT003
        self._stack = [self.root]

    def run(self, buffer: Buffer, *, final: bool) -> None:
        """Walk as far as the buffer goes; raises a StructureFault at the first thing that is wrong."""
        self._buffer = buffer
        try:
            while self._stack:
                level = self._stack[-1]
                level.step(level)
        except (struct.error, _MoreNeeded):
            if final:
                self._end()

    def drop(self, count: int) -> None:
        """Forget that many bytes of the buffer: positions count from behind them."""
        self.base += count
        self.pos -= count
        for level in self._stack:
            level.start -= count
            level.limit -= count

    def end_at(self, limit: int) -> None:
        """The data set turns out to end here: whatever was to reach farther is cut."""
        for level in self._stack:
            if level is not self.root and not level.delimited and level.limit > limit:
                raise TruncatedFault("the data set ends inside a sequence", self.base + level.start)
            level.limit = min(level.limit, limit)
        if self.pos > limit:
            raise TruncatedFault("the data set ends inside this value", self.base + limit, self.root.last_tag)

    def _end(self) -> None:
        """Rule 3: the data set ends within a header; right only for the one byte that pads an odd data set."""
        rest = bytes(self._buffer[self.pos :])
        if len(self._stack) == 1 and rest == b"\0" and (self.base + self.pos) % 2 == 1:
            self._stack.clear()
            return
        raise TruncatedFault("the data set ends inside an element", self.base + self.pos)

    def _explicit(self, level: Level) -> None:
        """Elements in explicit VR, up to the first that opens or closes a level."""
        buffer, pos, limit, keep, left, tag = self._buffer, self.pos, level.limit, level.keep, self.left, level.last_tag
        header = _HEADER[True, level.little_endian]
        try:
            while pos < limit:
                left -= 1
                if left < 0:
                    self._too_many(pos)
                group, element, vr, length = header(buffer, pos)
                if vr in SHORT_VRS and 7 < group < _ITEM_GROUP:
                    value = pos + 8
                else:
                    value, length = self._uncommon(level, pos, (group, element, vr))
                    if length == _ENTERED:
                        pos = value
                        return
                end = value + length
                tag = group << 16 | element
                if end > limit:
                    self._past(level, pos, tag, length)
                if tag in keep:
                    self._keep(level, tag, vr, (pos, value, end))
                pos = end
        finally:
            self.pos, self.left, level.last_tag = pos, left, tag
        self._close(level)

    def _implicit(self, level: Level) -> None:
        """Elements in implicit VR, up to the first that opens or closes a level."""
        buffer, pos, limit, keep, left, tag = self._buffer, self.pos, level.limit, level.keep, self.left, level.last_tag
        header = _HEADER[False, level.little_endian]
        try:
            while pos < limit:
                left -= 1
                if left < 0:
                    self._too_many(pos)
                group, element, length = header(buffer, pos)
                if not 7 < group < _ITEM_GROUP:
                    self._delimiter(level, pos, group << 16 | element, length)
                    pos += 8
                    return
                tag = group << 16 | element
                end = pos + 8 + length
                if length == UNDEFINED_LENGTH or (length and tag in SEQUENCE_TAGS):
                    self._open(level, tag, b"", (pos, pos + 8, length))
                    pos += 8
                    return
                if end > limit:
                    self._past(level, pos, tag, length)
                if tag in keep:
                    self._keep(level, tag, b"", (pos, pos + 8, end))
                pos = end
        finally:
            self.pos, self.left, level.last_tag = pos, left, tag
        self._close(level)

    def _uncommon(self, level: Level, pos: int, header: tuple[int, int, bytes]) -> tuple[int, int]:
        """An explicit header that is not 16-bit: start and length of its value, or where to go on and _ENTERED."""
        group, element, vr = header
        tag = group << 16 | element
        if not 7 < group < _ITEM_GROUP:
            (length,) = _LONG[level.little_endian](self._buffer, pos + 4)
            self._delimiter(level, pos, tag, length)
            return pos + 8, _ENTERED
        if vr not in LONG_VRS and not self._is_new_vr(pos, vr):
            self._without_vr(level, pos, tag)
            return pos, _ENTERED
        (length,) = _LONG[level.little_endian](self._buffer, pos + 8)
        if length == UNDEFINED_LENGTH or (length and vr == b"SQ"):
            self._open(level, tag, vr, (pos, pos + 12, length))
            return pos + 12, _ENTERED
        return pos + 12, length

    def _is_new_vr(self, pos: int, vr: bytes) -> bool:
        """Rule 5: two capital letters unknown to us, and the reserved bytes that all VRs to come shall have."""
        return is_vr_of_a_later_edition(vr) and bytes(self._buffer[pos + 6 : pos + 8]) == b"\0\0"

    def _without_vr(self, level: Level, pos: int, tag: int) -> None:
        """Rule 5: an item in explicit VR whose first element shows no VR is read as implicit, as a whole."""
        if level is self.root or pos != level.start:
            raise UnparsableFault("no value representation", self.base + pos, tag)
        level.explicit = False
        level.step = self._implicit

    def _delimiter(self, level: Level, pos: int, tag: int, length: int) -> None:
        """Rules 6 and 8: among elements nothing of group FFFE may stand but the end of an item of undefined length."""
        if tag != _ITEM_END or not level.delimited:
            what = "stray item or delimiter" if tag >> 16 == _ITEM_GROUP else "group not allowed in a data set"
            raise UnparsableFault(what, self.base + pos, tag)
        if length != 0:
            raise UnparsableFault("delimiter with a length", self.base + pos, tag)
        self._stack.pop()

    def _open(self, level: Level, tag: int, vr: bytes, place: tuple[int, int, int]) -> None:
        """Rule 7: go into the items of a sequence, or into the fragments of encapsulated pixels."""
        pos, value, length = place
        undefined = length == UNDEFINED_LENGTH
        limit = level.limit if undefined else value + length
        if limit > level.limit:
            self._past(level, pos, tag, length)
        if len(self._stack) > 2 * MAX_DEPTH:
            raise TooDeepFault(f"more than {MAX_DEPTH} nested sequences", self.base + pos, tag)
        level.last_tag = tag
        opened = Level(self._items, value, limit, undefined, vr == b"SQ" and level.explicit, level.little_endian)
        if undefined and tag == Tag.PIXEL_DATA and vr in {b"OB", b"OW"} and self._encapsulated:
            opened.step = self._fragments
            self._keep_pixels(level, Pixels(tag, vr, self.base + value, 0, encapsulated=True), self.base + pos)
        elif (vr and vr not in {b"SQ", b"UN"}) or (not vr and tag in PLAIN_TAGS):
            raise UnparsableFault("undefined length not allowed here", self.base + pos, tag)
        elif vr == b"UN" and not level.little_endian:
            raise UnparsableFault("undefined length of UN in big endian", self.base + pos, tag)
        if level is not self.root:
            opened.keep, opened.found = level.keep, level.found
        elif tag in WANTED_INSIDE:
            opened.keep, opened.found = WANTED_INSIDE[tag], self.inside.setdefault(tag, {})
        self._stack.append(opened)

    def _items(self, level: Level) -> None:
        """The items of a sequence, up to the first that has elements or the end of the sequence."""
        header = _HEADER[False, level.little_endian]
        while self.pos < level.limit:
            pos = self.pos
            group, element, length = header(self._buffer, pos)
            tag = group << 16 | element
            if tag == _SEQUENCE_END and level.delimited and length == 0:
                self.pos = pos + 8
                self._stack.pop()
                return
            if tag != _ITEM:
                raise UnparsableFault("no item where an item must be", self.base + pos, tag)
            self._spend(pos)
            undefined = length == UNDEFINED_LENGTH
            limit = level.limit if undefined else pos + 8 + length
            if limit > level.limit:
                self._past(level, pos, tag, length)
            self.pos = pos + 8
            if length:
                step = self._explicit if level.explicit else self._implicit
                explicit, order = level.explicit, level.little_endian
                self._stack.append(Level(step, pos + 8, limit, undefined, explicit, order, level.keep, level.found))
                return
        self._close(level)

    def _fragments(self, level: Level) -> None:
        """The fragments of encapsulated pixels, to the delimiter (PS3.5 A.4)."""
        header = _HEADER[False, True]
        while self.pos < level.limit:
            group, element, length = header(self._buffer, self.pos)
            tag = group << 16 | element
            if tag == _SEQUENCE_END and length == 0:
                self._end_fragments()
                return
            if tag != _ITEM or length == UNDEFINED_LENGTH:
                raise UnparsableFault("no fragment where a fragment must be", self.base + self.pos, tag)
            if self.pos + 8 + length > level.limit:
                self._past(level, self.pos, tag, length)
            self._spend(self.pos)
            self.pos += 8 + length
            if self.pixels is not None and len(self._stack) == 2:
                self.pixels.items += 1
        self._close(level)

    def _end_fragments(self) -> None:
        self.pos += 8
        self._stack.pop()
        if self.pixels is not None and len(self._stack) == 1:
            self.pixels.length = self.base + self.pos - self.pixels.offset

    def _close(self, level: Level) -> None:
        """Rule 8: the limit of a level is reached; right only where a length and no delimiter ends it."""
        if level.delimited:
            raise TruncatedFault("not closed before its parent ends", self.base + level.start)
        self._stack.pop()

    def _keep(self, level: Level, tag: int, vr: bytes, place: tuple[int, int, int]) -> None:
        """Rule 9: keep the value of an element that is looked at; twice at the top level is a fault."""
        pos, value, end = place
        if level is self.root and tag in PIXELS:
            native = Pixels(tag, vr, self.base + value, end - value, encapsulated=False)
            self._keep_pixels(level, native, self.base + pos)
            return
        if end - value > MAX_KEPT_BYTES:
            raise TooLargeFault("value of more than a megabyte", self.base + pos, tag)
        if tag in level.found:
            if level is self.root:
                raise UnparsableFault("occurs twice", self.base + pos, tag)
            return
        if end > len(self._buffer):
            raise _MoreNeeded
        level.found[tag] = (vr, bytes(self._buffer[value:end]))

    def _keep_pixels(self, level: Level, pixels: Pixels, offset: int) -> None:
        if level is not self.root:
            return
        if self.pixels is not None:
            raise UnparsableFault("occurs twice", offset, pixels.tag)
        self.pixels = pixels

    def _past(self, level: Level, pos: int, tag: int, length: int) -> NoReturn:
        parent = "the end" if level.limit == self.root.limit else "its parent's end"
        raise TruncatedFault(f"{length} bytes run past {parent}", self.base + pos, tag)

    def _spend(self, pos: int) -> None:
        self.left -= 1
        if self.left < 0:
            self._too_many(pos)

    def _too_many(self, pos: int) -> NoReturn:
        raise TooLargeFault(f"more than {MAX_ELEMENTS} elements", self.base + pos)


__all__ = ["MAX_DEPTH", "MAX_ELEMENTS", "Buffer", "Level", "Pixels", "Raw", "StructureFault", "Walker"]
