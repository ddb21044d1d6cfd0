"""From the rows of a signed report to what its documents are made of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from pydicom import Dataset
from sqlalchemy import Connection

from models.contract import MORPHOLOGICALLY_ABNORMAL_STRUCTURE, SeriesReading
from service.archive import analyses, hospitals, instances, orders, reports, results, studies
from service.archive.analyses import Analysis
from service.archive.instances import StoredInstance
from service.archive.reports import Report
from service.archive.results import Result, ResultKind
from service.archive.store import Archive
from service.archive.studies import Study
from service.dicom.header import HeaderFacts
from service.domain.analysis import GONE, AnalysisOutcome
from service.domain.hospital import Hospital, Language, ReadingMode
from service.domain.record import RecordedCommunication, RecordedFinding, RecordedPatient, ReportRecord
from service.domain.report import ReportState
from service.domain.report_audit import AuditRecord, change_sha256, released_content
from service.domain.review import STANDS, FindingState
from service.domain.tracking import tracking
from service.domain.wall import Wall
from service.domain.wording import Communicated, communication_line
from service.results.document import Moments, ObjectKind, ResultContext
from service.results.presentation_state import Marked
from service.results.signed_report import (
    ReportContext,
    SignedFinding,
    SignedReport,
    Verified,
)
from service.results.sources import InstanceName
from service.results.technique import techniques_of
from workers.package_results import given_beside_report
from workers.report_images import ReportImages
from workers.result_context import (
    Centre,
    NothingToEncode,
    context_of,
    header_of,
    indexed,
    order_facts,
    outcome_of,
    rows_of,
)
from workers.reviewed_package import Region, ReviewedPackage

_WALL: Final = Wall.system("encode")
_READ: Final = frozenset({AnalysisOutcome.FINDINGS, AnalysisOutcome.NO_FINDING})
_UNSEEN: Final = ReadingMode.TRIAGE_ONLY
_DOCUMENTS: Final = frozenset({ResultKind.SR, ResultKind.PDF})


@dataclass(frozen=True, slots=True)
class ReportRows:
    """What the rows say of a version of a report. former: the documents it follows, oldest first.

    read_by: the analyses whose results the signer had, whatever they found. given: their own objects that the hospital
    has or gets.
    """

    report: Report
    study: Study
    hospital: Hospital
    order: orders.Order | None
    members: tuple[StoredInstance, ...]
    replaced: Report | None
    read_by: tuple[str, ...]
    given: tuple[Result, ...]
    former: tuple[Result, ...]


def report_rows_of(archive: Archive, report_id: str) -> ReportRows:
    """Everything about a report that is in rows. Raises NothingToEncode."""
    with archive.read() as connection:
        report = reports.get(connection, _WALL, report_id)
        study = None if report is None else studies.get(connection, _WALL, report.study_id)
        if report is None or study is None:
            raise NothingToEncode(f"report {report_id} or its study is not there")
        joined = orders.of_study(connection, _WALL, study.id)
        reviewed = tuple(_reviewed(report, analyses.of_study(connection, _WALL, study.id)))
        hospital = hospitals.get(connection, _WALL, report.hospital)
        given = tuple(one for each in reviewed for one in given_beside_report(connection, _WALL, hospital, each.id))
        replaced = reports.replaced(connection, _WALL, report)
        before = reports.given_out_before(connection, _WALL, report)
        by_reports = tuple(_written_before(connection, report, before))
        return ReportRows(
            report=report,
            study=study,
            hospital=hospital,
            order=joined[0] if joined else None,
            members=instances.of_study(connection, _WALL, study.id),
            replaced=replaced,
            read_by=tuple(each.id for each in reviewed),
            given=given,
            former=tuple(each for each in (*given, *by_reports) if each.kind in _DOCUMENTS),
        )


def _reviewed(report: Report, known: Sequence[Analysis]) -> Iterator[Analysis]:
    """The readings that the signer had before them: not one that ended later, nor one that only ordered the list.

    Records that were signed before they held modes name no readings: then those that stand are meant.
    """
    modes = {each.analysis_id: each.mode for each in record_of(report).modes}
    for each in known:
        was_there = each.state not in GONE if not modes else modes.get(each.id, _UNSEEN) is not _UNSEEN
        if was_there and each.outcome in _READ and (each.ended_at or math.inf) <= (report.signed_at or 0.0):
            yield each


def _written_before(connection: Connection, report: Report, before: Report | None) -> Iterator[Result]:
    """The documents of the version before, also of a withdrawn one, and of this one before its audit.

    Those of before an audit count as long as there are no others.
    """
    if before is not None:
        made = results.of_report(connection, _WALL, before.id)
        yield from [each for each in made if not each.is_provisional] or made
    if report.state is not ReportState.PROVISIONAL:
        yield from (each for each in results.of_report(connection, _WALL, report.id) if each.is_provisional)


def report_context_of(archive: Archive, centre: Centre, rows: ReportRows) -> ReportContext:
    """What the documents of a report say beside its content; every time is a row's. Raises NothingToEncode."""
    released_at = _moment(rows.report.released_at or rows.report.signed_at)
    record = record_of(rows.report)
    return ReportContext(
        installation=centre.installation(archive),
        moments=Moments(finished_at=released_at, encoded_at=released_at, utc_offset=centre.utc_offset),
        language=rows.report.content.language,
        hospital_name=rows.hospital.name,
        order=None if rows.order is None else order_facts(rows.order),
        sources=(_header_of_patient(archive, rows, record),),
        report_id=rows.report.id,
        version=rows.report.version,
        author=record.signer.name,
        patient=record.patient,
    )


def signed_images(rows: ReportRows, record: ReportRecord) -> tuple[StoredInstance, ...]:
    """The images that were signed, as they were: not what came later, nor what took the place of one."""
    signed = {(each.sop_instance_uid, each.sha256) for each in record.instances}
    return tuple(each for each in rows.members if (each.sop_instance_uid, each.sha256) in signed)


def _header_of_patient(archive: Archive, rows: ReportRows, record: ReportRecord) -> Dataset:
    """What an image says of the patient who was signed for: a study may hold images of somebody else by mistake."""
    signed = signed_images(rows, record)
    if not signed:
        raise NothingToEncode("none of the images that were signed is there any more")
    if record.patient is None:
        return header_of(archive, signed[0], rows.study)
    agreeing = [(record.patient.agreement(_patient_of(each.facts)), each) for each in signed]
    known = [(count, each) for count, each in agreeing if count is not None]
    if not known:
        return indexed(signed[0], rows.study)
    _, image = max(known, key=lambda one: one[0])
    return header_of(archive, image, rows.study)


def _patient_of(facts: HeaderFacts) -> RecordedPatient:
    return RecordedPatient(
        id=facts.patient_id,
        issuer=facts.patient_id_issuer,
        name=facts.patient_name,
        birth_date=facts.patient_birth_date,
        sex=facts.patient_sex,
    )


def record_of(report: Report) -> ReportRecord:
    """What was signed. Raises NothingToEncode for a version that was not."""
    if report.record is None:
        raise NothingToEncode(f"report {report.id} was not signed")
    return ReportRecord.read(report.record)


@dataclass(frozen=True)
class ReportSource:
    """Puts a signed record together with what the packages said."""

    archive: Archive
    centre: Centre
    rows: ReportRows

    @cached_property
    def record(self) -> ReportRecord:
        """What was signed."""
        return record_of(self.rows.report)

    @cached_property
    def _packages(self) -> Mapping[str, ReviewedPackage]:
        proposing = {each.origin for each in self.record.findings if not _is_own(each)}
        return {origin: self._package(origin) for origin in sorted(proposing)}

    def signed_report(self) -> SignedReport:
        """The report as its documents say it."""
        rows = self.rows
        return SignedReport(
            version=rows.report.version,
            audit_due_at=_moment(rows.report.audit_due_at) if rows.report.state is ReportState.PROVISIONAL else None,
            amends=rows.replaced is not None,
            content=released_content(self.record.content, rows.report.audit_record),
            findings=tuple(self._findings()),
            verified=tuple(self._verified()),
            record_sha256=rows.report.record_sha256 or "",
            change_sha256=change_sha256(rows.report.audit_record),
            replaces=tuple(_named(each) for each in rows.former if each.kind is ResultKind.SR),
            images=self._named,
            packages=tuple(self._readers()),
            communications=tuple(
                _communication(each, rows.report.content.language) for each in self.record.communications
            ),
            techniques=techniques_of(self.images.one_a_series(), None),
        )

    def headers_of(self, marked: Sequence[Marked]) -> Mapping[str, Dataset]:
        """The headers of the images that something is drawn on, by SOP Instance UID."""
        uids = dict.fromkeys(line.source.sop_instance_uid for each in marked for line in each.lines)
        found = ((uid, self.images.header(uid)) for uid in uids)
        return {uid: header for uid, header in found if header is not None}

    def _readers(self) -> Iterator[ResultContext]:
        """The packages whose results the physician had, also where they found nothing."""
        stood_for = (each.origin for each in self.record.findings if each.state in STANDS and not _is_own(each))
        for analysis_id in dict.fromkeys((*stood_for, *self.rows.read_by)):
            known = self._packages.get(analysis_id)
            yield self._package(analysis_id).context if known is None else known.context

    def regions(self) -> tuple[Region, ...]:
        """The SEGs to be made: where regions were edited, or where the hospital was never sent the package's own."""
        return tuple(each.region for each in self._packages.values() if each.region is not None)

    @cached_property
    def images(self) -> ReportImages:
        """The images of its study."""
        return ReportImages(self.archive, self.rows.study, signed_images(self.rows, self.record))

    @property
    def _named(self) -> tuple[InstanceName, ...]:
        return tuple(
            InstanceName(each.series_instance_uid, each.sop_class_uid, each.sop_instance_uid)
            for each in signed_images(self.rows, self.record)
        )

    def _findings(self) -> Iterator[SignedFinding]:
        own = 0
        for each in self.record.findings:
            if each.state not in STANDS:
                continue
            if _is_own(each):
                own += 1
                yield self._own(each, own)
            else:
                yield self._packages[each.origin].signed(each)

    def _own(self, recorded: RecordedFinding, number: int) -> SignedFinding:
        return SignedFinding(
            label=f"R{number}",
            name=f"{recorded.stated.concept.meaning} R{number}",
            tracking_uid=recorded.tracking_uid,
            category=MORPHOLOGICALLY_ABNORMAL_STRUCTURE,
            stated=recorded.stated,
            proposed=None,
            corrected=recorded.said,
            frame_of_reference_uid=self.images.frame_of_reference_uid(recorded.said),
            segment=None,
            drawn_on=self.images.drawn_on(recorded.said),
        )

    def _verified(self) -> Iterator[Verified]:
        signer, report = self.record.signer, self.rows.report
        yield Verified(signer.name, signer.title, signer.licence, _moment(report.signed_at))
        if report.audit_record is not None:
            auditor = AuditRecord.read(report.audit_record).auditor
            yield Verified(auditor.name, auditor.title, auditor.licence, _moment(report.audited_at))

    def _package(self, analysis_id: str) -> ReviewedPackage:
        rows = rows_of(self.archive, analysis_id)
        outcome = outcome_of(self.archive, rows.analysis)
        if not isinstance(outcome, SeriesReading):
            raise NothingToEncode(f"analysis {analysis_id} has no findings")
        context = context_of(self.archive, self.centre, rows, outcome)
        return ReviewedPackage(
            context=context,
            outcome=outcome,
            recorded=tuple(each for each in self.record.findings if each.origin == analysis_id),
            pairs=tracking(context.installation.key, context.package.name, outcome),
            report=self.rows.report,
            author=self.record.signer.name,
            is_sent=context.sop_instance_uid(ObjectKind.SEG) in {each.sop_instance_uid for each in self.rows.given},
            images=self.images,
        )


def named_results(made: Sequence[Result]) -> tuple[InstanceName, ...]:
    """Result objects as references name them."""
    return tuple(_named(each) for each in made)


def _named(result: Result) -> InstanceName:
    return InstanceName(result.series_instance_uid, result.sop_class_uid, result.sop_instance_uid)


def _is_own(recorded: RecordedFinding) -> bool:
    return recorded.state in {FindingState.ADDED, FindingState.REMOVED}


def _communication(recorded: RecordedCommunication, language: Language) -> str:
    heard = None
    if recorded.acknowledged_by is not None and recorded.acknowledged_at is not None:
        heard = recorded.acknowledged_by, datetime.fromisoformat(recorded.acknowledged_at)
    told_at = None if recorded.told_at is None else datetime.fromisoformat(recorded.told_at)
    raised_at = datetime.fromisoformat(recorded.raised_at)
    return communication_line(Communicated(recorded.contact, raised_at, told_at, heard), language)


def _moment(at: float | None) -> datetime:
    return datetime.fromtimestamp(at or 0.0, UTC)
