"""Whether a signed report is still what was signed: record, history, signatures, documents and images.

With its own documents those of the packages: it refers to what they found, and to where that lies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from pydantic import ValidationError
from sqlalchemy import Connection

from service.archive import events, instances, reports, results, signing_keys
from service.archive.reports import Report
from service.archive.store import Archive
from service.archive.whole_objects import fault_in_file
from service.domain.record import ReportRecord, digest, moment_text
from service.domain.report import ReportFault, ReportState
from service.domain.report_audit import AuditRecord, released_content
from service.domain.wall import Wall
from service.signing import history, renderings
from service.signing.keys import verifies
from service.signing.seen import Seen

_UNRELEASED: Final = frozenset({ReportState.SIGNED, ReportState.RECALLED, ReportState.RETURNED})


class NotSigned(Exception):
    """There is no such version of a report, or nobody signed it."""


def verified(archive: Archive, wall: Wall, report_id: str) -> tuple[Seen, ...]:
    """Everything a signature stands for, looked at; all whole means that nothing changed since. Raises NotSigned."""
    try:
        return _verified(archive, wall, report_id)
    except ValueError:
        return (Seen.of("rows", "cannot be read: one holds what the centre never writes"),)


def _verified(archive: Archive, wall: Wall, report_id: str) -> tuple[Seen, ...]:
    with archive.read() as connection:
        report = reports.get(connection, wall, report_id)
        if report is None or report.record is None:
            raise NotSigned(f"no signed report {report_id}; `consilium study show UID` lists the versions of a study's")
        record, audit = _read(report), _read_audit(report.audit_record)
        told = events.of_study(connection, wall, report.study_id)
        signed = (
            *_record(report, record, audit),
            history.looked_at(connection, wall, report, told),
            *_signatures(connection, wall, report, record, audit),
        )
        made = results.of_report(connection, wall, report.id)
        read_by = () if record is None else _read_by(record)
        proposed = [made for each in read_by for made in results.of_analysis(connection, wall, each)]
        stored = {each.sop_instance_uid: each for each in instances.of_study(connection, wall, report.study_id)}
    documents = (
        *renderings.missing(report, made, told),
        *(renderings.looked_at(archive, report, each, record, _text_of(report, audit)) for each in made),
        *(
            Seen.of(f"package's {each.kind.value} {each.sop_instance_uid}", fault_in_file(archive.objects, each))
            for each in proposed
        ),
    )
    if record is None:
        return (*signed, *documents)
    images = []
    for recorded in record.instances:
        image = stored.get(recorded.sop_instance_uid)
        if image is None:
            wrong = "is not in the archive any more"
        elif image.sha256 != recorded.sha256:
            wrong = "was replaced by other bytes"
        else:
            wrong = fault_in_file(archive.objects, image)
        images.append(Seen.of(f"image {recorded.sop_instance_uid}", wrong))
    return (*signed, *documents, *images)


def _read_by(record: ReportRecord) -> tuple[str, ...]:
    """The analyses of what the signer had before them."""
    return tuple(
        dict.fromkeys((*(each.analysis_id for each in record.modes), *(each.origin for each in record.findings)))
    )


def _read(report: Report) -> ReportRecord | None:
    """What was signed; None where its hash does not fit, or it is no record at all."""
    text = report.record or ""
    if digest(text.encode()) != report.record_sha256:
        return None
    try:
        return ReportRecord.read(text)
    except (ValidationError, ReportFault):
        return None


def _read_audit(text: str | None) -> AuditRecord | None:
    """What was audited; None where nothing was, or it is no record of an audit."""
    try:
        return None if text is None else AuditRecord.read(text)
    except (ValidationError, ReportFault):
        return None


def _text_of(report: Report, audit: AuditRecord | None) -> str | None:
    """The text of an audit that can be read."""
    return None if audit is None else report.audit_record


def _record(report: Report, record: ReportRecord | None, audit: AuditRecord | None) -> Iterator[Seen]:
    yield Seen.of("record", "is not the one whose hash was signed" if record is None else "")
    if record is None:
        return
    wrong = [
        name
        for name, kept, signed in (
            ("text", asdict(report.content), asdict(released_content(record.content, _text_of(report, audit)))),
            ("version", (report.id, report.version), (record.report_id, record.version)),
            ("signer", report.signed_by, record.signer.id),
            ("hospital", report.hospital, record.hospital),
            ("study", report.study_instance_uid, record.study_instance_uid),
            ("version before", report.predecessor_id, record.predecessor),
            ("time of signature", _text(report.signed_at), record.at),
            ("time of release", _text(report.released_at), _released(report, record, audit)),
            ("time for the audit", _text(report.audit_due_at), record.audit_due_at),
        )
        if kept != signed
    ]
    yield Seen.of("report", f"differs from its record: {', '.join(wrong)}" if wrong else "")


def _released(report: Report, record: ReportRecord, audit: AuditRecord | None) -> str | None:
    """When a version was released by what was signed: with its signature, or its audit where it was audited.

    One that waits for its audit was not, or was provisionally only.
    """
    if audit is not None:
        return audit.at
    return None if report.state in _UNRELEASED or record.audit_due_at is not None else record.at


def _text(at: float | None) -> str | None:
    return None if at is None else moment_text(at)


@dataclass(frozen=True, slots=True)
class _Signed:
    """A record, the signature a person made of it, and when they did, as the record's row says."""

    what: str
    record: str
    signature: str | None
    key_id: str | None
    by: str | None
    at: float | None


def _signatures(
    connection: Connection, wall: Wall, report: Report, record: ReportRecord | None, audit: AuditRecord | None
) -> Iterator[Seen]:
    own, by, at = report.record or "", report.signed_by, report.signed_at
    yield _fits(connection, wall, _Signed("signature", own, report.signature, report.signing_key, by, at))
    if report.audit_record is None:
        was_asked = record is not None and record.audit_asked and report.released_at is not None
        if was_asked or report.audited_by is not None or report.audited_at is not None:
            yield Seen.of("audit", "is not there")
        return
    yield Seen.of("audit", _wrong_with(audit, report))
    made, key_id, by, at = report.audit_signature, report.audit_signing_key, report.audited_by, report.audited_at
    yield _fits(connection, wall, _Signed("audit's signature", report.audit_record, made, key_id, by, at))


def _wrong_with(audit: AuditRecord | None, report: Report) -> str:
    if audit is None:
        return "is no record of an audit"
    if audit.record_sha256 != report.record_sha256 or audit.auditor.id != report.audited_by:
        return "is of another record"
    return "" if audit.at == _text(report.audited_at) else "was at another time than its record says"


def _fits(connection: Connection, wall: Wall, signed: _Signed) -> Seen:
    """The signature, with the key it was made with, which was there by then and whose making is on record."""
    key = signing_keys.get(connection, signed.key_id or "")
    if key is None or key.user_id != signed.by:
        return Seen.of(signed.what, "was not made with a key of the person it names")
    if not verifies(connection, key.id, signed.record.encode(), signed.signature or ""):
        return Seen.of(signed.what, "does not fit the record")
    made_at = signing_keys.made_at(connection, key.id) or 0.0
    named = f"key {key.id} of {moment_text(made_at)}"
    if made_at > (signed.at or 0.0):
        return Seen.of(signed.what, f"was made with {named}, which is younger than the signature")
    if not signing_keys.is_on_record(connection, wall, key):
        return Seen.of(signed.what, f"was made with {named}, whose making is not on record")
    return Seen.of(f"{signed.what} with {named}", "")
