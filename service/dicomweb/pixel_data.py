"""WADO-RS pixel data (PS3.18 10.4.1.1.6): all pixels of an instance, without a list of frames.

Native ones are one value, of which any frame is a part; compressed ones come as their frames, a part each, as stored or
decoded. Where nobody can tell the frames apart, as in a video, what is stored comes as one value too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from models.manifest import Text
from service.access.problems import NOT_ACCEPTABLE, TOO_LARGE, Problem, not_found
from service.archive.query import StoredFile
from service.dicom.json_model import NoSuchBulkData
from service.dicom.pixel_layout import PixelLayout
from service.dicomweb.bulk_data import PIXEL_DATA, LargeValue, LargeValues
from service.dicomweb.edge import Edge
from service.dicomweb.frame_choice import FrameForm, Given, chosen
from service.dicomweb.frames import UNCLEAR, FrameEndpoints
from service.dicomweb.resource import root_path
from service.dicomweb.stored_bytes import layout_of
from service.dicomweb.wanted_frames import MOST_FRAMES, WantedFrames

_PATH: Final = "/studies/{study}/series/{series}/instances/{instance}/pixeldata"
_PIXELS: Final = Text(zh="像素数据", en="pixel data")


@dataclass(frozen=True, slots=True)
class PixelDataEndpoint:
    """The pixels of an instance."""

    edge: Edge

    async def pixel_data(self, request: Request) -> Response:
        """As a value or as frames. Copies for viewers are not among them: they are of frames."""
        _, resource, series = await self.edge.series_of(request)
        stored = series.files.get(resource.instance or "")
        if stored is None:
            raise not_found(Text(zh="实例", en="instance"))
        layout = await run_in_threadpool(layout_of, self.edge.archive, stored)
        frames = len(layout.firsts) if layout is not None else 0
        form = _form(request, stored, frames or 1)
        if frames:
            return await self._as_frames(request, stored, form, frames)
        if layout is not None and layout.is_encapsulated and form.given is Given.DECODED:
            raise Problem(NOT_ACCEPTABLE, UNCLEAR)
        value = await run_in_threadpool(self._value, root_path(request), stored, layout)
        return value.answer(request, form.form, form.media_type, form.content_type)

    async def _as_frames(self, request: Request, stored: StoredFile, form: FrameForm, frames: int) -> Response:
        if frames > MOST_FRAMES:
            raise Problem(TOO_LARGE, _TOO_MANY)
        wanted = WantedFrames(replace(stored, copy=None), tuple(range(1, frames + 1)), form)
        return await FrameEndpoints(self.edge).answer(request, wanted)

    def _value(self, root: str, stored: StoredFile, layout: PixelLayout | None) -> LargeValue:
        """layout: None where the object has no pixels, or does not say how large a frame of them is."""
        values = LargeValues(self.edge.archive, root)
        try:
            return values.element(stored, PIXEL_DATA) if layout is None else values.pixels(stored, layout)
        except NoSuchBulkData as fault:
            raise not_found(_PIXELS) from fault


def _form(request: Request, stored: StoredFile, parts: int) -> FrameForm:
    accept, query_accept = request.headers.get("accept"), request.query_params.get("accept")
    return chosen(accept, query_accept, stored.transfer_syntax_uid, None, parts)


_TOO_MANY: Final = Text(
    zh=f"超过 {MOST_FRAMES} 帧，请分批请求各帧，或取整个实例。",
    en=f"There are more than {MOST_FRAMES} frames; ask for lists of frames, or retrieve the whole instance.",
)


def routes(edge: Edge) -> APIRouter:
    """The path of pixel data."""
    return edge.plain(_PATH, PixelDataEndpoint(edge).pixel_data)
