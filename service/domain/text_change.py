"""How much of a report's text somebody changed: a share that people and hospitals can compare."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from service.domain.report import ReportText

_PIECES: Final = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff][\w.]*?(?=[\u3400-\u9fff]|[^\w.]|$)|[^\w\s]|_")


def changed_share(before: ReportText, after: ReportText) -> float:
    """The share of pieces (a Chinese character, a word, a number, a sign) that are gone or new: 0 none, 1 all.

    1 - 2 L / (m + n), with L the pieces that stay in their order, m and n those of both texts; part by part.
    """
    kept = total = 0
    for name in ("findings", "impression", "advice"):
        old, now = pieces(getattr(before, name)), pieces(getattr(after, name))
        kept += _common(old, now)
        total += len(old) + len(now)
    return 0.0 if total == 0 else 1.0 - 2.0 * kept / total


def pieces(text: str) -> Sequence[str]:
    """What a text is made of, blanks left out."""
    return _PIECES.findall(text)


def _common(old: Sequence[str], now: Sequence[str]) -> int:
    """Length of the longest common subsequence, a row of bits at a time (Hyyrö, "Bit-parallel LCS-length", 2004)."""
    places: dict[str, int] = {}
    for at, piece in enumerate(old):
        places[piece] = places.get(piece, 0) | 1 << at
    every = (1 << len(old)) - 1
    row = every
    for piece in now:
        met = row & places.get(piece, 0)
        row = ((row + met) | (row - met)) & every
    return len(old) - row.bit_count()
