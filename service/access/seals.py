"""Secrets of webhooks and of second factors: shown once, kept sealed under the installation's key."""

from __future__ import annotations

import base64
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  # what every secret begins with
SECRET_BYTES: Final = 32
_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
WEBHOOK: Final = b"consilium webhook secret v1"
TOTP: Final = b"consilium totp secret v1"
"""What a secret is for: each purpose has a key of its own."""


class SealBroken(Exception):
    """Sealed bytes do not open: another installation's key, another owner, or changed bytes."""


def new_webhook_secret() -> str:
    """A fresh secret of 256 bits as Standard Webhooks 1.0.0 writes it (24 to 64 bytes, base64 behind whsec_)."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def seal(installation_key: bytes, secret: str, *, owner: str, purpose: bytes = WEBHOOK) -> bytes:
    """Encrypt a secret for the database, bound to the row that owns it (AES-256-GCM)."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + _cipher(installation_key, purpose).encrypt(nonce, secret.encode(), owner.encode())


def unseal(installation_key: bytes, sealed: bytes, *, owner: str, purpose: bytes = WEBHOOK) -> str:
    """The secret again. Raises SealBroken."""
    if sealed[:1] != _VERSION:
        raise SealBroken("a sealed secret of another version; install the version that wrote it")
    nonce, content = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return _cipher(installation_key, purpose).decrypt(nonce, content, owner.encode()).decode()
    except (InvalidTag, ValueError) as fault:
        raise SealBroken("a sealed secret does not open with this installation's key; restore the key") from fault


def _cipher(installation_key: bytes, purpose: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=purpose).derive(installation_key))
