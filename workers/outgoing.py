"""The way out to a PACS: results by C-STORE."""

from __future__ import annotations

from collections.abc import Sequence

from dicom_node.send import Object, send
from service.archive.hospitals import Peer
from service.flow.deliver import Parcel, Told
from workers.probe import address_of


def to_pacs(peer: Peer, parcels: Sequence[Parcel], told: Told) -> None:
    """Send parcels over one association. Raises PeerBusy, PeerRefused, PeerTakesNone."""
    objects = [Object(each.delivery_id, each.path, each.sop_class_uid, each.transfer_syntax_uid) for each in parcels]
    send(address_of(peer), objects, told)
