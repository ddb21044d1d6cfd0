"""The audit of a report (审核): what a second physician signs, and what is released by it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from pydantic import TypeAdapter

from service.domain.record import Signer, canonical, digest
from service.domain.report import ReportContent, ReportText

CONFIRMED_SCHEMA: Final = "consilium.audit/1"
CHANGED_SCHEMA: Final = "consilium.audit/2"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What the auditor puts their name to. record_sha256: of the record that was signed. at: RFC 3339, UTC.

    text: what is released in place of the signed text; None where it was confirmed as it stood.
    """

    report_id: str
    record_sha256: str
    auditor: Signer
    at: str
    text: ReportText | None = None
    schema: str = CONFIRMED_SCHEMA

    @staticmethod
    def read(canonical_text: str) -> AuditRecord:
        """The record of its canonical text."""
        return _READER.validate_json(canonical_text)

    def canonical(self) -> bytes:
        """The bytes that are signed."""
        said: dict[str, Any] = asdict(self)
        if self.text is None:
            del said["text"]
        return canonical({**said, "schema": CONFIRMED_SCHEMA if self.text is None else CHANGED_SCHEMA})


_READER: Final = TypeAdapter(AuditRecord)


def released_content(signed: ReportContent, audit_record: str | None) -> ReportContent:
    """What a report says to the hospital: what was signed, in the words of the auditor where they changed them."""
    text = None if audit_record is None else AuditRecord.read(audit_record).text
    return signed if text is None else replace(signed, text=text)


def change_sha256(audit_record: str | None) -> str | None:
    """The hash of an audit that changed the text: documents carry it beside that of the signed record; else None."""
    if audit_record is None or AuditRecord.read(audit_record).text is None:
        return None
    return digest(audit_record.encode())
