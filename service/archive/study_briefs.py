"""What a study examined and when, without whom: how those who must not know the patient tell studies apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from service.archive.events import within
from service.archive.image_series import HAS_IMAGES
from service.archive.tables import SERIES, STUDY
from service.domain.study import StudyState
from service.domain.wall import HospitalId, Wall

StudyKey = tuple[HospitalId, str]
"""A study's identity: its hospital and Study Instance UID."""


@dataclass(frozen=True, slots=True)
class StudyBrief:
    """A study without its patient. modalities, body_part: of the series with images, the largest first.

    study_date: YYYYMMDD, empty where unknown.
    """

    modalities: tuple[str, ...]
    body_part: str
    description: str
    study_date: str


def briefs(connection: Connection, wall: Wall, named: Iterable[StudyKey]) -> Mapping[StudyKey, StudyBrief]:
    """The briefs of those that are here; an erased study has none."""
    wanted = set(named)
    statement = select(
        STUDY.c.id, STUDY.c.hospital_id, STUDY.c.study_instance_uid, STUDY.c.study_description, STUDY.c.study_date
    ).where(
        within(wall, STUDY.c.hospital_id),
        STUDY.c.hospital_id.in_({hospital for hospital, _ in wanted}),
        STUDY.c.study_instance_uid.in_({uid for _, uid in wanted}),
        STUDY.c.state != StudyState.ERASED.value,
    )
    found = {(HospitalId(row.hospital_id), row.study_instance_uid): row for row in connection.execute(statement)}
    known = {key: row for key, row in found.items() if key in wanted}
    series = _series(connection, {row.id for row in known.values()})
    return {
        key: StudyBrief(
            modalities=tuple(dict.fromkeys(modality for modality, _ in series.get(row.id, ()) if modality)),
            body_part=next((body_part for _, body_part in series.get(row.id, ()) if body_part), ""),
            description=row.study_description,
            study_date=row.study_date,
        )
        for key, row in known.items()
    }


def _series(connection: Connection, study_ids: set[int]) -> Mapping[int, list[tuple[str, str]]]:
    """Modality and body part of each series with images, the largest first."""
    statement = (
        select(SERIES.c.study_id, SERIES.c.modality, SERIES.c.body_part)
        .where(SERIES.c.study_id.in_(study_ids), HAS_IMAGES)
        .order_by(SERIES.c.instance_count.desc(), SERIES.c.id)
    )
    of_study: dict[int, list[tuple[str, str]]] = {}
    for row in connection.execute(statement):
        of_study.setdefault(row.study_id, []).append((row.modality, row.body_part))
    return of_study
