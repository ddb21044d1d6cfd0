"""WADO-RS: the stored bytes of a study, series or instance (PS3.18 10.4), as stored and in constant memory.

Nothing is transcoded yet: without a transfer syntax in Accept, PS3.18 8.7.3.4 has Explicit VR Little Endian as the
default; here every part comes in the syntax it is stored in and says so in its Content-Type. A client that insists on
another one is answered 406.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute

from service.access.doors import CallerDep
from service.archive.objects import ObjectMissing
from service.archive.store import Archive
from service.dicomweb.accept import DICOM, Form, packing, ranges
from service.dicomweb.resource import ResourceDep, files_of, root_path
from service.dicomweb.series_text import OnDisk, etag_of, location_of, on_disk

CHUNK_BYTES: Final = 1 << 20
_NEW_LINE: Final = "\r\n"


@dataclass(frozen=True, slots=True)
class RetrieveEndpoints:
    """The retrievals."""

    archive: Archive

    def retrieve(self, request: Request, caller: CallerDep, resource: ResourceDep) -> Response:
        """Every instance of a study or series, or one instance."""
        taken = ranges(request.headers.get("accept"), request.query_params.get("accept"))
        files = files_of(self.archive, caller, resource)
        stored = {each.transfer_syntax_uid for each in files}
        form = packing(taken, DICOM, stored, single=len(files) == 1)
        etag = etag_of(files)
        if unchanged(request, etag):
            return Response(status_code=304, headers=_headers(etag))
        found = tuple(on_disk(self.archive, each) for each in files)
        return _bare(found[0], etag) if form is Form.SINGLE else _multipart(found, etag, root_path(request))


def unchanged(request: Request, etag: str) -> bool:
    """Whether the client holds this already (RFC 9110 13.1.2)."""
    held = request.headers.get("if-none-match", "")
    return held.strip() == "*" or etag in (each.strip() for each in held.split(","))


def _headers(etag: str) -> dict[str, str]:
    return {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept"}


def _bare(file: OnDisk, etag: str) -> Response:
    headers = {**_headers(etag), "Content-Length": str(file.size_bytes)}
    media_type = f"{DICOM}; transfer-syntax={file.stored.transfer_syntax_uid}"
    return StreamingResponse(_bytes_of(file), media_type=media_type, headers=headers)


def _multipart(files: tuple[OnDisk, ...], etag: str, root: str) -> Response:
    boundary = secrets.token_hex(16)
    heads = tuple(_head(boundary, file, root, first=number == 0) for number, file in enumerate(files))
    tail = f"\r\n--{boundary}--\r\n".encode()
    length = sum(map(len, heads)) + sum(file.size_bytes for file in files) + len(tail)

    def parts() -> Iterator[bytes]:
        for head, file in zip(heads, files, strict=True):
            yield head
            yield from _bytes_of(file)
        yield tail

    media_type = f'multipart/related; type="{DICOM}"; boundary={boundary}'
    return StreamingResponse(
        gathered(parts(), CHUNK_BYTES), media_type=media_type, headers={**_headers(etag), "Content-Length": str(length)}
    )


def gathered(pieces: Iterator[bytes], least_bytes: int) -> Iterator[bytes]:
    """The same bytes in pieces of at least so many (but the last): each piece costs a change of threads."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= least_bytes:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def _head(boundary: str, file: OnDisk, root: str, *, first: bool) -> bytes:
    stored = file.stored
    lines = (
        f"{'' if first else _NEW_LINE}--{boundary}",
        f"Content-Type: {DICOM}; transfer-syntax={stored.transfer_syntax_uid}",
        f"Content-Length: {file.size_bytes}",
        f"Content-Location: {location_of(stored, root)}",
    )
    return (_NEW_LINE.join(lines) + 2 * _NEW_LINE).encode()


def _bytes_of(file: OnDisk) -> Iterator[bytes]:
    """The file in chunks, and never more or less than its announced size."""
    descriptor = os.open(file.path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
        left = file.size_bytes
        while left:
            chunk = os.read(descriptor, min(CHUNK_BYTES, left))
            if not chunk:
                raise ObjectMissing(f"object {file.stored.object_name} is shorter than it was")
            left -= len(chunk)
            yield chunk
    finally:
        os.close(descriptor)


def routes(archive: Archive, route_class: type[APIRoute], prefix: str) -> APIRouter:
    """The paths that are retrieved (PS3.18 table 10.4.1-1)."""
    retrieve = RetrieveEndpoints(archive).retrieve
    router = APIRouter(prefix=prefix, route_class=route_class, include_in_schema=False)
    router.add_api_route("/studies/{study}", retrieve, methods=["GET"])
    router.add_api_route("/studies/{study}/series/{series}", retrieve, methods=["GET"])
    router.add_api_route("/studies/{study}/series/{series}/instances/{instance}", retrieve, methods=["GET"])
    return router
