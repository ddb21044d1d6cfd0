"""`consilium worker`: one worker of one queue as a process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from celery import Celery

from models.catalogue import Catalogue
from service.archive.store import Archive
from service.bell.broker import ANALYSE, celery_app
from service.bell.celery_bell import CeleryBell
from service.cli.parts import arm_hard_end, closing, end_with_supervisor, log_to_stderr, ready
from service.settings import Settings
from workers.queue_worker import QueueWorker

if TYPE_CHECKING:
    from service.flow.viewer_copies import Copier
    from service.pixels.pool import PixelPool

_LOG: Final = logging.getLogger("consilium.worker")


def run(settings: Settings, queue: str) -> None:
    """Work until asked to end."""
    log_to_stderr()
    end_with_supervisor()
    archive = Archive(settings.data)
    app = celery_app(settings.broker_url, settings.bells)
    bell = CeleryBell(app)
    make = _analyse if queue == ANALYSE else _flow
    worker, close = make(app, archive, bell, settings)
    worker.run(on_ready=lambda: ready(queue=queue), on_stopping=arm_hard_end)
    closing(close, bell.close, archive.close)


def _analyse(
    app: Celery, archive: Archive, bell: CeleryBell, settings: Settings
) -> tuple[QueueWorker, Callable[[], None]]:
    from workers.analyse import analyse_worker

    catalogue = Catalogue.of(settings.packages)
    worker, host = analyse_worker(
        app, archive, bell, catalogue=catalogue, scratch=settings.data / "scratch", threads=settings.threads
    )
    host.warm([entry.folder for entry in catalogue.available().values()])
    return worker, host.close


def _flow(
    app: Celery, archive: Archive, bell: CeleryBell, settings: Settings
) -> tuple[QueueWorker, Callable[[], None]]:
    from service.flow.deliver import Senders
    from service.his.webhook import his_sender, probe_sender
    from service.pixels.pool import PixelPool
    from workers.encode import Encoder
    from workers.flow import FlowWork, flow_worker
    from workers.outgoing import to_pacs
    from workers.result_context import Centre

    catalogue = Catalogue.of(settings.packages)
    pixels = PixelPool()
    centre = Centre(settings.name, version("consilium"), settings.utc_offset, settings.licence_number)
    key = archive.installation.key
    work = FlowWork(
        archive=archive,
        bell=bell,
        catalogue=catalogue,
        encoder=Encoder(archive, pixels, centre),
        senders=Senders(pacs=to_pacs, his=his_sender(key)),
        send_test_message=probe_sender(key),
        stopping=threading.Event(),
        copier=_copier(archive, pixels, settings),
    )
    return flow_worker(app, work), pixels.close


def _copier(archive: Archive, pixels: PixelPool, settings: Settings) -> Copier | None:
    """What makes copies for viewers, where that is set and can be done."""
    from service.archive.copy_files import CopyFiles
    from service.flow.viewer_copies import Copier
    from service.pixels.encoder import ENCODER, INSTALL_COMMAND, encoder_is_installed

    CopyFiles(settings.data).clear_parts()
    if not settings.viewer_copies:
        return None
    if not encoder_is_installed():
        _LOG.error("no copies are made for viewers: %s is not installed; `%s` mends it", ENCODER, INSTALL_COMMAND)
        return None
    return Copier(archive, pixels, settings.watermark_bytes)
