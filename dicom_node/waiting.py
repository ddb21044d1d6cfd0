"""Waiting for what comes, where the library looks a thousand times a second in each of two threads an association."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, Final

from pynetdicom.association import Association

LOOK_AGAIN_S: Final = 0.01
"""The library ends its threads by a flag that nobody rings for."""
REST_S: Final = 0.25
"""The same, where it only ends what is over anyway, and looks at its timers in between."""


def something_in(waited_for: queue.Queue[Any], limit_s: float) -> bool:
    """Wait until a queue holds something, which stays there; False when nothing came within the limit.

    For a queue that only the calling thread takes from.
    """
    with waited_for.not_empty:
        return waited_for.not_empty.wait_for(lambda: len(waited_for.queue) > 0, limit_s)


class Turnstile(threading.Event):
    """Where an association's thread is held while another one asks and waits for the answer.

    The library's own event may be cleared just after the thread has passed it; that thread then takes the answer, and
    who asked waits until the time is up. Here clear() returns when the thread stands still, or has ended.
    """

    def __init__(self, is_alive: Callable[[], bool]) -> None:
        super().__init__()
        self._is_alive = is_alive
        self._gate = threading.Condition()
        self._is_open = True
        self._is_standing = False

    def is_set(self) -> bool:
        """Whether the thread may pass."""
        return self._is_open

    def set(self) -> None:
        """Let the thread pass."""
        with self._gate:
            self._is_open = True
            self._gate.notify_all()

    def clear(self) -> None:
        """Hold the thread, and wait until it is held."""
        with self._gate:
            self._is_open = False
            while not self._is_standing and self._is_alive():
                self._gate.wait(LOOK_AGAIN_S)

    def wait(self, timeout: float | None = None) -> bool:
        """Pass, or stand until it is open."""
        with self._gate:
            while not self._is_open:
                self._is_standing = True
                self._gate.notify_all()
                self._gate.wait(timeout)
            self._is_standing = False
        return True


class _Ringing(queue.Queue[Any]):
    """A queue that rings when something is put into it."""

    def __init__(self, bell: threading.Event) -> None:
        super().__init__()
        self._bell = bell

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: FBT001, FBT002
        """As that of a queue."""
        super().put(item, block, timeout)
        self._bell.set()


class Arrivals(threading.Event):
    """Holds an association's thread at its checkpoint until something has come for it, not only until it may go on.

    For it comes what the library is to serve: a message, a release, or the end. To be set before the thread starts.
    """

    def __init__(self, association: Association) -> None:
        super().__init__()
        self._bell = threading.Event()
        self._messages = association.dimse.msg_queue = _Ringing(self._bell)
        self._ends = association.dul.to_user_queue = _Ringing(self._bell)
        self.set()

    def wait(self, timeout: float | None = None) -> bool:
        """As that of an event, then for something to come."""
        is_set = super().wait(timeout)
        self._bell.clear()
        if self._messages.empty() and self._ends.empty():
            self._bell.wait(REST_S)
        return is_set
