"""The model process: one loop that reads what its worker asks for. Started by `models.child`, never by hand.

It has no network, ends when its worker ends, and says that it lives while it works. What packages print goes to the
log the worker has opened for it.
"""

from __future__ import annotations

import argparse
import logging
import os
import queue
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from models.control import Answered, Beat, Began, Channel, ChannelClosed, Failed, Load, Lost, Progress, Read, Request
from models.manifest import PackageFault
from models.private_log import silence_quoting_libraries, traceback_without_values
from models.reading_file import ReadingFileFault, write_reading
from models.sandbox import SandboxUnavailable, deny_network, die_with_parent
from models.scratch import is_for_want_of_room

if TYPE_CHECKING:
    from models.runtime import Runtime

_LOG: Final = logging.getLogger("consilium.process")
_SHIPPED: Final = Path(__file__).parent / "packages"
_LEAST_STEP: Final = 0.01
_MAX_DETAIL: Final = 500


class Transient(Exception):
    """This attempt is lost, not the package: no memory, a file that could not be read or written."""


class NoRoom(Transient):
    """The disk takes nothing more: not even an attempt was lost, for nothing that was tried is at fault."""


class Process:
    """Reads until the worker hangs up."""

    def __init__(self, channel: Channel, runtime: Runtime, working: threading.Event, *, sandboxed: bool) -> None:
        self._channel = channel
        self._runtime = runtime
        self._working = working
        self._sandboxed = sandboxed

    def serve(self, requests: queue.SimpleQueue[Request]) -> None:
        """Answer one request after the other. Raises Transient, after telling, when the process should end."""
        while True:
            request = requests.get()
            self._working.set()
            try:
                self._answer(request)
            except Transient as fault:
                no_room = isinstance(fault, NoRoom)
                self._channel.send(Lost(number=request.number, detail=str(fault), no_room=no_room))
                raise
            finally:
                self._working.clear()

    def _answer(self, request: Request) -> None:
        try:
            if isinstance(request, Load):
                self._runtime.load(request.package_folder)
            else:
                self._read(request)
        except PackageFault as fault:
            self._fail(request, str(fault), broken=True)
        except ReadingFileFault as fault:
            self._fail(request, str(fault))
        except Exception as fault:
            with suppress(OSError):  # the log may lie on the disk that is full
                sys.stderr.write(traceback_without_values(fault) + "\n")
            if is_for_want_of_room(_cause(fault)):
                raise NoRoom(_said_of(fault)) from fault
            if _is_transient(fault):
                raise Transient(_said_of(fault)) from fault
            self._fail(request, _said_of(fault))

    def _read(self, request: Read) -> None:
        if not self._sandboxed and not request.package_folder.resolve().is_relative_to(_SHIPPED.resolve()):
            raise PackageFault("the network cannot be taken from a package here, so only shipped packages run")
        package = self._runtime.load(request.package_folder)
        self._channel.send(Began(number=request.number))
        outcome = package.read(request.files, _steps(self._channel, request.number))
        request.answer_path.write_bytes(write_reading(outcome))
        self._channel.send(Answered(number=request.number))

    def _fail(self, request: Request, detail: str, *, broken: bool = False) -> None:
        _LOG.error("request %d failed: %s", request.number, detail)
        self._channel.send(Failed(number=request.number, detail=detail[:_MAX_DETAIL], broken=broken))


def _steps(channel: Channel, number: int) -> Callable[[float], None]:
    """Tell of progress, of each hundredth once."""
    told = 0.0

    def progress(share: float) -> None:
        nonlocal told
        if share - told >= _LEAST_STEP or share >= 1.0 > told:
            told = share
            channel.send(Progress(number=number, share=min(1.0, share)))

    return progress


def _cause(fault: Exception) -> BaseException | None:
    """What happened: for a head that failed, what it failed of."""
    from models.runtime import HeadFailed  # noqa: PLC0415 - heavy; imported long before

    return fault.__cause__ if isinstance(fault, HeadFailed) else fault


def _is_transient(fault: Exception) -> bool:
    """No memory, on the processor or the device, and files that could not be read or written."""
    cause = _cause(fault)
    no_memory = type(cause).__name__ == "OutOfMemoryError" or "can't allocate memory" in str(cause)
    return no_memory or isinstance(cause, MemoryError | OSError)


def _said_of(fault: Exception) -> str:
    """What may be told: a head's own words, else type and place, for a parser's message may quote what it met."""
    from models.runtime import HeadFailed  # noqa: PLC0415 - heavy; imported long before

    if isinstance(fault, HeadFailed):
        return str(fault)
    if isinstance(fault, OSError):
        return f"{type(fault).__name__}: {fault.strerror}"
    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__} in {Path(last.filename).name}, line {last.lineno}"


def _listen(channel: Channel, requests: queue.SimpleQueue[Request]) -> None:
    """Pass on what the worker asks; when it hangs up, end at once, whatever is being computed."""
    try:
        while True:
            requests.put(channel.next_request())
    except ChannelClosed:
        os._exit(0)


def _beat(channel: Channel, working: threading.Event, beat_s: float) -> None:
    """Say that the process lives, for as long as it works."""
    pause = threading.Event()
    while True:
        working.wait()
        channel.send(Beat())
        pause.wait(beat_s)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="models.process", description=__doc__)
    parser.add_argument("--control-fd", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--memory-budget-mb", type=int, required=True)
    parser.add_argument("--beat-s", type=float, required=True)
    return parser.parse_args(argv)


def _sandboxed() -> bool:
    try:
        deny_network()
    except SandboxUnavailable as fault:
        _LOG.warning("no sandbox: %s", fault)
        return False
    return True


def _runtime(threads: int, memory_budget_mb: int) -> Runtime:
    """The heavy half, imported only now: seconds, and hundreds of megabytes."""
    import torch  # noqa: PLC0415

    from models.runtime import Runtime  # noqa: PLC0415

    torch.set_num_threads(threads)
    return Runtime(memory_budget_mb)


def main(argv: Sequence[str]) -> None:
    """Live as long as the worker's end of the control socket is open."""
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    silence_quoting_libraries()
    arguments = _arguments(argv)
    channel = Channel(socket.socket(fileno=arguments.control_fd))
    sandboxed = _sandboxed()
    requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
    working = threading.Event()
    working.set()
    threading.Thread(target=_listen, args=(channel, requests), name="listen", daemon=True).start()
    threading.Thread(target=_beat, args=(channel, working, arguments.beat_s), name="beat", daemon=True).start()
    runtime = _runtime(arguments.threads, arguments.memory_budget_mb)
    working.clear()
    try:
        Process(channel, runtime, working, sandboxed=sandboxed).serve(requests)
    except Transient:
        sys.exit(os.EX_TEMPFAIL)


if __name__ == "__main__":
    main(sys.argv[1:])
