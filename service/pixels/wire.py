"""Messages between the pool and its children: a JSON head and raw bytes, each with its length before it."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

MAX_HEAD_BYTES: Final = 64 << 20
MAX_CONTENT_BYTES: Final = 512 << 20
_LENGTHS: Final = struct.Struct("<QQ")


class ChildGone(Exception):
    """The other end closed the socket, or speaks no sense."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the bytes are, or what to do with them; error is set when it could not be done.

    view: the fields of service.pixels.view.View; to mark, those of service.pixels.marked.Marks without its polygons.
    extents: where the frame lies, as read_frame takes them; of `explicit` where all pixels lie.
    """

    act: Literal["ready", "render", "outline", "decode", "copy", "show", "mark", "explicit", "answer"]
    shape: tuple[int, ...] = ()
    path: str = ""
    frame_number: int = 1
    window: tuple[float, float] = (0.0, 1.0)
    polygons: Sequence[Sequence[tuple[float, float]]] = ()
    lines: Sequence[str] = ()
    view: Mapping[str, Any] = field(default_factory=dict)
    extents: Sequence[tuple[int, int]] = ()
    error: str = ""


def put(end: socket.socket, head: Head, content: bytes = b"") -> None:
    """Send one message. Raises OSError."""
    text = json.dumps({name: getattr(head, name) for name in Head.__slots__}).encode()
    end.sendall(_LENGTHS.pack(len(text), len(content)) + text)
    end.sendall(content)


def take(end: socket.socket, deadline_s: float | None = None) -> tuple[Head, bytes]:
    """Wait for one message, the whole of it within the deadline. Raises ChildGone, TimeoutError, OSError."""
    due_at = None if deadline_s is None else time.monotonic() + deadline_s
    head_bytes, content_bytes = _LENGTHS.unpack(_exactly(end, _LENGTHS.size, due_at))
    if head_bytes > MAX_HEAD_BYTES or content_bytes > MAX_CONTENT_BYTES:
        raise ChildGone("the message is longer than any picture")
    head = _head(_exactly(end, head_bytes, due_at))
    return head, bytes(_exactly(end, content_bytes, due_at))


def _head(text: bytearray) -> Head:
    try:
        values = json.loads(text)
        centre, width = values["window"]
        return Head(
            act=values["act"],
            shape=tuple(int(size) for size in values["shape"]),
            path=str(values["path"]),
            frame_number=int(values["frame_number"]),
            window=(float(centre), float(width)),
            polygons=tuple(tuple((float(c), float(r)) for c, r in polygon) for polygon in values["polygons"]),
            lines=tuple(str(line) for line in values["lines"]),
            view=dict(values["view"]),
            extents=tuple((int(offset), int(length)) for offset, length in values["extents"]),
            error=str(values["error"]),
        )
    except (ValueError, KeyError, TypeError) as fault:
        raise ChildGone("the message is not one of ours") from fault


def _exactly(end: socket.socket, count: int, due_at: float | None) -> bytearray:
    received = bytearray(count)
    view, filled = memoryview(received), 0
    while filled < count:
        if due_at is not None:
            end.settimeout(max(0.001, due_at - time.monotonic()))
        taken = end.recv_into(view[filled:])
        if not taken:
            raise ChildGone("the other end closed")
        filled += taken
    return received
