"""A person's second factor: enrolled once, used with every sign-in, each code once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from service.access import totp
from service.access.seals import TOTP, seal, unseal
from service.archive import users
from service.archive.sessions import Session
from service.archive.store import Archive, now
from service.domain.user import User


class SecondFactorFault(Exception):
    """Base, never raised itself: the second factor stays as it was."""


class CodeNeeded(SecondFactorFault):
    """The password is right; the code of the authenticator is due."""


class CodeWrong(SecondFactorFault):
    """Not the code of this moment, or one that was used already."""


class AlreadyEnrolled(SecondFactorFault):
    """There is a second factor: only the security administrator takes it away."""


class NotBegun(SecondFactorFault):
    """No secret waits for its first code."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator is given, once."""

    secret: str
    uri: str


def begin(archive: Archive, session: Session) -> Enrolment:
    """Make a secret that waits for its first code; an earlier one that still waits is void. Raises AlreadyEnrolled."""
    if session.user.has_second_factor:
        raise AlreadyEnrolled("ask the security administrator to reset it")
    secret = totp.new_secret()
    sealed = seal(archive.installation.key, secret, owner=session.user.id, purpose=TOTP)
    with archive.write() as connection:
        if users.get(connection, session.user.id).has_second_factor:
            raise AlreadyEnrolled("ask the security administrator to reset it")
        users.offer_totp(connection, session.user.id, sealed)
    return Enrolment(secret, totp.uri(secret, session.user.login))


def confirm(connection: Connection, installation_key: bytes, user: User, code: str) -> None:
    """Take the second factor into use with its first code. Raises NotBegun, CodeWrong."""
    kept = users.credentials(connection, user.id)
    if kept.sealed_totp is None or kept.totp_confirmed_at is not None:
        raise NotBegun("ask for a secret first")
    use(connection, installation_key, user, code)
    users.confirm_totp(connection, user.id)


def use(connection: Connection, installation_key: bytes, user: User, code: str) -> None:
    """Use a code up. Raises CodeWrong."""
    kept = users.credentials(connection, user.id)
    if kept.sealed_totp is None:
        raise CodeWrong("the second factor was reset meanwhile; sign in again")
    secret = unseal(installation_key, kept.sealed_totp, owner=user.id, purpose=TOTP)
    step = totp.step_of(secret, code, now(connection), kept.totp_step)
    if step is None:
        raise CodeWrong("the code is not right, or was used already; wait for the next one")
    users.use_totp_step(connection, user.id, step)
