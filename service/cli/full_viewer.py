"""`consilium viewer`: OHIF and the readers' images on a port of its own, so that its looser policy stays there."""

from __future__ import annotations

import sys

from service.api.full_viewer.application import create_app
from service.api.full_viewer.installed import INSTALL_COMMAND, is_installed
from service.api.full_viewer.pages import create_router
from service.archive.store import Archive
from service.cli.parts import Stop, end_with_supervisor, log_to_stderr
from service.cli.serving import listener, serve
from service.dicomweb.router import create_readers_router
from service.dicomweb.series_text import READERS
from service.pixels.pool import PixelPool
from service.settings import Settings


def run(settings: Settings) -> None:
    """Serve until asked to end."""
    if not is_installed():
        sys.exit(f"the full viewer (OHIF) is not installed: run `{INSTALL_COMMAND}` in the source folder")
    log_to_stderr()
    stop = Stop()
    end_with_supervisor()
    archive = Archive(settings.data)
    taken = listener(settings.http_bind, settings.port_of_viewer)
    pixels = PixelPool()
    app = create_app([create_readers_router(archive, pixels), create_router(archive, READERS)])
    serve(app, taken, settings, stop, pixels.close, archive.close)
