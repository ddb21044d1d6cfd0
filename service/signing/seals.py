"""Sealing a private key under what a person knows: neither the database nor the process alone can open it."""

from __future__ import annotations

import secrets
from threading import BoundedSemaphore
from typing import Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION: Final = b"\x01"
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_TIME_COST: Final = 3
_MEMORY_KIB: Final = 64 * 1024
_AT_A_TIME: Final = BoundedSemaphore(2)
"""Each derivation fills that memory: many who sign at once wait in line."""


class SecretWrong(Exception):
    """The secret does not open the seal."""


def seal(content: bytes, secret: bytes, *, owner: str) -> bytes:
    """Encrypt under a secret (argon2id, RFC 9106; AES-256-GCM), bound to the row that owns it."""
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + salt + nonce + AESGCM(_key(secret, salt)).encrypt(nonce, content, owner.encode())


def unseal(sealed: bytes, secret: bytes, *, owner: str) -> bytes:
    """The content again. Raises SecretWrong; changed bytes are not told apart from a wrong secret."""
    salt, rest = sealed[1 : 1 + _SALT_BYTES], sealed[1 + _SALT_BYTES :]
    if sealed[:1] != _VERSION:
        raise SecretWrong("sealed by another version of the product; install that version")
    try:
        return AESGCM(_key(secret, salt)).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], owner.encode())
    except (InvalidTag, ValueError) as fault:
        raise SecretWrong("the secret does not open the key") from fault


def _key(secret: bytes, salt: bytes) -> bytes:
    with _AT_A_TIME:
        return hash_secret_raw(
            secret, salt, time_cost=_TIME_COST, memory_cost=_MEMORY_KIB, parallelism=1, hash_len=32, type=Type.ID
        )
