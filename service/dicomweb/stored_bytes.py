"""Bytes of stored objects by place: a frame or a value is read without the object around it."""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from service.archive.copy_files import CopyFiles
from service.archive.objects import ObjectMissing
from service.archive.query import StoredFile
from service.archive.store import Archive
from service.dicom.part10 import split
from service.dicom.pixel_layout import Extent, PixelLayout, pixel_layout
from service.dicom.syntaxes import transfer_syntax
from service.dicom.walk import walk

CHUNK_BYTES: Final = 1 << 20


class CopyMissing(ObjectMissing):
    """The copy of an object was removed since the rows were read, or is not whole: what was stored is there."""


_META_BYTES: Final = 144
_PREFIX_AT: Final = 128


def path_of(archive: Archive, stored: StoredFile) -> Path:
    """Where an object lies."""
    return archive.objects.path(stored.hospital, stored.object_name)


kept_layout: Final = lru_cache(maxsize=256)(PixelLayout.from_json)
"""A layout from what was kept of it; that of the object whose frames are being asked for is at hand."""


def layout_of(archive: Archive, stored: StoredFile) -> PixelLayout | None:
    """Where an object's pixels lie: as kept when it was received, else (received by an earlier version) found now."""
    if stored.layout is not None:
        return kept_layout(stored.layout)
    whole = mapped(archive, stored)
    _, start = split(whole)
    data_set = whole[start:]
    return pixel_layout(walk(data_set, stored.transfer_syntax_uid), data_set)


def mapped(archive: Archive, stored: StoredFile) -> memoryview:
    """The whole object without reading it: only what is looked at comes into memory. Raises ObjectMissing."""
    with opened(archive, stored) as descriptor:
        return memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ))


@contextlib.contextmanager
def opened(archive: Archive, stored: StoredFile) -> Iterator[int]:
    """A descriptor of an object. Raises ObjectMissing."""
    try:
        descriptor = os.open(archive.objects.place(stored.hospital, stored.object_name), os.O_RDONLY)
    except FileNotFoundError as fault:
        raise ObjectMissing(
            f"object {stored.object_name} is not in the store; run `consilium doctor --archive`"
        ) from fault
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def opened_copy(archive: Archive, stored: StoredFile) -> Iterator[int]:
    """A descriptor of the copy of an object. Raises CopyMissing."""
    if stored.copy is None:
        raise CopyMissing(f"object {stored.object_name} has no copy")
    try:
        descriptor = os.open(CopyFiles(archive.folder).path(stored.hospital, stored.copy.name), os.O_RDONLY)
    except FileNotFoundError as fault:
        raise CopyMissing(f"object {stored.object_name} has no copy any more") from fault
    try:
        offset, length = kept_layout(stored.copy.layout).fragments[-1]
        if os.fstat(descriptor).st_size < offset + length:
            raise CopyMissing(f"the copy of object {stored.object_name} is cut short")
        yield descriptor
    finally:
        os.close(descriptor)


def read_now(descriptor: int, extents: Sequence[Extent], into: memoryview) -> bool:
    """Fill a buffer with bytes of a data set if the system has them in memory: for threads that must not wait."""
    head = bytearray(_META_BYTES)
    try:
        if os.preadv(descriptor, [head], 0, os.RWF_NOWAIT) != _META_BYTES:
            return False
    except OSError:  # not in memory, or a file system that cannot say; the reader that waits tells what is wrong
        return False
    return read_places_now(descriptor, _data_set_start(head), extents, into)


def read_places_now(descriptor: int, start: int, extents: Sequence[Extent], into: memoryview) -> bool:
    """Fill a buffer with bytes that lie behind a start, as read_now does."""
    filled = 0
    try:
        for offset, length in extents:
            if os.preadv(descriptor, [into[filled : filled + length]], start + offset, os.RWF_NOWAIT) != length:
                return False
            filled += length
    except OSError:  # as above
        return False
    return True


def read_file_now(path: Path, most_bytes: int) -> memoryview | None:
    """A whole file if it is not larger than that and the system has it in memory: for threads that must not wait."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(descriptor).st_size
        content = bytearray(size if size <= most_bytes else 0)
        whole = bool(content) and os.preadv(descriptor, [content], 0, os.RWF_NOWAIT) == size
    except OSError:  # not in memory, or a file system that cannot say
        return None
    finally:
        os.close(descriptor)
    return memoryview(content) if whole else None


def read_pieces(archive: Archive, stored: StoredFile, extents: Sequence[Extent]) -> Iterator[bytes]:
    """The bytes of a data set in pieces, never more than a MiB of them in memory. Raises ObjectMissing."""
    with opened(archive, stored) as descriptor:
        if transfer_syntax(stored.transfer_syntax_uid).deflated:
            for extent in extents:
                yield from _inflated(descriptor, extent)
            return
        start = _data_set_start(os.pread(descriptor, _META_BYTES, 0))
        for offset, length in extents:
            yield from _pieces(descriptor, (start + offset, length))


def read_copy_pieces(archive: Archive, stored: StoredFile, extents: Sequence[Extent]) -> Iterator[bytes]:
    """The bytes of a copy in pieces, as read_pieces. Raises CopyMissing."""
    with opened_copy(archive, stored) as descriptor:
        for extent in extents:
            yield from _pieces(descriptor, extent)


def _pieces(descriptor: int, extent: Extent) -> Iterator[bytes]:
    pos, left = extent
    while left:
        piece = os.pread(descriptor, min(CHUNK_BYTES, left), pos)
        if not piece:
            raise ObjectMissing("an object is shorter than when it was received; run `consilium doctor --archive`")
        pos, left = pos + len(piece), left - len(piece)
        yield piece


def _inflated(descriptor: int, extent: Extent) -> Iterator[bytes]:
    """A place in a deflated data set: whatever stands before it is inflated and dropped."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    pos = _data_set_start(os.pread(descriptor, _META_BYTES, 0))
    passed, (first, length) = 0, extent
    while passed < first + length and not inflater.eof:
        fed = inflater.unconsumed_tail or os.pread(descriptor, CHUNK_BYTES, pos)
        if not inflater.unconsumed_tail:
            pos += len(fed)
        piece = inflater.decompress(fed, CHUNK_BYTES)
        if not fed and not piece:
            raise ObjectMissing("an object is shorter than when it was received; run `consilium doctor --archive`")
        wanted = piece[max(first - passed, 0) : max(first + length - passed, 0)]
        passed += len(piece)
        if wanted:
            yield wanted


def _data_set_start(head: bytes | bytearray) -> int:
    """Behind the file header, which is ours and says its length first (service.dicom.part10.file_header)."""
    if head[_PREFIX_AT : _PREFIX_AT + 4] != b"DICM":
        raise ObjectMissing("an object is damaged; run `consilium doctor --archive`")
    (length,) = struct.unpack_from("<L", head, _META_BYTES - 4)
    return _META_BYTES + int(length)
