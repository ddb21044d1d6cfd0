"""The whole interface of the reading room as one router."""

from __future__ import annotations

from fastapi import APIRouter

from service.access.reader_doors import room_route
from service.api import session
from service.api.room import (
    audit,
    document,
    explore,
    finding_tools,
    full_viewer,
    hanging,
    live,
    measures,
    notices,
    opening,
    own,
    quality,
    reading,
    report,
    series,
    sign,
    signing_state,
    templates,
    users,
    windows,
    worklist,
)
from service.api.room.admin import (
    connection,
    deliveries,
    hospitals,
    notice_rules,
    packages,
    quarantine,
    queue,
    system,
)
from service.api.room.admin import quality as admin_quality
from service.api.room.running import RunningCentre
from service.archive.store import Archive


def create_router(archive: Archive, centre: RunningCentre) -> APIRouter:
    """Everything under /room/v1: sessions, then what needs one."""
    route_class = room_route(archive)
    router = APIRouter()
    router.include_router(session.routes(archive, centre.version))
    router.include_router(reading.routes(archive, centre, route_class))
    for part in (
        worklist,
        live,
        finding_tools,
        measures,
        series,
        windows,
        hanging,
        report,
        templates,
        sign,
        signing_state,
    ):
        router.include_router(part.routes(archive, route_class))
    for part in (notices, opening, users, audit, quality):
        router.include_router(part.routes(archive, route_class))
    router.include_router(full_viewer.routes(centre, route_class))
    for administered in (hospitals, connection, packages, queue, deliveries, quarantine, system):
        router.include_router(administered.routes(archive, centre, route_class))
    router.include_router(own.routes(archive, route_class))
    router.include_router(explore.routes(archive, centre, route_class))
    router.include_router(notice_rules.routes(archive, route_class))
    router.include_router(admin_quality.routes(archive, route_class))
    router.include_router(document.routes(router, centre.version, route_class))
    return router
