"""How commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from rich.console import Console
from rich.table import Table

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | dict[str, Json] | None"


def as_json(value: Json) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def as_table(columns: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
    """A table, or the sentence that says what to do when there is nothing."""
    if not rows:
        sys.stdout.write(f"{empty}\n")
        return
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def moment(at: float | None) -> str:
    """A moment in local time, RFC 3339; empty for none."""
    return "" if at is None else datetime.fromtimestamp(at).astimezone().isoformat(timespec="seconds")
