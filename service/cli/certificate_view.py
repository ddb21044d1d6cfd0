"""Practice certificates as an operator types and sees them."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from service.access import people
from service.archive import hospitals, users
from service.archive.store import Archive
from service.cli.opened import opened
from service.domain.hospital import MalformedSetting
from service.domain.licence import IMAGING, Licence, modality_names
from service.domain.user import User, normal_login
from service.domain.wall import HospitalId, Wall

AS_THE_SCOPE_SAYS: Final = "scope"
EVERY_SITE: Final = "every"
NO_END: Final = "none"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as typed; None and empty: not named. sites: names of hospitals."""

    number: str | None
    scope: str | None
    title: str | None
    until: str | None
    modalities: tuple[str, ...]
    sites: tuple[str, ...]


def licence_of(connection: Connection, typed: Certificate) -> Licence | None:
    """The certificate of somebody new. Raises MalformedSetting, UnknownHospital."""
    if typed.number is None:
        return None
    return _changed(connection, Licence("", "", "", None), typed)


def set_view(data: Path | None, login: str, typed: Certificate) -> None:
    """Change somebody's certificate and say what they sign now.

    Raises NoSuchUser, MalformedSetting, UnknownHospital, NotOneLine, ScopeUnknown.
    """
    with opened(data) as archive:
        known = known_user(archive, login)
        if known.licence is None and typed.number is None:
            raise MalformedSetting(f"{known.login} has no certificate yet: give its number with --licence")
        with archive.read() as connection:
            licence = _changed(connection, known.licence or Licence("", "", "", None), typed)
        people.change(archive, Wall.operator(), known.id, lambda user: replace(user, licence=licence))
    sys.stdout.write(f"{known.login} signs: {signs_words(licence)}\n")


def known_user(archive: Archive, login: str) -> User:
    """Somebody by login name. Raises NoSuchUser."""
    with archive.read() as connection:
        found = users.by_login(connection, normal_login(login))
    if found is None:
        raise users.NoSuchUser(f"nobody has the login name {login!a}; `consilium user list` shows who has one")
    return found[0]


def signs_words(licence: Licence) -> str:
    """What somebody signs with a certificate, and until when."""
    covered = licence.covers & IMAGING
    what = "every modality" if covered == IMAGING else ", ".join(sorted(covered)) or "nothing"
    where = "" if licence.sites is None else f" of {len(licence.sites)} hospital(s)"
    until = "" if licence.until is None else f", until {licence.until.isoformat()}"
    return f"{what}{where}{until}"


def _changed(connection: Connection, licence: Licence, typed: Certificate) -> Licence:
    return Licence(
        number=licence.number if typed.number is None else typed.number,
        scope=licence.scope if typed.scope is None else typed.scope,
        title=licence.title if typed.title is None else typed.title,
        until=licence.until if typed.until is None else _day(typed.until),
        modalities=licence.modalities if not typed.modalities else _modalities(typed.modalities),
        sites=licence.sites if not typed.sites else _sites(connection, typed.sites),
    )


def _day(text: str) -> date | None:
    if text == NO_END:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MalformedSetting(f"--licence-until {text!a} is no date; write YYYY-MM-DD") from None


def _modalities(typed: tuple[str, ...]) -> frozenset[str] | None:
    if typed == (AS_THE_SCOPE_SAYS,):
        return None
    return modality_names([each for text in typed for each in text.split(",")])


def _sites(connection: Connection, typed: tuple[str, ...]) -> frozenset[HospitalId] | None:
    if typed == (EVERY_SITE,):
        return None
    return frozenset(hospitals.by_name(connection, Wall.operator(), name).id for name in typed)
