"""Packages over HTTP: what the centre has, and a dry run of a hospital's rules over its stored studies."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.routing import APIRoute

from service.access.reader_doors import ReaderDep
from service.api.room.admin.door import ADMIN, IdPath, administrator, told
from service.api.room.admin.package_shapes import (
    BrokenFolder,
    DryRunBody,
    DryRunPage,
    InstalledPackage,
    PackagesView,
    TriedStudy,
)
from service.api.room.admin.places import cursor, numbered_place
from service.api.room.running import RunningCentre
from service.api.room.shape import PREFIX, Named
from service.archive import audit, hospitals
from service.archive.store import Archive
from service.domain.wall import HospitalId
from service.flow.dry_run import Stored, dry_run


@dataclass(frozen=True, slots=True)
class PackageEndpoints:
    """What can be asked of a study."""

    archive: Archive
    centre: RunningCentre

    def installed(self, reader: ReaderDep) -> PackagesView:
        """Every version of every package, and folders that cannot be used."""
        wall = administrator(reader)
        catalogue = self.centre.catalogue
        catalogue.refresh()
        with self.archive.read() as connection:
            known = hospitals.everyone(connection, wall)
        newest = {entry.digest for entry in catalogue.available().values()}
        return PackagesView(
            packages=tuple(
                InstalledPackage.of(
                    entry,
                    reader.language,
                    is_newest=entry.digest in newest,
                    asked_by=tuple(
                        Named(id=each.id, name=each.name)
                        for each in known
                        if entry.manifest.name in {rule.package for rule in each.packages}
                    ),
                )
                for entry in catalogue.entries()
            ),
            broken=tuple(BrokenFolder(folder=each.folder.name, fault=each.fault) for each in catalogue.faults),
        )

    def dry_run(self, reader: ReaderDep, hospital: IdPath, body: DryRunBody) -> DryRunPage:
        """What would run on the newest stored studies, what not, and why; nothing is written but that it was asked."""
        wall = administrator(reader)
        hospital_id = HospitalId(hospital)
        after = numbered_place(body.after)
        self.centre.catalogue.refresh()
        with told(), self.archive.read() as connection:
            known = hospitals.known(connection, wall, hospital_id)
            rules = known.packages if body.packages is None else tuple(each.rule for each in body.packages)
            stored = Stored(hospital_id, after, body.limit + 1)
            found = dry_run(connection, wall, stored, rules, self.centre.catalogue.available())
        shown = found[: body.limit]
        with self.archive.write() as connection:
            audit.act(connection, wall, hospital=hospital_id, action="hospital.dry-run", subject=hospital_id)
        last = shown[-1].study if len(found) > body.limit else None
        return DryRunPage(
            items=tuple(TriedStudy.of(each, reader.language) for each in shown),
            next=None if last is None else cursor(last.first_received_at, last.id),
        )


def routes(archive: Archive, centre: RunningCentre, route_class: type[APIRoute]) -> APIRouter:
    """The operations on packages."""
    endpoints = PackageEndpoints(archive, centre)
    router = APIRouter(prefix=f"{PREFIX}{ADMIN}", tags=["packages"], route_class=route_class, include_in_schema=False)
    router.add_api_route("/packages", endpoints.installed, methods=["GET"])
    router.add_api_route("/hospitals/{hospital}/dry-run", endpoints.dry_run, methods=["POST"])
    return router
