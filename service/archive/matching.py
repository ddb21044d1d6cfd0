"""How an attribute is compared with what is searched for (PS3.4 C.2.2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_

from service.archive.wildcards import alike


@dataclass(frozen=True, slots=True)
class OneOf:
    """Equal to one of the values: a single value, or a list of UIDs or codes."""

    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A text with * and ?; letters match in either case, as people type them."""

    pattern: str


@dataclass(frozen=True, slots=True)
class NameLike:
    """A person's name with * and ?: any of its writings (service.dicom.name_search)."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Between:
    """A date or time from low to high, both inside; empty text leaves an end open."""

    low: str
    high: str


Compared: TypeAlias = OneOf | Wildcard | Between
Matching: TypeAlias = Compared | NameLike


def compared(column: ColumnElement[Any], matching: Compared) -> ColumnElement[bool]:
    """The condition that a column matches."""
    if isinstance(matching, OneOf):
        return column.in_(matching.values)
    if isinstance(matching, Wildcard):
        return alike(column, matching.pattern)
    ends = ((matching.low, column >= matching.low), (matching.high, column <= matching.high))
    return and_(column != "", *(condition for end, condition in ends if end))
