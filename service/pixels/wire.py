"""Messages between the pool and its children: a JSON head and raw bytes, each with its length before it."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

MAX_BYTES: Final = 512 << 20


class ChildGone(Exception):
    """The other end closed the socket."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the bytes are, or what to do with them; error is set when it could not be done."""

    act: Literal["render", "outline", "answer"]
    shape: tuple[int, ...] = ()
    path: str = ""
    frame_number: int = 1
    window: tuple[float, float] = (0.0, 1.0)
    polygons: Sequence[Sequence[tuple[float, float]]] = ()
    lines: Sequence[str] = ()
    error: str = ""


def put(end: socket.socket, head: Head, content: bytes = b"") -> None:
    """Send one message."""
    values = {name: getattr(head, name) for name in head.__dataclass_fields__}
    text = json.dumps(values).encode()
    end.sendall(struct.pack("<QQ", len(text), len(content)) + text)
    end.sendall(content)


def take(end: socket.socket) -> tuple[Head, bytes]:
    """Wait for one message. Raises ChildGone, TimeoutError."""
    text_length, content_length = struct.unpack("<QQ", _exactly(end, 16))
    if text_length > MAX_BYTES or content_length > MAX_BYTES:
        raise ChildGone("the message is longer than any picture")
    values = json.loads(_exactly(end, text_length))
    values["shape"] = tuple(values["shape"])
    values["window"] = tuple(values["window"])
    values["polygons"] = tuple(tuple((float(c), float(r)) for c, r in polygon) for polygon in values["polygons"])
    return Head(**values), bytes(_exactly(end, content_length))


def _exactly(end: socket.socket, count: int) -> bytearray:
    received = bytearray()
    while len(received) < count:
        piece = end.recv(min(count - len(received), 1 << 20))
        if not piece:
            raise ChildGone("the other end closed")
        received += piece
    return received
