"""Header facts: what index, query, selection, gate and results need to know of an instance, decoded once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Final, TypeVar

import orjson

from service.dicom import values
from service.dicom.attributes import Inside, Tag
from service.dicom.charsets import CharacterSet, character_set
from service.dicom.names import PersonName
from service.dicom.uids import uid_text
from service.dicom.walk import Walked

_TEXTS: Final = (
    Tag.PATIENT_NAME,
    Tag.REFERRING_PHYSICIAN_NAME,
    Tag.PATIENT_ID,
    Tag.ISSUER_OF_PATIENT_ID,
    Tag.STUDY_DESCRIPTION,
    Tag.SERIES_DESCRIPTION,
    Tag.INSTITUTION_NAME,
    Tag.STATION_NAME,
    Tag.PROTOCOL_NAME,
    Tag.MANUFACTURER,
    Tag.MANUFACTURER_MODEL_NAME,
    Tag.CONTRAST_BOLUS_AGENT,
    Tag.ACCESSION_NUMBER,
    Tag.STUDY_ID,
    Tag.BODY_PART_EXAMINED,
)
"""The elements whose bytes are evidence of the character set."""

_NO_CONTRAST: Final = frozenset({"NO", "NONE", "N", "WITHOUT", "NATIVE", "无"})
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class _Reader:
    """The elements of a walked data set with the character set of their text."""

    walked: Walked
    character_set: CharacterSet

    def has(self, tag: int) -> bool:
        return self._raw(tag) is not None

    def inside(self, sequence: int, tag: int) -> str:
        found = self.walked.inside.get(sequence, {}).get(tag)
        return "" if found is None else self.character_set.text(found[1]).strip()

    def text(self, tag: int) -> str:
        raw = self._raw(tag)
        return "" if raw is None else self.character_set.text(raw).strip()

    def name(self, tag: int) -> str:
        return str(PersonName.parse(self.text(tag)))

    def uid(self, tag: int) -> str:
        return uid_text(self._raw(tag) or b"")

    def date(self, tag: int) -> str:
        return values.date_text(self.text(tag))

    def time(self, tag: int) -> str:
        return values.time_text(self.text(tag))

    def several(self, tag: int) -> tuple[str, ...]:
        text = self.text(tag)
        return tuple(part.strip() for part in text.split("\\")) if text else ()

    def decimal(self, tag: int) -> float | None:
        return values.decimal(self.text(tag).split("\\")[0])

    def integer(self, tag: int) -> int | None:
        return values.integer(self.text(tag).split("\\")[0])

    def unsigned(self, tag: int) -> int | None:
        raw = self._raw(tag)
        return None if raw is None else values.unsigned(raw, little_endian=self.walked.syntax.little_endian)

    def pair(self, tag: int) -> tuple[float, ...] | None:
        return values.decimals(self.text(tag), 2)

    def point(self, tag: int) -> tuple[float, ...] | None:
        return values.decimals(self.text(tag), 3)

    def orientation(self, tag: int) -> tuple[float, ...] | None:
        return values.decimals(self.text(tag), 6)

    def _raw(self, tag: int) -> bytes | None:
        """The bytes at the top level, else those that all frames share (PS3.3 C.7.6.16)."""
        found = self.walked.elements.get(tag)
        if found is None:
            found = self.walked.inside.get(Inside.SHARED_FUNCTIONAL_GROUPS_SEQUENCE, {}).get(tag)
        return None if found is None else found[1]


def _of(tag: Tag, read: Callable[[_Reader, int], _Value], absent: _Value) -> _Value:
    """A fact read from one attribute; absent: its value where the attribute is missing or does not parse."""
    return field(default=absent, metadata={"tag": tag, "read": read})


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    """What the header of an instance says. A text that is missing is empty, a number that does not parse is None.

    Dates are YYYYMMDD and times HHMMSS.F as DICOM writes them, or empty where invalid. Person names are NFC text with
    "^" and "=" (`PersonName.parse`); patient_name_raw has their bytes as Latin-1, before any guess. Positions and
    orientations are in the patient's LPS. Enhanced images show here what all their frames share.
    """

    patient_name: str = _of(Tag.PATIENT_NAME, _Reader.name, "")
    patient_id: str = _of(Tag.PATIENT_ID, _Reader.text, "")
    patient_id_issuer: str = _of(Tag.ISSUER_OF_PATIENT_ID, _Reader.text, "")
    patient_birth_date: str = _of(Tag.PATIENT_BIRTH_DATE, _Reader.date, "")
    patient_sex: str = _of(Tag.PATIENT_SEX, _Reader.text, "")
    patient_age: str = _of(Tag.PATIENT_AGE, _Reader.text, "")
    accession_number: str = _of(Tag.ACCESSION_NUMBER, _Reader.text, "")
    study_id: str = _of(Tag.STUDY_ID, _Reader.text, "")
    study_date: str = _of(Tag.STUDY_DATE, _Reader.date, "")
    study_time: str = _of(Tag.STUDY_TIME, _Reader.time, "")
    study_description: str = _of(Tag.STUDY_DESCRIPTION, _Reader.text, "")
    referring_physician_name: str = _of(Tag.REFERRING_PHYSICIAN_NAME, _Reader.name, "")
    institution_name: str = _of(Tag.INSTITUTION_NAME, _Reader.text, "")
    timezone_offset: str = _of(Tag.TIMEZONE_OFFSET_FROM_UTC, _Reader.text, "")
    modality: str = _of(Tag.MODALITY, _Reader.text, "")
    series_number: int | None = _of(Tag.SERIES_NUMBER, _Reader.integer, None)
    series_description: str = _of(Tag.SERIES_DESCRIPTION, _Reader.text, "")
    series_date: str = _of(Tag.SERIES_DATE, _Reader.date, "")
    series_time: str = _of(Tag.SERIES_TIME, _Reader.time, "")
    body_part: str = _of(Tag.BODY_PART_EXAMINED, _Reader.text, "")
    laterality: str = _of(Tag.LATERALITY, _Reader.text, "")
    protocol_name: str = _of(Tag.PROTOCOL_NAME, _Reader.text, "")
    patient_position: str = _of(Tag.PATIENT_POSITION, _Reader.text, "")
    frame_of_reference_uid: str = _of(Tag.FRAME_OF_REFERENCE_UID, _Reader.uid, "")
    manufacturer: str = _of(Tag.MANUFACTURER, _Reader.text, "")
    manufacturer_model_name: str = _of(Tag.MANUFACTURER_MODEL_NAME, _Reader.text, "")
    station_name: str = _of(Tag.STATION_NAME, _Reader.text, "")
    software_versions: str = _of(Tag.SOFTWARE_VERSIONS, _Reader.text, "")
    image_type: tuple[str, ...] = _of(Tag.IMAGE_TYPE, _Reader.several, ())
    instance_number: int | None = _of(Tag.INSTANCE_NUMBER, _Reader.integer, None)
    acquisition_number: int | None = _of(Tag.ACQUISITION_NUMBER, _Reader.integer, None)
    temporal_position: int | None = _of(Tag.TEMPORAL_POSITION_IDENTIFIER, _Reader.integer, None)
    acquisition_date: str = _of(Tag.ACQUISITION_DATE, _Reader.date, "")
    acquisition_time: str = _of(Tag.ACQUISITION_TIME, _Reader.time, "")
    acquisition_date_time: str = _of(Tag.ACQUISITION_DATE_TIME, _Reader.text, "")
    content_date: str = _of(Tag.CONTENT_DATE, _Reader.date, "")
    content_time: str = _of(Tag.CONTENT_TIME, _Reader.time, "")
    slice_thickness_mm: float | None = _of(Tag.SLICE_THICKNESS, _Reader.decimal, None)
    slice_spacing_mm: float | None = _of(Tag.SPACING_BETWEEN_SLICES, _Reader.decimal, None)
    gantry_tilt_deg: float | None = _of(Tag.GANTRY_DETECTOR_TILT, _Reader.decimal, None)
    convolution_kernel: str = _of(Tag.CONVOLUTION_KERNEL, _Reader.text, "")
    contrast_agent: str = _of(Tag.CONTRAST_BOLUS_AGENT, _Reader.text, "")
    image_position_mm: tuple[float, ...] | None = _of(Tag.IMAGE_POSITION_PATIENT, _Reader.point, None)
    image_orientation: tuple[float, ...] | None = _of(Tag.IMAGE_ORIENTATION_PATIENT, _Reader.orientation, None)
    pixel_spacing_mm: tuple[float, ...] | None = _of(Tag.PIXEL_SPACING, _Reader.pair, None)
    rows: int | None = _of(Tag.ROWS, _Reader.unsigned, None)
    columns: int | None = _of(Tag.COLUMNS, _Reader.unsigned, None)
    number_of_frames: int | None = _of(Tag.NUMBER_OF_FRAMES, _Reader.integer, None)
    samples_per_pixel: int | None = _of(Tag.SAMPLES_PER_PIXEL, _Reader.unsigned, None)
    photometric_interpretation: str = _of(Tag.PHOTOMETRIC_INTERPRETATION, _Reader.text, "")
    bits_allocated: int | None = _of(Tag.BITS_ALLOCATED, _Reader.unsigned, None)
    bits_stored: int | None = _of(Tag.BITS_STORED, _Reader.unsigned, None)
    high_bit: int | None = _of(Tag.HIGH_BIT, _Reader.unsigned, None)
    pixel_representation: int | None = _of(Tag.PIXEL_REPRESENTATION, _Reader.unsigned, None)
    rescale_slope: float | None = _of(Tag.RESCALE_SLOPE, _Reader.decimal, None)
    rescale_intercept: float | None = _of(Tag.RESCALE_INTERCEPT, _Reader.decimal, None)
    rescale_type: str = _of(Tag.RESCALE_TYPE, _Reader.text, "")
    window_center: float | None = _of(Tag.WINDOW_CENTER, _Reader.decimal, None)
    window_width: float | None = _of(Tag.WINDOW_WIDTH, _Reader.decimal, None)
    burned_in_annotation: str = _of(Tag.BURNED_IN_ANNOTATION, _Reader.text, "")
    completion_flag: str = _of(Tag.COMPLETION_FLAG, _Reader.text, "")
    verification_flag: str = _of(Tag.VERIFICATION_FLAG, _Reader.text, "")
    specific_character_set: str = _of(Tag.SPECIFIC_CHARACTER_SET, _Reader.text, "")

    patient_name_raw: str = ""
    patient_age_years: float | None = None
    contrast: bool | None = None
    lossy: bool = False
    has_pixel_data: bool = False
    template_identifier: str = ""
    concept_name: tuple[str, ...] = ()
    character_set_rule: str = "declared"
    character_set_uncertain: bool = False

    def to_json(self) -> str:
        """Compact JSON of the facts that are there; `from_json` gives an equal value back."""
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        kept = {each.name: known[each.name] for each in fields(self) if known[each.name] != each.default}
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> HeaderFacts:
        """The facts of a row; a name that a newer version wrote is passed over."""
        facts: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in orjson.loads(text).items()
            if name in _NAMES
        }
        return cls(**facts)


_NAMES: Final = frozenset(each.name for each in fields(HeaderFacts))
_READ: Final = tuple(
    (each.name, each.metadata["tag"], each.metadata["read"]) for each in fields(HeaderFacts) if each.metadata
)


def header_facts(walked: Walked, peer_character_set: str | None = None) -> HeaderFacts:
    """Decode what a walked data set says of itself; never raises.

    peer_character_set: what the operator set for the sender, used where nothing believable is declared (AC-33).
    """
    elements = walked.elements
    texts = [elements[tag][1] for tag in _TEXTS if tag in elements]
    declared = elements.get(Tag.SPECIFIC_CHARACTER_SET, (b"", b""))[1]
    decided = character_set(declared, texts, peer_character_set)
    reader = _Reader(walked, decided)
    read: dict[str, Any] = {name: how(reader, tag) for name, tag, how in _READ if reader.has(tag)}
    return HeaderFacts(**read, **_derived(reader, read))


def _derived(reader: _Reader, read: dict[str, Any]) -> dict[str, Any]:
    """The facts that more than one attribute tells."""
    elements = reader.walked.elements
    age_years = values.age_years(read.get("patient_age", ""))
    if age_years is None:
        age_years = values.years_between(read.get("patient_birth_date", ""), read.get("study_date", ""))
    return {
        "patient_name_raw": elements.get(Tag.PATIENT_NAME, (b"", b""))[1].decode("latin-1"),
        "patient_age_years": age_years,
        "contrast": _contrast(read.get("contrast_agent", "")),
        "lossy": reader.walked.syntax.lossy or reader.text(Tag.LOSSY_IMAGE_COMPRESSION) == "01",
        "has_pixel_data": reader.walked.has_pixel_data,
        "template_identifier": reader.inside(Inside.CONTENT_TEMPLATE_SEQUENCE, Inside.TEMPLATE_IDENTIFIER),
        "concept_name": _concept_name(reader),
        "character_set_rule": reader.character_set.rule,
        "character_set_uncertain": reader.character_set.uncertain,
    }


def _contrast(agent: str) -> bool | None:
    """Whether contrast was given; None where the header is silent, for the attribute is often left empty."""
    return agent.upper() not in _NO_CONTRAST if agent else None


def _concept_name(reader: _Reader) -> tuple[str, ...]:
    """The root concept of a document as (value, scheme, meaning); empty for what is no document."""
    code = tuple(
        reader.inside(Inside.CONCEPT_NAME_CODE_SEQUENCE, tag)
        for tag in (Inside.CODE_VALUE, Inside.CODING_SCHEME_DESIGNATOR, Inside.CODE_MEANING)
    )
    return code if any(code) else ()
