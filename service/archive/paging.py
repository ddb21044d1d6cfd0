"""Pages of rows by (moment, identity), forwards and backwards: no row is left out, none comes twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_

Identity = TypeVar("Identity", int, str)


@dataclass(frozen=True, slots=True)
class Paging(Generic[Identity]):
    """Which page: newest or oldest first, behind which row (its moment and identity), at most how many rows."""

    newest_first: bool = True
    after: tuple[float, Identity] | None = None
    limit: int = 100


def paged(
    statement: Select[Any],
    moment: ColumnElement[float],
    identity: ColumnElement[Any],
    paging: Paging[int] | Paging[str],
) -> Select[Any]:
    """The statement narrowed to one page, in its order."""
    columns = (moment.desc(), identity.desc()) if paging.newest_first else (moment, identity)
    page = statement.order_by(*columns).limit(paging.limit)
    if paging.after is None:
        return page
    last_moment, last = paging.after
    if paging.newest_first:
        return page.where(or_(moment < last_moment, and_(moment == last_moment, identity < last)))
    return page.where(or_(moment > last_moment, and_(moment == last_moment, identity > last)))
