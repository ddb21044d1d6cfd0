"""One part of a centre as a process: its ready line, its end on SIGTERM or when its supervisor dies."""

from __future__ import annotations

import ctypes
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

from models.private_log import PrivateFormatter, silence_quoting_libraries

STOP_LIMIT_S: Final = 20.0
ADDRESS_IN_USE: Final = 3
PARENT_VARIABLE: Final = "CONSILIUM_SUPERVISOR"
_PR_SET_PDEATHSIG: Final = 1
_LOG: Final = logging.getLogger("consilium")


def log_to_stderr() -> None:
    """Log lines of ours on stderr, those of libraries from warnings up, and none that quotes what a peer sent."""
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setFormatter(PrivateFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[to_stderr])
    logging.getLogger("consilium").setLevel(logging.INFO)
    logging.getLogger("pynetdicom").setLevel(logging.ERROR)
    silence_quoting_libraries()


def end_with_supervisor() -> None:
    """Have the kernel send SIGTERM when the supervisor dies, however it dies; end now when it already has."""
    supervisor = os.environ.get(PARENT_VARIABLE)
    if supervisor is None:
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(supervisor):
        sys.exit("the supervisor is gone")


def ready(**facts: str | int) -> None:
    """Say on stdout, as one JSON line, that this part works."""
    sys.stdout.write(json.dumps({"ready": True, **facts}) + "\n")
    sys.stdout.flush()


class Stop:
    """Set by SIGTERM or SIGINT; a part that does not end within STOP_LIMIT_S afterwards is ended hard."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._readable, self._writable = os.pipe()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._signalled)

    def fileno(self) -> int:
        """Becomes readable when set, so that a selector can wait for it."""
        return self._readable

    def wait(self) -> None:
        """Until somebody asks this process to end."""
        self._event.wait()

    def is_set(self) -> bool:
        """Whether somebody has asked."""
        return self._event.is_set()

    def set(self) -> None:
        """Ask from inside: what this part is for has ended."""
        if not self._event.is_set():
            self._event.set()
            os.write(self._writable, b"!")
            arm_hard_end()

    def _signalled(self, _number: int, _frame: FrameType | None) -> None:
        self.set()


def arm_hard_end() -> None:
    """From now on this process ends within STOP_LIMIT_S, whatever its threads do."""
    timer = threading.Timer(STOP_LIMIT_S, os._exit, args=(1,))
    timer.daemon = True
    timer.start()


def closing(*closers: Callable[[], None]) -> None:
    """Close in order; a failure of one is logged and does not keep the others open."""
    for close in closers:
        try:
            close()
        except Exception:  # noqa: BLE001  # the edge of a process
            _LOG.exception("closing failed")
