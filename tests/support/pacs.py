"""A hospital's PACS that answers as it is told: takes, is busy, refuses, rejects, hangs, breaks off, is away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, _config, evt
from pynetdicom.presentation import build_context

SR = "1.2.840.10008.5.1.4.1.1.88.34"
SEG = "1.2.840.10008.5.1.4.1.1.66.4"
SC = "1.2.840.10008.5.1.4.1.1.7"
VERIFICATION = "1.2.840.10008.1.1"
AE_TITLE = "PACS"
SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)


@dataclass(frozen=True, slots=True)
class Stored:
    """One object that it keeps; association: a number of the peer's own, from 1."""

    association: int
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_set: bytes


@dataclass
class ScriptedPacs:
    """Change its fields between associations; statuses: what the next C-STOREs are answered, then Success.

    aborts: breaks off without keeping what it got. breaks_off_after: keeps an object of this SOP Class and breaks off
    before its answer.
    """

    takes: Collection[str] = (SR, SEG, SC, VERIFICATION)
    syntaxes: Collection[str] = SYNTAXES
    statuses: list[int] = field(default_factory=list)
    rejects: tuple[int, int, int] | None = None
    aborts: bool = False
    breaks_off_after: str | None = None
    hold: threading.Event | None = None
    stored: list[Stored] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    associations: int = 0
    most_at_once: int = 0
    port: int = 0
    _open: dict[Any, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: Any = None

    def come_back(self) -> None:
        """Listen, on the same port as before."""
        ae = AE(ae_title=AE_TITLE)
        ae.add_supported_context(VERIFICATION)
        handlers: list[tuple[Any, Callable[..., Any]]] = [
            (evt.EVT_REQUESTED, self._requested),
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_CONN_CLOSE, self._closed),
        ]
        self._server = ae.start_server(("127.0.0.1", self.port), block=False, evt_handlers=handlers)
        self.port = self._server.server_address[1]

    def go_away(self) -> None:
        """Stop listening."""
        self._server.shutdown()

    def kinds(self) -> list[str]:
        """The SOP Classes it has, in the order they came."""
        return [each.sop_class_uid for each in self.stored]

    def _requested(self, event: evt.Event) -> None:
        if self.rejects is not None:
            event.assoc.acse.send_reject(*self.rejects)
            event.assoc.kill()
            return
        event.assoc.acceptor.supported_contexts = [build_context(uid, list(self.syntaxes)) for uid in self.takes]
        with self._lock:
            self.associations += 1
            self._open[event.assoc] = self.associations
            self.most_at_once = max(self.most_at_once, len(self._open))

    def _store(self, event: evt.Event) -> int:
        request = event.request
        self.offered.append(str(request.AffectedSOPClassUID))
        if self.hold is not None:
            self.hold.wait(20)
        if self.aborts:
            event.assoc.abort()
            return 0x0000
        status = self.statuses.pop(0) if self.statuses else 0x0000
        if status == 0x0000:
            self.stored.append(
                Stored(
                    self._open[event.assoc],
                    str(request.AffectedSOPClassUID),
                    str(request.AffectedSOPInstanceUID),
                    str(event.context.transfer_syntax),
                    request.DataSet.getvalue(),
                )
            )
        if self.breaks_off_after == str(request.AffectedSOPClassUID):
            event.assoc.abort()
        return status

    def _closed(self, event: evt.Event) -> None:
        with self._lock:
            self._open.pop(event.assoc, None)


@contextmanager
def scripted_pacs() -> Iterator[ScriptedPacs]:
    """A PACS for the length of a test, listening.

    Our node lets pynetdicom take every storage class, by a switch of the whole process; a PACS that takes some only
    needs it off, so no node of ours may listen in this process meanwhile.
    """
    pacs = ScriptedPacs()
    before, _config.UNRESTRICTED_STORAGE_SERVICE = _config.UNRESTRICTED_STORAGE_SERVICE, False
    pacs.come_back()
    try:
        yield pacs
    finally:
        _config.UNRESTRICTED_STORAGE_SERVICE = before
        if pacs.hold is not None:
            pacs.hold.set()
        pacs.go_away()
