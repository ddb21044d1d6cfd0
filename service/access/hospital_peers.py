"""Where a hospital's results go, as an operator sets it up: PACS and webhooks, whose secrets are shown once."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from service.access.seals import new_webhook_secret, seal
from service.archive import audit, hospitals, peers
from service.archive.hospitals import Peer
from service.archive.store import Archive
from service.domain.companions import AS_BEFORE, Companion
from service.domain.hospital import AeTitle, Channel, HospitalFault, MalformedSetting, ae_title
from service.domain.wall import HospitalId, Wall
from service.domain.web_address import origin

_PACS: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+):(?P<port>\d{1,5}):(?P<ae>[^:]+)")


class UnknownPeer(HospitalFault):
    """The hospital has no such PACS or webhook."""


class AnotherChannel(HospitalFault):
    """A PACS does not become a webhook, nor the other way round: remove the one and add the other."""


@dataclass(frozen=True, slots=True)
class PacsAddress:
    """Where a hospital's PACS listens, and what it is given beside SR and SEG.

    calling_ae: as whom we call it; None: by the title the hospital calls us. companions: None: as it was.
    """

    host: str
    port: int
    ae_title: AeTitle
    calling_ae: AeTitle | None = None
    companions: frozenset[Companion] | None = None


def pacs_address(text: str) -> PacsAddress:
    """HOST:PORT:AE as typed; an IPv6 host in brackets. Raises MalformedSetting."""
    match = _PACS.fullmatch(text.strip())
    if match is None or not 0 < int(match["port"]) < 65536:
        raise MalformedSetting(f"PACS {text!a} is not HOST:PORT:AE, for example 10.20.0.5:104:PACS")
    host = origin(f"http://{match['host']}/").host
    return PacsAddress(host, int(match["port"]), ae_title(match["ae"]))


def pacs_peer(hospital: HospitalId, address: PacsAddress, called_ae: AeTitle) -> Peer:
    """A PACS. called_ae: the title the hospital calls us by."""
    return Peer(
        id=_peer_id(),
        hospital=hospital,
        channel=Channel.PACS,
        host=address.host,
        port=address.port,
        ae_title=address.ae_title,
        calling_ae=address.calling_ae or called_ae,
        url=None,
        sealed_secret=None,
        companions=AS_BEFORE if address.companions is None else address.companions,
    )


def webhook_peer(archive: Archive, hospital: HospitalId, url: str) -> tuple[Peer, str]:
    """A webhook, and its secret that nobody sees again. Raises MalformedSetting."""
    origin(url)
    peer_id, secret = _peer_id(), new_webhook_secret()
    peer = Peer(
        id=peer_id,
        hospital=hospital,
        channel=Channel.HIS,
        host=None,
        port=None,
        ae_title=None,
        calling_ae=None,
        url=url,
        sealed_secret=seal(archive.installation.key, secret, owner=peer_id),
    )
    return peer, secret


def add_pacs(archive: Archive, wall: Wall, hospital: HospitalId, address: PacsAddress) -> Peer:
    """Send results there from now on. Raises UnknownHospital."""
    with archive.write() as connection:
        known = hospitals.known(connection, wall, hospital)
        peer = pacs_peer(hospital, address, known.senders[0].called_ae)
        hospitals.add_peer(connection, wall, peer)
        _record(connection, wall, "peer.add", peer)
    return peer


def add_webhook(archive: Archive, wall: Wall, hospital: HospitalId, url: str) -> tuple[Peer, str]:
    """Tell the HIS there from now on; the secret is shown this once. Raises MalformedSetting, UnknownHospital."""
    peer, secret = webhook_peer(archive, hospital, url)
    with archive.write() as connection:
        hospitals.known(connection, wall, hospital)
        hospitals.add_peer(connection, wall, peer)
        _record(connection, wall, "peer.add", peer)
    return peer, secret


def change_pacs(archive: Archive, wall: Wall, hospital: HospitalId, peer_id: str, address: PacsAddress) -> Peer:
    """Send what waits, and what comes, to another address. Raises UnknownPeer, AnotherChannel."""
    with archive.write() as connection:
        before = of_channel(connection, wall, hospital, peer_id, Channel.PACS)
        after = replace(
            before,
            host=address.host,
            port=address.port,
            ae_title=address.ae_title,
            calling_ae=address.calling_ae or before.calling_ae,
            companions=before.companions if address.companions is None else address.companions,
        )
        peers.keep(connection, wall, after)
        _record(connection, wall, "peer.change", after)
    return after


def choose_companions(
    archive: Archive, wall: Wall, hospital: HospitalId, peer_id: str, chosen: frozenset[Companion]
) -> Peer:
    """What a PACS is given beside SR and SEG from the next result on. Raises UnknownPeer, AnotherChannel."""
    with archive.write() as connection:
        after = replace(of_channel(connection, wall, hospital, peer_id, Channel.PACS), companions=chosen)
        peers.keep(connection, wall, after)
        _record(connection, wall, "peer.change", after)
    return after


def change_webhook(archive: Archive, wall: Wall, hospital: HospitalId, peer_id: str, url: str) -> Peer:
    """Tell the HIS at another address, under the same secret. Raises MalformedSetting, UnknownPeer, AnotherChannel."""
    origin(url)
    with archive.write() as connection:
        after = replace(of_channel(connection, wall, hospital, peer_id, Channel.HIS), url=url)
        peers.keep(connection, wall, after)
        _record(connection, wall, "peer.change", after)
    return after


def renew_secret(archive: Archive, wall: Wall, hospital: HospitalId, peer_id: str) -> str:
    """Another secret for a webhook, shown this once; the former counts no more. Raises UnknownPeer, AnotherChannel."""
    secret = new_webhook_secret()
    sealed = seal(archive.installation.key, secret, owner=peer_id)
    with archive.write() as connection:
        after = replace(of_channel(connection, wall, hospital, peer_id, Channel.HIS), sealed_secret=sealed)
        peers.keep(connection, wall, after)
        _record(connection, wall, "peer.secret", after)
    return secret


def remove_peer(archive: Archive, wall: Wall, hospital: HospitalId, peer_id: str) -> None:
    """Send nothing there any more. Raises UnknownPeer."""
    with archive.write() as connection:
        peer = of_hospital(connection, wall, hospital, peer_id)
        peers.remove(connection, wall, peer)
        _record(connection, wall, "peer.remove", peer)


def of_hospital(connection: Connection, wall: Wall, hospital: HospitalId, peer_id: str) -> Peer:
    """One peer of a hospital. Raises UnknownPeer."""
    for peer in hospitals.peers(connection, wall, hospital):
        if peer.id == peer_id:
            return peer
    raise UnknownPeer("the hospital has no such PACS or webhook")


def of_channel(connection: Connection, wall: Wall, hospital: HospitalId, peer_id: str, channel: Channel) -> Peer:
    """One peer of a hospital and channel. Raises UnknownPeer, AnotherChannel."""
    peer = of_hospital(connection, wall, hospital, peer_id)
    if peer.channel is not channel:
        raise AnotherChannel("remove it and add another one: a PACS does not become a webhook, nor a webhook a PACS")
    return peer


def where(peer: Peer) -> str:
    """Where a peer is, in few words."""
    return f"{peer.host}:{peer.port} {peer.ae_title}" if peer.host else str(peer.url)


def _record(connection: Connection, wall: Wall, action: str, peer: Peer) -> None:
    given = {"documents": ", ".join(sorted(peer.companions))} if peer.channel is Channel.PACS else {}
    audit.act(
        connection,
        wall,
        hospital=peer.hospital,
        action=action,
        subject=peer.id,
        detail={"channel": peer.channel.value, "where": where(peer)} | given,
    )


def _peer_id() -> str:
    return f"p{secrets.token_hex(8)}"
