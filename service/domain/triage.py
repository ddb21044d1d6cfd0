"""Which findings a reader must have judged before signing; the rest can be closed by one recorded event."""

from __future__ import annotations

from typing import Final

from models.contract import NODULE, Code

MUST_BE_REVIEWED_MM: Final = 6.0
"""A nodule this long is followed up or treated (Lung-RADS 2022: solid, 6 mm and more is category 3 or higher)."""


def is_high_category(concept: Code, long_axis_mm: float | None) -> bool:
    """Whether a finding has to be judged one by one. What is neither a small nodule nor known to be harmless has to."""
    if concept == NODULE and long_axis_mm is not None:
        return long_axis_mm >= MUST_BE_REVIEWED_MM
    return True
