"""The key a person signs with, opened for a request: by the PIN, or by the password, which sets the PIN."""

from __future__ import annotations

from typing import Final

from models.manifest import Text
from service.access import sign_in
from service.access.problems import INVALID_REQUEST, Problem
from service.api.room.problems import PASSWORD_FIRST, PIN_WRONG
from service.archive.sessions import Session
from service.archive.store import Archive
from service.signing import keys
from service.signing.keys import NoKey, PasswordFirst, PinGuessable, PinWrong, SigningFault
from service.signing.seals import SecretWrong

_FAULTS: Final = {
    NoKey: (
        PASSWORD_FIRST,
        Text(zh="请先设置自己的密码。", en="Set your own password first; it makes your key."),
    ),
    PasswordFirst: (PASSWORD_FIRST, Text(zh="请输入密码并设置 PIN。", en="Give your password and a PIN.")),
    PinWrong: (PIN_WRONG, Text(zh="PIN 不正确。", en="The PIN is not right.")),
    PinGuessable: (
        INVALID_REQUEST,
        Text(
            zh="PIN 至少 6 位，不能是相同或连续的数字。",
            en="A PIN has at least 6 characters, not the same few and no row of digits.",
        ),
    ),
}


def signer(archive: Archive, session: Session, token: str, *, pin: str, password: str | None) -> keys.Signer:
    """The key of who sits at the session; a password is checked and counted first.

    token: the session's cookie. Raises NotRecognised, TooManyAttempts, Problem.
    """
    where = (archive, session.user.id, session.id, token)
    try:
        if password is None:
            return keys.with_pin(*where, pin=pin)
        sign_in.require_password(archive, session, password)
        return keys.unlock(*where, password=password, pin=pin)
    except SigningFault as fault:
        kind, detail = _FAULTS[type(fault)]
        raise Problem(kind, detail) from fault
    except SecretWrong as fault:
        detail = Text(
            zh="签名密钥无法打开，请联系安全管理员。", en="Your key does not open; ask the security administrator."
        )
        raise Problem(PASSWORD_FIRST, detail) from fault
