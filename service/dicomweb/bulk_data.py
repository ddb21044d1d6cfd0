"""Bulk data (PS3.18 10.4.1.1.5): one large value of an instance, in little endian, of any size in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute

from models.manifest import Text
from service.access.doors import CallerDep
from service.access.problems import not_found
from service.archive.query import StoredFile
from service.archive.store import Archive
from service.dicom.json_model import NoSuchBulkData, bulk_element, word_bytes
from service.dicom.pixel_layout import Extent, PixelLayout
from service.dicom.words import turned_pieces
from service.dicomweb.accept import OCTETS, Form, asked, packing
from service.dicomweb.parts import boundary_of, multipart_type, part_head, parts_end
from service.dicomweb.resource import ResourceDep, files_of, root_path
from service.dicomweb.retrieve import gathered
from service.dicomweb.series_text import location_of, on_disk
from service.dicomweb.stored_bytes import CHUNK_BYTES, layout_of, mapped, read_pieces

PIXEL_DATA: Final = "7FE00010"
_INSTANCE: Final = "/studies/{study}/series/{series}/instances/{instance}"
_BULK_DATA: Final = Text(zh="大数据值", en="bulk data")


@dataclass(frozen=True, slots=True)
class LargeValue:
    """A value that is read as it is sent. location: its BulkDataURI. pieces: its bytes from the first on."""

    stored: StoredFile
    location: str
    size_bytes: int
    pieces: Callable[[], Iterator[bytes]]

    def answer(self, form: Form, media_type: str, content_type: str) -> Response:
        """The value bare or as the one part of an answer. content_type: the media type with its parameters."""
        if form is Form.SINGLE:
            headers = {"Content-Length": str(self.size_bytes)}
            return StreamingResponse(gathered(self.pieces(), CHUNK_BYTES), media_type=content_type, headers=headers)
        boundary = boundary_of(self.stored.object_name, self.location)
        head = part_head(boundary, content_type, first=True, length=self.size_bytes, location=self.location)
        tail = parts_end(boundary)

        def parts() -> Iterator[bytes]:
            yield head
            yield from self.pieces()
            yield tail

        return StreamingResponse(
            gathered(parts(), CHUNK_BYTES),
            media_type=multipart_type(media_type, boundary),
            headers={"Content-Length": str(len(head) + self.size_bytes + len(tail))},
        )


@dataclass(frozen=True, slots=True)
class LargeValues:
    """Finds large values in stored objects. root: where the DICOMweb root of a request is."""

    archive: Archive
    root: str

    def pixels(self, stored: StoredFile, layout: PixelLayout) -> LargeValue:
        """The pixels of an object, by place; of compressed ones all fragments in a row. Raises ObjectMissing."""
        on_disk(self.archive, stored)
        extents: Sequence[Extent] = layout.fragments if layout.is_encapsulated else (layout.value,)

        def pieces() -> Iterator[bytes]:
            return turned_pieces(read_pieces(self.archive, stored, extents), layout.word_bytes)

        return LargeValue(stored, self._location(stored, PIXEL_DATA), sum(size for _, size in extents), pieces)

    def element(self, stored: StoredFile, path: str) -> LargeValue:
        """Any value by the path in its BulkDataURI, from the object mapped. Raises NoSuchBulkData, ObjectMissing."""
        found = bulk_element(mapped(self.archive, stored), path)
        views = (found.value,) if found.fragments is None else found.fragments[1:]
        width = 1 if found.little_endian else word_bytes(found.vr)

        def pieces() -> Iterator[bytes]:
            return turned_pieces(_pieces(views), width)

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
        return value.answer(form, OCTETS, OCTETS)


def routes(archive: Archive, route_class: type[APIRoute], prefix: str) -> APIRouter:
    """The path of bulk data."""
    router = APIRouter(prefix=prefix, route_class=route_class, include_in_schema=False)
    router.add_api_route(f"{_INSTANCE}/bulkdata/{{path:path}}", BulkDataEndpoint(archive).bulk, methods=["GET"])
    return router
