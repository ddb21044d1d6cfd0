"""What goes to and fro about people."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from service.access.written_text import Line
from service.api.room.shape import Named, Shape, moment
from service.archive.sessions import Session
from service.domain.hospital import Language
from service.domain.licence import IMAGING, Licence, modality_names
from service.domain.user import User, UserRole
from service.domain.wall import HospitalId


class LicenceShape(Shape):
    """A practice certificate. until: the last day it counts; null where it has no end.

    modalities: those the centre names in place of the scope's; null: as the scope says. sites: the hospitals whose
    examinations it counts for; null: every one.
    """

    number: Line = Field(min_length=1, max_length=64)
    scope: Line = Field(default="", max_length=128)
    title: Line = Field(default="", max_length=64)
    until: date | None = None
    modalities: tuple[Annotated[str, Field(max_length=16)], ...] | None = Field(default=None, max_length=64)
    sites: tuple[str, ...] | None = Field(default=None, max_length=1000)

    def licence(self) -> Licence:
        """The licence."""
        return Licence(
            number=self.number,
            scope=self.scope,
            title=self.title,
            until=self.until,
            modalities=None if self.modalities is None else modality_names(self.modalities),
            sites=None if self.sites is None else frozenset(HospitalId(each) for each in self.sites),
        )


class LicenceView(LicenceShape):
    """A certificate as it stands. covers: the modalities it lets its holder sign."""

    covers: tuple[str, ...]

    @classmethod
    def of(cls, licence: Licence) -> LicenceView:
        """From a licence."""
        return cls(
            number=licence.number,
            scope=licence.scope,
            title=licence.title,
            until=licence.until,
            modalities=None if licence.modalities is None else tuple(sorted(licence.modalities)),
            sites=None if licence.sites is None else tuple(sorted(licence.sites)),
            covers=tuple(sorted(licence.covers & IMAGING)),
        )


class NewUserBody(Shape):
    """Somebody to take in. hospitals: null for a reader of every hospital."""

    login: str = Field(max_length=64)
    name: Line = Field(max_length=128)
    roles: tuple[UserRole, ...] = Field(max_length=8)
    hospitals: tuple[str, ...] | None = Field(max_length=1000)
    language: Language = Language.ZH_CN
    licence: LicenceShape | None = None


class UserBody(Shape):
    """What is to change; what is not named stays. hospitals: null for every hospital; licence: null for none."""

    name: Line | None = Field(default=None, max_length=128)
    roles: tuple[UserRole, ...] | None = Field(default=None, max_length=8)
    hospitals: tuple[str, ...] | None = Field(default=None, max_length=1000)
    language: Language | None = None
    licence: LicenceShape | None = None


class PersonView(Shape):
    """Somebody as the security administrator sees them."""

    id: str
    login: str
    name: str
    roles: tuple[UserRole, ...]
    hospitals: tuple[str, ...] | None
    language: Language
    licence: LicenceView | None
    must_change_password: bool
    has_second_factor: bool
    is_disabled: bool
    is_demo: bool

    @classmethod
    def of(cls, user: User) -> PersonView:
        """From a person."""
        return cls(
            id=user.id,
            login=user.login,
            name=user.name,
            roles=tuple(sorted(user.roles)),
            hospitals=None if user.hospitals is None else tuple(sorted(user.hospitals)),
            language=user.language,
            licence=None if user.licence is None else LicenceView.of(user.licence),
            must_change_password=user.must_change_password,
            has_second_factor=user.has_second_factor,
            is_disabled=user.is_disabled,
            is_demo=user.is_demo,
        )


class UsersView(Shape):
    """Everybody, and the hospitals they can be given."""

    users: tuple[PersonView, ...]
    hospitals: tuple[Named, ...]


class OpenSession(Shape):
    """Where somebody is signed in. address: null where it is not known. locked: waits for the password."""

    address: str | None
    since: datetime
    active_at: datetime
    expires_at: datetime
    locked: bool

    @classmethod
    def of(cls, session: Session) -> OpenSession:
        """From a session."""
        return cls(
            address=session.address,
            since=moment(session.created_at),
            active_at=moment(session.active_at),
            expires_at=moment(session.expires_at),
            locked=session.is_locked,
        )


class OpenSessions(Shape):
    """Everywhere somebody is signed in, the newest first."""

    sessions: tuple[OpenSession, ...]


class FirstPassword(Shape):
    """Shown this once, changed at the first sign-in."""

    first_password: str


class TakenIn(FirstPassword):
    """Somebody new."""

    user: PersonView
