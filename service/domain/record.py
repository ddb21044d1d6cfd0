"""What a signature is about: one canonical text of report, findings and image hashes; every rendering carries its hash.

Canonical: UTF-8 JSON, keys sorted, no blanks, NFC, numbers as written here. The same content gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import TypeAdapter

from service.domain.hospital import ReadingMode
from service.domain.notice import Via
from service.domain.outcome import StatedFinding
from service.domain.report import ReportContent
from service.domain.review import Description, FindingState, RejectionReason

SCHEMA: Final = "consilium.report/1"


@dataclass(frozen=True, slots=True)
class RecordedFinding:
    """A finding as the signer stands for it. origin: the analysis that proposed it, or the reader who added it.

    stated: what was shown to the signer, in concepts and numbers; said: what the reader says instead of the package.
    is_closed: nobody judged it by itself; the signer closed it with all others of a low category.
    """

    tracking_uid: str
    origin: str
    state: FindingState
    stated: StatedFinding
    said: Description | None
    reason: RejectionReason | None
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class RecordedInstance:
    """An image the signer could see, and the SHA-256 of its stored data set."""

    sop_instance_uid: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RecordedPatient:
    """Whom the signer's page named, as text of the images' headers."""

    id: str
    issuer: str
    name: str
    birth_date: str
    sex: str

    def agreement(self, other: RecordedPatient) -> int | None:
        """In how many of these values another header says the same; None where it says something else in one."""
        both = [(one, two) for one, two in zip(astuple(self), astuple(other), strict=True) if one and two]
        return None if any(one != two for one, two in both) else len(both)


@dataclass(frozen=True, slots=True)
class RecordedCommunication:
    """An urgent finding and whether somebody of the hospital had heard of it when this was signed (AC-74).

    contact: who was to hear then. Moments are RFC 3339, UTC; told_at, acknowledged_at: None while nothing of it was.
    via: by the hospital's own system, or by a call that the signer or a colleague documented.
    """

    notice_id: str
    tracking_uid: str
    contact: str
    raised_at: str
    told_at: str | None
    acknowledged_at: str | None
    acknowledged_by: str | None
    read_back: str | None
    via: Via | None


@dataclass(frozen=True, slots=True)
class RecordedMode:
    """How signer and package worked together. analysis_id: what findings of this reading name as their origin."""

    analysis_id: str
    package: str
    version: str
    mode: ReadingMode


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: user id, name, title and practice certificate number as they stood then."""

    id: str
    name: str
    title: str
    licence: str


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """All that is signed. predecessor: the version this one replaces. at: RFC 3339, UTC.

    findings: in the order in which the signer had them, and every rendering lists them.
    modes: how the signer worked with each package that read the study. audit_asked: whether a second physician had to
    confirm it before it was released. audit_due_at: until when, where it was released provisionally with this
    signature. patient: None in records that were signed before they held it. mode: in records that were signed before
    they held `modes`, the strictest of them.
    """

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
    communications: tuple[RecordedCommunication, ...] = ()
    patient: RecordedPatient | None = None
    mode: ReadingMode | None = None
    modes: tuple[RecordedMode, ...] = ()
    audit_asked: bool = False
    audit_due_at: str | None = None

    @staticmethod
    def read(canonical_text: str) -> ReportRecord:
        """The record of its canonical text, once its signature was checked."""
        return _READER.validate_json(canonical_text)

    def canonical(self) -> bytes:
        """The bytes that are signed."""
        ordered = {
            **asdict(self),
            "schema": SCHEMA,
            "instances": [asdict(each) for each in sorted(self.instances, key=lambda each: each.sop_instance_uid)],
            "communications": [asdict(each) for each in sorted(self.communications, key=lambda each: each.notice_id)],
            "modes": [asdict(each) for each in sorted(self.modes, key=lambda each: (each.package, each.analysis_id))],
        }
        return canonical(ordered)


_READER: Final = TypeAdapter(ReportRecord)


def canonical(content: dict[str, Any]) -> bytes:
    """The canonical bytes of JSON content."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return unicodedata.normalize("NFC", text).encode()


def digest(record: bytes) -> str:
    """The hash that SR, PDF and HIS carry: SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(record).hexdigest()


def moment_text(at: float) -> str:
    """A moment, in seconds since the epoch, as records have it: RFC 3339, UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
