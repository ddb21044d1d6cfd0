"""What a signature is about: one canonical text of report, findings and image hashes; every rendering carries its hash.

Canonical: UTF-8 JSON, keys sorted, no blanks, NFC, numbers as written here. The same content gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any, Final

from service.domain.report import ReportContent
from service.domain.review import Description, FindingState, RejectionReason

SCHEMA: Final = "consilium.report/1"
AUDIT_SCHEMA: Final = "consilium.audit/1"


@dataclass(frozen=True, slots=True)
class RecordedFinding:
    """A finding as the signer stands for it. origin: "package version", or the user id of the reader who added it."""

    tracking_uid: str
    origin: str
    state: FindingState
    said: Description | None
    reason: RejectionReason | None


@dataclass(frozen=True, slots=True)
class RecordedInstance:
    """An image the signer could see, and the SHA-256 of its stored data set."""

    sop_instance_uid: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: user id, name, title and practice certificate number as they stood then."""

    id: str
    name: str
    title: str
    licence: str


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """All that is signed. predecessor: the version this one replaces. at: RFC 3339, UTC."""

    hospital: str
    study_instance_uid: str
    revision: int
    report_id: str
    version: int
    predecessor: str | None
    content: ReportContent
    findings: tuple[RecordedFinding, ...]
    instances: tuple[RecordedInstance, ...]
    signer: Signer
    at: str

    def canonical(self) -> bytes:
        """The bytes that are signed."""
        ordered = {
            **asdict(self),
            "schema": SCHEMA,
            "findings": [asdict(each) for each in sorted(self.findings, key=lambda each: each.tracking_uid)],
            "instances": [asdict(each) for each in sorted(self.instances, key=lambda each: each.sop_instance_uid)],
        }
        return canonical(ordered)


def canonical(content: dict[str, Any]) -> bytes:
    """The canonical bytes of JSON content."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return unicodedata.normalize("NFC", text).encode()


def digest(record: bytes) -> str:
    """The hash that SR, PDF and HIS carry: SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(record).hexdigest()
