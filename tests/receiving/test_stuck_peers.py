"""A peer that is slow, stuck, hostile or suddenly gone costs the others nothing (AC-21)."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from pydicom.uid import generate_uid
from pynetdicom import AE
from sqlalchemy import select

from dicom_node import sockets
from dicom_node.lobby import MAX_WAITING_AN_ADDRESS
from dicom_node.node import Node
from service.archive.store import ArchiveUnavailable
from service.archive.tables import ASSOCIATION
from service.flow.bell import Step
from service.flow.group_commit import GroupCommit
from tests.receiving.conftest import CALLED_AE, Listening
from tests.support.centre import until
from tests.support.sender import association, data_set_of, store
from tests.support.series import CT, write_series

EXPLICIT = "1.2.840.10008.1.2.1"


@contextmanager
def connected(listening: Listening, content: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", listening.port), timeout=20) as wire:
        wire.sendall(content)
        yield wire


def is_ended(wire: socket.socket, limit_s: float) -> bool:
    """Whether the other side hangs up, after saying something or not."""
    wire.settimeout(limit_s)
    try:
        while wire.recv(4096):
            pass
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True
    return True


def knocks(wire: socket.socket) -> int:
    """How often the system had to ask again for a connection or repeat what was sent (tcpi_total_retrans)."""
    told = wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return int(struct.unpack_from("=I", told, 100)[0])


def open_rows(listening: Listening) -> int:
    with listening.archive.read() as connection:
        return len(connection.execute(select(ASSOCIATION).where(ASSOCIATION.c.closed_at.is_(None))).all())


@pytest.mark.parametrize("said", [b"", b"\1\0\0", struct.pack(">BBL", 1, 0, 500) + b"\0\1"])
def test_a_crowd_that_connects_and_says_nothing_whole_shuts_nobody_out(
    listening: Listening, tmp_path: Path, said: bytes
) -> None:
    listening.hospital("CT1")
    _, (path,) = write_series(tmp_path / "files", count=1)
    data_set, sop_class, sop_instance, syntax = data_set_of(path)
    with ExitStack() as crowd:
        for _ in range(4 * MAX_WAITING_AN_ADDRESS):
            crowd.enter_context(connected(listening, said))
        contexts = [(sop_class, syntax)]
        with association(
            "127.0.0.1", listening.port, calling_ae="CT1", called_ae=CALLED_AE, contexts=contexts
        ) as opened:
            assert opened.is_established
            assert store(opened, data_set, sop_class_uid=sop_class, sop_instance_uid=sop_instance).status == 0


def test_who_comes_in_a_rush_is_let_in_at_the_first_knock(listening: Listening) -> None:
    """A connection that finds no room in the system's queue is tried again only after a second, then three."""
    with ExitStack() as rush, ThreadPoolExecutor(64) as senders:
        wires = list(senders.map(lambda _: rush.enter_context(connected(listening)), range(64)))

        assert [knocks(wire) for wire in wires] == [0] * 64


def test_who_does_not_finish_to_ask_is_hung_up_on(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "REQUEST_LIMIT_S", 0.5)

    with connected(listening, struct.pack(">BBL", 1, 0, 500) + b"\0\1") as wire:
        assert is_ended(wire, 10)


def test_a_pdu_that_announces_gigabytes_is_not_waited_for(listening: Listening) -> None:
    with connected(listening, struct.pack(">BBL", 1, 0, 0xFFFFFFFE) + b"\0" * 1000) as wire:
        assert is_ended(wire, 10)


def test_a_sender_that_stops_in_mid_pdu_is_ended_and_its_study_is_not_held(
    listening: Listening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "PDU_LIMIT_S", 1.0)
    listening.hospital("CT1")
    _, (path,) = write_series(tmp_path / "files", count=1)
    data_set, sop_class, sop_instance, syntax = data_set_of(path)
    with association(
        "127.0.0.1", listening.port, calling_ae="CT1", called_ae=CALLED_AE, contexts=[(sop_class, syntax)]
    ) as opened:
        assert store(opened, data_set, sop_class_uid=sop_class, sop_instance_uid=sop_instance).status == 0
        assert open_rows(listening) == 1
        wire = opened.dul.socket.socket
        wire.sendall(struct.pack(">BBL", 4, 0, 60000) + b"\0" * 100)

        until(lambda: open_rows(listening) == 0, 20, lambda: "the association is still open")

    until(lambda: Step.COMPLETE in listening.bell.rung, 10, lambda: listening.bell.rung)


def test_a_sender_that_is_gone_before_its_first_answer_leaves_no_open_association(
    listening: Listening, tmp_path: Path
) -> None:
    """The end of a connection is seen by another thread than the one that still stores."""
    listening.hospital("CT1")
    _, paths = write_series(tmp_path / "files", count=12)

    def store_and_vanish(path: Path) -> None:
        data_set, sop_class, sop_instance, syntax = data_set_of(path)
        with association(
            "127.0.0.1", listening.port, calling_ae="CT1", called_ae=CALLED_AE, contexts=[(sop_class, syntax)]
        ) as opened:
            vanish = threading.Timer(0.02, sockets.hang_up, args=(opened,))
            vanish.start()
            store(opened, data_set, sop_class_uid=sop_class, sop_instance_uid=sop_instance)
            vanish.join()

    for path in paths:
        store_and_vanish(path)

    until(lambda: not listening.node._visits and not listening.node._leaving, 20, lambda: listening.node._visits)
    until(lambda: open_rows(listening) == 0, 10, lambda: f"{open_rows(listening)} associations are open for ever")


def test_a_node_that_ends_waits_for_nobody_longer_than_it_said(listening: Listening) -> None:
    listening.hospital("CT1")
    node = Node(listening.archive, listening.bell, watermark_bytes=1 << 20)
    port = node.start("127.0.0.1", 0)
    ae = AE(ae_title="CT1")
    ae.add_requested_context(CT)
    opened = ae.associate("127.0.0.1", port, ae_title=CALLED_AE)
    assert opened.is_established

    began = time.monotonic()
    node.stop(drain_s=0.2)

    assert time.monotonic() - began < 5.0
    until(lambda: not opened.is_established, 10, lambda: "the peer was not told")


def test_what_comes_after_the_end_is_refused_and_not_waited_for(listening: Listening) -> None:
    commits = GroupCommit(listening.archive)
    commits.close()

    with pytest.raises(ArchiveUnavailable):
        commits.submit(lambda _: generate_uid())
