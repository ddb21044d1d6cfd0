"""What the resources of one DICOMweb root share: archive, door, children that decode, and where the root is."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route
from starlette.types import Scope

from service.access.doors import Caller, Door, let_in, route_behind
from service.access.short_way import ShortWay
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

    def plain(self, path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> APIRouter:
        """A GET below the root that lets its callers in by itself, without the framework's parameters."""

        async def known(request: Request) -> Response:
            request.scope["route"] = route  # as FastAPI does for its own, for log and figures
            return await endpoint(request)

        route = Route(self.prefix + path, known, methods=["GET"])
        router = APIRouter()
        router.routes.append(route)
        return router

    def short_way(self, path: str, at_hand: Callable[[Request], Response | None]) -> ShortWay:
        """The short way to answers of a path below the root; at_hand: None where there is more to it."""
        template = self.prefix + path
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))

        def find(scope: Scope) -> Response | None:
            named = pattern.fullmatch(scope["path"])
            return None if named is None else at_hand(Request({**scope, "path_params": named.groupdict()}))

        return ShortWay(template, find)

    def at_hand(self, request: Request) -> tuple[Caller, Resource, SeriesFiles] | None:
        """Who asks, what the path names, and the series it is in, where nothing has to be asked; never waits."""
        caller = self.door.at_hand(request)
        if caller is None:
            return None
        resource = Resource.of(request)
        files = self.series.at_hand(caller, resource)
        return None if files is None else (caller, resource, files)

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
