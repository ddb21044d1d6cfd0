"""WADO-RS rendered resources and thumbnails (PS3.18 10.4.1.1.3): pictures for whoever has no DICOM decoder.

A single picture of several is the middle one: of a study its first series with images, of that the middle instance, of
that the middle frame. Asked for as multipart, every instance is a part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from models.manifest import Text
from service.access.doors import CallerDep
from service.access.problems import NOT_ACCEPTABLE, Problem, not_found
from service.archive.query import StoredFile
from service.dicom.pixel_layout import NoSuchFrame
from service.dicomweb.accept import Form, asked
from service.dicomweb.documents import DOCUMENT_TYPES, document_of
from service.dicomweb.edge import Edge
from service.dicomweb.parts import boundary_of, framed, multipart_type
from service.dicomweb.resource import ResourceDep, files_of
from service.dicomweb.retrieve import unchanged
from service.dicomweb.stored_bytes import layout_of, path_of
from service.dicomweb.view_query import picture_type, thumbnail_of, view_of
from service.pixels.pool import DecodeFault

_PICTURE: Final = Text(zh="图像", en="picture")
_CACHED: Final = {"Cache-Control": "private, max-age=86400", "Vary": "Accept"}
_NOT_SHOWN: Final = Text(
    zh="像素无法在本中心解码，请取整个实例。", en="The pixels cannot be decoded here; retrieve the whole instance."
)
_RENDERING: Final = "2"
"""Grows when the same object is drawn in another way, so that nobody goes on showing the former picture."""
ReadView = Callable[[Request, str], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class RenderedEndpoints:
    """Pictures of studies, series, instances and frames."""

    edge: Edge

    def rendered(self, request: Request, caller: CallerDep, resource: ResourceDep) -> Response:
        """The picture in its own size, or the document that the object holds."""
        files = files_of(self.edge.archive, caller, resource)
        documents = [each for each in files if each.sop_class_uid in DOCUMENT_TYPES]
        if documents and len(documents) == len(files):
            return self._document(request, documents[0])
        return self._pictures(request, files, view_of)

    def thumbnail(self, request: Request, caller: CallerDep, resource: ResourceDep) -> Response:
        """A small picture without legible text."""
        return self._pictures(request, files_of(self.edge.archive, caller, resource), thumbnail_of)

    def _pictures(self, request: Request, files: tuple[StoredFile, ...], read_view: ReadView) -> Response:
        media_type, form = picture_type(asked(request))
        view = read_view(request, media_type)
        shown = [each for each in _first_series(files) if each.layout is not None]
        if not shown:
            raise not_found(_PICTURE)
        names = (each.object_name for each in shown)
        etag = f'"{boundary_of(*names, media_type, repr(sorted(view.items())), _RENDERING)}"'
        headers = {**_CACHED, "ETag": etag}
        if unchanged(request, etag):
            return Response(status_code=304, headers=headers)
        frame = request.path_params.get("frame")
        if form is Form.SINGLE:
            picture = self._picture(shown[len(shown) // 2], frame, view)
            return Response(picture, media_type=media_type, headers=headers)
        boundary = boundary_of(etag)
        first = self._picture(shown[0], frame, view)

        def pictures() -> Iterator[bytes]:
            yield first
            yield from (self._picture(each, frame, view) for each in shown[1:])

        return StreamingResponse(
            framed(boundary, media_type, pictures()), media_type=multipart_type(media_type, boundary), headers=headers
        )

    def _picture(self, stored: StoredFile, frame: str | None, view: Mapping[str, object]) -> bytes:
        layout = layout_of(self.edge.archive, stored)
        if layout is None:
            raise not_found(_PICTURE)
        number = (layout.frame_count + 1) // 2 if frame is None else _number(frame)
        if not 1 <= number <= layout.frame_count:
            raise not_found(Text(zh="帧", en="frame"))
        try:
            return self.edge.pool.show(path_of(self.edge.archive, stored), number, view, layout.whole_bytes(number))
        except (DecodeFault, NoSuchFrame) as fault:
            raise Problem(NOT_ACCEPTABLE, _NOT_SHOWN) from fault

    def _document(self, request: Request, stored: StoredFile) -> Response:
        own = DOCUMENT_TYPES[stored.sop_class_uid]
        media_type, form = picture_type(asked(request), (own,))
        content = document_of(self.edge.archive, stored)
        if form is Form.SINGLE:
            return Response(content, media_type=media_type, headers=_CACHED)
        boundary = boundary_of(stored.object_name)
        body = b"".join(framed(boundary, media_type, [content]))
        return Response(body, media_type=multipart_type(media_type, boundary), headers=_CACHED)


def _first_series(files: tuple[StoredFile, ...]) -> tuple[StoredFile, ...]:
    """The files of the first series that has any with pixels."""
    first = next((each.series_instance_uid for each in files if each.layout is not None), None)
    return tuple(each for each in files if each.series_instance_uid == first)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def routes(edge: Edge) -> APIRouter:
    """The paths of pictures."""
    endpoints, router = RenderedEndpoints(edge), edge.router()
    series = "/studies/{study}/series/{series}"
    instance = f"{series}/instances/{{instance}}"
    for path in ("/studies/{study}", series, instance, f"{instance}/frames/{{frame}}"):
        router.add_api_route(f"{path}/rendered", endpoints.rendered, methods=["GET"])
        router.add_api_route(f"{path}/thumbnail", endpoints.thumbnail, methods=["GET"])
    return router
