"""What the SR of an analysis and the SR of a signed report have in common (TID 1500 and its groups)."""

from __future__ import annotations

from typing import Final, TypeAlias, TypedDict

from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    FindingSite,
    LanguageOfContentItemAndDescendants,
    Measurement,
    MeasurementsAndQualitativeEvaluations,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    RelationshipTypeValues,
    TextContentItem,
    TrackingIdentifier,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
)
from pydicom.dataset import Dataset

from models.contract import Code
from service.domain import codes
from service.domain.hospital import Language
from service.results.document import OrderFacts, StudyContext
from service.results.sources import stand_in

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


class CommonParts(TypedDict):
    """What the three templates of measurement groups (TID 1410, 1411, 1501) share."""

    tracking_identifier: TrackingIdentifier
    finding_type: CodedConcept
    finding_category: CodedConcept
    finding_sites: list[FindingSite]
    algorithm_id: AlgorithmIdentification | None
    measurements: list[Measurement]
    qualitative_evaluations: list[QualitativeEvaluation]


def coded(code: Code) -> CodedConcept:
    """A code as highdicom takes it."""
    return CodedConcept(code.value, code.scheme, code.meaning)


def language_of(context: StudyContext) -> LanguageOfContentItemAndDescendants:
    """In which language the words of a document are (TID 1204)."""
    return LanguageOfContentItemAndDescendants(_LANGUAGES[context.language])


def commented(group: Group, words: str) -> Group:
    """A group with a statement in the hospital's language, for viewers that show text only."""
    comment = TextContentItem(name=coded(_COMMENT), value=words, relationship_type=RelationshipTypeValues.CONTAINS)
    group[0].ContentSequence.append(comment)
    return group


def measurement(name: Code, value: float, unit: Code, derivation: Code | None = None) -> Measurement:
    """A number of a group with its unit (TID 1419)."""
    return Measurement(
        name=coded(name),
        value=float(value),
        unit=coded(unit),
        derivation=None if derivation is None else coded(derivation),
    )


def finding_site(site: Code, laterality: Code | None) -> FindingSite:
    """Where a finding is, and on which side."""
    return FindingSite(coded(site), laterality=None if laterality is None else coded(laterality))


def evaluations(presence: Code) -> list[QualitativeEvaluation]:
    """That something is there or not, and that the analysis succeeded."""
    return [evaluation(codes.PRESENCE, presence), evaluation(codes.SUMMARY_OF_ANALYSES, codes.SUCCEEDED)]


def evaluation(name: Code, value: Code) -> QualitativeEvaluation:
    """A coded statement of a group."""
    return QualitativeEvaluation(name=coded(name), value=coded(value))


def procedure(modality: str) -> Code:
    """What was done, by modality: CID 100 names no body regions, and PixelMed calls a code outside it an error."""
    return _PROCEDURES.get(modality, _ANY_PROCEDURE)


def study_of(context: StudyContext) -> Dataset:
    """An instance of the study as highdicom may see it."""
    header = context.sources[0]
    return stand_in(context, series_instance_uid=header.SeriesInstanceUID, sop_instance_uid=header.SOPInstanceUID)


def request_item(context: StudyContext, order: OrderFacts) -> Dataset:
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
