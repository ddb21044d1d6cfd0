"""Metadata as XML: a part for each instance, made as it is sent (PS3.18 10.4.1.2, PS3.19 annex A)."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from service.archive.query import StoredFile
from service.archive.store import Archive
from service.dicomweb.accept import DICOM_XML
from service.dicomweb.parts import boundary_of, framed, multipart_type
from service.dicomweb.resource import root_path
from service.dicomweb.retrieve import gathered, unchanged
from service.dicomweb.series_text import described_etag, on_disk, xml_documents
from service.dicomweb.stored_bytes import CHUNK_BYTES


def as_xml(archive: Archive, request: Request, files: Sequence[StoredFile]) -> Response:
    """The attributes of some instances. Raises ObjectMissing before anything is sent."""
    etag = f'{described_etag(files)[:-1]}-xml"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept"}
    if unchanged(request, etag):
        return Response(status_code=304, headers=headers)
    boundary = boundary_of(etag, root_path(request))
    documents = xml_documents([on_disk(archive, each) for each in files], root_path(request))
    answer = gathered(framed(boundary, DICOM_XML, documents), CHUNK_BYTES)
    return StreamingResponse(answer, media_type=multipart_type(DICOM_XML, boundary), headers=headers)
