"""Sending stored objects to a peer, byte for byte where it takes their syntax (Storage and Verification SCU)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, _config, evt
from pynetdicom.association import Association

from dicom_node.sockets import MAX_PDU_BYTES, without_delay
from dicom_node.waiting import Turnstile
from dicom_node.wire import VERIFICATION, answered
from service.dicom.sop_classes import name
from service.flow.peers import PeerBusy, PeerFailure, PeerRefused, PeerTakesNone, PeerUnanswered

CONNECT_TIMEOUT_S: Final = 15.0
ANSWER_TIMEOUT_S: Final = 60.0
_MAX_CONTEXTS: Final = 127
_UNCOMPRESSED: Final = (str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian))
_ALREADY_HELD: Final = 0x0111
_NOT_SUPPORTED: Final = 0x0122

# A file is sent as its bytes, not decoded and encoded again; the library knows this by a switch of its module.
_config.STORE_SEND_CHUNKED_DATASET = True


@dataclass(frozen=True, slots=True)
class Address:
    """Where a peer listens, and the AE titles of both sides."""

    host: str
    port: int
    called_ae: str
    calling_ae: str


@dataclass(frozen=True, slots=True)
class Object:
    """A Part 10 file to be sent; key is handed back with its outcome."""

    key: str
    path: Path
    sop_class_uid: str
    transfer_syntax_uid: str


def send(address: Address, objects: Sequence[Object], told: Callable[[str, PeerFailure | None], None]) -> None:
    """C-STORE objects over as few associations as their presentation contexts allow, telling of each at once.

    Raises PeerBusy or PeerRefused when an association cannot be had or breaks; what was not told of then is unsent.
    """
    for batch in _batches(objects):
        with associated(address, _proposals(batch)) as association:
            for each in batch:
                try:
                    _store(association, each)
                except PeerUnanswered as silence:
                    told(each.key, silence)
                    raise PeerBusy(str(silence)) from silence
                except (PeerRefused, PeerTakesNone) as failure:
                    told(each.key, failure)
                else:
                    told(each.key, None)


def echo(address: Address) -> None:
    """C-ECHO. Raises PeerBusy or PeerRefused."""
    with associated(address, ()) as association:
        status = association.send_c_echo()
        if not status or status.Status != 0x0000:
            raise PeerBusy("the peer did not answer C-ECHO")


def accepted_classes(address: Address, proposals: Sequence[tuple[str, str]]) -> frozenset[str]:
    """The SOP Classes, of (SOP Class UID, Transfer Syntax UID) proposals, that a peer accepts."""
    with associated(address, proposals) as association:
        return frozenset(str(context.abstract_syntax) for context in association.accepted_contexts)


@contextmanager
def associated(address: Address, proposals: Sequence[tuple[str, str]]) -> Iterator[Association]:
    """An association that proposes these (SOP Class UID, Transfer Syntax UID) and Verification; released at the end."""
    ae = AE(ae_title=address.calling_ae)
    ae.maximum_pdu_size = MAX_PDU_BYTES
    ae.connection_timeout = ae.acse_timeout = CONNECT_TIMEOUT_S
    ae.dimse_timeout = ae.network_timeout = ANSWER_TIMEOUT_S
    ae.add_requested_context(VERIFICATION)
    for sop_class_uid, transfer_syntax_uid in _contexts(proposals):
        ae.add_requested_context(sop_class_uid, transfer_syntax_uid)
    association = ae.associate(
        address.host,
        address.port,
        ae_title=address.called_ae,
        max_pdu=MAX_PDU_BYTES,
        evt_handlers=[(evt.EVT_CONN_OPEN, without_delay)],
    )
    if not association.is_established:
        raise _not_established(association, address)
    association._reactor_checkpoint = Turnstile(association.is_alive)  # noqa: SLF001  # where its thread is held
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


def _not_established(association: Association, address: Address) -> PeerFailure:
    where = f"{address.host}:{address.port} ({address.called_ae})"
    if association.is_rejected:
        answer = answered(association)
        code = f"{answer.result}/{answer.result_source}/{answer.diagnostic}"
        words = f"{where} rejected the association ({code}); check the AE titles on both sides"
        return PeerRefused(words) if answer.result == 1 else PeerBusy(words)
    if association.rejected_contexts and not association.accepted_contexts:
        return PeerTakesNone(f"{where} accepts none of the proposed SOP Classes")
    return PeerBusy(f"{where} cannot be reached or does not answer as DICOM")


def _store(association: Association, each: Object) -> None:
    syntaxes = {
        str(context.transfer_syntax[0])
        for context in association.accepted_contexts
        if context.abstract_syntax == each.sop_class_uid
    }
    if not syntaxes:
        raise PeerTakesNone(f"the peer accepts no objects of SOP Class {name(each.sop_class_uid)}")
    try:
        response = association.send_c_store(each.path if each.transfer_syntax_uid in syntaxes else dcmread(each.path))
    except OSError as fault:
        raise PeerRefused(
            f"the stored object cannot be read ({fault.strerror}); run `consilium doctor --archive`"
        ) from fault
    except (RuntimeError, ValueError) as fault:
        if association.is_established:
            raise PeerRefused("this object cannot be sent in a syntax the peer accepts") from fault
        raise PeerBusy("the peer ended the association") from fault
    if not response:
        raise PeerUnanswered("the peer ended the association or did not answer in time")
    _judge(int(response.Status), str(response.get("ErrorComment", "")))


def _judge(status: int, comment: str) -> None:
    """Raises what a C-STORE status means for the sender (PS3.4 B.2.3); success and warnings pass."""
    words = f"C-STORE status {status:04X}"
    if status in {0x0000, _ALREADY_HELD} or status & 0xF000 == 0xB000:
        return
    if status == _NOT_SUPPORTED:
        raise PeerTakesNone(words, comment)
    if status & 0xFF00 == 0xA700 or status == 0x0110:
        raise PeerBusy(words, comment)
    raise PeerRefused(words, comment)


def _offered(transfer_syntax_uid: str) -> tuple[str, ...]:
    """The stored syntax, and for an uncompressed one the other that it can be encoded in, after it."""
    if transfer_syntax_uid not in _UNCOMPRESSED:
        return (transfer_syntax_uid,)
    return (transfer_syntax_uid, *(uid for uid in _UNCOMPRESSED if uid != transfer_syntax_uid))


def _contexts(proposals: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """One presentation context for each syntax: of several in one, the peer takes the one it likes (PS3.8 9.3.3.2)."""
    offered = ((sop_class_uid, uid) for sop_class_uid, stored in proposals for uid in _offered(stored))
    return tuple(dict.fromkeys(offered))


def _proposals(objects: Iterable[Object]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((each.sop_class_uid, each.transfer_syntax_uid) for each in objects))


def _batches(objects: Sequence[Object]) -> Iterator[tuple[Object, ...]]:
    """Objects in their order, cut where an association would need more presentation contexts than it can have."""
    batch: list[Object] = []
    proposed: tuple[tuple[str, str], ...] = ()
    for each in objects:
        needed = _contexts((*proposed, (each.sop_class_uid, each.transfer_syntax_uid)))
        if len(needed) > _MAX_CONTEXTS:
            yield tuple(batch)
            batch, needed = [], _contexts(_proposals([each]))
        batch.append(each)
        proposed = needed
    if batch:
        yield tuple(batch)
