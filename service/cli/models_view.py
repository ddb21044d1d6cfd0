"""The packages in words and as JSON."""

from __future__ import annotations

import sys
from pathlib import Path

from models.catalogue import Catalogue, Entry
from models.manifest import PackageFault, verify_files
from service.cli import printing
from service.cli.options import settings
from service.cli.printing import Json


def list_view(data: Path | None, *, json_wanted: bool) -> None:
    """Print every package, broken ones with what is wrong."""
    catalogue = Catalogue.of(settings(data=data).packages)
    if json_wanted:
        printing.as_json([_entry(entry) for entry in catalogue.entries()])
    else:
        printing.as_table(
            ("package", "version", "use status", "for", "digest"),
            [
                (
                    entry.manifest.name,
                    entry.manifest.version,
                    entry.manifest.use_status.words.en,
                    entry.manifest.intended_use.text.en,
                    entry.digest[:12],
                )
                for entry in catalogue.entries()
            ],
            "No package is there; CONSILIUM_PACKAGES names the folders that hold packages.",
        )
    for fault in catalogue.faults:
        sys.stderr.write(f"{fault.folder}: {fault.fault}\n")


def verify_view(data: Path | None, *, json_wanted: bool) -> int:
    """Compare every file with its manifest; 1 when a package is not as it was released, or cannot be told apart."""
    catalogue = Catalogue.of(settings(data=data).packages)
    said: dict[str, str] = {str(each.folder): each.fault for each in catalogue.faults}
    said |= _one_device(catalogue.entries())
    for entry in catalogue.entries():
        try:
            verify_files(entry.folder, entry.manifest)
        except PackageFault as fault:
            said[entry.manifest.name] = str(fault)
    if json_wanted:
        printing.as_json({"packages": len(catalogue.entries()), "faults": dict(said)})
    else:
        for line in said.values() or ("every file is as its manifest says",):
            sys.stdout.write(f"{line}\n")
    return 1 if said else 0


def _one_device(entries: tuple[Entry, ...]) -> dict[str, str]:
    """Folder and fault of versions that share a Device UID, by which results name who made them (AC-03)."""
    known: dict[str, Entry] = {}
    said = {}
    for entry in entries:
        other = known.setdefault(entry.manifest.device_uid, entry)
        if other is not entry:
            said[str(entry.folder)] = (
                f"package {entry.manifest.name} {entry.manifest.version} has the Device UID of {other.manifest.name} "
                f"{other.manifest.version}: results do not tell them apart; give every version a device_uid of its own"
            )
    return said


def _entry(entry: Entry) -> dict[str, Json]:
    manifest = entry.manifest
    return {
        "package": manifest.name,
        "version": manifest.version,
        "release_version": manifest.release_version,
        "use_status": manifest.use_status.kind.value,
        "device_uid": manifest.device_uid,
        "digest": entry.digest,
        "folder": str(entry.folder),
    }
