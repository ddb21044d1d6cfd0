"""Unique identifiers (PS3.5 section 9): parsed at the door, derived where the same work must give the same name."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final, NewType

StudyUid = NewType("StudyUid", str)
SeriesUid = NewType("SeriesUid", str)
SopInstanceUid = NewType("SopInstanceUid", str)
SopClassUid = NewType("SopClassUid", str)
TransferSyntaxUid = NewType("TransferSyntaxUid", str)

MAX_UID_LENGTH: Final = 64

# Leading zeros in a component are against PS3.5 9.1. They are let in: scanners in the field write them, the identity
# is the text itself, and refusing would lose the patient's images.
_UID: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*", re.ASCII)


class MalformedUid(ValueError):
    """A text that stands where a UID must stand and is none."""


class IdentityFault(ValueError):
    """A data set that does not say clearly which instance it is, or another one than its command (A900).

    The message is the response's Error Comment: ASCII, at most 64 characters.
    """


def parse_uid(text: str, attribute: str) -> str:
    """The text, proven to be a UID: digits and dots, at most 64 characters.

    attribute: the keyword named in the error. Raises MalformedUid, whose message never repeats more than 70 characters.
    Source: PS3.5 section 9.1; leading zeros in a component are tolerated (see above).
    """
    if len(text) > MAX_UID_LENGTH or _UID.fullmatch(text) is None:
        raise MalformedUid(f"{attribute} is not a DICOM UID: {text[:70]!a}")
    return text


def uid_text(raw: bytes) -> str:
    """The UID in an element's bytes without its padding: NUL by the standard, blank by old writers."""
    return raw.rstrip(b"\0 ").decode("latin-1")


def derived_uid(installation_key: bytes, *parts: str) -> str:
    """A UID that is the same for the same parts of the same installation, at most 44 characters.

    HMAC-SHA-256 over the parts, each preceded by its length so that ("ab", "c") and ("a", "bc") differ; its first 128
    bits with version 8 and the RFC 9562 variant set, as a decimal below 2.25 (PS3.5 annex B.2).
    """
    encoded = [part.encode() for part in parts]
    message = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
    digest = int.from_bytes(hmac.new(installation_key, message, hashlib.sha256).digest()[:16], "big")
    version = digest & ~(0xF << 76) | 0x8 << 76
    return f"2.25.{version & ~(0x3 << 62) | 0x2 << 62}"
