"""The DICOM JSON model (PS3.18 annex F) of a stored object: metadata as WADO-RS serves it.

Best effort by element, for objects are stored whatever their values: a number that does not parse stays text where the
model allows text and becomes null where it does not; bytes beyond whole numbers are left out; nothing raises. Text is
decoded as the header facts decode it (service.dicom.charsets) and the model is UTF-8, so a Specific Character Set is
given as ISO_IR 192. Group 0002, group lengths (F.2.2) and trailing padding (PS3.10 7.2) are left out, and Available
Transfer Syntax UID (0008,3002) is added.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from service.dicom import values
from service.dicom.attributes import PIXELS, Tag
from service.dicom.charsets import CharacterSet, character_set
from service.dicom.names import PersonName
from service.dicom.part10 import split
from service.dicom.syntaxes import transfer_syntax
from service.dicom.tree import DataSet, Element, read_tree
from service.dicom.vrs import TEXT_VRS
from service.dicom.words import turned_over

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonModel: TypeAlias = "dict[str, Json]"
BulkUri: TypeAlias = Callable[[str], str]
"""From the path of an element ("00880200/1/7FE00010": sequence, item from 1, element) to where its bytes are served."""

MAX_INLINE_BYTES: Final = 1024
MAX_INFLATED_BYTES: Final = 64 << 20

_AVAILABLE_TRANSFER_SYNTAX_UID: Final = 0x00083002
_TRAILING_PADDING: Final = 0xFFFCFFFC
_BULK_VRS: Final = frozenset(
    {"DS", "FL", "FD", "IS", "LT", "OB", "OD", "OF", "OL", "OV", "OW"}
    | {"SL", "SS", "ST", "SV", "UC", "UL", "UN", "US", "UT", "UV"}
)
_BINARY_WIDTHS: Final = {"OB": 1, "UN": 1, "OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}
_NUMBERS: Final = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}
_SINGLE: Final = frozenset({"LT", "ST", "UT", "UR"})
_EXACT_IN_JSON: Final = 2**53


class NoSuchBulkData(KeyError):
    """A path that names no element of the object, or one without bytes."""


def json_model(
    part10: bytes | memoryview,
    bulk_uri: BulkUri,
    peer_character_set: str | None = None,
    *,
    copied_as: tuple[str, ...] = (),
) -> JsonModel:
    """The metadata of a stored object from its Part 10 bytes.

    copied_as: transfer syntaxes in which its frames can be had beside the one it is stored in.

    Values of more than 1 KiB of the VRs that may be bulk data, and pixels of any size, are given as BulkDataURI. Of a
    deflated object the first 64 MiB are looked at. Raises NotPart10 or StructureFault only for what was never stored.
    """
    transfer_syntax_uid, data_set = object_tree(memoryview(part10))
    decided = _character_set(data_set, peer_character_set)
    model = _Model(bulk_uri, peer_character_set).data_set(data_set, decided, "")
    model[_key(_AVAILABLE_TRANSFER_SYNTAX_UID)] = {"vr": "UI", "Value": [transfer_syntax_uid, *copied_as]}
    return dict(sorted(model.items()))


def bulk_value(part10: bytes | memoryview, path: str) -> bytes:
    """The bytes behind a BulkDataURI, in little endian; of encapsulated pixels all fragments in a row.

    Raises NoSuchBulkData.
    """
    found = bulk_element(part10, path)
    return b"".join(found.fragments[1:]) if found.fragments is not None else little_endian_value(found)


def bulk_element(part10: bytes | memoryview, path: str) -> Element:
    """The element behind a BulkDataURI; its bytes are a view of the object's. Raises NoSuchBulkData."""
    _, data_set = object_tree(memoryview(part10))
    *sequences, last = path.split("/")
    if len(sequences) % 2:
        raise NoSuchBulkData(path)
    for tag, number in zip(sequences[::2], sequences[1::2], strict=True):
        items = _find(data_set, tag).items or ()
        if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= len(items):
            raise NoSuchBulkData(path)
        data_set = items[int(number) - 1]
    found = _find(data_set, last)
    if found.items is not None:
        raise NoSuchBulkData(path)
    return found


def _find(data_set: DataSet, key: str) -> Element:
    for element in data_set:
        if _key(element.tag) == key:
            return element
    raise NoSuchBulkData(key)


def object_tree(part10: memoryview) -> tuple[str, DataSet]:
    """Transfer syntax and elements of a stored object; of a deflated one the first 64 MiB are looked at."""
    meta, start = split(part10)
    syntax = transfer_syntax(meta.transfer_syntax_uid)
    encoded = part10[start:]
    if syntax.deflated:
        inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(encoded, MAX_INFLATED_BYTES)
        return syntax.uid, read_tree(memoryview(inflated), syntax)
    return syntax.uid, read_tree(encoded, syntax)


def _character_set(data_set: DataSet, peer_character_set: str | None) -> CharacterSet:
    declared = b"".join(bytes(each.value) for each in data_set if each.tag == Tag.SPECIFIC_CHARACTER_SET)
    return character_set(declared, _texts(data_set), peer_character_set)


def _texts(data_set: DataSet) -> Iterator[bytes]:
    """The bytes of all text that the Specific Character Set of this data set is about."""
    for element in data_set:
        if element.vr in TEXT_VRS:
            yield bytes(element.value)
        for item in element.items or ():
            if not _declares(item):
                yield from _texts(item)


def _declares(item: DataSet) -> bool:
    return any(element.tag == Tag.SPECIFIC_CHARACTER_SET for element in item)


def _key(tag: int) -> str:
    return f"{tag:08X}"


@dataclass(frozen=True, slots=True)
class _Model:
    """Turns elements into their JSON; bulk_uri names those that are served apart."""

    bulk_uri: BulkUri
    peer_character_set: str | None

    def data_set(self, data_set: DataSet, decided: CharacterSet, path: str) -> JsonModel:
        """An object by tag, in ascending order; of a repeated element the first."""
        model: JsonModel = {}
        for element in sorted(data_set, key=lambda each: each.tag):
            if element.tag & 0xFFFF and element.tag != _TRAILING_PADDING:
                model.setdefault(_key(element.tag), self._attribute(element, decided, path))
        return model

    def _attribute(self, element: Element, decided: CharacterSet, path: str) -> JsonModel:
        vr, where = element.vr, path + _key(element.tag)
        if element.tag == Tag.SPECIFIC_CHARACTER_SET:
            return {"vr": "CS", "Value": ["ISO_IR 192"]}
        if element.items is not None:
            return self._sequence(element.items, decided, where)
        if element.tag in PIXELS or (vr in _BULK_VRS and len(element.value) > MAX_INLINE_BYTES):
            return {"vr": vr, "BulkDataURI": self.bulk_uri(where)}
        if not element.value:
            return {"vr": vr}
        if vr in _BINARY_WIDTHS:
            return {"vr": vr, "InlineBinary": base64.b64encode(little_endian_value(element)).decode("ascii")}
        found = _values(element, decided)
        return {"vr": vr, "Value": found} if any(value is not None for value in found) else {"vr": vr}

    def _sequence(self, items: tuple[DataSet, ...], decided: CharacterSet, where: str) -> JsonModel:
        if not items:
            return {"vr": "SQ"}
        read: list[Json] = []
        for number, item in enumerate(items, 1):
            own = _character_set(item, self.peer_character_set) if _declares(item) else decided
            read.append(self.data_set(item, own, f"{where}/{number}/"))
        return {"vr": "SQ", "Value": read}


def _values(element: Element, decided: CharacterSet) -> list[Json]:
    """The values of an element that is neither sequence nor bulk (F.2.4); an empty one among others is null (F.2.5)."""
    if element.vr in _NUMBERS:
        return _numbers(element)
    if element.vr == "AT":
        tags = struct.iter_unpack(("<" if element.little_endian else ">") + "HH", element.value[: _whole(element, 4)])
        return [f"{group:04X}{number:04X}" for group, number in tags]
    text = decided.text(bytes(element.value))
    if element.vr in _SINGLE:
        return [text or None]
    parts = [part.strip() for part in text.split("\\")]
    if element.vr == "PN":
        return [_person_name(part) for part in parts]
    if element.vr in {"DS", "IS"}:
        return [_decimal(part) for part in parts]
    return [part or None for part in parts]


def _numbers(element: Element) -> list[Json]:
    form = _NUMBERS[element.vr]
    whole = element.value[: _whole(element, struct.calcsize("<" + form))]
    numbers = [number for (number,) in struct.iter_unpack(("<" if element.little_endian else ">") + form, whole)]
    if form in "fd":
        return [number if math.isfinite(number) else None for number in numbers]
    return [number if abs(number) <= _EXACT_IN_JSON else str(number) for number in numbers]


def _whole(element: Element, width: int) -> int:
    """How many bytes of the value make whole numbers of that width."""
    return len(element.value) // width * width


def _decimal(text: str) -> Json:
    """A number, or the text where it is none (F.2.3 allows both for DS and IS)."""
    exact = values.integer(text)
    if exact is not None and text.lstrip("+-").isdigit():
        return exact
    number = values.decimal(text)
    return number if number is not None else text or None


def _person_name(text: str) -> Json:
    """The component groups that are not empty (F.2.2)."""
    names = zip(("Alphabetic", "Ideographic", "Phonetic"), PersonName.parse(text).groups, strict=True)
    return {writing: name for writing, name in names if name} or None


def little_endian_value(element: Element) -> bytes:
    """The bytes of a binary value in little endian, which JSON and bulk data have (F.2.7)."""
    value = bytes(element.value)
    return value if element.little_endian else turned_over(value, word_bytes(element.vr))


def word_bytes(vr: str) -> int:
    """How many bytes make a word, which the byte order is about, in values of a VR (PS3.5 7.3)."""
    return struct.calcsize("<" + _NUMBERS[vr]) if vr in _NUMBERS else _BINARY_WIDTHS.get(vr, 1)
