"""The Storage and Verification SCP: admits, receives, answers, and keeps the open associations' rows alive."""

from __future__ import annotations

import logging
import secrets
import socket
import threading
from dataclasses import dataclass, field
from typing import Final, cast

import pydicom.config
from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import AE, _config, evt
from pynetdicom.association import Association
from pynetdicom.presentation import build_context
from pynetdicom.transport import ThreadedAssociationServer

from dicom_node.admission import Caller, Rejection, admit
from dicom_node.lobby import Lobby
from dicom_node.sockets import MAX_PDU_BYTES, REQUEST_LIMIT_S, asked, hang_up, made_patient, without_delay
from dicom_node.wire import VERIFICATION, StoreRequest, asked_for, made_answerable, store_request
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
_HANG_UP_S: Final = 2.0
_WAITING_TO_CONNECT: Final = 128
"""Connections the system holds until they are taken, where the library has it hold 5.

One that finds no room asks again after a second, then three, then seven.
"""
_COUNTED_BY_US: Final = 1 << 16
_NOT_OFFERED: Final = "1.2.840.10008.5.1.4.1.2.2.1"
_LOG: Final = logging.getLogger("consilium.node")
_WALL: Final = Wall.system("node")

# Private and unknown storage classes are served as storage (AC-24); the library knows this by a switch of its module.
_config.UNRESTRICTED_STORAGE_SERVICE = True
# The library's own handlers write what is never logged here, and one that fails over a message keeps ours from it.
_config.LOG_HANDLER_LEVEL = "none"
# The library's warnings repeat values as received, several for each; every UID is judged here by parse_uid instead.
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


@dataclass(slots=True)
class _Visit:
    """An admitted association; opened once it has carried an instance.

    lock: opening and ending come from two threads of the library, since a peer may be gone while it is served.
    """

    hospital: Hospital
    calling_ae: str
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    opened: bool = False
    ended: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class Node:
    """One listening node. Rows of hospitals are asked at every association, so changes act at once."""

    def __init__(self, archive: Archive, bell: Bell, *, watermark_bytes: int) -> None:
        self._archive = archive
        self._bell = bell
        self._commits = GroupCommit(archive)
        self._receiver = Receiver(archive, self._commits, watermark_bytes)
        self._id = secrets.token_hex(8)
        self._lobby = Lobby()
        self._visits: dict[Association, _Visit] = {}
        self._leaving = 0
        self._unclosed: set[str] = set()
        self._lock = threading.Lock()
        self._ended = threading.Condition(self._lock)
        self._stopping = threading.Event()
        self._alive = threading.Thread(target=self._keep_alive, name="node-alive", daemon=True)
        drop_left_parts(archive)

    def start(self, host: str, port: int) -> int:
        """Listen; returns the port, which is a free one for port 0. Raises OSError when the address is taken."""
        ae = AE(ae_title="CONSILIUM")
        ae.maximum_pdu_size = MAX_PDU_BYTES
        ae.maximum_associations = _COUNTED_BY_US
        ae.acse_timeout = REQUEST_LIMIT_S
        ae.network_timeout = IDLE_TIMEOUT_S
        ae.add_supported_context(VERIFICATION)
        self._server = cast(
            "ThreadedAssociationServer", ae.start_server((host, port), block=False, evt_handlers=self._handlers())
        )
        cast("socket.socket", self._server.socket).listen(_WAITING_TO_CONNECT)
        self._alive.start()
        return int(self._server.server_address[1])

    def stop(self, drain_s: float = 5.0) -> None:
        """Take no new associations, let open ones end for a while, then end them."""
        self._stopping.set()
        cast("socket.socket", self._server.socket).close()
        if not self._drained(drain_s):
            with self._lock:
                stayed = tuple(self._visits)
            for association in stayed:
                hang_up(association)
            self._drained(_HANG_UP_S)
        self._server.shutdown()
        self._alive.join()
        self._commits.close()

    def _drained(self, limit_s: float) -> bool:
        with self._ended:
            return self._ended.wait_for(lambda: not self._visits and not self._leaving, limit_s)

    def _handlers(self) -> list[evt.EventHandlerType]:
        return [
            (evt.EVT_CONN_OPEN, self._connected),
            (evt.EVT_REQUESTED, self._requested),
            (evt.EVT_DIMSE_RECV, asked),
            (evt.EVT_DIMSE_RECV, made_answerable),
            (evt.EVT_C_ECHO, lambda _event: 0x0000),
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_RELEASED, self._closed),
            (evt.EVT_ABORTED, self._closed),
            (evt.EVT_CONN_CLOSE, self._closed),
        ]

    def _connected(self, event: evt.Event) -> None:
        without_delay(event)
        made_patient(event.assoc, self._served)
        self._lobby.enter(event.assoc)

    def _requested(self, event: evt.Event) -> None:
        association = event.assoc
        self._lobby.leave(association)
        request = asked_for(association)
        caller = Caller(
            calling_ae=request.calling_ae_title.strip(),
            called_ae=request.called_ae_title.strip(),
            address=association.requestor.address,
        )
        answer = self._admit(association, caller)
        if isinstance(answer, Rejection):
            _LOG.info("association from %s rejected: %s", caller.address, answer.name)
            association.acse.send_reject(*answer.value)
            association.kill()
            return
        _offer(association)

    def _admit(self, association: Association, caller: Caller) -> Hospital | Rejection:
        if self._stopping.is_set():
            return Rejection.TEMPORARY_CONGESTION
        try:
            answer = admit(self._archive, caller)
        except ArchiveUnavailable:
            return Rejection.TEMPORARY_CONGESTION
        if isinstance(answer, Rejection):
            return answer
        visit = _Visit(answer, caller.calling_ae)
        with self._lock:
            if self._is_full(visit):
                return Rejection.LOCAL_LIMIT_EXCEEDED
            self._visits[association] = visit
        return answer

    def _is_full(self, newcomer: _Visit) -> bool:
        of_sender = sum(
            visit.hospital.id == newcomer.hospital.id and visit.calling_ae == newcomer.calling_ae
            for visit in self._visits.values()
        )
        return len(self._visits) >= MAX_ASSOCIATIONS or of_sender >= MAX_ASSOCIATIONS_A_SENDER

    def _store(self, event: evt.Event) -> Dataset:
        """Serve a request that was left to the library."""
        receipt = self._served(event.assoc, store_request(event))
        response = Dataset()
        response.Status = int(receipt.status)
        if receipt.comment:
            response.ErrorComment = receipt.comment
        return response

    def _served(self, association: Association, request: StoreRequest) -> Receipt:
        try:
            return self._receive(association, request)
        except Exception:  # noqa: BLE001  # the edge of a request: it must be answered
            _LOG.exception("an instance could not be received")
            return Receipt(StoreStatus.PROCESSING_FAILURE, "unforeseen failure, see the centre's log")

    def _receive(self, association: Association, request: StoreRequest) -> Receipt:
        visit = self._visits.get(association)
        if visit is None:
            return Receipt(StoreStatus.PROCESSING_FAILURE, "the association has ended")
        try:
            if not self._open(visit):
                return Receipt(StoreStatus.PROCESSING_FAILURE, "the association has ended")
        except ArchiveUnavailable:
            return Receipt(StoreStatus.OUT_OF_RESOURCES, "database not available, send again later")
        return self._receiver.receive(
            Received(
                source=Source(visit.hospital.id, visit.calling_ae, visit.id),
                sop_class_uid=request.sop_class_uid,
                sop_instance_uid=request.sop_instance_uid,
                transfer_syntax_uid=request.transfer_syntax_uid,
                data_set=request.data_set,
            )
        )

    def _open(self, visit: _Visit) -> bool:
        """Have a row for the association, once; False when it has ended meanwhile: nobody would close the row."""
        with visit.lock:
            if visit.opened or visit.ended:
                return not visit.ended
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
            return True

    def _closed(self, event: evt.Event) -> None:
        self._left(event.assoc)

    def _left(self, association: Association) -> None:
        self._lobby.leave(association)
        with self._lock:
            visit = self._visits.pop(association, None)
            self._leaving += 1
        if visit is not None:
            with visit.lock:
                visit.ended = True
            if visit.opened:
                self._close(visit.id)
                self._bell.ring(Step.COMPLETE)
        with self._ended:
            self._leaving -= 1
            self._ended.notify_all()

    def _close(self, association_id: str) -> None:
        try:
            self._commits.submit(lambda connection: associations.closed(connection, _WALL, association_id))
        except ArchiveUnavailable:
            _LOG.warning("association %s could not be closed in the rows; tried again soon", association_id)
            with self._lock:
                self._unclosed.add(association_id)

    def _keep_alive(self) -> None:
        while not self._stopping.wait(ALIVE_S / 3):
            self._bury()
            with self._lock:
                opened = any(visit.opened for visit in self._visits.values())
                unclosed, self._unclosed = self._unclosed, set()
            for association_id in unclosed:
                self._close(association_id)
            if not opened:
                continue
            try:
                self._commits.submit(lambda connection: associations.alive(connection, _WALL, self._id))
            except ArchiveUnavailable:
                _LOG.warning("open associations could not be kept alive in the rows")

    def _bury(self) -> None:
        """End the visits whose threads died: a message that the library trips over ends them without an event.

        Its study would be held, and its sender's place taken, until the node ends.
        """
        with self._lock:
            dead = [association for association in self._visits if not association.is_alive()]
        for association in dead:
            _LOG.warning("an association broke off over a message that could not be understood")
            self._left(association)


def _offer(association: Association) -> None:
    """Accept every storage class that is proposed, in the first syntax of each proposal that can be walked.

    The library takes every class it does not know for storage. What is no storage, or comes in private syntaxes only,
    is therefore negotiated as a service that is never offered; an answer names the context by its number alone.
    """
    wanted: dict[str, set[str]] = {}
    for proposed in asked_for(association).presentation_context_definition_list:
        sop_class = str(proposed.abstract_syntax)
        if sop_class == VERIFICATION:
            continue
        walkable = [str(uid) for uid in proposed.transfer_syntax if _is_walkable(str(uid))]
        if is_storage(sop_class) and walkable:
            proposed.transfer_syntax = [*walkable]
            wanted.setdefault(sop_class, set()).update(walkable)
        else:
            proposed.abstract_syntax = UID(_NOT_OFFERED)
    # The library checks every syntax of every context anew, so none is named that nobody asked for.
    association.acceptor.supported_contexts = [
        build_context(VERIFICATION),
        *(build_context(uid, _named(wanted[uid])) for uid in sorted(wanted)),
    ]


def _named(wanted: set[str]) -> list[str]:
    """Of the syntaxes that we know by name those that are wanted; all where none is."""
    return [uid for uid in TRANSFER_SYNTAXES if uid in wanted] or list(TRANSFER_SYNTAXES)


def _is_walkable(transfer_syntax_uid: str) -> bool:
    try:
        transfer_syntax(transfer_syntax_uid)
    except UnknownTransferSyntax:
        return False
    return True
