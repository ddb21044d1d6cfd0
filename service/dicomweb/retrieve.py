"""WADO-RS: a study, series or instance (PS3.18 10.4), as stored or decoded, and in constant memory.

Without a transfer syntax in Accept, PS3.18 8.7.3.4 has Explicit VR Little Endian as the default; here every part comes
in the syntax it is stored in and says so in its Content-Type, as viewers expect that ask so. Who names Explicit VR
Little Endian gets compressed objects decoded, and 406 where they cannot be; who insists on another one gets 406.
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

from models.manifest import Text
from service.access.doors import CallerDep
from service.access.problems import NOT_ACCEPTABLE, Problem
from service.archive.objects import ObjectMissing
from service.archive.query import StoredFile
from service.archive.store import Archive
from service.dicom.syntaxes import EXPLICIT_VR_LITTLE_ENDIAN
from service.dicomweb.accept import DICOM, Form, packing, ranges
from service.dicomweb.decoded import DecodedFile, InstanceDecoder, can_be_decoded
from service.dicomweb.edge import Edge
from service.dicomweb.resource import ResourceDep, files_of, root_path
from service.dicomweb.series_text import OnDisk, decoded_etag, etag_of, location_of, on_disk
from service.pixels.pool import DecodeFault, PixelPool

CHUNK_BYTES: Final = 1 << 20
_NEW_LINE: Final = "\r\n"


@dataclass(frozen=True, slots=True)
class RetrieveEndpoints:
    """The retrievals."""

    archive: Archive
    pool: PixelPool

    def retrieve(self, request: Request, caller: CallerDep, resource: ResourceDep) -> Response:
        """Every instance of a study or series, or one instance."""
        taken = ranges(request.headers.get("accept"), request.query_params.get("accept"))
        files = files_of(self.archive, caller, resource)
        stored = {each.transfer_syntax_uid for each in files}
        made = EXPLICIT_VR_LITTLE_ENDIAN if all(map(can_be_decoded, files)) else None
        chosen = packing(taken, DICOM, stored, single=len(files) == 1, made=made)
        etag = etag_of(files) if chosen.as_stored else decoded_etag(files)
        if unchanged(request, etag):
            return Response(status_code=304, headers=_headers(etag))
        found = tuple(on_disk(self.archive, each) for each in files)
        if not chosen.as_stored:
            return self._decoded(request, found, chosen.form, etag)
        return _bare(found[0], etag) if chosen.form is Form.SINGLE else _multipart(found, etag, root_path(request))

    def _decoded(self, request: Request, files: tuple[OnDisk, ...], form: Form, etag: str) -> Response:
        """Of each file its length first, so that none but a frame is held; how long the whole is nobody knows yet."""
        decoder = InstanceDecoder(self.archive, self.pool)
        try:
            decoder.require([each.stored for each in files])
            if form is Form.SINGLE:
                return _bare_decoded(decoder, decoder.begun(files[0].stored), etag)
        except DecodeFault as fault:
            raise Problem(NOT_ACCEPTABLE, _NOT_DECODED) from fault
        boundary, root = secrets.token_hex(16), root_path(request)

        def parts() -> Iterator[bytes]:
            for number, file in enumerate(files):
                size, pieces = self._as_explicit(decoder, file)
                yield _head(boundary, _Part(file.stored, EXPLICIT_VR_LITTLE_ENDIAN, size), root, first=number == 0)
                yield from pieces
            yield f"\r\n--{boundary}--\r\n".encode()

        media_type = f'multipart/related; type="{DICOM}"; boundary={boundary}'
        return StreamingResponse(gathered(parts(), CHUNK_BYTES), media_type=media_type, headers=_headers(etag))

    def _as_explicit(self, decoder: InstanceDecoder, file: OnDisk) -> tuple[int, Iterator[bytes]]:
        if file.stored.transfer_syntax_uid == EXPLICIT_VR_LITTLE_ENDIAN:
            return file.size_bytes, _bytes_of(file)
        begun = decoder.begun(file.stored)
        return begun.around.size_bytes, decoder.pieces(begun)


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


def _bare_decoded(decoder: InstanceDecoder, file: DecodedFile, etag: str) -> Response:
    headers = {**_headers(etag), "Content-Length": str(file.around.size_bytes)}
    media_type = f"{DICOM}; transfer-syntax={EXPLICIT_VR_LITTLE_ENDIAN}"
    return StreamingResponse(gathered(decoder.pieces(file), CHUNK_BYTES), media_type=media_type, headers=headers)


def _multipart(files: tuple[OnDisk, ...], etag: str, root: str) -> Response:
    boundary = secrets.token_hex(16)
    parts_of = [_Part(each.stored, each.stored.transfer_syntax_uid, each.size_bytes) for each in files]
    heads = tuple(_head(boundary, each, root, first=number == 0) for number, each in enumerate(parts_of))
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


@dataclass(frozen=True, slots=True)
class _Part:
    """What the head of a part says."""

    stored: StoredFile
    transfer_syntax_uid: str
    size_bytes: int


def _head(boundary: str, part: _Part, root: str, *, first: bool) -> bytes:
    lines = (
        f"{'' if first else _NEW_LINE}--{boundary}",
        f"Content-Type: {DICOM}; transfer-syntax={part.transfer_syntax_uid}",
        f"Content-Length: {part.size_bytes}",
        f"Content-Location: {location_of(part.stored, root)}",
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


_NOT_DECODED: Final = Text(
    zh="像素无法在本中心解码，请以 transfer-syntax=* 请求原始编码。",
    en="The pixels cannot be decoded here; ask for them as stored, with transfer-syntax=*.",
)


def routes(edge: Edge, route_class: type[APIRoute]) -> APIRouter:
    """The paths that are retrieved (PS3.18 table 10.4.1-1)."""
    retrieve = RetrieveEndpoints(edge.archive, edge.pool).retrieve
    router = APIRouter(prefix=edge.prefix, route_class=route_class, include_in_schema=False)
    router.add_api_route("/studies/{study}", retrieve, methods=["GET"])
    router.add_api_route("/studies/{study}/series/{series}", retrieve, methods=["GET"])
    router.add_api_route("/studies/{study}/series/{series}/instances/{instance}", retrieve, methods=["GET"])
    return router
