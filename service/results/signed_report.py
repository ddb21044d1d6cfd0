"""What the documents of a signed report are made of: its text, the findings the reader stands for, who verified it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.contract import Code, Finding, Point, SeriesReading
from models.manifest import Text
from service.domain.outcome import StatedFinding
from service.domain.record import RecordedPatient
from service.domain.report import ReportContent
from service.domain.review import Description
from service.domain.technique import Technique
from service.domain.tracking import with_diameters
from service.domain.wording import said
from service.results.document import PRODUCT, Equipment, ObjectKind, ResultContext, StudyContext
from service.results.drawn_lines import LONG_AXIS, SHORT_AXIS, Line, Slices, axes_of, lines_of, slices_of, spot_of
from service.results.sources import InstanceName

_TITLE = Text(zh="影像诊断报告", en="Imaging report")
_PROVISIONAL = Text(zh="（临时）", en=" (provisional)")
_REVIEWED = Text(zh="经医师复核：", en="Reviewed: ")

_SEPARATORS = str.maketrans("\\^=", "   ")
_GROUP_LENGTH = 64
_FIRST_IDEOGRAPHIC = 0x1100


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContext(StudyContext):
    """Everything about a version of a report but what it says. author: who signed it.

    patient: whom the signer's page named: it stands in the documents, whatever single images say; None in records that
    were signed before they held it, where the first source names them.
    is_provisional: whether the document is about the version before its audit: then it is another one than the final.
    """

    report_id: str
    version: int
    author: str
    patient: RecordedPatient | None = None
    is_provisional: bool = False

    @property
    def named_patient(self) -> Mapping[str, str]:
        """As the record names them."""
        if self.patient is None:
            return {}
        return {
            "PatientName": self.patient.name,
            "PatientID": self.patient.id,
            "IssuerOfPatientID": self.patient.issuer,
            "PatientBirthDate": self.patient.birth_date,
            "PatientSex": self.patient.sex,
        }

    @property
    def identity(self) -> tuple[str, ...]:
        """The version of the report."""
        return ("report", self.report_id, *(("provisional",) if self.is_provisional else ()))

    @property
    def equipment(self) -> Equipment:
        """The centre's own software: no package made the report."""
        return Equipment(
            manufacturer=PRODUCT,
            model_name=PRODUCT,
            software_versions=(f"{PRODUCT} {self.installation.product_version}",),
            device_uid=None,
            contribution="Report signed by a physician",
        )

    @property
    def content_creator(self) -> str:
        """Who signed it."""
        return person_name(self.author)

    def series_description(self, kind: ObjectKind) -> str:
        """The kind and the version, marked where it is not final."""
        mark = said(_PROVISIONAL, self.language) if self.is_provisional else ""
        return f"{said(_TITLE, self.language)}{mark} {kind.value} v{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedContext(ResultContext):
    """A package's regions as a reader let them stand: an object of the report, made of what the package found."""

    report_id: str
    author: str

    @property
    def identity(self) -> tuple[str, ...]:
        """The version of the report, and the analysis the regions come from."""
        return ("report", self.report_id, self.analysis_id)

    @property
    def content_creator(self) -> str:
        """Who signed it."""
        return person_name(self.author)

    def series_description(self, kind: ObjectKind) -> str:
        """The package's title, marked as reviewed."""
        return f"{said(_REVIEWED, self.language)}{said(self.package.title, self.language)} {kind.value}"


@dataclass(frozen=True, slots=True)
class SegmentName:
    """Where a finding's region lies: a segment of a SEG, and the series it was drawn on."""

    segmentation: InstanceName
    number: int
    source_series_instance_uid: str


@dataclass(frozen=True, slots=True)
class ByPackage:
    """Where a finding came from: the package's analysis, and what it said."""

    context: ResultContext
    outcome: SeriesReading
    finding: Finding


@dataclass(frozen=True, slots=True)
class SignedFinding:
    """A finding the signer stands for.

    label, name, tracking_uid: of the lesion, for people and for machines; the name ends with the label.
    proposed: what a package said, None for the reader's own. corrected: what the reader says instead, None where it was
    accepted as it is. stated: what counts, in words and numbers. frame_of_reference_uid: of the image it lies on.
    drawn_on: the image the reader measured on; None where they did not, or it does not say where it lies.
    """

    label: str
    name: str
    tracking_uid: str
    category: Code
    stated: StatedFinding
    proposed: ByPackage | None
    corrected: Description | None
    frame_of_reference_uid: str | None
    segment: SegmentName | None
    drawn_on: Slices | None

    @property
    def lines(self) -> Mapping[Code, Line]:
        """The diameters that count, each on the image it was measured on: a reader's are the reader's own."""
        measured = self.corrected or (None if self.proposed is None else self.proposed.finding)
        return {} if measured is None else lines_of(axes_of(measured), tuple(self._places()))

    @property
    def marks(self) -> tuple[Line, ...]:
        """Its diameters; where none can be drawn, the spot where it lies."""
        if self.lines:
            return tuple(self.lines.values())
        spot = spot_of(self.center_mm, tuple(self._places()))
        return () if spot is None else (spot,)

    @property
    def center_mm(self) -> Point | None:
        """Where it lies in the patient (LPS)."""
        if self.corrected is not None:
            return self.corrected.center_mm
        return None if self.proposed is None else self.proposed.finding.center_mm

    def _places(self) -> Iterator[Slices]:
        """The image that was named, then the series a package read, where that is what the diameters are of."""
        if self.drawn_on is not None:
            yield self.drawn_on
        if self.proposed is not None and (
            self.corrected is None
            or self.corrected.sop_instance_uid in {each.sop_instance_uid for each in self.proposed.outcome.sources}
        ):
            yield slices_of(self.proposed.outcome)

    @property
    def identifier(self) -> str:
        """Tracking Identifier (112039): the name, behind the tool that shows two diameters of one image in OHIF."""
        long_axis, short_axis = (self.lines.get(name) for name in (LONG_AXIS, SHORT_AXIS))
        is_on_one = long_axis is not None and short_axis is not None and long_axis.source == short_axis.source
        return with_diameters(self.name) if is_on_one else self.name


@dataclass(frozen=True, slots=True)
class Verified:
    """A physician who put their name to it: signed it, or audited what was signed (AC-72)."""

    name: str
    title: str
    licence: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KeyPicture:
    """A key image as paper shows it. png: None where its pixels cannot be decoded; numbers as the image has them."""

    png: bytes | None
    series_number: int | None
    image_number: int | None
    note: str


@dataclass(frozen=True, slots=True)
class SignedReport:
    """A version of a report that is out.

    audit_due_at: of one that is out provisionally, until when it is to be audited; None for a final one.
    replaces: the documents it takes the place of: the packages' own, and those of the version before. images: every
    image the signer could see. communications: who was told of urgent findings, in words (AC-74). record_sha256: of
    the canonical record that was signed (service.domain.record). techniques: how the images were made.
    change_sha256: of the audit that changed its text; None where nobody did.
    """

    version: int
    audit_due_at: datetime | None
    amends: bool
    content: ReportContent
    findings: tuple[SignedFinding, ...]
    verified: tuple[Verified, ...]
    record_sha256: str
    change_sha256: str | None
    replaces: tuple[InstanceName, ...]
    images: tuple[InstanceName, ...]
    packages: tuple[ResultContext, ...]
    communications: tuple[str, ...]
    techniques: tuple[Technique, ...]

    @property
    def segmentations(self) -> Sequence[InstanceName]:
        """The SEGs its findings refer to, each once."""
        named = (each.segment.segmentation for each in self.findings if each.segment is not None)
        return tuple(dict.fromkeys(named))


def person_name(name: str) -> str:
    """A name as typed, as a person name (PS3.5 section 6.2.1): Han, kana and Hangul are its ideographic representation.

    A group has at most 64 characters; what separates groups and components is no part of a typed name.
    """
    clean = " ".join(name.translate(_SEPARATORS).split())[:_GROUP_LENGTH]
    return f"={clean}" if any(ord(letter) >= _FIRST_IDEOGRAPHIC for letter in clean) else clean
