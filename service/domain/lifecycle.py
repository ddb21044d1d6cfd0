"""What may follow what: a lifecycle is a table (state, event) -> state; every pair not listed is an error."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


class IllegalTransition(Exception):
    """An event came that the state does not allow; nothing was changed."""


class Lifecycle(Generic[S, E]):
    """A table of allowed steps. A repeated event that changes nothing is listed, not an error."""

    def __init__(self, subject: str, table: Mapping[tuple[S, E], S]) -> None:
        self.subject = subject
        self._table = dict(table)

    def after(self, state: S, event: E) -> S:
        """The state that follows. Raises IllegalTransition for a pair that is not in the table."""
        try:
            return self._table[state, event]
        except KeyError:
            raise IllegalTransition(f"{self.subject}: {event.value} is not possible while {state.value}") from None

    def allows(self, state: S, event: E) -> bool:
        """Whether the event is possible in the state."""
        return (state, event) in self._table

    def sources(self, event: E) -> frozenset[S]:
        """The states in which the event is possible: the expectation of a conditional UPDATE."""
        return frozenset(state for state, known in self._table if known == event)
