"""What a peer sent and nobody has read yet: PDUs in whole, within a limit of size and time (PS3.8 9.3.1)."""

from __future__ import annotations

import socket
import struct
import time
from enum import Enum, auto
from typing import Final

from dicom_node.waiting import REST_S

LONGEST_PDU_BYTES: Final = 1 << 20
"""Above what we announce: some senders overlook it, and a request may name 127 contexts with all their syntaxes."""
_P_DATA_TF: Final = 4
_HEADER: Final = struct.Struct(">BxL")
_TIMEVAL: Final = struct.Struct("ll")
_ROOM_BYTES: Final = 1 << 17


class Next(Enum):
    """What is there to be read."""

    NOTHING = auto()
    """Not yet: the peer says nothing, or is in the middle of a PDU."""
    DATA = auto()
    """A P-DATA-TF PDU, in whole."""
    OTHER = auto()
    """Another PDU, or one too long, in whole or not; or the end of the connection."""
    CUT = auto()
    """The peer stopped in the middle of a PDU and does not go on."""


class Inbox:
    """The bytes of one connection, in their order. It is waited for in the kernel, a PDU at a time.

    The library looks at a socket, reads six bytes of it, and then 4 KiB at a time; each of these steps hands Python's
    one interpreter on to another association's thread, and waits until that has it back.
    """

    def __init__(self, wire: socket.socket, send_limit_s: float) -> None:
        self._wire = wire
        self._content = bytearray(_ROOM_BYTES)
        self._begin = self._end = 0
        self._cut_at: float | None = None
        wire.setblocking(True)  # noqa: FBT003  # the socket's own method
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(REST_S))
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(send_limit_s))

    def __len__(self) -> int:
        return self._end - self._begin

    def next(self, limit_s: float) -> Next:
        """Wait a little for the next PDU, which stays here. limit_s: for the peer to send a PDU that it began."""
        while True:
            wanted = _HEADER.size
            if len(self) >= wanted:
                kind, length = _HEADER.unpack_from(self._content, self._begin)
                if kind != _P_DATA_TF or length > LONGEST_PDU_BYTES:
                    return Next.OTHER
                wanted += length
                if len(self) >= wanted:
                    self._cut_at = None
                    return Next.DATA
            if len(self) and self._is_cut(limit_s):
                return Next.CUT
            count = self._fill(wanted)
            if not count:
                return Next.NOTHING if count is None else Next.OTHER

    def data(self) -> memoryview:
        """The Presentation Data Values of the P-DATA-TF PDU that is there; valid until anything is read or dropped."""
        _, length = _HEADER.unpack_from(self._content, self._begin)
        begin = self._begin + _HEADER.size
        return memoryview(self._content)[begin : begin + length]

    def drop(self) -> None:
        """Be done with the PDU that is there."""
        _, length = _HEADER.unpack_from(self._content, self._begin)
        self._begin += _HEADER.size + length

    def take(self, count: int, limit_s: float) -> bytearray:
        """The next bytes; fewer where the peer stopped, and none where they are more than a PDU may have."""
        if count > LONGEST_PDU_BYTES:
            return bytearray()
        self._cut_at = None
        while len(self) < count and not self._is_cut(limit_s) and self._fill(count) != 0:
            pass
        taken = self._content[self._begin : min(self._begin + count, self._end)]
        self._begin += len(taken)
        self._cut_at = None
        return taken

    def _is_cut(self, limit_s: float) -> bool:
        now = time.monotonic()
        if self._cut_at is None:
            self._cut_at = now + limit_s
        return now > self._cut_at

    def _fill(self, wanted: int) -> int | None:
        """Wait for bytes, so that in all as many as wanted are there, or some; 0 at the end, None when nothing came."""
        self._have_room(wanted)
        # Senders with Nagle's delay (DCMTK) hold back the end of each PDU until what came before is acknowledged, which
        # the kernel else puts off by 40 ms. It forgets this wish, so it is told each time.
        try:
            self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            with memoryview(self._content) as content:
                count = self._wire.recv_into(content[self._end :])
        except BlockingIOError:
            return None
        except OSError:
            return 0  # reset by the peer, or closed by us meanwhile
        self._end += count
        return count

    def _have_room(self, wanted: int) -> None:
        if self._begin == self._end:
            self._begin = self._end = 0
        if self._begin + wanted > len(self._content):
            unread = self._content[self._begin : self._end]
            self._content = unread + bytearray(max(wanted, _ROOM_BYTES) - len(unread))
            self._begin, self._end = 0, len(unread)


def _timeval(seconds: float) -> bytes:
    return _TIMEVAL.pack(int(seconds), int(seconds % 1 * 1_000_000))
