"""The whole DICOMweb edge: one root for the machines of a hospital, one for the readers of the centre."""

from __future__ import annotations

from fastapi import APIRouter

from service.access.doors import Door, KeyDoor, route_behind
from service.access.reader_doors import ReaderDoor
from service.access.short_way import ShortWayRouter
from service.archive.kept_metadata import KeptMetadata
from service.archive.store import Archive
from service.dicomweb import bulk_data, frames, metadata, pixel_data, rendered, retrieve, search, store
from service.dicomweb.edge import Edge
from service.dicomweb.kept_matches import KeptMatches
from service.dicomweb.series_at_hand import SeriesAtHand
from service.dicomweb.series_text import PREFIX, READERS
from service.dicomweb.store import Intake
from service.dicomweb.walks import Walks
from service.pixels.pool import PixelPool


def create_router(archive: Archive, pool: PixelPool, intake: Intake) -> ShortWayRouter:
    """`/dicom-web` is the hospital of the API key, `/dicom-web/h/{hospital}` one of those behind a reader's session."""
    series, walks, kept = SeriesAtHand(archive), Walks(archive), KeptMetadata(archive.folder / "metadata")
    matches, router = KeptMatches(), ShortWayRouter()
    for prefix, door in ((PREFIX, KeyDoor(archive)), (READERS, ReaderDoor(archive))):
        edge = Edge(archive, door, pool, series, prefix)
        router.add_short_ways(frames.short_way(edge), metadata.short_way(edge, kept))
        router.include_router(_root(archive, edge, door, kept))
        router.include_router(search.routes(edge, walks, matches))
        router.include_router(store.routes(edge, intake))
    return router


def create_readers_router(archive: Archive, pool: PixelPool) -> APIRouter:
    """The root of the readers alone, to look: nothing can be stored through it."""
    door = ReaderDoor(archive)
    edge = Edge(archive, door, pool, SeriesAtHand(archive), READERS)
    router = _root(archive, edge, door, KeptMetadata(archive.folder / "metadata"))
    router.include_router(search.routes(edge, Walks(archive), KeptMatches()))
    return router


def _root(archive: Archive, edge: Edge, door: Door, kept: KeptMetadata) -> APIRouter:
    router = APIRouter()
    router.include_router(retrieve.routes(edge, route_behind(door)))
    for of_instances in (metadata, bulk_data):
        router.include_router(of_instances.routes(archive, route_behind(door), edge.prefix))
    for of_pixels in (frames, pixel_data, rendered):
        router.include_router(of_pixels.routes(edge))
    router.include_router(metadata.series_routes(edge, kept))
    return router
