"""What senior physicians see of the audits: how often each writer's reports are changed, and how much."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.routing import APIRoute

from service.access.reader_doors import ReaderDep
from service.api.room.quality_shapes import AuditRatesView
from service.api.room.shape import PREFIX
from service.archive.store import Archive
from service.domain.user import Right


@dataclass(frozen=True, slots=True)
class QualityEndpoints:
    """Looking at the audits of the hospitals one reads for."""

    archive: Archive

    def rates(self, reader: ReaderDep) -> AuditRatesView:
        """By writer and hospital."""
        reader.require(Right.AUDIT_REPORTS)
        with self.archive.read() as connection:
            return AuditRatesView.read(connection, reader.wall)


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """One operation."""
    router = APIRouter(prefix=PREFIX, tags=["quality"], route_class=route_class, include_in_schema=False)
    router.add_api_route("/audit-rates", QualityEndpoints(archive).rates, methods=["GET"])
    return router
