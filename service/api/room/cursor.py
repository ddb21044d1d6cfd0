"""The worklist's cursor: the place of the last row of a page, opaque to the page that carries it."""

from __future__ import annotations

import base64
import binascii
import json
import math
from typing import Final

from models.manifest import Text
from service.access.problems import BAD_CURSOR, Problem
from service.archive.worklist import Place

MAX_LENGTH = 256
MOST_INTEGER: Final = 2**63 - 1
"""The archive's database holds no larger one."""


def cursor(place: Place) -> str:
    """The text of a place."""
    fields = [place.exam_class, place.urgency, place.score, place.waiting_since, place.study_id]
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


def place(text: str) -> Place:
    """The place of a text. Raises Problem for one that was not made here."""
    try:
        fields = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        exam_class, urgency, score, waiting_since, study_id = fields
        made = Place(int(exam_class), int(urgency), float(score), float(waiting_since), int(study_id))
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError) as fault:
        raise _bad() from fault
    whole = (made.exam_class, made.urgency, made.study_id)
    is_known = math.isfinite(made.score) and math.isfinite(made.waiting_since)
    if not is_known or any(abs(each) > MOST_INTEGER for each in whole):
        raise _bad()
    return made


def _bad() -> Problem:
    return Problem(
        BAD_CURSOR,
        Text(zh="游标无效，请从首页开始。", en="The cursor is not valid; begin with the first page again."),
    )
