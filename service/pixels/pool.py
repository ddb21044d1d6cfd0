"""The pool as its callers see it: one request after another to a child that is replaced when it fails."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from models.contract import Point
from service.dicom.pixel_layout import Extent
from service.pixels.around import AroundPixels
from service.pixels.wire import ChildGone, Head, put, take

DEADLINE_S: Final = 30.0
START_S: Final = 60.0
MEMORY_BYTES: Final = 4 << 30
_ROOT: Final = Path(__file__).parent.parent.parent
_PASSED_ON: Final = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "TZ", "VIRTUAL_ENV")
Polygon = tuple[tuple[float, float], ...]


class DecodeFault(Exception):
    """A picture could not be made from these bytes; the message says what was seen and what to do."""


class PixelPool:
    """Children are started when first needed; as many requests at once as there are children.

    deadline_s: of one request, the start of a child not counted; a child that takes longer is killed.
    memory_bytes: address space of one child. Safe to use from many threads.
    """

    def __init__(self, workers: int = 1, deadline_s: float = DEADLINE_S, *, memory_bytes: int = MEMORY_BYTES) -> None:
        self._deadline_s = deadline_s
        self._memory_bytes = memory_bytes
        self._idle: list[_Child] = []
        self._places = threading.BoundedSemaphore(workers)
        self._lock = threading.Lock()
        # A child is killed when the thread that started it ends (prctl(2)), so one thread starts them all.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pixels")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def render_slice(
        self,
        path: Path,
        frame_number: int,
        window: tuple[float, float],
        polygons: Sequence[Polygon] = (),
        lines: Sequence[str] = (),
    ) -> NDArray[np.uint8]:
        """A frame (from 1) of a stored object with outlines and lines of text below it.

        window: centre and width in modality values. polygons: points as (column, row), whole numbers are pixel
        centres. Returns RGB, shape (rows, columns, 3). Raises DecodeFault.
        """
        answer, content = self._ask(
            Head(
                "render",
                path=str(path.absolute()),
                frame_number=frame_number,
                window=window,
                polygons=polygons,
                lines=tuple(lines),
            )
        )
        if len(answer.shape) != 3 or answer.shape[2] != 3 or len(content) != np.prod(answer.shape):
            raise DecodeFault("the child process answered with something that is no picture; look at its log")
        return np.frombuffer(content, np.uint8).reshape(answer.shape)

    def decode(self, path: Path, frame_number: int, extents: Sequence[Extent] = ()) -> bytes:
        """A frame (from 1) of a stored object as Explicit VR Little Endian has it. Raises DecodeFault.

        extents: where it lies in the data set, where that is known; else the child looks for it.
        """
        head = Head("decode", path=str(path.absolute()), frame_number=frame_number, extents=tuple(extents))
        _, content = self._ask(head)
        return content

    def around_pixels(self, path: Path, value: Extent | None) -> AroundPixels:
        """What stands around the pixels when a compressed object is decoded. Raises DecodeFault.

        value: where Pixel Data lies in the data set; None where there is none.
        """
        extents = () if value is None else (value,)
        answer, content = self._ask(Head("explicit", path=str(path.absolute()), extents=extents))
        before, frames, frame_bytes = answer.shape
        return AroundPixels(content[:before], content[before:], frames, frame_bytes)

    def copy(self, path: Path, frame_number: int, extents: Sequence[Extent] = ()) -> bytes:
        """A frame (from 1) of a stored object as a lossless HTJ2K codestream; extents: as decode takes them.

        Raises DecodeFault, also where the object is of a kind that is not copied.
        """
        place = str(path.absolute())
        _, content = self._ask(Head("copy", path=place, frame_number=frame_number, extents=tuple(extents)))
        return content

    def show(self, path: Path, frame_number: int, view: Mapping[str, object], extents: Sequence[Extent] = ()) -> bytes:
        """A frame (from 1) of a stored object as a JPEG or PNG file; view: the fields of service.pixels.view.View.

        extents: as decode takes them. Raises DecodeFault.
        """
        place = str(path.absolute())
        _, content = self._ask(Head("show", path=place, frame_number=frame_number, view=view, extents=tuple(extents)))
        return content

    def mark(
        self,
        path: Path,
        frame_number: int,
        polygons: Sequence[Polygon],
        axes_mm: Sequence[tuple[Point, Point]],
        window: tuple[float, float] | None,
    ) -> bytes:
        """A frame (from 1) of a stored object as a PNG file with what a package and a reader drew on it.

        polygons: the package's outlines as (column, row). axes_mm: ends of the reader's diameters in the patient (LPS).
        window: centre and width in modality values, None: the object's own. Raises DecodeFault.
        """
        view = {"axes_mm": tuple(axes_mm), "window": window}
        head = Head("mark", path=str(path.absolute()), frame_number=frame_number, polygons=polygons, view=view)
        _, content = self._ask(head)
        return content

    def outline(self, mask: NDArray[np.bool_]) -> tuple[Polygon, ...]:
        """Polygons around a region, points as (column, row); mask: shape (rows, columns). Raises DecodeFault."""
        answer, _ = self._ask(Head("outline", shape=mask.shape), np.ascontiguousarray(mask, dtype=np.bool_).tobytes())
        return tuple(tuple(polygon) for polygon in answer.polygons)

    def close(self) -> None:
        """End the children; requests under way end with DecodeFault or their answer."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()
        self._starter.shutdown()

    def _ask(self, head: Head, content: bytes = b"") -> tuple[Head, bytes]:
        with self._places:
            child = self._taken()
            try:
                answer, made = child.ask(head, content, self._deadline_s)
            except TimeoutError as fault:
                child.end()
                raise DecodeFault(
                    f"the picture was not ready within {self._deadline_s:g} s; ask the sender for the study again"
                ) from fault
            except (ChildGone, OSError) as fault:
                raise DecodeFault(
                    f"the picture could not be made: its process {child.end()}; the object is broken or too large"
                ) from fault
            except BaseException:
                child.end()
                raise
            with self._lock:
                self._idle.append(child)
        if answer.error:
            raise DecodeFault(f"the pixels cannot be decoded: {answer.error}; ask the sender for the study again")
        return answer, made

    def _taken(self) -> _Child:
        """A living child: an idle one, or a new one."""
        while True:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            if child is None:
                return self._starter.submit(_Child, self._deadline_s, self._memory_bytes).result()
            if child.is_alive():
                return child
            child.end()


class _Child:
    """A process that is ready, and our end of its socket. Raises DecodeFault when it does not become so."""

    def __init__(self, deadline_s: float, memory_bytes: int) -> None:
        self._end, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    *("-P", "-m", "service.pixels.child"),
                    *("--socket", str(theirs.fileno())),
                    *("--deadline-s", str(deadline_s)),
                    *("--memory-bytes", str(memory_bytes)),
                ],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env=_environment(),
            )
        try:
            take(self._end, START_S)
        except (ChildGone, OSError) as fault:
            raise DecodeFault(f"the process that makes pictures did not start: it {self.end()}") from fault

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def ask(self, head: Head, content: bytes, deadline_s: float) -> tuple[Head, bytes]:
        """One request and its answer. Raises ChildGone, TimeoutError, OSError."""
        self._end.settimeout(deadline_s)
        put(self._end, head, content)
        return take(self._end, deadline_s)

    def end(self) -> str:
        """Kill the process, wait for it; says how it ended."""
        self._end.close()
        self._process.kill()
        status = self._process.wait()
        return f"ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def _environment() -> dict[str, str]:
    """What a child needs to start, and no secret of the centre; one thread for each library."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed | {"PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
