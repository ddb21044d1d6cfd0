"""People as an operator types and sees them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from service.access import people
from service.access.people import Person
from service.archive import hospitals, users
from service.archive.store import Archive
from service.cli import printing
from service.cli.certificate_view import Certificate, known_user, licence_of, signs_words
from service.cli.opened import opened
from service.cli.printing import Json
from service.domain.hospital import Language, MalformedSetting
from service.domain.licence import IMAGING, Licence
from service.domain.user import User, UserRole
from service.domain.wall import HospitalId, Wall


@dataclass(frozen=True, slots=True)
class Typed:
    """Somebody as typed."""

    login: str
    name: str
    roles: tuple[str, ...]
    hospitals: tuple[str, ...]
    language: str
    certificate: Certificate


def add_view(data: Path | None, typed: Typed, *, json_wanted: bool) -> None:
    """Add somebody and show the first password, once. Raises MalformedSetting, UnknownHospital, UserFault."""
    with opened(data) as archive:
        user, password = people.add_user(archive, Wall.operator(), _person(archive, typed))
    _hand_over(user, password, json_wanted=json_wanted)


def add_with_password(data: Path | None, typed: Typed, *, json_wanted: bool) -> None:
    """Add somebody with the first password that comes on standard input; it is not shown. Raises as add_view."""
    password = sys.stdin.readline().rstrip("\r\n")
    with opened(data) as archive:
        user, _ = people.add_user(archive, Wall.operator(), _person(archive, typed), password)
    if json_wanted:
        printing.as_json({"id": user.id, "login": user.login})
        return
    sys.stdout.write(f"{user.name} ({', '.join(sorted(user.roles))}) may sign in as {user.login}.\n")
    sys.stdout.write("The password is changed at the first sign-in.\n")


def reset_code_view(data: Path | None, login: str) -> None:
    """Take the second factor away. Raises NoSuchUser."""
    with opened(data) as archive:
        user = known_user(archive, login)
        people.forget_second_factor(archive, Wall.operator(), user.id)
    sys.stdout.write(f"{user.login} has no second factor any more; every session has ended.\n")


def enable_view(data: Path | None, login: str) -> None:
    """Let somebody in again. Raises NoSuchUser."""
    with opened(data) as archive:
        user = known_user(archive, login)
        people.enable(archive, Wall.operator(), user.id)
    sys.stdout.write(f"{user.login} may sign in again.\n")


def reset_view(data: Path | None, login: str, *, json_wanted: bool) -> None:
    """Give a new first password. Raises NoSuchUser."""
    with opened(data) as archive:
        user = known_user(archive, login)
        password = people.new_password(archive, Wall.operator(), user.id)
    _hand_over(user, password, json_wanted=json_wanted)


def disable_view(data: Path | None, login: str) -> None:
    """Let somebody in no more. Raises NoSuchUser."""
    with opened(data) as archive:
        user = known_user(archive, login)
        people.disable(archive, Wall.operator(), user.id)
    sys.stdout.write(f"{user.login} is let in no more; every session has ended.\n")


def list_view(data: Path | None, *, json_wanted: bool) -> None:
    """Print people."""
    with opened(data) as archive, archive.read() as connection:
        known = users.everyone(connection, Wall.operator())
        named = {each.id: each.name for each in hospitals.everyone(connection, Wall.operator())}
    if json_wanted:
        printing.as_json([_entry(each) for each in known])
        return
    printing.as_table(
        ("login", "name", "roles", "hospitals", "licence", "second factor", "state"),
        [
            (
                each.login,
                each.name,
                ", ".join(sorted(each.roles)),
                _where(each, named),
                _licence_words(each.licence),
                "yes" if each.has_second_factor else "no",
                "disabled" if each.is_disabled else "active",
            )
            for each in known
        ],
        "Nobody yet: `consilium user add --help`.",
    )


def _person(archive: Archive, typed: Typed) -> Person:
    with archive.read() as connection:
        seen = [hospitals.by_name(connection, Wall.operator(), name).id for name in typed.hospitals]
        licence = licence_of(connection, typed.certificate)
    return Person(
        login=typed.login,
        name=typed.name,
        roles=tuple(_role(each) for each in typed.roles),
        hospitals=tuple(seen) or None,
        language=_language(typed.language),
        licence=licence,
    )


def _role(text: str) -> UserRole:
    try:
        return UserRole(text)
    except ValueError:
        raise MalformedSetting(f"--role {text!a} is not one of: {', '.join(UserRole)}") from None


def _language(text: str) -> Language:
    try:
        return Language(text)
    except ValueError:
        raise MalformedSetting(f"--language {text!a} is not one of: {', '.join(Language)}") from None


def _hand_over(user: User, password: str, *, json_wanted: bool) -> None:
    if json_wanted:
        printing.as_json({"id": user.id, "login": user.login, "first_password": password})
        return
    sys.stdout.write(f"{user.name} ({', '.join(sorted(user.roles))}) may sign in.\n")
    sys.stdout.write(f"  login           {user.login}\n")
    sys.stdout.write(f"  first password  {password}\n")
    sys.stdout.write("It is shown this once, and changed at the first sign-in.\n")


def _where(user: User, named: dict[HospitalId, str]) -> str:
    if user.is_administrator:
        return "no patients"
    if user.hospitals is None:
        return "every one"
    return ", ".join(named.get(each, each) for each in sorted(user.hospitals))


def _licence_words(licence: Licence | None) -> str:
    if licence is None:
        return "none: signs nothing"
    return f"{licence.number}: {signs_words(licence)}"


def _entry(user: User) -> Json:
    roles: Sequence[str] = [each.value for each in sorted(user.roles)]
    return {
        "id": user.id,
        "login": user.login,
        "name": user.name,
        "roles": roles,
        "hospitals": None if user.hospitals is None else sorted(user.hospitals),
        "licence": None if user.licence is None else user.licence.number,
        "signs": [] if user.licence is None else sorted(user.licence.covers & IMAGING),
        "second_factor": user.has_second_factor,
        "disabled": user.is_disabled,
    }
