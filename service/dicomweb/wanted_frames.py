"""Frames as they are asked for, and their answer where the bytes lie as they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
from starlette.requests import Request

from models.manifest import Text
from service.access.problems import MALFORMED_REQUEST, FieldFault, Problem
from service.archive.query import StoredFile
from service.archive.store import Archive
from service.archive.viewer_copies import HTJ2K_LOSSLESS
from service.dicom.pixel_layout import Extent, PixelLayout
from service.dicomweb.accept import Form
from service.dicomweb.frame_bytes import as_it_lies
from service.dicomweb.frame_choice import FrameForm, Given, chosen
from service.dicomweb.parts import boundary_of, multipart_type, part_head, parts_end
from service.dicomweb.stored_bytes import (
    kept_layout,
    opened,
    opened_copy,
    read_copy_pieces,
    read_now,
    read_pieces,
    read_places_now,
)

MOST_FRAMES: Final = 10_000
Piece: TypeAlias = bytes | tuple[Extent, ...]
"""Of an answer: bytes of ours, or places of the file."""
_CACHED: Final = {"Cache-Control": "private, max-age=86400, immutable", "Vary": "Accept"}


@dataclass(frozen=True, slots=True)
class Packed:
    """An answer as pieces and their lengths."""

    pieces: tuple[Piece, ...]
    lengths: tuple[int, ...]
    size_bytes: int

    @classmethod
    def of(cls, *pieces: Piece) -> Packed:
        """An answer of these pieces."""
        lengths = tuple(len(each) if isinstance(each, bytes) else sum(size for _, size in each) for each in pieces)
        return cls(pieces, lengths, sum(lengths))


@dataclass(frozen=True)
class WantedFrames:
    """What is asked for of one instance, and how it goes out. numbers: from 1, in the order they are asked for."""

    stored: StoredFile
    numbers: tuple[int, ...]
    form: FrameForm

    @classmethod
    def of(cls, request: Request, stored: StoredFile) -> WantedFrames:
        """What a request asks for. Raises Problem."""
        numbers = _numbers(request.path_params["frames"])
        accept = request.headers.get("accept")
        query_accept = request.query_params.get("accept") if request.scope["query_string"] else None
        copied = None if stored.copy is None else HTJ2K_LOSSLESS
        form = chosen(accept, query_accept, stored.transfer_syntax_uid, copied, len(numbers))
        return cls(stored, numbers, form)

    @property
    def headers(self) -> dict[str, str]:
        """ETag and how long the frames may be kept, which is for ever: an instance never changes."""
        etag = f'"{self.stored.object_name[:40]}-{self.form.transfer_syntax_uid}-{self.form.form.value}"'
        return {"ETag": etag, **_CACHED}

    @cached_property
    def boundary(self) -> str:
        """The same for the same frames."""
        return boundary_of(self.stored.object_name, ",".join(map(str, self.numbers)))

    @property
    def media_type(self) -> str:
        """The Content-Type of the answer."""
        if self.form.form is Form.SINGLE:
            return self.form.content_type
        return multipart_type(self.form.media_type, self.boundary)

    def packed(self, layout: PixelLayout) -> Packed | None:
        """The answer, if all frames lie as they are sent; layout: of the object.

        Raises NoSuchFrame, FramesUnclear.
        """
        copy = self.stored.copy
        if copy is not None and self.form.given is Given.COPY:
            layout = kept_layout(copy.layout)
        found = [as_it_lies(self.stored, layout, each, self.form.given) for each in self.numbers]
        places = tuple(each for each in found if each is not None)
        if len(places) < len(found):
            return None
        if self.form.form is Form.SINGLE:
            return Packed.of(places[0])
        return Packed.of(*self._parts(places))

    def _parts(self, places: tuple[tuple[Extent, ...], ...]) -> Iterator[Piece]:
        boundary = self.boundary
        for number, extents in enumerate(places):
            length = sum(size for _, size in extents)
            yield part_head(boundary, self.form.content_type, first=number == 0, length=length)
            yield extents
        yield parts_end(boundary)


def read_at_once(archive: Archive, wanted: WantedFrames, packed: Packed) -> memoryview | None:
    """The whole answer, if nothing has to be waited for. Raises ObjectMissing."""
    view, filled = np.empty(packed.size_bytes, np.uint8).data, 0  # not filled with zeros first, as bytes would be
    is_copy = wanted.form.given is Given.COPY
    with (opened_copy if is_copy else opened)(archive, wanted.stored) as descriptor:
        for each, length in zip(packed.pieces, packed.lengths, strict=True):
            place = view[filled : filled + length]
            if isinstance(each, bytes):
                place[:] = each
            elif not (read_places_now(descriptor, 0, each, place) if is_copy else read_now(descriptor, each, place)):
                return None
            filled += length
    return view


def read_by_pieces(archive: Archive, wanted: WantedFrames, packed: Packed) -> Iterator[bytes]:
    """The answer in pieces of at most a MiB. Raises ObjectMissing."""
    read = read_copy_pieces if wanted.form.given is Given.COPY else read_pieces
    for each in packed.pieces:
        if isinstance(each, bytes):
            yield each
        else:
            yield from read(archive, wanted.stored, each)


def _numbers(text: str) -> tuple[int, ...]:
    """The frames of a list like 1,2,3; those that no object has are left to be not found. Raises Problem."""
    parts = text.split(",", MOST_FRAMES)
    if len(parts) > MOST_FRAMES or not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        words = Text(zh="应为逗号分隔的帧号，从 1 起", en="it is not a list of frame numbers from 1, like 1,2,3")
        detail = Text(zh="帧列表无法解析。", en="The list of frames cannot be read.")
        raise Problem(MALFORMED_REQUEST, detail, errors=(FieldFault("path.frames", words),))
    return tuple(map(int, parts))
