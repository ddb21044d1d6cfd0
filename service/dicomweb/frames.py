"""WADO-RS frames (PS3.18 10.4.1.1.6): what a viewer asks for hundreds of times a study.

A frame that lies in the file as it is sent is read by place and sent: no object is read whole, and where the system has
the bytes in memory no thread is changed. Others are made in a thread, compressed ones decoded in a child process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from models.manifest import Text
from service.access.problems import MALFORMED_REQUEST, NOT_ACCEPTABLE, FieldFault, Problem, not_found
from service.archive.query import StoredFile
from service.dicom.pixel_layout import Extent, FramesUnclear, NoSuchFrame, PixelLayout
from service.dicomweb.accept import Form, asked
from service.dicomweb.edge import Edge
from service.dicomweb.frame_bytes import FrameReader, as_it_lies
from service.dicomweb.frame_choice import FrameForm, choose
from service.dicomweb.parts import boundary_of, framed, multipart_type, part_head, parts_end
from service.dicomweb.retrieve import gathered, unchanged
from service.dicomweb.stored_bytes import CHUNK_BYTES, kept_layout, layout_of, opened, read_now, read_pieces
from service.pixels.pool import DecodeFault

MOST_FRAMES: Final = 10_000
MOST_AT_ONCE_BYTES: Final = 4 << 20
"""A larger answer is sent in pieces from a thread."""
_FRAME: Final = Text(zh="帧", en="frame")
_CACHED: Final = {"Cache-Control": "private, max-age=86400, immutable", "Vary": "Accept"}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked for, and how it goes out."""

    stored: StoredFile
    layout: PixelLayout
    numbers: tuple[int, ...]
    form: FrameForm
    headers: dict[str, str]

    @property
    def boundary(self) -> str:
        return boundary_of(self.stored.object_name, ",".join(map(str, self.numbers)))

    @property
    def media_type(self) -> str:
        if self.form.form is Form.SINGLE:
            return self.form.content_type
        return multipart_type(self.form.media_type, self.boundary)

    def places(self) -> tuple[tuple[Extent, ...], ...] | None:
        """Where the frames lie, if all of them lie as they are sent. Raises NoSuchFrame, FramesUnclear."""
        found = [as_it_lies(self.stored, self.layout, each, is_stored=self.form.is_stored) for each in self.numbers]
        placed = tuple(each for each in found if each is not None)
        return placed if len(placed) == len(found) else None

    def packed(self, places: Sequence[tuple[Extent, ...]]) -> list[bytes | tuple[Extent, ...]]:
        """The answer as bytes of ours and places of the file."""
        if self.form.form is Form.SINGLE:
            return [places[0]]
        boundary, packed = self.boundary, list[bytes | tuple[Extent, ...]]()
        for number, extents in enumerate(places):
            length = sum(size for _, size in extents)
            packed += [part_head(boundary, self.form.content_type, first=number == 0, length=length), extents]
        return [*packed, parts_end(boundary)]


@dataclass(frozen=True, slots=True)
class FrameEndpoints:
    """The frames of an instance."""

    edge: Edge

    async def frames(self, request: Request) -> Response:
        """A list of frames in the order they are asked for."""
        _, resource, series = await self.edge.series_of(request)
        stored = series.files.get(resource.instance or "")
        if stored is None:
            raise not_found(Text(zh="实例", en="instance"))
        numbers = _numbers(request.path_params["frames"])
        form = choose(asked(request), stored.transfer_syntax_uid, frames=len(numbers))
        etag = f'"{stored.object_name[:40]}-{form.transfer_syntax_uid}-{form.form.value}"'
        headers = {"ETag": etag, **_CACHED}
        if stored.layout is not None:
            layout: PixelLayout | None = kept_layout(stored.layout)
        else:
            layout = await run_in_threadpool(layout_of, self.edge.archive, stored)
        if layout is None:
            raise not_found(_FRAME)
        return await self._answered(request, _Wanted(stored, layout, numbers, form, headers))

    async def _answered(self, request: Request, wanted: _Wanted) -> Response:
        try:
            places = wanted.places()
        except NoSuchFrame as fault:
            raise not_found(_FRAME) from fault
        except FramesUnclear as fault:
            raise Problem(NOT_ACCEPTABLE, _UNCLEAR) from fault
        if unchanged(request, wanted.headers["ETag"]):
            return Response(status_code=304, headers=wanted.headers)
        if places is None:
            return await self._made(wanted)
        packed = wanted.packed(places)
        size = sum(len(each) if isinstance(each, bytes) else sum(length for _, length in each) for each in packed)
        at_once = self._at_once(wanted.stored, packed, size) if size <= MOST_AT_ONCE_BYTES else None
        if at_once is not None:
            return Response(memoryview(at_once), media_type=wanted.media_type, headers=wanted.headers)
        headers = {**wanted.headers, "Content-Length": str(size)}
        return StreamingResponse(
            gathered(self._pieces(wanted.stored, packed), CHUNK_BYTES), media_type=wanted.media_type, headers=headers
        )

    def _at_once(self, stored: StoredFile, packed: list[bytes | tuple[Extent, ...]], size: int) -> bytearray | None:
        """The whole answer, if nothing has to be waited for."""
        answer = bytearray(size)
        view, filled = memoryview(answer), 0
        with opened(self.edge.archive, stored) as descriptor:
            for each in packed:
                length = len(each) if isinstance(each, bytes) else sum(part for _, part in each)
                if isinstance(each, bytes):
                    view[filled : filled + length] = each
                elif not read_now(descriptor, each, view[filled : filled + length]):
                    return None
                filled += length
        return answer

    def _pieces(self, stored: StoredFile, packed: list[bytes | tuple[Extent, ...]]) -> Iterator[bytes]:
        for each in packed:
            if isinstance(each, bytes):
                yield each
            else:
                yield from read_pieces(self.edge.archive, stored, each)

    async def _made(self, wanted: _Wanted) -> Response:
        """Frames that have to be decoded or moved, one in memory at a time; the first before the answer begins."""
        reader = FrameReader(self.edge.archive, self.edge.pool)

        def made(number: int) -> bytes:
            return reader.frame(wanted.stored, wanted.layout, number, is_stored=wanted.form.is_stored)

        try:
            first = await run_in_threadpool(made, wanted.numbers[0])
        except NoSuchFrame as fault:
            raise not_found(_FRAME) from fault
        except DecodeFault as fault:
            raise Problem(NOT_ACCEPTABLE, _NOT_DECODED) from fault
        if wanted.form.form is Form.SINGLE:
            return Response(first, media_type=wanted.media_type, headers=wanted.headers)

        def contents() -> Iterator[bytes]:
            yield first
            yield from map(made, wanted.numbers[1:])

        answer = framed(wanted.boundary, wanted.form.content_type, contents())
        return StreamingResponse(answer, media_type=wanted.media_type, headers=wanted.headers)


_UNCLEAR: Final = Text(
    zh="无法确定帧的边界（视频或缺少偏移表），请取整个实例。",
    en="Which bytes are which frame cannot be told (a video, or no offset table); retrieve the whole instance.",
)
_NOT_DECODED: Final = Text(
    zh="像素无法在本中心解码，请以 transfer-syntax=* 请求原始编码。",
    en="The pixels cannot be decoded here; ask for them as stored, with transfer-syntax=*.",
)


def _numbers(text: str) -> tuple[int, ...]:
    """The frames of a list like 1,2,3; those that no object has are left to be not found. Raises Problem."""
    parts = text.split(",", MOST_FRAMES)
    if len(parts) > MOST_FRAMES or not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        words = Text(zh="应为逗号分隔的帧号，从 1 起", en="it is not a list of frame numbers from 1, like 1,2,3")
        detail = Text(zh="帧列表无法解析。", en="The list of frames cannot be read.")
        raise Problem(MALFORMED_REQUEST, detail, errors=(FieldFault("path.frames", words),))
    return tuple(map(int, parts))


def routes(edge: Edge) -> APIRouter:
    """The path of frames; a plain route, since what the framework does for others would cost more than the frame."""
    router = APIRouter()
    router.add_route(
        edge.prefix + "/studies/{study}/series/{series}/instances/{instance}/frames/{frames}",
        FrameEndpoints(edge).frames,
        methods=["GET"],
    )
    return router
