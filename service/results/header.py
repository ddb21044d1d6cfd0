"""What all result objects have in common: whose they are, who made them, when, in which character set (AC-06)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydicom.dataset import Dataset

from models.contract import Code
from models.frames import text_of
from service.results.copies import PATIENT_AND_STUDY, SCANNER, copies
from service.results.document import PRODUCT, SERIES_NUMBERS, ObjectKind, StudyContext, is_utc_offset, zone

LONG_STRING_BYTES: Final = 64
SHORT_STRING_BYTES: Final = 16

_EMPTY_WHEN_ABSENT: Final = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
    "StudyID",
)
_ACQUISITION_EQUIPMENT: Final = Code("109101", "DCM", "Acquisition Equipment")
_PROCESSING_EQUIPMENT: Final = Code("109102", "DCM", "Processing Equipment")


def apply_header(result: Dataset, context: StudyContext, kind: ObjectKind) -> None:
    """Complete an object that highdicom built: patient, study, series, equipment, times and provenance."""
    result.SpecificCharacterSet = context.character_set.value
    result.update(patient_and_study(context))
    _apply_series(result, context, kind)
    _apply_equipment(result, context)
    _apply_moments(result, context)
    result.ContributingEquipmentSequence = _contributing_equipment(context)


def patient_and_study(context: StudyContext) -> Dataset:
    """The source's patient and study attributes as text of any character set, type 2 attributes present.

    Where the context names the patient, that counts.
    """
    repeated = copies(context, PATIENT_AND_STUDY)
    for keyword, value in context.named_patient.items():
        if value:
            setattr(repeated, keyword, value)
    for keyword in _EMPTY_WHEN_ABSENT:
        if keyword not in repeated:
            setattr(repeated, keyword, None)
    return repeated


def utc_offset(context: StudyContext) -> str:
    """Timezone Offset From UTC: the source's where it says one, else the hospital's."""
    stated = text_of(context.sources[0], "TimezoneOffsetFromUTC")
    return stated if is_utc_offset(stated) else context.moments.utc_offset


def code_item(code: Code) -> Dataset:
    """A code sequence item (PS3.3 section 8)."""
    coded = Dataset()
    coded.CodeValue, coded.CodingSchemeDesignator, coded.CodeMeaning = code.value, code.scheme, code.meaning
    return coded


def software_versions(context: StudyContext) -> list[str]:
    """Software Versions (0018,1020): the full versions of the product and of the package (AC-60)."""
    return [long_string(each) for each in context.equipment.software_versions]


def long_string(text: str) -> str:
    """Text that fits the VR LO, also for software that counts 64 bytes where PS3.5 table 6.2-1 counts characters."""
    return _fitting(text, LONG_STRING_BYTES)


def _fitting(text: str, limit_bytes: int) -> str:
    clean = text.replace("\\", "/").replace("\n", " ")
    encoded = clean.encode()
    if len(encoded) <= limit_bytes:
        return clean
    return encoded[: limit_bytes - 3].decode(errors="ignore") + "..."


def _apply_series(result: Dataset, context: StudyContext, kind: ObjectKind) -> None:
    moment = context.moments.finished_at.astimezone(zone(utc_offset(context)))
    result.SeriesNumber = SERIES_NUMBERS[kind]
    result.SeriesDescription = long_string(context.series_description(kind))
    result.SeriesDate, result.SeriesTime = _date(moment), _time(moment)


def _apply_equipment(result: Dataset, context: StudyContext) -> None:
    equipment = context.equipment
    result.Manufacturer = long_string(equipment.manufacturer)
    result.ManufacturerModelName = long_string(equipment.model_name)
    result.DeviceSerialNumber = long_string(context.installation.uid)
    result.SoftwareVersions = software_versions(context)
    if equipment.device_uid is not None:
        result.DeviceUID = equipment.device_uid


def _apply_moments(result: Dataset, context: StudyContext) -> None:
    """Every time highdicom 0.28.2 took from the wall clock is replaced by one from the rows."""
    offset = utc_offset(context)
    content = context.moments.finished_at.astimezone(zone(offset))
    encoded = context.moments.encoded_at.astimezone(zone(offset))
    result.TimezoneOffsetFromUTC = offset
    result.ContentDate, result.ContentTime = _date(content), _time(content)
    result.InstanceCreationDate, result.InstanceCreationTime = _date(encoded), _time(encoded)


def _contributing_equipment(context: StudyContext) -> list[Dataset]:
    """The scanner where it names its maker, and one item for us (AC-11); highdicom's own item would be a second one."""
    equipment = []
    acquisition = copies(context, SCANNER)
    if acquisition.get("Manufacturer"):
        acquisition.PurposeOfReferenceCodeSequence = [code_item(_ACQUISITION_EQUIPMENT)]
        acquisition.ContributionDescription = "Acquisition of the source images"
        equipment.append(acquisition)
    ours = Dataset()
    ours.PurposeOfReferenceCodeSequence = [code_item(_PROCESSING_EQUIPMENT)]
    ours.Manufacturer = long_string(context.equipment.manufacturer)
    ours.ManufacturerModelName = PRODUCT
    ours.DeviceSerialNumber = long_string(context.installation.uid)
    ours.StationName = _fitting(context.installation.name, SHORT_STRING_BYTES)
    ours.SoftwareVersions = software_versions(context)
    ours.ContributionDateTime = context.moments.finished_at.astimezone(zone(utc_offset(context))).strftime(
        "%Y%m%d%H%M%S.%f%z"
    )
    ours.ContributionDescription = context.equipment.contribution
    return [*equipment, ours]


def _date(moment: datetime) -> str:
    return moment.strftime("%Y%m%d")


def _time(moment: datetime) -> str:
    return moment.strftime("%H%M%S.%f")
