"""An application behind a real server on a port of its own, with the centre's guards around it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import APIRouter, FastAPI

from service.access.answers import broken, install, too_large
from service.api.guards import Guards, Limits


def application(*routers: APIRouter) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    for router in routers:
        app.include_router(router)
    install(app)
    app.add_middleware(Guards, observe=lambda *_: None, limits=Limits(1 << 20, too_large, broken))
    return app


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """The address of the server, without a slash at its end."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    )
    up = threading.Event()
    startup = server.startup

    async def announced(sockets: object = None) -> None:
        await startup()
        up.set()

    server.startup = announced  # type: ignore[assignment, method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert up.wait(20), "the server did not start"
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    server.force_exit = True
    thread.join(10)
