"""What a look at a signed report says of one thing after another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that was looked at. words: what it is, and what is wrong with it where it is not whole."""

    is_whole: bool
    words: str

    @classmethod
    def of(cls, what: str, wrong: str) -> Seen:
        """wrong: words that follow the name; empty where nothing is."""
        return cls(not wrong, f"{what} {wrong}" if wrong else what)
