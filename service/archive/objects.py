"""Bytes on disk: a Part 10 file under the SHA-256 of its data set, a folder a hospital; durable before it is named."""

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

from service.domain.wall import HospitalId

_HOSPITAL: Final = re.compile(r"h[0-9a-f]{16}")
_NAME: Final = re.compile(r"[0-9a-f]{64}-[0-9a-f]{8}")


class ObjectFault(Exception):
    """Base, never raised itself: bytes could not be kept or found."""


class ObjectMissing(ObjectFault):
    """A row names an object that is not there."""


@dataclass(frozen=True, slots=True)
class Part:
    """A received object before it has its name: durable when made by Objects.receive.

    descriptor: open on it and locked, so that it is seen to have an owner as long as that lives.
    """

    path: Path
    size_bytes: int
    descriptor: int


def object_name(sha256: str, transfer_syntax_uid: str) -> str:
    """The name of a data set's file: its SHA-256, and eight digits for the transfer syntax it is encoded in.

    The same bytes in another syntax are another object.
    """
    return f"{sha256}-{hashlib.sha256(transfer_syntax_uid.encode()).hexdigest()[:8]}"


class Objects:
    """The folder store. incoming: parts that were not named yet, a folder a node."""

    def __init__(self, folder: Path, incoming: Path) -> None:
        """Folder and incoming must lie on one file system, since naming is a link."""
        self._folder = folder
        self._incoming = incoming
        self._shelved: set[Path] = set()
        folder.mkdir(exist_ok=True, mode=0o700)
        incoming.mkdir(exist_ok=True, mode=0o700)

    def receive(self, header: bytes, data_set: bytes | memoryview) -> Part:
        """Write header and data set to a part and wait until the disk has them.

        The caller drops the part. Raises OSError when the disk is full; then nothing is left.
        """
        path = self._incoming / f"{secrets.token_hex(16)}.part"
        part = Part(path, len(header) + len(data_set), os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            fcntl.flock(part.descriptor, fcntl.LOCK_EX)
            _write_all(part.descriptor, header)
            _write_all(part.descriptor, data_set)
            os.fsync(part.descriptor)
        except BaseException:
            self.drop(part)
            raise
        return part

    def name(self, part: Part, hospital: HospitalId, name: str) -> None:
        """Give a part its final name; durable when this returns. The same object being there already is no error."""
        target = self.path(hospital, name)
        self._have_shelves(target.parent.parent)
        with contextlib.suppress(FileExistsError):
            os.link(part.path, target)
        # Where it was there already, whoever named it may not have come so far yet.
        fsync_folder(target.parent)

    def _have_shelves(self, folder: Path) -> None:
        """Have all folders of a hospital, durably, before its first object: else most of the first 256 wait for one.

        Each process makes sure by itself once, since whoever made them before may not have come so far as the disk.
        """
        if folder in self._shelved:
            return
        folder.mkdir(exist_ok=True, mode=0o700)
        for number in range(256):
            (folder / f"{number:02x}").mkdir(exist_ok=True, mode=0o700)
        fsync_folder(folder)
        fsync_folder(self._folder)
        self._shelved.add(folder)

    def drop(self, part: Part) -> None:
        """Forget a part: it has its name, or was refused."""
        part.path.unlink(missing_ok=True)
        os.close(part.descriptor)

    def store(self, hospital: HospitalId, content: bytes, name: str) -> None:
        """Keep content of our own making under a name."""
        part = self.receive(b"", content)
        try:
            self.name(part, hospital, name)
        finally:
            self.drop(part)

    def path(self, hospital: HospitalId, name: str) -> Path:
        """Where an object lies; hospital and name are ours, never text from outside. Raises ObjectMissing."""
        return Path(self.place(hospital, name))

    def place(self, hospital: HospitalId, name: str) -> str:
        """The path as text, for those who only open it: making a Path costs as much as opening the file."""
        if _HOSPITAL.fullmatch(hospital) is None or _NAME.fullmatch(name) is None:
            raise ObjectMissing("an object was asked for by something that is not an object's name")
        return f"{self._folder}/{hospital}/{name[:2]}/{name}"

    def load(self, hospital: HospitalId, name: str) -> bytes:
        """The bytes of an object. Raises ObjectMissing."""
        try:
            return self.path(hospital, name).read_bytes()
        except FileNotFoundError as fault:
            raise ObjectMissing(f"object {name} is not in the store; run `consilium doctor --archive`") from fault

    def left_parts(self) -> Iterator[Part]:
        """Parts that a dead process left behind; those of a living one are locked by it."""
        for path in sorted(self._incoming.glob("*.part")):
            try:
                descriptor = os.open(path, os.O_RDWR)
            except FileNotFoundError:
                continue  # its owner has just dropped it
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            yield Part(path, os.fstat(descriptor).st_size, descriptor)

    def unlink(self, hospital: HospitalId, name: str) -> None:
        """Remove an object that no row names any more."""
        self.path(hospital, name).unlink(missing_ok=True)


def fsync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, content: bytes | memoryview) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
