"""WADO-RS metadata and bulk data: every attribute of stored instances as JSON, large values apart (PS3.18 10.4.1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from models.manifest import Text
from service.access.doors import CallerDep
from service.access.problems import TOO_LARGE, Problem, not_found
from service.archive.kept_metadata import KeptMetadata, SeriesText
from service.archive.query import StoredFile
from service.archive.store import Archive
from service.dicom.json_model import NoSuchBulkData, bulk_value
from service.dicom.pixel_layout import Extent
from service.dicomweb.accept import OCTETS, Form, asked, json_type, packing, ranges
from service.dicomweb.edge import Edge
from service.dicomweb.resource import ResourceDep, files_of, root_path
from service.dicomweb.retrieve import gathered, unchanged
from service.dicomweb.series_text import etag_of, json_array, kept_as, on_disk
from service.dicomweb.stored_bytes import CHUNK_BYTES, layout_of, read_pieces

MAX_BULK_OBJECT_BYTES: Final = 64 << 20
PIECE_BYTES: Final = 64 << 10
_PIXEL_DATA: Final = "7FE00010"
_BULK_DATA: Final = Text(zh="大数据值", en="bulk data")


@dataclass(frozen=True, slots=True)
class MetadataEndpoints:
    """Attributes of what is stored."""

    archive: Archive

    def bulk(self, request: Request, caller: CallerDep, resource: ResourceDep, path: str) -> Response:
        """The bytes of one large value."""
        taken = ranges(request.headers.get("accept"), request.query_params.get("accept"))
        form = packing(taken, OCTETS, {"*"}, single=True)
        (stored,) = files_of(self.archive, caller, resource)
        layout = layout_of(self.archive, stored) if path == _PIXEL_DATA else None
        if form is Form.SINGLE and layout is not None and layout.word_bytes == 1:
            return self._pixels(stored, layout.fragments or (layout.value,))
        file = on_disk(self.archive, stored)
        if file.size_bytes > MAX_BULK_OBJECT_BYTES:
            detail = Text(zh="实例过大，请整体下载。", en="The instance is too large for this; retrieve it whole.")
            raise Problem(TOO_LARGE, detail)
        try:
            value = bulk_value(file.path.read_bytes(), path)
        except NoSuchBulkData as fault:
            raise not_found(_BULK_DATA) from fault
        return Response(value, media_type=OCTETS) if form is Form.SINGLE else _multipart(value)

    def _pixels(self, stored: StoredFile, extents: tuple[Extent, ...]) -> Response:
        """Pixels of any size, as they lie; of compressed ones all fragments in a row."""
        headers = {"Content-Length": str(sum(length for _, length in extents))}
        pieces = gathered(read_pieces(self.archive, stored, extents), CHUNK_BYTES)
        return StreamingResponse(pieces, media_type=OCTETS, headers=headers)

    def metadata(self, request: Request, caller: CallerDep, resource: ResourceDep) -> Response:
        """Of every instance of a study or series, or of one instance."""
        media_type = json_type(ranges(request.headers.get("accept"), request.query_params.get("accept")))
        files = files_of(self.archive, caller, resource)
        etag = etag_of(files)
        headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept"}
        if unchanged(request, etag):
            return Response(status_code=304, headers=headers)
        found = tuple(on_disk(self.archive, each) for each in files)
        return StreamingResponse(
            gathered(json_array(found, root_path(request)), PIECE_BYTES), media_type=media_type, headers=headers
        )


@dataclass(frozen=True, slots=True)
class SeriesMetadataEndpoint:
    """The metadata of a series, which a viewer asks for before anything else: kept ready, compressed where taken."""

    edge: Edge
    kept: KeptMetadata

    async def metadata(self, request: Request) -> Response:
        """Of every instance of a series."""
        caller, resource, series = await self.edge.series_of(request)
        media_type = json_type(asked(request))
        headers = {"ETag": series.etag, "Cache-Control": "private, no-cache", "Vary": "Accept, Accept-Encoding"}
        if unchanged(request, series.etag):
            return Response(status_code=304, headers=headers)
        root, files = root_path(request), tuple(series.files.values())
        text = kept_as(files, root, resource.unsigned(caller))
        if _takes_gzip(request):
            headers["Content-Encoding"] = "gzip"
        content = await run_in_threadpool(self._content, text, files, root, compressed="Content-Encoding" in headers)
        return Response(content, media_type=media_type, headers=headers)

    def _content(self, text: SeriesText, files: tuple[StoredFile, ...], root: str, *, compressed: bool) -> bytes:
        path = self.kept.path(text, lambda: json_array([on_disk(self.edge.archive, each) for each in files], root))
        return (path.with_name(f"{path.name}.gz") if compressed else path).read_bytes()


def _takes_gzip(request: Request) -> bool:
    """Whether the client named gzip as a coding it takes (RFC 9110 12.5.3)."""
    for part in request.headers.get("accept-encoding", "").split(","):
        coding, _, weight = part.strip().partition(";")
        if coding.strip().lower() == "gzip":
            return weight.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _multipart(value: bytes) -> Response:
    boundary = "bulk-data-of-one-value"
    while boundary.encode() in value:
        boundary += "-"
    head = f"--{boundary}\r\nContent-Type: {OCTETS}\r\nContent-Length: {len(value)}\r\n\r\n".encode()
    tail = f"\r\n--{boundary}--\r\n".encode()
    return Response(head + value + tail, media_type=f'multipart/related; type="{OCTETS}"; boundary={boundary}')


def routes(archive: Archive, route_class: type[APIRoute], prefix: str) -> APIRouter:
    """The paths of metadata and bulk data."""
    endpoints = MetadataEndpoints(archive)
    router = APIRouter(prefix=prefix, route_class=route_class, include_in_schema=False)
    instance = "/studies/{study}/series/{series}/instances/{instance}"
    for path in ("/studies/{study}", instance):
        router.add_api_route(f"{path}/metadata", endpoints.metadata, methods=["GET"])
    router.add_api_route(f"{instance}/bulkdata/{{path:path}}", endpoints.bulk, methods=["GET"])
    return router


def series_routes(edge: Edge, kept: KeptMetadata) -> APIRouter:
    """The path of series metadata; a plain route, as that of frames."""
    return edge.plain("/studies/{study}/series/{series}/metadata", SeriesMetadataEndpoint(edge, kept).metadata)
