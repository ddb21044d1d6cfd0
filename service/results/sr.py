"""A reading, a refusal or a failure as a Comprehensive 3D SR of TID 1500 (AC-01, AC-04, AC-05, AC-07, AC-08)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    Comprehensive3DSR,
    DeviceObserverIdentifyingAttributes,
    FindingSite,
    ImageRegion3D,
    LanguageOfContentItemAndDescendants,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
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
from service.domain import codes
from service.domain.hospital import Language
from service.domain.outcome import AnalysisResult, Failed
from service.domain.status import ENCODINGS, ExaminationStatus, SrFlags
from service.domain.tracking import Tracking, tracking
from service.domain.wording import findings_text, refusal_sentence
from service.results.algorithm import parameters
from service.results.document import SERIES_NUMBERS, EncodedObject, ObjectKind, ResultContext
from service.results.header import PRODUCT, apply_header, long_string
from service.results.part10 import encoded
from service.results.seg import segment_numbers
from service.results.sources import evidence, stand_in

_LANGUAGES: Final = {
    Language.ZH_CN: CodedConcept("zh-CN", "RFC5646", "Chinese (China)"),
    Language.EN: CodedConcept("en-US", "RFC5646", "English (United States)"),
}
# CID 100 has no procedures of a body region: PixelMed's validator calls anything else an error.
_XR: Final = Code("43468-8", "LN", "XR unspecified body region")
_PROCEDURES: Final = {
    "CT": Code("25045-6", "LN", "CT unspecified body region"),
    "MR": Code("25056-3", "LN", "MRI unspecified body region"),
}
_COMMENT: Final = Code("121106", "DCM", "Comment")
_DEVICE: Final = Code("121007", "DCM", "Device")

Groups = (
    PlanarROIMeasurementsAndQualitativeEvaluations
    | VolumetricROIMeasurementsAndQualitativeEvaluations
    | MeasurementsAndQualitativeEvaluations
)


def encode_sr(context: ResultContext, outcome: AnalysisResult) -> EncodedObject:
    """The SR of one analysis: findings, "absent" for the target, "not attempted" or "failed", each told apart by codes.

    Raises EncodeFault for facts that contradict each other.
    """
    reading = outcome if isinstance(outcome, SeriesReading) else None
    report = MeasurementReport(
        observation_context=_observation_context(context),
        procedure_reported=_coded(_procedure(context)),
        imaging_measurements=list(_groups(context, outcome)),
        language_of_content_item_and_descendants=LanguageOfContentItemAndDescendants(_LANGUAGES[context.language]),
    )
    document = Comprehensive3DSR(
        evidence=[*evidence(context, reading), *_segmentation(context, reading)],
        content=report,
        series_instance_uid=context.series_instance_uid(ObjectKind.SR),
        series_number=SERIES_NUMBERS[ObjectKind.SR],
        sop_instance_uid=context.sop_instance_uid(ObjectKind.SR),
        instance_number=1,
        specific_character_set=context.character_set.value,
    )
    apply_header(document, context, ObjectKind.SR)
    _apply_flags(document, context, outcome)
    if context.order is not None:
        document.ReferencedRequestSequence = [_request(context)]
    return encoded(document, context, ObjectKind.SR)


def _groups(context: ResultContext, outcome: AnalysisResult) -> Iterator[Groups]:
    yield _summary_group(context, outcome)
    if not isinstance(outcome, SeriesReading):
        return
    if not outcome.reading.findings:
        yield _absent_group(context, outcome)
    pairs = tracking(context.installation.key, context.package.name, outcome)
    for finding in outcome.reading.findings:
        yield _finding_group(context, outcome, finding, pairs[finding.number])


def _summary_group(context: ResultContext, outcome: AnalysisResult) -> Groups:
    """Whether the algorithm ran (CID 6042), in words too: the difference between "absent" and "nobody looked"."""
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_own_tracking(context, "Analysis"),
        algorithm_id=_algorithm(context),
        qualitative_evaluations=[_evaluation(codes.SUMMARY_OF_ANALYSES, _summary_code(outcome))],
    )
    statement = outcome.reading if isinstance(outcome, SeriesReading) else outcome
    comment = TextContentItem(
        name=_coded(_COMMENT),
        value=findings_text(statement, context.package, context.language),
        relationship_type=RelationshipTypeValues.CONTAINS,
    )
    group[0].ContentSequence.append(comment)
    return group


def _absent_group(context: ResultContext, outcome: SeriesReading) -> Groups:
    target = outcome.reading.target
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_own_tracking(context, f"{target.concept.meaning} (absent)"),
        finding_type=_coded(target.concept),
        finding_sites=[FindingSite(_coded(target.site))],
        algorithm_id=_algorithm(context),
        qualitative_evaluations=[_evaluation(codes.PRESENCE, codes.ABSENT)],
    )


def _finding_group(context: ResultContext, outcome: SeriesReading, finding: Finding, pair: Tracking) -> Groups:
    common = {
        "tracking_identifier": TrackingIdentifier(uid=pair.uid, identifier=pair.identifier),
        "finding_type": _coded(finding.concept),
        "finding_category": _coded(finding.category),
        "finding_sites": [_finding_site(finding)],
        "algorithm_id": _algorithm(context),
        "measurements": list(_measurements(finding)),
        "qualitative_evaluations": [_evaluation(codes.PRESENCE, codes.PRESENCE_CODES[finding.presence])],
    }
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


def _evaluation(name: Code, value: Code) -> QualitativeEvaluation:
    return QualitativeEvaluation(name=_coded(name), value=_coded(value))


def _own_tracking(context: ResultContext, role: str) -> TrackingIdentifier:
    """Groups that are about no lesion still need both tracking items (TID 1501)."""
    return TrackingIdentifier(uid=context.inner_uid(ObjectKind.SR, role), identifier=role)


def _algorithm(context: ResultContext) -> AlgorithmIdentification:
    package = context.package
    return AlgorithmIdentification(name=package.name, version=package.version, parameters=parameters(context))


def _observation_context(context: ResultContext) -> ObservationContext:
    package = context.package
    device = DeviceObserverIdentifyingAttributes(
        uid=package.device_uid,
        name=f"{PRODUCT} {context.installation.name}",
        manufacturer_name=package.manufacturer,
        model_name=f"{package.name} {package.version}",
        serial_number=context.installation.uid,
    )
    return ObservationContext(
        observer_device_context=ObserverContext(observer_type=_coded(_DEVICE), observer_identifying_attributes=device)
    )


def _procedure(context: ResultContext) -> Code:
    modality = str(context.sources[0].get("Modality", "")) or context.package.intended_use.modality
    return _PROCEDURES.get(modality, _XR)


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


def _summary_code(outcome: AnalysisResult) -> Code:
    if isinstance(outcome, Refused):
        return codes.NOT_ATTEMPTED
    return codes.FAILED if isinstance(outcome, Failed) else codes.SUCCEEDED


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


def _request(context: ResultContext) -> Dataset:
    """One item of Referenced Request Sequence (PS3.3 C.17.2)."""
    order = context.order
    assert order is not None
    item = Dataset()
    item.StudyInstanceUID = context.sources[0].StudyInstanceUID
    item.ReferencedStudySequence = []
    item.AccessionNumber = order.accession_number
    item.PlacerOrderNumberImagingServiceRequest = order.placer_order_number
    item.FillerOrderNumberImagingServiceRequest = order.filler_order_number
    item.RequestedProcedureID = order.requested_procedure_id
    item.RequestedProcedureDescription = ""
    item.RequestedProcedureCodeSequence = []
    return item


def _coded(code: Code) -> CodedConcept:
    return CodedConcept(code.value, code.scheme, code.meaning)
