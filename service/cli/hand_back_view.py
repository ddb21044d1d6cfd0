"""A hospital's data handed back: what was written, as an operator sees it."""

from __future__ import annotations

import sys
from pathlib import Path

from service.archive import hospitals
from service.cli import printing
from service.cli.opened import opened
from service.domain.wall import Wall
from service.flow.hand_back import MANIFEST, hand_back


def hand_back_view(data: Path | None, name: str, folder: Path, *, json_wanted: bool) -> None:
    """Write everything and print how much. Raises UnknownHospital, NotWhole, FolderTaken."""
    wall = Wall.operator()
    with opened(data) as archive:
        with archive.read() as connection:
            hospital = hospitals.by_name(connection, wall, name)
        done = hand_back(archive, wall, hospital, folder)
    if json_wanted:
        printing.as_json({"objects": done.objects, "studies": done.studies, "bytes": done.size_bytes})
        return
    sys.stdout.write(
        f"{done.objects} objects of {done.studies} studies, {done.size_bytes / 1e6:.1f} MB, lie in {folder}; "
        f"{MANIFEST} lists them with their SHA-256. It is on record.\n"
    )
