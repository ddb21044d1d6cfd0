"""WADO-RS frames (PS3.18 10.4.1.1.6): what a viewer asks for hundreds of times a study.

A frame that lies in the file as it is sent is read by place and sent: no object is read whole, and where the system has
the bytes in memory no thread is changed and nothing is routed. Others are made in a thread, compressed ones decoded in
a child process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from models.manifest import Text
from service.access.problems import NOT_ACCEPTABLE, Problem, not_found
from service.access.short_way import ShortWay
from service.archive.query import StoredFile
from service.dicom.pixel_layout import FramesUnclear, NoSuchFrame, PixelLayout
from service.dicomweb.accept import Form
from service.dicomweb.edge import Edge
from service.dicomweb.frame_bytes import FrameReader
from service.dicomweb.frame_choice import Given
from service.dicomweb.parts import framed
from service.dicomweb.retrieve import gathered, unchanged
from service.dicomweb.stored_bytes import CHUNK_BYTES, CopyMissing, kept_layout, layout_of, opened_copy
from service.dicomweb.wanted_frames import Packed, WantedFrames, read_at_once, read_by_pieces
from service.pixels.pool import DecodeFault

MOST_AT_ONCE_BYTES: Final = 4 << 20
"""A larger answer is sent in pieces from a thread."""
_FRAME: Final = Text(zh="帧", en="frame")
_PATH: Final = "/studies/{study}/series/{series}/instances/{instance}/frames/{frames}"


@dataclass(frozen=True, slots=True)
class FrameEndpoints:
    """The frames of an instance."""

    edge: Edge

    def at_hand(self, request: Request) -> Response | None:
        """Frames of a series that is being looked at, where the system has their bytes in memory."""
        found = self.edge.at_hand(request)
        if found is None:
            return None
        _, resource, series = found
        stored = series.files.get(resource.instance or "")
        if stored is None or stored.layout is None:
            return None
        wanted = WantedFrames.of(request, stored)
        packed = wanted.packed(kept_layout(stored.layout))
        try:
            return None if packed is None else self._at_once(request, wanted, packed)
        except CopyMissing:
            return None

    async def frames(self, request: Request) -> Response:
        """A list of frames in the order they are asked for."""
        _, resource, series = await self.edge.series_of(request)
        stored = series.files.get(resource.instance or "")
        if stored is None:
            raise not_found(Text(zh="实例", en="instance"))
        try:
            return await self.answer(request, WantedFrames.of(request, stored))
        except CopyMissing:
            return await self.answer(request, WantedFrames.of(request, replace(stored, copy=None)))

    async def answer(self, request: Request, wanted: WantedFrames) -> Response:
        """The frames that are wanted. Raises Problem, and CopyMissing before anything has been sent."""
        layout = await self._layout(wanted.stored)
        try:
            packed = wanted.packed(layout)
        except NoSuchFrame as fault:
            raise not_found(_FRAME) from fault
        except FramesUnclear as fault:
            raise Problem(NOT_ACCEPTABLE, UNCLEAR) from fault
        if packed is None:
            return await self._made(request, wanted, layout)
        return self._at_once(request, wanted, packed) or self._by_pieces(wanted, packed)

    async def _layout(self, stored: StoredFile) -> PixelLayout:
        if stored.layout is not None:
            return kept_layout(stored.layout)
        layout = await run_in_threadpool(layout_of, self.edge.archive, stored)
        if layout is None:
            raise not_found(_FRAME)
        return layout

    def _at_once(self, request: Request, wanted: WantedFrames, packed: Packed) -> Response | None:
        """The answer, if nothing has to be waited for."""
        headers = wanted.headers
        if unchanged(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        if packed.size_bytes > MOST_AT_ONCE_BYTES:
            return None
        content = read_at_once(self.edge.archive, wanted, packed)
        return None if content is None else Response(content, media_type=wanted.media_type, headers=headers)

    def _by_pieces(self, wanted: WantedFrames, packed: Packed) -> Response:
        headers = {**wanted.headers, "Content-Length": str(packed.size_bytes)}
        if wanted.form.given is Given.COPY:
            with opened_copy(self.edge.archive, wanted.stored):
                pass  # it is there: once the answer has begun, it is too late to say that it is not
        pieces = read_by_pieces(self.edge.archive, wanted, packed)
        return StreamingResponse(gathered(pieces, CHUNK_BYTES), media_type=wanted.media_type, headers=headers)

    async def _made(self, request: Request, wanted: WantedFrames, layout: PixelLayout) -> Response:
        """Frames that have to be decoded or moved, one in memory at a time; the first before the answer begins."""
        headers = wanted.headers
        if unchanged(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        reader = FrameReader(self.edge.archive, self.edge.pool)

        def made(number: int) -> bytes:
            return reader.frame(wanted.stored, layout, number, wanted.form.given)

        try:
            first = await run_in_threadpool(made, wanted.numbers[0])
        except NoSuchFrame as fault:
            raise not_found(_FRAME) from fault
        except DecodeFault as fault:
            raise Problem(NOT_ACCEPTABLE, _NOT_DECODED) from fault
        if wanted.form.form is Form.SINGLE:
            return Response(first, media_type=wanted.media_type, headers=headers)

        def contents() -> Iterator[bytes]:
            yield first
            yield from map(made, wanted.numbers[1:])

        answer = framed(wanted.boundary, wanted.form.content_type, contents())
        return StreamingResponse(answer, media_type=wanted.media_type, headers=headers)


UNCLEAR: Final = Text(
    zh="无法确定帧的边界（视频或缺少偏移表），请取整个实例。",
    en="Which bytes are which frame cannot be told (a video, or no offset table); retrieve the whole instance.",
)
_NOT_DECODED: Final = Text(
    zh="像素无法在本中心解码，请以 transfer-syntax=* 请求原始编码。",
    en="The pixels cannot be decoded here; ask for them as stored, with transfer-syntax=*.",
)


def routes(edge: Edge) -> APIRouter:
    """The path of frames; a plain route, since what the framework does for others would cost more than the frame."""
    return edge.plain(_PATH, FrameEndpoints(edge).frames)


def short_way(edge: Edge) -> ShortWay:
    """The path of frames for those that are at hand."""
    return edge.short_way(_PATH, FrameEndpoints(edge).at_hand)
