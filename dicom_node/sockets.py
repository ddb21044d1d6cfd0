"""Sockets that do not wait: not for Nagle's delay, not for an acknowledgement, and never for ever for a stuck peer."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Final

from pynetdicom import evt
from pynetdicom.association import Association
from pynetdicom.transport import AssociationSocket

MAX_PDU_BYTES: Final = 65536
LONGEST_PDU_BYTES: Final = 1 << 20
"""Above what we announce: some senders overlook it, and a request may name 127 contexts with all their syntaxes."""
REQUEST_LIMIT_S: Final = 15.0
PDU_LIMIT_S: Final = 60.0


class PatientSocket(AssociationSocket):
    """The node's end of a connection: a PDU is taken in whole within a limit of size and time, or not at all.

    The library reads each PDU in two calls that block without a limit, so a peer that stops in the middle would keep
    its threads and its study open for ever, and one header could ask for 4 GiB. Cut short here, the library closes.
    """

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


def hang_up(association: Association) -> None:
    """End a connection from outside its threads, which notice at their next read."""
    wrapped = association.dul.socket
    if wrapped is not None and wrapped.socket is not None:
        with contextlib.suppress(OSError):
            wrapped.socket.shutdown(socket.SHUT_RDWR)
