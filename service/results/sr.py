"""A reading, a refusal or a failure as a Comprehensive 3D SR of TID 1500 (AC-01, AC-04, AC-05, AC-07, AC-08)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias, TypedDict

import numpy as np
from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    Comprehensive3DSR,
    FindingSite,
    ImageRegion3D,
    LanguageOfContentItemAndDescendants,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    ReferencedSegment,
    RelationshipTypeValues,
    SourceSeriesForSegmentation,
    TextContentItem,
    TrackingIdentifier,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
)
from pydicom.dataset import Dataset
from pydicom.uid import SegmentationStorage

from models.contract import Code, Finding, Refused, SeriesReading
from models.frames import text_of
from service.domain import codes
from service.domain.hospital import Language
from service.domain.outcome import AnalysisResult, Failed, said_of, stated
from service.domain.status import ENCODINGS, ExaminationStatus, SrFlags
from service.domain.tracking import Tracking, tracking
from service.domain.wording import NOT_VERIFIED, finding_text, findings_text, refusal_sentence, said
from service.results.algorithm import identification, observation_context
from service.results.document import SERIES_NUMBERS, EncodedObject, ObjectKind, OrderFacts, ResultContext
from service.results.header import apply_header, long_string
from service.results.part10 import encoded
from service.results.seg import segment_numbers
from service.results.sources import evidence, stand_in

_LANGUAGES: Final = {
    Language.ZH_CN: CodedConcept("zh-CN", "RFC5646", "Chinese (S)"),
    Language.EN: CodedConcept("en-US", "RFC5646", "English (United States)"),
}
_CT: Final = Code("25045-6", "LN", "CT unspecified body region")
_MR: Final = Code("25056-3", "LN", "MRI unspecified body region")
_XR: Final = Code("43468-8", "LN", "XR unspecified body region")
_PROCEDURES: Final = {"CT": _CT, "MR": _MR, "CR": _XR, "DX": _XR, "MG": _XR, "RF": _XR, "XA": _XR}
_ANY_PROCEDURE: Final = Code("363679005", "SCT", "Imaging procedure")
_COMMENT: Final = Code("121106", "DCM", "Comment")

Group: TypeAlias = (
    PlanarROIMeasurementsAndQualitativeEvaluations
    | VolumetricROIMeasurementsAndQualitativeEvaluations
    | MeasurementsAndQualitativeEvaluations
)


class _Common(TypedDict):
    """What the three templates of measurement groups (TID 1410, 1411, 1501) share."""

    tracking_identifier: TrackingIdentifier
    finding_type: CodedConcept
    finding_category: CodedConcept
    finding_sites: list[FindingSite]
    algorithm_id: AlgorithmIdentification
    measurements: list[Measurement]
    qualitative_evaluations: list[QualitativeEvaluation]


def encode_sr(context: ResultContext, outcome: AnalysisResult) -> EncodedObject:
    """The SR of one analysis: findings, "absent" for the target, "not attempted" or "failed", each told apart by codes.

    Raises EncodeFault for facts that contradict each other.
    """
    reading = outcome if isinstance(outcome, SeriesReading) else None
    segmentation = _segmentation(context, reading)
    report = MeasurementReport(
        observation_context=observation_context(context),
        procedure_reported=_coded(_procedure(context)),
        imaging_measurements=list(_groups(context, outcome)),
        language_of_content_item_and_descendants=LanguageOfContentItemAndDescendants(_LANGUAGES[context.language]),
    )
    document = Comprehensive3DSR(
        evidence=[_study(context), *segmentation],
        content=report,
        series_instance_uid=context.series_instance_uid(ObjectKind.SR),
        series_number=SERIES_NUMBERS[ObjectKind.SR],
        sop_instance_uid=context.sop_instance_uid(ObjectKind.SR),
        instance_number=1,
        specific_character_set=context.character_set.value,
    )
    apply_header(document, context, ObjectKind.SR)
    document.CurrentRequestedProcedureEvidenceSequence = evidence(context, reading, segmentation)
    _apply_flags(document, context, outcome)
    if context.order is not None:
        document.ReferencedRequestSequence = [_request(context, context.order)]
    return encoded(document, ObjectKind.SR)


def _groups(context: ResultContext, outcome: AnalysisResult) -> Iterator[Group]:
    """A group a finding, or one for all: "absent", "not attempted", "failed". Each says whether the analysis succeeded.

    No group of its own says so beside findings: PixelMed's rules of 2022 take every group of a document for TID 1411
    once one of them is.
    """
    if not isinstance(outcome, SeriesReading):
        yield _nothing_read_group(context, outcome)
    elif not outcome.reading.findings:
        yield _absent_group(context, outcome)
    else:
        pairs = tracking(context.installation.key, context.package.name, outcome)
        for finding in outcome.reading.findings:
            yield _finding_group(context, outcome, finding, pairs[finding.number])


def _nothing_read_group(context: ResultContext, outcome: Refused | Failed) -> Group:
    evaluation = codes.NOT_ATTEMPTED if isinstance(outcome, Refused) else codes.FAILED
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_own_tracking(context, "Analysis"),
        algorithm_id=identification(context),
        qualitative_evaluations=[_evaluation(codes.SUMMARY_OF_ANALYSES, evaluation)],
    )
    return _commented(group, context, findings_text(outcome, context.package, context.language))


def _absent_group(context: ResultContext, outcome: SeriesReading) -> Group:
    target = outcome.reading.target
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_own_tracking(context, f"{target.concept.meaning} (absent)"),
        finding_type=_coded(target.concept),
        finding_sites=[FindingSite(_coded(target.site))],
        algorithm_id=identification(context),
        qualitative_evaluations=_evaluations(codes.ABSENT),
    )
    return _commented(group, context, findings_text(said_of(outcome), context.package, context.language))


def _commented(group: Group, context: ResultContext, words: str) -> Group:
    """The statement in the hospital's language, for viewers that show text only, marked as what it is."""
    comment = TextContentItem(
        name=_coded(_COMMENT),
        value=f"{words} {said(NOT_VERIFIED, context.language)}",
        relationship_type=RelationshipTypeValues.CONTAINS,
    )
    group[0].ContentSequence.append(comment)
    return group


def _finding_group(context: ResultContext, outcome: SeriesReading, finding: Finding, pair: Tracking) -> Group:
    common = _Common(
        tracking_identifier=TrackingIdentifier(uid=pair.uid, identifier=pair.identifier),
        finding_type=_coded(finding.concept),
        finding_category=_coded(finding.category),
        finding_sites=[_finding_site(finding)],
        algorithm_id=identification(context),
        measurements=list(_measurements(finding)),
        qualitative_evaluations=_evaluations(codes.PRESENCE_CODES[finding.presence]),
    )
    return _commented(
        _located(context, outcome, finding, common), context, finding_text(stated(finding), context.language)
    )


def _located(context: ResultContext, outcome: SeriesReading, finding: Finding, common: _Common) -> Group:
    """The group with the best that is known of the place: a segment, a point, or the site alone (AC-04)."""
    segment_number = segment_numbers(outcome).get(finding.number)
    if segment_number is not None:
        segment = ReferencedSegment(
            sop_class_uid=SegmentationStorage,
            sop_instance_uid=context.sop_instance_uid(ObjectKind.SEG),
            segment_number=segment_number,
            source_series=SourceSeriesForSegmentation(outcome.series_instance_uid),
        )
        return VolumetricROIMeasurementsAndQualitativeEvaluations(referenced_segment=segment, **common)
    if finding.center_mm is not None:
        region = ImageRegion3D("POINT", np.array([finding.center_mm]), outcome.frame_of_reference_uid)
        return PlanarROIMeasurementsAndQualitativeEvaluations(referenced_region=region, **common)
    return MeasurementsAndQualitativeEvaluations(**common)


def _measurements(finding: Finding) -> Iterator[Measurement]:
    if finding.long_axis is not None:
        yield _measurement(codes.LONG_AXIS, finding.long_axis.length_mm, codes.MILLIMETER)
    if finding.short_axis is not None:
        yield _measurement(codes.SHORT_AXIS, finding.short_axis.length_mm, codes.MILLIMETER)
    if finding.volume_mm3 is not None:
        yield _measurement(codes.VOLUME, finding.volume_mm3, codes.CUBIC_MILLIMETER)
    if finding.mean_hu is not None:
        yield _measurement(codes.ATTENUATION, finding.mean_hu, codes.HOUNSFIELD_UNIT, derivation=codes.MEAN)
    yield _measurement(codes.PROBABILITY, finding.probability, codes.NO_UNITS)


def _measurement(name: Code, value: float, unit: Code, derivation: Code | None = None) -> Measurement:
    return Measurement(
        name=_coded(name),
        value=float(value),
        unit=_coded(unit),
        derivation=None if derivation is None else _coded(derivation),
    )


def _finding_site(finding: Finding) -> FindingSite:
    return FindingSite(
        _coded(finding.site), laterality=None if finding.laterality is None else _coded(finding.laterality)
    )


def _evaluations(presence: Code) -> list[QualitativeEvaluation]:
    return [_evaluation(codes.PRESENCE, presence), _evaluation(codes.SUMMARY_OF_ANALYSES, codes.SUCCEEDED)]


def _evaluation(name: Code, value: Code) -> QualitativeEvaluation:
    return QualitativeEvaluation(name=_coded(name), value=_coded(value))


def _own_tracking(context: ResultContext, role: str) -> TrackingIdentifier:
    """Groups that are about no lesion still need both tracking items (TID 1501)."""
    return TrackingIdentifier(uid=context.inner_uid(ObjectKind.SR, role), identifier=role)


def _procedure(context: ResultContext) -> Code:
    """What was done, by modality: CID 100 names no body regions, and PixelMed calls a code outside it an error."""
    modality = text_of(context.sources[0], "Modality") or context.package.intended_use.modality
    return _PROCEDURES.get(modality, _ANY_PROCEDURE)


def _study(context: ResultContext) -> Dataset:
    header = context.sources[0]
    return stand_in(context, series_instance_uid=header.SeriesInstanceUID, sop_instance_uid=header.SOPInstanceUID)


def _segmentation(context: ResultContext, reading: SeriesReading | None) -> list[Dataset]:
    if reading is None or not segment_numbers(reading):
        return []
    return [
        stand_in(
            context,
            series_instance_uid=context.series_instance_uid(ObjectKind.SEG),
            sop_class_uid=SegmentationStorage,
            sop_instance_uid=context.sop_instance_uid(ObjectKind.SEG),
        )
    ]


def _apply_flags(document: Dataset, context: ResultContext, outcome: AnalysisResult) -> None:
    flags = _flags(outcome)
    document.CompletionFlag, document.PreliminaryFlag = flags.completion, flags.preliminary
    document.VerificationFlag = flags.verification
    if isinstance(outcome, Refused):
        words = refusal_sentence(outcome.reason, context.language)
        document.CompletionFlagDescription = long_string(f"{outcome.reason.value}: {words}")
    elif isinstance(outcome, Failed):
        document.CompletionFlagDescription = long_string(f"{outcome.reason_code}: {outcome.detail}")


def _flags(outcome: AnalysisResult) -> SrFlags:
    if isinstance(outcome, Refused):
        status = ExaminationStatus.NOT_ANALYSED
    else:
        status = ExaminationStatus.AI_FAILED if isinstance(outcome, Failed) else ExaminationStatus.AI_DONE
    flags = ENCODINGS[status].sr
    assert flags is not None, f"the status table gives {status.value} no SR flags"
    return flags


def _request(context: ResultContext, order: OrderFacts) -> Dataset:
    """One item of Referenced Request Sequence (PS3.3 C.17.2)."""
    request = Dataset()
    request.StudyInstanceUID = context.sources[0].StudyInstanceUID
    request.ReferencedStudySequence = []
    request.AccessionNumber = order.accession_number
    request.PlacerOrderNumberImagingServiceRequest = order.placer_order_number
    request.FillerOrderNumberImagingServiceRequest = order.filler_order_number
    request.RequestedProcedureID = order.requested_procedure_id
    request.RequestedProcedureDescription = ""
    request.RequestedProcedureCodeSequence = []
    return request


def _coded(code: Code) -> CodedConcept:
    return CodedConcept(code.value, code.scheme, code.meaning)
