"""Connection tests: C-ECHO, every result class proposed, a message to the webhook; told in sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dicom_node.send import Address, accepted_classes, echo
from service.archive import deliveries, hospitals, probes
from service.archive.hospitals import Peer
from service.archive.results import ResultKind
from service.archive.store import Archive
from service.dicom.sop_classes import name
from service.domain.hospital import Channel
from service.domain.wall import Wall
from service.flow.deliver import takes
from service.flow.peers import PeerFailure

EXPLICIT_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"
REPORT: Final = "1.2.840.10008.5.1.4.1.1.88.34"
REGIONS: Final = "1.2.840.10008.5.1.4.1.1.66.4"
SUMMARY: Final = "1.2.840.10008.5.1.4.1.1.7"
DOCUMENT: Final = "1.2.840.10008.5.1.4.1.1.104.1"
KEY_OBJECTS: Final = "1.2.840.10008.5.1.4.1.1.88.59"
DRAWN: Final = "1.2.840.10008.5.1.4.1.1.11.1"
RESULT_CLASSES: Final = (REPORT, REGIONS, SUMMARY, DOCUMENT, KEY_OBJECTS)
_MEANS: Final = {
    DOCUMENT: "signed reports reach it as SR only",
    KEY_OBJECTS: "key images and withdrawals of reports do not reach it",
    DRAWN: "findings are not drawn over its images",
}
"""What it means that a class is not accepted; the last is proposed only where somebody chose it."""
_WALL: Final = Wall.system("probe")
Line = tuple[bool, str]


def probe_due(archive: Archive, send_test_message: Callable[[Peer], None]) -> bool:
    """Run one connection test that was asked for; False when there is none.

    What a PACS or a webhook had refused and takes now is sent again: whoever tests has mended something.
    """
    with archive.write() as connection:
        probe = probes.claim(connection, _WALL)
        peers = hospitals.peers(connection, _WALL, probe.hospital) if probe else ()
    if probe is None:
        return False
    lines: list[Line] = []
    for peer in peers:
        if peer.channel is Channel.PACS:
            said, accepted = _pacs(peer)
            lines += [*said, *_resumed(archive, peer, accepted)]
        else:
            lines += _webhook(archive, peer, send_test_message)
    report = tuple(lines) or ((False, "this hospital has neither a PACS nor a webhook"),)
    with archive.write() as connection:
        probes.done(connection, _WALL, probe, report)
    return True


def address_of(peer: Peer) -> Address:
    """Where a PACS listens."""
    return Address(peer.host or "", peer.port or 0, peer.ae_title or "", peer.calling_ae or "")


def _resumed(archive: Archive, peer: Peer, accepted: frozenset[str]) -> list[Line]:
    with archive.write() as connection:
        count = deliveries.resume_accepted(connection, _WALL, peer.id, accepted)
    return [(True, f"results that it had refused and are sent again now: {count}")] if count else []


def _pacs(peer: Peer) -> tuple[list[Line], frozenset[str]]:
    """What was tried and came of it, and the result classes the PACS accepts."""
    address = address_of(peer)
    where = f"PACS {address.host}:{address.port} ({address.called_ae})"
    try:
        echo(address)
    except PeerFailure as failure:
        return [(False, str(failure))], frozenset()
    lines: list[Line] = [(True, f"{where} answers C-ECHO")]
    proposed = (*RESULT_CLASSES, *([DRAWN] if takes(peer, ResultKind.PRESENTATION) else []))
    try:
        accepted = accepted_classes(address, [(uid, EXPLICIT_LITTLE_ENDIAN) for uid in proposed])
    except PeerFailure as failure:
        return [*lines, (False, str(failure))], frozenset()
    return [*lines, *(_class_line(where, uid, accepted) for uid in proposed)], accepted


def _class_line(where: str, uid: str, accepted: frozenset[str]) -> Line:
    """Whether what would be sent of a class gets there: report and regions, or the summary page instead of them."""
    if uid in accepted:
        return True, f"{where} accepts {name(uid)}"
    refused = f"{where} does not accept {name(uid)}"
    if uid in _MEANS:
        return uid != DRAWN, f"{refused}: {_MEANS[uid]}"
    if uid == SUMMARY:
        needed = not {REPORT, REGIONS} <= accepted
        return not needed, refused if needed else f"{refused}, which goes only where one of the two above does not"
    if SUMMARY in accepted:
        return True, f"{refused}: a summary page goes instead"
    return False, f"{refused}, nor the summary page that would go instead: such results do not reach it"


def _webhook(archive: Archive, peer: Peer, send_test_message: Callable[[Peer], None]) -> list[Line]:
    try:
        send_test_message(peer)
    except PeerFailure as failure:
        return [(False, f"webhook: {failure}")]
    with archive.write() as connection:
        count = deliveries.resume_messages(connection, _WALL, peer.id)
    resumed = [(True, f"messages that it had refused and are sent again now: {count}")] if count else []
    return [(True, f"webhook {peer.url} answers"), *resumed]
