"""The reading page in one answer: patient, request, series, priors, what packages and readers said, the report."""

from __future__ import annotations

from service.api.room.finding_shapes import FindingView
from service.api.room.notice_shapes import NoticeView
from service.api.room.report_shapes import ReportView
from service.api.room.series import SeriesLine
from service.api.room.shape import Shape, Worded
from service.api.room.worklist_shapes import WorklistRow
from service.domain.hospital import Language, ReadingMode
from service.domain.report import ReportState


class RequestView(Shape):
    """What the referring department wrote; empty where it said nothing."""

    question: str
    history: str
    department: str
    prior_reports: tuple[str, ...]


class PriorView(Shape):
    """An earlier study of the same patient at the same hospital, and what its report says."""

    study_instance_uid: str
    study_date: str | None
    description: str
    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    report: str | None


class FigureView(Shape):
    """A figure of the package's card with its interval."""

    name: str
    set_name: str
    value: float
    low: float | None
    high: float | None


class AnalysisView(Shape):
    """What one package did, and did not, with the study. reason: why it did not read, in words with what to do.

    selection: why each series was chosen or left out. mode: how reader and package work together; is_hidden: whether
    what it found is kept from the reader now, and its outcome with that.
    """

    id: str
    package: str
    version: str
    title: str
    use_status: str
    state: str
    text: str
    mode: ReadingMode
    is_hidden: bool
    outcome: str | None
    reason: str | None
    detail: str | None
    series_instance_uid: str | None
    selection: tuple[str, ...]
    not_validated_for: tuple[str, ...]
    promised: tuple[FigureView, ...]


class FlagView(Shape):
    """Where the text disagrees with the findings or the patient."""

    kind: Worded
    words: str


class BannerView(Shape):
    """What the reader must not overlook, with what to do."""

    kind: str
    text: str


class ReadingView(Shape):
    """The whole page. review_version goes with every judgement, report.edition with every save.

    revision, image_count: of the images, go with a signature. after_signature: what a report is once it is signed:
    released, provisional (at the hospital, its audit to come) or signed (in the centre until its audit). withheld: why
    the reader's certificate does not let them sign it, in words. hidden_findings: whether what any package found is
    kept from the reader now; waits_for_impression: whether some of it is shown once they have locked their first
    impression. report_language: of a report that nobody has begun, the hospital's language of results; one that was
    begun says its own. not_printable: letters of the report that is written, or of its notes, that its PDF cannot show.
    """

    line: WorklistRow
    revision: int
    image_count: int
    after_signature: ReportState
    withheld: str | None
    request: RequestView | None
    series: tuple[SeriesLine, ...]
    priors: tuple[PriorView, ...]
    analyses: tuple[AnalysisView, ...]
    impression_locked: bool
    hidden_findings: bool
    waits_for_impression: bool
    findings: tuple[FindingView, ...]
    review_version: int
    report_language: Language
    report: ReportView | None
    versions: tuple[ReportView, ...]
    flags: tuple[FlagView, ...]
    not_printable: tuple[str, ...]
    banners: tuple[BannerView, ...]
    notices: tuple[NoticeView, ...]
