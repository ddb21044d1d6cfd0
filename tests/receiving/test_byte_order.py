"""Byte order of values: whole words are turned over, however the value is cut into pieces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dicom.words import turned_over, turned_pieces


@pytest.mark.parametrize("word_bytes", [1, 2, 4, 8])
def test_words_are_what_another_library_reads_in_the_other_order(word_bytes: int) -> None:
    value = bytes(range(48))

    turned = turned_over(value, word_bytes)

    assert (np.frombuffer(turned, f"<u{word_bytes}") == np.frombuffer(value, f">u{word_bytes}")).all()


def test_bytes_behind_the_last_whole_word_stay() -> None:
    assert turned_over(b"abcde", 2) == b"badce"
    assert turned_over(b"a", 2) == b"a"
    assert turned_over(b"", 8) == b""


@given(pieces=st.lists(st.binary(max_size=11), max_size=9), word_bytes=st.sampled_from([1, 2, 4, 8]))
def test_where_pieces_end_changes_nothing(pieces: list[bytes], word_bytes: int) -> None:
    assert b"".join(turned_pieces(pieces, word_bytes)) == turned_over(b"".join(pieces), word_bytes)
