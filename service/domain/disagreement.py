"""Where a reader's signed judgement differs from what a package said, so much that training should look at it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class DisagreementKind(StrEnum):
    """How they differ. A correction of the type counts as retyped, whatever else it changed."""

    REJECTED = "rejected"
    REMEASURED = "remeasured"
    RETYPED = "retyped"
    ADDED = "added"


LEAST_DIFFERENCE_MM: Final = 1.5
"""Two readers' diameters of one nodule differ by less; a growth of more is real (Lung-RADS 2022)."""
LEAST_DIFFERENCE_SHARE: Final = 0.2
"""Of the package's long axis: what is large is measured less exactly. The larger of the two bounds counts."""
