"""Studies and their series: finding them, and moving them to complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, update

from service.archive import associations
from service.archive.events import EventKind, Subject, append, within
from service.archive.hospitals import served
from service.archive.image_series import HAS_IMAGES
from service.archive.paging import Paging, paged
from service.archive.store import now
from service.archive.tables import SERIES, STUDY
from service.domain.licence import Examined
from service.domain.study import STUDY as LIFECYCLE
from service.domain.study import CompletedBy, StudyEvent, StudyState
from service.domain.wall import HospitalId, Wall


@dataclass(frozen=True, slots=True)
class Study:
    """A study at one hospital."""

    id: int
    hospital: HospitalId
    study_instance_uid: str
    state: StudyState
    revision: int
    dispatched_revision: int
    patient_id: str
    patient_id_issuer: str
    patient_name: str
    patient_birth_date: str
    patient_sex: str
    accession_number: str
    study_date: str
    study_time: str
    study_description: str
    study_identifier: str
    referring_physician_name: str
    identity_conflict: bool
    instance_count: int
    image_count: int
    expected_count: int | None
    calling_ae: str
    first_received_at: float
    quiet_since: float
    largest_gap_s: float
    completion_called: bool
    due_at: float | None
    completed_at: float | None
    completed_by: CompletedBy | None

    @property
    def subject(self) -> Subject:
        """What an event about this study names."""
        return Subject(self.hospital, study_id=self.id, study_instance_uid=self.study_instance_uid)


@dataclass(frozen=True, slots=True)
class Series:
    """A series of a study."""

    id: int
    hospital: HospitalId
    study_id: int
    series_instance_uid: str
    modality: str
    series_number: int | None
    series_description: str
    series_date: str
    series_time: str
    body_part: str
    instance_count: int
    has_images: bool


@dataclass(frozen=True, slots=True)
class StudyFilter:
    """What a list of studies is narrowed to; None asks for all.

    after: the (first_received_at, id) of the last row seen, for the next page.
    """

    accession_number: str | None = None
    patient_id: str | None = None
    study_instance_uid: str | None = None
    state: StudyState | None = None
    modality: str | None = None
    study_date_from: str | None = None
    study_date_to: str | None = None
    newest_first: bool = True
    after: tuple[float, int] | None = None


def get(connection: Connection, wall: Wall, study_id: int) -> Study | None:
    """One study by our number."""
    return _one(connection, wall, STUDY.c.id == study_id)


def by_uid(connection: Connection, wall: Wall, hospital: HospitalId, study_instance_uid: str) -> Study | None:
    """One study of a hospital by its UID; an erased one is not found."""
    condition = and_(STUDY.c.hospital_id == hospital, STUDY.c.study_instance_uid == study_instance_uid)
    return _one(connection, wall, condition)


def served_by_uid(connection: Connection, wall: Wall, hospital: HospitalId, study_instance_uid: str) -> Study | None:
    """The same for whoever reads or follows it: a removed hospital's studies stay, but answer nobody."""
    condition = and_(STUDY.c.hospital_id == hospital, STUDY.c.study_instance_uid == study_instance_uid)
    return _one(connection, wall, and_(condition, served(STUDY.c.hospital_id)))


def listed(connection: Connection, wall: Wall, narrowed: StudyFilter, limit: int) -> tuple[Study, ...]:
    """At most limit studies, in the order of their arrival."""
    statement = select(STUDY).where(
        within(wall, STUDY.c.hospital_id), STUDY.c.state != StudyState.ERASED.value, *_conditions(narrowed)
    )
    page = paged(statement, STUDY.c.first_received_at, STUDY.c.id, Paging(narrowed.newest_first, narrowed.after, limit))
    return tuple(_study(row) for row in connection.execute(page))


def _conditions(narrowed: StudyFilter) -> list[ColumnElement[bool]]:
    equal = {
        STUDY.c.accession_number: narrowed.accession_number,
        STUDY.c.patient_id: narrowed.patient_id,
        STUDY.c.study_instance_uid: narrowed.study_instance_uid,
        STUDY.c.state: narrowed.state,
    }
    conditions: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if narrowed.study_date_from is not None:
        conditions.append(STUDY.c.study_date >= narrowed.study_date_from)
    if narrowed.study_date_to is not None:
        conditions.append(and_(STUDY.c.study_date != "", STUDY.c.study_date <= narrowed.study_date_to))
    if narrowed.modality is not None:
        received = select(SERIES.c.study_id).where(SERIES.c.modality == narrowed.modality, SERIES.c.instance_count > 0)
        conditions.append(STUDY.c.id.in_(received))
    return conditions


def series_of(connection: Connection, wall: Wall, study_id: int) -> tuple[Series, ...]:
    """The series that were received of a study, by number."""
    statement = (
        select(SERIES, HAS_IMAGES.label("has_images"))
        .where(within(wall, SERIES.c.hospital_id), SERIES.c.study_id == study_id, SERIES.c.instance_count > 0)
        .order_by(SERIES.c.series_number, SERIES.c.id)
    )
    return tuple(_series(row) for row in connection.execute(statement))


def examined_of(connection: Connection, wall: Wall, study: Study) -> Examined:
    """What there is to sign of a study, as far as a certificate is about it: the series with images."""
    series = series_of(connection, wall, study.id)
    return Examined(study.hospital, frozenset(each.modality for each in series if each.has_images))


def priors(connection: Connection, wall: Wall, study: Study, limit: int) -> tuple[Study, ...]:
    """Other studies of the same patient at the same hospital, the newest first; none where the images name nobody."""
    if not study.patient_id:
        return ()
    statement = select(STUDY).where(_same_patient(wall, study)).order_by(STUDY.c.study_date.desc(), STUDY.c.id.desc())
    return tuple(_study(row) for row in connection.execute(statement.limit(limit)))


def prior_count(connection: Connection, wall: Wall, study: Study) -> int:
    """How many other studies of the same patient the hospital has here."""
    if not study.patient_id:
        return 0
    statement = select(func.count()).select_from(STUDY).where(_same_patient(wall, study))
    return int(connection.execute(statement).scalar_one())


def _same_patient(wall: Wall, study: Study) -> ColumnElement[bool]:
    return and_(
        within(wall, STUDY.c.hospital_id),
        STUDY.c.hospital_id == study.hospital,
        STUDY.c.patient_id == study.patient_id,
        STUDY.c.patient_id_issuer == study.patient_id_issuer,
        STUDY.c.id != study.id,
        STUDY.c.state != StudyState.ERASED.value,
    )


def is_erased(connection: Connection, wall: Wall, hospital: HospitalId, study_instance_uid: str) -> bool:
    """Whether a study of this UID was here and was erased."""
    statement = select(STUDY.c.id).where(
        within(wall, STUDY.c.hospital_id),
        STUDY.c.hospital_id == hospital,
        STUDY.c.study_instance_uid == study_instance_uid,
        STUDY.c.state == StudyState.ERASED.value,
    )
    return connection.execute(statement).first() is not None


def counts(connection: Connection, wall: Wall) -> Mapping[str, int]:
    """How many studies stand in each state."""
    statement = select(STUDY.c.state, func.count()).where(within(wall, STUDY.c.hospital_id)).group_by(STUDY.c.state)
    return {row[0]: row[1] for row in connection.execute(statement)}


def due(connection: Connection, wall: Wall) -> tuple[Study, ...]:
    """Studies still receiving whose time to be looked at has come."""
    statement = select(STUDY).where(
        within(wall, STUDY.c.hospital_id),
        STUDY.c.state == StudyState.RECEIVING.value,
        STUDY.c.due_at <= now(connection),
    )
    return tuple(_study(row) for row in connection.execute(statement))


def to_dispatch(connection: Connection, wall: Wall) -> tuple[Study, ...]:
    """Complete studies whose revision was not dispatched yet; those with an identity conflict wait for a person."""
    statement = select(STUDY).where(
        within(wall, STUDY.c.hospital_id),
        STUDY.c.state == StudyState.COMPLETE.value,
        STUDY.c.dispatched_revision < STUDY.c.revision,
        STUDY.c.identity_conflict.is_(False),
    )
    return tuple(_study(row) for row in connection.execute(statement))


def complete(connection: Connection, wall: Wall, study: Study, by: CompletedBy) -> bool:
    """Move a receiving study to complete and remember its sender's gap; False when it moved on meanwhile."""
    wall.guard(study.hospital)
    follows = LIFECYCLE.after(StudyState.RECEIVING, StudyEvent.COMPLETED)
    moment = now(connection)
    changed = connection.execute(
        update(STUDY)
        .where(
            STUDY.c.id == study.id,
            STUDY.c.state == StudyState.RECEIVING.value,
            STUDY.c.revision == study.revision,
            STUDY.c.instance_count == study.instance_count,
        )
        .values(state=follows.value, completed_at=moment, completed_by=by.value, due_at=None, completion_called=False)
    )
    if changed.rowcount != 1:
        return False
    associations.learn_gap(
        connection,
        wall,
        hospital=study.hospital,
        calling_ae=study.calling_ae,
        study_id=study.id,
        gap_s=study.largest_gap_s,
    )
    append(
        connection,
        wall,
        EventKind.STUDY_COMPLETE,
        study.subject,
        {"revision": study.revision, "by": by.value, "instances": study.instance_count},
    )
    return True


def wait_until(connection: Connection, wall: Wall, study: Study, due_at: float) -> None:
    """Look at a receiving study again at this moment, unless something came meanwhile."""
    wall.guard(study.hospital)
    connection.execute(
        update(STUDY)
        .where(STUDY.c.id == study.id, STUDY.c.due_at == study.due_at, STUDY.c.quiet_since == study.quiet_since)
        .values(due_at=due_at)
    )


def call_complete(connection: Connection, wall: Wall, study: Study) -> None:
    """Ask that the study counts as complete now; a complete one stays as it is."""
    wall.guard(study.hospital)
    LIFECYCLE.after(study.state, StudyEvent.COMPLETED)
    connection.execute(
        update(STUDY)
        .where(STUDY.c.id == study.id, STUDY.c.state == StudyState.RECEIVING.value)
        .values(completion_called=True, due_at=now(connection))
    )


def expect_count(connection: Connection, wall: Wall, study_id: int, hospital: HospitalId, count: int) -> None:
    """Note how many images the order says the study has."""
    wall.guard(hospital)
    connection.execute(update(STUDY).where(STUDY.c.id == study_id).values(expected_count=count))
    connection.execute(
        update(STUDY)
        .where(STUDY.c.id == study_id, STUDY.c.state == StudyState.RECEIVING.value)
        .values(due_at=now(connection))
    )


def dispatched(connection: Connection, wall: Wall, study: Study) -> bool:
    """Mark the study's revision as dispatched; False when it moved on meanwhile."""
    wall.guard(study.hospital)
    changed = connection.execute(
        update(STUDY)
        .where(
            STUDY.c.id == study.id,
            STUDY.c.state == StudyState.COMPLETE.value,
            STUDY.c.revision == study.revision,
            STUDY.c.dispatched_revision < study.revision,
        )
        .values(dispatched_revision=study.revision)
    )
    return changed.rowcount == 1


def resolve_identity(connection: Connection, wall: Wall, study: Study) -> bool:
    """End an identity conflict: a person looked and the images belong together; False when there was none."""
    wall.guard(study.hospital)
    changed = connection.execute(
        update(STUDY).where(STUDY.c.id == study.id, STUDY.c.identity_conflict).values(identity_conflict=False)
    )
    if changed.rowcount == 1:
        append(connection, wall, EventKind.IDENTITY_RESOLVED, study.subject)
    return changed.rowcount == 1


def redispatch(connection: Connection, wall: Wall, study: Study) -> None:
    """Look again which packages to ask: an order that names packages was joined after dispatch."""
    wall.guard(study.hospital)
    connection.execute(update(STUDY).where(STUDY.c.id == study.id).values(dispatched_revision=0))


def next_due_at(connection: Connection, wall: Wall) -> float | None:
    """When the next receiving study wants to be looked at."""
    wall.guard_all()
    statement = select(func.min(STUDY.c.due_at)).where(STUDY.c.state == StudyState.RECEIVING.value)
    found: float | None = connection.execute(statement).scalar_one()
    return found


def _one(connection: Connection, wall: Wall, condition: ColumnElement[bool]) -> Study | None:
    statement = select(STUDY).where(
        within(wall, STUDY.c.hospital_id), STUDY.c.state != StudyState.ERASED.value, condition
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else _study(row)


def _study(row: Row[Any]) -> Study:
    values = row._asdict()
    return Study(
        hospital=HospitalId(row.hospital_id),
        state=StudyState(row.state),
        completed_by=None if row.completed_by is None else CompletedBy(row.completed_by),
        **{name: values[name] for name in values if name not in {"hospital_id", "state", "completed_by"}},
    )


def _series(row: Row[Any]) -> Series:
    values = row._asdict()
    return Series(
        hospital=HospitalId(row.hospital_id), **{name: values[name] for name in values if name != "hospital_id"}
    )
