"""Measures of readers on the images of a study: kept by their author, seen by whoever reads the study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, update

from service.archive.events import EventKind, append, within
from service.archive.reading_tables import STUDY_MEASURE
from service.archive.store import now
from service.archive.studies import Study
from service.archive.tables import INSTANCE, SERIES, STUDY
from service.domain.measure import (
    MOST_OF_A_STUDY,
    Measure,
    MeasureKind,
    MeasureOfAnother,
    TooManyMeasures,
)
from service.domain.wall import Wall

_T: Final = STUDY_MEASURE.c


@dataclass(frozen=True, slots=True)
class KeptMeasure:
    """A measure as it stands, and the study and series of its image. by: its author's user id."""

    measure: Measure
    study_instance_uid: str
    series_instance_uid: str
    by: str
    at: float


def of_study(connection: Connection, wall: Wall, study_id: int) -> tuple[KeptMeasure, ...]:
    """Everybody's measures of a study whose image is still there, the one changed longest ago first."""
    is_its_image = (INSTANCE.c.hospital_id == _T.hospital_id) & (INSTANCE.c.sop_instance_uid == _T.sop_instance_uid)
    statement = (
        select(STUDY_MEASURE, STUDY.c.study_instance_uid, SERIES.c.series_instance_uid)
        .join(INSTANCE, is_its_image)
        .join(SERIES, SERIES.c.id == INSTANCE.c.series_id)
        .join(STUDY, STUDY.c.id == INSTANCE.c.study_id)
        .where(within(wall, _T.hospital_id), _T.study_id == study_id, _T.removed_at.is_(None))
        .order_by(_T.changed_at, _T.id)
    )
    return tuple(_kept(row) for row in connection.execute(statement))


def keep(connection: Connection, wall: Wall, study: Study, measure: Measure) -> None:
    """Keep a measure of the reader who acts, or its new form; one that was removed stands again.

    Raises MeasureOfAnother, TooManyMeasures.
    """
    wall.guard(study.hospital)
    known = _known(connection, wall, study, measure.id)
    drawn = {
        "kind": measure.kind.value,
        "sop_instance_uid": measure.sop_instance_uid,
        "frame_number": measure.frame_number,
        "points_px": [list(point) for point in measure.points_px],
        "changed_at": now(connection),
        "removed_at": None,
    }
    if known is None or known.removed_at is not None:
        _require_room(connection, wall, study)
    if known is None:
        whose = {"id": measure.id, "hospital_id": study.hospital, "study_id": study.id, "reader": wall.user_id}
        connection.execute(STUDY_MEASURE.insert().values(**whose, **drawn))
    else:
        connection.execute(update(STUDY_MEASURE).where(_T.id == measure.id).values(**drawn))
    _tell(connection, wall, study)


def remove(connection: Connection, wall: Wall, study: Study, measure_id: str) -> bool:
    """Show a measure no more; False where none of that id stands. Raises MeasureOfAnother."""
    wall.guard(study.hospital)
    known = _known(connection, wall, study, measure_id)
    if known is None or known.removed_at is not None:
        return False
    connection.execute(update(STUDY_MEASURE).where(_T.id == measure_id).values(removed_at=now(connection)))
    _tell(connection, wall, study)
    return True


def _known(connection: Connection, wall: Wall, study: Study, measure_id: str) -> Row[Any] | None:
    row = connection.execute(select(STUDY_MEASURE).where(_T.id == measure_id)).one_or_none()
    if row is not None and (row.study_id, row.reader) != (study.id, wall.user_id):
        raise MeasureOfAnother("somebody else drew this measure")
    return row


def _require_room(connection: Connection, wall: Wall, study: Study) -> None:
    statement = select(func.count()).where(_T.study_id == study.id, _T.reader == wall.user_id, _T.removed_at.is_(None))
    if connection.execute(statement).scalar_one() >= MOST_OF_A_STUDY:
        raise TooManyMeasures(f"a reader keeps at most {MOST_OF_A_STUDY} measures of a study")


def _tell(connection: Connection, wall: Wall, study: Study) -> None:
    append(connection, wall, EventKind.STUDY_MEASURED, study.subject, {"by": wall.user_id})


def _kept(row: Row[Any]) -> KeptMeasure:
    measure = Measure(
        id=row.id,
        kind=MeasureKind(row.kind),
        sop_instance_uid=row.sop_instance_uid,
        frame_number=row.frame_number,
        points_px=tuple((float(column), float(line)) for column, line in row.points_px),
    )
    return KeptMeasure(measure, row.study_instance_uid, row.series_instance_uid, row.reader, row.changed_at)
