"""Values of single elements, read leniently: what does not parse is None or empty, never an exception."""

from __future__ import annotations

import math
import re
import struct
from datetime import date
from typing import Final

_DATE: Final = re.compile(r"(\d{4})[.-]?(\d{2})[.-]?(\d{2})", re.ASCII)
_TIME: Final = re.compile(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,6})\d*)?)?)?", re.ASCII)
_AGE: Final = re.compile(r"(\d{1,3})([DWMY])", re.ASCII)
_AGE_UNITS_A_YEAR: Final = {"D": 365.25, "W": 365.25 / 7, "M": 12.0, "Y": 1.0}
_INTEGER_LIMIT: Final = 2**31
_UNSIGNED: Final = {2: "H", 4: "L"}


def decimal(text: str) -> float | None:
    """A decimal string (DS) as a finite number."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


def decimals(text: str, count: int) -> tuple[float, ...] | None:
    """Exactly that many decimal strings, separated by backslashes; one that does not parse spoils them all."""
    numbers = [decimal(part) for part in text.split("\\")]
    finite = tuple(number for number in numbers if number is not None)
    return finite if len(finite) == len(numbers) == count else None


def integer(text: str) -> int | None:
    """An integer string (IS) within the 32 bits that PS3.5 6.2 allows; 3.0 is an integer too."""
    number = decimal(text)
    if number is None or number != int(number) or not -_INTEGER_LIMIT <= number < _INTEGER_LIMIT:
        return None
    return int(number)


def unsigned(raw: bytes, *, little_endian: bool) -> int | None:
    """The first binary number of two bytes (US), or of four where the value has just four (UL)."""
    size = 4 if len(raw) == 4 else 2
    if len(raw) < size:
        return None
    (number,) = struct.unpack_from(("<" if little_endian else ">") + _UNSIGNED[size], raw)
    return int(number)


def date_text(text: str) -> str:
    """A date (DA) as YYYYMMDD, also from the older form with dots; empty where it is no day of the calendar."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return ""
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return ""
    return f"{day:%Y%m%d}" if day.year >= 1000 else ""


def time_text(text: str) -> str:
    """A time (TM) as HH, HHMM, HHMMSS or HHMMSS.F, also from the older form with colons; empty where it is none."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return ""
    hour, minute, second, fraction = match.groups(default="")
    if int(hour) > 23 or int(minute or 0) > 59 or int(second or 0) > 60:
        return ""
    return f"{hour}{minute}{second}" + (f".{fraction}" if fraction else "")


def age_years(text: str) -> float | None:
    """An age (AS) such as 034Y, 018M, 003W or 002D, in years.

    No years, months or weeks is what stands where an age was taken out: the age of an infant is written in a smaller
    unit (PS3.5 table 6.2-1 has them for that), so it says nothing.
    """
    match = _AGE.fullmatch(text.strip().upper())
    if match is None or (int(match[1]) == 0 and match[2] != "D"):
        return None
    return int(match[1]) / _AGE_UNITS_A_YEAR[match[2]]


def years_between(birth_date: str, study_date: str) -> float | None:
    """The age at a study by two dates as `date_text` gives them; None where one is missing or they are reversed."""
    if not birth_date or not study_date:
        return None
    days = (date.fromisoformat(study_date) - date.fromisoformat(birth_date)).days
    return days / _AGE_UNITS_A_YEAR["D"] if days >= 0 else None
