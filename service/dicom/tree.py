"""A data set as a tree of elements: for whoever needs all of them, like the metadata of DICOMweb.

Reads what the structural walk let pass, by the same rules; sequences are at most 64 deep there, so recursion is safe
here. pydicom is asked for its dictionary only: its parser raises on values and on lengths of objects that we store.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeAlias

from pydicom.datadict import dictionary_VR, private_dictionary_VR

from service.dicom.faults import StructureFault, TooDeepFault, TruncatedFault, UnparsableFault
from service.dicom.syntaxes import TransferSyntax
from service.dicom.vrs import LONG_VRS, SHORT_VRS, UNDEFINED_LENGTH, is_vr_of_a_later_edition
from service.dicom.walker import MAX_DEPTH

_ITEM_GROUP: Final = 0xFFFE
_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD
_PIXEL_DATA: Final = 0x7FE00010
_PIXEL_REPRESENTATION: Final = 0x00280103
# What the dictionary leaves open: numbers by Pixel Representation, the rest as the 16-bit words of implicit VR.
_WORDS: Final = frozenset({"OB or OW", "US or OW", "US or SS or OW"})


@dataclass(frozen=True, slots=True)
class Element:
    """One data element.

    vr: as written or, in implicit VR and for UN that the dictionary knows, as the dictionary says. value: its bytes,
    empty where there are items or fragments. items: of a sequence, else None. fragments: of encapsulated pixels, the
    first is the offset table; else None.
    """

    tag: int
    vr: str
    value: memoryview
    little_endian: bool
    items: tuple[DataSet, ...] | None = None
    fragments: tuple[memoryview, ...] | None = None


DataSet: TypeAlias = tuple[Element, ...]


class _Header(NamedTuple):
    """coded: the VR as written, empty in implicit VR; length may be undefined."""

    tag: int
    coded: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class _How:
    """How a level is read; signed: what "US or SS" means in it (by Pixel Representation)."""

    explicit: bool
    little_endian: bool
    depth: int = 0
    signed: bool = False

    def unpack(self, form: str, data: memoryview, pos: int) -> tuple[int, ...]:
        return struct.unpack_from(("<" if self.little_endian else ">") + form, data, pos)


def read_tree(data_set: memoryview, syntax: TransferSyntax) -> DataSet:
    """All top-level elements of an (inflated) data set, in their order, with everything below.

    Where the bytes end within an element (behind the padding of an odd data set, or because only the beginning of a
    deflated one is at hand) what stands before it is returned. Raises UnparsableFault or TooDeepFault where the walk
    would.
    """
    top: list[Element] = []
    try:
        _Reader(data_set).data_set((0, len(data_set)), _How(syntax.explicit, syntax.little_endian), top)
    except (TruncatedFault, struct.error):
        return tuple(top)
    return tuple(top)


class _Reader:
    """Recursive descent over the bytes of one data set; a method returns what it read and the position behind it."""

    def __init__(self, data: memoryview) -> None:
        self._data = data

    def data_set(self, span: tuple[int, int], how: _How, into: list[Element]) -> int:
        """Elements up to the end of the span, or to an item delimiter."""
        pos, end = span
        creators: dict[int, str] = {}
        while pos < end:
            header = self._header(pos, how)
            if header.tag == _ITEM_END:
                return header.start
            element, pos = self._element(header, end, how, creators)
            into.append(element)
            if header.tag & 0x10000 and 0x10 <= header.tag & 0xFFFF <= 0xFF:
                creators[header.tag] = bytes(element.value).decode("latin-1").strip(" \0")
            elif header.tag == _PIXEL_REPRESENTATION:
                how = replace(how, signed=any(element.value))
        return end

    def _header(self, pos: int, how: _How) -> _Header:
        group, number = how.unpack("HH", self._data, pos)
        tag = group << 16 | number
        if not how.explicit or group == _ITEM_GROUP:
            return _Header(tag, "", pos + 8, how.unpack("L", self._data, pos + 4)[0])
        vr = bytes(self._data[pos + 4 : pos + 6])
        if vr in SHORT_VRS:
            return _Header(tag, vr.decode(), pos + 8, how.unpack("H", self._data, pos + 6)[0])
        if vr not in LONG_VRS and not is_vr_of_a_later_edition(vr):
            raise UnparsableFault("no value representation", pos, tag)
        return _Header(tag, vr.decode() if vr in LONG_VRS else "UN", pos + 12, how.unpack("L", self._data, pos + 8)[0])

    def _element(self, header: _Header, end: int, how: _How, creators: dict[int, str]) -> tuple[Element, int]:
        tag, coded, start, length = header
        undefined = length == UNDEFINED_LENGTH
        stop = end if undefined else start + length
        if stop > end:
            raise TruncatedFault("runs past its parent's end", start, tag)
        if undefined and tag == _PIXEL_DATA and coded in {"OB", "OW"}:
            fragments, pos = self._fragments(start, stop)
            return Element(tag, coded, self._data[:0], little_endian=True, fragments=fragments), pos
        vr = coded if coded not in {"", "UN"} else _dictionary_vr(tag, creators, signed=how.signed)
        if undefined or coded == "SQ" or (not coded and vr == "SQ"):
            inner = _How(explicit=False, little_endian=True, depth=how.depth) if coded == "UN" else how
            items, pos = self._items((start, stop), replace(inner, depth=how.depth + 1))
            return Element(tag, "SQ", self._data[:0], how.little_endian, items=items), pos
        if vr == "SQ":
            return self._unknown_sequence(header, how), stop
        return Element(tag, vr, self._data[start:stop], how.little_endian), stop

    def _unknown_sequence(self, header: _Header, how: _How) -> Element:
        """A sequence that came as UN of defined length: its items where they can be read, else its bytes."""
        span = (header.start, header.start + header.length)
        try:
            items, _ = self._items(span, _How(explicit=False, little_endian=True, depth=how.depth + 1))
        except (StructureFault, struct.error):
            return Element(header.tag, "UN", self._data[slice(*span)], how.little_endian)
        return Element(header.tag, "SQ", self._data[:0], how.little_endian, items=items)

    def _items(self, span: tuple[int, int], how: _How) -> tuple[tuple[DataSet, ...], int]:
        pos, end = span
        items: list[DataSet] = []
        while pos < end:
            if how.depth > MAX_DEPTH:
                raise TooDeepFault(f"more than {MAX_DEPTH} nested sequences", pos)
            tag, _, start, length = self._header(pos, replace(how, explicit=False))
            if tag == _SEQUENCE_END:
                return tuple(items), start
            if tag != _ITEM:
                raise UnparsableFault("no item where an item must be", pos, tag)
            stop = end if length == UNDEFINED_LENGTH else start + length
            if stop > end:
                raise TruncatedFault("runs past its parent's end", pos, tag)
            item: list[Element] = []
            pos = self.data_set((start, stop), replace(how, explicit=how.explicit and self._shows_vr(start)), item)
            items.append(tuple(item))
        return tuple(items), end

    def _shows_vr(self, pos: int) -> bool:
        """Rule 5 of the walk; an item without elements shows none and needs none."""
        vr = bytes(self._data[pos + 4 : pos + 6])
        return vr in SHORT_VRS or vr in LONG_VRS or is_vr_of_a_later_edition(vr)

    def _fragments(self, pos: int, end: int) -> tuple[tuple[memoryview, ...], int]:
        fragments: list[memoryview] = []
        how = _How(explicit=False, little_endian=True)
        while True:
            tag, _, start, length = self._header(pos, how)
            if tag == _SEQUENCE_END:
                return tuple(fragments), start
            if tag != _ITEM:
                raise UnparsableFault("no fragment where a fragment must be", pos, tag)
            pos = start + length
            if pos > end:
                raise TruncatedFault("runs past its parent's end", start, tag)
            fragments.append(self._data[start:pos])


def _dictionary_vr(tag: int, creators: dict[int, str], *, signed: bool) -> str:
    """The VR of an attribute by PS3.6, or by its private creator; UN where nobody knows."""
    if tag & 0xFFFF == 0:
        return "UL"
    if tag & 0x10000 and 0x10 <= tag & 0xFFFF <= 0xFF:
        return "LO"
    try:
        if tag & 0x10000:
            vr = private_dictionary_VR(tag, creators.get(tag & 0xFFFF0000 | tag >> 8 & 0xFF, ""))
        else:
            vr = dictionary_VR(tag)
    except KeyError:
        return "UN"
    if vr in _WORDS:
        return "OW"
    return ("SS" if signed else "US") if vr == "US or SS" else vr
