"""The whole HIS edge as one router."""

from __future__ import annotations

from fastapi import APIRouter

from models.catalogue import Catalogue
from service.access.doors import guarded_route
from service.archive.store import Archive
from service.flow.bell import Bell
from service.his import analyses, cards, events, live, notices, open_links, orders, reports, studies
from service.his.desk import Desk


def create_router(archive: Archive, bell: Bell, catalogue: Catalogue) -> APIRouter:
    """Everything under /api/v1; every request needs a hospital's API key."""
    desk = Desk(archive, bell, catalogue)
    route_class = guarded_route(archive)
    router = APIRouter()
    for subject in (orders, studies, analyses, reports, notices, open_links, events, live, cards):
        router.include_router(subject.routes(desk, route_class))
    return router
