"""Taking a hospital in: its row, where its results go, its first key; all of it or nothing."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Final

from service.access.keys import add_key
from service.access.seals import new_webhook_secret, seal
from service.archive import audit, hospitals
from service.archive.hospitals import Peer, new_hospital_id
from service.archive.store import Archive
from service.domain.hospital import (
    AeTitle,
    Channel,
    Hospital,
    Language,
    MalformedSetting,
    PackageRule,
    ReleasePolicy,
    Sender,
    ae_title,
)
from service.domain.wall import HospitalId, Wall
from service.domain.web_address import origin

MAX_NAME_LENGTH: Final = 64
_PACS: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+):(?P<port>\d{1,5}):(?P<ae>[^:]+)")


@dataclass(frozen=True, slots=True)
class PacsAddress:
    """Where a hospital's PACS listens."""

    host: str
    port: int
    ae_title: AeTitle


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


def pacs_address(text: str) -> PacsAddress:
    """HOST:PORT:AE as typed; an IPv6 host in brackets. Raises MalformedSetting."""
    match = _PACS.fullmatch(text.strip())
    if match is None or not 0 < int(match["port"]) < 65536:
        raise MalformedSetting(f"PACS {text!a} is not HOST:PORT:AE, for example 10.20.0.5:104:PACS")
    host = origin(f"http://{match['host']}/").host
    return PacsAddress(host, int(match["port"]), ae_title(match["ae"]))


def add_hospital(archive: Archive, wall: Wall, new: NewHospital) -> Added:
    """Add a hospital in one transaction; it counts at once in a running centre.

    Raises MalformedSetting, NameTaken, SendersOverlap: then nothing was changed.
    """
    _check(new)
    hospital_id = new_hospital_id()
    secret = new_webhook_secret() if new.webhook_url is not None else None
    with archive.write() as connection:
        hospitals.add(connection, wall, _hospital(new, hospital_id))
        for peer in _peers(archive, new, hospital_id, secret):
            hospitals.add_peer(connection, wall, peer)
        audit.act(connection, wall, hospital=hospital_id, action="hospital.add", subject=hospital_id)
        key = add_key(connection, wall, hospital_id)
    return Added(hospital_id, key, secret)


def _check(new: NewHospital) -> None:
    controls = any(unicodedata.category(letter)[0] == "C" for letter in new.name)
    if not 1 <= len(new.name.strip()) <= MAX_NAME_LENGTH or controls:
        raise MalformedSetting(f"a hospital's name has 1 to {MAX_NAME_LENGTH} characters, none of them a control")
    if not new.senders:
        raise MalformedSetting("a hospital has at least one sender (calling AE, called AE, network)")
    if new.quiet_s is not None and not 0 < new.quiet_s <= 3600:
        raise MalformedSetting("a fixed quiet time lies between 0 and 3600 seconds")
    if new.webhook_url is not None:
        origin(new.webhook_url)


def _hospital(new: NewHospital, hospital_id: HospitalId) -> Hospital:
    return Hospital(
        id=hospital_id,
        name=unicodedata.normalize("NFC", new.name.strip()),
        language=new.language,
        release_pacs=new.release,
        release_his=new.release,
        quiet_s=new.quiet_s,
        senders=new.senders,
        packages=new.packages,
    )


def _peers(archive: Archive, new: NewHospital, hospital_id: HospitalId, secret: str | None) -> tuple[Peer, ...]:
    peers = []
    if new.pacs is not None:
        peers.append(_pacs(new.pacs, hospital_id, calling_ae=new.senders[0].called_ae))
    if new.webhook_url is not None and secret is not None:
        peers.append(_webhook(archive, hospital_id, new.webhook_url, secret))
    return tuple(peers)


def _pacs(pacs: PacsAddress, hospital_id: HospitalId, calling_ae: AeTitle) -> Peer:
    return Peer(
        id=_peer_id(),
        hospital=hospital_id,
        channel=Channel.PACS,
        host=pacs.host,
        port=pacs.port,
        ae_title=pacs.ae_title,
        calling_ae=calling_ae,
        url=None,
        sealed_secret=None,
    )


def _webhook(archive: Archive, hospital_id: HospitalId, url: str, secret: str) -> Peer:
    peer_id = _peer_id()
    return Peer(
        id=peer_id,
        hospital=hospital_id,
        channel=Channel.HIS,
        host=None,
        port=None,
        ae_title=None,
        calling_ae=None,
        url=url,
        sealed_secret=seal(archive.installation.key, secret, owner=peer_id),
    )


def _peer_id() -> str:
    return f"p{secrets.token_hex(8)}"
