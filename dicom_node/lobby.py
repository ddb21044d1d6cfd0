"""Connections that have not asked for an association yet: bounded, so that whoever only connects shuts nobody out."""

from __future__ import annotations

import threading
from typing import Final

from pynetdicom.association import Association

from dicom_node.sockets import hang_up

MAX_WAITING: Final = 128
MAX_WAITING_AN_ADDRESS: Final = 32


class Lobby:
    """Who came and said nothing. Where there are too many of one address, or in all, the one that waits longest goes.

    A peer in earnest asks within milliseconds and is never the oldest; the newcomer is always let in.
    """

    def __init__(self) -> None:
        self._waiting: dict[Association, str] = {}
        self._lock = threading.Lock()

    def enter(self, association: Association) -> None:
        """Remember a new connection, and end the oldest ones beyond the bounds."""
        address = str(association.requestor.address)
        with self._lock:
            self._waiting[association] = address
            beside = [each for each, of in self._waiting.items() if of == address]
            surplus = beside[: max(len(beside) - MAX_WAITING_AN_ADDRESS, 0)]
            surplus += [each for each in self._waiting if each not in surplus][
                : max(len(self._waiting) - len(surplus) - MAX_WAITING, 0)
            ]
            for each in surplus:
                del self._waiting[each]
        for each in surplus:
            hang_up(each)

    def leave(self, association: Association) -> None:
        """Forget a connection: it has asked, or it is gone."""
        with self._lock:
            self._waiting.pop(association, None)
