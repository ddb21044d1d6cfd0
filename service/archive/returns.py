"""Examinations given back to the hospital (退回), and what opened them again: images, a request, a prior, a reader."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from service.archive import studies, study_description
from service.archive.events import EventKind, Subject, append, within
from service.archive.reading_tables import STUDY_RETURN
from service.archive.store import now
from service.archive.studies import Study
from service.archive.tables import INSTANCE, STUDY
from service.dicom.header import HeaderFacts
from service.domain.returning import Reopening, ReturnReason
from service.domain.wall import HospitalId, Wall


class AlreadyReturned(Exception):
    """The examination is at the hospital already."""


@dataclass(frozen=True, slots=True)
class StudyReturn:
    """One return: of which revision, why, by whom, and since when it is open again (seconds of the epoch)."""

    id: str
    revision: int
    reason: ReturnReason
    note: str
    returned_by: str
    returned_at: float
    reopened_at: float | None


def give_back(connection: Connection, wall: Wall, study: Study, reason: ReturnReason, note: str) -> StudyReturn:
    """Give an examination back in the name of the person who acts. Raises AlreadyReturned."""
    wall.guard(study.hospital)
    if standing(connection, wall, study.id) is not None:
        raise AlreadyReturned("the examination was returned already; the hospital has to send what is missing")
    made = StudyReturn(
        id=secrets.token_hex(16),
        revision=study.revision,
        reason=reason,
        note=note,
        returned_by=wall.user_id,
        returned_at=now(connection),
        reopened_at=None,
    )
    connection.execute(
        STUDY_RETURN.insert().values(
            id=made.id,
            hospital_id=study.hospital,
            study_id=study.id,
            revision=made.revision,
            reason=made.reason.value,
            note=made.note,
            returned_by=made.returned_by,
            returned_at=made.returned_at,
        )
    )
    append(connection, wall, EventKind.STUDY_RETURNED, study.subject, {"reason": reason.value, "return": made.id})
    return made


def reopen(connection: Connection, wall: Wall, subject: Subject, why: Reopening) -> bool:
    """Open a returned examination again; False when it was not returned."""
    wall.guard(subject.hospital)
    changed = connection.execute(
        update(STUDY_RETURN)
        .where(STUDY_RETURN.c.study_id == subject.study_id, STUDY_RETURN.c.reopened_at.is_(None))
        .values(reopened_at=now(connection))
    )
    if changed.rowcount:
        append(connection, wall, EventKind.STUDY_REOPENED, subject, {"because": why.value})
    return changed.rowcount > 0


def with_resent_patient(connection: Connection, wall: Wall, completed: Study) -> Study:
    """The study, of the patient whom the images name that answer its return, where that was for the wrong patient."""
    wall.guard(completed.hospital)
    returned = standing(connection, wall, completed.id)
    if returned is None or returned.reason is not ReturnReason.WRONG_PATIENT:
        return completed
    newest = connection.execute(_since(completed.id, returned.returned_at).order_by(INSTANCE.c.id.desc())).first()
    if newest is None:
        return completed
    study_description.say_anew(connection, wall, completed.id, HeaderFacts.from_json(newest.facts))
    return studies.get(connection, wall, completed.id) or completed


def reopen_answered(connection: Connection, wall: Wall, completed: Study) -> None:
    """Open what a study that is complete now answers: its own return, and one that waits for it as a prior."""
    wall.guard(completed.hospital)
    returned = standing(connection, wall, completed.id)
    if returned is not None and connection.execute(_since(completed.id, returned.returned_at)).first() is not None:
        reopen(connection, wall, completed.subject, Reopening.IMAGES)
    for subject in _waiting_for_prior(connection, wall, completed):
        reopen(connection, wall, subject, Reopening.PRIOR)


def _since(study_id: int, moment: float) -> Select[tuple[str]]:
    """One of the images that came since a moment, by what their headers say."""
    return (
        select(INSTANCE.c.facts)
        .where(INSTANCE.c.study_id == study_id, INSTANCE.c.is_image, INSTANCE.c.received_at > moment)
        .limit(1)
    )


def _waiting_for_prior(connection: Connection, wall: Wall, prior: Study) -> tuple[Subject, ...]:
    """The patient's other examinations that were returned because a prior is needed."""
    if not prior.patient_id:
        return ()
    statement = (
        select(STUDY.c.id, STUDY.c.hospital_id, STUDY.c.study_instance_uid)
        .join(STUDY_RETURN, STUDY_RETURN.c.study_id == STUDY.c.id)
        .where(
            within(wall, STUDY.c.hospital_id),
            STUDY.c.hospital_id == prior.hospital,
            STUDY.c.patient_id == prior.patient_id,
            STUDY.c.patient_id_issuer == prior.patient_id_issuer,
            STUDY.c.id != prior.id,
            STUDY_RETURN.c.reason == ReturnReason.PRIOR_NEEDED.value,
            STUDY_RETURN.c.reopened_at.is_(None),
        )
    )
    return tuple(
        Subject(HospitalId(row.hospital_id), study_id=row.id, study_instance_uid=row.study_instance_uid)
        for row in connection.execute(statement)
    )


def standing(connection: Connection, wall: Wall, study_id: int) -> StudyReturn | None:
    """The return that waits for the hospital."""
    return next((each for each in of_study(connection, wall, study_id) if each.reopened_at is None), None)


def of_study(connection: Connection, wall: Wall, study_id: int) -> tuple[StudyReturn, ...]:
    """Every return of an examination, oldest first."""
    statement = (
        select(STUDY_RETURN)
        .where(within(wall, STUDY_RETURN.c.hospital_id), STUDY_RETURN.c.study_id == study_id)
        .order_by(STUDY_RETURN.c.returned_at)
    )
    return tuple(_return(row) for row in connection.execute(statement))


def _return(row: Row[Any]) -> StudyReturn:
    return StudyReturn(
        id=row.id,
        revision=row.revision,
        reason=ReturnReason(row.reason),
        note=row.note,
        returned_by=row.returned_by,
        returned_at=row.returned_at,
        reopened_at=row.reopened_at,
    )
