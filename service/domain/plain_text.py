"""What text of people holds: no control characters (Unicode's Cc) but line ends and tabs in text of several lines."""

from __future__ import annotations

import re
from typing import Final

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_LINES: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def is_line(text: str) -> bool:
    """Whether it can stand in one line: a name, a shortcut, what is searched for."""
    return _CONTROL.search(text) is None


def is_prose(text: str) -> bool:
    """Whether it can stand in several lines: a report, a note."""
    return _CONTROL_BUT_LINES.search(text) is None
