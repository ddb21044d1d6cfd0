"""What goes to and fro about a session."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import Field

from service.api.room.shape import Shape, moment
from service.archive.sessions import Session
from service.domain.hospital import Language
from service.domain.user import MOST_PASSWORD_LENGTH, User, UserRole

_Password: Final = Field(min_length=1, max_length=MOST_PASSWORD_LENGTH)


class SignInBody(Shape):
    """What somebody types."""

    login: str = Field(min_length=1, max_length=64)
    password: str = _Password
    code: str | None = Field(default=None, max_length=16)


class CodeBody(Shape):
    """What the authenticator shows now."""

    code: str = Field(min_length=1, max_length=16)


class TotpView(Shape):
    """What an authenticator is given: as text to type, and as text to draw."""

    secret: str
    otpauth_uri: str


class UnlockBody(Shape):
    """The password again."""

    password: str = _Password


class NewPasswordBody(Shape):
    """The password that counts now, and the one that shall."""

    old: str = _Password
    new: str = _Password


class PinBody(Shape):
    """The password, and the PIN to sign with from now on in this session."""

    password: str = _Password
    pin: str = Field(min_length=1, max_length=64)


class LanguageBody(Shape):
    """The language to work in."""

    language: Language


class UserView(Shape):
    """The person."""

    id: str
    login: str
    name: str
    roles: tuple[UserRole, ...]
    rights: tuple[str, ...]
    language: Language

    @classmethod
    def of(cls, user: User) -> UserView:
        """From a person."""
        return cls(
            id=user.id,
            login=user.login,
            name=user.name,
            roles=tuple(sorted(user.roles)),
            rights=tuple(sorted(user.rights)),
            language=user.language,
        )


class HospitalView(Shape):
    """A hospital behind the person's wall."""

    id: str
    name: str
    language: Language


class ElsewhereView(Shape):
    """Another browser where the same person is signed in. address: None where it is not known."""

    address: str | None
    since: datetime
    active_at: datetime

    @classmethod
    def of(cls, session: Session) -> ElsewhereView:
        """From a session."""
        return cls(address=session.address, since=moment(session.created_at), active_at=moment(session.active_at))


class SessionView(Shape):
    """How the session stands. needs: what has to be done before anything else; csrf goes with every unsafe request.

    idle_s: since when nobody is known to have touched anything, in whatever tab of this session, the full viewer's too.
    has_pin: whether a PIN signs; until then a signature asks for the password and sets one.
    """

    user: UserView
    hospitals: tuple[HospitalView, ...]
    csrf: str
    needs: str | None
    locked: bool
    idle_lock_s: float
    idle_s: float
    elsewhere: tuple[ElsewhereView, ...]
    has_second_factor: bool
    has_pin: bool
    is_demo: bool
    version: str
