"""What happened, in order and without a gap: the cursor of the HIS, the timeline of a study, live updates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Row, func, select, true
from sqlalchemy.sql import ColumnElement

from service.archive import examination_rows
from service.archive.store import now
from service.archive.tables import EVENT
from service.domain.wall import HospitalId, Wall

Detail: TypeAlias = Mapping[str, str | int | float | bool | list[str] | None]


class EventKind(StrEnum):
    """The kinds of events; stable, since hospitals' systems read them."""

    STUDY_RECEIVING = "study.receiving"
    STUDY_COMPLETE = "study.complete"
    STUDY_REVISED = "study.revised"
    STUDY_LATE_IMAGES = "study.late_images"
    STUDY_ROUTED = "study.routed"
    IDENTITY_CONFLICT = "study.identity_conflict"
    IDENTITY_RESOLVED = "study.identity_resolved"
    INSTANCE_QUARANTINED = "instance.quarantined"
    QUARANTINE_DECIDED = "quarantine.decided"
    ANALYSIS_PENDING = "analysis.pending"
    ANALYSIS_STARTED = "analysis.started"
    ANALYSIS_ATTEMPT_LOST = "analysis.attempt_lost"
    ANALYSIS_CONCLUDED = "analysis.concluded"
    ANALYSIS_REFUSED = "analysis.refused"
    ANALYSIS_FAILED = "analysis.failed"
    ANALYSIS_CANCELLED = "analysis.cancelled"
    ANALYSIS_SUPERSEDED = "analysis.superseded"
    RESULT_ENCODED = "result.encoded"
    RESULT_NOT_ENCODED = "result.not_encoded"
    DELIVERY_DELIVERED = "delivery.delivered"
    DELIVERY_WAITING = "delivery.waiting"
    DELIVERY_FAILED = "delivery.failed"
    DELIVERY_REPLACED = "delivery.replaced_by_summary"
    ORDER_CREATED = "order.created"
    ORDER_MATCHED = "order.matched"
    ORDER_UNMATCHED = "order.unmatched"
    ORDER_CHANGED = "order.changed"
    ORDER_CANCELLED = "order.cancelled"
    URGENCY_CONFIRMED = "study.urgency_confirmed"
    STUDY_CLAIMED = "study.claimed"
    STUDY_LET_GO = "study.let_go"
    STUDY_RETURNED = "study.returned"
    STUDY_REOPENED = "study.reopened"
    FINDING_REVIEWED = "finding.reviewed"
    FIRST_IMPRESSION = "study.first_impression"
    STUDY_MEASURED = "study.measured"
    CLOCK_PASSED = "study.clock_passed"
    CLOCK_STOPPED = "study.clock_stopped"
    REPORT_BEGUN = "report.begun"
    REPORT_SAVED = "report.saved"
    REPORT_MOVED = "report.moved"
    REPORT_PROVISIONAL = "report.provisional"
    AUDIT_OVERDUE = "report.audit_overdue"
    REPORT_RELEASED = "report.released"
    REPORT_WITHDRAWN = "report.withdrawn"
    NOTICE_RAISED = "notice.raised"
    NOTICE_SENT = "notice.sent"
    NOTICE_ESCALATED = "notice.escalated"
    NOTICE_ACKNOWLEDGED = "notice.acknowledged"
    NOTICE_TAKEN_BACK = "notice.taken_back"


OF_THE_CENTRE: Final = frozenset(
    {
        EventKind.STUDY_LATE_IMAGES,
        EventKind.URGENCY_CONFIRMED,
        EventKind.STUDY_CLAIMED,
        EventKind.STUDY_LET_GO,
        EventKind.FINDING_REVIEWED,
        EventKind.FIRST_IMPRESSION,
        EventKind.STUDY_MEASURED,
        EventKind.CLOCK_PASSED,
        EventKind.CLOCK_STOPPED,
        EventKind.REPORT_BEGUN,
        EventKind.REPORT_SAVED,
        EventKind.REPORT_MOVED,
    }
)
"""What happens between the centre's own people: no hospital is told before a report is released."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about."""

    hospital: HospitalId
    study_id: int | None = None
    study_instance_uid: str | None = None
    analysis_id: str | None = None
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event; seq grows without a gap in the order of commits."""

    seq: int
    at: float
    kind: EventKind
    subject: Subject
    detail: Detail


def within(wall: Wall, column: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that keeps a query behind the wall."""
    return true() if wall.hospitals is None else column.in_(sorted(wall.hospitals))


def append(connection: Connection, wall: Wall, kind: EventKind, subject: Subject, detail: Detail | None = None) -> None:
    """Add an event in the transaction of the change it tells of, behind it: the worklist's row is made again."""
    wall.guard(subject.hospital)
    connection.execute(
        EVENT.insert().values(
            hospital_id=subject.hospital,
            at=now(connection),
            kind=kind.value,
            study_id=subject.study_id,
            study_instance_uid=subject.study_instance_uid,
            analysis_id=subject.analysis_id,
            order_id=subject.order_id,
            detail=dict(detail or {}),
        )
    )
    if subject.study_id is not None:
        examination_rows.renew(connection, subject.study_id)


def after(connection: Connection, wall: Wall, cursor: int, limit: int) -> tuple[Event, ...]:
    """At most limit events behind the cursor, oldest first."""
    statement = (
        select(EVENT).where(within(wall, EVENT.c.hospital_id), EVENT.c.seq > cursor).order_by(EVENT.c.seq).limit(limit)
    )
    return tuple(_event(row) for row in connection.execute(statement))


def of_study(connection: Connection, wall: Wall, study_id: int) -> tuple[Event, ...]:
    """The timeline of a study, oldest first."""
    statement = (
        select(EVENT).where(within(wall, EVENT.c.hospital_id), EVENT.c.study_id == study_id).order_by(EVENT.c.seq)
    )
    return tuple(_event(row) for row in connection.execute(statement))


def last_seq(connection: Connection, wall: Wall) -> int:
    """The newest event's number, 0 when there is none."""
    statement = select(func.max(EVENT.c.seq)).where(within(wall, EVENT.c.hospital_id))
    return int(connection.execute(statement).scalar_one() or 0)


def _event(row: Row[Any]) -> Event:
    subject = Subject(
        hospital=HospitalId(row.hospital_id),
        study_id=row.study_id,
        study_instance_uid=row.study_instance_uid,
        analysis_id=row.analysis_id,
        order_id=row.order_id,
    )
    return Event(seq=row.seq, at=row.at, kind=EventKind(row.kind), subject=subject, detail=row.detail)
