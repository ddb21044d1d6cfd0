"""The folder of a model host: one folder an attempt, gone whatever happens, even to the host itself."""

from __future__ import annotations

import errno
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

_PREFIX: Final = "slot-"
_LOCK: Final = "lock"
_NO_ROOM: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS))
_LEAST_ROOM_BYTES: Final = 1 << 20


def is_for_want_of_room(fault: BaseException | None) -> bool:
    """Whether it is the disk that takes nothing more (full, over quota, read-only): nobody's fault who works on it."""
    return isinstance(fault, OSError) and fault.errno in _NO_ROOM


class Scratch:
    """A folder of its own under `root`, locked while the host lives. What killed hosts have left there is removed."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        with (root / _LOCK).open("w") as sweeping:
            fcntl.flock(sweeping, fcntl.LOCK_EX)
            for left in root.glob(f"{_PREFIX}*"):
                _remove_if_left(left)
            self.folder: Final = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root)).absolute()
            self._lock: IO[str] = (self.folder / _LOCK).open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    @contextmanager
    def attempt(self, name: str) -> Iterator[Path]:
        """An empty folder of that name for as long as the block runs."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def is_full(self) -> bool:
        """Whether the disk has less room than any reading needs."""
        try:
            return shutil.disk_usage(self.folder).free < _LEAST_ROOM_BYTES
        except OSError:
            return False

    def remove(self) -> None:
        """Remove the whole folder and let go of its lock."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def _remove_if_left(folder: Path) -> None:
    """Remove the folder of a host that does not live any more; its lock is free then."""
    try:
        lock = (folder / _LOCK).open("w")
    except OSError:
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        shutil.rmtree(folder, ignore_errors=True)
