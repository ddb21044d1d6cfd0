"""What text of people holds: no control characters (Unicode's Cc) but line ends and tabs in text of several lines.

What stands in one line holds no line or paragraph separator either, and nothing that turns the letters behind it about
(UAX #9, explicit formatting): a name would be read as another one.
"""

from __future__ import annotations

import re
from typing import Final

_NOT_IN_A_LINE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_CONTROL_BUT_LINES: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def is_line(text: str) -> bool:
    """Whether it can stand in one line: a name, a shortcut, what is searched for."""
    return _NOT_IN_A_LINE.search(text) is None


def is_prose(text: str) -> bool:
    """Whether it can stand in several lines: a report, a note."""
    return _CONTROL_BUT_LINES.search(text) is None
