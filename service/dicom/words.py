"""Words of binary values turned over: from big endian, which a retired transfer syntax has, to little endian."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def turned_over(big_endian: bytes, word_bytes: int) -> bytes:
    """The same words in little endian; bytes behind the last whole word stay as they are."""
    turned = bytearray(big_endian)
    whole = len(turned) // word_bytes * word_bytes
    for place in range(word_bytes):
        turned[place:whole:word_bytes] = big_endian[word_bytes - 1 - place : whole : word_bytes]
    return bytes(turned)


def turned_pieces(pieces: Iterable[bytes], word_bytes: int) -> Iterator[bytes]:
    """The same for a value that comes in pieces, which may end within a word. word_bytes: 1 leaves them as they are."""
    if word_bytes == 1:
        yield from pieces
        return
    held = b""
    for piece in pieces:
        held += piece
        whole = len(held) - len(held) % word_bytes
        yield turned_over(held[:whole], word_bytes)
        held = held[whole:]
    yield held
