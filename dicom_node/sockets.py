"""Sockets that do not wait: not for Nagle's delay, not for an acknowledgement, and never for ever for a stuck peer."""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Callable
from typing import Final, TypeAlias, cast

from pynetdicom import evt
from pynetdicom.association import Association
from pynetdicom.transport import AssociationSocket

from dicom_node.inbox import Inbox, Next
from dicom_node.store_message import SHORTEST_PDU_BYTES, Arriving, MalformedData, answer, begun
from dicom_node.waiting import Arrivals, something_in
from dicom_node.wire import StoreRequest
from service.flow.receive import Receipt

MAX_PDU_BYTES: Final = 65536
REQUEST_LIMIT_S: Final = 15.0
PDU_LIMIT_S: Final = 60.0
_ANSWER_LOOK_AGAIN_S: Final = 0.1
"""A peer that waits for its answer sends nothing but the end; the library sleeps each time that nothing came."""
_ESTABLISHED: Final = "Sta6"
"""PS3.8 9.2.1: association established and ready for data transfer."""
_MALFORMED: Final = "Evt19"
_CONNECTION_CLOSED: Final = "Evt17"
"""PS3.8 9.2.2: what the library's state machine is told."""

Server: TypeAlias = Callable[[Association, StoreRequest], Receipt]
"""What serves a C-STORE request of an association; it raises nothing."""


class PatientSocket(AssociationSocket):
    """The node's end of a connection: a PDU is taken in whole within a limit of size and time, or not at all.

    The library reads each PDU in two calls that block without a limit, so a peer that stops in the middle would keep
    its threads and its study open for ever, and one header could ask for 4 GiB. Cut short here, the library closes.

    It also waits here for what comes next: for the peer, or, once the peer has asked, for our answer.

    And C-STORE requests are served here, before the library sees them: it would hand each from thread to thread four
    times and take longer over its objects than all of our work takes. What is no plain C-STORE request is left to it.
    """

    is_asked: bool
    """Whether the library took a request in whole and its answer is not sent yet; for its thread of the socket."""

    def begin(self, server: Server) -> None:
        """Take over a connection of the library's, of which nothing has been read."""
        assert self.socket is not None
        self.is_asked = False
        self._inbox = Inbox(self.socket, PDU_LIMIT_S)
        self._arriving: Arriving | None = None
        self._server = server

    @property
    def ready(self) -> bool:
        """Whether the library has to read something; in an established association, waits for something to do."""
        if self._is_established():
            if not self.is_asked:
                return self._has_more_than_requests()
            if self._is_answered():
                return False
        return len(self._inbox) > 0 or self._has_something()

    def _has_something(self) -> bool:
        """The library's own look, by poll(2): its select(2) knows no descriptor above 1,023, as a crowd makes them."""
        if self.socket is None or not self._is_connected:
            return False
        look = select.poll()
        try:
            look.register(self.socket, select.POLLIN)
            return bool(look.poll(0))
        except (OSError, ValueError):
            self.event_queue.put(_CONNECTION_CLOSED)
            return False

    def _is_established(self) -> bool:
        return self._is_connected and self.assoc.dul.state_machine.current_state == _ESTABLISHED

    def _is_answered(self) -> bool:
        """Wait for our answer and have it sent at once: the library would sleep once more before it looks for it."""
        dul = self.assoc.dul
        if not something_in(dul.to_provider_queue, _ANSWER_LOOK_AGAIN_S):
            return False
        dul._process_recv_primitive()  # noqa: SLF001  # the step that turns what waits into an event, made early
        return True

    def _has_more_than_requests(self) -> bool:
        """Serve C-STORE requests, until nothing comes for a while or what comes is for the library."""
        dul = self.assoc.dul
        while not dul._kill_thread and dul.to_provider_queue.empty():  # noqa: SLF001  # what the library ends it by
            match self._inbox.next(PDU_LIMIT_S):
                case Next.NOTHING:
                    return False
                case Next.OTHER:
                    return True
                case Next.CUT:
                    self.event_queue.put(_CONNECTION_CLOSED)
                    return False
            dul._idle_timer.restart()  # noqa: SLF001  # as the library does when it reads
            if not self._takes(self._inbox.data()):
                return self._arriving is None
        return False

    def _takes(self, data: memoryview) -> bool:
        """Take in what a P-DATA-TF PDU carries, and serve what it completes; False where it is for the library."""
        if self._arriving is None:
            self._arriving = self._begun(data)
            if self._arriving is None:
                return False
        else:
            try:
                self._arriving.add(data)
            except MalformedData:
                self.event_queue.put(_MALFORMED)
                return False
        self._inbox.drop()
        if self._arriving.is_whole:
            self._serve(self._arriving)
            self._arriving = None
        return True

    def _begun(self, data: memoryview) -> Arriving | None:
        """The C-STORE request that begins here, where the library is not in the middle of a message."""
        association = self.assoc
        longest = association.dimse.maximum_pdu_size
        if association.dimse.message is not None or 0 < longest < SHORTEST_PDU_BYTES:
            return None
        arriving = begun(data)
        return arriving if arriving is not None and arriving.context_id in association._accepted_cx else None  # noqa: SLF001

    def _serve(self, arrived: Arriving) -> None:
        context = self.assoc._accepted_cx[arrived.context_id]  # noqa: SLF001  # the public list is sorted anew each time
        request = StoreRequest(
            sop_class_uid=arrived.command.sop_class_uid,
            sop_instance_uid=arrived.command.sop_instance_uid,
            transfer_syntax_uid=str(context.transfer_syntax[0]),
            data_set=arrived.data_set(),
        )
        receipt = self._server(self.assoc, request)
        self.send(answer(arrived.context_id, arrived.command, int(receipt.status), receipt.comment))

    def send(self, bytestream: bytes) -> None:
        """Send a PDU; whatever it is, the peer has its answer or needs none any more."""
        self.is_asked = False
        super().send(bytestream)

    def recv(self, nr_bytes: int) -> bytearray:
        """The next bytes of a PDU; fewer where the peer stopped, and none where it announced too many."""
        return self._inbox.take(nr_bytes, PDU_LIMIT_S if self.assoc.is_established else REQUEST_LIMIT_S)


def without_delay(event: evt.Event) -> None:
    """Set TCP_NODELAY on an association's socket as soon as it is open; for both roles."""
    wrapped = event.assoc.dul.socket
    if wrapped is not None and wrapped.socket is not None:
        wrapped.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def made_patient(association: Association, server: Server) -> None:
    """Give an accepted association's socket the limits of PatientSocket, before its threads start.

    The library makes the socket in the middle of accepting; another class for the object is the only seam it leaves.
    """
    wrapped = association.dul.socket
    if wrapped is not None:
        wrapped.__class__ = PatientSocket
        cast("PatientSocket", wrapped).begin(server)
    association._reactor_checkpoint = Arrivals(association)  # noqa: SLF001  # the only point where its thread waits


def asked(event: evt.Event) -> None:
    """Note that a request was taken in whole: what comes next on its association is our answer."""
    wrapped = event.assoc.dul.socket
    if isinstance(wrapped, PatientSocket):
        wrapped.is_asked = True


def hang_up(association: Association) -> None:
    """End a connection from outside its threads, which notice at their next read."""
    wrapped = association.dul.socket
    if wrapped is not None and wrapped.socket is not None:
        with contextlib.suppress(OSError):
            wrapped.socket.shutdown(socket.SHUT_RDWR)
