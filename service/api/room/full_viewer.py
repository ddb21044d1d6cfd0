"""Where the full viewer is, for the reading page's link."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.routing import APIRoute

from service.access.reader_doors import ReaderDep
from service.api.room.running import RunningCentre
from service.api.room.shape import PREFIX, Shape
from service.domain.user import Right


class FullViewerView(Shape):
    """port: of the host by which the room itself was reached; None where the centre serves no full viewer."""

    port: int | None


@dataclass(frozen=True, slots=True)
class FullViewerEndpoints:
    """One question."""

    centre: RunningCentre

    def where(self, reader: ReaderDep) -> FullViewerView:
        """Where it is now: another port after the centre was started anew."""
        reader.require(Right.READ_STUDIES)
        return FullViewerView(port=self.centre.viewer_port())


def routes(centre: RunningCentre, route_class: type[APIRoute]) -> APIRouter:
    """The operation on the full viewer."""
    router = APIRouter(prefix=PREFIX, route_class=route_class, tags=["reading"], include_in_schema=False)
    router.add_api_route("/full-viewer", FullViewerEndpoints(centre).where, methods=["GET"])
    return router
