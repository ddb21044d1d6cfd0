"""How a running centre was started, noted in its folder for the commands beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from service.cli.binds import answers
from service.domain.hospital import is_loopback
from service.settings import Settings

_NAME: Final = "listening.json"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the centre was last started to listen, and the folders its packages are in.

    viewer_port: None where the full viewer is not served.
    """

    dicom_bind: str
    dicom_port: int
    http: str
    packages: tuple[str, ...] = ()
    viewer_port: int | None = None


def note(folder: Path, listening: Listening) -> None:
    """Leave the note; it is replaced whole."""
    fresh = folder / f"{_NAME}.new"
    fresh.write_text(json.dumps(asdict(listening)))
    fresh.replace(folder / _NAME)


def noted(folder: Path) -> Listening | None:
    """The note of the last start, None before the first."""
    path = folder / _NAME
    if not path.exists():
        return None
    said = json.loads(path.read_text())
    return Listening(**{**said, "packages": tuple(said.get("packages", ()))})


def widest_bind(settings: Settings) -> str:
    """Where the node listens as the settings say or as it was last started, whichever lets more machines in."""
    known = noted(settings.data)
    return settings.dicom_bind if known is None or is_loopback(known.dicom_bind) else known.dicom_bind


def viewer_port(settings: Settings) -> int | None:
    """The port at which browsers reach the full viewer; None where the centre was started without it."""
    known = noted(settings.data)
    if known is None or known.viewer_port is None:
        return None
    return settings.viewer_public_port or known.viewer_port


def node_answers(folder: Path) -> bool | None:
    """Whether the node takes connections where the centre was last started; None before the first start."""
    known = noted(folder)
    return None if known is None else answers(known.dicom_bind, known.dicom_port)
