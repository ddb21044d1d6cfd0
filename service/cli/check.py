"""What `consilium doctor` says of one thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; mend: the command or act that puts it right, empty where all is well."""

    name: str
    good: bool
    seen: str
    mend: str = ""
