"""The ways out: results to a PACS by C-STORE, messages to an HIS by signed webhook."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from dicom_node.send import Object, send
from service.access.seals import unseal
from service.archive.deliveries import Delivery
from service.archive.hospitals import Peer
from service.flow.deliver import Parcel, Told
from service.flow.peers import PeerRefused
from service.his import webhook
from workers.probe import address_of


def to_pacs(peer: Peer, parcels: Sequence[Parcel], told: Told) -> None:
    """Send parcels over one association. Raises PeerBusy, PeerRefused, PeerTakesNone."""
    objects = [Object(each.delivery_id, each.path, each.sop_class_uid, each.transfer_syntax_uid) for each in parcels]
    send(address_of(peer), objects, told)


@dataclass(frozen=True, slots=True)
class HisSender:
    """Sends signed messages with a hospital's own secret, which the installation's key unseals."""

    installation_key: bytes

    def deliver(self, peer: Peer, delivery: Delivery) -> None:
        """Send one message of the ledger. Raises PeerBusy, PeerRefused."""
        self._send(peer, url=delivery.url or peer.url or "", message_id=delivery.id, body=delivery.body or "")

    def probe(self, peer: Peer) -> None:
        """Send a test message that says nothing of a patient. Raises PeerBusy, PeerRefused."""
        body = json.dumps({"type": "connection.test", "data": {}})
        self._send(peer, url=peer.url or "", message_id=f"test-{time.time_ns()}", body=body)

    def _send(self, peer: Peer, *, url: str, message_id: str, body: str) -> None:
        if peer.sealed_secret is None or peer.url is None:
            raise PeerRefused("this hospital has no webhook")
        secret = unseal(self.installation_key, peer.sealed_secret, owner=peer.id)
        webhook.send(
            url,
            secret=secret,
            message_id=message_id,
            timestamp=int(time.time()),
            body=body.encode(),
            allowed_origin=peer.url,
        )
