"""How the administrator's lists name hospitals and studies: never by a patient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from service.api.room.shape import Named, Shape, iso_date
from service.archive import hospitals, study_briefs
from service.archive.study_briefs import StudyBrief, StudyKey
from service.domain.hospital import Language
from service.domain.wall import HospitalId, Wall


class StudyBriefView(Shape):
    """What was examined and when. study_date: YYYY-MM-DD; null where the images have none."""

    modalities: tuple[str, ...]
    body_part: str
    description: str
    study_date: str | None

    @classmethod
    def of(cls, brief: StudyBrief) -> StudyBriefView:
        """From the rows."""
        return cls(
            modalities=brief.modalities,
            body_part=brief.body_part,
            description=brief.description,
            study_date=iso_date(brief.study_date),
        )


@dataclass(frozen=True, slots=True)
class Labels:
    """What the rows of one answer are called, and the language in which it is said."""

    names: Mapping[HospitalId, str]
    briefs: Mapping[StudyKey, StudyBrief]
    language: Language

    @classmethod
    def read(cls, connection: Connection, wall: Wall, language: Language, named: Iterable[StudyKey]) -> Labels:
        """Those of all hospitals, and of the named studies."""
        return cls(hospitals.names(connection, wall), study_briefs.briefs(connection, wall, named), language)

    def hospital(self, hospital: HospitalId) -> Named:
        """By its name."""
        return Named(id=hospital, name=self.names.get(hospital, hospital))

    def study(self, hospital: HospitalId, study_instance_uid: str) -> StudyBriefView | None:
        """What it examined; None where no such study is here."""
        brief = self.briefs.get((hospital, study_instance_uid))
        return None if brief is None else StudyBriefView.of(brief)
