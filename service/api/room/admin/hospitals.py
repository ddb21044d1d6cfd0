"""Hospitals over HTTP: let in, set up anew, give keys, say where results go, end their access."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from fastapi import APIRouter, Response
from fastapi.routing import APIRoute
from sqlalchemy import Connection

from service.access import hospital_peers, hospital_settings
from service.access.hospital_settings import edition
from service.access.onboarding import NewHospital, add_hospital
from service.access.reader_doors import Reader, ReaderDep
from service.api.room.admin.door import ADMIN, IdPath, administrator, told
from service.api.room.admin.hospital_shapes import (
    AddedHospital,
    AddedKey,
    AddedPeer,
    AgreementShape,
    HospitalBody,
    HospitalsView,
    HospitalView,
    KeyView,
    NewHospitalBody,
    NewSecret,
    PackageView,
    PacsBody,
    PeerBody,
    PeerView,
    ReleaseShape,
    RemovalBody,
    senders,
    targets,
)
from service.api.room.running import RunningCentre
from service.api.room.shape import PREFIX
from service.archive import hospitals
from service.archive.store import Archive
from service.domain.hospital import Hospital, Language, refuse_unknown
from service.domain.wall import HospitalId, Wall


@dataclass(frozen=True, slots=True)
class HospitalEndpoints:
    """Everything about the centre's customers."""

    archive: Archive
    centre: RunningCentre

    def everyone(self, reader: ReaderDep) -> HospitalsView:
        """Every hospital, and the packages they can ask for."""
        wall = administrator(reader)
        with self.archive.read() as connection:
            views = tuple(
                self._view(connection, wall, each, reader.language) for each in hospitals.everyone(connection, wall)
            )
        return HospitalsView(hospitals=views, packages=tuple(sorted(self._packages())))

    def one(self, reader: ReaderDep, hospital: IdPath) -> HospitalView:
        """One hospital."""
        return self._shown(reader, administrator(reader), HospitalId(hospital))

    def add(self, reader: ReaderDep, body: NewHospitalBody) -> AddedHospital:
        """Let a hospital in; key and secret are in this answer and nowhere else."""
        wall = administrator(reader)
        with told():
            new = NewHospital(
                name=body.name,
                language=body.language,
                senders=(body.sender.sender(self.centre.dicom_bind()),),
                packages=tuple(each.rule for each in body.packages),
                release=body.release,
                quiet_s=body.quiet_s,
                pacs=None if body.pacs is None else body.pacs.address,
                webhook_url=None if body.webhook is None else body.webhook.url,
            )
            refuse_unknown((rule.package for rule in new.packages), self._packages())
            added = add_hospital(self.archive, wall, new)
        return AddedHospital(
            hospital=self._shown(reader, wall, added.hospital_id),
            api_key=added.api_key,
            webhook_secret=added.webhook_secret,
        )

    def change(self, reader: ReaderDep, hospital: IdPath, body: HospitalBody) -> HospitalView:
        """Set a hospital up anew; it counts at once."""
        wall = administrator(reader)
        with told():
            hospital_settings.change(
                self.archive,
                wall,
                HospitalId(hospital),
                self._altered(body),
                packages=self._packages(),
                seen=body.edition,
            )
        return self._shown(reader, wall, HospitalId(hospital))

    def remove(self, reader: ReaderDep, hospital: IdPath, body: RemovalBody) -> Response:
        """End a hospital's access; its studies stay."""
        wall = administrator(reader)
        with told():
            hospital_settings.remove(self.archive, wall, HospitalId(hospital), typed_name=body.name)
        return Response(status_code=204)

    def add_key(self, reader: ReaderDep, hospital: IdPath) -> AddedKey:
        """A further API key; the others stay in force."""
        wall = administrator(reader)
        with told():
            key, text = hospital_settings.issue_key(self.archive, wall, HospitalId(hospital))
        return AddedKey(key=KeyView.of(key), api_key=text)

    def revoke_key(self, reader: ReaderDep, hospital: IdPath, key: IdPath) -> Response:
        """End an API key."""
        wall = administrator(reader)
        with told():
            hospital_settings.revoke_key(self.archive, wall, HospitalId(hospital), key)
        return Response(status_code=204)

    def add_peer(self, reader: ReaderDep, hospital: IdPath, body: PeerBody) -> AddedPeer:
        """Send results somewhere more."""
        wall = administrator(reader)
        with told():
            if isinstance(body, PacsBody):
                peer = hospital_peers.add_pacs(self.archive, wall, HospitalId(hospital), body.address)
                return AddedPeer(peer=PeerView.of(peer), webhook_secret=None)
            webhook, secret = hospital_peers.add_webhook(self.archive, wall, HospitalId(hospital), body.url)
        return AddedPeer(peer=PeerView.of(webhook), webhook_secret=secret)

    def change_peer(self, reader: ReaderDep, hospital: IdPath, peer: IdPath, body: PeerBody) -> PeerView:
        """Send what waits, and what comes, to another address."""
        wall = administrator(reader)
        with told():
            changed = (
                hospital_peers.change_pacs(self.archive, wall, HospitalId(hospital), peer, body.address)
                if isinstance(body, PacsBody)
                else hospital_peers.change_webhook(self.archive, wall, HospitalId(hospital), peer, body.url)
            )
        return PeerView.of(changed)

    def renew_secret(self, reader: ReaderDep, hospital: IdPath, peer: IdPath) -> NewSecret:
        """Another secret for a webhook."""
        wall = administrator(reader)
        with told():
            secret = hospital_peers.renew_secret(self.archive, wall, HospitalId(hospital), peer)
        return NewSecret(webhook_secret=secret)

    def remove_peer(self, reader: ReaderDep, hospital: IdPath, peer: IdPath) -> Response:
        """Send nothing there any more."""
        wall = administrator(reader)
        with told():
            hospital_peers.remove_peer(self.archive, wall, HospitalId(hospital), peer)
        return Response(status_code=204)

    def _packages(self) -> frozenset[str]:
        self.centre.catalogue.refresh()
        return frozenset(self.centre.catalogue.available())

    def _altered(self, body: HospitalBody) -> Callable[[Hospital], Hospital]:
        """What the body names is taken, what it does not name stays."""
        dicom_bind = self.centre.dicom_bind()
        senders = None if body.senders is None else tuple(each.sender(dicom_bind) for each in body.senders)
        packages = None if body.packages is None else tuple(each.rule for each in body.packages)

        def alter(known: Hospital) -> Hospital:
            return replace(
                known,
                name=known.name if body.name is None else hospital_settings.normal_name(body.name),
                language=body.language or known.language,
                release_pacs=known.release_pacs if body.release is None else body.release.pacs,
                release_his=known.release_his if body.release is None else body.release.his,
                quiet_s=body.quiet_s if "quiet_s" in body.model_fields_set else known.quiet_s,
                finalising=body.finalising or known.finalising,
                agreement=known.agreement if body.agreement is None else body.agreement.agreement,
                targets_s=known.targets_s
                if body.targets_s is None
                else {each.value: target_s for each, target_s in body.targets_s.items()},
                senders=known.senders if senders is None else senders,
                packages=known.packages if packages is None else packages,
            )

        return alter

    def _shown(self, reader: Reader, wall: Wall, hospital: HospitalId) -> HospitalView:
        with told(), self.archive.read() as connection:
            return self._view(connection, wall, hospitals.known(connection, wall, hospital), reader.language)

    def _view(self, connection: Connection, wall: Wall, hospital: Hospital, language: Language) -> HospitalView:
        here = self.centre.catalogue.available()
        return HospitalView(
            id=hospital.id,
            edition=edition(hospital),
            name=hospital.name,
            language=hospital.language,
            release=ReleaseShape(pacs=hospital.release_pacs, his=hospital.release_his),
            quiet_s=hospital.quiet_s,
            finalising=hospital.finalising,
            agreement=AgreementShape.of(hospital.agreement),
            targets=targets(hospital.targets_s, language),
            senders=senders(hospital),
            packages=tuple(
                PackageView(
                    package=each.package, modalities=each.modalities, mode=each.mode, is_here=each.package in here
                )
                for each in hospital.packages
            ),
            peers=tuple(PeerView.of(each) for each in hospitals.peers(connection, wall, hospital.id)),
            keys=tuple(KeyView.of(each) for each in hospitals.api_keys(connection, wall, hospital.id)),
        )


def routes(archive: Archive, centre: RunningCentre, route_class: type[APIRoute]) -> APIRouter:
    """The operations on hospitals."""
    endpoints = HospitalEndpoints(archive, centre)
    router = APIRouter(
        prefix=f"{PREFIX}{ADMIN}/hospitals", tags=["hospitals"], route_class=route_class, include_in_schema=False
    )
    for method, path, endpoint, status in (
        ("GET", "", endpoints.everyone, 200),
        ("POST", "", endpoints.add, 201),
        ("GET", "/{hospital}", endpoints.one, 200),
        ("PATCH", "/{hospital}", endpoints.change, 200),
        ("POST", "/{hospital}/removal", endpoints.remove, 204),
        ("POST", "/{hospital}/keys", endpoints.add_key, 201),
        ("DELETE", "/{hospital}/keys/{key}", endpoints.revoke_key, 204),
        ("POST", "/{hospital}/peers", endpoints.add_peer, 201),
        ("PUT", "/{hospital}/peers/{peer}", endpoints.change_peer, 200),
        ("DELETE", "/{hospital}/peers/{peer}", endpoints.remove_peer, 204),
        ("POST", "/{hospital}/peers/{peer}/secret", endpoints.renew_secret, 200),
    ):
        router.add_api_route(path, endpoint, methods=[method], status_code=status)
    return router
