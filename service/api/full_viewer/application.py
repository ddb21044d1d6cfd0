"""The application of the full viewer's port: to look only, with the guards of every edge around it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import anyio.to_thread
from fastapi import APIRouter, FastAPI

from service.access.answers import broken, install, too_large
from service.api.app import THREADS
from service.api.guards import Guards, Limits

_NO_BODY: Final = Limits(0, too_large, broken)


def create_app(routers: Sequence[APIRouter]) -> FastAPI:
    """The routers, handed in so that none knows another, and nothing else: no health, no figures, no description."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        yield

    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    for router in routers:
        app.include_router(router)
    install(app)
    app.add_middleware(Guards, observe=_uncounted, limits=_NO_BODY)
    return app


def _uncounted(_method: str, _template: str, _status: int, _took_s: float) -> None:
    """The figures are those of the API's process; nobody reads them here."""
