"""The bell: "look, something may be due". A lost, doubled or late bell changes nothing, since the row is the truth."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Step(StrEnum):
    """The kinds of work a worker looks for."""

    COMPLETE = "complete"
    ANALYSE = "analyse"
    ENCODE = "encode"
    DELIVER = "deliver"
    NOTICE = "notice"
    PROBE = "probe"
    METADATA = "metadata"
    COPIES = "copies"


class Bell(Protocol):
    """Rung after commit by whoever committed; must never raise or block for long."""

    def ring(self, step: Step) -> None:
        """Say that work of this kind may be due."""


class SilentBell:
    """For commands that run beside a centre: the workers' sweep finds what is due within a second."""

    def ring(self, step: Step) -> None:
        """Nothing to do: the sweep looks."""
