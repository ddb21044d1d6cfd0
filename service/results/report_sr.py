"""A signed report as a Comprehensive 3D SR of TID 1500: verified, final, naming what it replaces (AC-07, AC-08).

One that is out before its audit is preliminary and not verified: it names who wrote it as its author, and says until
when it is to be audited (AC-72; PS3.3 C.17.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from highdicom.sr import (
    CodedConcept,
    Comprehensive3DSR,
    ContainerContentItem,
    ContentSequence,
    ImageRegion3D,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    ReferencedSegment,
    RelationshipTypeValues,
    SourceSeriesForSegmentation,
    TextContentItem,
    TrackingIdentifier,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
)
from pydicom.dataset import Dataset

from models.contract import Code, Presence
from models.frames import text_of
from models.manifest import Text
from service.domain import codes
from service.domain.outcome import stated
from service.domain.status import ENCODINGS, ExaminationStatus
from service.domain.wording import provisional_words, report_line, said
from service.results.algorithm import device_observer, identification
from service.results.document import SERIES_NUMBERS, EncodedObject, ObjectKind, zone
from service.results.drawn_lines import LONG_AXIS, SHORT_AXIS, Line
from service.results.header import SHORT_STRING_BYTES, apply_header, code_item, long_string, utc_offset
from service.results.part10 import encoded
from service.results.signed_report import ReportContext, SignedFinding, SignedReport, Verified, person_name
from service.results.sources import hierarchical, stand_in
from service.results.sr_axes import draw_axes, drawn_on
from service.results.sr_parts import (
    CommonParts,
    Group,
    coded,
    commented,
    evaluations,
    finding_site,
    language_of,
    measurement,
    procedure,
    request_item,
    study_of,
)

RECORD_SHA256: Final = Code("record-sha256", "99CONSILIUM", "SHA-256 of the signed record")
CHANGE_SHA256: Final = Code("change-sha256", "99CONSILIUM", "SHA-256 of the audit that changed the text")
_FINDINGS: Final = (Code("121070", "DCM", "Findings"), Code("121071", "DCM", "Finding"))
_IMPRESSIONS: Final = (Code("121072", "DCM", "Impressions"), Code("121073", "DCM", "Impression"))
_RECOMMENDATIONS: Final = (Code("121074", "DCM", "Recommendations"), Code("121075", "DCM", "Recommendation"))
_PROVISIONAL: Final = Code("provisional-report", "99CONSILIUM", "Provisional report")
_COMMUNICATION: Final = Code("73568-8", "LN", "Communication of critical results")
_PERSON: Final = CodedConcept("121006", "DCM", "Person")
_PHYSICIAN: Final = CodedConcept("121081", "DCM", "Physician")
"""CID 7452 is extensible; the code of its first edition is the one that older and newer readers both know."""
_RECORDING: Final = CodedConcept("121097", "DCM", "Recording")
_VERIFYING: Final = CodedConcept("121098", "DCM", "Verifying")
_WORDS_ONLY: Final = Text(zh="无结构化发现，见报告文字。", en="No coded finding; see the words of the report.")
_CORRECTED: Final = Text(zh="医师更正，AI 原文：", en="Corrected by the reader. AI said: ")
_CONFIRMED: Final = Text(zh="AI 发现，经医师确认。", en="Found by AI, confirmed by the reader.")
_ADDED: Final = Text(zh="医师发现。", en="Found by the reader.")


def encode_report_sr(context: ReportContext, report: SignedReport) -> EncodedObject:
    """The SR of a report: what stands, with who said it; what was rejected is absent."""
    content = _content(context, report)
    segmentations = [
        stand_in(
            context,
            series_instance_uid=each.series_instance_uid,
            sop_instance_uid=each.sop_instance_uid,
            sop_class_uid=each.sop_class_uid,
        )
        for each in report.segmentations
    ]
    document = Comprehensive3DSR(
        evidence=[study_of(context), *drawn_on(context, _lines(report.findings)), *segmentations],
        content=content,
        series_instance_uid=context.series_instance_uid(ObjectKind.SR),
        series_number=SERIES_NUMBERS[ObjectKind.SR],
        sop_instance_uid=context.sop_instance_uid(ObjectKind.SR),
        instance_number=1,
        specific_character_set=context.character_set.value,
    )
    apply_header(document, context, ObjectKind.SR)
    study = context.sources[0].StudyInstanceUID
    document.CurrentRequestedProcedureEvidenceSequence = hierarchical(study, [*report.images, *report.segmentations])
    if report.replaces:
        document.PredecessorDocumentsSequence = hierarchical(study, report.replaces)
    _verify(document, context, report)
    if context.order is not None:
        document.ReferencedRequestSequence = [request_item(context, context.order)]
    return encoded(document, ObjectKind.SR)


def _content(context: ReportContext, report: SignedReport) -> MeasurementReport:
    content = MeasurementReport(
        observation_context=_observers(context, report),
        procedure_reported=coded(procedure(text_of(context.sources[0], "Modality"))),
        imaging_measurements=list(_groups(context, report.findings)) or [_nothing_measured(context)],
        language_of_content_item_and_descendants=language_of(context),
    )
    content[0].ContentSequence.extend(_sections(context, report))
    return content


def _nothing_measured(context: ReportContext) -> Group:
    """The group that TID 1500 asks for where no finding stands: it says that there are words only."""
    tracking = TrackingIdentifier(uid=context.inner_uid(ObjectKind.SR, "report"), identifier="Report")
    return commented(
        MeasurementsAndQualitativeEvaluations(tracking_identifier=tracking), said(_WORDS_ONLY, context.language)
    )


def _verify(document: Dataset, context: ReportContext, report: SignedReport) -> None:
    flags = ENCODINGS[_status(report)].sr
    assert flags is not None, "the status table gives a signed report its SR flags"
    document.CompletionFlag, document.PreliminaryFlag = flags.completion, flags.preliminary
    document.VerificationFlag = flags.verification
    if report.audit_due_at is None:
        document.VerifyingObserverSequence = [_verifying_observer(context, each) for each in report.verified]
    else:
        document.AuthorObserverSequence = [_author(context, each) for each in report.verified]


def _status(report: SignedReport) -> ExaminationStatus:
    if report.audit_due_at is not None:
        return ExaminationStatus.PROVISIONAL
    return ExaminationStatus.AMENDED if report.amends else ExaminationStatus.SIGNED


def _author(context: ReportContext, signed: Verified) -> Dataset:
    """An item of Author Observer Sequence (0040,A078): a person (PS3.3 table C.17-3b)."""
    author = Dataset()
    author.ObserverType = "PSN"
    author.PersonName = person_name(signed.name)
    author.PersonIdentificationCodeSequence = _licence_codes(signed)
    author.InstitutionName = long_string(context.installation.name)
    author.InstitutionCodeSequence = []
    return author


def _verifying_observer(context: ReportContext, verified: Verified) -> Dataset:
    """An item of Verifying Observer Sequence (0040,A073); a licence number that is a code identifies the person."""
    observer = Dataset()
    observer.VerifyingOrganization = long_string(context.installation.name)
    at = verified.at.astimezone(zone(utc_offset(context)))
    observer.VerificationDateTime = at.strftime("%Y%m%d%H%M%S.%f%z")
    observer.VerifyingObserverName = person_name(verified.name)
    observer.VerifyingObserverIdentificationCodeSequence = _licence_codes(verified)
    return observer


def _licence_codes(person: Verified) -> list[Dataset]:
    """The person by their licence number; nothing where that is no code value."""
    is_code = 0 < len(person.licence) <= SHORT_STRING_BYTES and "\\" not in person.licence
    named = Code(person.licence, "99CONSILIUM", long_string(person.title or "Physician"))
    return [code_item(named)] if is_code else []


def _observers(context: ReportContext, report: SignedReport) -> ObservationContext:
    return ObservationContext(
        observer_person_context=ObserverContext(
            observer_type=_PERSON,
            observer_identifying_attributes=PersonObserverIdentifyingAttributes(
                name=person_name(report.verified[0].name),
                organization_name=context.installation.name,
                role_in_organization=_PHYSICIAN,
                role_in_procedure=_VERIFYING if report.audit_due_at is None else _RECORDING,
            ),
        )
    )


def _sections(context: ReportContext, report: SignedReport) -> Iterator[ContainerContentItem | TextContentItem]:
    """The report's own words, section by section as TID 2000 has them, and the hash of the record that was signed."""
    text = report.content.text
    if report.audit_due_at is not None:
        due_at = report.audit_due_at.astimezone(zone(utc_offset(context)))
        yield _text(_PROVISIONAL, provisional_words(due_at, context.language))
    for (section, item), words in (
        (_FINDINGS, text.findings),
        (_IMPRESSIONS, text.impression),
        (_RECOMMENDATIONS, text.advice),
    ):
        if words.strip():
            container = ContainerContentItem(
                name=coded(section), relationship_type=RelationshipTypeValues.CONTAINS, is_content_continuous=False
            )
            container.ContentSequence = ContentSequence([_text(item, words)])
            yield container
    for words in report.communications:
        yield _text(_COMMUNICATION, words)
    yield _text(RECORD_SHA256, report.record_sha256)
    if report.change_sha256 is not None:
        yield _text(CHANGE_SHA256, report.change_sha256)


def _text(name: Code, words: str) -> TextContentItem:
    return TextContentItem(name=coded(name), value=words, relationship_type=RelationshipTypeValues.CONTAINS)


def _groups(context: ReportContext, findings: Sequence[SignedFinding]) -> Iterator[Group]:
    """A group a finding. They refer to segments only where all of them can.

    PixelMed's rules of 2022 take every group of a document for TID 1411 once one of them is. Where a finding has no
    region, all say their point, and a region is found by its Tracking UID, which the SEG says as well.
    """
    by_segment = all(each.segment is not None for each in findings)
    for each in findings:
        yield _group(context, each, by_segment=by_segment)


def _group(context: ReportContext, finding: SignedFinding, *, by_segment: bool) -> Group:
    package = None if finding.proposed is None else finding.proposed.context
    measures_stand = finding.corrected is None and package is not None
    common = CommonParts(
        tracking_identifier=TrackingIdentifier(uid=finding.tracking_uid, identifier=finding.identifier),
        finding_type=coded(finding.stated.concept),
        finding_category=coded(finding.category),
        finding_sites=[finding_site(finding.stated.site, finding.stated.laterality)],
        algorithm_id=identification(package) if package is not None and measures_stand else None,
        measurements=list(_measurements(finding, with_probability=measures_stand)),
        qualitative_evaluations=evaluations(codes.PRESENCE_CODES[Presence.PRESENT]),
    )
    group = commented(_located(finding, common, by_segment=by_segment), _words(context, finding))
    draw_axes(group, finding.lines)
    if package is not None:
        group[0].ContentSequence.extend(device_observer(package))
    return group


def _lines(findings: Sequence[SignedFinding]) -> Iterator[Line]:
    for each in findings:
        yield from each.lines.values()


def _words(context: ReportContext, finding: SignedFinding) -> str:
    line = report_line(finding.stated, context.language)
    if finding.proposed is None:
        words = f"{line} {said(_ADDED, context.language)}"
    elif finding.corrected is None:
        words = f"{line} {said(_CONFIRMED, context.language)}"
    else:
        former = report_line(stated(finding.proposed.finding), context.language)
        words = f"{line} {said(_CORRECTED, context.language)}{former}"
    note = "" if finding.corrected is None else finding.corrected.note
    return f"{words} {note}".strip()


def _located(finding: SignedFinding, common: CommonParts, *, by_segment: bool) -> Group:
    """The group with the best that is known of the place (AC-04): segment, drawn diameter, point, or the site alone.

    Beside a diameter stands no point: OHIF takes a group with one for a point, and shows nothing that was measured.
    """
    if finding.segment is not None and by_segment:
        segment = ReferencedSegment(
            sop_class_uid=finding.segment.segmentation.sop_class_uid,
            sop_instance_uid=finding.segment.segmentation.sop_instance_uid,
            segment_number=finding.segment.number,
            source_series=SourceSeriesForSegmentation(finding.segment.source_series_instance_uid),
        )
        return VolumetricROIMeasurementsAndQualitativeEvaluations(referenced_segment=segment, **common)
    if LONG_AXIS in finding.lines:
        return MeasurementsAndQualitativeEvaluations(**common)
    center_mm = finding.center_mm
    if center_mm is not None and finding.frame_of_reference_uid is not None:
        region = ImageRegion3D("POINT", np.array([center_mm]), finding.frame_of_reference_uid)
        return PlanarROIMeasurementsAndQualitativeEvaluations(referenced_region=region, **common)
    return MeasurementsAndQualitativeEvaluations(**common)


def _measurements(finding: SignedFinding, *, with_probability: bool) -> Iterator[Measurement]:
    """The measures that count; a probability is the package's, so it stands only beside what the package said."""
    said_now = finding.stated
    for name, value, unit in (
        (LONG_AXIS, said_now.long_axis_mm, codes.MILLIMETER),
        (SHORT_AXIS, said_now.short_axis_mm, codes.MILLIMETER),
        (codes.VOLUME, said_now.volume_mm3, codes.CUBIC_MILLIMETER),
    ):
        if value is not None:
            yield measurement(name, value, unit)
    if with_probability and said_now.mean_hu is not None:
        yield measurement(codes.ATTENUATION, said_now.mean_hu, codes.HOUNSFIELD_UNIT, derivation=codes.MEAN)
    if with_probability:
        yield measurement(codes.PROBABILITY, said_now.probability, codes.NO_UNITS)
