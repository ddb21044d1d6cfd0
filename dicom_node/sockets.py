"""Sockets without Nagle's delay: DCMTK peers otherwise wait some 40 ms a message (measured)."""

from __future__ import annotations

import socket
from typing import Final

from pynetdicom import evt

MAX_PDU_BYTES: Final = 65536


def without_delay(event: evt.Event) -> None:
    """Set TCP_NODELAY on an association's socket as soon as it is open; for both roles."""
    wrapped = event.assoc.dul.socket
    if wrapped is not None and wrapped.socket is not None:
        wrapped.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
