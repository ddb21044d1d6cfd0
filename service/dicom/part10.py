"""Part 10 framing (PS3.10 section 7): a file header before data set bytes as received, and off them again."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from service.dicom.uids import uid_text
from service.dicom.vrs import LONG_VRS, SHORT_VRS

IMPLEMENTATION_CLASS_UID: Final = "2.25.61761796116515268562925558275677462814"
IMPLEMENTATION_VERSION_NAME: Final = "CONSILIUM_0"
"""Names of our implementation (PS3.7 D.3.3.2), in file headers and association requests.

Stored files keep them for ever, and `consilium report verify` holds their headers against them.
"""

_PREAMBLE: Final = b"\0" * 128 + b"DICM"
_GROUP_LENGTH: Final = 0x0000
_VERSION: Final = 0x0001
_CLASS: Final = 0x0002
_INSTANCE: Final = 0x0003
_SYNTAX: Final = 0x0010
_IMPLEMENTATION_CLASS: Final = 0x0012
_IMPLEMENTATION_VERSION: Final = 0x0013
_SOURCE_AE: Final = 0x0016


class NotPart10(ValueError):
    """Bytes that do not begin with File Meta Information."""


@dataclass(frozen=True, slots=True)
class FileMeta:
    """What the header of a Part 10 file says; empty where it says nothing. Not proven: the data set decides."""

    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    transfer_syntax_uid: str = ""
    source_ae_title: str = ""


def file_header(
    *, sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str, source_ae_title: str = ""
) -> bytes:
    """Preamble, prefix and File Meta Information to put before a data set (PS3.10 table 7.1-1)."""
    elements = [
        _element(_VERSION, b"OB", b"\0\1"),
        _element(_CLASS, b"UI", sop_class_uid.encode("ascii")),
        _element(_INSTANCE, b"UI", sop_instance_uid.encode("ascii")),
        _element(_SYNTAX, b"UI", transfer_syntax_uid.encode("ascii")),
        _element(_IMPLEMENTATION_CLASS, b"UI", IMPLEMENTATION_CLASS_UID.encode("ascii")),
        _element(_IMPLEMENTATION_VERSION, b"SH", IMPLEMENTATION_VERSION_NAME.encode("ascii")),
    ]
    if source_ae_title.strip():
        elements.append(_element(_SOURCE_AE, b"AE", source_ae_title.strip().encode("ascii", "replace")[:16]))
    group = b"".join(elements)
    return _PREAMBLE + _element(_GROUP_LENGTH, b"UL", struct.pack("<L", len(group))) + group


def _element(element: int, vr: bytes, value: bytes) -> bytes:
    if len(value) % 2:
        value += b"\0" if vr in {b"UI", b"OB"} else b" "
    length = struct.pack("<HL", 0, len(value)) if vr in LONG_VRS else struct.pack("<H", len(value))
    return struct.pack("<HH", 0x0002, element) + vr + length + value


def split(file: bytes | memoryview) -> tuple[FileMeta, int]:
    """What the header says, and where the data set begins.

    Lenient as files in the field need it: preamble and prefix may be missing, and the group length is not believed: the
    header ends where group 0002 ends. Raises NotPart10 where there is no File Meta Information, or it is cut.
    """
    start = 132 if bytes(file[128:132]) == b"DICM" else 0
    found: dict[int, bytes] = {}
    pos = start
    while bytes(file[pos : pos + 2]) == b"\2\0":
        element, value, end = _meta_element(file, pos)
        if end > len(file):
            raise NotPart10(f"the file ends inside its header, in (0002,{element:04X}) at {pos}")
        found.setdefault(element, bytes(file[value:end]))
        pos = end
    if not found:
        raise NotPart10("no File Meta Information (group 0002): not a DICOM file, or a bare data set")
    meta = FileMeta(
        sop_class_uid=uid_text(found.get(_CLASS, b"")),
        sop_instance_uid=uid_text(found.get(_INSTANCE, b"")),
        transfer_syntax_uid=uid_text(found.get(_SYNTAX, b"")),
        source_ae_title=uid_text(found.get(_SOURCE_AE, b"")).strip(),
    )
    return meta, pos


def _meta_element(file: bytes | memoryview, pos: int) -> tuple[int, int, int]:
    """Element number, start and end of the value of an element of group 0002, always explicit VR little endian."""
    try:
        element, vr, length = struct.unpack_from("<H2sH", file, pos + 2)
        if vr in SHORT_VRS:
            return element, pos + 8, pos + 8 + length
        if vr not in LONG_VRS:
            raise NotPart10(f"no value representation in (0002,{element:04X}) at {pos}")
        (length,) = struct.unpack_from("<L", file, pos + 8)
    except struct.error:
        raise NotPart10(f"the file ends inside its header, at {pos}") from None
    return element, pos + 12, pos + 12 + length
