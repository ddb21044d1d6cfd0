"""The window an image is shown by where nobody chooses another one: its own first, else the usual one of a CT."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from pydicom.dataset import Dataset

from models.frames import text_of, value_of

LUNG_HU: Final = (-600.0, 1500.0)
_SOFT_TISSUE_HU: Final = (40.0, 400.0)
_BRAIN_HU: Final = (40.0, 80.0)
_BY_BODY_PART: Final = {"CHEST": LUNG_HU, "LUNG": LUNG_HU, "THORAX": LUNG_HU, "HEAD": _BRAIN_HU, "BRAIN": _BRAIN_HU}


def shown_window(header: Dataset) -> tuple[float, float] | None:
    """Centre and width in modality values (PS3.3 C.11.2.1.2); None where neither image nor modality has one."""
    for level in levels(header):
        centre, width = _first(level, "WindowCenter"), _first(level, "WindowWidth")
        if centre is not None and width is not None and width >= 1:
            return centre, width
    if text_of(header, "Modality") != "CT":
        return None
    return _BY_BODY_PART.get(text_of(header, "BodyPartExamined").upper(), _SOFT_TISSUE_HU)


def levels(header: Dataset) -> Iterator[Dataset]:
    """Where a value of an image may stand: the data set, or a macro of its functional groups (PS3.3 C.7.6.16.1.1)."""
    yield header
    for keyword in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        groups = value_of(header, keyword)
        for group in list(groups)[:1] if isinstance(groups, Sequence) else ():
            for element in group:
                if element.VR == "SQ" and element.value:
                    yield element.value[0]


def _first(level: Dataset, keyword: str) -> float | None:
    stated = value_of(level, keyword)
    if stated is None or stated == "":
        return None
    first = stated[0] if isinstance(stated, Sequence) and not isinstance(stated, str) and len(stated) else stated
    try:
        value = float(str(first))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
