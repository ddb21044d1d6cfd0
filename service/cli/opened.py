"""An archive for the length of a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from service.archive import hospitals, studies
from service.archive.store import DATABASE, Archive
from service.cli.options import settings
from service.domain.wall import Wall


class NoCentre(Exception):
    """The folder holds no centre yet."""


class NotFound(Exception):
    """What was asked for by name is not there."""


@contextmanager
def opened(data: Path | None) -> Iterator[Archive]:
    """The archive of the centre in a folder. Raises NoCentre when there is none, so that a typo makes no new one."""
    folder = settings(data=data).data
    if not (folder / DATABASE).exists():
        raise NoCentre(f"there is no centre in {folder}; give --data, or start one with `consilium up`")
    archive = Archive(folder)
    try:
        yield archive
    finally:
        archive.close()


def the_study(connection: Connection, wall: Wall, hospital: str | None, study_instance_uid: str) -> studies.Study:
    """The study of a UID; two hospitals may hold the same one, then --hospital decides. Raises NotFound."""
    narrowed = studies.StudyFilter(study_instance_uid=study_instance_uid)
    found = studies.listed(connection, wall, narrowed, limit=100)
    if hospital is not None:
        chosen = hospitals.by_name(connection, wall, hospital)
        found = tuple(study for study in found if study.hospital == chosen.id)
    if not found:
        raise NotFound(f"no study {study_instance_uid} is held; `consilium study list` shows what is")
    if len(found) > 1:
        raise NotFound(f"{len(found)} hospitals hold study {study_instance_uid}; say which by --hospital")
    return found[0]
