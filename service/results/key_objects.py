"""Key Object Selection documents: a report's key images, and that a report was withdrawn (AC-09, IHE IOCM)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
from highdicom.sr import CodedConcept
from pydicom.dataset import Dataset

from service.domain.report import KeyImage
from service.results.document import SERIES_NUMBERS, EncodedObject, ObjectKind
from service.results.header import apply_header
from service.results.part10 import encoded
from service.results.signed_report import ReportContext
from service.results.sources import InstanceName, hierarchical, stand_in

_OF_INTEREST: Final = CodedConcept("113000", "DCM", "Of Interest")
_REJECTED: Final = CodedConcept("113001", "DCM", "Rejected for Quality Reasons")


@dataclass(frozen=True, slots=True)
class _Selected:
    named: InstanceName
    frame_number: int | None
    is_image: bool


def encode_key_images(
    context: ReportContext, marked: Sequence[KeyImage], images: Sequence[InstanceName]
) -> EncodedObject | None:
    """The images the reader marked, with their notes; None where none of them is an image of the study any more."""
    known = {each.sop_instance_uid: each for each in images}
    chosen = [each for each in marked if each.sop_instance_uid in known]
    if not chosen:
        return None
    selected = [_Selected(known[each.sop_instance_uid], each.frame_number, is_image=True) for each in chosen]
    notes = "\r\n".join(f"{place}. {each.note}" for place, each in enumerate(chosen, start=1) if each.note.strip())
    return _document(context, ObjectKind.KEY_IMAGES, _OF_INTEREST, selected, notes)


def encode_withdrawal(context: ReportContext, withdrawn: Sequence[InstanceName], why: str) -> EncodedObject:
    """That the documents of a report are not to be used: they stay where they are, this names them (IOCM)."""
    selected = [_Selected(each, None, is_image=False) for each in withdrawn]
    return _document(context, ObjectKind.WITHDRAWAL, _REJECTED, selected, why)


def _document(
    context: ReportContext, kind: ObjectKind, title: CodedConcept, selected: Sequence[_Selected], description: str
) -> EncodedObject:
    instances = [_instance(context, each) for each in selected]
    document = KeyObjectSelectionDocument(
        evidence=instances,
        content=KeyObjectSelection(
            document_title=title, referenced_objects=instances, description=description.strip() or None
        ),
        series_instance_uid=context.series_instance_uid(kind),
        series_number=SERIES_NUMBERS[kind],
        sop_instance_uid=context.sop_instance_uid(kind),
        instance_number=1,
        manufacturer=context.equipment.manufacturer,
        specific_character_set=context.character_set.value,
    )
    apply_header(document, context, kind)
    study = context.sources[0].StudyInstanceUID
    document.CurrentRequestedProcedureEvidenceSequence = hierarchical(study, [each.named for each in selected])
    _name_frames(document, selected)
    return encoded(document, kind)


def _instance(context: ReportContext, selected: _Selected) -> Dataset:
    """As highdicom tells an image from another document: by its rows and columns."""
    instance = stand_in(
        context,
        series_instance_uid=selected.named.series_instance_uid,
        sop_instance_uid=selected.named.sop_instance_uid,
        sop_class_uid=selected.named.sop_class_uid,
    )
    if selected.is_image:
        instance.Rows = instance.Columns = 1
    return instance


def _name_frames(document: Dataset, selected: Sequence[_Selected]) -> None:
    """Say which frame was marked where an instance has several: highdicom 0.28.2 names whole instances only."""
    items = [item for item in document.ContentSequence if "ReferencedSOPSequence" in item]
    for item, each in zip(items, selected, strict=True):
        if each.frame_number is not None:
            item.ReferencedSOPSequence[0].ReferencedFrameNumber = each.frame_number
