"""Whether a signed report is still what was signed: record, signatures, renderings and images, each by its hash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from pydantic import ValidationError
from sqlalchemy import Connection

from service.archive import instances, reports, results, signing_keys, whole_objects
from service.archive.reports import Report
from service.archive.results import Result, ResultKind
from service.archive.store import Archive
from service.domain.record import ReportRecord, digest, moment_text
from service.domain.report import ReportState
from service.domain.report_audit import AuditRecord, change_sha256, released_content
from service.domain.wall import Wall
from service.signing.keys import verifies

_CARRY_THE_HASH: Final = frozenset({ResultKind.SR, ResultKind.PDF})
_UNRELEASED: Final = frozenset({ReportState.SIGNED, ReportState.RECALLED, ReportState.RETURNED})


class NotSigned(Exception):
    """There is no such version of a report, or nobody signed it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that was looked at. words: what it is, and what is wrong with it where it is not whole."""

    is_whole: bool
    words: str


def verified(archive: Archive, wall: Wall, report_id: str) -> tuple[Seen, ...]:
    """Everything a signature stands for, looked at; all whole means that nothing changed since. Raises NotSigned."""
    with archive.read() as connection:
        report = reports.get(connection, wall, report_id)
        if report is None or report.record is None:
            raise NotSigned(f"no signed report {report_id}; `consilium study show UID` lists the versions of a study's")
        record = _read(report)
        signed = (*_record(report, record), *_signatures(connection, report, record))
        made = results.of_report(connection, wall, report.id)
        stored = {each.sop_instance_uid: each for each in instances.of_study(connection, wall, report.study_id)}
    renderings = (*_missing(report, made), *(_rendering(archive, report, each) for each in made))
    if record is None:
        return (*signed, *renderings)
    images = []
    for recorded in record.instances:
        image = stored.get(recorded.sop_instance_uid)
        if image is None:
            wrong = "is not in the archive any more"
        elif image.sha256 != recorded.sha256:
            wrong = "was replaced by other bytes"
        else:
            wrong = whole_objects.fault(archive.objects, image.hospital, image.object_name, recorded.sha256)
        images.append(_seen(f"image {recorded.sop_instance_uid}", wrong))
    return (*signed, *renderings, *images)


def _read(report: Report) -> ReportRecord | None:
    """What was signed; None where its hash does not fit, or it is no record at all."""
    text = report.record or ""
    if digest(text.encode()) != report.record_sha256:
        return None
    try:
        return ReportRecord.read(text)
    except ValidationError:
        return None


def _record(report: Report, record: ReportRecord | None) -> Iterator[Seen]:
    yield _seen("record", "is not the one whose hash was signed" if record is None else "")
    if record is None:
        return
    wrong = [
        name
        for name, kept, signed in (
            ("text", asdict(report.content), asdict(released_content(record.content, report.audit_record))),
            ("version", (report.id, report.version), (record.report_id, record.version)),
            ("signer", report.signed_by, record.signer.id),
            ("hospital", report.hospital, record.hospital),
            ("study", report.study_instance_uid, record.study_instance_uid),
            ("version before", report.predecessor_id, record.predecessor),
            ("time of signature", _text(report.signed_at), record.at),
            ("time of release", _text(report.released_at), _released(report, record)),
            ("time for the audit", _text(report.audit_due_at), record.audit_due_at),
        )
        if kept != signed
    ]
    yield _seen("report", f"differs from its record: {', '.join(wrong)}" if wrong else "")


def _released(report: Report, record: ReportRecord) -> str | None:
    """When a version was released by what was signed: with its signature, or its audit where it was audited.

    One that waits for its audit was not, or was provisionally only.
    """
    if report.audit_record is not None:
        return AuditRecord.read(report.audit_record).at
    return None if report.state in _UNRELEASED or record.audit_due_at is not None else record.at


def _text(at: float | None) -> str | None:
    return None if at is None else moment_text(at)


@dataclass(frozen=True, slots=True)
class _Signed:
    """A record, and the signature a person made of it."""

    what: str
    record: str
    signature: str
    key_id: str
    by: str


def _signatures(connection: Connection, report: Report, record: ReportRecord | None) -> Iterator[Seen]:
    own = (report.record, report.signature, report.signing_key, report.signed_by)
    yield _fits(connection, _Signed("signature", *(each or "" for each in own)))
    if report.audit_record is None:
        was_asked = record is not None and record.audit_asked and report.released_at is not None
        if was_asked or report.audited_by is not None or report.audited_at is not None:
            yield _seen("audit", "is not there")
        return
    names_it = f'"{report.record_sha256}"' in report.audit_record
    audit = AuditRecord.read(report.audit_record)
    is_theirs = names_it and audit.auditor.id == report.audited_by
    is_then = audit.at == _text(report.audited_at)
    wrong = "is of another record" if not is_theirs else "" if is_then else "was at another time than its record says"
    yield _seen("audit", wrong)
    audits = (report.audit_record, report.audit_signature, report.audit_signing_key, report.audited_by)
    yield _fits(connection, _Signed("audit's signature", *(each or "" for each in audits)))


def _fits(connection: Connection, signed: _Signed) -> Seen:
    key = signing_keys.get(connection, signed.key_id)
    if key is None or key.user_id != signed.by:
        return _seen(signed.what, "was not made with a key of the person it names")
    is_good = verifies(connection, key.id, signed.record.encode(), signed.signature)
    return _seen(signed.what, "" if is_good else "does not fit the record")


def _missing(report: Report, made: Sequence[Result]) -> Iterator[Seen]:
    """The documents a report that is out must have; one that waits for its audit in the centre has none yet."""
    is_provisional = report.state is ReportState.PROVISIONAL
    if is_provisional or report.released_at is not None:
        kinds = {each.kind for each in made if each.is_provisional is is_provisional}
        yield from (_seen(kind.value, "is not there") for kind in sorted(_CARRY_THE_HASH - kinds))


def _rendering(archive: Archive, report: Report, made: Result) -> Seen:
    wrong = whole_objects.fault(archive.objects, made.hospital, made.object_name, made.sha256)
    if not wrong and made.kind in _CARRY_THE_HASH:
        content = archive.objects.load(made.hospital, made.object_name)
        of_audit = None if made.is_provisional else change_sha256(report.audit_record)
        hashes = (report.record_sha256 or "-", of_audit or "")
        wrong = "" if all(each.encode() in content for each in hashes) else "carries another record's hash"
    return _seen(f"{made.kind.value} {made.sop_instance_uid}", wrong)


def _seen(what: str, wrong: str) -> Seen:
    return Seen(not wrong, f"{what} {wrong}" if wrong else what)
