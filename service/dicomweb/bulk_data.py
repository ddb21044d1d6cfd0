"""Bulk data (PS3.18 10.4.1.1.5): one large value of an instance, in little endian, of any size in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from starlette.datastructures import Headers

from models.manifest import Text
from service.access.doors import CallerDep
from service.access.problems import RANGE_NOT_SATISFIABLE, Problem, not_found
from service.archive.query import StoredFile
from service.archive.store import Archive
from service.dicom.json_model import NoSuchBulkData, bulk_element, word_bytes
from service.dicom.pixel_layout import Extent, PixelLayout
from service.dicom.words import turned_pieces
from service.dicomweb.accept import OCTETS, Form, asked, packing
from service.dicomweb.byte_range import ByteRange, OutOfRange, asked_range, extents_within, pieces_within
from service.dicomweb.parts import boundary_of, multipart_type, part_head, parts_end
from service.dicomweb.resource import ResourceDep, files_of, root_path
from service.dicomweb.retrieve import gathered
from service.dicomweb.series_text import location_of, on_disk
from service.dicomweb.stored_bytes import CHUNK_BYTES, layout_of, mapped, read_pieces

PIXEL_DATA: Final = "7FE00010"
_INSTANCE: Final = "/studies/{study}/series/{series}/instances/{instance}"
_BULK_DATA: Final = Text(zh="大数据值", en="bulk data")
_NOT_THERE: Final = Text(
    zh="所要的字节范围超出该值；其长度见 Content-Range。",
    en="The value has none of the bytes that are asked for; Content-Range says how long it is.",
)


@dataclass(frozen=True, slots=True)
class LargeValue:
    """A value that is read as it is sent. location: its BulkDataURI. pieces: of a range of its bytes."""

    stored: StoredFile
    location: str
    size_bytes: int
    pieces: Callable[[ByteRange], Iterator[bytes]]

    def answer(self, request: Request, form: Form, media_type: str, content_type: str) -> Response:
        """The value, or the range of it that is asked for, bare; or the value as the one part of an answer.

        content_type: the media type with its parameters. Raises Problem (416).
        """
        whole = ByteRange(0, self.size_bytes)
        if form is Form.SINGLE:
            return self._bare(whole, self._asked(request.headers), content_type)
        boundary = boundary_of(self.stored.object_name, self.location)
        head = part_head(boundary, content_type, first=True, length=self.size_bytes, location=self.location)
        tail = parts_end(boundary)

        def parts() -> Iterator[bytes]:
            yield head
            yield from self.pieces(whole)
            yield tail

        return StreamingResponse(
            gathered(parts(), CHUNK_BYTES),
            media_type=multipart_type(media_type, boundary),
            headers={"Content-Length": str(len(head) + self.size_bytes + len(tail))},
        )

    def _bare(self, whole: ByteRange, asked_for: ByteRange | None, content_type: str) -> Response:
        given = asked_for or whole
        headers = {"Accept-Ranges": "bytes", "Content-Length": str(given.size_bytes)}
        if asked_for is not None:
            headers["Content-Range"] = asked_for.content_range(self.size_bytes)
        return StreamingResponse(
            gathered(self.pieces(given), CHUNK_BYTES),
            status_code=200 if asked_for is None else 206,
            media_type=content_type,
            headers=headers,
        )

    def _asked(self, headers: Headers) -> ByteRange | None:
        """With If-Range the whole value: its answers have no tag to compare (RFC 9110 13.1.5)."""
        if "if-range" in headers:
            return None
        try:
            return asked_range(headers.get("range"), self.size_bytes)
        except OutOfRange as fault:
            told = {"Content-Range": f"bytes */{self.size_bytes}"}
            raise Problem(RANGE_NOT_SATISFIABLE, _NOT_THERE, headers=told) from fault


@dataclass(frozen=True, slots=True)
class LargeValues:
    """Finds large values in stored objects. root: where the DICOMweb root of a request is."""

    archive: Archive
    root: str

    def pixels(self, stored: StoredFile, layout: PixelLayout) -> LargeValue:
        """The pixels of an object, by place; of compressed ones all fragments in a row. Raises ObjectMissing."""
        on_disk(self.archive, stored)
        extents: Sequence[Extent] = layout.fragments if layout.is_encapsulated else (layout.value,)

        def pieces(wanted: ByteRange) -> Iterator[bytes]:
            if layout.word_bytes == 1:
                return read_pieces(self.archive, stored, extents_within(extents, wanted))
            return pieces_within(turned_pieces(read_pieces(self.archive, stored, extents), layout.word_bytes), wanted)

        return LargeValue(stored, self._location(stored, PIXEL_DATA), sum(size for _, size in extents), pieces)

    def element(self, stored: StoredFile, path: str) -> LargeValue:
        """Any value by the path in its BulkDataURI, from the object mapped. Raises NoSuchBulkData, ObjectMissing."""
        found = bulk_element(mapped(self.archive, stored), path)
        views = (found.value,) if found.fragments is None else found.fragments[1:]
        width = 1 if found.little_endian else word_bytes(found.vr)

        def pieces(wanted: ByteRange) -> Iterator[bytes]:
            return pieces_within(turned_pieces(_pieces(views), width), wanted)

        return LargeValue(stored, self._location(stored, path), sum(map(len, views)), pieces)

    def _location(self, stored: StoredFile, path: str) -> str:
        return f"{location_of(stored, self.root)}/bulkdata/{path}"


def _pieces(views: Sequence[memoryview]) -> Iterator[bytes]:
    for view in views:
        for start in range(0, len(view), CHUNK_BYTES):
            yield bytes(view[start : start + CHUNK_BYTES])


@dataclass(frozen=True, slots=True)
class BulkDataEndpoint:
    """The value behind a BulkDataURI of our metadata."""

    archive: Archive

    def bulk(self, request: Request, caller: CallerDep, resource: ResourceDep, path: str) -> Response:
        """The bytes of one large value."""
        form = packing(asked(request), OCTETS, {"*"}, single=True).form
        (stored,) = files_of(self.archive, caller, resource)
        layout = layout_of(self.archive, stored) if path == PIXEL_DATA else None
        values = LargeValues(self.archive, root_path(request))
        try:
            value = values.element(stored, path) if layout is None else values.pixels(stored, layout)
        except NoSuchBulkData as fault:
            raise not_found(_BULK_DATA) from fault
        return value.answer(request, form, OCTETS, OCTETS)


def routes(archive: Archive, route_class: type[APIRoute], prefix: str) -> APIRouter:
    """The path of bulk data."""
    router = APIRouter(prefix=prefix, route_class=route_class, include_in_schema=False)
    router.add_api_route(f"{_INSTANCE}/bulkdata/{{path:path}}", BulkDataEndpoint(archive).bulk, methods=["GET"])
    return router
