"""Facts of how a series was made, from the header of one of its instances."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from pydicom import Dataset
from pydicom.multival import MultiValue

from models.contract import Acquisition
from models.decoding import LOSSY_SYNTAXES
from models.frames import number, value_of

_AGE: Final = re.compile(r"(\d{1,3})([DWMY])")
_DAYS: Final = {"D": 1.0, "W": 7.0, "M": 365.25 / 12, "Y": 365.25}
_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")


def acquisition_of(header: Dataset, *, lossy: bool) -> Acquisition:
    """What a package may need beside the voxels; a value that cannot be read is as good as none."""
    return Acquisition(
        modality=_text(header, "Modality") or "",
        body_part=_text(header, "BodyPartExamined"),
        slice_thickness_mm=_within(header, "SliceThickness"),
        kernel=_text(_shared(header, "CTReconstructionSequence"), "ConvolutionKernel"),
        manufacturer=_text(header, "Manufacturer"),
        contrast=True if _text(header, "ContrastBolusAgent") else None,
        patient_age_years=_age_years(header),
        patient_sex=_text(header, "PatientSex"),
        lossy=lossy,
    )


def is_lossy(header: Dataset, transfer_syntax_uid: str) -> bool:
    """Whether the pixels of an instance went through a lossy codec, or may have."""
    return transfer_syntax_uid in LOSSY_SYNTAXES or _text(header, "LossyImageCompression") == "01"


def _within(header: Dataset, keyword: str) -> float | None:
    return number(_shared(header, "PixelMeasuresSequence"), keyword)


def _shared(header: Dataset, macro: str) -> Dataset:
    """The macro that all frames of a multi-frame instance share; the header itself where there is none."""
    for group in header.get("SharedFunctionalGroupsSequence") or ():
        for item in group.get(macro) or ():
            return item if isinstance(item, Dataset) else header
    return header


def _text(header: Dataset, keyword: str) -> str | None:
    value = value_of(header, keyword)
    if value is None:
        return None
    joined = "\\".join(str(each) for each in value) if isinstance(value, MultiValue) else str(value)
    return joined.strip("\0 ") or None


def _age_years(header: Dataset) -> float | None:
    """From Patient's Age (AS, PS3.5 6.2), else from the dates of birth and study.

    No years, months or weeks is what stands where an age was taken out; an infant's is written in a smaller unit.
    """
    age = _AGE.fullmatch(_text(header, "PatientAge") or "")
    if age and (int(age[1]) > 0 or age[2] == "D"):
        return int(age[1]) * _DAYS[age[2]] / _DAYS["Y"]
    born, seen = _day(header, "PatientBirthDate"), _day(header, "StudyDate")
    return None if born is None or seen is None or seen < born else (seen - born).days / _DAYS["Y"]


def _day(header: Dataset, keyword: str) -> date | None:
    read = _DATE.fullmatch(_text(header, keyword) or "")
    try:
        return None if read is None else date(int(read[1]), int(read[2]), int(read[3]))
    except ValueError:
        return None
