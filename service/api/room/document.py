"""The OpenAPI document of the room's own interface, which the pages' types are checked against."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, Final

from fastapi import APIRouter, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from service.access.reader_doors import ReaderDep
from service.api.room.shape import PREFIX

_DESCRIPTION: Final = (
    "What the pages call; machines have /api/v1. Every request carries the session's cookie, one that changes "
    "something also X-CSRF-Token; errors are RFC 9457 problem+json; times are RFC 3339, spans are seconds."
)


def document(routes: Sequence[BaseRoute], version: str) -> dict[str, Any]:
    """The document of these routes, which the machines' document leaves out."""
    shown = [copy.copy(route) for route in api_routes(routes)]
    for route in shown:
        route.include_in_schema = True
    return get_openapi(title="Consilium reading room", version=version, description=_DESCRIPTION, routes=shown)


def api_routes(routes: Sequence[BaseRoute]) -> Iterator[APIRoute]:
    """Every operation, those of included routers too (FastAPI 0.165 keeps routers whole)."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            yield from api_routes(getattr(getattr(route, "original_router", None), "routes", []))


def routes(described: APIRouter, version: str, route_class: type[APIRoute]) -> APIRouter:
    """The operation that gives the document of the routes described so far, to whoever has a session."""
    known: list[dict[str, Any]] = []

    def openapi(_reader: ReaderDep) -> Response:
        """What can be called here."""
        if not known:
            known.append(document(described.routes, version))
        return JSONResponse(known[0])

    router = APIRouter(prefix=PREFIX, route_class=route_class, include_in_schema=False)
    router.add_api_route("/openapi.json", openapi, methods=["GET"], response_class=JSONResponse)
    return router
