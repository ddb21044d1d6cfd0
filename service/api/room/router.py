"""The whole interface of the reading room as one router."""

from __future__ import annotations

from fastapi import APIRouter

from service.access.reader_doors import room_route
from service.api import session
from service.api.room import audit, live, reading, report, sign, signing_state, users, worklist
from service.archive.store import Archive


def create_router(archive: Archive, version: str) -> APIRouter:
    """Everything under /room/v1: sessions, then what needs one."""
    route_class = room_route(archive)
    router = APIRouter()
    router.include_router(session.routes(archive, version))
    for part in (worklist, live, reading, report, sign, signing_state, users, audit):
        router.include_router(part.routes(archive, route_class))
    return router
