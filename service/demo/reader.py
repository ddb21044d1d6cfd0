"""The reader of a demo: a login that works in this folder only, made while it holds nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.access.people import NoDemo, Person, add_demo_reader
from service.archive import demo_mark
from service.archive.store import Archive
from service.domain.hospital import Language
from service.domain.licence import IMAGING, Licence
from service.domain.user import UserRole
from service.domain.wall import HospitalId, Wall
from service.signing import keys

LOGIN: Final = "reader"
_NAME: Final = "Demo Reader 演示医师"
_TITLE: Final = "主任医师"
"""By a title that is not known as senior no report becomes final, and the demo would end before its end."""


@dataclass(frozen=True, slots=True)
class Login:
    """What to type into the page."""

    login: str
    password: str


def mark(data: Path) -> None:
    """Make a fresh folder a demo's; one that holds a centre already stays what it is."""
    archive = Archive(data)
    try:
        with archive.write() as connection:
            demo_mark.mark(connection)
    finally:
        archive.close()


def reader_of(data: Path, hospital: str) -> Login | None:
    """A login for the demo hospital's studies; None in a folder that is no demo's."""
    archive = Archive(data)
    person = Person(
        login=LOGIN,
        name=_NAME,
        roles=(UserRole.SENIOR_RADIOLOGIST,),
        hospitals=(HospitalId(hospital),),
        language=Language.ZH_CN,
        licence=Licence("DEMO", "演示", _TITLE, None, modalities=IMAGING),
    )
    try:
        user, password = add_demo_reader(archive, person)
        with archive.write() as connection:
            keys.make_key(connection, Wall.operator(), user.id, password)
    except NoDemo:
        return None
    finally:
        archive.close()
    return Login(user.login, password)
