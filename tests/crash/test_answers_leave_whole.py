"""Nothing of an answer is lost or changes places by being sent in one piece, and a slow client is still noticed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from hypothesis import given
from hypothesis import strategies as st

from service.cli.joined_writes import MOST_HELD_BYTES, JoinedWrites

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Line(asyncio.Transport):
    """Keeps what it is given, each call by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.is_closed = False

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        assert not self.is_closed
        self.sent.append(b"".join(list_of_data))

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True


def told(tell: Callable[[JoinedWrites, Line], None]) -> Line:
    """A line after one turn of a loop in which something was written to it, and the turn after."""

    async def turns() -> Line:
        line = Line()
        tell(JoinedWrites(line, asyncio.get_running_loop()), line)
        await asyncio.sleep(0)
        return line

    return asyncio.run(turns())


def test_the_head_of_an_answer_goes_out_with_its_body() -> None:
    def tell(joined: JoinedWrites, _: Line) -> None:
        joined.write(HEAD)
        joined.write(b"short")

    assert told(tell).sent == [HEAD + b"short"]


def test_a_long_body_waits_for_nothing() -> None:
    body = bytes(MOST_HELD_BYTES)

    def tell(joined: JoinedWrites, line: Line) -> None:
        joined.write(HEAD)
        joined.write(memoryview(body))
        assert line.sent == [HEAD + body], "sent within the turn, so that the line can say that it is full"

    assert told(tell).sent == [HEAD + body]


def test_what_is_held_goes_out_before_the_line_is_closed() -> None:
    def tell(joined: JoinedWrites, _: Line) -> None:
        joined.write(HEAD)
        joined.close()

    line = told(tell)
    assert line.sent == [HEAD]
    assert line.is_closed


def test_a_line_that_is_given_up_is_sent_nothing_more() -> None:
    def tell(joined: JoinedWrites, _: Line) -> None:
        joined.write(HEAD)
        joined.abort()

    line = told(tell)
    assert line.sent == []
    assert line.is_closed


@given(st.lists(st.lists(st.integers(0, 2 * MOST_HELD_BYTES), max_size=5), max_size=5))
def test_all_bytes_go_out_in_their_order(sizes: list[list[int]]) -> None:
    async def turns() -> list[bytes]:
        line = Line()
        joined = JoinedWrites(line, asyncio.get_running_loop())
        for turn, lengths in enumerate(sizes):
            for place, length in enumerate(lengths):
                joined.write(bytes([turn * 5 + place]) * length)
            await asyncio.sleep(0)
        return line.sent

    written = [bytes([turn * 5 + place]) * length for turn, row in enumerate(sizes) for place, length in enumerate(row)]
    assert b"".join(asyncio.run(turns())) == b"".join(written)
