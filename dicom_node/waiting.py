"""Waiting for what comes, where the library looks a thousand times a second in each of two threads an association."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, Final

from pynetdicom.association import Association

LOOK_AGAIN_S: Final = 0.01
"""The library ends its threads by a flag that nobody rings for, and looks at its timers in between."""


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


class Arrivals(threading.Event):
    """Holds an association's thread at its checkpoint until a message has come, not only until it may go on.

    A message is so served when it is there. A release, or the end, is seen within LOOK_AGAIN_S.
    """

    def __init__(self, association: Association) -> None:
        super().__init__()
        self._messages: queue.Queue[Any] = association.dimse.msg_queue
        self.set()

    def wait(self, timeout: float | None = None) -> bool:
        """As that of an event, then for a message."""
        is_set = super().wait(timeout)
        something_in(self._messages, LOOK_AGAIN_S)
        return is_set
