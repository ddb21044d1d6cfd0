"""A finding: how it stands, and what a reader says of it."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from models.contract import Axis, Code
from service.api.room.shape import MOST_COUNT, CodeView, Count, Named, Note, Shape, Worded
from service.domain.hospital import Language, ReadingMode
from service.domain.review import Description, RejectionReason, ReviewAction

FARTHEST_MM: Final = 10_000.0
"""No scanner's origin is farther away than this from what it scans."""
AXIS_TOLERANCE_MM: Final = 0.5
MOST_VOLUME_MM3: Final = 1e9
"""A cubic metre: no finding is larger than who has it."""
MOST_OPEN_MS: Final = 366 * 24 * 3600 * 1000
_Coordinate = Annotated[float, Field(ge=-FARTHEST_MM, le=FARTHEST_MM, allow_inf_nan=False)]
_Point = tuple[_Coordinate, _Coordinate, _Coordinate]
_PRINTED: Final = r"^[^\\\p{Cc}]*[^\\\p{Cc}\s][^\\\p{Cc}]*$"
"""Something to read, with no backslash and no control character (PS3.5 section 6.2, SH and LO)."""


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


class ReportLinesView(Shape):
    """What a finding writes into a report of one language: a line of its findings, and one of its impression."""

    findings: str
    impression: str


class FindingView(Shape):
    """A finding as it stands. analysis_id: null for a reader's own. band: how probable the package holds it.

    is_high: it has to be judged before the signature. line: one sentence for the list on the screen, in the reader's
    language. report_text: what it writes into the report, by the language that one is written in. long_axis,
    short_axis: as the reader drew them; null where what the package measured stands. proposed: null for a reader's own.
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
    report_text: dict[Language, ReportLinesView]
    long_axis: AxisView | None
    short_axis: AxisView | None
    proposed: ProposedView | None
    judgements: tuple[JudgementView, ...]


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
    note: Note = ""

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
    review_version: Count
    ms_since_open: int | None = Field(default=None, ge=0, le=MOST_OPEN_MS)
