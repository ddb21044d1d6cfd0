"""A Celery worker of one queue with its sweep: bells make it look at once, the sweep finds what no bell told of."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Final

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

from service.archive.store import Archive, ArchiveUnavailable
from service.bell.broker import task_name
from service.flow.bell import Bell, Step
from service.flow.sweep import LONGEST_SLEEP_S, due

_LOG: Final = logging.getLogger("consilium.worker")


class QueueWorker:
    """looks: what is done when work of a step may be due; each look does all it can find and returns."""

    def __init__(
        self,
        app: Celery,
        queue: str,
        *,
        archive: Archive,
        bell: Bell,
        looks: Mapping[Step, Callable[[], None]],
        concurrency: int,
        stopping: threading.Event,
    ) -> None:
        self._app = app
        self._queue = queue
        self._archive = archive
        self._bell = bell
        self._looks = looks
        self._concurrency = concurrency
        self._stopping = stopping
        self._sweep = threading.Thread(target=self._sweeping, name="sweep", daemon=True)

    def run(self, on_ready: Callable[[], None], on_stopping: Callable[[], None]) -> None:
        """Work until SIGTERM; on_ready is called once messages are taken, on_stopping when the end begins."""
        for step, look in self._looks.items():
            self._app.task(name=task_name(step))(_edge(step, look))

        def is_ready(**_: object) -> None:
            self._sweep.start()
            on_ready()

        def is_stopping(**_: object) -> None:
            self._stopping.set()
            on_stopping()

        worker_ready.connect(is_ready, weak=False)
        worker_shutting_down.connect(is_stopping, weak=False)
        self._app.Worker(
            pool="threads",
            concurrency=self._concurrency,
            queues=[self._queue],
            hostname=f"{self._queue}@%h",
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            quiet=True,
            loglevel="WARNING",
        ).start()

    def _sweeping(self) -> None:
        sleep_s = 0.0
        while not self._stopping.wait(sleep_s):
            try:
                steps, sleep_s = due(self._archive)
            except ArchiveUnavailable as fault:
                _LOG.warning("the sweep could not look: %s", fault)
                sleep_s = LONGEST_SLEEP_S
                continue
            mine = steps & self._looks.keys()
            for step in mine:
                self._bell.ring(step)
            if mine:
                sleep_s = LONGEST_SLEEP_S


def _edge(step: Step, look: Callable[[], None]) -> Callable[[], None]:
    """The edge of a task: what a look raises is logged, and the rows stay for the sweep to find."""

    def run() -> None:
        try:
            look()
        except ArchiveUnavailable as fault:
            _LOG.warning("%s: %s", step.value, fault)
        except Exception:  # noqa: BLE001  # the edge of a task
            _LOG.exception("%s failed; the sweep will find what is left", step.value)

    return run
