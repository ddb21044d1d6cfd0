"""The query parameters of rendered resources, read into what a picture is made by (PS3.18 8.3.5)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from models.manifest import Text
from service.access.problems import MALFORMED_REQUEST, FieldFault, Problem
from service.dicomweb.accept import MULTIPART, Form, MediaRange, not_acceptable

PICTURES: Final = ("image/jpeg", "image/png")
MAX_SIDE_PX: Final = 8192
THUMBNAIL_PX: Final = 128
_FUNCTIONS: Final = frozenset({"linear", "linear-exact", "sigmoid"})


def view_of(request: Request, media_type: str) -> Mapping[str, object]:
    """The fields of service.pixels.view.View. Raises Problem for a parameter that cannot be read."""
    said = request.query_params
    view: dict[str, object] = {"media_type": media_type}
    if "window" in said:
        view |= _window(said["window"])
    if "viewport" in said:
        view |= _viewport(said["viewport"])
    if "quality" in said:
        view["quality"] = int(_numbers("quality", said["quality"], 1, low=1, high=100)[0])
    return view


def thumbnail_of(request: Request, media_type: str) -> Mapping[str, object]:
    """The same for a thumbnail: small, and without legible text."""
    return {"size_px": (THUMBNAIL_PX, THUMBNAIL_PX), **view_of(request, media_type), "anonymous": True}


def picture_type(taken: tuple[MediaRange, ...], others: tuple[str, ...] = ()) -> tuple[str, Form]:
    """The media type of a picture, and whether it comes as a part. others: what the object can be given as besides.

    A wildcard is answered with what the object is: its own type, else a JPEG. Raises Problem (406).
    """
    offered = others or PICTURES
    for each in taken:
        for media_type in offered:
            inner = each.parameters.get("type", "").lower()
            if each.media_type == MULTIPART and inner in {media_type, f"{media_type.partition('/')[0]}/*", "*/*"}:
                return media_type, Form.MULTIPART
            if each.takes(media_type):
                return media_type, Form.SINGLE
    raise not_acceptable(", ".join(offered))


def _window(text: str) -> Mapping[str, object]:
    values, _, function = text.rpartition(",")
    if function.strip().lower() not in _FUNCTIONS:
        values, function = text, "linear"
    centre, width = _numbers("window", values, 2)
    if width < 1:
        raise _malformed("window", Text(zh="窗宽至少为 1", en="the width is at least 1"))
    return {"window": (centre, width), "function": function.strip().lower()}


def _viewport(text: str) -> Mapping[str, object]:
    """vw,vh[,sx,sy,sw,sh]; an empty one is the whole (8.3.5.1.3)."""
    parts = [part.strip() for part in text.split(",")]
    size = _numbers("viewport", ",".join(parts[:2]), 2, low=1, high=MAX_SIDE_PX)
    view: dict[str, object] = {"size_px": (int(size[0]), int(size[1]))}
    if len(parts) > 2:
        whole = ("0", "0", str(MAX_SIDE_PX * 8), str(MAX_SIDE_PX * 8))
        filled = [part or default for part, default in zip((*parts[2:], "", "", "", ""), whole, strict=False)]
        region = _numbers("viewport", ",".join(filled[: max(len(parts) - 2, 4)]), 4)
        if region[0] < 0 or region[1] < 0 or 0 in region[2:]:
            raise _malformed("viewport", Text(zh="区域无效", en="the region is not inside an image"))
        view["region_px"] = region
    return view


def _numbers(name: str, text: str, count: int, low: float = -1e9, high: float = 1e9) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if len(found) != count or not all(math.isfinite(each) and low <= each <= high for each in found):
        words = Text(
            zh=f"应为 {count} 个以逗号分隔、范围内的数", en=f"it is not {count} numbers within bounds, comma between"
        )
        raise _malformed(name, words)
    return found


def _malformed(name: str, words: Text) -> Problem:
    return Problem(
        MALFORMED_REQUEST,
        Text(zh="查询参数无法解析，见 errors。", en="A query parameter cannot be read; see errors."),
        errors=(FieldFault(f"query.{name}", words),),
    )
