"""Passwords: kept as argon2id (RFC 9106), compared in the same time whether or not somebody is known."""

from __future__ import annotations

from functools import cache
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
"""RFC 9106's second recommendation with one lane: about a tenth of a second, so that guessing is dear."""
_AT_A_TIME: Final = BoundedSemaphore(2)
"""Each takes 64 MiB: many who sign in at once wait in line instead of filling the memory."""


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _AT_A_TIME:
        return _HASHER.hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Whether it is the password; None stands for somebody unknown and takes as long."""
    against = _nobodys() if kept is None else kept
    try:
        with _AT_A_TIME:
            return _HASHER.verify(against, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody's password")
