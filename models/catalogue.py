"""The packages a centre has: found in folders, addressed by the digest of their manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.manifest import MANIFEST_NAME, Manifest, PackageFault, manifest_digest, read_manifest


@dataclass(frozen=True, slots=True)
class Entry:
    """A package that can be asked. digest: `models.manifest.manifest_digest` of its folder."""

    folder: Path
    manifest: Manifest
    digest: str


@dataclass(frozen=True, slots=True)
class BrokenPackage:
    """A folder with a manifest that cannot be used; fault says what was seen."""

    folder: Path
    fault: str


@dataclass(frozen=True, slots=True)
class _Shelf:
    by_digest: Mapping[str, Entry] = field(default_factory=dict)
    newest: Mapping[str, Entry] = field(default_factory=dict)
    faults: tuple[BrokenPackage, ...] = ()


class Catalogue:
    """What lies in the folders that hold packages; safe to ask from several threads, re-read by `refresh`.

    Only manifests are read here. That the files are the manifest's own is proved when a model process loads a package.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._shelf = _Shelf()

    @classmethod
    def of(cls, folders: Sequence[Path]) -> Catalogue:
        """The catalogue of these folders, read once; a folder that is not there holds nothing."""
        catalogue = cls(folders)
        catalogue.refresh()
        return catalogue

    def refresh(self) -> None:
        """Look again. Whoever asks meanwhile sees the old state or the new one, whole."""
        self._shelf = _read(self._folders)

    def available(self) -> Mapping[str, Entry]:
        """By name, the newest version of each package."""
        return self._shelf.newest

    def by_digest(self, digest: str) -> Entry | None:
        """That very version, newest or not; None when it is not here any more."""
        return self._shelf.by_digest.get(digest)

    def entries(self) -> tuple[Entry, ...]:
        """Every version of every package, by name, the newest first."""
        ranked = sorted(self._shelf.by_digest.values(), key=_version, reverse=True)
        return tuple(sorted(ranked, key=lambda entry: entry.manifest.name))

    @property
    def faults(self) -> tuple[BrokenPackage, ...]:
        """The packages that are left out, and why."""
        return self._shelf.faults


def _read(folders: Sequence[Path]) -> _Shelf:
    by_digest: dict[str, Entry] = {}
    newest: dict[str, Entry] = {}
    faults: list[BrokenPackage] = []
    for folder in _package_folders(folders):
        try:
            entry = Entry(folder, read_manifest(folder), manifest_digest(folder))
        except PackageFault as fault:
            faults.append(BrokenPackage(folder, str(fault)))
            continue
        by_digest.setdefault(entry.digest, entry)
        known = newest.get(entry.manifest.name)
        if known is None or _version(entry) > _version(known):
            newest[entry.manifest.name] = entry
        elif _version(entry) == _version(known) and entry.digest != known.digest:
            faults.append(BrokenPackage(folder, _twice(entry, known)))
            del by_digest[entry.digest]
    return _Shelf(by_digest, newest, tuple(faults))


def _package_folders(folders: Sequence[Path]) -> list[Path]:
    """Folders with a manifest, in the order of the folders that hold them, then by name."""
    return [
        child
        for folder in folders
        if folder.is_dir()
        for child in sorted(folder.iterdir())
        if (child / MANIFEST_NAME).is_file()
    ]


def _version(entry: Entry) -> tuple[int, ...]:
    return tuple(int(part) for part in entry.manifest.version.split("."))


def _twice(entry: Entry, known: Entry) -> str:
    return (
        f"package {entry.manifest.name} {entry.manifest.version} is here twice with different content; "
        f"the one in {known.folder.name!r} is used: give a changed package a version of its own"
    )
