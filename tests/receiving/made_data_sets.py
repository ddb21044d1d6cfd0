"""Data sets encoded by hand, straight from PS3.5 section 7.1, so that no library's reader or writer is trusted."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG = "1.2.840.10008.1.2.4.50"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
RAW_DATA = "1.2.840.10008.5.1.4.1.1.66"
LONG = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
UNDEFINED = 0xFFFFFFFF


@dataclass(frozen=True)
class Made:
    """An element to encode: a value, or the items of a sequence; open ones have undefined length."""

    tag: int
    vr: str
    value: bytes = b""
    items: tuple[tuple[Made, ...], ...] | None = None
    open_sequence: bool = False
    open_items: bool = False


@dataclass
class Encoder:
    """Bytes being made; lengths: where a length field stands and how many bytes it has."""

    explicit: bool = True
    order: str = "<"
    data: bytearray = field(default_factory=bytearray)
    lengths: list[tuple[int, int]] = field(default_factory=list)
    boundaries: list[int] = field(default_factory=list)

    def tag(self, tag: int) -> None:
        self.data += struct.pack(self.order + "HH", tag >> 16, tag & 0xFFFF)

    def length(self, length: int, size: int = 4) -> None:
        self.lengths.append((len(self.data), size))
        self.data += struct.pack(self.order + ("L" if size == 4 else "H"), length)

    def element(self, made: Made) -> None:
        inside = self.sequence(made)
        value = made.value if made.items is None else bytes(inside.data)
        self.tag(made.tag)
        self.data += made.vr.encode() if self.explicit else b""
        if self.explicit and made.vr not in LONG:
            self.length(len(value), 2)
        else:
            self.data += b"\0\0" if self.explicit else b""
            self.length(UNDEFINED if made.open_sequence else len(value))
        self.add(inside) if made.items is not None else self.data.extend(value)

    def add(self, inside: Encoder) -> None:
        self.lengths += [(len(self.data) + at, size) for at, size in inside.lengths]
        self.data += inside.data

    def sequence(self, made: Made) -> Encoder:
        inside = Encoder(self.explicit, self.order)
        for item in made.items or ():
            content = Encoder(self.explicit, self.order)
            content.elements(item)
            inside.tag(0xFFFEE000)
            inside.length(UNDEFINED if made.open_items else len(content.data))
            inside.add(content)
            if made.open_items:
                inside.tag(0xFFFEE00D)
                inside.length(0)
        if made.open_sequence:
            inside.tag(0xFFFEE0DD)
            inside.length(0)
        return inside

    def elements(self, made: tuple[Made, ...]) -> None:
        for element in made:
            self.element(element)
            self.boundaries.append(len(self.data))


def encoder(syntax: str, made: tuple[Made, ...]) -> Encoder:
    encoded = Encoder(syntax != IMPLICIT, ">" if syntax == BIG_ENDIAN else "<")
    encoded.elements(made)
    return encoded


def encode(syntax: str, made: tuple[Made, ...]) -> bytes:
    """The data set's bytes under a transfer syntax."""
    data = bytes(encoder(syntax, made).data)
    return deflate(data) if syntax == DEFLATED else data


def deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(6, zlib.DEFLATED, -15)
    return compressor.compress(data) + compressor.flush()


def text(tag: int, vr: str, value: str) -> Made:
    raw = value.encode("ascii")
    return Made(tag, vr, raw + (b"" if len(raw) % 2 == 0 else b"\0" if vr == "UI" else b" "))


def short(tag: int, number: int, order: str = "<") -> Made:
    return Made(tag, "US", struct.pack(order + "H", number))


STUDY, SERIES, INSTANCE = "1.2.3.1", "1.2.3.2", "1.2.3.3"


def ct_header(order: str = "<") -> tuple[Made, ...]:
    """What PS3.3 A.3 asks of every CT image (types 1 and 2), up to its pixels."""
    return (
        text(0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        text(0x00080016, "UI", CT_IMAGE),
        text(0x00080018, "UI", INSTANCE),
        text(0x00080020, "DA", "20260102"),
        text(0x00080030, "TM", "101500"),
        text(0x00080050, "SH", "A1"),
        text(0x00080060, "CS", "CT"),
        text(0x00080070, "LO", "MAKER"),
        text(0x00080090, "PN", ""),
        text(0x00100010, "PN", "Doe^Jane"),
        text(0x00100020, "LO", "P1"),
        text(0x00100030, "DA", "19800101"),
        text(0x00100040, "CS", "F"),
        text(0x00180050, "DS", "1.25"),
        text(0x00180060, "DS", "120"),
        text(0x0020000D, "UI", STUDY),
        text(0x0020000E, "UI", SERIES),
        text(0x00200010, "SH", "S1"),
        text(0x00200011, "IS", "1"),
        text(0x00200013, "IS", "7"),
        text(0x00200032, "DS", "-8\\-8\\12.5"),
        text(0x00200037, "DS", "1\\0\\0\\0\\1\\0"),
        text(0x00200052, "UI", "1.2.3.4"),
        short(0x00280002, 1, order),
        text(0x00280004, "CS", "MONOCHROME2"),
        short(0x00280010, 4, order),
        short(0x00280011, 4, order),
        text(0x00280030, "DS", "0.5\\0.5"),
        short(0x00280100, 16, order),
        short(0x00280101, 12, order),
        short(0x00280102, 11, order),
        short(0x00280103, 0, order),
        text(0x00281052, "DS", "-1024"),
        text(0x00281053, "DS", "1"),
    )


PIXELS = Made(0x7FE00010, "OW", bytes(range(32)))


def ct_image(order: str = "<") -> tuple[Made, ...]:
    return (*ct_header(order), PIXELS)


def fragments(*values: bytes) -> bytes:
    """Encapsulated Pixel Data in explicit VR with an empty offset table (PS3.5 A.4)."""
    items = b"".join(b"\xfe\xff\x00\xe0" + struct.pack("<L", len(value)) + value for value in (b"", *values))
    return b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff" + items + b"\xfe\xff\xdd\xe0\0\0\0\0"


def nested(depth: int, *, undefined: bool) -> bytes:
    """A sequence in a sequence and so on, explicit VR little endian, built from the inside without recursion."""
    inner = b"\x08\x00\x18\x00UI\x04\x001.2\0"
    if undefined:
        head = b"\x08\x00\x99\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
        tail = b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
        return head * depth + inner + tail * depth
    heads = []
    length = len(inner)
    for _ in range(depth):
        sequence = b"\x08\x00\x99\x11SQ\0\0" + struct.pack("<L", length + 8)
        heads.append(sequence + b"\xfe\xff\x00\xe0" + struct.pack("<L", length))
        length += 20
    return b"".join(reversed(heads)) + inner
