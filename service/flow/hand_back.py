"""Handing a hospital all its data back, as the agreement may ask for at its end: whole files, each checked (AC-71)."""

from __future__ import annotations

import csv
import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.archive import audit, holdings, whole_objects
from service.archive.holdings import Held
from service.archive.objects import fsync_folder
from service.archive.store import Archive
from service.domain.hospital import Hospital, HospitalFault
from service.domain.wall import Wall

MANIFEST: Final = "manifest.csv"
_COLUMNS: Final = ("file", "kind", "study_instance_uid", "sop_instance_uid", "data_set_sha256", "file_sha256")


class NotWhole(HospitalFault):
    """An object of the archive is not what was kept: it is not handed back as if it were."""


class FolderTaken(HospitalFault):
    """The folder has another file where one of the hospital's is to lie."""


@dataclass(frozen=True, slots=True)
class HandedBack:
    """What lies in the folder now."""

    objects: int
    studies: int
    size_bytes: int


def hand_back(archive: Archive, wall: Wall, hospital: Hospital, folder: Path) -> HandedBack:
    """Write everything that is held of a hospital into a folder, with a list of it; on record when all is durable.

    `<Study Instance UID>/<SOP Instance UID>.dcm`, each a DICOM file as it is kept, and manifest.csv with a line for
    each. What lies there already with the same bytes stays, so it can be asked for again after a fault. Raises
    NotWhole, FolderTaken, OSError: then nothing is on record.
    """
    with archive.read() as connection:
        held = tuple(holdings.held(connection, wall, hospital.id))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = [_written(archive, hospital, each, folder) for each in held]
    _list(folder, lines)
    done = HandedBack(len(held), len({each.study_instance_uid for each in held}), sum(each.size_bytes for each in held))
    with archive.write() as connection:
        holdings.returned(connection, wall, hospital.id, held)
        audit.act(
            connection,
            wall,
            hospital=hospital.id,
            action="hospital.return-data",
            subject=hospital.id,
            detail={"objects": str(done.objects), "studies": str(done.studies), "bytes": str(done.size_bytes)},
        )
    return done


def _written(archive: Archive, hospital: Hospital, each: Held, folder: Path) -> tuple[str, ...]:
    wrong = whole_objects.fault(archive.objects, hospital.id, each.object_name, each.sha256)
    if wrong:
        raise NotWhole(
            f"instance {each.sop_instance_uid} of study {each.study_instance_uid} {wrong}: nothing is called returned; "
            "`consilium doctor --archive` lists every such object, put it back from the backup"
        )
    content = archive.objects.load(hospital.id, each.object_name)
    suffix = f".{each.object_name[:12]}" if each.kind == "quarantine" else ""
    path = folder / each.study_instance_uid / f"{each.sop_instance_uid}{suffix}.dcm"
    path.parent.mkdir(exist_ok=True, mode=0o700)
    if path.exists():
        if path.read_bytes() != content:
            raise FolderTaken(f"{path} is there with other bytes: hand back into an empty folder")
    else:
        _keep(path, content)
    file_sha256 = hashlib.sha256(content).hexdigest()
    return (
        str(path.relative_to(folder)),
        each.kind,
        each.study_instance_uid,
        each.sop_instance_uid,
        each.sha256,
        file_sha256,
    )


def _list(folder: Path, lines: Iterable[tuple[str, ...]]) -> None:
    part = folder / f".{secrets.token_hex(8)}.part"
    with part.open("x", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(_COLUMNS)
        writer.writerows(lines)
        out.flush()
        os.fsync(out.fileno())
    part.replace(folder / MANIFEST)
    fsync_folder(folder)


def _keep(path: Path, content: bytes) -> None:
    """Write a file so that it is either whole and durable, or not there."""
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    with part.open("xb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
    fsync_folder(path.parent)
