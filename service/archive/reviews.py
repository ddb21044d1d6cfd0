"""What readers did to findings: events that are only ever added, and who locked a first impression."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, func, select

from service.archive.events import EventKind, append, within
from service.archive.reading_tables import FIRST_IMPRESSION, REVIEW_EVENT
from service.archive.store import now
from service.archive.studies import Study
from service.domain.hospital import ReadingMode
from service.domain.review import Description, RejectionReason, ReviewAction, ReviewEvent
from service.domain.wall import Wall

_DESCRIPTION: Final = TypeAdapter(Description)


def add(connection: Connection, wall: Wall, study: Study, event: ReviewEvent, finding_id: str | None) -> bool:
    """Keep an event; False when one of its id is there already: the reader's page sent it twice."""
    wall.guard(study.hospital)
    if connection.execute(select(REVIEW_EVENT.c.seq).where(REVIEW_EVENT.c.id == event.id)).first() is not None:
        return False
    connection.execute(
        REVIEW_EVENT.insert().values(
            id=event.id,
            hospital_id=study.hospital,
            study_id=study.id,
            tracking_uid=event.tracking_uid,
            finding_id=finding_id,
            action=event.action.value,
            reason=None if event.reason is None else event.reason.value,
            said=None if event.said is None else _DESCRIPTION.dump_python(event.said, mode="json"),
            reader=event.reader,
            at=event.at,
            mode=event.mode.value,
            ms_since_open=event.ms_since_open,
            back_to=event.back_to,
        )
    )
    append(
        connection,
        wall,
        EventKind.FINDING_REVIEWED,
        study.subject,
        {"tracking_uid": event.tracking_uid, "action": event.action.value, "by": event.reader},
    )
    return True


def of_study(connection: Connection, wall: Wall, study_id: int) -> Mapping[str, tuple[ReviewEvent, ...]]:
    """The events of each finding by its Tracking UID, oldest first."""
    statement = (
        select(REVIEW_EVENT)
        .where(within(wall, REVIEW_EVENT.c.hospital_id), REVIEW_EVENT.c.study_id == study_id)
        .order_by(REVIEW_EVENT.c.seq)
    )
    found: dict[str, list[ReviewEvent]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.tracking_uid, []).append(_event(row))
    return {uid: tuple(events) for uid, events in found.items()}


def by_seq(connection: Connection, wall: Wall, seqs: Collection[int]) -> Mapping[int, ReviewEvent]:
    """Events by the number they were kept under."""
    statement = select(REVIEW_EVENT).where(within(wall, REVIEW_EVENT.c.hospital_id), REVIEW_EVENT.c.seq.in_(seqs))
    return {row.seq: _event(row) for row in connection.execute(statement)}


def version(connection: Connection, wall: Wall, study_id: int) -> int:
    """A number that grows with every event of the study: what a page has to name to change something."""
    statement = select(func.coalesce(func.max(REVIEW_EVENT.c.seq), 0)).where(
        within(wall, REVIEW_EVENT.c.hospital_id), REVIEW_EVENT.c.study_id == study_id
    )
    return int(connection.execute(statement).scalar_one())


def lock_impression(connection: Connection, wall: Wall, study: Study) -> None:
    """Keep that the reader who acts has said what they see; a second time changes nothing."""
    wall.guard(study.hospital)
    reader = wall.user_id
    if impression_is_locked(connection, wall, study.id, reader):
        return
    connection.execute(
        FIRST_IMPRESSION.insert().values(
            study_id=study.id,
            reader=reader,
            hospital_id=study.hospital,
            at=now(connection),
            after_event=version(connection, wall, study.id),
        )
    )
    append(connection, wall, EventKind.FIRST_IMPRESSION, study.subject, {"by": reader})


def impression_is_locked(connection: Connection, wall: Wall, study_id: int, reader: str) -> bool:
    """Whether the reader has locked their first impression of the study."""
    statement = select(FIRST_IMPRESSION.c.at).where(
        within(wall, FIRST_IMPRESSION.c.hospital_id),
        FIRST_IMPRESSION.c.study_id == study_id,
        FIRST_IMPRESSION.c.reader == reader,
    )
    return connection.execute(statement).first() is not None


def _event(row: Row[Any]) -> ReviewEvent:
    return ReviewEvent(
        id=row.id,
        tracking_uid=row.tracking_uid,
        action=ReviewAction(row.action),
        reason=None if row.reason is None else RejectionReason(row.reason),
        said=None if row.said is None else _DESCRIPTION.validate_python(row.said),
        reader=row.reader,
        at=row.at,
        mode=ReadingMode(row.mode),
        ms_since_open=row.ms_since_open,
        back_to=row.back_to,
    )
