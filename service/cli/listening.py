"""What a running centre listens on, noted in its folder for the commands beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

_NAME: Final = "listening.json"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the centre was last started to listen."""

    dicom_bind: str
    dicom_port: int
    http: str


def note(folder: Path, listening: Listening) -> None:
    """Leave the note; it is replaced whole."""
    fresh = folder / f"{_NAME}.new"
    fresh.write_text(json.dumps(asdict(listening)))
    fresh.replace(folder / _NAME)


def noted(folder: Path) -> Listening | None:
    """The note of the last start, None before the first."""
    path = folder / _NAME
    return Listening(**json.loads(path.read_text())) if path.exists() else None
