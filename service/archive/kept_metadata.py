"""Series metadata, made once and kept on the disk, plain and compressed.

What is kept is named by the objects it was made of, so it cannot be out of date: after a late instance or an accepted
quarantine entry another name is asked for, and what was kept for the series before is dropped when that is made.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.domain.wall import HospitalId

_COMPRESSION: Final = 6


@dataclass(frozen=True, slots=True)
class SeriesText:
    """Which text: whose series, for which way of showing it (root, own objects), made of which objects."""

    hospital: HospitalId
    shown_as: str
    etag: str

    @property
    def prefix(self) -> str:
        """What all texts begin with that were ever made for this way of showing the series."""
        return hashlib.sha256(self.shown_as.encode()).hexdigest()[:24] + "-"

    @property
    def name(self) -> str:
        """The name of the text's file."""
        return f"{self.prefix}{hashlib.sha256(self.etag.encode()).hexdigest()[:32]}.json"


class KeptMetadata:
    """The folder of kept texts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def at_hand(self, text: SeriesText) -> Path | None:
        """The file of a text that was made already."""
        path = self._folder / text.hospital / text.name
        return path if path.exists() else None

    def path(self, text: SeriesText, make: Callable[[], Iterator[bytes]]) -> Path:
        """The file of a text, made now where it is not there; with ".gz" behind, the same compressed.

        Raises OSError where the disk does not take it.
        """
        path = self._folder / text.hospital / text.name
        if not path.exists():
            with self._lock:
                if not path.exists():
                    self._keep(path, text, make)
        return path

    def _keep(self, path: Path, text: SeriesText, make: Callable[[], Iterator[bytes]]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.parent / f"{secrets.token_hex(8)}.part"
        packed = fresh.with_suffix(".packed")
        try:
            with fresh.open("xb") as plain, gzip.open(packed, "xb", _COMPRESSION) as compressed:
                for piece in make():
                    plain.write(piece)
                    compressed.write(piece)
            packed.rename(path.with_name(f"{path.name}.gz"))
            fresh.rename(path)
        finally:
            for left in (fresh, packed):
                left.unlink(missing_ok=True)
        for former in path.parent.glob(f"{text.prefix}*"):
            if not former.name.startswith(path.name):
                with contextlib.suppress(FileNotFoundError):
                    former.unlink()
