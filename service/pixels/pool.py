"""The pool as its callers see it: one request after another to a child that is replaced when it fails."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.pixels.wire import ChildGone, Head, put, take

DEADLINE_S: Final = 30.0
Polygon = tuple[tuple[float, float], ...]


class DecodeFault(Exception):
    """A picture could not be made from these bytes."""


class PixelPool:
    """Children are started when first needed; as many requests at once as there are children."""

    def __init__(self, workers: int = 1, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._idle: list[_Child] = []
        self._places = threading.BoundedSemaphore(workers)
        self._lock = threading.Lock()

    def render_slice(
        self,
        path: Path,
        frame_number: int,
        window: tuple[float, float],
        polygons: Sequence[Polygon] = (),
        lines: Sequence[str] = (),
    ) -> NDArray[np.uint8]:
        """A frame (from 1) of a stored object with outlines and lines of text below it.

        window: centre and width in modality values. Returns RGB, shape (rows, columns, 3). Raises DecodeFault.
        """
        head = Head(
            "render", path=str(path), frame_number=frame_number, window=window, polygons=polygons, lines=tuple(lines)
        )
        answer, content = self._ask(head)
        return np.frombuffer(content, np.uint8).reshape(answer.shape)

    def outline(self, mask: NDArray[np.bool_]) -> tuple[Polygon, ...]:
        """Polygons around a region; mask: shape (rows, columns). Raises DecodeFault."""
        answer, _ = self._ask(Head("outline", shape=mask.shape), np.ascontiguousarray(mask).tobytes())
        return tuple(tuple((column, row) for column, row in polygon) for polygon in answer.polygons)

    def close(self) -> None:
        """End the children."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    def _ask(self, head: Head, content: bytes = b"") -> tuple[Head, bytes]:
        with self._places:
            with self._lock:
                child = self._idle.pop() if self._idle else _Child()
            try:
                answer, made = child.ask(head, content, self._deadline_s)
            except (ChildGone, TimeoutError, OSError) as fault:
                child.end()
                raise DecodeFault(
                    f"the picture could not be made ({type(fault).__name__}): the object is broken or too large"
                ) from fault
            with self._lock:
                self._idle.append(child)
        if answer.error:
            raise DecodeFault(f"the pixels cannot be decoded ({answer.error}); ask the sender for the study again")
        return answer, made


class _Child:
    """A process and our end of its socket."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._end = ours
        self._process = subprocess.Popen(
            [sys.executable, "-m", "service.pixels.child", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()

    def ask(self, head: Head, content: bytes, deadline_s: float) -> tuple[Head, bytes]:
        self._end.settimeout(deadline_s)
        put(self._end, head, content)
        return take(self._end)

    def end(self) -> None:
        self._end.close()
        self._process.kill()
        self._process.wait()
