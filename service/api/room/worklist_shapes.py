"""One line of the worklist, and a page of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from service.api.room.shape import Named, PatientView, Shape, Worded, iso_date, moment
from service.api.room.titles import Titles
from service.archive import analyses, findings, hospitals, notices, orders, reports, returns, studies, users
from service.archive.analyses import Analysis
from service.archive.orders import Order
from service.archive.reports import Report
from service.archive.store import now
from service.archive.studies import Study
from service.archive.worklist import Examination
from service.domain.analysis import GONE, AnalysisOutcome, AnalysisState
from service.domain.clock import Clock, audit_clock, target_s
from service.domain.examination import ExaminationWord, Urgency, has_running_clock, waits_since
from service.domain.examination_words import CLASS_TEXTS, LATE_IMAGES_REASON, URGENCY_TEXTS, WORD_TEXTS, order_reason
from service.domain.hospital import Hospital, Language
from service.domain.order import ExamClass, OrderState
from service.domain.report import ReportState
from service.domain.returning import RETURN_WORDS
from service.domain.study import StudyState
from service.domain.visibility import Sight
from service.domain.wall import Wall
from service.domain.wording import said
from service.flow.complete import waiting_for
from service.flow.review import sight
from service.flow.state_words import ANALYSIS_WORDS, reason_words, waited_for


class ImagesView(Shape):
    """How many images have come, of how many; expected is null while nobody said."""

    received: int
    expected: int | None


class StatusView(Shape):
    """The one word, what is waited for or why, and how far the running analyses are (0 to 1)."""

    word: str
    text: str
    reason: str
    progress: float | None


class UrgencyView(Shape):
    """How urgent, and who said so; nobody where it is only taken as normal."""

    word: str
    text: str
    confirmed_by: Named | None


class AiView(Shape):
    """What one package made of the examination, in a few words."""

    package: str
    title: str
    version: str
    outcome: str
    text: str
    score: float | None


class ClockView(Shape):
    """Since when it waits, how long it may, and how much of that is used up (1 at the target).

    of: what it waits for: its report, or the audit of one that is out provisionally.
    """

    of: Literal["report", "audit"]
    since: datetime
    target_s: float
    elapsed_s: float
    share: float


class WorklistRow(Shape):
    """One examination as the worklist shows it."""

    hospital: Named
    study_instance_uid: str
    accession_number: str
    patient: PatientView
    exam_class: Worded | None
    modality: str
    body_part: str
    description: str
    study_date: str | None
    images: ImagesView
    status: StatusView
    urgency: UrgencyView
    ai: tuple[AiView, ...]
    reader: Named | None
    report: str | None
    prior_count: int
    clock: ClockView | None
    order_reason: str
    flags: tuple[Worded, ...]


class WorklistPage(Shape):
    """A page. next: the cursor of the page behind it. total: counted up to a limit, `more_than_total` says so."""

    items: tuple[WorklistRow, ...]
    next: str | None
    total: int
    more_than_total: bool


class Lines:
    """Makes the lines of one page, in one view of the rows: hospitals and names are looked up once."""

    def __init__(self, connection: Connection, wall: Wall, language: Language) -> None:
        self._connection = connection
        self._wall = wall
        self._language = language
        self._hospitals: dict[str, Hospital] = {}
        self._titles = Titles(connection, wall, language)
        self._now = now(connection)

    def of(self, listed: Sequence[Examination]) -> tuple[WorklistRow, ...]:
        """The lines of these examinations; one whose study was erased meanwhile is left out."""
        persons = {each for one in listed for each in (one.claimed_by, one.urgency_by) if each is not None}
        names = users.names(self._connection, persons)
        lines = (self._line(each, names) for each in listed)
        return tuple(line for line in lines if line is not None)

    def _line(self, listed: Examination, names: Mapping[str, str]) -> WorklistRow | None:
        study = studies.get(self._connection, self._wall, listed.study_id)
        if study is None:
            return None
        joined = orders.of_study(self._connection, self._wall, study.id)
        read = analyses.of_study(self._connection, self._wall, study.id)
        series = studies.series_of(self._connection, self._wall, study.id)
        versions = reports.of_study(self._connection, self._wall, study.id)
        standing = [each for each in versions if each.state is not ReportState.DISCARDED]
        provisional = next((each for each in versions if each.state is ReportState.PROVISIONAL), None)
        seen = sight(self._connection, self._wall, study, self._hospital(study).packages)
        return WorklistRow(
            hospital=Named(id=study.hospital, name=self._hospital(study).name),
            study_instance_uid=study.study_instance_uid,
            accession_number=study.accession_number,
            patient=PatientView.of(study, self._language),
            exam_class=self._class(listed.exam_class),
            modality=listed.modality or next((each.modality for each in series), ""),
            body_part=next((each.body_part for each in series if each.body_part), ""),
            description=study.study_description,
            study_date=iso_date(study.study_date),
            images=ImagesView(received=study.image_count, expected=study.expected_count),
            status=self._status(listed, study, read),
            urgency=self._urgency(listed, names),
            ai=tuple(self._ai(each, seen) for each in read if each.state not in GONE),
            reader=_named(listed.claimed_by, names),
            report=standing[-1].state.value if standing else None,
            prior_count=studies.prior_count(self._connection, self._wall, study),
            clock=self._clock(listed, study, provisional),
            order_reason=said(order_reason(listed.exam_class, listed.urgency, listed.score), self._language),
            flags=self._flags(study, joined, provisional),
        )

    def _hospital(self, study: Study) -> Hospital:
        known = self._hospitals.get(study.hospital)
        if known is None:
            known = self._hospitals[study.hospital] = hospitals.get(self._connection, self._wall, study.hospital)
        return known

    def _class(self, exam_class: ExamClass | None) -> Worded | None:
        if exam_class is None:
            return None
        return Worded(word=exam_class.value, text=said(CLASS_TEXTS[exam_class], self._language))

    def _status(self, listed: Examination, study: Study, read: Sequence[Analysis]) -> StatusView:
        running = [each.progress for each in read if each.state is AnalysisState.RUNNING]
        return StatusView(
            word=listed.word.value,
            text=said(WORD_TEXTS[listed.word], self._language),
            reason=self._reason(listed, study, read),
            progress=min(running) if running else None,
        )

    def _reason(self, listed: Examination, study: Study, read: Sequence[Analysis]) -> str:
        returned = returns.standing(self._connection, self._wall, study.id)
        if returned is not None:
            return f"{said(RETURN_WORDS[returned.reason], self._language)} {returned.note}".strip()
        is_receiving = study.state is StudyState.RECEIVING
        arrival = waiting_for(self._connection, self._wall, study) if is_receiving else None
        waits = [said(text, self._language) for text in waited_for(study, arrival, read)]
        why = [
            f"{self._titles.of(each)}: {said(words, self._language)}"
            for each in read
            if each.state not in GONE and (words := reason_words(each)) is not None
        ]
        is_unsaid = listed.word is not ExaminationWord.LATE_IMAGES
        late = [said(LATE_IMAGES_REASON, self._language)] if is_unsaid and listed.has_unread_images else []
        return " ".join([*late, *(waits or why)])

    def _urgency(self, listed: Examination, names: Mapping[str, str]) -> UrgencyView:
        urgency = listed.urgency or Urgency.NORMAL
        return UrgencyView(
            word=urgency.value,
            text=said(URGENCY_TEXTS[urgency], self._language),
            confirmed_by=_named(listed.urgency_by, names),
        )

    def _ai(self, analysis: Analysis, seen: Sight) -> AiView:
        """That a package is done is all that is said while what it found is kept from the list."""
        is_told = analysis.state is not AnalysisState.CONCLUDED or seen.lists(analysis.package)
        outcome = analysis.outcome if is_told else None
        found = findings.of_analysis(self._connection, self._wall, analysis.id) if is_told else ()
        return AiView(
            package=analysis.package,
            title=self._titles.of(analysis),
            version=analysis.package_version,
            outcome=(outcome or analysis.state).value,
            text=self._ai_text(analysis.state, outcome, len(found)),
            score=max((each.probability for each in found), default=None),
        )

    def _ai_text(self, state: AnalysisState, outcome: AnalysisOutcome | None, count: int) -> str:
        chinese = self._language is Language.ZH_CN
        if outcome is AnalysisOutcome.FINDINGS:
            return f"{count} 处发现" if chinese else f"{count} finding{'s' if count > 1 else ''}"
        if outcome is AnalysisOutcome.NO_FINDING:
            return "未见发现" if chinese else "nothing found"
        return said(ANALYSIS_WORDS[state], self._language)

    def _clock(self, listed: Examination, study: Study, provisional: Report | None) -> ClockView | None:
        """From complete images on, or from a provisional report on; one that is closed or at the hospital has none."""
        if provisional is not None:
            return self._clock_view("audit", _audit_clock(provisional))
        since = waits_since(listed.word, study.state, study.completed_at, is_open=listed.is_open)
        if since is None or not has_running_clock(listed.word, is_open=listed.is_open):
            return None
        targets_s = {ExamClass(each): seconds for each, seconds in self._hospital(study).targets_s.items()}
        clock = Clock(since, target_s(listed.exam_class, listed.modality, targets_s))
        return self._clock_view("report", clock)

    def _clock_view(self, of: Literal["report", "audit"], clock: Clock) -> ClockView:
        return ClockView(
            of=of,
            since=moment(clock.since),
            target_s=clock.target_s,
            elapsed_s=max(0.0, self._now - clock.since),
            share=clock.share(self._now),
        )

    def _flags(self, study: Study, joined: Sequence[Order], provisional: Report | None) -> tuple[Worded, ...]:
        chinese = self._language is Language.ZH_CN
        flags = []
        if provisional is not None and (provisional.audit_due_at or 0.0) <= self._now:
            flags.append(Worded(word="audit-overdue", text="审核逾时" if chinese else "audit overdue"))
        if notices.count_open(self._connection, self._wall, study.id):
            flags.append(Worded(word="urgent-finding", text="危急值未确认" if chinese else "urgent, not acknowledged"))
        if study.identity_conflict:
            flags.append(Worded(word="identity-conflict", text="患者身份矛盾" if chinese else "patients disagree"))
        if not any(each.state is not OrderState.CANCELLED for each in joined):
            flags.append(Worded(word="no-order", text="无申请单" if chinese else "no order"))
        if study.revision > 1:
            text = f"第 {study.revision} 版" if chinese else f"revision {study.revision}"
            flags.append(Worded(word="revised", text=text))
        return tuple(flags)


def _audit_clock(provisional: Report) -> Clock:
    signed_at, due_at = provisional.signed_at, provisional.audit_due_at
    assert signed_at is not None, "a provisional report was signed"
    assert due_at is not None, "its audit is due"
    return audit_clock(signed_at, due_at)


def _named(user_id: str | None, names: Mapping[str, str]) -> Named | None:
    return None if user_id is None else Named(id=user_id, name=names.get(user_id, user_id))
