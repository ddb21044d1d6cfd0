"""The audit (审核): a second physician confirms what was signed, or changes its words, and it is released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from service.archive import analyses, hospitals, report_audits, reports
from service.archive.reports import Report
from service.archive.store import now
from service.archive.studies import Study
from service.domain.contradiction import Flag
from service.domain.licence import same_certificate
from service.domain.record import ReportRecord, Signer, moment_text
from service.domain.report import ReportEvent, ReportFault, ReportText
from service.domain.report_audit import AuditRecord
from service.domain.review import FindingState
from service.domain.text_change import changed_share
from service.domain.wall import Wall
from service.flow.recorded import recorded_instances
from service.flow.report import NothingWritten, awaiting_audit, record_act
from service.flow.review import Judged, judged, sight
from service.flow.sign import (
    ImagesChanged,
    OwnReport,
    PatientInDoubt,
    Seal,
    flags_of,
    is_high,
    release,
    require_impression,
    require_meant,
    stop_provisional,
)


class FoundSince(ReportFault):
    """A package found something of a high category after the signature: who signed never saw it."""


@dataclass(frozen=True, slots=True)
class Auditing:
    """Who audits, and what they confirm.

    text: what is to be released; None, or the same text: as it was signed. seen: contradictions that the
    changed text has, and that are meant so.
    """

    auditor: Signer
    text: ReportText | None = None
    seen: frozenset[Flag] = frozenset()


def audited(connection: Connection, wall: Wall, study: Study, auditing: Auditing, seal: Seal) -> Report:
    """A second physician confirms what was signed (审核), in other words where they change them; it is released.

    What the auditor signs names the signed record by its hash, and holds the text they put in its place. Raises
    NoOpenReport, OwnReport, ImagesChanged, PatientInDoubt, ImpressionFirst, FoundSince, NothingWritten, Contradicted,
    and what seal raises; then nothing changed.
    """
    signed = awaiting_audit(connection, wall, study)
    auditor = auditing.auditor
    said = ReportRecord.read(signed.record or "")
    _require_auditable(connection, wall, study, said, auditor)
    findings = judged(connection, wall, study)
    seen = sight(connection, wall, study, hospitals.get(connection, wall, study.hospital).packages)
    _require_nothing_new(said, tuple(each for each in findings if each.is_seen(seen)))
    text = None if auditing.text == signed.content.text else auditing.text
    if text is not None:
        _require_sound(study, signed, text, findings, auditing.seen)
    moment = now(connection)
    record = AuditRecord(signed.id, signed.record_sha256 or "", auditor, moment_text(moment), text).canonical()
    sealed = seal(record)
    moved = reports.move(
        connection,
        wall,
        signed,
        ReportEvent.AUDITED,
        audited_by=auditor.id,
        audited_at=moment,
        released_at=moment,
        audit_record=record.decode(),
        audit_signature=sealed.signature,
        audit_signing_key=sealed.key_id,
        audit_changed_share=0.0 if text is None else changed_share(signed.content.text, text),
        **({} if text is None else report_audits.rewritten(connection, wall, signed, text)),
    )
    reports.keep_edition(connection, wall, moved)
    record_act(connection, wall, moved, "report.audit", {"changed": f"{moved.audit_changed_share:.3f}"})
    stop_provisional(connection, wall, moved)
    release(connection, wall, moved)
    return moved


def _require_auditable(connection: Connection, wall: Wall, study: Study, signed: ReportRecord, auditor: Signer) -> None:
    """Another physician audits, who may see all they let out, and the images are those that were signed.

    One person may have two logins: it is the practice certificate that says who they are. Raises OwnReport,
    ImagesChanged, PatientInDoubt, ImpressionFirst.
    """
    if signed.signer.id == auditor.id or same_certificate(signed.signer.licence, auditor.licence):
        raise OwnReport("another senior physician has to audit what you signed")
    images = frozenset(recorded_instances(connection, wall, study))
    if signed.revision != study.revision or frozenset(signed.instances) != images:
        raise ImagesChanged("images came after the signature; return the report, so that they are looked at")
    if study.identity_conflict:
        raise PatientInDoubt("the images name two patients; have the conflict resolved, then audit")
    seen = sight(connection, wall, study, hospitals.get(connection, wall, study.hospital).packages)
    require_impression(analyses.of_study(connection, wall, study.id), seen)


def _require_nothing_new(signed: ReportRecord, findings: Sequence[Judged]) -> None:
    """Raises FoundSince where a finding that has to be judged by itself is not in the signed record."""
    known = {each.tracking_uid for each in signed.findings}
    for each in findings:
        if each.review.state is FindingState.PROPOSED and is_high(each.proposed) and each.tracking_uid not in known:
            raise FoundSince("a package found something after the signature; return the report, so that it is judged")


def _require_sound(
    study: Study, signed: Report, text: ReportText, findings: Sequence[Judged], seen: frozenset[Flag]
) -> None:
    """Raises NothingWritten, and Contradicted for what the signed text did not say already."""
    if text.is_empty:
        raise NothingWritten("a report without a word cannot be released")
    require_meant(flags_of(study, text, findings), seen.union(flags_of(study, signed.content.text, findings)))
