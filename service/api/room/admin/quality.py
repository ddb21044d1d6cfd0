"""What the system administrator sees of reports: how they fare in the audit, how long they take. Names no patient."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.routing import APIRoute

from service.access.reader_doors import ReaderDep
from service.api.room.admin.door import ADMIN, administrator
from service.api.room.admin.turnaround_shapes import TurnaroundsView
from service.api.room.quality_shapes import AuditRatesView
from service.api.room.shape import PREFIX
from service.archive.store import Archive


@dataclass(frozen=True, slots=True)
class QualityEndpoints:
    """Looking at the whole centre."""

    archive: Archive

    def rates(self, reader: ReaderDep) -> AuditRatesView:
        """By writer and hospital."""
        wall = administrator(reader)
        with self.archive.read() as connection:
            return AuditRatesView.read(connection, wall)

    def turnarounds(self, reader: ReaderDep) -> TurnaroundsView:
        """By hospital and class."""
        wall = administrator(reader)
        with self.archive.read() as connection:
            return TurnaroundsView.read(connection, wall, reader.language)


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operations about quality."""
    router = APIRouter(prefix=f"{PREFIX}{ADMIN}", tags=["admin"], route_class=route_class, include_in_schema=False)
    endpoints = QualityEndpoints(archive)
    router.add_api_route("/audit-rates", endpoints.rates, methods=["GET"])
    router.add_api_route("/turnarounds", endpoints.turnarounds, methods=["GET"])
    return router
