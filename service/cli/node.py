"""`consilium node`: the DICOM node as a process."""

from __future__ import annotations

import errno
import logging
import sys
from typing import Final

from dicom_node.node import Node
from service.archive.store import Archive
from service.bell.broker import celery_app
from service.bell.celery_bell import CeleryBell
from service.cli.parts import ADDRESS_IN_USE, Stop, closing, end_with_supervisor, log_to_stderr, ready
from service.settings import Settings

_LOG: Final = logging.getLogger("consilium.node")


def run(settings: Settings) -> None:
    """Listen until asked to end."""
    log_to_stderr()
    stop = Stop()
    end_with_supervisor()
    archive = Archive(settings.data)
    bell = CeleryBell(celery_app(settings.broker_url, settings.bells))
    node = Node(archive, bell, watermark_bytes=settings.watermark_bytes)
    try:
        port = node.start(settings.dicom_bind, settings.dicom_port)
    except OSError as fault:
        _LOG.error("cannot listen on %s:%d: %s", settings.dicom_bind, settings.dicom_port, fault.strerror)
        sys.exit(ADDRESS_IN_USE if fault.errno == errno.EADDRINUSE else 1)
    ready(host=settings.dicom_bind, port=port, ae_title=settings.ae_title)
    stop.wait()
    closing(node.stop, bell.close, archive.close)
