"""Text that comes in over HTTP: refused with words where it holds what no person writes."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from models.manifest import Text
from service.access.field_faults import WrongValue
from service.domain.plain_text import is_line, is_prose


def line(text: str) -> str:
    """Text of one line, as it was sent. Raises WrongValue."""
    if not is_line(text):
        raise WrongValue(Text(zh="不得含控制字符", en="must have no control characters"))
    return text


def prose(text: str) -> str:
    """Text of several lines, as it was sent. Raises WrongValue."""
    if not is_prose(text):
        raise WrongValue(Text(zh="不得含控制字符", en="must have no control characters but line breaks and tabs"))
    return text


def _searched(text: str) -> str:
    return line(text.strip(" \t\r\n\u200e\u200f\u202a\u202b\u202c"))


Line = Annotated[str, AfterValidator(line)]
"""Text of one line."""
Searched = Annotated[str, AfterValidator(_searched)]
"""What is searched for, without the blanks and marks of direction around it that come along when it is pasted."""
