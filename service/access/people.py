"""Taking people in, and giving them a new password when they have lost theirs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from service.access.passwords import hashed
from service.archive import audit, demo_mark, hospitals, sessions, signing_keys, users
from service.archive.hospitals import UnknownHospital
from service.archive.sessions import Session
from service.archive.store import Archive
from service.archive.users import NewUser
from service.domain.hospital import Language
from service.domain.licence import Licence, same_certificate
from service.domain.plain_text import is_line
from service.domain.user import (
    User,
    UserFault,
    UserRole,
    normal_login,
    require_compatible,
    require_plain,
    require_scope,
    require_strong,
)
from service.domain.wall import HospitalId, Wall

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 5, 5


class NoName(UserFault):
    """A person has a name."""


class NoHospital(UserFault):
    """Somebody of a hospital has that hospital."""


class CertificateTaken(UserFault):
    """A practice certificate is one physician's, and a physician has one account."""


class OwnAccount(UserFault):
    """Nobody changes their own access: another administrator does."""


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

    Raises RolesExclude, BadLogin, LoginTaken, WeakPassword, NoName, NoHospital, UnknownHospital, NotOneLine,
    ScopeUnknown, CertificateTaken; then nothing changed.
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
        users.keep(connection, Wall.operator(), replace(known[0], licence=person.licence))
        users.set_password(connection, known[0].id, kept, must_change=False)
        sessions.end_all_of(connection, known[0].id)
    return known[0], password


def new_password(archive: Archive, wall: Wall, user_id: str) -> str:
    """A first password again, for somebody who lost theirs; the second factor stays. Raises NoSuchUser, OwnAccount.

    Every session of theirs ends, and their signing key retires: nobody signs with a key that another could have opened.
    """
    wall.guard_people()
    _require_another(wall, user_id)
    password = first_password()
    kept = hashed(password)
    with archive.write() as connection:
        users.get(connection, user_id)
        users.set_password(connection, user_id, kept, must_change=True)
        sessions.end_all_of(connection, user_id)
        signing_keys.retire_all_of(connection, user_id)
        audit.act(connection, wall, hospital=None, action="user.reset", subject=user_id)
    return password


def forget_second_factor(archive: Archive, wall: Wall, user_id: str) -> None:
    """Take the second factor away, for somebody who lost it; every session ends. Raises NoSuchUser, OwnAccount."""
    _require_another(wall, user_id)
    with archive.write() as connection:
        users.get(connection, user_id)
        users.forget_totp(connection, wall, user_id)
        sessions.end_all_of(connection, user_id)
        audit.act(connection, wall, hospital=None, action="user.totp-reset", subject=user_id)


def change(archive: Archive, wall: Wall, user_id: str, alter: Callable[[User], User]) -> User:
    """Describe somebody anew; where roles or hospitals change, every session of theirs ends.

    A certificate that two accounts had before that was refused stays with both until one of them gets another one.
    Raises NoSuchUser, OwnAccount, RolesExclude, NoHospital, NoName, UnknownHospital, NotOneLine, ScopeUnknown,
    CertificateTaken: then nothing was changed.
    """
    _require_another(wall, user_id)
    with archive.write() as connection:
        before = users.get(connection, user_id)
        after = alter(before)
        _require_sound(connection, wall, after)
        if before.licence is None or after.licence is None or before.licence.number != after.licence.number:
            _require_own_certificate(connection, wall, after.licence, besides=user_id)
        users.keep(connection, wall, after)
        if (before.roles, before.hospitals) != (after.roles, after.hospitals):
            sessions.end_all_of(connection, user_id)
        audit.act(connection, wall, hospital=None, action="user.change", subject=user_id, detail=_on_record(after))
    return after


def disable(archive: Archive, wall: Wall, user_id: str) -> None:
    """Let somebody in no more, from this moment. Raises NoSuchUser, OwnAccount."""
    _require_another(wall, user_id)
    with archive.write() as connection:
        users.get(connection, user_id)
        users.disable(connection, wall, user_id)
        sessions.end_all_of(connection, user_id)
        audit.act(connection, wall, hospital=None, action="user.disable", subject=user_id)


def enable(archive: Archive, wall: Wall, user_id: str) -> None:
    """Let somebody in again, with the password they had. Raises NoSuchUser, OwnAccount, CertificateTaken."""
    _require_another(wall, user_id)
    with archive.write() as connection:
        _require_own_certificate(connection, wall, users.get(connection, user_id).licence, besides=user_id)
        users.enable(connection, wall, user_id)
        audit.act(connection, wall, hospital=None, action="user.enable", subject=user_id)


def end_sessions(archive: Archive, wall: Wall, user_id: str) -> None:
    """Have somebody sign in anew, at every browser. Raises NoSuchUser, OwnAccount."""
    wall.guard_people()
    _require_another(wall, user_id)
    with archive.write() as connection:
        users.get(connection, user_id)
        sessions.end_all_of(connection, user_id)
        audit.act(connection, wall, hospital=None, action="user.sessions-end", subject=user_id)


def open_sessions(archive: Archive, wall: Wall, user_id: str) -> tuple[Session, ...]:
    """Where somebody is signed in now, the newest first. Raises NoSuchUser."""
    wall.guard_people()
    with archive.read() as connection:
        users.get(connection, user_id)
        return sessions.open_of(connection, user_id)


def first_password() -> str:
    """Twenty-five letters and digits that are not mistaken for each other: about 124 bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def _add(archive: Archive, wall: Wall, person: Person, password: str | None, *, is_demo: bool) -> tuple[User, str]:
    login = normal_login(person.login)
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
        _require_sound(connection, wall, new)
        _require_own_certificate(connection, wall, new.licence, besides=None)
        added = users.add(connection, wall, new)
        audit.act(connection, wall, hospital=None, action="user.add", subject=added.id, detail=_on_record(added))
    return added, given


def _require_sound(connection: Connection, wall: Wall, person: User | NewUser) -> None:
    """Raises RolesExclude, NoName, NoHospital, UnknownHospital, NotOneLine, ScopeUnknown."""
    wall.guard_people()
    require_compatible(person.roles)
    if person.licence is not None:
        require_plain(person.licence)
    require_scope(person.roles, person.licence)
    if not person.name or not is_line(person.name):
        raise NoName("say the person's name, in one line without control characters")
    if UserRole.HOSPITAL in person.roles and not person.hospitals:
        raise NoHospital("somebody of a hospital needs that hospital: name it")
    sites = frozenset() if person.licence is None else person.licence.sites or frozenset()
    if not (person.hospitals or frozenset()) | sites <= set(hospitals.names(connection, wall)):
        raise UnknownHospital("one of the hospitals is not known here")


def _require_own_certificate(connection: Connection, wall: Wall, licence: Licence | None, besides: str | None) -> None:
    """Raises CertificateTaken where another active account has it. besides: the id of who has or gets it."""
    if licence is None:
        return
    for each in users.everyone(connection, wall):
        if each.licence is None or each.is_disabled or each.id == besides:
            continue
        if same_certificate(each.licence.number, licence.number):
            raise CertificateTaken(
                f"{each.login} has this practice certificate number; check it, or disable that account first"
            )


def _require_another(wall: Wall, user_id: str) -> None:
    if wall.acts_as(user_id):
        raise OwnAccount("another administrator has to change your own access")


def _on_record(user: User) -> dict[str, str]:
    """What decides about access, as it stands in the record."""
    seen = "every" if user.hospitals is None else ",".join(sorted(user.hospitals))
    return {"roles": ",".join(sorted(user.roles)), "hospitals": seen}
