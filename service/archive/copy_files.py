"""The folder of viewer copies: codestreams one behind the other, a file an object, whole before it is named.

Nothing in it is needed: the folder may be removed at any time, and is made again from what was stored.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.archive.objects import ObjectMissing, fsync_folder
from service.dicom.pixel_layout import Extent
from service.domain.wall import HospitalId

FOLDER: Final = "copies"
_HOSPITAL: Final = re.compile(r"h[0-9a-f]{16}")
_NAME: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Written:
    """A file of a copy and where each frame lies in it."""

    name: str
    frames: tuple[Extent, ...]

    @property
    def size_bytes(self) -> int:
        """Of the file."""
        return sum(length for _, length in self.frames)


class CopyFiles:
    """The copies of one archive."""

    def __init__(self, archive_folder: Path) -> None:
        self._folder = archive_folder / FOLDER

    def path(self, hospital: HospitalId, name: str) -> Path:
        """Where a copy lies; hospital and name are ours, never text from outside."""
        if _HOSPITAL.fullmatch(hospital) is None or _NAME.fullmatch(name) is None:
            raise ObjectMissing("a copy was asked for by something that is not a copy's name")
        return self._folder / hospital / name[:2] / name

    def write(self, hospital: HospitalId, object_name: str, codestreams: Iterator[bytes]) -> Written:
        """Keep the frames of an object, on the disk when this returns; one of them in memory at a time.

        The name is of the object and of the bytes, so a file that is there already is the same. Raises OSError when the
        disk is full; then, and when a frame cannot be made, nothing is left.
        """
        self._folder.mkdir(exist_ok=True, mode=0o700)
        fresh = self._folder / f"{secrets.token_hex(16)}.part"
        digest, frames, size = hashlib.sha256(object_name.encode()), list[Extent](), 0
        try:
            with fresh.open("xb") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX)
                for codestream in codestreams:
                    stream.write(codestream)
                    digest.update(codestream)
                    frames.append((size, len(codestream)))
                    size += len(codestream)
                stream.flush()
                os.fsync(stream.fileno())
                name = digest.hexdigest()
                target = self.path(hospital, name)
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                fresh.rename(target)
            fsync_folder(target.parent)
        finally:
            fresh.unlink(missing_ok=True)
        return Written(name, tuple(frames))

    def remove(self, hospital: HospitalId, name: str) -> None:
        """Remove a copy that no row names any more."""
        self.path(hospital, name).unlink(missing_ok=True)

    def clear_parts(self) -> None:
        """Remove what a dead process left half written; what a living one writes is locked by it."""
        for path in self._folder.glob("*.part"):
            with contextlib.suppress(FileNotFoundError, BlockingIOError), path.open("rb") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
