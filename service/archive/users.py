"""The people who sign in."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select, update

from service.archive.people_tables import USER
from service.archive.store import now
from service.domain.hospital import Language
from service.domain.licence import Licence
from service.domain.user import User, UserFault, UserRole
from service.domain.wall import HospitalId, Wall


class LoginTaken(UserFault):
    """Somebody has this login name."""


class NoSuchUser(UserFault):
    """Nobody has this id or login name."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody proves themselves with, as kept."""

    password_hash: str
    sealed_totp: bytes | None
    totp_confirmed_at: float | None
    totp_step: int | None


@dataclass(frozen=True, slots=True)
class NewUser:
    """Somebody as an administrator describes them; the password is hashed already."""

    login: str
    name: str
    roles: frozenset[UserRole]
    hospitals: frozenset[HospitalId] | None
    language: Language
    licence: Licence | None
    password_hash: str
    must_change_password: bool
    is_demo: bool = False


def add(connection: Connection, wall: Wall, new: NewUser) -> User:
    """Take somebody in. Raises LoginTaken."""
    wall.guard_people()
    if connection.execute(select(USER.c.id).where(USER.c.login == new.login)).first() is not None:
        raise LoginTaken(f"somebody has the login name {new.login!r}; choose another one")
    user_id = secrets.token_hex(8)
    connection.execute(
        USER.insert().values(
            id=user_id,
            login=new.login,
            **_described(new),
            password_hash=new.password_hash,
            must_change_password=new.must_change_password,
            is_demo=new.is_demo,
            created_at=now(connection),
        )
    )
    return get(connection, user_id)


def get(connection: Connection, user_id: str) -> User:
    """Somebody by id. Raises NoSuchUser."""
    row = connection.execute(select(USER).where(USER.c.id == user_id)).one_or_none()
    if row is None:
        raise NoSuchUser("there is nobody of this id")
    return user_of(row)


def by_login(connection: Connection, login: str) -> tuple[User, Credentials] | None:
    """Somebody by login name, with what they prove themselves with."""
    row = connection.execute(select(USER).where(USER.c.login == login)).one_or_none()
    return None if row is None else (user_of(row), _credentials(row))


def credentials(connection: Connection, user_id: str) -> Credentials:
    """What somebody proves themselves with. Raises NoSuchUser."""
    row = connection.execute(select(USER).where(USER.c.id == user_id)).one_or_none()
    if row is None:
        raise NoSuchUser("there is nobody of this id")
    return _credentials(row)


def everyone(connection: Connection, wall: Wall) -> tuple[User, ...]:
    """All of them, by login name."""
    wall.guard_people()
    return tuple(user_of(row) for row in connection.execute(select(USER).order_by(USER.c.login)))


def names(connection: Connection, user_ids: Collection[str]) -> Mapping[str, str]:
    """The names of these people."""
    if not user_ids:
        return {}
    rows = connection.execute(select(USER.c.id, USER.c.name).where(USER.c.id.in_(sorted(user_ids))))
    return {row.id: row.name for row in rows}


def keep(connection: Connection, wall: Wall, user: User) -> None:
    """Keep somebody as they are described now; login, password and second factor stay."""
    wall.guard_people()
    connection.execute(update(USER).where(USER.c.id == user.id).values(**_described(user)))


def set_password(connection: Connection, user_id: str, password_hash: str, *, must_change: bool) -> None:
    """Keep a new password."""
    connection.execute(
        update(USER).where(USER.c.id == user_id).values(password_hash=password_hash, must_change_password=must_change)
    )


def offer_totp(connection: Connection, user_id: str, sealed: bytes) -> None:
    """Keep the secret of a second factor that waits for its first code."""
    connection.execute(
        update(USER).where(USER.c.id == user_id).values(sealed_totp=sealed, totp_confirmed_at=None, totp_step=None)
    )


def confirm_totp(connection: Connection, user_id: str) -> None:
    """The second factor counts from now on."""
    connection.execute(update(USER).where(USER.c.id == user_id).values(totp_confirmed_at=now(connection)))


def use_totp_step(connection: Connection, user_id: str, step: int) -> None:
    """This time step's code, and every earlier one, is used up."""
    connection.execute(update(USER).where(USER.c.id == user_id).values(totp_step=step))


def forget_totp(connection: Connection, wall: Wall, user_id: str) -> None:
    """Take a second factor away, for somebody who lost theirs."""
    wall.guard_people()
    connection.execute(
        update(USER).where(USER.c.id == user_id).values(sealed_totp=None, totp_confirmed_at=None, totp_step=None)
    )


def set_language(connection: Connection, user_id: str, language: Language) -> None:
    """Keep the language somebody works in."""
    connection.execute(update(USER).where(USER.c.id == user_id).values(language=language.value))


def disable(connection: Connection, wall: Wall, user_id: str) -> None:
    """Let somebody in no more; what they did keeps their name."""
    wall.guard_people()
    connection.execute(update(USER).where(USER.c.id == user_id).values(disabled_at=now(connection)))


def enable(connection: Connection, wall: Wall, user_id: str) -> None:
    """Let somebody in again."""
    wall.guard_people()
    connection.execute(update(USER).where(USER.c.id == user_id).values(disabled_at=None))


def user_of(row: Row[Any]) -> User:
    """Somebody from a row that has the columns of the table, and maybe others."""
    licence = None
    if row.licence_number is not None:
        until = None if row.licence_until is None else date.fromisoformat(row.licence_until)
        licence = Licence(
            number=row.licence_number,
            scope=row.licence_scope,
            title=row.licence_title,
            until=until,
            modalities=None if row.licence_modalities is None else frozenset(row.licence_modalities),
            sites=None if row.licence_sites is None else frozenset(HospitalId(each) for each in row.licence_sites),
        )
    return User(
        id=row.id,
        login=row.login,
        name=row.name,
        roles=frozenset(UserRole(each) for each in row.roles),
        hospitals=None if row.hospitals is None else frozenset(HospitalId(each) for each in row.hospitals),
        language=Language(row.language),
        licence=licence,
        must_change_password=row.must_change_password,
        has_second_factor=row.totp_confirmed_at is not None,
        is_demo=row.is_demo,
        is_disabled=row.disabled_at is not None,
    )


def _described(user: User | NewUser) -> dict[str, Any]:
    """The columns that an administrator decides about."""
    licence = user.licence
    return {
        "name": user.name,
        "roles": sorted(user.roles),
        "hospitals": None if user.hospitals is None else sorted(user.hospitals),
        "language": user.language.value,
        "licence_number": None if licence is None else licence.number,
        "licence_scope": None if licence is None else licence.scope,
        "licence_title": None if licence is None else licence.title,
        "licence_until": None if licence is None or licence.until is None else licence.until.isoformat(),
        "licence_modalities": _listed(None if licence is None else licence.modalities),
        "licence_sites": _listed(None if licence is None else licence.sites),
    }


def _listed(chosen: Collection[str] | None) -> list[str] | None:
    return None if chosen is None else sorted(chosen)


def _credentials(row: Row[Any]) -> Credentials:
    return Credentials(row.password_hash, row.sealed_totp, row.totp_confirmed_at, row.totp_step)
