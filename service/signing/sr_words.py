"""What the SR of a report says, beside the record that was signed: patient, the physician's words, coded findings."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from typing import Final

from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError
from pydicom.multival import MultiValue

from service.dicom.names import PersonName
from service.domain.record import ReportRecord
from service.domain.report import ReportContent, ReportText
from service.domain.review import STANDS

_FINDING: Final = ("DCM", "121071")
_PARTS: Final = {_FINDING: "findings", ("DCM", "121073"): "impression", ("DCM", "121075"): "advice"}
"""Finding, Impression, Recommendation (PS3.16 TID 2000) as text, and the part of a report that each holds."""
_TRACKING_UID: Final = ("DCM", "112040")
_UNREADABLE: Final = (
    *(InvalidDicomError, ValueError, TypeError, AttributeError, LookupError, NotImplementedError),
    *(OSError, EOFError, struct.error),
)


def differences(document: bytes, record: ReportRecord, content: ReportContent) -> tuple[str, ...]:
    """What a document says otherwise than what was signed, by name; nothing where it says the same.

    content: what is released, in the auditor's words where they changed them. A patient is compared as far as the
    record names one.
    """
    try:
        return tuple(_differences(dcmread(BytesIO(document)), record, content))
    except _UNREADABLE:
        return ("everything: it cannot be read as an SR",)


def _differences(document: Dataset, record: ReportRecord, content: ReportContent) -> Iterator[str]:
    patient = record.patient
    if patient is not None and patient.id and _value(document, "PatientID").strip() != patient.id.strip():
        yield "patient ID"
    if patient is not None and patient.name and _name(_value(document, "PatientName")) != _name(patient.name):
        yield "patient's name"
    items = tuple(_items(document))
    said, signed = _text(items), content.text
    yield from (part for part in _PARTS.values() if getattr(said, part).rstrip() != getattr(signed, part).rstrip())
    standing = {
        (each.tracking_uid, each.stated.concept.scheme, each.stated.concept.value)
        for each in record.findings
        if each.state in STANDS
    }
    if set(_coded(items)) != standing:
        yield "coded findings"


def _value(document: Dataset, keyword: str) -> str:
    value = document.get(keyword)
    return "\\".join(map(str, value)) if isinstance(value, MultiValue) else str(value or "")


def _name(text: str) -> str:
    return str(PersonName.parse(text)).strip()


def _items(item: Dataset) -> Iterator[Dataset]:
    """Every content item below one, in the order of the document."""
    for each in item.get("ContentSequence", ()):
        yield each
        yield from _items(each)


def _code(item: Dataset) -> tuple[str, str]:
    """A code's scheme and value; a value of more than 16 characters has an attribute of its own (PS3.3 section 8.1)."""
    value = item.get("CodeValue") or item.get("LongCodeValue") or item.get("URNCodeValue")
    return str(item.get("CodingSchemeDesignator", "")), str(value)


def _named(item: Dataset) -> tuple[str, str]:
    return _code(item.ConceptNameCodeSequence[0])


def _text(items: tuple[Dataset, ...]) -> ReportText:
    parts = {"findings": "", "impression": "", "advice": ""}
    for item in items:
        part = _PARTS.get(_named(item)) if item.ValueType == "TEXT" else None
        if part is not None:
            parts[part] += str(item.TextValue)
    return ReportText(**parts)


def _coded(items: tuple[Dataset, ...]) -> Iterator[tuple[str, str, str]]:
    """Tracking UID and concept of each group that names a finding by code."""
    for group in items:
        inside = tuple(each for each in group.get("ContentSequence", ()) if "ConceptNameCodeSequence" in each)
        tracked = [str(each.UID) for each in inside if _named(each) == _TRACKING_UID]
        for each in inside:
            if each.ValueType == "CODE" and _named(each) == _FINDING and tracked:
                yield tracked[0], *_code(each.ConceptCodeSequence[0])
