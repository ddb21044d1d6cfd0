"""A reading, a refusal or a failure as a Comprehensive 3D SR of TID 1500 (AC-01, AC-04, AC-05, AC-07, AC-08)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from highdicom.sr import (
    Comprehensive3DSR,
    ImageRegion3D,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    ReferencedSegment,
    SourceSeriesForSegmentation,
    TrackingIdentifier,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
)
from pydicom.dataset import Dataset
from pydicom.uid import SegmentationStorage

from models.contract import Finding, Refused, SeriesReading
from models.frames import text_of
from service.domain import codes
from service.domain.outcome import AnalysisResult, Failed, said_of, stated
from service.domain.status import ENCODINGS, ExaminationStatus, SrFlags
from service.domain.tracking import Tracking, tracking
from service.domain.wording import NOT_VERIFIED, finding_text, findings_text, refusal_sentence, said
from service.results.algorithm import identification, observation_context
from service.results.document import SERIES_NUMBERS, EncodedObject, ObjectKind, ResultContext
from service.results.drawn_lines import LONG_AXIS, SHORT_AXIS, Line, axes_of, lines_of, slices_of
from service.results.header import apply_header, long_string
from service.results.part10 import encoded
from service.results.seg import segment_numbers
from service.results.sources import evidence, stand_in
from service.results.sr_axes import draw_axes, drawn_on
from service.results.sr_parts import (
    CommonParts,
    Group,
    coded,
    commented,
    evaluation,
    evaluations,
    finding_site,
    language_of,
    measurement,
    procedure,
    request_item,
    study_of,
)


def encode_sr(context: ResultContext, outcome: AnalysisResult) -> EncodedObject:
    """The SR of one analysis: findings, "absent" for the target, "not attempted" or "failed", each told apart by codes.

    Raises EncodeFault for facts that contradict each other.
    """
    reading = outcome if isinstance(outcome, SeriesReading) else None
    segmentation = _segmentation(context, reading)
    report = MeasurementReport(
        observation_context=observation_context(context),
        procedure_reported=coded(procedure(_modality(context))),
        imaging_measurements=list(_groups(context, outcome)),
        language_of_content_item_and_descendants=language_of(context),
    )
    document = Comprehensive3DSR(
        evidence=[study_of(context), *_drawn_on(context, reading), *segmentation],
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
        document.ReferencedRequestSequence = [request_item(context, context.order)]
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
    how_far = codes.NOT_ATTEMPTED if isinstance(outcome, Refused) else codes.FAILED
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_own_tracking(context, "Analysis"),
        algorithm_id=identification(context),
        qualitative_evaluations=[evaluation(codes.SUMMARY_OF_ANALYSES, how_far)],
    )
    return _commented(group, context, findings_text(outcome, context.package, context.language))


def _absent_group(context: ResultContext, outcome: SeriesReading) -> Group:
    target = outcome.reading.target
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_own_tracking(context, f"{target.concept.meaning} (absent)"),
        finding_type=coded(target.concept),
        finding_sites=[finding_site(target.site, None)],
        algorithm_id=identification(context),
        qualitative_evaluations=evaluations(codes.ABSENT),
    )
    return _commented(group, context, findings_text(said_of(outcome), context.package, context.language))


def _commented(group: Group, context: ResultContext, words: str) -> Group:
    """The statement of a package, marked as what it is."""
    return commented(group, f"{words} {said(NOT_VERIFIED, context.language)}")


def _modality(context: ResultContext) -> str:
    return text_of(context.sources[0], "Modality") or context.package.intended_use.modality


def _finding_group(context: ResultContext, outcome: SeriesReading, finding: Finding, pair: Tracking) -> Group:
    common = CommonParts(
        tracking_identifier=TrackingIdentifier(uid=pair.uid, identifier=pair.identifier),
        finding_type=coded(finding.concept),
        finding_category=coded(finding.category),
        finding_sites=[finding_site(finding.site, finding.laterality)],
        algorithm_id=identification(context),
        measurements=list(_measurements(finding)),
        qualitative_evaluations=evaluations(codes.PRESENCE_CODES[finding.presence]),
    )
    group = draw_axes(_located(context, outcome, finding, common), lines_of(axes_of(finding), [slices_of(outcome)]))
    return _commented(group, context, finding_text(stated(finding), context.language))


def _located(context: ResultContext, outcome: SeriesReading, finding: Finding, common: CommonParts) -> Group:
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
        yield measurement(LONG_AXIS, finding.long_axis.length_mm, codes.MILLIMETER)
    if finding.short_axis is not None:
        yield measurement(SHORT_AXIS, finding.short_axis.length_mm, codes.MILLIMETER)
    if finding.volume_mm3 is not None:
        yield measurement(codes.VOLUME, finding.volume_mm3, codes.CUBIC_MILLIMETER)
    if finding.mean_hu is not None:
        yield measurement(codes.ATTENUATION, finding.mean_hu, codes.HOUNSFIELD_UNIT, derivation=codes.MEAN)
    yield measurement(codes.PROBABILITY, finding.probability, codes.NO_UNITS)


def _own_tracking(context: ResultContext, role: str) -> TrackingIdentifier:
    """Groups that are about no lesion still need both tracking items (TID 1501)."""
    return TrackingIdentifier(uid=context.inner_uid(ObjectKind.SR, role), identifier=role)


def _drawn_on(context: ResultContext, reading: SeriesReading | None) -> tuple[Dataset, ...]:
    if reading is None:
        return ()
    return drawn_on(context, _lines(reading))


def _lines(reading: SeriesReading) -> Iterator[Line]:
    for finding in reading.reading.findings:
        yield from lines_of(axes_of(finding), [slices_of(reading)]).values()


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
