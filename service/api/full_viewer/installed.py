"""Whether OHIF is here, and what fetches it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

INSTALLED: Final = Path(__file__).parents[2] / "web" / "full_viewer"
INSTALL_COMMAND: Final = "make setup"


def is_installed(folder: Path = INSTALLED) -> bool:
    """Whether OHIF was fetched; its files are not part of the source."""
    return any(folder.glob("app.bundle.*.js"))
