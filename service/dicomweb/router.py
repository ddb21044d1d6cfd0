"""The whole DICOMweb edge as one router."""

from __future__ import annotations

from fastapi import APIRouter

from service.access.doors import guarded_route
from service.archive.store import Archive
from service.dicomweb import metadata, retrieve, search


def create_router(archive: Archive) -> APIRouter:
    """Everything under /dicom-web: the hospital's own studies by its API key."""
    route_class = guarded_route(archive)
    router = APIRouter()
    for part in (search, retrieve, metadata):
        router.include_router(part.routes(archive, route_class))
    return router
