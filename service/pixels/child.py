"""A child of the pool: decodes and renders until its socket closes; no network, bounded memory, bounded time."""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Final

import numpy as np

from models.decoding import PixelFault
from models.private_log import silence_quoting_libraries, traceback_without_values
from models.sandbox import SandboxUnavailable, deny_network, die_with_parent
from service.pixels.contour import outline
from service.pixels.decode import frame, native_frame
from service.pixels.explicit import around_pixels
from service.pixels.htj2k import codestream
from service.pixels.marked import Marks, marked
from service.pixels.render import picture, window
from service.pixels.view import View, shown
from service.pixels.wire import ChildGone, Head, put, take

_GRACE_S: Final = 2.0
"""The pool gives up first; a child whose pool is gone ends by its own alarm."""


def main() -> None:
    """Serve requests until the pool closes the socket."""
    options = _options()
    silence_quoting_libraries()
    die_with_parent(signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (options.memory_bytes, options.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    end = socket.socket(fileno=options.socket)
    with contextlib.suppress(SandboxUnavailable):  # `doctor` says so; the decoders here are those we ship
        deny_network()
    put(end, Head("ready"))
    while True:
        try:
            head, content = take(end)
        except ChildGone:
            os._exit(0)
        signal.setitimer(signal.ITIMER_REAL, options.deadline_s + _GRACE_S)
        answer, made = _answered(head, content)
        signal.setitimer(signal.ITIMER_REAL, 0)
        put(end, answer, made)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="service.pixels.child")
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--memory-bytes", type=int, required=True)
    parser.add_argument("--deadline-s", type=float, required=True)
    return parser.parse_args()


def _answered(head: Head, content: bytes) -> tuple[Head, bytes]:
    try:
        return _answer(head, content)
    except PixelFault as fault:
        return Head("answer", error=str(fault)), b""
    except FileNotFoundError:
        return Head("answer", error="the object is not where the archive says"), b""
    except Exception as fault:  # noqa: BLE001 - the edge of a request: a broken file is told, not fatal
        sys.stderr.write(traceback_without_values(fault) + "\n")
        return Head("answer", error=type(fault).__name__), b""


def _answer(head: Head, content: bytes) -> tuple[Head, bytes]:
    if head.act == "outline":
        mask = np.frombuffer(content, np.bool_).reshape(head.shape)
        return Head("answer", polygons=outline(mask)), b""
    if head.act == "explicit":
        around = around_pixels(Path(head.path), head.extents[0] if head.extents else None)
        sizes = (len(around.before), around.frames, around.frame_bytes)
        return Head("answer", shape=sizes), around.before + around.behind
    if head.act == "render":
        values = frame(Path(head.path), head.frame_number)
        made = picture(window(values, *head.window), head.polygons, head.lines)
        return Head("answer", shape=made.shape), made.tobytes()
    return Head("answer"), _of_one_frame(head)


def _of_one_frame(head: Head) -> bytes:
    path, number = Path(head.path), head.frame_number
    if head.act == "decode":
        return native_frame(path, number, head.extents)
    if head.act == "copy":
        return codestream(path, number, head.extents)
    if head.act == "show":
        return shown(path, number, View(**head.view), head.extents)
    if head.act == "mark":
        return marked(path, number, Marks(tuple(head.polygons), **head.view))
    raise PixelFault(f"{head.act} is nothing to be done with a frame")


if __name__ == "__main__":
    main()
