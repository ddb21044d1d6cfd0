"""What goes to and fro about templates and phrases."""

from __future__ import annotations

from pydantic import Field

from service.access.written_text import Line
from service.api.room.report_shapes import ReportTextBody
from service.api.room.shape import Shape
from service.domain.hospital import Language
from service.domain.report import ReportText
from service.domain.template import MAX_NAME_LENGTH, Origin, Purpose, Template, TemplateKind, Wording


class TemplateBody(Shape):
    """What a template or phrase says, and for which examinations. A phrase has its words in text.findings."""

    kind: TemplateKind
    language: Language
    name: Line = Field(max_length=MAX_NAME_LENGTH)
    shortcut: str = Field(default="", max_length=16)
    modality: str = Field(default="", max_length=4)
    body_part: str = Field(default="", max_length=16)
    exam: Line = Field(default="", max_length=64)
    text: ReportTextBody

    @property
    def wording(self) -> Wording:
        """As the domain has it. Raises TemplateFault."""
        return Wording(
            kind=self.kind,
            language=self.language,
            name=self.name,
            shortcut=self.shortcut,
            purpose=Purpose(self.modality, self.body_part, self.exam),
            text=ReportText(self.text.findings, self.text.impression, self.text.advice),
        )


class NewTemplateBody(TemplateBody):
    """is_shared: for others too, which a senior physician does; hospital: for its readers only, else for everybody."""

    is_shared: bool = False
    hospital: str | None = Field(default=None, max_length=64)


class TemplateView(Shape):
    """A template or phrase. origin: whose it is. may_change: whether this reader can change or remove it."""

    id: str
    kind: TemplateKind
    language: Language
    name: str
    shortcut: str
    modality: str
    body_part: str
    exam: str
    text: ReportTextBody
    origin: Origin
    may_change: bool

    @classmethod
    def of(cls, template: Template, *, may_change: bool) -> TemplateView:
        """From a template."""
        wording = template.wording
        text = wording.text
        return cls(
            id=template.id,
            kind=wording.kind,
            language=wording.language,
            name=wording.name,
            shortcut=wording.shortcut,
            modality=wording.purpose.modality,
            body_part=wording.purpose.body_part,
            exam=wording.purpose.exam,
            text=ReportTextBody(findings=text.findings, impression=text.impression, advice=text.advice),
            origin=template.origin,
            may_change=may_change,
        )


class TemplatesView(Shape):
    """Templates and phrases; for an examination the best first."""

    templates: tuple[TemplateView, ...]
