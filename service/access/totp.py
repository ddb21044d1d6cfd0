"""Time-based one-time passwords (RFC 6238), as every authenticator makes them: SHA-1, 30 seconds, six digits."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final
from urllib.parse import quote, urlencode

SECRET_BYTES: Final = 20
STEP_S: Final = 30
DIGITS: Final = 6
DRIFT_STEPS: Final = 1
"""A telephone's clock may be a step off (RFC 6238 section 5.2)."""
_ISSUER: Final = "Consilium"


def new_secret() -> str:
    """A fresh secret of 160 bits (RFC 4226 section 4), in base32 as people type it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code_at(secret: str, step: int) -> str:
    """The code of a time step (RFC 4226 section 5.3)."""
    mac = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1)
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_at(moment: float) -> int:
    """The time step of a moment, seconds since the epoch."""
    return int(moment // STEP_S)


def step_of(secret: str, code: str, moment: float, after: int | None) -> int | None:
    """The time step whose code this is; None where it is none of now's, or not later than the last one used."""
    present = step_at(moment)
    found = None
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and (after is None or step > after):
            found = step
    return found


def uri(secret: str, login: str) -> str:
    """What an authenticator reads from the picture (the Key Uri Format of google-authenticator)."""
    query = urlencode({"secret": secret, "issuer": _ISSUER, "digits": DIGITS, "period": STEP_S})
    return f"otpauth://totp/{quote(_ISSUER)}:{quote(login)}?{query}"
