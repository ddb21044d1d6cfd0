"""An application behind a server of its own, until somebody asks the process to end."""

from __future__ import annotations

import errno
import logging
import socket
import sys
import threading
from collections.abc import Callable
from typing import Final

import uvicorn
from fastapi import FastAPI

from service.cli.joined_writes import WholeAnswers
from service.cli.parts import ADDRESS_IN_USE, Stop, closing, ready
from service.settings import Settings

_LOG: Final = logging.getLogger("consilium.http")


def listener(bind: str, port: int) -> socket.socket:
    """A socket that takes connections; 0: on any free port. Ends the process where the address cannot be had."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((bind, port))
        made.listen(1024)
    except OSError as fault:
        _LOG.error("cannot listen on %s:%d: %s", bind, port, fault.strerror)
        sys.exit(ADDRESS_IN_USE if fault.errno == errno.EADDRINUSE else 1)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def serve(app: FastAPI, taken: socket.socket, settings: Settings, stop: Stop, *closers: Callable[[], None]) -> None:
    """Answer on a listening socket until stop is set, then close what the application used.

    A server that ends by itself ends the process, so that the supervisor starts another.
    """
    server = _Server(
        uvicorn.Config(
            app,
            http=WholeAnswers,
            log_level="warning",
            access_log=False,
            proxy_headers=settings.behind_proxy,
            server_header=False,
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
            timeout_graceful_shutdown=5,
        )
    )
    port = taken.getsockname()[1]  # a server that ends at once has closed the socket
    thread = threading.Thread(target=_run, args=(server, taken, stop), name="http")
    thread.start()
    server.up.wait()
    if server.started:
        ready(host=settings.http_bind, port=port)
    stop.wait()
    server.should_exit = True
    thread.join()
    closing(*closers)
    if server.ended_by_itself:
        sys.exit("the server ended by itself")


def _run(server: _Server, taken: socket.socket, stop: Stop) -> None:
    try:
        server.run(sockets=[taken])
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
