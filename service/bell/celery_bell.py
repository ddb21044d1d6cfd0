"""Rings by sending a Celery task; coalesced, and from a thread of its own so that a broker never holds up a caller."""

from __future__ import annotations

import logging
import threading
from typing import Final

from celery import Celery
from kombu.exceptions import OperationalError

from service.bell.broker import QUEUE_OF, task_name
from service.flow.bell import Step

_LOG: Final = logging.getLogger("consilium.bell")


class CeleryBell:
    """A bell whose rings of one kind, while one waits to be sent, are one ring."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._wanted: set[Step] = set()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="bell", daemon=True)
        self._thread.start()

    def ring(self, step: Step) -> None:
        """Say that work of this kind may be due."""
        with self._changed:
            self._wanted.add(step)
            self._changed.notify()

    def close(self) -> None:
        """Send what is waiting and end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._wanted and not self._closing:
                    self._changed.wait()
                wanted, self._wanted = sorted(self._wanted), set()
                closing = self._closing
            for step in wanted:
                self._send(step)
            if closing:
                return

    def _send(self, step: Step) -> None:
        try:
            self._app.send_task(task_name(step), queue=QUEUE_OF[step], ignore_result=True, retry=False)
        except (OperationalError, OSError) as fault:
            _LOG.warning("bell %s not rung (%s); the sweep finds the work", step.value, type(fault).__name__)
