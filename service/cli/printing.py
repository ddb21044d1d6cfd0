"""How commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDE: Final = 10_000
Json: TypeAlias = "str | int | float | bool | Sequence[Json] | dict[str, Json] | None"


def as_json(value: Json) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def as_table(columns: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
    """A table, or the sentence that says what to do when there is nothing.

    Nothing is cut: sentences wrap, and a UID or key that is wider than the terminal makes the table wider. Where
    nobody looks at it every row is one line.
    """
    if not rows:
        sys.stdout.write(f"{empty}\n")
        return
    table = Table(box=None, pad_edge=False)
    for name, cells in zip(columns, zip(*rows, strict=True), strict=True):
        longest_word = max(cell_len(word) for cell in (name, *cells) for word in cell.split() or [""])
        table.add_column(name, overflow="fold", min_width=longest_word)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console()
    least = console.measure(table, options=console.options.update(width=_WIDE)).minimum
    console.width = max(console.width, least) if console.is_terminal else _WIDE
    console.print(table)


def moment(at: float | None) -> str:
    """A moment in local time, RFC 3339; empty for none."""
    return "" if at is None else datetime.fromtimestamp(at).astimezone().isoformat(timespec="seconds")
