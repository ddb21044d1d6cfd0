"""Events without a gap: by cursor, and as they happen."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from service.access.keys import digest
from service.access.listening import Poller
from service.archive import events, hospitals
from service.archive.events import EventKind, Subject
from service.archive.hospitals import api_key
from service.archive.store import ArchiveUnavailable
from service.domain.wall import Wall
from service.his import live
from tests.support.edges import SYSTEM, Customer, Edges


def walked(client: httpx.Client, after: str | None = None, limit: int = 7) -> tuple[list[dict], str]:
    """Every event behind a cursor, and the cursor behind them."""
    seen: list[dict] = []
    while True:
        page = client.get("/api/v1/events", params={"limit": limit, **({"after": after} if after else {})}).json()
        seen += page["items"]
        after = page["next"]
        if not page["more"]:
            return seen, after


def happen(edges: Edges, customer: Customer, count: int, tag: str) -> None:
    pending = [Subject(customer.id, order_id=f"{tag}-{number}") for number in range(count)]
    while pending:
        with contextlib.suppress(ArchiveUnavailable):  # a loaded machine: as the archive says, try again
            with edges.archive.write() as connection:
                events.append(connection, SYSTEM, EventKind.ORDER_CREATED, pending[0])
            pending.pop(0)


def test_a_cursor_walks_all_events_once_in_their_order(edges: Edges) -> None:
    hospital, other = edges.hospital(), edges.hospital()
    client = edges.client(hospital)
    happen(edges, hospital, 10, "a")
    happen(edges, other, 5, "x")
    happen(edges, hospital, 10, "b")

    seen, cursor = walked(client)
    nothing, same = walked(client, cursor)
    happen(edges, hospital, 1, "c")
    news, _ = walked(client, cursor)

    assert [each["order_id"] for each in seen] == [f"{tag}-{n}" for tag in "ab" for n in range(10)]
    assert (nothing, same) == ([], cursor)
    assert [each["order_id"] for each in news] == ["c-0"]


def test_no_event_is_missed_while_many_write_at_once(edges: Edges) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    writers = [threading.Thread(target=happen, args=(edges, hospital, 40, f"w{n}")) for n in range(6)]
    for writer in writers:
        writer.start()

    seen: list[str] = []
    cursor = None
    while any(writer.is_alive() for writer in writers):
        found, cursor = walked(client, cursor)
        seen += [each["order_id"] for each in found]
    for writer in writers:
        writer.join()
    found, _ = walked(client, cursor)
    seen += [each["order_id"] for each in found]

    assert len(seen) == len(set(seen)) == 240
    for n in range(6):
        assert [each for each in seen if each.startswith(f"w{n}-")] == [f"w{n}-{number}" for number in range(40)]


@pytest.mark.parametrize(
    "cursor",
    ["x", "!!", "WzFd", "bnVsbA", "WyJlIiwtMV0", "WyJlIiwxLjVd", "WyJlIiwiMSJd", "WyJzIiwxLjAsMV0", "é", "[" * 150],
)
def test_a_cursor_that_is_not_ours_is_refused(edges: Edges, cursor: str) -> None:
    answer = edges.client(edges.hospital()).get("/api/v1/events", params={"after": cursor})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad-cursor")


@contextmanager
def listening(edges: Edges, customer: Customer, **headers: str) -> Iterator[queue.Queue[dict[str, str] | None]]:
    """The events of a stream as they come; None when the server ended it."""
    heard: queue.Queue[dict[str, str] | None] = queue.Queue()
    opened = threading.Event()
    done = threading.Event()

    def listen() -> None:
        with edges.client(customer, **headers).stream("GET", "/api/v1/live", timeout=30) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            event: dict[str, str] = {}
            for line in answer.iter_lines():
                opened.set()
                if done.is_set():
                    return
                name, _, value = line.partition(": ")
                if name:
                    event[name] = value
                elif event:
                    heard.put(event)
                    event = {}
        heard.put(None)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert opened.wait(10), "the stream did not begin"
    assert "retry" in (heard.get(timeout=10) or {})
    try:
        yield heard
    finally:
        done.set()
        happen(edges, customer, 1, "end")
        thread.join(10)


def test_a_stream_tells_what_happens_and_nobody_elses(edges: Edges) -> None:
    hospital, other = edges.hospital(), edges.hospital()
    happen(edges, hospital, 3, "before")

    with listening(edges, hospital) as heard:
        happen(edges, other, 2, "x")
        happen(edges, hospital, 2, "now")
        got = [heard.get(timeout=10), heard.get(timeout=10)]

    assert [json.loads((each or {})["data"])["order_id"] for each in got] == ["now-0", "now-1"]
    assert {(each or {})["event"] for each in got} == {"order.created"}


def test_a_stream_goes_on_where_it_broke(edges: Edges) -> None:
    hospital = edges.hospital()
    with listening(edges, hospital) as heard:
        happen(edges, hospital, 1, "first")
        last = (heard.get(timeout=10) or {})["id"]
    happen(edges, hospital, 2, "missed")

    with listening(edges, hospital, **{"Last-Event-ID": last}) as heard:
        got = [json.loads((heard.get(timeout=10) or {})["data"])["order_id"] for _ in range(3)]

    assert got == ["end-0", "missed-0", "missed-1"]


def test_a_stream_ends_when_its_key_is_revoked(edges: Edges) -> None:
    hospital = edges.hospital()
    with listening(edges, hospital) as heard:
        with edges.archive.write() as connection:
            key = api_key(connection, SYSTEM, digest(hospital.key))
            assert key is not None
            hospitals.revoke_api_key(connection, SYSTEM, key.id)
        happen(edges, hospital, 1, "after")

        assert heard.get(timeout=10) is None


def test_one_poller_serves_every_stream(edges: Edges, monkeypatch: pytest.MonkeyPatch) -> None:
    hospital, other = edges.hospital(), edges.hospital()
    looks: list[int] = []
    look = Poller._last_seq

    def counted(self: Poller, wall: Wall) -> int:
        looks.append(threading.get_ident())
        return look(self, wall)

    monkeypatch.setattr(Poller, "_last_seq", counted)
    with listening(edges, hospital) as one, listening(edges, other) as two, listening(edges, hospital):
        looks.clear()
        happen(edges, hospital, 1, "h")
        happen(edges, other, 1, "o")
        assert json.loads((one.get(timeout=10) or {})["data"])["order_id"] == "h-0"
        assert json.loads((two.get(timeout=10) or {})["data"])["order_id"] == "o-0"
        assert len(looks) <= 4


def test_one_hospital_cannot_take_every_stream(edges: Edges) -> None:
    hospital, other = edges.hospital(), edges.hospital()
    with ExitStack() as streams:
        for _ in range(live.ROOM.of_one_party):
            streams.enter_context(listening(edges, hospital))
        again = edges.client(hospital).get("/api/v1/live")
        with listening(edges, other) as heard:
            happen(edges, other, 1, "o")
            assert json.loads((heard.get(timeout=10) or {})["data"])["order_id"] == "o-0"

    assert (again.status_code, again.json()["code"]) == (503, "unavailable")
    assert int(again.headers["retry-after"]) >= 1
