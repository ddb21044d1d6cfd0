"""A child of the pool: decodes and renders until its socket closes; no network, bounded memory."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Final

import numpy as np

from models.sandbox import deny_network, die_with_parent
from service.pixels.contour import outline
from service.pixels.decode import frame
from service.pixels.render import picture, window
from service.pixels.wire import ChildGone, Head, put, take

MEMORY_BYTES: Final = 4 << 30


def main() -> None:
    """Serve requests on the socket whose number is the only argument."""
    die_with_parent(signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    end = socket.socket(fileno=int(sys.argv[1]))
    deny_network()
    while True:
        try:
            head, content = take(end)
        except ChildGone:
            os._exit(0)
        try:
            answer, made = _answer(head, content)
        except Exception as fault:  # noqa: BLE001  # the edge of a request: a broken file is told, not fatal
            answer, made = Head("answer", error=f"{type(fault).__name__}"), b""
        put(end, answer, made)


def _answer(head: Head, content: bytes) -> tuple[Head, bytes]:
    if head.act == "outline":
        mask = np.frombuffer(content, np.bool_).reshape(head.shape)
        return Head("answer", polygons=outline(mask)), b""
    values = frame(Path(head.path), head.frame_number)
    made = picture(window(values, *head.window), head.polygons, head.lines)
    return Head("answer", shape=made.shape), made.tobytes()


if __name__ == "__main__":
    main()
