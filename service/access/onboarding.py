"""Taking a hospital in: its row, where its results go, its first key; all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass

from service.access.hospital_peers import PacsAddress, pacs_peer, webhook_peer
from service.access.hospital_settings import normal_name, require_sound
from service.access.keys import add_key
from service.archive import audit, hospitals
from service.archive.hospitals import new_hospital_id
from service.archive.store import Archive
from service.domain.hospital import Hospital, Language, PackageRule, ReleasePolicy, Sender
from service.domain.wall import HospitalId, Wall


@dataclass(frozen=True, slots=True)
class NewHospital:
    """A hospital as an operator describes it; quiet_s None: its quiet time is learned."""

    name: str
    language: Language
    senders: tuple[Sender, ...]
    packages: tuple[PackageRule, ...] = ()
    release: ReleasePolicy = ReleasePolicy.NEVER
    quiet_s: float | None = None
    pacs: PacsAddress | None = None
    webhook_url: str | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """What the operator hands over; key and secret are shown this once."""

    hospital_id: HospitalId
    api_key: str
    webhook_secret: str | None


def add_hospital(archive: Archive, wall: Wall, new: NewHospital) -> Added:
    """Add a hospital in one transaction; it counts at once in a running centre.

    Raises MalformedSetting, NameTaken, SendersOverlap: then nothing was changed.
    """
    hospital = _hospital(new, new_hospital_id())
    hospital_id = hospital.id
    require_sound(hospital)
    peers, secret = [], None
    if new.pacs is not None:
        peers.append(pacs_peer(hospital_id, new.pacs, new.senders[0].called_ae))
    if new.webhook_url is not None:
        webhook, secret = webhook_peer(archive, hospital_id, new.webhook_url)
        peers.append(webhook)
    with archive.write() as connection:
        hospitals.add(connection, wall, hospital)
        for peer in peers:
            hospitals.add_peer(connection, wall, peer)
        audit.act(connection, wall, hospital=hospital_id, action="hospital.add", subject=hospital_id)
        key = add_key(connection, wall, hospital_id)
    return Added(hospital_id, key, secret)


def _hospital(new: NewHospital, hospital_id: HospitalId) -> Hospital:
    return Hospital(
        id=hospital_id,
        name=normal_name(new.name),
        language=new.language,
        release_pacs=new.release,
        release_his=new.release,
        quiet_s=new.quiet_s,
        senders=new.senders,
        packages=new.packages,
    )
