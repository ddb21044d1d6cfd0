"""Sockets that do not wait: not for Nagle's delay, not for an acknowledgement, and never for ever for a stuck peer."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from typing import Final

from pynetdicom import evt
from pynetdicom.association import Association
from pynetdicom.transport import AssociationSocket

from dicom_node.waiting import LOOK_AGAIN_S, Arrivals, something_in

MAX_PDU_BYTES: Final = 65536
LONGEST_PDU_BYTES: Final = 1 << 20
"""Above what we announce: some senders overlook it, and a request may name 127 contexts with all their syntaxes."""
REQUEST_LIMIT_S: Final = 15.0
PDU_LIMIT_S: Final = 60.0
_ANSWER_LOOK_AGAIN_S: Final = 0.1
"""A peer that waits for its answer sends nothing but the end; the library sleeps each time that nothing came."""
_ESTABLISHED: Final = "Sta6"
"""PS3.8 9.2.1: association established and ready for data transfer."""


class PatientSocket(AssociationSocket):
    """The node's end of a connection: a PDU is taken in whole within a limit of size and time, or not at all.

    The library reads each PDU in two calls that block without a limit, so a peer that stops in the middle would keep
    its threads and its study open for ever, and one header could ask for 4 GiB. Cut short here, the library closes.

    It also waits here for what comes next: for the peer, or, once the peer has asked, for our answer.
    """

    is_asked = False
    """Whether a request was taken in whole and its answer is not sent yet; for the library's thread of the socket."""

    @property
    def ready(self) -> bool:
        """Whether something is to be read; in an established association, waits for that or for an answer to send."""
        wire = self.socket
        if wire is not None and self._is_connected and self.assoc.dul.state_machine.current_state == _ESTABLISHED:
            if self.is_asked:
                if self._is_answered():
                    return False
            else:
                with contextlib.suppress(OSError, ValueError):  # closed meanwhile: the library finds out by itself
                    select.select([wire], [], [], LOOK_AGAIN_S)
        return super().ready

    def _is_answered(self) -> bool:
        """Wait for our answer and have it sent at once: the library would sleep once more before it looks for it."""
        dul = self.assoc.dul
        if not something_in(dul.to_provider_queue, _ANSWER_LOOK_AGAIN_S):
            return False
        dul._process_recv_primitive()  # noqa: SLF001  # the step that turns what waits into an event, made early
        return True

    def send(self, bytestream: bytes) -> None:
        """Send a PDU; whatever it is, the peer has its answer or needs none any more."""
        self.is_asked = False
        super().send(bytestream)

    def recv(self, nr_bytes: int) -> bytearray:
        """The next bytes of a PDU; fewer where the peer stopped, and none where it announced too many."""
        wire = self.socket
        if wire is None or nr_bytes > LONGEST_PDU_BYTES:
            return bytearray()
        deadline = time.monotonic() + (PDU_LIMIT_S if self.assoc.is_established else REQUEST_LIMIT_S)
        content = bytearray(nr_bytes)
        taken = 0
        with contextlib.suppress(TimeoutError), memoryview(content) as view:
            while taken < nr_bytes:
                wire.settimeout(max(deadline - time.monotonic(), 0.001))
                # Senders with Nagle's delay (DCMTK) hold back the end of each PDU until what came before is
                # acknowledged, which the kernel else puts off by 40 ms. It forgets this wish, so it is told each time.
                wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
                count = wire.recv_into(view[taken:])
                if count == 0:
                    break
                taken += count
        wire.settimeout(PDU_LIMIT_S)
        return content[:taken]


def without_delay(event: evt.Event) -> None:
    """Set TCP_NODELAY on an association's socket as soon as it is open; for both roles."""
    wrapped = event.assoc.dul.socket
    if wrapped is not None and wrapped.socket is not None:
        wrapped.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def made_patient(association: Association) -> None:
    """Give an accepted association's socket the limits of PatientSocket.

    The library makes the socket in the middle of accepting; another class for the object is the only seam it leaves.
    """
    if association.dul.socket is not None:
        association.dul.socket.__class__ = PatientSocket
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
