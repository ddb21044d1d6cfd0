"""The reading page in one answer: patient, request, series, priors, what packages and readers said, the report."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from models.contract import Axis, Code
from service.api.room.notice_shapes import NoticeView
from service.api.room.series import SeriesLine
from service.api.room.shape import CodeView, Named, Shape, Worded
from service.api.room.worklist_shapes import WorklistRow
from service.domain.hospital import Language, ReadingMode
from service.domain.report import MAX_TEXT_LENGTH, KeyImage, ReportContent, ReportState, ReportText, clean_text
from service.domain.review import MAX_NOTE_LENGTH, Description, RejectionReason, ReviewAction

FARTHEST_MM: Final = 10_000.0
"""No scanner's origin is farther away than this from what it scans."""
AXIS_TOLERANCE_MM: Final = 0.5
MOST_VOLUME_MM3: Final = 1e9
"""A cubic metre: no finding is larger than who has it."""
MOST_OPEN_MS: Final = 366 * 24 * 3600 * 1000
MOST_COUNT: Final = 2**31 - 1
_Coordinate = Annotated[float, Field(ge=-FARTHEST_MM, le=FARTHEST_MM, allow_inf_nan=False)]
_Point = tuple[_Coordinate, _Coordinate, _Coordinate]
_Note = Annotated[str, AfterValidator(clean_text), Field(max_length=MAX_NOTE_LENGTH)]
_Count = Annotated[int, Field(ge=0, le=MOST_COUNT)]
_PRINTED: Final = r"^[^\\\p{Cc}]*[^\\\p{Cc}\s][^\\\p{Cc}]*$"
"""Something to read, with no backslash and no control character (PS3.5 section 6.2, SH and LO)."""


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


class AxisView(Shape):
    """A diameter: its end points in the patient (LPS, mm) and its length."""

    start_mm: _Point
    end_mm: _Point
    length_mm: float

    @classmethod
    def of(cls, axis: Axis | None) -> AxisView | None:
        """From an axis; None where there is none."""
        return None if axis is None else cls(start_mm=axis.start_mm, end_mm=axis.end_mm, length_mm=axis.length_mm)


class PlaceView(Shape):
    """The image that shows a finding best. frame: 1-based, null for a single-frame instance."""

    sop_instance_uid: str
    frame: int | None


class JudgementView(Shape):
    """One thing a reader did to a finding."""

    action: ReviewAction
    reason: RejectionReason | None
    by: Named
    at: datetime
    mode: ReadingMode


class ProposedView(Shape):
    """What the package said of a finding, whatever a reader made of it since."""

    concept: CodeView
    place: str
    long_axis_mm: float | None
    short_axis_mm: float | None
    volume_mm3: float | None


class FindingView(Shape):
    """A finding as it stands. analysis_id: null for a reader's own. band: how probable the package holds it.

    is_high: it has to be judged before the signature. line: one sentence for the report. long_axis, short_axis: as the
    reader drew them; null where what the package measured stands. proposed: null for a reader's own.
    """

    tracking_uid: str
    number: int
    analysis_id: str | None
    state: Worded
    concept: CodeView
    site: CodeView
    laterality: CodeView | None
    place: str
    long_axis_mm: float | None
    short_axis_mm: float | None
    volume_mm3: float | None
    mean_hu: float | None
    center_mm: _Point | None
    image: PlaceView | None
    probability: float | None
    band: Worded | None
    is_high: bool
    note: str
    line: str
    long_axis: AxisView | None
    short_axis: AxisView | None
    proposed: ProposedView | None
    judgements: tuple[JudgementView, ...]


class ReportTextBody(Shape):
    """影像所见, 影像诊断, 建议."""

    findings: str = Field(default="", max_length=MAX_TEXT_LENGTH)
    impression: str = Field(default="", max_length=MAX_TEXT_LENGTH)
    advice: str = Field(default="", max_length=MAX_TEXT_LENGTH)

    @property
    def text(self) -> ReportText:
        """As the domain has it."""
        return ReportText(self.findings, self.impression, self.advice)


class KeyImageView(Shape):
    """An image marked for the report, as it was kept."""

    sop_instance_uid: str
    frame: int | None
    note: str


class KeyImageBody(Shape):
    """An image marked for the report."""

    sop_instance_uid: str = Field(max_length=64, pattern=r"^[0-9.]+$")
    frame: int | None = Field(default=None, ge=1, le=MOST_COUNT)
    note: _Note = ""


class ReportBody(Shape):
    """What a version says from now on. edition: the one the writer began from; 0 to begin a version."""

    edition: _Count
    text: ReportTextBody
    key_images: tuple[KeyImageBody, ...] = Field(default=(), max_length=50)
    template: str = Field(default="", max_length=64)
    language: Language

    @property
    def content(self) -> ReportContent:
        """As the domain has it."""
        return ReportContent(
            text=self.text.text,
            key_images=tuple(KeyImage(each.sop_instance_uid, each.frame, each.note) for each in self.key_images),
            template=self.template,
            language=self.language,
        )


class ReportView(Shape):
    """A version of the report. why: what was said when it was returned by its auditor, or withdrawn.

    signed_text: what was signed, where the auditor changed it; null where they did not. audit_due_at: until when one
    that was given out provisionally is to be audited; null for every other one. returned: whether its auditor sent it
    back.
    """

    id: str
    version: int
    state: Worded
    edition: int
    text: ReportTextBody
    key_images: tuple[KeyImageView, ...]
    template: str
    language: Language
    author: Named
    changed_by: Named
    changed_at: datetime
    signed_by: Named | None
    signed_at: datetime | None
    audited_by: Named | None
    audited_at: datetime | None
    audit_due_at: datetime | None
    signed_text: ReportTextBody | None
    record_sha256: str | None
    returned: bool
    why: str | None


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
    impression.
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
    report: ReportView | None
    versions: tuple[ReportView, ...]
    flags: tuple[FlagView, ...]
    banners: tuple[BannerView, ...]
    notices: tuple[NoticeView, ...]


class CodeBody(Shape):
    """A code of the code table."""

    value: str = Field(max_length=16, pattern=_PRINTED)
    scheme: str = Field(max_length=16, pattern=_PRINTED)
    meaning: str = Field(max_length=64, pattern=_PRINTED)

    @property
    def code(self) -> Code:
        """As the domain has it."""
        return Code(self.value, self.scheme, self.meaning)


class AxisBody(Shape):
    """A diameter the reader drew; its length is that between its points, to AXIS_TOLERANCE_MM."""

    start_mm: _Point
    end_mm: _Point
    length_mm: float = Field(ge=0, le=1000)

    @model_validator(mode="after")
    def _is_as_long_as_drawn(self) -> Self:
        drawn_mm = math.dist(self.start_mm, self.end_mm)
        if abs(drawn_mm - self.length_mm) > AXIS_TOLERANCE_MM:
            raise ValueError(f"length_mm is {self.length_mm}, but the points are {drawn_mm:.1f} mm apart")
        return self

    @property
    def axis(self) -> Axis:
        """As the domain has it; the image it was drawn on stands beside it."""
        return Axis(self.start_mm, self.end_mm, self.length_mm, 0)


class PlaceBody(Shape):
    """The image of the study a finding is shown on. frame: 1-based, null for a single-frame instance."""

    sop_instance_uid: str = Field(max_length=64, pattern=r"^[0-9.]+$")
    frame: int | None = Field(default=None, ge=1, le=MOST_COUNT)


class DescriptionBody(Shape):
    """What the reader says of a finding."""

    concept: CodeBody
    site: CodeBody
    laterality: CodeBody | None = None
    center_mm: _Point | None = None
    long_axis: AxisBody | None = None
    short_axis: AxisBody | None = None
    volume_mm3: float | None = Field(default=None, ge=0, le=MOST_VOLUME_MM3, allow_inf_nan=False)
    image: PlaceBody | None = None
    note: _Note = ""

    @property
    def description(self) -> Description:
        """As the domain has it."""
        return Description(
            concept=self.concept.code,
            site=self.site.code,
            laterality=None if self.laterality is None else self.laterality.code,
            center_mm=self.center_mm,
            long_axis=None if self.long_axis is None else self.long_axis.axis,
            short_axis=None if self.short_axis is None else self.short_axis.axis,
            volume_mm3=self.volume_mm3,
            sop_instance_uid=None if self.image is None else self.image.sop_instance_uid,
            frame_number=None if self.image is None else self.image.frame,
            note=self.note,
        )


class JudgeBody(Shape):
    """One act on a finding. id: the page's own, so that a repeated request is one act."""

    id: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")
    action: ReviewAction
    reason: RejectionReason | None = None
    said: DescriptionBody | None = None
    review_version: _Count
    ms_since_open: int | None = Field(default=None, ge=0, le=MOST_OPEN_MS)
