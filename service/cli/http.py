"""`consilium api`: the HTTP edges composed into one process."""

from __future__ import annotations

import errno
import logging
import socket
import sys
import threading
from importlib.metadata import version
from typing import Final

import uvicorn

from models.catalogue import Catalogue
from service.api.app import create_app
from service.api.pages import create_router as pages_router
from service.api.room.router import create_router as room_router
from service.api.room.running import RunningCentre
from service.archive.store import Archive
from service.bell.broker import celery_app
from service.bell.celery_bell import CeleryBell
from service.cli.listening import widest_bind
from service.cli.parts import ADDRESS_IN_USE, Stop, closing, end_with_supervisor, log_to_stderr, ready
from service.dicomweb.router import create_router as dicomweb_router
from service.dicomweb.store import Intake, largest_body_bytes
from service.flow.group_commit import GroupCommit
from service.flow.receive import Receiver
from service.his.router import create_router as his_router
from service.pixels.pool import PixelPool
from service.settings import Settings

_LOG: Final = logging.getLogger("consilium.api")


def run(settings: Settings) -> None:
    """Serve until asked to end."""
    log_to_stderr()
    stop = Stop()
    end_with_supervisor()
    archive = Archive(settings.data)
    bell = CeleryBell(celery_app(settings.broker_url, settings.bells))
    listener = _listener(settings)
    port = listener.getsockname()[1]
    pixels, commits = PixelPool(), GroupCommit(archive)
    intake = Intake(Receiver(archive, commits, settings.watermark_bytes), bell)
    catalogue = Catalogue.of(settings.packages)
    centre = RunningCentre(
        version=version("consilium"),
        bell=bell,
        catalogue=catalogue,
        watermark_bytes=settings.watermark_bytes,
        dicom_bind=lambda: widest_bind(settings),
    )
    app = create_app(
        archive=archive,
        routers=(
            his_router(archive, bell, catalogue),
            dicomweb_router(archive, pixels, intake),
            room_router(archive, centre),
            pages_router(),
        ),
        version=version("consilium"),
        watermark_bytes=settings.watermark_bytes,
        larger_bodies=largest_body_bytes,
    )
    server = _Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            proxy_headers=settings.behind_proxy,
            server_header=False,
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
            timeout_graceful_shutdown=5,
        )
    )
    thread = threading.Thread(target=_serve, args=(server, listener, stop), name="http")
    thread.start()
    server.up.wait()
    if server.started:
        ready(host=settings.http_bind, port=port)
    stop.wait()
    server.should_exit = True
    thread.join()
    closing(pixels.close, commits.close, bell.close, archive.close)
    if server.ended_by_itself:
        sys.exit("the server ended by itself")


def _serve(server: _Server, listener: socket.socket, stop: Stop) -> None:
    """Serve; a server that ends by itself ends this process, so that the supervisor starts another."""
    try:
        server.run(sockets=[listener])
    finally:
        server.ended_by_itself = not stop.is_set()
        server.up.set()
        stop.set()


class _Server(uvicorn.Server):
    """A server in a thread (where uvicorn leaves signals alone) that says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()
        self.ended_by_itself = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell once requests are taken."""
        await super().startup(sockets)
        self.up.set()


def _listener(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.http_bind else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.http_bind, settings.http_port))
        listener.listen(1024)
    except OSError as fault:
        _LOG.error("cannot listen on %s:%d: %s", settings.http_bind, settings.http_port, fault.strerror)
        sys.exit(ADDRESS_IN_USE if fault.errno == errno.EADDRINUSE else 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
