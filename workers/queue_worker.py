"""A Celery worker of one queue with its sweep: bells make it look at once, the sweep looks where no bell told it to."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

from service.archive.store import Archive, ArchiveUnavailable
from service.bell.broker import task_name
from service.flow.bell import Bell, Step
from service.flow.sweep import LONGEST_SLEEP_S, due

_LOG: Final = logging.getLogger("consilium.worker")


@dataclass(frozen=True, slots=True)
class Look:
    """What is done when work of a step may be due: do all that is found, and return."""

    step: Step
    do: Callable[[], None]
    at_once: threading.BoundedSemaphore = field(repr=False)

    @classmethod
    def of(cls, step: Step, do: Callable[[], None], *, at_once: int) -> Look:
        """A look that at most so many threads of a worker do at the same time."""
        return cls(step, do, threading.BoundedSemaphore(at_once))

    def __call__(self) -> None:
        """The edge of a task: what is raised is logged, and the rows stay for the sweep to find.

        Returns at once where enough threads look already: each of them goes on until nothing is left.
        """
        if not self.at_once.acquire(blocking=False):
            return
        try:
            self.do()
        except ArchiveUnavailable as fault:
            _LOG.warning("%s: %s", self.step.value, fault)
        except Exception:  # noqa: BLE001  # the edge of a task
            _LOG.exception("%s failed; the sweep will find what is left", self.step.value)
        finally:
            self.at_once.release()


class QueueWorker:
    """Does the looks of its queue, in Celery's threads when a bell rings and in the sweep's when rows are due."""

    def __init__(
        self,
        app: Celery,
        queue: str,
        *,
        archive: Archive,
        bell: Bell,
        looks: tuple[Look, ...],
        concurrency: int,
        stopping: threading.Event,
    ) -> None:
        self._app = app
        self._queue = queue
        self._concurrency = concurrency
        self._looks = looks
        self._stopping = stopping
        self._sweep = Sweep(archive, bell, looks, stopping)

    def run(self, on_ready: Callable[[], None], on_stopping: Callable[[], None]) -> None:
        """Work until SIGTERM; on_ready is called once messages are taken, on_stopping when the end begins.

        The sweep begins before the broker is reached: a centre without its broker is slower, not stopped.
        """
        for look in self._looks:
            self._app.task(name=task_name(look.step))(look.__call__)

        def is_ready(**_: object) -> None:
            on_ready()

        def is_stopping(**_: object) -> None:
            self._stopping.set()
            on_stopping()

        worker_ready.connect(is_ready, weak=False)
        worker_shutting_down.connect(is_stopping, weak=False)
        self._sweep.start()
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
        self._stopping.set()
        self._sweep.join()


class Sweep:
    """Every second at the latest, does what is due and rings for those beside it; needs no broker.

    One look of each step at a time runs here. While it runs, the bell asks Celery's threads to help.
    """

    def __init__(self, archive: Archive, bell: Bell, looks: tuple[Look, ...], stopping: threading.Event) -> None:
        self._archive = archive
        self._bell = bell
        self._looks: Mapping[Step, Look] = {look.step: look for look in looks}
        self._stopping = stopping
        self._running: dict[Step, Future[None]] = {}
        self._thread = threading.Thread(target=self._sweeping, name="sweep", daemon=True)

    def start(self) -> None:
        """Begin; ends when stopping is set."""
        self._thread.start()

    def join(self) -> None:
        """Wait until what was begun is done."""
        self._thread.join()

    def _sweeping(self) -> None:
        sleep_s = 0.0
        with ThreadPoolExecutor(len(self._looks), thread_name_prefix="swept") as threads:
            while not self._stopping.wait(sleep_s):
                try:
                    steps, sleep_s = due(self._archive)
                except ArchiveUnavailable as fault:
                    _LOG.warning("the sweep could not look: %s", fault)
                    sleep_s = LONGEST_SLEEP_S
                    continue
                except Exception:  # noqa: BLE001  # the edge of a thread that must not end before its worker
                    _LOG.exception("the sweep could not look")
                    sleep_s = LONGEST_SLEEP_S
                    continue
                mine = steps & self._looks.keys()
                for step in mine:
                    self._look(step, threads)
                if mine:
                    sleep_s = LONGEST_SLEEP_S

    def _look(self, step: Step, threads: ThreadPoolExecutor) -> None:
        running = self._running.get(step)
        if running is None or running.done():
            self._running[step] = threads.submit(self._looks[step])
        else:
            self._bell.ring(step)
