"""A person's own key: made with their password, unlocked by it once a session, then used with a PIN.

Ed25519 (RFC 8032). The private half lies sealed under the password. Unlocked, it is sealed again under the session's
token and a PIN, so that the database alone, or a stolen cookie alone, signs nothing.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection

from service.archive import signing_keys
from service.archive.signing_keys import SigningKey
from service.archive.store import Archive
from service.domain.wall import Wall
from service.signing.seals import SecretWrong, seal, unseal

MOST_PIN_FAILURES: Final = 5
LEAST_PIN_LENGTH: Final = 6
_DIGIT_ROWS: Final = ("01234567890", "09876543210")
_ALGORITHM: Final = "ed25519"


class SigningFault(Exception):
    """Base, never raised itself: nothing was signed."""


class NoKey(SigningFault):
    """The person has no key yet: it is made with their own password."""


class PasswordFirst(SigningFault):
    """The key is not unlocked in this session, or its PIN was wrong too often: give the password and a PIN."""


class PinWrong(SigningFault):
    """The PIN does not open the key."""


class PinGuessable(SigningFault):
    """A PIN has at least LEAST_PIN_LENGTH characters, not all the same few, and is no row of digits."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it is kept: which key, and the signature itself, named and in base64."""

    key_id: str
    text: str


class Signer:
    """A person's unlocked key, for as long as one request needs it."""

    def __init__(self, key_id: str, private_key: Ed25519PrivateKey) -> None:
        self._key_id = key_id
        self._private_key = private_key

    def sign(self, message: bytes) -> Signature:
        """Sign the bytes of a canonical record."""
        signature = base64.b64encode(self._private_key.sign(message)).decode()
        return Signature(self._key_id, f"{_ALGORITHM}:{signature}")


def make_key(connection: Connection, wall: Wall, user_id: str, password: str) -> None:
    """Make a person's key, sealed under their password; an earlier one retires."""
    signing_keys.add(connection, wall, _new_key(user_id, password))


def under_new_password(archive: Archive, user_id: str, old: str, new: str) -> SigningKey:
    """The same key sealed under a new password, or a first one: to be kept in the transaction of the password.

    It takes a fifth of a second, during which nobody should be kept from writing. Raises SecretWrong.
    """
    with archive.read() as connection:
        key = signing_keys.of_user(connection, user_id)
    if key is None or key.sealed_private_key is None:
        return _new_key(user_id, new)
    private = unseal(key.sealed_private_key, old.encode(), owner=key.id)
    return replace(key, sealed_private_key=seal(private, new.encode(), owner=key.id))


def _new_key(user_id: str, password: str) -> SigningKey:
    private = Ed25519PrivateKey.generate()
    key_id = signing_keys.new_id()
    sealed = seal(private.private_bytes_raw(), password.encode(), owner=key_id)
    return SigningKey(key_id, user_id, private.public_key().public_bytes_raw(), sealed)


def unlock(archive: Archive, user_id: str, session_id: str, token: str, *, password: str, pin: str) -> Signer:
    """Open the key with the password, and keep it for the session under token and PIN.

    The password was checked, and counted, by who calls this. Raises NoKey, SecretWrong, PinGuessable.
    """
    if len(pin) < LEAST_PIN_LENGTH or len(set(pin)) < 3 or any(pin in row for row in _DIGIT_ROWS):
        raise PinGuessable(f"a PIN has at least {LEAST_PIN_LENGTH} characters that are not guessed at once")
    with archive.read() as connection:
        key = signing_keys.of_user(connection, user_id)
    if key is None or key.sealed_private_key is None:
        raise NoKey("sign in with your own password first; it makes your key")
    private = unseal(key.sealed_private_key, password.encode(), owner=key.id)
    kept = seal(private, _session_secret(token, pin), owner=session_id)
    with archive.write() as connection:
        signing_keys.keep_unlocked(connection, session_id, kept)
    return Signer(key.id, Ed25519PrivateKey.from_private_bytes(private))


def with_pin(archive: Archive, user_id: str, session_id: str, token: str, *, pin: str) -> Signer:
    """The key as the session has it; an attempt counts before it is tried. Raises PasswordFirst, PinWrong."""
    with archive.write() as connection:
        key = signing_keys.of_user(connection, user_id)
        sealed = signing_keys.take_pin_attempt(connection, session_id, MOST_PIN_FAILURES)
    if key is None or sealed is None:
        raise PasswordFirst("give your password and a PIN to sign in this session")
    try:
        private = unseal(sealed, _session_secret(token, pin), owner=session_id)
    except SecretWrong as fault:
        with archive.write() as connection:
            signing_keys.lock_again(connection, session_id, MOST_PIN_FAILURES)
        raise PinWrong("the PIN is not right") from fault
    with archive.write() as connection:
        signing_keys.forgive_pin_attempts(connection, session_id)
    return Signer(key.id, Ed25519PrivateKey.from_private_bytes(private))


def verifies(connection: Connection, key_id: str, message: bytes, signature: str) -> bool:
    """Whether a key that is known here made this signature of these bytes."""
    key = signing_keys.get(connection, key_id)
    algorithm, _, encoded = signature.partition(":")
    if key is None or algorithm != _ALGORITHM:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(base64.b64decode(encoded, validate=True), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _session_secret(token: str, pin: str) -> bytes:
    return f"{token}\0{pin}".encode()
