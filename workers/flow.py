"""The flow queue: complete, dispatch, encode, deliver, remind of urgent findings, probe, make ready for viewers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from celery import Celery
from sqlalchemy import Connection

from models.catalogue import Catalogue
from service.archive import copies_due, results
from service.archive.hospitals import Peer
from service.archive.metadata_due import DueMetadata
from service.archive.store import Archive
from service.bell.broker import FLOW
from service.dicomweb.made_ready import make_ready, nothing_more
from service.domain.wall import Wall
from service.flow.bell import Bell, Step
from service.flow.clock import tell_due
from service.flow.complete import complete_due
from service.flow.conclude import expire_leases
from service.flow.deliver import Senders, deliver_due
from service.flow.dispatch import dispatch_due
from service.flow.notice import remind_due
from service.flow.read import keep_worklist
from service.flow.viewer_copies import Copier, remove_dropped
from workers.encode import Encoder
from workers.probe import probe_due
from workers.queue_worker import Look, QueueWorker

CONCURRENCY: Final = 4
_WALL: Final = Wall.system("flow worker")
_LOG: Final = logging.getLogger("consilium.flow")


@dataclass(frozen=True, slots=True)
class FlowWork:
    """What the flow queue does. copier: None where the centre makes no copies for viewers."""

    archive: Archive
    bell: Bell
    catalogue: Catalogue
    encoder: Encoder
    senders: Senders
    send_test_message: Callable[[Peer], None]
    stopping: threading.Event
    copier: Copier | None = None

    def complete(self) -> None:
        """Complete what is quiet, dispatch what is complete, take back what lost its worker or reader, tell clocks."""
        complete_due(self.archive)
        keep_worklist(self.archive)
        tell_due(self.archive)
        expire_leases(self.archive, self.bell)
        if dispatch_due(self.archive, self.catalogue):
            self.bell.ring(Step.ANALYSE)
            self.bell.ring(Step.ENCODE)

    def encode(self) -> None:
        """Encode every result that is due."""
        while not self.stopping.is_set() and self._encode_one():
            self.bell.ring(Step.DELIVER)

    def deliver(self) -> None:
        """Send everything that is due, peer by peer."""
        while not self.stopping.is_set() and deliver_due(self.archive, self.bell, self.senders):
            pass

    def remind(self) -> None:
        """Tell hospitals once more of urgent findings that nobody acknowledged, and escalate them."""
        if remind_due(self.archive):
            self.bell.ring(Step.DELIVER)

    def probe(self) -> None:
        """Run the connection tests that were asked for."""
        while not self.stopping.is_set() and probe_due(self.archive, self.send_test_message):
            pass

    def make_ready(self) -> None:
        """Make series metadata ready of studies that are complete; what has a reader waiting comes first elsewhere."""
        after = nothing_more if self.copier is None else _then_copies
        while not self.stopping.is_set() and make_ready(self.archive, _WALL, after):
            self.bell.ring(Step.COPIES)

    def copy(self) -> None:
        """Remove copies for viewers that were dropped, and make those that are due where the centre makes any."""
        while not self.stopping.is_set() and (remove_dropped(self.archive, _WALL) or self._copy_one()):
            pass

    def _copy_one(self) -> bool:
        if self.copier is not None:
            return self.copier.make_copies(_WALL)
        with self.archive.write() as connection:
            copies_due.forget_all(connection, _WALL)
        return False

    def _encode_one(self) -> bool:
        with self.archive.write() as connection:
            step = results.claim_step(connection, _WALL)
        if step is None:
            return False
        self.encoder.encode(step)
        return True


def _then_copies(connection: Connection, wall: Wall, due: DueMetadata) -> None:
    copies_due.want(connection, wall, due.hospital, due.study_id)


def flow_worker(app: Celery, work: FlowWork) -> QueueWorker:
    """The worker of the flow queue. At most half of its threads deliver, so a slow PACS cannot stop completion."""
    looks = (
        Look.of(Step.COMPLETE, work.complete, at_once=CONCURRENCY),
        Look.of(Step.ENCODE, work.encode, at_once=CONCURRENCY),
        Look.of(Step.DELIVER, work.deliver, at_once=CONCURRENCY // 2),
        Look.of(Step.NOTICE, work.remind, at_once=1),
        Look.of(Step.PROBE, work.probe, at_once=CONCURRENCY),
        Look.of(Step.METADATA, work.make_ready, at_once=1),
        Look.of(Step.COPIES, work.copy, at_once=1),
    )
    return QueueWorker(
        app,
        FLOW,
        archive=work.archive,
        bell=work.bell,
        looks=looks,
        concurrency=CONCURRENCY,
        stopping=work.stopping,
    )
