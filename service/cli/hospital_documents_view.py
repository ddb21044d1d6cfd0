"""What a hospital's PACS is sent beside SR and SEG, as an operator chooses it."""

from __future__ import annotations

import sys
from pathlib import Path

from service.access import hospital_peers
from service.access.hospital_peers import PacsAddress, UnknownPeer, pacs_address, where
from service.archive import hospitals
from service.archive.hospitals import Peer
from service.cli import printing
from service.cli.opened import opened
from service.domain.companions import WORDS, companions
from service.domain.hospital import Channel
from service.domain.wall import Wall


def documents_view(
    data: Path | None, name: str, typed: tuple[str, ...], pacs: str | None, *, json_wanted: bool
) -> None:
    """Choose and print. Raises MalformedSetting, UnknownHospital, UnknownPeer: then nothing was changed."""
    wall, chosen = Wall.operator(), companions(typed)
    address = None if pacs is None else pacs_address(pacs)
    with opened(data) as archive:
        with archive.read() as connection:
            hospital = hospitals.by_name(connection, wall, name)
            peer = _one(hospitals.peers(connection, wall, hospital.id), address, name)
        after = hospital_peers.choose_companions(archive, wall, hospital.id, peer.id, chosen)
    if json_wanted:
        documents: list[printing.Json] = [each.value for each in sorted(after.companions)]
        printing.as_json({"peer": after.id, "where": where(after), "documents": documents})
        return
    beside = ", ".join(WORDS[each].en for each in sorted(after.companions)) or "nothing"
    sys.stdout.write(f"{where(after)} gets beside SR and SEG from now on: {beside}.\n")
    sys.stdout.write("`consilium hospital test` tries whether it accepts them.\n")


def _one(known: tuple[Peer, ...], address: PacsAddress | None, name: str) -> Peer:
    """The PACS that is meant. Raises UnknownPeer that names those there are."""
    every = [peer for peer in known if peer.channel is Channel.PACS]
    meant = [
        peer
        for peer in every
        if address is None or (peer.host, peer.port, peer.ae_title) == (address.host, address.port, address.ae_title)
    ]
    if len(meant) == 1:
        return meant[0]
    there = ", ".join(f"{peer.host}:{peer.port}:{peer.ae_title}" for peer in every) or "none"
    which = "several PACS; say which by --pacs" if len(meant) > 1 else "no such PACS"
    raise UnknownPeer(f"{name} has {which}: {there}")
