"""The worklist: pages of examinations in the order in which they are to be read, and who holds which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Row, Select, func, select, tuple_, union_all, update

from service.archive import examination_rows, name_keys
from service.archive.events import Detail, EventKind, append, within
from service.archive.hospitals import served
from service.archive.reading_tables import EXAMINATION
from service.archive.store import now
from service.archive.studies import Study
from service.archive.tables import HOSPITAL, STUDY
from service.domain.examination import ExaminationWord, Urgency, has_unread_images
from service.domain.order import ExamClass
from service.domain.wall import HospitalId, Wall

CLAIM_S: Final = 120.0
"""A claim lives as long as the reader's page says so at least once in this time."""
_PLACE: Final = (
    EXAMINATION.c.class_rank,
    EXAMINATION.c.urgency_rank,
    EXAMINATION.c.score_rank,
    EXAMINATION.c.waiting_since,
    EXAMINATION.c.study_id,
)


class ClaimHeld(Exception):
    """Somebody else reads the examination; take it over, or read another one."""

    def __init__(self, by: str, since: float) -> None:
        """by: the reader's user id; since: seconds since the epoch."""
        super().__init__("somebody else reads this examination")
        self.by = by
        self.since = since


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in the worklist: the cursor of the page behind it."""

    exam_class: int
    urgency: int
    score: float
    waiting_since: float
    study_id: int


@dataclass(frozen=True, slots=True)
class Examination:
    """One line of the worklist, without what the study's own row says."""

    study_id: int
    hospital: HospitalId
    word: ExaminationWord
    is_open: bool
    exam_class: ExamClass | None
    modality: str
    score: float | None
    place: Place
    urgency: Urgency | None
    urgency_by: str | None
    claimed_by: str | None
    claimed_at: float | None

    @property
    def has_unread_images(self) -> bool:
        """Whether images came after the signature."""
        return has_unread_images(self.word, is_open=self.is_open)


@dataclass(frozen=True, slots=True)
class WorklistFilter:
    """What the worklist is narrowed to; None and no text ask for all.

    text: what a name in any writing, an ID or an accession number begins with.
    """

    is_open: bool | None = True
    words: frozenset[ExaminationWord] = frozenset()
    hospital: HospitalId | None = None
    exam_class: ExamClass | None = None
    modality: str | None = None
    claimed_by: str | None = None
    text: str = ""


def page(
    connection: Connection, wall: Wall, narrowed: WorklistFilter, after: Place | None, limit: int
) -> tuple[Examination, ...]:
    """At most limit examinations behind a place, the first to be read first."""
    statement = _narrowed(select(EXAMINATION), wall, narrowed)
    if after is not None:
        behind = (after.exam_class, after.urgency, after.score, after.waiting_since, after.study_id)
        statement = statement.where(tuple_(*_PLACE) > tuple_(*behind))
    rows = connection.execute(statement.order_by(*_PLACE).limit(limit))
    moment = now(connection)
    return tuple(_examination(row, moment) for row in rows)


def count(connection: Connection, wall: Wall, narrowed: WorklistFilter, most: int) -> int:
    """How many examinations there are, counted no further than most."""
    inner = _narrowed(select(EXAMINATION.c.study_id), wall, narrowed).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(inner)).scalar_one())


def of_study(connection: Connection, wall: Wall, study_id: int) -> Examination | None:
    """The line of one study."""
    statement = select(EXAMINATION).where(within(wall, EXAMINATION.c.hospital_id), EXAMINATION.c.study_id == study_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _examination(row, now(connection))


def confirm_urgency(connection: Connection, wall: Wall, study: Study, urgency: Urgency) -> None:
    """Keep how urgent the person who acts says the examination is."""
    wall.guard(study.hospital)
    by = wall.user_id
    connection.execute(
        update(EXAMINATION)
        .where(EXAMINATION.c.study_id == study.id)
        .values(urgency=urgency.value, urgency_by=by, urgency_at=now(connection))
    )
    append(connection, wall, EventKind.URGENCY_CONFIRMED, study.subject, {"urgency": urgency.value, "by": by})


def claim(connection: Connection, wall: Wall, study: Study, *, instead_of: str | None = None) -> None:
    """Hold an examination, or go on holding it. instead_of: whose claim is taken over.

    Raises ClaimHeld when somebody else holds it who was not named.
    """
    wall.guard(study.hospital)
    reader = wall.user_id
    moment = now(connection)
    held = connection.execute(
        select(EXAMINATION.c.claimed_by, EXAMINATION.c.claimed_at, EXAMINATION.c.claimed_until).where(
            EXAMINATION.c.study_id == study.id
        )
    ).one()
    is_held = held.claimed_by is not None and held.claimed_until > moment
    if is_held and held.claimed_by not in {reader, instead_of}:
        raise ClaimHeld(held.claimed_by, held.claimed_at)
    is_renewal = is_held and held.claimed_by == reader
    connection.execute(
        update(EXAMINATION)
        .where(EXAMINATION.c.study_id == study.id)
        .values(
            claimed_by=reader,
            claimed_at=held.claimed_at if is_renewal else moment,
            claimed_until=moment + CLAIM_S,
        )
    )
    if not is_renewal:
        told: Detail = {"by": reader, "instead_of": held.claimed_by if is_held else None}
        append(connection, wall, EventKind.STUDY_CLAIMED, study.subject, told)


def require_free(connection: Connection, wall: Wall, study: Study) -> None:
    """Raises ClaimHeld when somebody else than the person who acts holds the examination."""
    listed = of_study(connection, wall, study.id)
    if listed is not None and listed.claimed_by not in {None, wall.user_id}:
        raise ClaimHeld(listed.claimed_by or "", listed.claimed_at or 0.0)


def let_go(connection: Connection, wall: Wall, study: Study) -> None:
    """Give an examination back; nothing happens when the person who acts does not hold it."""
    wall.guard(study.hospital)
    reader = wall.user_id
    changed = connection.execute(
        update(EXAMINATION)
        .where(EXAMINATION.c.study_id == study.id, EXAMINATION.c.claimed_by == reader)
        .values(claimed_by=None, claimed_at=None, claimed_until=None)
    )
    if changed.rowcount:
        append(connection, wall, EventKind.STUDY_LET_GO, study.subject, {"by": reader})


def let_go_of_lapsed(connection: Connection, wall: Wall) -> int:
    """Renew the rows whose claim ran out, so that the word "reading" goes; returns how many."""
    wall.guard_all()
    lapsed = connection.execute(
        select(EXAMINATION.c.study_id).where(EXAMINATION.c.claimed_until <= now(connection))
    ).scalars()
    studies = tuple(lapsed)
    for study_id in studies:
        connection.execute(
            update(EXAMINATION)
            .where(EXAMINATION.c.study_id == study_id)
            .values(claimed_by=None, claimed_at=None, claimed_until=None)
        )
        examination_rows.renew(connection, study_id)
    return len(studies)


def has_stale_rows(connection: Connection, wall: Wall) -> bool:
    """Whether a claim ran out, or a study of an earlier version has no row yet."""
    wall.guard_all()
    lapsed = select(EXAMINATION.c.study_id).where(EXAMINATION.c.claimed_until <= now(connection)).limit(1)
    return connection.execute(lapsed).first() is not None or bool(examination_rows.missing(connection, 1))


def _narrowed(statement: Select[Any], wall: Wall, narrowed: WorklistFilter) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = [within(wall, EXAMINATION.c.hospital_id), served(EXAMINATION.c.hospital_id)]
    if narrowed.is_open is not None:
        conditions.append(EXAMINATION.c.is_open.is_(narrowed.is_open))
    if narrowed.words:
        conditions.append(EXAMINATION.c.word.in_(sorted(narrowed.words)))
    equal = {
        EXAMINATION.c.hospital_id: narrowed.hospital,
        EXAMINATION.c.exam_class: narrowed.exam_class,
        EXAMINATION.c.modality: narrowed.modality,
        EXAMINATION.c.claimed_by: narrowed.claimed_by,
    }
    conditions += [column == value for column, value in equal.items() if value is not None]
    if narrowed.text:
        conditions.append(EXAMINATION.c.study_id.in_(_found_by_text(wall, narrowed)))
    return statement.where(*conditions)


def _found_by_text(wall: Wall, narrowed: WorklistFilter) -> CompoundSelect[Any]:
    """Studies whose patient's ID or accession number begins with the text, or whose name does from any word on.

    By a list for each: joined by OR they would not be looked up in their indexes. Case counts in none, but only ASCII
    letters of a number have one.
    """
    text = narrowed.text
    hospitals = select(HOSPITAL.c.id).where(within(wall, HOSPITAL.c.id), HOSPITAL.c.removed_at.is_(None))
    start, end = func.lower(text), func.lower(text).concat("\U0010ffff")
    numbered = (
        select(STUDY.c.id).where(STUDY.c.hospital_id.in_(hospitals), func.lower(column).between(start, end))
        for column in (STUDY.c.patient_id, STUDY.c.accession_number)
    )
    return union_all(*numbered, *name_keys.patients(wall, hospitals, f"{text}*"))


def _examination(row: Row[Any], moment: float) -> Examination:
    is_held = row.claimed_by is not None and row.claimed_until > moment
    return Examination(
        study_id=row.study_id,
        hospital=HospitalId(row.hospital_id),
        word=ExaminationWord(row.word),
        is_open=row.is_open,
        exam_class=None if row.exam_class is None else ExamClass(row.exam_class),
        modality=row.modality,
        score=row.score,
        place=Place(row.class_rank, row.urgency_rank, row.score_rank, row.waiting_since, row.study_id),
        urgency=None if row.urgency is None else Urgency(row.urgency),
        urgency_by=row.urgency_by,
        claimed_by=row.claimed_by if is_held else None,
        claimed_at=row.claimed_at if is_held else None,
    )
