"""Cursors: where a page ended, opaque to the client, checked when it comes back."""

from __future__ import annotations

import base64
import binascii
import json
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.manifest import Text
from service.access.problems import BAD_CURSOR, Problem

MAX_LENGTH: Final = 200
_LARGEST: Final = 2**63 - 1


class Sort(StrEnum):
    """What a cursor walks through; one of another list is refused."""

    EVENTS = "e"
    STUDIES = "s"
    ORDERS = "o"
    ANALYSES = "a"
    FINDINGS = "f"
    NOTICES = "n"


def events_cursor(seq: int) -> str:
    """The place behind an event."""
    return _encode([Sort.EVENTS, seq])


def events_place(cursor: str | None) -> int:
    """The event number behind which to go on; 0 for no cursor. Raises Problem."""
    if cursor is None:
        return 0
    kind, *values = _decode(cursor)
    if kind != Sort.EVENTS or len(values) != 1 or not _is_number(values[0]):
        raise _bad()
    return int(str(values[0]))


@dataclass(frozen=True, slots=True)
class Walk:
    """A list and its direction; a cursor of another list or direction is refused."""

    sort: Sort
    newest_first: bool

    @property
    def kind(self) -> str:
        """How its cursors begin."""
        return self.sort if self.newest_first else f"{self.sort}+"


def row_cursor(walk: Walk, moment: float, identity: int | str) -> str:
    """The place behind a row that is listed by (moment, identity)."""
    return _encode([walk.kind, moment, identity])


def numbered_place(walk: Walk, cursor: str | None) -> tuple[float, int] | None:
    """(moment, number) behind which to go on. Raises Problem."""
    if cursor is None:
        return None
    moment, identity = _row(walk, cursor)
    if not _is_number(identity):
        raise _bad()
    return moment, int(str(identity))


def named_place(walk: Walk, cursor: str | None) -> tuple[float, str] | None:
    """(moment, id) behind which to go on. Raises Problem."""
    if cursor is None:
        return None
    moment, identity = _row(walk, cursor)
    if not isinstance(identity, str):
        raise _bad()
    return moment, identity


def _row(walk: Walk, cursor: str) -> tuple[float, object]:
    kind, *values = _decode(cursor)
    if kind != walk.kind or len(values) != 2 or not isinstance(values[0], float) or not math.isfinite(values[0]):
        raise _bad()
    return values[0], values[1]


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST


def _encode(values: list[str | float | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def _decode(cursor: str) -> list[object]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values: object = json.loads(raw)
    except (binascii.Error, UnicodeError, ValueError, RecursionError) as fault:
        raise _bad() from fault
    if not isinstance(values, list) or not values:
        raise _bad()
    return values


def _bad() -> Problem:
    return Problem(
        BAD_CURSOR,
        Text(
            zh="请原样使用本接口返回的 next；丢失时从头开始。",
            en="Send back `next` as this list gave it; without one, start from the beginning.",
        ),
    )
