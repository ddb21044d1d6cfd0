"""A word of a few, as an operator types it."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from service.domain.hospital import MalformedSetting

_Choice = TypeVar("_Choice", bound=StrEnum)


def choice(kind: type[_Choice], typed: str, option: str) -> _Choice:
    """A word of a few. Raises MalformedSetting that names the others."""
    try:
        return kind(typed)
    except ValueError:
        known = ", ".join(each.value for each in kind)
        raise MalformedSetting(f"{option} {typed!a} is not one of: {known}") from None
