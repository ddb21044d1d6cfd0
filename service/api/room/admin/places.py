"""Where a page of rows ended: their moment and identity, opaque to the page that carries it."""

from __future__ import annotations

import math
import re
from typing import Final

from models.manifest import Text
from service.access.problems import BAD_CURSOR, Problem

MAX_LENGTH: Final = 64
_PLACE: Final = re.compile(r"(?P<moment>[0-9.e+]{1,24})_(?P<identity>[0-9a-f]{1,32})")


def cursor(moment: float, identity: int | str) -> str:
    """The text of a place."""
    return f"{moment!r}_{identity}"


def place(text: str | None) -> tuple[float, str] | None:
    """The place of a text. Raises Problem for one that was not made here."""
    if text is None:
        return None
    match = _PLACE.fullmatch(text)
    try:
        moment = math.nan if match is None else float(match["moment"])
    except ValueError:
        moment = math.nan
    if match is None or not math.isfinite(moment):
        raise Problem(BAD_CURSOR, Text(zh="游标无效，请从首页开始。", en="The cursor is not valid; begin again."))
    return moment, match["identity"]


def numbered_place(text: str | None) -> tuple[float, int] | None:
    """The place of a text among rows that are numbered. Raises Problem."""
    found = place(text)
    if found is None:
        return None
    if not found[1].isdecimal() or len(found[1]) > 18:
        raise Problem(BAD_CURSOR, Text(zh="游标无效，请从首页开始。", en="The cursor is not valid; begin again."))
    return found[0], int(found[1])
