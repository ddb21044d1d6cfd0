"""Names for studies and patients that only this installation can lead back to them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

from service.domain.wall import HospitalId

_BYTES: Final = 10
"""80 bits: among a million studies the chance of two with one name is below 1 in 10^12."""


def study_pseudonym(installation_key: bytes, hospital: HospitalId, study_instance_uid: str) -> str:
    """A study's name: the same each time in this installation, and without its key not to be computed (HMAC, RFC 2104).

    Source: PS3.15 annex E asks that UIDs and IDs be replaced consistently.
    """
    return _name(installation_key, "study", hospital, study_instance_uid)


def patient_pseudonym(installation_key: bytes, hospital: HospitalId, issuer: str, patient_id: str) -> str:
    """A patient's name, by which their studies are kept on one side of a split; empty where they have no ID."""
    return _name(installation_key, "patient", hospital, issuer, patient_id) if patient_id else ""


def _name(installation_key: bytes, kind: str, *parts: str) -> str:
    encoded = [part.encode() for part in ("pseudonym", kind, *parts)]
    message = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
    digest = hmac.new(installation_key, message, hashlib.sha256).digest()
    return base64.b32encode(digest[:_BYTES]).decode().lower()
