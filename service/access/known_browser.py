"""Browsers in which somebody has signed in before: their guesses count apart, so that no stranger uses them up.

A cookie that opens nothing. It says, under the installation's key, that its bearer once knew this person's password;
with a new password it says nothing any more. Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from service.archive.users import Credentials
from service.domain.user import User

KEPT_S: Final = 90 * 86400
_PURPOSE: Final = "consilium known browser v1"


def cookie_name(user: User) -> str:
    """A cookie for each person: many share the PC of a reading room."""
    return f"consilium_known_{user.id}"


def issued(installation_key: bytes, user: User, credentials: Credentials) -> str:
    """A cookie for a browser in which the person has just signed in."""
    number = secrets.token_hex(16)
    return f"{number}.{_mark(installation_key, user, credentials, number)}"


def number_of(installation_key: bytes, user: User, credentials: Credentials, cookie: str | None) -> str | None:
    """Which of the person's browsers it is; None where the cookie is not one of ours for them."""
    number, _, mark = (cookie or "").partition(".")
    expected = _mark(installation_key, user, credentials, number)
    return number if hmac.compare_digest(mark.encode(), expected.encode()) else None


def _mark(installation_key: bytes, user: User, credentials: Credentials, number: str) -> str:
    said = f"{_PURPOSE}\0{user.id}\0{credentials.password_hash}\0{number}"
    return hmac.digest(installation_key, said.encode(), "sha256").hex()
