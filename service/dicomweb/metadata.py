"""WADO-RS metadata: every attribute of stored instances as JSON, large values by their address (PS3.18 10.4.1.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from service.access.doors import Caller, CallerDep
from service.access.short_way import ShortWay
from service.archive.kept_metadata import KeptMetadata, SeriesText
from service.archive.query import StoredFile
from service.archive.store import Archive
from service.dicomweb.accept import DICOM_XML, asked, described_as
from service.dicomweb.edge import Edge
from service.dicomweb.metadata_xml import as_xml
from service.dicomweb.resource import Resource, ResourceDep, files_of, root_path
from service.dicomweb.retrieve import gathered, unchanged
from service.dicomweb.series_at_hand import SeriesFiles
from service.dicomweb.series_text import described_etag, json_array, kept_as, on_disk
from service.dicomweb.stored_bytes import read_file_now

PIECE_BYTES: Final = 64 << 10
MOST_AT_ONCE_BYTES: Final = 4 << 20
_SERIES: Final = "/studies/{study}/series/{series}/metadata"


@dataclass(frozen=True, slots=True)
class MetadataEndpoints:
    """Attributes of what is stored."""

    archive: Archive

    def metadata(self, request: Request, caller: CallerDep, resource: ResourceDep) -> Response:
        """Of every instance of a study or series, or of one instance."""
        media_type = described_as(asked(request))
        files = files_of(self.archive, caller, resource)
        if media_type == DICOM_XML:
            return as_xml(self.archive, request, files)
        etag = described_etag(files)
        headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept"}
        if unchanged(request, etag):
            return Response(status_code=304, headers=headers)
        found = tuple(on_disk(self.archive, each) for each in files)
        return StreamingResponse(
            gathered(json_array(found, root_path(request)), PIECE_BYTES), media_type=media_type, headers=headers
        )


@dataclass(frozen=True, slots=True)
class _KeptAnswer:
    """A series' metadata as they are asked for. is_packed: whether they go out compressed."""

    text: SeriesText
    files: tuple[StoredFile, ...]
    media_type: str
    is_packed: bool

    @property
    def headers(self) -> dict[str, str]:
        coding = {"Content-Encoding": "gzip"} if self.is_packed else {}
        etag = self.text.etag
        return {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept, Accept-Encoding", **coding}

    def file(self, plain: Path) -> Path:
        """The file that is sent. plain: the one that is not compressed."""
        return plain.with_name(f"{plain.name}.gz") if self.is_packed else plain

    def response(self, content: bytes | memoryview) -> Response:
        return Response(content, media_type=self.media_type, headers=self.headers)


@dataclass(frozen=True, slots=True)
class SeriesMetadataEndpoint:
    """The metadata of a series, which a viewer asks for before anything else: kept ready, compressed where taken."""

    edge: Edge
    kept: KeptMetadata

    def at_hand(self, request: Request) -> Response | None:
        """Of a series that is being looked at, where they are kept and the system has them in memory."""
        found = self.edge.at_hand(request)
        if found is None:
            return None
        answer = self._asked(request, *found)
        if answer.media_type == DICOM_XML:
            return None
        if unchanged(request, answer.text.etag):
            return Response(status_code=304, headers=answer.headers)
        path = self.kept.at_hand(answer.text)
        content = None if path is None else read_file_now(answer.file(path), MOST_AT_ONCE_BYTES)
        return None if content is None else answer.response(content)

    async def metadata(self, request: Request) -> Response:
        """Of every instance of a series."""
        caller, resource, series = await self.edge.series_of(request)
        answer = self._asked(request, caller, resource, series)
        if answer.media_type == DICOM_XML:
            return await run_in_threadpool(as_xml, self.edge.archive, request, answer.files)
        if unchanged(request, series.etag):
            return Response(status_code=304, headers=answer.headers)
        return answer.response(await run_in_threadpool(self._content, answer, root_path(request)))

    def _asked(self, request: Request, caller: Caller, resource: Resource, series: SeriesFiles) -> _KeptAnswer:
        files = tuple(series.files.values())
        text = kept_as(files, root_path(request), resource.unsigned(caller))
        return _KeptAnswer(text, files, described_as(asked(request)), is_packed=_takes_gzip(request))

    def _content(self, answer: _KeptAnswer, root: str) -> bytes:
        archive, files = self.edge.archive, answer.files
        path = self.kept.path(answer.text, lambda: json_array([on_disk(archive, each) for each in files], root))
        return answer.file(path).read_bytes()


def _takes_gzip(request: Request) -> bool:
    """Whether the client named gzip as a coding it takes (RFC 9110 12.5.3)."""
    for part in request.headers.get("accept-encoding", "").split(","):
        coding, _, weight = part.strip().partition(";")
        if coding.strip().lower() == "gzip":
            return weight.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def routes(archive: Archive, route_class: type[APIRoute], prefix: str) -> APIRouter:
    """The paths of metadata."""
    endpoints = MetadataEndpoints(archive)
    router = APIRouter(prefix=prefix, route_class=route_class, include_in_schema=False)
    instance = "/studies/{study}/series/{series}/instances/{instance}"
    for path in ("/studies/{study}", instance):
        router.add_api_route(f"{path}/metadata", endpoints.metadata, methods=["GET"])
    return router


def series_routes(edge: Edge, kept: KeptMetadata) -> APIRouter:
    """The path of series metadata; a plain route, as that of frames."""
    return edge.plain(_SERIES, SeriesMetadataEndpoint(edge, kept).metadata)


def short_way(edge: Edge, kept: KeptMetadata) -> ShortWay:
    """The path of series metadata for those that are at hand."""
    return edge.short_way(_SERIES, SeriesMetadataEndpoint(edge, kept).at_hand)
