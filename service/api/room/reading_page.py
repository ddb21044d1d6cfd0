"""Puts the reading page together from the rows, in one view of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from models.manifest import Manifest
from service.access.reader_doors import Reader
from service.api.room.banners import Stands, banners
from service.api.room.finding_shapes import FindingView
from service.api.room.findings_views import by_risk, finding_view
from service.api.room.licence_words import withheld_words
from service.api.room.notice_shapes import notice_views
from service.api.room.reading_shapes import (
    AnalysisView,
    FigureView,
    FlagView,
    PriorView,
    ReadingView,
    RequestView,
)
from service.api.room.reading_words import FLAG_TEXTS, REPORT_TEXTS
from service.api.room.report_shapes import KeyImageView, ReportTextBody, ReportView
from service.api.room.series import series_lines
from service.api.room.shape import Named, Worded, iso_date, missing_study, moment, moment_or_none
from service.api.room.titles import Titles
from service.api.room.worklist_shapes import Lines, WorklistRow
from service.archive import (
    analyses,
    hospitals,
    manifests,
    notices,
    orders,
    reports,
    reviews,
    studies,
    users,
)
from service.archive import worklist as worklist_rows
from service.archive.analyses import Analysis
from service.archive.notices import Notice
from service.archive.reports import Report
from service.archive.store import now
from service.archive.studies import Study
from service.domain.agreement import REFUSALS
from service.domain.analysis import CAN_FIND, GONE, AnalysisState
from service.domain.hospital import Hospital, Language
from service.domain.licence import practice_day
from service.domain.order import OrderState
from service.domain.record import ReportRecord
from service.domain.report import OPEN, REPORT, ReportState
from service.domain.report_audit import change_sha256
from service.domain.seen_words import seen_in
from service.domain.user import Right
from service.domain.wording import said
from service.flow.report import signature_event
from service.flow.review import Judged, judged, sight
from service.flow.sign import flags_of
from service.flow.state_words import ANALYSIS_WORDS, reason_words
from service.pixels.glyphs import cannot_be_drawn

MOST_PRIORS: Final = 20


class ReadingPage:
    """Makes the page of one study for one reader."""

    def __init__(self, connection: Connection, reader: Reader, study: Study) -> None:
        self._connection = connection
        self._wall = reader.wall
        self._language = reader.language
        self._reader = reader
        self._study = study
        self._read = [each for each in analyses.of_study(connection, reader.wall, study.id) if each.state not in GONE]
        self._hospital: Hospital = hospitals.get(connection, reader.wall, study.hospital)
        self._versions = reports.of_study(connection, reader.wall, study.id)
        self._judged = judged(connection, reader.wall, study)
        self._sight = sight(connection, reader.wall, study, self._hospital.packages)
        self._names = users.names(connection, self._persons())
        self._titles = Titles(connection, reader.wall, self._language)

    @property
    def shown(self) -> tuple[Judged, ...]:
        """The findings the reader may see now, each by the mode of the package that said it."""
        return tuple(each for each in self._judged if each.is_seen(self._sight))

    def _hides(self, analysis: Analysis) -> bool:
        return analysis.state in CAN_FIND and not self._sight.shows(analysis.package)

    def _outcome(self, analysis: Analysis) -> str | None:
        """What came of it; not where that would tell what is hidden. That it was not read at all may be known."""
        is_kept = self._hides(analysis) and analysis.state is AnalysisState.CONCLUDED
        return None if is_kept or analysis.outcome is None else analysis.outcome.value

    def _line(self, line: WorklistRow) -> WorklistRow:
        """As the worklist has it, but for what this page keeps back: a package that only sorts the list, too."""
        shown = {each.package for each in self._read if not self._hides(each)}
        sorts = any(self._hides(each) and self._sight.lists(each.package) for each in self._read)
        ai = tuple(each for each in line.ai if each.package in shown)
        return line.model_copy(update={"ai": ai, "order_reason": "" if sorts else line.order_reason})

    def view(self) -> ReadingView:
        """The page. Raises Problem when the study was erased meanwhile."""
        listed = worklist_rows.of_study(self._connection, self._wall, self._study.id)
        lines = Lines(self._connection, self._wall, self._language).of(() if listed is None else (listed,))
        if listed is None or not lines:
            raise missing_study()
        opened = next((each for each in self._versions if each.state in OPEN), None)
        return ReadingView(
            line=self._line(lines[0]),
            revision=self._study.revision,
            image_count=self._study.image_count,
            after_signature=self._after_signature(),
            withheld=self._withheld(),
            request=self._request(),
            series=series_lines(self._connection, self._reader, self._study),
            priors=self._priors(),
            analyses=tuple(self._analysis(each) for each in self._read),
            impression_locked=self._sight.impression_locked,
            hidden_findings=any(map(self._hides, self._read)),
            waits_for_impression=any(self._sight.waits_for(each.package) for each in self._read if self._hides(each)),
            findings=self._findings(self.shown),
            report_language=self._hospital.language,
            review_version=reviews.version(self._connection, self._wall, self._study.id),
            report=None if opened is None else self._report(opened),
            versions=tuple(self._report(each) for each in self._versions),
            flags=() if opened is None else self._flags(opened),
            not_printable=() if opened is None else _not_printable(opened),
            banners=tuple(banners(self._stands(listed), self._titles, self._language)),
            notices=notice_views(self._connection, self._reader, self._notices(), lambda _: self.shown),
        )

    def _after_signature(self) -> ReportState:
        event = signature_event(self._connection, self._wall, self._study, self._hospital.finalising)
        return REPORT.after(ReportState.PRELIMINARY, event)

    def _withheld(self) -> str | None:
        """Why the reader may not sign this examination: by the agreement, or by their certificate; None for who may.

        None too for who signs nothing anyway.
        """
        if Right.SIGN not in self._reader.user.rights:
            return None
        refusal = self._reader.user.signature_refused(self._hospital)
        if refusal is not None:
            return said(REFUSALS[refusal], self._language)
        examined = studies.examined_of(self._connection, self._wall, self._study)
        why = self._reader.user.withheld(practice_day(now(self._connection)), examined)
        return None if why is None else said(withheld_words(self._reader.user, why, examined), self._language)

    def _is_agreed(self) -> bool:
        """Whether the agreement covers the images; nothing is said against an examination that has none yet."""
        modalities = studies.examined_of(self._connection, self._wall, self._study).modalities
        return not modalities or self._hospital.agreement.covers_any(modalities)

    def _stands(self, listed: worklist_rows.Examination) -> Stands:
        return Stands(
            study=self._study,
            listed=listed,
            read=self._read,
            is_agreed=self._is_agreed(),
            is_withdrawn=self._is_withdrawn(),
        )

    def _is_withdrawn(self) -> bool:
        """Whether the hospital has no report that counts because it was withdrawn, while another one is written."""
        given_out = [each.state for each in self._versions if each.was_given_out]
        is_written = any(each.state in OPEN for each in self._versions)
        return is_written and bool(given_out) and given_out[-1] is ReportState.WITHDRAWN

    def _notices(self) -> tuple[Notice, ...]:
        """What was raised of the study; what was taken back before anybody could hear it is no news."""
        raised = notices.of_study(self._connection, self._wall, self._study.id)
        return tuple(each for each in raised if each.is_open or each.sent_count or each.acknowledgement is not None)

    def _persons(self) -> set[str]:
        of_reports = {
            person
            for each in self._versions
            for person in (each.author, each.changed_by, each.signed_by, each.audited_by)
            if person is not None
        }
        return of_reports | {event.reader for each in self._judged for event in each.review.counted}

    def _request(self) -> RequestView | None:
        """What the newest order that stands says; earlier reports of all of them."""
        joined = [
            each
            for each in orders.of_study(self._connection, self._wall, self._study.id)
            if each.state is not OrderState.CANCELLED
        ]
        if not joined:
            return None
        newest = max(joined, key=lambda each: each.created_at).request
        return RequestView(
            question=newest.question,
            history=newest.history,
            department=newest.department,
            prior_reports=tuple(text for each in joined for text in each.request.prior_reports),
        )

    def _priors(self) -> tuple[PriorView, ...]:
        return tuple(
            self._prior(each) for each in studies.priors(self._connection, self._wall, self._study, MOST_PRIORS)
        )

    def _prior(self, study: Study) -> PriorView:
        series = series_lines(self._connection, self._reader, study)
        return PriorView(
            study_instance_uid=study.study_instance_uid,
            study_date=iso_date(study.study_date),
            description=study.study_description,
            modalities=tuple(sorted({each.modality for each in series if each.has_images} - {""})),
            body_parts=tuple(sorted({each.body_part for each in series} - {""})),
            report=self._released_text(study),
        )

    def _released_text(self, study: Study) -> str | None:
        report = reports.out(self._connection, self._wall, study.id)
        if report is None:
            return None
        text = report.content.text
        return "\n".join(part for part in (text.findings, text.impression, text.advice) if part.strip())

    def _analysis(self, analysis: Analysis) -> AnalysisView:
        manifest = manifests.get(self._connection, self._wall, analysis.package_digest)
        why = reason_words(analysis)
        is_chinese = self._language is Language.ZH_CN
        return AnalysisView(
            id=analysis.id,
            package=analysis.package,
            version=analysis.package_version,
            title=self._titles.of(analysis),
            use_status="" if manifest is None else said(manifest.use_status.words, self._language),
            state=analysis.state.value,
            text=said(ANALYSIS_WORDS[analysis.state], self._language),
            mode=self._sight.modes.of(analysis.package),
            is_hidden=self._hides(analysis),
            outcome=self._outcome(analysis),
            reason=None if why is None else said(why, self._language),
            detail=seen_in(analysis.detail, self._language) if analysis.detail and is_chinese else analysis.detail,
            series_instance_uid=analysis.series_instance_uid,
            selection=tuple(words for each in analysis.selection if (words := seen_in(each, self._language))),
            not_validated_for=()
            if manifest is None
            else tuple(said(each, self._language) for each in manifest.not_validated_for),
            promised=_promised(manifest),
        )

    def _findings(self, shown: Sequence[Judged]) -> tuple[FindingView, ...]:
        return tuple(
            finding_view(each, at, self._names, self._language) for at, each in enumerate(by_risk(shown), start=1)
        )

    def _report(self, report: Report) -> ReportView:
        text = report.content.text
        return ReportView(
            id=report.id,
            version=report.version,
            state=Worded(word=report.state.value, text=said(REPORT_TEXTS[report.state], self._language)),
            edition=report.edition,
            text=ReportTextBody(findings=text.findings, impression=text.impression, advice=text.advice),
            key_images=tuple(
                KeyImageView(sop_instance_uid=each.sop_instance_uid, frame=each.frame_number, note=each.note)
                for each in report.content.key_images
            ),
            template=report.content.template,
            language=report.content.language,
            author=self._named(report.author),
            changed_by=self._named(report.changed_by),
            changed_at=moment(report.changed_at),
            signed_by=None if report.signed_by is None else self._named(report.signed_by),
            signed_at=moment_or_none(report.signed_at),
            audited_by=None if report.audited_by is None else self._named(report.audited_by),
            audited_at=moment_or_none(report.audited_at),
            audit_due_at=moment_or_none(report.audit_due_at),
            signed_text=self._signed_text(report),
            record_sha256=report.record_sha256,
            returned=report.was_returned,
            why=report.why,
        )

    @staticmethod
    def _signed_text(report: Report) -> ReportTextBody | None:
        if change_sha256(report.audit_record) is None:
            return None
        text = ReportRecord.read(report.record or "").content.text
        return ReportTextBody(findings=text.findings, impression=text.impression, advice=text.advice)

    def _flags(self, opened: Report) -> tuple[FlagView, ...]:
        return tuple(
            FlagView(
                kind=Worded(word=flag.kind.value, text=said(FLAG_TEXTS[flag.kind], self._language)), words=flag.words
            )
            for flag in flags_of(self._study, opened.content.text, self.shown)
        )

    def _named(self, user_id: str) -> Named:
        return Named(id=user_id, name=self._names.get(user_id, user_id))


def _not_printable(opened: Report) -> tuple[str, ...]:
    text = opened.content.text
    notes = (each.note for each in opened.content.key_images)
    return tuple(cannot_be_drawn((text.findings, text.impression, text.advice, *notes)))


def _promised(manifest: Manifest | None) -> tuple[FigureView, ...]:
    """The card's figures that stand beside what readers made of the package."""
    if manifest is None:
        return ()
    return tuple(
        FigureView(name=each.name, set_name=each.set_name, value=each.value, low=each.low, high=each.high)
        for each in manifest.evaluation
    )
