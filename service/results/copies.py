"""What a result repeats of its source: patient, study and scanner, as text that is read right (AC-06, AC-33)."""

from __future__ import annotations

import struct
from typing import Final, TypeAlias

from pydicom import config
from pydicom.datadict import dictionary_has_tag, dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag
from pydicom.valuerep import VR, PersonName

from service.dicom.charsets import CharacterSet, character_set
from service.dicom.vrs import TEXT_VRS
from service.results.document import StudyContext

PATIENT_AND_STUDY: Final = (
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "TypeOfPatientID",
    "IssuerOfPatientIDQualifiersSequence",
    "PatientBirthDate",
    "PatientBirthTime",
    "PatientBirthDateInAlternativeCalendar",
    "PatientAlternativeCalendar",
    "PatientSex",
    "QualityControlSubject",
    "OtherPatientNames",
    "OtherPatientIDsSequence",
    "EthnicGroupCodeSequence",
    "PatientSpeciesDescription",
    "PatientSpeciesCodeSequence",
    "PatientBreedDescription",
    "PatientBreedCodeSequence",
    "BreedRegistrationSequence",
    "ResponsiblePerson",
    "ResponsiblePersonRole",
    "ResponsibleOrganization",
    "PatientComments",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "IssuerOfAccessionNumberSequence",
    "ReferringPhysicianName",
    "ReferringPhysicianIdentificationSequence",
    "ConsultingPhysicianName",
    "StudyID",
    "StudyDescription",
    "ProcedureCodeSequence",
    "PhysiciansOfRecord",
    "RequestingService",
    "RequestingServiceCodeSequence",
    "AdmittingDiagnosesDescription",
    "AdmittingDiagnosesCodeSequence",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
    "MedicalAlerts",
    "Allergies",
    "Occupation",
    "SmokingStatus",
    "AdditionalPatientHistory",
    "PregnancyStatus",
    "LastMenstrualDate",
    "PatientSexNeutered",
    "ReasonForVisit",
    "ReasonForVisitCodeSequence",
    "AdmissionID",
    "IssuerOfAdmissionIDSequence",
    "ServiceEpisodeID",
    "ServiceEpisodeDescription",
    "PatientState",
)
"""Patient, General Study and Patient Study modules (PS3.3 C.7.1.1, C.7.2.1, C.7.2.2) without their references."""

SCANNER: Final = (
    "Manufacturer",
    "InstitutionName",
    "StationName",
    "InstitutionalDepartmentName",
    "ManufacturerModelName",
    "DeviceSerialNumber",
    "SoftwareVersions",
)
"""General Equipment module (PS3.3 C.7.5.1), as an item of Contributing Equipment repeats it."""

_SPECIFIC_CHARACTER_SET: Final = Tag(0x00080005)
NO_VALUE: Final = (
    *(ValueError, TypeError, OverflowError, AttributeError, LookupError, NotImplementedError),
    *(OSError, EOFError, struct.error, BytesLengthException),
)
"""What pydicom raises of bytes that are no value of their VR; OSError is how it says that a sequence is none."""
_ONE_VALUE_VRS: Final = frozenset({VR.LT, VR.ST, VR.UT})
_Element: TypeAlias = DataElement | RawDataElement


def copies(context: StudyContext, keywords: tuple[str, ...]) -> Dataset:
    """The named attributes of the source, decoded, with the values as they are: a result does not judge them.

    Only what is no value of its type at all (a weight of letters) is left out: no result is lost for a header's sake.

    pydicom is not asked to decode: it believes what is declared, and leaves the escapes of ISO 2022 IR 58 in names.
    """
    return decoded(context.sources[0], keywords, context.peer_character_set)


def decoded(source: Dataset, keywords: tuple[str, ...], peer_character_set: str | None) -> Dataset:
    """The named attributes of a header, as `copies` gives those of the source."""
    decided = _decided(source, _present(source, (*PATIENT_AND_STUDY, *SCANNER)), peer_character_set)
    return _plain(source, _present(source, keywords), decided)


def _present(source: Dataset, keywords: tuple[str, ...]) -> list[BaseTag]:
    tags = (Tag(tag_for_keyword(keyword) or 0) for keyword in keywords)
    return [tag for tag in tags if tag in source]


def _decided(source: Dataset, tags: list[BaseTag], peer_character_set: str | None) -> CharacterSet:
    """How the text of these elements is read; text that is decoded already is no evidence."""
    elements = (source.get_item(tag) for tag in tags)
    texts = [bytes(each.value) for each in elements if _is_undecoded_text(each) and each.value]
    return character_set(_declared(source), texts, peer_character_set)


def _declared(source: Dataset) -> bytes:
    element = source.get_item(_SPECIFIC_CHARACTER_SET) if _SPECIFIC_CHARACTER_SET in source else None
    if element is None or not element.value:
        return b""
    if isinstance(element, RawDataElement):
        return bytes(element.value)
    values = [element.value] if isinstance(element.value, str) else element.value
    return "\\".join(str(value) for value in values).encode("ascii", "replace")


def _is_undecoded_text(element: _Element) -> bool:
    return isinstance(element, RawDataElement) and _vr(element) in TEXT_VRS


def _vr(element: _Element) -> str:
    """The VR a file states, else the dictionary's: implicit VR states none."""
    if element.VR not in {None, VR.UN}:
        return str(element.VR)
    return dictionary_VR(element.tag) if dictionary_has_tag(element.tag) else VR.UN


def _plain(source: Dataset, tags: list[BaseTag], decided: CharacterSet) -> Dataset:
    plain = Dataset()
    for tag in tags:
        element = source.get_item(tag)
        try:
            plain.add(_plain_element(source, element, decided))
        except NO_VALUE:
            continue
    return plain


def _plain_element(source: Dataset, element: _Element, decided: CharacterSet) -> DataElement:
    if _is_undecoded_text(element):
        vr, value = _vr(element), _text(element, decided)
    else:
        parsed = _parsed(source, element)
        vr, value = parsed.VR, _items(parsed, decided) if parsed.VR == VR.SQ else parsed.value
    return DataElement(element.tag, vr, value, validation_mode=config.IGNORE)


def _text(element: _Element, decided: CharacterSet) -> object:
    text, vr = decided.text(bytes(element.value or b"")), _vr(element)
    if vr in _ONE_VALUE_VRS:
        return text
    values = [PersonName(part) if vr == VR.PN else part for part in text.split("\\")]
    return values if len(values) > 1 else values[0]


def _items(element: DataElement, decided: CharacterSet) -> Sequence:
    """Items decoded by their own character set where they declare one, which is not repeated: one set encodes all."""
    decoded = []
    for nested in element.value:
        tags = sorted(set(nested.keys()) - {_SPECIFIC_CHARACTER_SET})
        own = _decided(nested, tags, None) if _SPECIFIC_CHARACTER_SET in nested else decided
        decoded.append(_plain(nested, tags, own))
    return Sequence(decoded)


def _parsed(source: Dataset, element: _Element) -> DataElement:
    """An element as pydicom reads it, without changing the source."""
    alone = Dataset()
    alone[element.tag] = element
    is_implicit_vr, is_little_endian = source.original_encoding
    alone.set_original_encoding(is_implicit_vr, is_little_endian, source.original_character_set)
    return alone[element.tag]
