"""How many copies for viewers there are, in words and as JSON, and their removal."""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import Connection

from service.archive import hospitals, viewer_copies
from service.archive.viewer_copies import Room
from service.cli import printing
from service.cli.opened import opened
from service.domain.wall import Wall
from service.flow.viewer_copies import remove_dropped


def show_view(data: Path | None, hospital: str | None, *, json_wanted: bool) -> None:
    """Print how many copies there are and what they take."""
    with opened(data) as archive, archive.read() as connection:
        room = viewer_copies.room(connection, _wall(connection, hospital))
    if json_wanted:
        printing.as_json({"copies": room.count, "bytes": room.size_bytes})
    else:
        sys.stdout.write(f"{_said(room)}\n")


def remove_view(data: Path | None, hospital: str | None) -> None:
    """Serve no copies any more and remove their files."""
    with opened(data) as archive:
        with archive.write() as connection:
            wall = _wall(connection, hospital)
            taken = viewer_copies.drop_all(connection, wall)
        while remove_dropped(archive, wall):
            pass
    sys.stdout.write(f"removed: {_said(taken)}\n")


def _wall(connection: Connection, hospital: str | None) -> Wall:
    """The operator's, before one hospital where that is named. Raises UnknownHospital."""
    wall = Wall.operator()
    return wall if hospital is None else wall.only(hospitals.by_name(connection, wall, hospital).id)


def _said(room: Room) -> str:
    return f"{room.count} copies, {room.size_bytes / 2**20:.1f} MiB"
