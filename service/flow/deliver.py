"""Sending what the ledger says: claimed per peer, each outcome written as soon as it is known."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Final, TypeAlias

from sqlalchemy import Connection

from service.archive import deliveries, hospitals, overtaken, results, studies
from service.archive.deliveries import Delivery
from service.archive.events import EventKind, append
from service.archive.hospitals import Peer
from service.archive.results import Encoding, Result, ResultKind
from service.archive.store import Archive, ArchiveUnavailable
from service.domain.companions import Companion
from service.domain.delivery import LEASE_S, retry_delay_s
from service.domain.hospital import Channel
from service.domain.wall import Wall
from service.flow import notice
from service.flow.bell import Bell, Step
from service.flow.peers import PeerAway, PeerBusy, PeerFailure, PeerRefused, PeerTakesNone, PeerUnanswered

_RANKS: Final = {
    ResultKind.SEG: 0,
    ResultKind.SR: 1,
    ResultKind.SC: 2,
    ResultKind.PDF: 2,
    ResultKind.PRESENTATION: 2,
    ResultKind.KEY_IMAGES: 3,
    ResultKind.WITHDRAWAL: 4,
}
"""What another object refers to goes before it."""
_COMPANIONS: Final = {
    ResultKind.SC: Companion.SUMMARY,
    ResultKind.PRESENTATION: Companion.PRESENTATION_STATE,
    ResultKind.PDF: Companion.PDF,
    ResultKind.KEY_IMAGES: Companion.KEY_IMAGES,
}
"""Kinds that a PACS gets only where it is to have them; the others are what the centre is for."""
SUMMED_UP: Final = frozenset({ResultKind.SR, ResultKind.SEG})
"""Kinds in whose place the summary page goes where a PACS does not accept them."""
_LOG: Final = logging.getLogger("consilium.deliver")
_WALL: Final = Wall.system("deliver")


@dataclass(frozen=True, slots=True)
class Parcel:
    """One object on its way to a PACS."""

    delivery_id: str
    path: Path
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str


Told: TypeAlias = Callable[[str, PeerFailure | None], None]
"""Called once a parcel: its delivery's id, and None when the peer has it, else how it failed."""


@dataclass(frozen=True, slots=True)
class Senders:
    """The ways out, handed down by the worker.

    pacs sends parcels over one association and tells of each. his sends one message. Both raise PeerBusy or
    PeerRefused when the peer could not be talked to at all.
    """

    pacs: Callable[[Peer, Sequence[Parcel], Told], None]
    his: Callable[[Peer, Delivery], None]


def deliver_due(archive: Archive, bell: Bell, senders: Senders) -> int:
    """Claim what is due for one peer and send it; returns how many deliveries were claimed."""
    with archive.write() as connection:
        claimed = deliveries.claim(connection, _WALL)
        peer = hospitals.peer(connection, _WALL, claimed[0].peer_id) if claimed else None
    if not claimed:
        return 0
    ledger = _Ledger(archive, bell, {delivery.id: delivery for delivery in claimed})
    if peer is None:
        ledger.all_failed(PeerRefused("the peer was removed"))
        return len(claimed)
    with _kept_alive(archive, claimed):
        try:
            _send(archive, senders, peer, claimed, ledger)
        except PeerFailure as failure:
            ledger.all_failed(failure)
        except Exception as fault:
            ledger.all_failed(PeerUnanswered(f"unforeseen {type(fault).__name__}, see the centre's log"))
            raise
    return len(claimed)


def takes(peer: Peer, kind: ResultKind) -> bool:
    """Whether a kind of object goes to a peer: a PACS, and the kind is not one that it is not to have."""
    return peer.channel is Channel.PACS and (kind not in _COMPANIONS or _COMPANIONS[kind] in peer.companions)


def enter(connection: Connection, result: Result, peer_id: str, study_id: int) -> None:
    """Enter the delivery of a result to a PACS, once."""
    deliveries.want(
        connection,
        _WALL,
        deliveries.Wanted(
            hospital=result.hospital,
            peer_id=peer_id,
            channel=Channel.PACS,
            study_id=study_id,
            identity=result.sop_instance_uid,
            rank=_RANKS[result.kind],
            result_id=result.id,
        ),
    )


def _send(archive: Archive, senders: Senders, peer: Peer, claimed: Sequence[Delivery], ledger: _Ledger) -> None:
    if peer.channel is Channel.PACS:
        senders.pacs(peer, _parcels(archive, claimed), ledger.told)
        ledger.all_failed(PeerUnanswered("the association ended before this object was answered"))
        return
    for delivery in claimed:
        try:
            senders.his(peer, delivery)
        except PeerAway:
            raise
        except PeerFailure as failure:
            ledger.told(delivery.id, failure)
        else:
            ledger.told(delivery.id, None)


def _parcels(archive: Archive, claimed: Sequence[Delivery]) -> tuple[Parcel, ...]:
    parcels = []
    with archive.read() as connection:
        for delivery in claimed:
            result = results.get(connection, _WALL, delivery.result_id or "")
            if result is None:
                continue
            parcels.append(
                Parcel(
                    delivery_id=delivery.id,
                    path=archive.objects.path(result.hospital, result.object_name),
                    sop_class_uid=result.sop_class_uid,
                    sop_instance_uid=result.sop_instance_uid,
                    transfer_syntax_uid=result.transfer_syntax_uid,
                )
            )
    return tuple(parcels)


@contextmanager
def _kept_alive(archive: Archive, claimed: Sequence[Delivery]) -> Iterator[None]:
    """Renew the leases of a slow peer's deliveries until they are sent."""
    done = Event()

    def renew() -> None:
        while not done.wait(LEASE_S / 3):
            try:
                with archive.write() as connection:
                    deliveries.renew(connection, _WALL, claimed)
            except ArchiveUnavailable as fault:
                _LOG.warning("leases of %d deliveries not renewed: %s", len(claimed), fault)

    thread = Thread(target=renew, name="delivery-lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _replaceable(connection: Connection, refused: Result | None) -> str | None:
    """The analysis whose summary page may go instead of this object; None where none may.

    Not of what was superseded meanwhile, or of a report, which goes as PDF as well.
    """
    if refused is None or refused.analysis_id is None or refused.kind not in SUMMED_UP:
        return None
    return None if overtaken.is_overtaken(connection, _WALL, refused.analysis_id) else refused.analysis_id


def _want_summary(connection: Connection, analysis_id: str, delivery: Delivery) -> None:
    """Ask for the summary page; one that was made for another PACS of the hospital already goes to this one too."""
    made = results.of_analysis(connection, _WALL, analysis_id)
    for page in (result for result in made if result.kind is ResultKind.SC):
        enter(connection, page, delivery.peer_id, delivery.study_id or 0)
    results.want(connection, _WALL, delivery.hospital, analysis_id, Encoding.SUMMARY)


class _Ledger:
    """Writes each delivery's outcome once, as it becomes known."""

    def __init__(self, archive: Archive, bell: Bell, open_deliveries: dict[str, Delivery]) -> None:
        self._archive = archive
        self._bell = bell
        self._open = open_deliveries

    def told(self, delivery_id: str, failure: PeerFailure | None) -> None:
        delivery = self._open.pop(delivery_id)
        if failure is None:
            self._accepted(delivery)
        elif isinstance(failure, PeerBusy):
            self._busy(delivery, failure)
        else:
            self._refused(delivery, failure)

    def all_failed(self, failure: PeerFailure) -> None:
        for delivery_id in tuple(self._open):
            self.told(delivery_id, failure)

    def _accepted(self, delivery: Delivery) -> None:
        with self._archive.write() as connection:
            if not deliveries.accepted(connection, _WALL, delivery):
                return
            notice.arrived(connection, _WALL, delivery)
            study = studies.get(connection, _WALL, delivery.study_id or 0)
            if study is not None:
                detail = {"delivery": delivery.id, "channel": delivery.channel.value, "identity": delivery.identity}
                append(connection, _WALL, EventKind.DELIVERY_DELIVERED, study.subject, detail)

    def _busy(self, delivery: Delivery, failure: PeerFailure) -> None:
        delay_s = retry_delay_s(delivery.attempt, random.random())  # noqa: S311  # spreads load, guards nothing
        _LOG.warning("delivery %s waits %.0f s: %s", delivery.id, delay_s, failure)
        back = deliveries.unanswered if isinstance(failure, PeerUnanswered) else deliveries.busy
        with self._archive.write() as connection:
            if not back(connection, _WALL, delivery, delay_s=delay_s, error=failure.whole):
                return
            study = studies.get(connection, _WALL, delivery.study_id or 0)
            if study is not None and delivery.attempt == 1:
                append(connection, _WALL, EventKind.DELIVERY_WAITING, study.subject, {"error": str(failure)})

    def _refused(self, delivery: Delivery, failure: PeerFailure) -> None:
        _LOG.warning("delivery %s refused: %s", delivery.id, failure)
        with self._archive.write() as connection:
            if not deliveries.refused(connection, _WALL, delivery, failure.whole):
                return
            study = studies.get(connection, _WALL, delivery.study_id or 0)
            result = results.get(connection, _WALL, delivery.result_id or "")
            instead = _replaceable(connection, result) if isinstance(failure, PeerTakesNone) else None
            if instead is not None:
                _want_summary(connection, instead, delivery)
            if study is not None:
                kind = EventKind.DELIVERY_FAILED if instead is None else EventKind.DELIVERY_REPLACED
                append(connection, _WALL, kind, study.subject, {"delivery": delivery.id, "error": str(failure)})
        self._bell.ring(Step.ENCODE)
