"""A version of the report: what a reader writes into it, and how it stands."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from service.api.room.shape import MOST_COUNT, Count, Named, Note, Shape, Worded
from service.domain.hospital import Language
from service.domain.report import MAX_TEXT_LENGTH, KeyImage, ReportContent, ReportText


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
    note: Note = ""


class ReportBody(Shape):
    """What a version says from now on. edition: the one the writer began from; 0 to begin a version."""

    edition: Count
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
