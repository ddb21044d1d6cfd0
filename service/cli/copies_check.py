"""What `consilium doctor` says of the copies for viewers: whether they can be made, and what they take."""

from __future__ import annotations

from collections.abc import Iterator

from service.archive import viewer_copies
from service.archive.store import Archive
from service.cli.check import Check
from service.domain.wall import Wall
from service.pixels.encoder import ENCODER, INSTALL_COMMAND, encoder_is_installed
from service.settings import Settings


def copies_check(settings: Settings) -> Check:
    """Whether copies are made, and what is missing where they should be."""
    if not settings.viewer_copies:
        return Check("viewer copies", good=True, seen="off (CONSILIUM_VIEWER_COPIES)")
    if encoder_is_installed():
        return Check("viewer copies", good=True, seen=f"made in HTJ2K by {ENCODER}")
    seen = f"CONSILIUM_VIEWER_COPIES is on, but {ENCODER} is not installed: no copies are made"
    return Check("viewer copies", good=False, seen=seen, mend=f"{INSTALL_COMMAND}, then start the centre again")


def copies_room(archive: Archive) -> Iterator[Check]:
    """What the copies take on the disk, where there are any."""
    with archive.read() as connection:
        room = viewer_copies.room(connection, Wall.operator())
    if room.count:
        seen = f"{room.count} take {room.size_bytes / 2**30:.2f} GiB; `consilium copies remove` frees it"
        yield Check("room of copies", good=True, seen=seen)
