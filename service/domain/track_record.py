"""What readers made of a package's findings: counts, and shares where there are enough of them to say one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from service.domain.review import RejectionReason

LEAST_FOR_A_SHARE: Final = 20
"""Of fewer than this many a share would be read as more than it is: they are told as counts."""
_Z_95: Final = 1.959964
"""The normal distribution's 97.5 % point: two-sided intervals of 95 %."""


class SizeClass(StrEnum):
    """A finding's long axis in classes: the package's measure where it proposed the finding, else the reader's."""

    BELOW_6 = "below-6"
    FROM_6 = "6-to-10"
    FROM_10 = "10-to-20"
    FROM_20 = "20-and-more"
    UNMEASURED = "unmeasured"


UPPER_BOUNDS_MM: Final[Mapping[SizeClass, float]] = {
    SizeClass.BELOW_6: 6.0,
    SizeClass.FROM_6: 10.0,
    SizeClass.FROM_10: 20.0,
}
"""Exclusive; in the order of size. 6 mm is where follow-up of solid nodules begins (Fleischner Society, 2017)."""


@dataclass(frozen=True, slots=True)
class Share:
    """A proportion with its interval of 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of a package's findings on signed studies, as it stood at the signature.

    accepted: as the package said them; unjudged: closed by the signature, or never shown to the reader.
    added: findings of a type the package looks for, which a reader added to studies the package had read.
    """

    accepted: int = 0
    corrected: int = 0
    uncertain: int = 0
    unjudged: int = 0
    added: int = 0
    rejected: Mapping[RejectionReason, int] = field(default_factory=dict)

    @property
    def false_marks(self) -> int:
        """Findings that readers rejected, for whatever reason."""
        return sum(self.rejected.values())

    @property
    def stood_for(self) -> int:
        """Findings that readers stand for, as they were or corrected."""
        return self.accepted + self.corrected

    @property
    def judged(self) -> int:
        """Findings that a reader decided about."""
        return self.stood_for + self.false_marks + self.uncertain

    @property
    def proposed(self) -> int:
        """Everything the package said."""
        return self.judged + self.unjudged

    @property
    def accepted_share(self) -> Share | None:
        """Of the judged findings, those that readers stand for; None while they are few."""
        return share(self.stood_for, self.judged)

    @property
    def found_share(self) -> Share | None:
        """Of the findings that readers stand for, those the package proposed; None while they are few.

        No sensitivity: what package and reader both missed is in neither number.
        """
        return share(self.stood_for, self.stood_for + self.added)


def share(part: int, whole: int) -> Share | None:
    """The proportion with Wilson's score interval; None of fewer than LEAST_FOR_A_SHARE.

    Source: Wilson 1927, J Am Stat Assoc 22:209; it keeps its coverage at 0 and 1 where the normal interval does not.
    """
    if whole < LEAST_FOR_A_SHARE:
        return None
    value, squared = part / whole, _Z_95**2
    middle = (value + squared / (2 * whole)) / (1 + squared / whole)
    reach = _Z_95 * math.sqrt(value * (1 - value) / whole + squared / (4 * whole**2)) / (1 + squared / whole)
    # At 0 and 1 the bound is the share itself, which rounding would miss.
    return Share(value, min(max(middle - reach, 0.0), value), max(min(middle + reach, 1.0), value))
