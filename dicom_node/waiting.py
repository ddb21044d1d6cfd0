"""Waiting for what comes, where the library looks a thousand times a second in each of two threads an association."""

from __future__ import annotations

import queue
import threading
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
