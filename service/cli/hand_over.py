"""What to hand to a hospital: the AE table for its PACS people, the firewall lines for its network people."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from service.archive import hospitals
from service.archive.hospitals import Peer
from service.cli.binds import address_of
from service.domain.hospital import Hospital
from service.domain.wall import Wall
from service.domain.web_address import origin


def hand_over(connection: Connection, wall: Wall, dicom_bind: str, dicom_port: int) -> Iterator[str]:
    """The sheet, a block a hospital."""
    here = address_of(dicom_bind)
    for hospital in hospitals.everyone(connection, wall):
        yield f"To hand to {hospital.name}"
        yield "  AE table"
        for sender in hospital.senders:
            yield f"    this centre   AE {sender.called_ae}  host {here}  port {dicom_port}  (C-STORE, C-ECHO)"
            yield f"    your sender   AE {sender.calling_ae}  from {', '.join(map(str, sender.networks))}"
        peers = hospitals.peers(connection, wall, hospital.id)
        yield from (_called(peer) for peer in peers if peer.host is not None)
        yield "  firewall"
        yield from _firewall(hospital, peers, here, dicom_port)


def _called(peer: Peer) -> str:
    where = f"AE {peer.ae_title}  host {peer.host}  port {peer.port}"
    return f"    your PACS     {where}  (results; we call as {peer.calling_ae})"


def _firewall(hospital: Hospital, peers: tuple[Peer, ...], here: str, dicom_port: int) -> Iterator[str]:
    for sender in hospital.senders:
        yield from (f"    allow TCP  {source}  ->  {here} port {dicom_port}  (studies)" for source in sender.networks)
    for peer in peers:
        if peer.host is not None:
            yield f"    allow TCP  {here}  ->  {peer.host} port {peer.port}  (results)"
        elif peer.url is not None:
            called = origin(peer.url)
            yield f"    allow TCP  {here}  ->  {called.host} port {called.port}  (webhook)"
