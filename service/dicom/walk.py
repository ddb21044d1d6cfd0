"""The structural walk: may these bytes be stored as a data set? It is answered before C-STORE Success (AC-22).

The rule, in sentences. A data set passes if all of them hold; the bytes are stored as they came in any case.

1.  The transfer syntax is one of the standard's: implicit VR little endian, or explicit VR in either byte order,
    deflated or not, with native or encapsulated pixels. One that no table lists is explicit little endian.
2.  The data set is a row of data elements that ends, to the byte, where the data set ends (PS3.5 7.1).
3.  One byte is forgiven: a zero after the last element where that makes an odd data set even (PS3.5 7.1.1, C-STORE).
4.  A deflated data set inflates to its end, by at most 512 MiB, and above 64 MiB by at most 200 to 1. Behind the
    deflated stream nothing stands but a byte of padding, or the trailer of a gzip writer, which must then be right.
5.  In explicit VR every element shows a VR of PS3.5 6.2, or two capital letters and a length of 32 bits, as all VRs to
    come shall have; the reserved bytes of the known ones are not looked at (PS3.5 7.1.2). An item whose first element
    shows none is read as implicit VR as a whole, as old writers of private sequences did.
6.  Groups below 0008 and group FFFF are not in a data set (PS3.5 7.1, 7.8.1).
7.  A length is even or odd and never passes the end of the item, sequence or data set around it. It may be undefined
    for SQ, for UN in little endian (then implicit VR within, PS3.5 6.2.2 and CP-246), for Pixel Data in OB or OW under
    an encapsulated transfer syntax, and in implicit VR for whatever the dictionary does not know as anything but SQ.
    In the retired big endian a UN of undefined length would turn the byte order within: readers do not follow there.
8.  A sequence holds items, and an encapsulated pixel element fragments of defined length, nothing else. Whatever has
    undefined length is closed by its own delimiter of length zero, and no delimiter stands anywhere else. Sequences are
    known by SQ, by undefined length and, in implicit VR, by the dictionary; other values are not looked into.
9.  An element that we look at (service.dicom.attributes) is there once at the top level and holds at most a megabyte.
    The order of elements and repetitions of others are not judged: old writers do both.
10. Sequences are nested at most 64 deep, and there are at most 2,000,000 elements, items and fragments.
11. An image is not cut between two elements, so far as that can be known (service.dicom.whole).
12. Values are not judged: neither text nor numbers nor whether pixels fit Rows and Columns. Only the four UIDs are, by
    `identity`, when the data set is compared with its command.

The walk is a loop with a stack of its own, so depth costs no recursion; it reads headers and jumps over values, so size
costs no time; it inflates piece by piece, so a bomb costs no memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from service.dicom.attributes import Tag
from service.dicom.faults import StructureFault, TooDeepFault, TooLargeFault, TruncatedFault, UnparsableFault
from service.dicom.syntaxes import TransferSyntax, UnknownTransferSyntax, transfer_syntax
from service.dicom.uids import (
    IdentityFault,
    MalformedUid,
    SeriesUid,
    SopClassUid,
    SopInstanceUid,
    StudyUid,
    parse_uid,
    uid_text,
)
from service.dicom.walker import Buffer, Pixels, Raw, Walker
from service.dicom.whole import require_whole

MAX_INFLATED_BYTES: Final = 512 << 20
MAX_INFLATED_AT_ANY_RATIO_BYTES: Final = 64 << 20
MAX_RATIO: Final = 200
_PIECE_BYTES: Final = 1 << 20
_LONGEST_TRAILER_BYTES: Final = 9


@dataclass(frozen=True, slots=True)
class Walked:
    """A data set that passed, and what was seen on the way.

    elements: the looked-at top-level elements by tag, (VR, value bytes). inside: by sequence, the first of each element
    looked at inside it. pixels: None where there are none. length_bytes: of the data set, inflated where deflated.
    """

    syntax: TransferSyntax
    elements: dict[int, Raw]
    inside: dict[int, dict[int, Raw]]
    pixels: Pixels | None
    length_bytes: int

    @property
    def has_pixel_data(self) -> bool:
        """Whether Pixel Data, Float Pixel Data or Double Float Pixel Data is there."""
        return self.pixels is not None

    def uid(self, tag: Tag) -> str:
        """A UID as found, without padding; empty where it is missing."""
        return uid_text(self.elements[tag][1]) if tag in self.elements else ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which instance a data set is, of which series and study."""

    study_instance_uid: StudyUid
    series_instance_uid: SeriesUid
    sop_instance_uid: SopInstanceUid
    sop_class_uid: SopClassUid


def walk(data_set: Buffer, transfer_syntax_uid: str) -> Walked:
    """Walk a data set (without its file header) by the rule above.

    Raises the StructureFault that names the first thing against the rule.
    """
    try:
        syntax = transfer_syntax(transfer_syntax_uid)
    except UnknownTransferSyntax:
        raise UnparsableFault("transfer syntax is private or unknown") from None
    if syntax.deflated:
        walker = Walker(syntax, MAX_INFLATED_BYTES)
        length_bytes = _walk_deflated(walker, memoryview(data_set))
    else:
        length_bytes = len(data_set)
        walker = Walker(syntax, length_bytes)
        walker.run(data_set, final=True)
    elements = walker.root.found
    require_whole(elements, walker.pixels, walker.root.last_tag, length_bytes)
    return Walked(syntax, elements, walker.inside, walker.pixels, length_bytes)


def identity(walked: Walked, sop_class_uid: str, sop_instance_uid: str) -> Identity:
    """The four UIDs of a data set, proven valid and equal to those of its command.

    Raises IdentityFault (A900) where one is missing, no UID, or another one than the command's.
    """
    found = Identity(
        study_instance_uid=StudyUid(_uid(walked, Tag.STUDY_INSTANCE_UID, "Study Instance UID")),
        series_instance_uid=SeriesUid(_uid(walked, Tag.SERIES_INSTANCE_UID, "Series Instance UID")),
        sop_instance_uid=SopInstanceUid(_uid(walked, Tag.SOP_INSTANCE_UID, "SOP Instance UID")),
        sop_class_uid=SopClassUid(_uid(walked, Tag.SOP_CLASS_UID, "SOP Class UID")),
    )
    if found.sop_class_uid != sop_class_uid.rstrip("\0 "):
        raise IdentityFault("SOP Class UID of data set and command differ")
    if found.sop_instance_uid != sop_instance_uid.rstrip("\0 "):
        raise IdentityFault("SOP Instance UID of data set and command differ")
    return found


def _uid(walked: Walked, tag: Tag, name: str) -> str:
    text = walked.uid(tag)
    if not text:
        raise IdentityFault(f"{name} is missing")
    try:
        return parse_uid(text, name)
    except MalformedUid:
        raise IdentityFault(f"{name} is not a valid UID") from None


def _walk_deflated(walker: Walker, deflated: memoryview) -> int:
    """Inflate piece by piece and walk each; only what the walker has not passed yet is kept. Returns the length."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    buffer = b""
    total = checksum = 0
    try:
        for piece in _pieces(inflater, deflated):
            total += len(piece)
            checksum = zlib.crc32(piece, checksum)
            _bound(total, len(deflated))
            buffer = _advance(walker, buffer, piece)
    except zlib.error:
        raise UnparsableFault("deflated stream is damaged", total) from None
    if not inflater.eof:
        raise TruncatedFault("deflated stream is cut", total)
    _require_trailer(bytes(inflater.unused_data), checksum, total)
    walker.end_at(total - walker.base)
    walker.run(buffer, final=True)
    return total


def _pieces(inflater: zlib._Decompress, deflated: memoryview) -> Iterator[bytes]:
    """The inflated bytes, never more than a piece at once, from input that is also fed in pieces."""
    for start in range(0, len(deflated), _PIECE_BYTES):
        if len(inflater.unused_data) > _LONGEST_TRAILER_BYTES:
            return
        fed: Buffer = deflated[start : start + _PIECE_BYTES]
        while True:
            piece = inflater.decompress(fed, _PIECE_BYTES)
            fed = inflater.unconsumed_tail
            yield piece
            if not fed and len(piece) < _PIECE_BYTES:
                break


def _advance(walker: Walker, kept: bytes, piece: bytes) -> bytes:
    buffer = kept + piece
    walker.run(buffer, final=False)
    passed = min(walker.pos, len(buffer))
    walker.drop(passed)
    return buffer[passed:]


def _bound(total_bytes: int, deflated_bytes: int) -> None:
    """Rule 4: large and far smaller when deflated is a bomb, and so is more than any object has."""
    ratio = total_bytes / max(deflated_bytes, 1)
    if total_bytes > MAX_INFLATED_BYTES or (total_bytes > MAX_INFLATED_AT_ANY_RATIO_BYTES and ratio > MAX_RATIO):
        raise TooLargeFault("inflates beyond bounds", total_bytes)


def _require_trailer(rest: bytes, checksum: int, total: int) -> None:
    """Rule 4: a gzip writer leaves CRC-32 and length (RFC 1952) behind the stream; both are checked."""
    gzip = checksum.to_bytes(4, "little") + (total & 0xFFFFFFFF).to_bytes(4, "little")
    if rest not in {b"", b"\0", gzip, gzip + b"\0"}:
        raise UnparsableFault("bytes behind the deflated stream", total)


__all__ = [
    "Identity",
    "IdentityFault",
    "StructureFault",
    "TooDeepFault",
    "TooLargeFault",
    "TruncatedFault",
    "UnparsableFault",
    "Walked",
    "identity",
    "walk",
]
