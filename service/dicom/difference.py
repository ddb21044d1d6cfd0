"""Where two stored objects differ, attribute by attribute: private and nested ones, and the pixels, too.

Says names and lengths, never a value: what may be shown of a value is for whoever shows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydicom.datadict import keyword_for_tag

from service.dicom.attributes import PIXELS
from service.dicom.json_model import little_endian_value, object_tree
from service.dicom.syntaxes import transfer_syntax
from service.dicom.tree import DataSet, Element

_PIXEL_NAMES: Final = {
    0x7FE00008: "Float Pixel Data",
    0x7FE00009: "Double Float Pixel Data",
    0x7FE00010: "Pixel Data",
}
ENCODING: Final = "(encoding)"
"""The name under which a difference stands that is not one of attributes."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute that differs.

    path: keywords, or (gggg,eeee) where there is none; "Sequence[2].Attribute" is in the second item. tag: of the
    attribute, None for the encoding. words: how it differs.
    """

    path: str
    tag: int | None
    words: str


def attribute_name(tag: int) -> str:
    """The keyword, or group and element where the dictionary knows none."""
    written = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    if tag & 0x10000:
        return f"private {written}"
    return keyword_for_tag(tag) or written


def differences(served: bytes, held: bytes) -> tuple[Difference, ...]:
    """How two Part 10 files differ, in the order of their attributes; never empty where their data sets do.

    Raises NotPart10 or StructureFault only for what was never stored.
    """
    ours_syntax, ours = object_tree(memoryview(served))
    theirs_syntax, theirs = object_tree(memoryview(held))
    found = tuple(_between(ours, theirs, ""))
    if ours_syntax != theirs_syntax:
        words = f"served in {transfer_syntax(ours_syntax).name}, held in {transfer_syntax(theirs_syntax).name}"
        return (*found, Difference(ENCODING, None, words))
    if found or served == held:
        return found
    words = "every attribute has the same value; only the way it is written differs (lengths, order or padding)"
    return (Difference(ENCODING, None, words),)


def _between(ours: DataSet, theirs: DataSet, place: str) -> Iterator[Difference]:
    one, other = _by_tag(ours), _by_tag(theirs)
    for tag in sorted(one.keys() | other.keys()):
        path = f"{place}{attribute_name(tag)}"
        if tag not in other:
            yield Difference(path, tag, f"{_noun(tag)}only in what is served")
        elif tag not in one:
            yield Difference(path, tag, f"{_noun(tag)}only in what is held")
        elif len(one[tag]) != len(other[tag]):
            yield Difference(path, tag, f"written {len(one[tag])} times in one, {len(other[tag])} times in the other")
        else:
            for first, second in zip(one[tag], other[tag], strict=True):
                yield from _of_element(first, second, path)


def _by_tag(data_set: DataSet) -> dict[int, list[Element]]:
    """By tag; group lengths say nothing of their own."""
    found: dict[int, list[Element]] = defaultdict(list)
    for element in data_set:
        if element.tag & 0xFFFF:
            found[element.tag].append(element)
    return found


def _of_element(ours: Element, theirs: Element, path: str) -> Iterator[Difference]:
    if ours.items is not None and theirs.items is not None:
        yield from _of_items(ours.items, theirs.items, ours.tag, path)
    elif (ours.items is None) != (theirs.items is None):
        yield Difference(path, ours.tag, "items in one, a plain value in the other")
    elif _parts(ours) != _parts(theirs):
        yield Difference(path, ours.tag, f"{_noun(ours.tag)}{_how(_parts(ours), _parts(theirs))}")


def _of_items(ours: Sequence[DataSet], theirs: Sequence[DataSet], tag: int, path: str) -> Iterator[Difference]:
    if len(ours) != len(theirs):
        yield Difference(path, tag, f"{len(ours)} items in what is served, {len(theirs)} in what is held")
    for number, (one, other) in enumerate(zip(ours, theirs, strict=False), start=1):
        yield from _between(one, other, f"{path}[{number}].")


def _parts(element: Element) -> tuple[bytes | memoryview, ...]:
    """Its bytes in one byte order; of encapsulated pixels the fragments without the offset table, which says where."""
    return element.fragments[1:] if element.fragments is not None else (little_endian_value(element),)


def _how(ours: Sequence[bytes | memoryview], theirs: Sequence[bytes | memoryview]) -> str:
    one, other = sum(map(len, ours)), sum(map(len, theirs))
    if one == other:
        return f"differs: equal length, {one} bytes"
    return f"differs: {one} bytes in what is served, {other} in what is held"


def _noun(tag: int) -> str:
    return f"{_PIXEL_NAMES[tag]} " if tag in PIXELS else ""
