"""What every body of the room's interface has in common."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models.contract import Code
from models.manifest import Text
from service.access.problems import Problem, not_found
from service.archive import studies
from service.archive.store import Archive
from service.archive.studies import Study
from service.dicom.names import PersonName
from service.domain.hospital import Language
from service.domain.report import clean_text
from service.domain.review import MAX_NOTE_LENGTH
from service.domain.wall import HospitalId, Wall
from service.domain.wording import concept_words

PREFIX: Final = "/room/v1"
STUDY: Final = Text(zh="检查", en="examination")
MOST_COUNT: Final = 2**31 - 1
Count = Annotated[int, Field(ge=0, le=MOST_COUNT)]
Cleaned = Annotated[str, AfterValidator(clean_text)]
"""Words of people that go into documents and messages: they may hold no control characters there."""
Note = Annotated[Cleaned, Field(max_length=MAX_NOTE_LENGTH)]
"""What a reader notes beside a finding or a key image."""
HospitalPath = Annotated[str, Path(max_length=64)]
StudyPath = Annotated[str, Path(max_length=64, pattern=r"^[0-9.]+$")]
TrackingPath = Annotated[str, Path(max_length=64, pattern=r"^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+$")]
"""A Tracking UID as PS3.5 section 9.1 writes a UID: it goes into the signed documents."""


class Shape(BaseModel):
    """A body: what is not known is refused, what is made does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Shape):
    """Something with an id and a name for people."""

    id: str
    name: str


class CodeView(Shape):
    """A code with its word in the reader's language."""

    value: str
    scheme: str
    meaning: str
    text: str

    @classmethod
    def of(cls, code: Code, language: Language) -> CodeView:
        """From a code of the code table."""
        return cls(value=code.value, scheme=code.scheme, meaning=code.meaning, text=concept_words(code, language))


class Worded(Shape):
    """A stable word and what it says in the reader's language."""

    word: str
    text: str


class PatientView(Shape):
    """Whose images they are, as the images say. name: as shown first in the reader's language."""

    id: str
    name: str
    alphabetic: str
    ideographic: str
    phonetic: str
    birth_date: str | None
    sex: str
    age: str

    @classmethod
    def of(cls, study: Study, language: Language) -> PatientView:
        """From a study's row."""
        name = PersonName.parse(study.patient_name)
        alphabetic, ideographic, phonetic = name.groups
        first = ideographic or alphabetic if language is Language.ZH_CN else alphabetic or ideographic
        joint = "" if first == ideographic and ideographic else " "
        return cls(
            id=study.patient_id,
            name=joint.join(part for part in first.split("^") if part),
            alphabetic=alphabetic,
            ideographic=ideographic,
            phonetic=phonetic,
            birth_date=iso_date(study.patient_birth_date),
            sex=study.patient_sex,
            age=_age(study.patient_birth_date, study.study_date),
        )


def moment(seconds: float) -> datetime:
    """A moment of a row, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def moment_or_none(seconds: float | None) -> datetime | None:
    """A moment of a row that may not have come yet."""
    return None if seconds is None else moment(seconds)


def iso_date(dicom_date: str) -> str | None:
    """YYYYMMDD as YYYY-MM-DD; null where a row has none."""
    return f"{dicom_date[:4]}-{dicom_date[4:6]}-{dicom_date[6:]}" if len(dicom_date) == 8 else None


def found_study(archive: Archive, wall: Wall, hospital: str, study_instance_uid: str) -> Study:
    """The study a path names. Raises Problem: another hospital's, or a removed one's, is nobody's."""
    with archive.read() as connection:
        study = studies.served_by_uid(connection, wall, HospitalId(hospital), study_instance_uid)
    if study is None:
        raise missing_study()
    return study


def missing_study() -> Problem:
    """There is no such study behind the wall."""
    return not_found(STUDY)


def _age(birth_date: str, at: str) -> str:
    """Whole years between two DICOM dates as 34Y, months below two years as 5M; empty where one is unknown."""
    if len(birth_date) != 8 or len(at) != 8 or not (birth_date + at).isdigit() or at < birth_date:
        return ""
    born, then = (int(birth_date[:4]), birth_date[4:]), (int(at[:4]), at[4:])
    years = then[0] - born[0] - (then[1] < born[1])
    if years >= 2:
        return f"{years}Y"
    months = 12 * (then[0] - born[0]) + int(then[1][:2]) - int(born[1][:2]) - (then[1][2:] < born[1][2:])
    return f"{months}M"
