"""Taking people in, and giving them a new password when they have lost theirs."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from service.access.passwords import hashed
from service.archive import audit, demo_mark, sessions, signing_keys, users
from service.archive.store import Archive
from service.archive.users import NewUser
from service.domain.hospital import Language
from service.domain.user import Licence, User, UserFault, UserRole, normal_login, require_compatible, require_strong
from service.domain.wall import HospitalId, Wall

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 5, 5


class NoName(UserFault):
    """A person has a name."""


class NoDemo(UserFault):
    """A demo account is made by `consilium demo` only, in the folder it made."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as an administrator describes them. hospitals: None for a reader of the whole centre."""

    login: str
    name: str
    roles: Collection[UserRole]
    hospitals: Collection[HospitalId] | None
    language: Language
    licence: Licence | None


def add_user(archive: Archive, wall: Wall, person: Person, password: str | None = None) -> tuple[User, str]:
    """Take somebody in; the password is a first one, to be changed at once.

    Raises RolesExclude, BadLogin, LoginTaken, WeakPassword, NoName: then nothing was changed.
    """
    return _add(archive, wall, person, password, is_demo=False)


def add_demo_reader(archive: Archive, person: Person) -> tuple[User, str]:
    """The reader of a demo, who has no second factor and keeps the password; known already, they get another one.

    Raises NoDemo.
    """
    with archive.read() as connection:
        if not demo_mark.is_marked(connection):
            raise NoDemo("a demo account exists in a demo only; add people with `consilium user add`")
        known = users.by_login(connection, normal_login(person.login))
    if known is None:
        return _add(archive, Wall.operator(), person, None, is_demo=True)
    password = first_password()
    kept = hashed(password)
    with archive.write() as connection:
        users.set_password(connection, known[0].id, kept, must_change=False)
        sessions.end_all_of(connection, known[0].id)
    return known[0], password


def new_password(archive: Archive, wall: Wall, user_id: str) -> str:
    """A first password again, for somebody who lost theirs. Raises NoSuchUser.

    Every session of theirs ends, and their signing key retires: nobody signs with a key that another could have opened.
    """
    wall.guard_people()
    password = first_password()
    kept = hashed(password)
    with archive.write() as connection:
        users.get(connection, user_id)
        users.set_password(connection, user_id, kept, must_change=True)
        sessions.end_all_of(connection, user_id)
        signing_keys.retire_all_of(connection, user_id)
        audit.act(connection, wall, hospital=None, action="user.reset", subject=user_id)
    return password


def disable(archive: Archive, wall: Wall, user_id: str) -> None:
    """Let somebody in no more, from this moment. Raises NoSuchUser."""
    with archive.write() as connection:
        users.get(connection, user_id)
        users.disable(connection, wall, user_id)
        sessions.end_all_of(connection, user_id)
        audit.act(connection, wall, hospital=None, action="user.disable", subject=user_id)


def first_password() -> str:
    """Twenty-five letters and digits that are not mistaken for each other: about 124 bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def _add(archive: Archive, wall: Wall, person: Person, password: str | None, *, is_demo: bool) -> tuple[User, str]:
    require_compatible(person.roles)
    login = normal_login(person.login)
    if not person.name.strip():
        raise NoName("say the person's name")
    given = first_password() if password is None else password
    require_strong(given, login)
    new = NewUser(
        login=login,
        name=person.name.strip(),
        roles=frozenset(person.roles),
        hospitals=None if person.hospitals is None else frozenset(person.hospitals),
        language=person.language,
        licence=person.licence,
        password_hash=hashed(given),
        must_change_password=not is_demo,
        is_demo=is_demo,
    )
    with archive.write() as connection:
        added = users.add(connection, wall, new)
        audit.act(connection, wall, hospital=None, action="user.add", subject=added.id)
    return added, given
