"""The short way: answers that lie ready are given before a request is routed; everything else is left to the routes.

A viewer asks for hundreds of frames a second. Routing, middleware and the log line of each would cost three times what
the frame does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Response
from starlette.types import Scope


@dataclass(frozen=True, slots=True)
class ShortWay:
    """One kind of answer. route: its template, for figures.

    find: the answer to a GET, or None where anything has to be waited for, or is missing, wrong or not allowed: the
    route says so then. It never waits.
    """

    route: str
    find: Callable[[Scope], Response | None]


class ShortWayRouter(APIRouter):
    """A router some of whose answers can be had the short way."""

    def __init__(self) -> None:
        super().__init__()
        self._short_ways: list[ShortWay] = []

    @property
    def short_ways(self) -> Sequence[ShortWay]:
        """In the order they are tried."""
        return tuple(self._short_ways)

    def add_short_ways(self, *ways: ShortWay) -> None:
        """Have answers given before requests are routed."""
        self._short_ways += ways
