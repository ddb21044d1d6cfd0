"""A hospital's own people look at their own studies: what came, what is waited for, what came of it, the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.routing import APIRoute
from pydantic import Field
from sqlalchemy import Connection

from service.access.auditing import EVERY_STUDY, record_read
from service.access.reader_doors import Reader, ReaderDep
from service.api.room.admin.places import MAX_LENGTH, cursor, numbered_place
from service.api.room.shape import (
    PREFIX,
    HospitalPath,
    Named,
    PatientView,
    Shape,
    StudyPath,
    Worded,
    found_study,
    iso_date,
    moment,
    moment_or_none,
)
from service.api.room.titles import Titles
from service.api.room.worklist_shapes import ImagesView
from service.archive import analyses, findings, hospitals, reports, returns, studies, users
from service.archive.analyses import Analysis
from service.archive.reports import Report
from service.archive.store import Archive
from service.archive.studies import Study, StudyFilter
from service.domain.analysis import GONE, AnalysisOutcome
from service.domain.hospital import Channel, Hospital, Language
from service.domain.report import OUT, ReportState
from service.domain.returning import RETURN_WORDS
from service.domain.seen_words import seen_in
from service.domain.status import ExaminationStatus, examination_status, reported_status
from service.domain.study import StudyState
from service.domain.user import Right
from service.domain.visibility import ResultObject, visible
from service.domain.wall import HospitalId, Wall
from service.domain.wording import said
from service.flow.complete import waiting_for
from service.flow.state_words import ANALYSIS_WORDS, EXAMINATION_WORDS, STUDY_WORDS, reason_words, waited_for

_PURPOSE: Final = "own-studies"
_TOLD_ALWAYS: Final = frozenset({AnalysisOutcome.REFUSED, AnalysisOutcome.FAILED})
"""The outcomes that say nothing about what was found."""
_REPORTED: Final = frozenset({ExaminationStatus.PROVISIONAL, ExaminationStatus.SIGNED, ExaminationStatus.AMENDED})
_SIGNED: Final = ResultObject(signed=True)


class OwnQuery(Shape):
    """Which studies, the newest first. accession, patient_id: exactly."""

    after: str | None = Field(default=None, max_length=MAX_LENGTH)
    limit: int = Field(default=50, ge=1, le=200)
    hospital: str | None = Field(default=None, max_length=64)
    accession: str | None = Field(default=None, max_length=64)
    patient_id: str | None = Field(default=None, max_length=64)


class ReturnedView(Shape):
    """That the centre gave it back, why, and what the hospital is to do."""

    reason: Worded
    note: str
    at: datetime


class OwnStudy(Shape):
    """One study as the hospital's own people see it. waits_for: in words, in the order in which it must happen.

    result: how it stands; findings are told only where the hospital's policy or a signature lets them through.
    """

    hospital: Named
    study_instance_uid: str
    accession_number: str
    patient: PatientView
    modalities: tuple[str, ...]
    description: str
    study_date: str | None
    received_at: datetime
    state: Worded
    images: ImagesView
    waits_for: tuple[str, ...]
    result: Worded
    has_report: bool
    returned: ReturnedView | None


class OwnAnalysis(Shape):
    """What became of one package. outcome, finding_count: null while not released. reason: why it did not read."""

    package: str
    title: str
    version: str
    state: Worded
    outcome: str | None
    finding_count: int | None
    reason: str | None
    detail: str | None


class OwnReport(Shape):
    """The report that counts. signed_by, audited_by: names. audit_due_at: of a provisional one, its term."""

    version: int
    is_amended: bool
    findings: str
    impression: str
    advice: str
    language: Language
    signed_by: str
    signed_at: datetime | None
    audited_by: str | None
    audit_due_at: datetime | None
    released_at: datetime | None


class OwnStudyView(OwnStudy):
    """One study, whole. report: null until one is released."""

    analyses: tuple[OwnAnalysis, ...]
    report: OwnReport | None


class OwnPage(Shape):
    """A page of studies. next: the cursor of the page behind it."""

    items: tuple[OwnStudy, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class OwnEndpoints:
    """What somebody of a hospital follows."""

    archive: Archive

    def page(self, reader: ReaderDep, query: Annotated[OwnQuery, Query()]) -> OwnPage:
        """A page of the hospital's studies."""
        reader.require(Right.FOLLOW_OWN)
        narrowed = StudyFilter(
            accession_number=query.accession, patient_id=query.patient_id, after=numbered_place(query.after)
        )
        record_read(self.archive, reader.wall, None, subject=EVERY_STUDY, purpose=_PURPOSE)
        with self.archive.read() as connection:
            wall = self._wall(connection, reader, query.hospital)
            found = studies.listed(connection, wall, narrowed, query.limit + 1)
            shown = found[: query.limit]
            items = tuple(self._brief(connection, wall, each, reader.language) for each in shown)
        last = shown[-1] if len(found) > query.limit else None
        return OwnPage(items=items, next=None if last is None else cursor(last.first_received_at, last.id))

    def one(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> OwnStudyView:
        """One study with what came of it."""
        reader.require(Right.FOLLOW_OWN)
        found = found_study(self.archive, reader.wall, hospital, study)
        record_read(self.archive, reader.wall, found.hospital, subject=found.study_instance_uid, purpose=_PURPOSE)
        with self.archive.read() as connection:
            customer = hospitals.get(connection, reader.wall, found.hospital)
            brief = self._brief(connection, reader.wall, found, reader.language)
            asked = analyses.of_study(connection, reader.wall, found.id)
            versions = reports.of_study(connection, reader.wall, found.id)
            is_released = any(each.state in OUT for each in versions)
            unsigned = ResultObject(signed=False, report_released=is_released)
            return OwnStudyView(
                **{name: getattr(brief, name) for name in OwnStudy.model_fields},
                analyses=tuple(
                    self._analysis(connection, reader, customer, each, unsigned)
                    for each in asked
                    if each.state not in GONE
                ),
                report=_report(connection, customer, versions),
            )

    @staticmethod
    def _wall(connection: Connection, reader: Reader, hospital: str | None) -> Wall:
        """A hospital that is not theirs, or was removed, has nothing to show."""
        theirs = frozenset(each.id for each in hospitals.everyone(connection, reader.wall))
        asked = theirs if hospital is None else theirs & {HospitalId(hospital)}
        return Wall(hospitals=asked, role=reader.wall.role, actor=reader.wall.actor)

    def _brief(self, connection: Connection, wall: Wall, study: Study, language: Language) -> OwnStudy:
        asked = analyses.of_study(connection, wall, study.id)
        arrival = waiting_for(connection, wall, study) if study.state is StudyState.RECEIVING else None
        series = studies.series_of(connection, wall, study.id)
        status = _status(study, asked, reports.of_study(connection, wall, study.id))
        return OwnStudy(
            hospital=Named(id=study.hospital, name=hospitals.get(connection, wall, study.hospital).name),
            study_instance_uid=study.study_instance_uid,
            accession_number=study.accession_number,
            patient=PatientView.of(study, language),
            modalities=tuple(sorted({each.modality for each in series if each.modality})),
            description=study.study_description,
            study_date=iso_date(study.study_date),
            received_at=moment(study.first_received_at),
            state=Worded(word=study.state.value, text=said(STUDY_WORDS[study.state], language)),
            images=ImagesView(received=study.image_count, expected=study.expected_count),
            waits_for=tuple(said(text, language) for text in waited_for(study, arrival, asked)),
            result=Worded(word=status.value, text=said(EXAMINATION_WORDS[status], language)),
            has_report=status in _REPORTED,
            returned=_returned(connection, wall, study, language),
        )

    @staticmethod
    def _analysis(
        connection: Connection, reader: Reader, hospital: Hospital, analysis: Analysis, unsigned: ResultObject
    ) -> OwnAnalysis:
        told = visible(unsigned, hospital, Channel.HIS)
        count = len(findings.of_analysis(connection, reader.wall, analysis.id))
        why = reason_words(analysis)
        outcome = None if analysis.outcome is None else analysis.outcome.value
        return OwnAnalysis(
            package=analysis.package,
            title=Titles(connection, reader.wall, reader.language).of(analysis),
            version=analysis.package_version,
            state=Worded(word=analysis.state.value, text=said(ANALYSIS_WORDS[analysis.state], reader.language)),
            outcome=outcome if told or analysis.outcome in _TOLD_ALWAYS else None,
            finding_count=count if told and outcome is not None and analysis.outcome not in _TOLD_ALWAYS else None,
            reason=None if why is None else said(why, reader.language),
            detail=None if why is None or analysis.detail is None else seen_in(analysis.detail, reader.language),
        )


def _status(study: Study, asked: Sequence[Analysis], versions: Sequence[Report]) -> ExaminationStatus:
    """As every interface tells it: the report first, then the analyses; nothing of what was found."""
    reported = reported_status({each.state for each in versions})
    if reported is not None:
        return reported
    awaited = not asked and study.dispatched_revision < study.revision
    return ExaminationStatus.QUEUED if awaited else examination_status([each.state for each in asked])


def _returned(connection: Connection, wall: Wall, study: Study, language: Language) -> ReturnedView | None:
    standing = returns.standing(connection, wall, study.id)
    if standing is None:
        return None
    reason = Worded(word=standing.reason.value, text=said(RETURN_WORDS[standing.reason], language))
    return ReturnedView(reason=reason, note=standing.note, at=moment(standing.returned_at))


def _report(connection: Connection, hospital: Hospital, versions: Sequence[Report]) -> OwnReport | None:
    """The version that counts; None before one is released."""
    report = next((each for each in versions if each.state in OUT), None)
    if report is None or not visible(_SIGNED, hospital, Channel.HIS):
        return None
    names = users.names(connection, {each for each in (report.signed_by, report.audited_by) if each is not None})
    text = report.content.text
    return OwnReport(
        version=report.version,
        is_amended=any(each.state is ReportState.AMENDED for each in versions),
        findings=text.findings,
        impression=text.impression,
        advice=text.advice,
        language=report.content.language,
        signed_by=names.get(report.signed_by or "", report.signed_by or ""),
        signed_at=moment_or_none(report.signed_at),
        audited_by=None if report.audited_by is None else names.get(report.audited_by, report.audited_by),
        audit_due_at=moment_or_none(report.audit_due_at) if report.state is ReportState.PROVISIONAL else None,
        released_at=moment_or_none(report.released_at),
    )


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """The operations of a hospital's own people."""
    endpoints = OwnEndpoints(archive)
    router = APIRouter(prefix=f"{PREFIX}/own", tags=["own"], route_class=route_class, include_in_schema=False)
    router.add_api_route("/studies", endpoints.page, methods=["GET"])
    router.add_api_route("/studies/{hospital}/{study}", endpoints.one, methods=["GET"])
    return router
