"""What the resources of one DICOMweb root share: archive, door, children that decode, and where the root is."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from service.access.doors import Caller, Door, let_in, route_behind
from service.archive.store import Archive
from service.dicomweb.resource import Resource
from service.dicomweb.series_at_hand import SeriesAtHand, SeriesFiles
from service.pixels.pool import PixelPool


@dataclass(frozen=True, slots=True)
class Edge:
    """One root: `/dicom-web` for machines, `/dicom-web/h/{hospital}` for readers."""

    archive: Archive
    door: Door
    pool: PixelPool
    series: SeriesAtHand
    prefix: str

    def router(self) -> APIRouter:
        """An empty router under the root, whose routes are behind the door."""
        return APIRouter(prefix=self.prefix, route_class=route_behind(self.door), include_in_schema=False)

    async def series_of(self, request: Request) -> tuple[Caller, Resource, SeriesFiles]:
        """Who asks, what the path names, and the series it is in; waits for the rows only where it must.

        Raises what the door raises, and Problem when there is no such series.
        """
        caller = await let_in(self.door, request)
        resource = Resource.of(request)
        files = self.series.at_hand(caller, resource)
        if files is None:
            files = await run_in_threadpool(self.series.read, caller, resource)
        return caller, resource, files
