"""A range of a value is the same bytes, however the value lies on the disk or comes in pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.dicomweb.byte_range import ByteRange, OutOfRange, asked_range, extents_within, pieces_within

BYTES = bytes(range(256)) * 4
EXTENTS = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 120)), max_size=6)
HEADERS = st.text(max_size=30) | st.from_regex(r"bytes=[0-9]{0,4}-[0-9]{0,4}", fullmatch=True)


@given(EXTENTS, st.integers(0, 800), st.integers(0, 800))
def test_extents_and_pieces_are_cut_alike(extents: list[tuple[int, int]], first: int, size: int) -> None:
    parts = [BYTES[offset : offset + length] for offset, length in extents]
    wanted = ByteRange(first, first + size)

    cut = extents_within(extents, wanted)

    expected = b"".join(parts)[first : first + size]
    assert b"".join(BYTES[offset : offset + length] for offset, length in cut) == expected
    assert b"".join(pieces_within(iter(parts), wanted)) == expected


@given(HEADERS, st.integers(0, 1000))
def test_no_header_breaks_an_answer_off(text: str, size: int) -> None:
    try:
        found = asked_range(text, size)
    except OutOfRange:
        return
    assert found is None or 0 <= found.first < found.end <= size
