"""The Storage and Verification SCP: admits, receives, answers, and keeps the open associations' rows alive."""

from __future__ import annotations

import logging
import secrets
import socket
import threading
from dataclasses import dataclass, field
from typing import Final, cast

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import AE, _config, evt
from pynetdicom.association import Association
from pynetdicom.presentation import build_context
from pynetdicom.transport import ThreadedAssociationServer

from dicom_node.admission import Caller, Rejection, admit
from dicom_node.sockets import MAX_PDU_BYTES, without_delay
from dicom_node.wire import VERIFICATION, asked_for, store_request
from service.archive import associations
from service.archive.associations import ALIVE_S
from service.archive.store import Archive, ArchiveUnavailable
from service.dicom.sop_classes import is_storage
from service.dicom.syntaxes import TRANSFER_SYNTAXES, UnknownTransferSyntax, transfer_syntax
from service.domain.hospital import Hospital
from service.domain.wall import Wall
from service.flow.bell import Bell, Step
from service.flow.group_commit import GroupCommit
from service.flow.receive import Receipt, Received, Receiver, Source, StoreStatus, drop_left_parts

MAX_ASSOCIATIONS: Final = 64
MAX_ASSOCIATIONS_A_SENDER: Final = 16
IDLE_TIMEOUT_S: Final = 120.0
_NOT_OFFERED: Final = "1.2.840.10008.5.1.4.1.2.2.1"
_LOG: Final = logging.getLogger("consilium.node")
_WALL: Final = Wall.system("node")

# Private and unknown storage classes are served as storage (AC-24); the library knows this by a switch of its module.
_config.UNRESTRICTED_STORAGE_SERVICE = True


@dataclass(slots=True)
class _Visit:
    """An admitted association; opened once it has carried an instance."""

    hospital: Hospital
    calling_ae: str
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    opened: bool = False


class Node:
    """One listening node. Rows of hospitals are asked at every association, so changes act at once."""

    def __init__(self, archive: Archive, bell: Bell, *, watermark_bytes: int) -> None:
        self._archive = archive
        self._bell = bell
        self._commits = GroupCommit(archive)
        self._receiver = Receiver(archive, self._commits, watermark_bytes)
        self._id = secrets.token_hex(8)
        self._visits: dict[Association, _Visit] = {}
        self._lock = threading.Lock()
        self._ended = threading.Condition(self._lock)
        self._stopping = threading.Event()
        self._alive = threading.Thread(target=self._keep_alive, name="node-alive", daemon=True)
        drop_left_parts(archive)

    def start(self, host: str, port: int) -> int:
        """Listen; returns the port, which is a free one for port 0. Raises OSError when the address is taken."""
        ae = AE(ae_title="CONSILIUM")
        ae.maximum_pdu_size = MAX_PDU_BYTES
        ae.maximum_associations = MAX_ASSOCIATIONS
        ae.network_timeout = IDLE_TIMEOUT_S
        ae.add_supported_context(VERIFICATION)
        self._server = cast(
            "ThreadedAssociationServer", ae.start_server((host, port), block=False, evt_handlers=self._handlers())
        )
        self._alive.start()
        return int(self._server.server_address[1])

    def stop(self, drain_s: float = 5.0) -> None:
        """Take no new associations, let open ones end for a while, then end them."""
        self._stopping.set()
        cast("socket.socket", self._server.socket).close()
        with self._ended:
            self._ended.wait_for(lambda: not self._visits, drain_s)
        self._server.shutdown()
        self._alive.join()
        self._commits.close()

    def _handlers(self) -> list[evt.EventHandlerType]:
        return [
            (evt.EVT_CONN_OPEN, without_delay),
            (evt.EVT_REQUESTED, self._requested),
            (evt.EVT_C_ECHO, lambda _event: 0x0000),
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_RELEASED, self._closed),
            (evt.EVT_ABORTED, self._closed),
            (evt.EVT_CONN_CLOSE, self._closed),
        ]

    def _requested(self, event: evt.Event) -> None:
        association = event.assoc
        request = asked_for(association)
        caller = Caller(
            calling_ae=request.calling_ae_title.strip(),
            called_ae=request.called_ae_title.strip(),
            address=association.requestor.address,
        )
        answer = self._admit(caller)
        if isinstance(answer, Rejection):
            _LOG.info("association from %s rejected: %s", caller.address, answer.name)
            association.acse.send_reject(*answer.value)
            association.kill()
            return
        with self._lock:
            self._visits[association] = _Visit(answer, caller.calling_ae)
        _offer(association)

    def _admit(self, caller: Caller) -> Hospital | Rejection:
        if self._stopping.is_set():
            return Rejection.TEMPORARY_CONGESTION
        try:
            answer = admit(self._archive, caller)
        except ArchiveUnavailable:
            return Rejection.TEMPORARY_CONGESTION
        if isinstance(answer, Hospital) and self._count(answer, caller.calling_ae) >= MAX_ASSOCIATIONS_A_SENDER:
            return Rejection.LOCAL_LIMIT_EXCEEDED
        return answer

    def _count(self, hospital: Hospital, calling_ae: str) -> int:
        with self._lock:
            visits = tuple(self._visits.values())
        return sum(visit.hospital.id == hospital.id and visit.calling_ae == calling_ae for visit in visits)

    def _store(self, event: evt.Event) -> Dataset:
        try:
            receipt = self._receive(event)
        except Exception:  # noqa: BLE001  # the edge of a request: it must be answered
            _LOG.exception("an instance could not be received")
            receipt = Receipt(StoreStatus.PROCESSING_FAILURE, "unforeseen failure, see the centre's log")
        response = Dataset()
        response.Status = int(receipt.status)
        if receipt.comment:
            response.ErrorComment = receipt.comment
        return response

    def _receive(self, event: evt.Event) -> Receipt:
        visit = self._visits[event.assoc]
        try:
            self._open(visit)
        except ArchiveUnavailable:
            return Receipt(StoreStatus.OUT_OF_RESOURCES, "database not available, send again later")
        request = store_request(event)
        return self._receiver.receive(
            Received(
                source=Source(visit.hospital.id, visit.calling_ae, visit.id),
                sop_class_uid=request.sop_class_uid,
                sop_instance_uid=request.sop_instance_uid,
                transfer_syntax_uid=request.transfer_syntax_uid,
                data_set=request.data_set,
            )
        )

    def _open(self, visit: _Visit) -> None:
        if visit.opened:
            return
        self._commits.submit(
            lambda connection: associations.opened(
                connection,
                _WALL,
                association_id=visit.id,
                node_id=self._id,
                hospital=visit.hospital.id,
                calling_ae=visit.calling_ae,
            )
        )
        visit.opened = True

    def _closed(self, event: evt.Event) -> None:
        with self._ended:
            visit = self._visits.pop(event.assoc, None)
            self._ended.notify_all()
        if visit is None or not visit.opened:
            return
        try:
            self._commits.submit(lambda connection: associations.closed(connection, _WALL, visit.id))
        except ArchiveUnavailable:
            _LOG.warning("association %s could not be closed in the rows; it counts as closed soon", visit.id)
        self._bell.ring(Step.COMPLETE)

    def _keep_alive(self) -> None:
        while not self._stopping.wait(ALIVE_S / 3):
            with self._lock:
                opened = any(visit.opened for visit in self._visits.values())
            if not opened:
                continue
            try:
                self._commits.submit(lambda connection: associations.alive(connection, _WALL, self._id))
            except ArchiveUnavailable:
                _LOG.warning("open associations could not be kept alive in the rows")


def _offer(association: Association) -> None:
    """Accept every storage class that is proposed, in the first syntax of each proposal that can be walked.

    The library takes every class it does not know for storage. What is no storage, or comes in private syntaxes only,
    is therefore negotiated as a service that is never offered; an answer names the context by its number alone.
    """
    for proposed in asked_for(association).presentation_context_definition_list:
        sop_class = str(proposed.abstract_syntax)
        if sop_class == VERIFICATION:
            continue
        walkable = [str(uid) for uid in proposed.transfer_syntax if _is_walkable(str(uid))]
        if is_storage(sop_class) and walkable:
            proposed.transfer_syntax = [*walkable]
        else:
            proposed.abstract_syntax = UID(_NOT_OFFERED)
    kept = {str(each.abstract_syntax) for each in asked_for(association).presentation_context_definition_list}
    association.acceptor.supported_contexts = [
        build_context(VERIFICATION),
        *(build_context(uid, list(TRANSFER_SYNTAXES)) for uid in sorted(kept - {VERIFICATION, _NOT_OFFERED})),
    ]


def _is_walkable(transfer_syntax_uid: str) -> bool:
    try:
        transfer_syntax(transfer_syntax_uid)
    except UnknownTransferSyntax:
        return False
    return True
