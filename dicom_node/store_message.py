"""C-STORE messages, from the bytes of their PDUs and to them (PS3.7 9.3.1 and E, PS3.8 9.3.5 and E).

Plain ones only: a request whose whole command comes in one fragment, with everything in its place. All others, and all
other messages, are left to the library, which makes an object of each fragment and a data set of each command.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

SHORTEST_PDU_BYTES: Final = 512
"""Every answer fits in a PDU of this length."""

_COMMAND: Final = 1
_LAST: Final = 2
_ITEM: Final = struct.Struct(">LBB")
_ELEMENT: Final = struct.Struct("<HHL")
_SHORT: Final = struct.Struct("<H")
_PDU: Final = struct.Struct(">BxL")
_P_DATA_TF: Final = 4

_GROUP_LENGTH: Final = 0x0000
_SOP_CLASS: Final = 0x0002
_FIELD: Final = 0x0100
_MESSAGE_ID: Final = 0x0110
_RESPONDED_TO: Final = 0x0120
_PRIORITY: Final = 0x0700
_DATA_SET_TYPE: Final = 0x0800
_STATUS: Final = 0x0900
_COMMENT: Final = 0x0902
_SOP_INSTANCE: Final = 0x1000

_C_STORE_RQ: Final = b"\x01\x00"
_C_STORE_RSP: Final = b"\x01\x80"
_NO_DATA_SET: Final = b"\x01\x01"
_PRIORITIES: Final = (b"\0\0", b"\1\0", b"\2\0")
_UID: Final = re.compile(rb"([0-9.]{1,64})\0?")


class MalformedData(Exception):
    """A P-DATA-TF PDU, or the fragment it carries, is not what has to come here."""


@dataclass(frozen=True, slots=True)
class StoreCommand:
    """What a C-STORE request says of itself (PS3.7 table 9.3-1)."""

    message_id: int
    sop_class_uid: str
    sop_instance_uid: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """A Presentation Data Value (PS3.8 9.3.5.1); control: its message control header (E.2)."""

    context_id: int
    control: int
    content: memoryview

    @property
    def is_command(self) -> bool:
        """Whether it is of the command, and not of the data set."""
        return bool(self.control & _COMMAND)

    @property
    def is_last(self) -> bool:
        """Whether the command, or the data set, ends with it."""
        return bool(self.control & _LAST)


@dataclass(slots=True)
class Arriving:
    """A C-STORE request of which the command is there, and the data set comes."""

    context_id: int
    command: StoreCommand
    is_whole: bool = False
    _data_set: io.BytesIO = field(default_factory=io.BytesIO)

    def add(self, data: memoryview) -> None:
        """Take in what a P-DATA-TF PDU carries. Raises MalformedData for what is no data set."""
        for fragment in _fragments(data):
            self.take(fragment)

    def take(self, fragment: Fragment) -> None:
        """Take in a fragment of the data set. Raises MalformedData."""
        if fragment.is_command or self.is_whole:
            raise MalformedData("no fragment of a data set has come, where one has to")
        self._data_set.write(fragment.content)
        self.is_whole = fragment.is_last

    def data_set(self) -> bytes:
        """The data set as it came."""
        return self._data_set.getvalue()


def begun(data: memoryview) -> Arriving | None:
    """The C-STORE request that begins with what a P-DATA-TF PDU carries; None where it is for the library to judge."""
    try:
        first, *more = _fragments(data)
        command = _command(bytes(first.content)) if first.is_command and first.is_last else None
        if command is None:
            return None
        arriving = Arriving(first.context_id, command)
        for fragment in more:
            arriving.take(fragment)
    except (MalformedData, ValueError):
        return None
    return arriving


def answer(context_id: int, command: StoreCommand, status: int, comment: str) -> bytes:
    """The PDU of a C-STORE response. comment: ASCII, 64 characters at most (PS3.7 C.4.2.1.5)."""
    elements = b"".join(
        (
            _element(_SOP_CLASS, _padded(command.sop_class_uid, b"\0")),
            _element(_FIELD, _C_STORE_RSP),
            _element(_RESPONDED_TO, _SHORT.pack(command.message_id)),
            _element(_DATA_SET_TYPE, _NO_DATA_SET),
            _element(_STATUS, _SHORT.pack(status)),
            _element(_COMMENT, _padded(comment, b" ")) if comment else b"",
            _element(_SOP_INSTANCE, _padded(command.sop_instance_uid, b"\0")),
        )
    )
    content = _element(_GROUP_LENGTH, struct.pack("<L", len(elements))) + elements
    item = _ITEM.pack(len(content) + 2, context_id, _COMMAND | _LAST) + content
    return _PDU.pack(_P_DATA_TF, len(item)) + item


def _fragments(data: memoryview) -> Iterator[Fragment]:
    at = 0
    while at < len(data):
        if len(data) - at < _ITEM.size:
            raise MalformedData("a Presentation Data Value ends in its header")
        length, context_id, control = _ITEM.unpack_from(data, at)
        end = at + 4 + length
        if length < 2 or end > len(data):
            raise MalformedData("a Presentation Data Value ends elsewhere than its PDU says")
        yield Fragment(context_id, control, data[at + _ITEM.size : end])
        at = end


def _command(encoded: bytes) -> StoreCommand | None:
    """A C-STORE request's command; None where anything is out of its place."""
    values: dict[int, bytes] = {}
    at = 0
    while at < len(encoded):
        if len(encoded) - at < _ELEMENT.size:
            return None
        group, element, length = _ELEMENT.unpack_from(encoded, at)
        at += _ELEMENT.size
        if group != 0 or element in values or length > len(encoded) - at:
            return None
        values[element] = encoded[at : at + length]
        at += length
    sop_class, sop_instance = (_UID.fullmatch(values.get(tag, b"")) for tag in (_SOP_CLASS, _SOP_INSTANCE))
    message_id = values.get(_MESSAGE_ID, b"")
    if (
        values.get(_FIELD) != _C_STORE_RQ
        or len(message_id) != _SHORT.size
        or values.get(_PRIORITY) not in _PRIORITIES
        or len(values.get(_DATA_SET_TYPE, b"")) != _SHORT.size
        or values[_DATA_SET_TYPE] == _NO_DATA_SET
        or sop_class is None
        or sop_instance is None
    ):
        return None
    (number,) = _SHORT.unpack(message_id)
    return StoreCommand(number, sop_class[1].decode("ascii"), sop_instance[1].decode("ascii"))


def _element(tag: int, value: bytes) -> bytes:
    """A command element, implicit VR little endian as all are (PS3.7 6.3.1)."""
    return _ELEMENT.pack(0, tag, len(value)) + value


def _padded(text: str, padding: bytes) -> bytes:
    encoded = text.encode("ascii")
    return encoded + padding[: len(encoded) % 2]
