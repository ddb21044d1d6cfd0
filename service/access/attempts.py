"""Growing delay after failures: guessing is slow for whoever guesses, and the owner of the login still gets in.

An attempt is counted before the password is looked at, and taken back when it was right: so a hundred guesses at once
are a hundred, and a process that is killed forgets none.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from service.archive import sessions
from service.archive.store import Archive, now

FREE_OF_PAIR: Final = 5
FREE_OF_ADDRESS: Final = 50
"""Behind one address a whole hospital may sit."""
FREE_OF_LOGIN: Final = 100
"""From many addresses together."""
FREE_OF_BROWSER: Final = 5
FREE_OF_SESSION: Final = 5
FIRST_DELAY_S: Final = 15.0
LONGEST_DELAY_S: Final = 900.0
COUNTED_S: Final = 3600.0
"""Failures older than this are forgiven."""


class TooManyAttempts(Exception):
    """It failed too often; wait."""

    def __init__(self, wait_s: float) -> None:
        """wait_s: how long."""
        super().__init__(f"try again in {wait_s:.0f} s")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many failures of a subject cost nothing."""

    subject: str
    free: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that is counted as failed until somebody takes it back."""

    ids: tuple[int, ...]
    subject: str
    """What is forgiven altogether once it succeeded: this login from this address, or this session."""


def of_sign_in(installation_key: bytes, login: str, source: str) -> tuple[Allowance, ...]:
    """What signing in is measured by in a browser that nobody has signed in from as this person.

    The login name goes in by its HMAC: people type their password into the wrong field.
    """
    name = hmac.digest(installation_key, login.encode(), "sha256").hex()[:32]
    return (
        Allowance(f"login:{name} at {source}", FREE_OF_PAIR),
        Allowance(f"address:{source}", FREE_OF_ADDRESS),
        Allowance(f"login:{name}", FREE_OF_LOGIN),
    )


def of_browser(number: str) -> tuple[Allowance, ...]:
    """What signing in is measured by where the person has signed in before: strangers cannot use it up."""
    return (Allowance(f"browser:{number}", FREE_OF_BROWSER),)


def of_session(session_id: str) -> tuple[Allowance, ...]:
    """What the password within a session is measured by: nobody outside can use up its attempts."""
    return (Allowance(f"session:{session_id}", FREE_OF_SESSION),)


def take(archive: Archive, allowances: tuple[Allowance, ...]) -> Attempt:
    """Count an attempt. Raises TooManyAttempts, and counts nothing then."""
    with archive.read() as connection:  # a flood that is refused anyway keeps nobody from writing
        _require_patience(connection, allowances)
    with archive.write() as connection:
        sessions.forgive_failures(connection, COUNTED_S)
        _require_patience(connection, allowances)
        ids = tuple(sessions.note_failure(connection, each.subject) for each in allowances)
    return Attempt(ids, allowances[0].subject)


def take_back(connection: Connection, attempt: Attempt) -> None:
    """It was no failure."""
    sessions.take_failures_back(connection, attempt.ids)


def succeeded(connection: Connection, attempt: Attempt) -> None:
    """It was right: earlier failures of the same login at the same address are forgiven too."""
    sessions.take_failures_back(connection, attempt.ids)
    sessions.forget_failures(connection, attempt.subject)


def network(address: str) -> str:
    """Who is one party: an IPv4 address, an IPv6 network of 64 bits (RFC 6177); what is neither, as it stands."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if known.version == 4:
        return str(known)
    return str(ipaddress.ip_network((known, 64), strict=False))


def _require_patience(connection: Connection, allowances: tuple[Allowance, ...]) -> None:
    for allowance in allowances:
        count, last_at = sessions.failed_attempts(connection, allowance.subject, COUNTED_S)
        if count < allowance.free:
            continue
        delay_s = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** (count - allowance.free))
        wait_s = last_at + delay_s - now(connection)
        if wait_s > 0:
            raise TooManyAttempts(wait_s)
