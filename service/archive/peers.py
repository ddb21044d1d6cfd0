"""Where results go, changed by a person: a peer keeps its id, so what waits for it goes to the new address."""

from __future__ import annotations

from sqlalchemy import Connection, update

from service.archive.events import within
from service.archive.hospitals import Peer
from service.archive.store import now
from service.archive.tables import PEER
from service.domain.wall import Wall


def keep(connection: Connection, wall: Wall, peer: Peer) -> None:
    """Write a peer's address, titles, sealed secret and companions as they are now."""
    wall.guard(peer.hospital)
    connection.execute(
        update(PEER)
        .where(PEER.c.id == peer.id, PEER.c.hospital_id == peer.hospital)
        .values(
            host=peer.host,
            port=peer.port,
            ae_title=peer.ae_title,
            calling_ae=peer.calling_ae,
            url=peer.url,
            sealed_secret=peer.sealed_secret,
            companions=sorted(peer.companions),
        )
    )


def remove(connection: Connection, wall: Wall, peer: Peer) -> bool:
    """Send nothing there any more: what waits for it is refused when it is due. False when it was removed before."""
    wall.guard(peer.hospital)
    removed = connection.execute(
        update(PEER)
        .where(within(wall, PEER.c.hospital_id), PEER.c.id == peer.id, PEER.c.removed_at.is_(None))
        .values(removed_at=now(connection))
    )
    return removed.rowcount == 1
