"""Notices of urgent findings: each step one conditional UPDATE with its event, due again until somebody has heard."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from service.archive import notice_rules
from service.archive.events import Detail, EventKind, Subject, append, within
from service.archive.hospitals import served
from service.archive.notice_rules import KeptRule
from service.archive.paging import Paging, paged
from service.archive.reading_tables import NOTICE
from service.archive.store import now
from service.archive.studies import Study
from service.archive.tables import STUDY
from service.domain.lifecycle import IllegalTransition
from service.domain.notice import NOTICE as LIFECYCLE
from service.domain.notice import OPEN, Heard, NoticeEvent, NoticeState, TakenBackBecause, Via, looked_at_again
from service.domain.wall import HospitalId, Wall

_OPEN: Final = sorted(state.value for state in OPEN)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who at the hospital heard, and how it is known. recorded_by: the actor whose session or key said so."""

    heard: Heard
    at: float
    via: Via
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One finding under one rule. raised_by: the reader's user id; sent_count: messages entered so far.

    told_at: when a message arrived; None while none did. due_at: when it has to be looked at; None once it is closed.
    """

    id: str
    hospital: HospitalId
    study_id: int
    study_instance_uid: str
    accession_number: str
    tracking_uid: str
    rule: KeptRule
    state: NoticeState
    raised_by: str
    raised_at: float
    deadline_at: float
    due_at: float | None
    sent_count: int
    told_at: float | None
    escalated_at: float | None
    acknowledgement: Acknowledgement | None
    taken_back_at: float | None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to hear."""
        return self.state in OPEN

    @property
    def contact(self) -> str:
        """Who is to hear now."""
        is_late = self.escalated_at is not None
        return self.rule.rule.escalation_contact if is_late else self.rule.rule.contact


def raise_new(connection: Connection, wall: Wall, study: Study, tracking_uid: str, rule: KeptRule) -> Notice:
    """Raise a notice of a finding the person who acts stands for."""
    wall.guard(study.hospital)
    moment = now(connection)
    deadline_at = moment + rule.rule.deadline_s
    notice_id = secrets.token_hex(16)
    connection.execute(
        NOTICE.insert().values(
            id=notice_id,
            hospital_id=study.hospital,
            study_id=study.id,
            tracking_uid=tracking_uid,
            rule_id=rule.id,
            state=NoticeState.RAISED.value,
            raised_by=wall.user_id,
            raised_at=moment,
            deadline_at=deadline_at,
            due_at=looked_at_again(NoticeState.RAISED, moment, deadline_at),
            sent_count=0,
        )
    )
    raised = require(connection, wall, notice_id)
    _tell(connection, wall, raised, EventKind.NOTICE_RAISED, {"tracking_uid": tracking_uid})
    return raised


def raise_again(connection: Connection, wall: Wall, notice: Notice) -> Notice:
    """Raise what was taken back: its time begins anew, and what was acknowledged before stands in the events only."""
    moment = now(connection)
    deadline_at = moment + notice.rule.rule.deadline_s
    _move(
        connection,
        wall,
        notice,
        NoticeEvent.RAISED_AGAIN,
        raised_by=wall.user_id,
        raised_at=moment,
        deadline_at=deadline_at,
        due_at=looked_at_again(NoticeState.RAISED, moment, deadline_at),
        told_at=None,
        escalated_at=None,
        taken_back_at=None,
        acknowledged_by=None,
        acknowledged_at=None,
        acknowledged_how=None,
        acknowledged_via=None,
        recorded_by=None,
    )
    _tell(connection, wall, notice, EventKind.NOTICE_RAISED, {"tracking_uid": notice.tracking_uid})
    return require(connection, wall, notice.id)


def take_back(connection: Connection, wall: Wall, notice: Notice, because: TakenBackBecause) -> Notice:
    """End a notice whose finding does not stand any more. Raises IllegalTransition."""
    _move(connection, wall, notice, NoticeEvent.TAKEN_BACK, due_at=None, taken_back_at=now(connection))
    _tell(connection, wall, notice, EventKind.NOTICE_TAKEN_BACK, {"was": notice.state.value, "because": because.value})
    return require(connection, wall, notice.id)


def escalate(connection: Connection, wall: Wall, notice: Notice) -> Notice:
    """Time ran out: from now on the escalation contact is told. Raises IllegalTransition."""
    moment = now(connection)
    due_at = looked_at_again(NoticeState.ESCALATED, moment, notice.deadline_at)
    _move(connection, wall, notice, NoticeEvent.TIME_RAN_OUT, due_at=due_at, escalated_at=moment)
    _tell(connection, wall, notice, EventKind.NOTICE_ESCALATED, {})
    return require(connection, wall, notice.id)


def look_again(connection: Connection, wall: Wall, notice: Notice) -> None:
    """Be due once more, when an open notice was looked at."""
    wall.guard(notice.hospital)
    due_at = looked_at_again(notice.state, now(connection), notice.deadline_at)
    connection.execute(
        update(NOTICE).where(NOTICE.c.id == notice.id, NOTICE.c.state == notice.state.value).values(due_at=due_at)
    )


def count_message(connection: Connection, wall: Wall, notice: Notice) -> int:
    """The number of the next message about a notice, from 1."""
    wall.guard(notice.hospital)
    counted = update(NOTICE).where(NOTICE.c.id == notice.id).values(sent_count=NOTICE.c.sent_count + 1)
    return int(connection.execute(counted.returning(NOTICE.c.sent_count)).scalar_one())


def told(connection: Connection, wall: Wall, notice: Notice, message: int) -> None:
    """A message arrived; one that arrives after the notice was closed changes nothing."""
    if not notice.is_open:
        return
    _move(connection, wall, notice, NoticeEvent.SENT, told_at=now(connection))
    _tell(connection, wall, notice, EventKind.NOTICE_SENT, {"message": message})


def acknowledge(connection: Connection, wall: Wall, notice: Notice, heard: Heard, via: Via) -> Notice:
    """Somebody heard. Raises IllegalTransition when it was acknowledged or taken back before."""
    _move(
        connection,
        wall,
        notice,
        NoticeEvent.ACKNOWLEDGED,
        due_at=None,
        acknowledged_by=heard.who,
        acknowledged_at=now(connection),
        acknowledged_how=heard.how,
        acknowledged_via=via.value,
        recorded_by=wall.actor,
    )
    detail = {"via": via.value, "who": heard.who, "how": heard.how}
    _tell(connection, wall, notice, EventKind.NOTICE_ACKNOWLEDGED, detail)
    return require(connection, wall, notice.id)


def get(connection: Connection, wall: Wall, notice_id: str) -> Notice | None:
    """One notice."""
    found = _listed(connection, wall, NOTICE.c.id == notice_id)
    return found[0] if found else None


def served_by_id(connection: Connection, wall: Wall, notice_id: str) -> Notice | None:
    """The same for whoever acts on it: a removed hospital's notices stay, but answer nobody."""
    found = _listed(connection, wall, (NOTICE.c.id == notice_id) & served(NOTICE.c.hospital_id))
    return found[0] if found else None


def require(connection: Connection, wall: Wall, notice_id: str) -> Notice:
    """One notice that is known to be there."""
    found = get(connection, wall, notice_id)
    assert found is not None, "it was there in this transaction"
    return found


def of_study(connection: Connection, wall: Wall, study_id: int) -> tuple[Notice, ...]:
    """Every notice of a study, oldest first."""
    return _listed(connection, wall, NOTICE.c.study_id == study_id)


def communicated(connection: Connection, wall: Wall, study_id: int) -> tuple[Notice, ...]:
    """What a report says of the communication of critical results (73568-8, LN): all but what was taken back."""
    return tuple(each for each in of_study(connection, wall, study_id) if each.state is not NoticeState.TAKEN_BACK)


def of_finding(connection: Connection, wall: Wall, study_id: int, tracking_uid: str) -> tuple[Notice, ...]:
    """The notices of one finding."""
    return _listed(connection, wall, (NOTICE.c.study_id == study_id) & (NOTICE.c.tracking_uid == tracking_uid))


def open_ones(connection: Connection, wall: Wall, limit: int) -> tuple[Notice, ...]:
    """Those that somebody still has to hear, oldest first."""
    return _listed(connection, wall, NOTICE.c.state.in_(_OPEN) & served(NOTICE.c.hospital_id), limit)


def count_open(connection: Connection, wall: Wall, study_id: int | None = None) -> int:
    """How many somebody still has to hear, of one study or of all."""
    statement = select(func.count()).where(
        within(wall, NOTICE.c.hospital_id), NOTICE.c.state.in_(_OPEN), served(NOTICE.c.hospital_id)
    )
    narrowed = statement if study_id is None else statement.where(NOTICE.c.study_id == study_id)
    return int(connection.execute(narrowed).scalar_one())


def page(
    connection: Connection, wall: Wall, states: frozenset[NoticeState], study_id: int | None, paging: Paging[str]
) -> tuple[Notice, ...]:
    """One page of the notices in these states, by when they were raised."""
    conditions = [within(wall, NOTICE.c.hospital_id), NOTICE.c.state.in_(sorted(state.value for state in states))]
    if study_id is not None:
        conditions.append(NOTICE.c.study_id == study_id)
    statement = _SELECT.where(*conditions)
    return _notices(
        connection, wall, connection.execute(paged(statement, NOTICE.c.raised_at, NOTICE.c.id, paging)).all()
    )


def due(connection: Connection, wall: Wall) -> tuple[Notice, ...]:
    """What has to be told again or escalated now."""
    wall.guard_all()
    return _listed(connection, wall, NOTICE.c.state.in_(_OPEN) & (NOTICE.c.due_at <= now(connection)))


def next_due_at(connection: Connection, wall: Wall) -> float | None:
    """When the next notice is due."""
    wall.guard_all()
    found: float | None = connection.execute(
        select(func.min(NOTICE.c.due_at)).where(NOTICE.c.state.in_(_OPEN))
    ).scalar_one()
    return found


_SELECT: Final = select(NOTICE, STUDY.c.study_instance_uid, STUDY.c.accession_number).join(
    STUDY, STUDY.c.id == NOTICE.c.study_id
)


def _listed(
    connection: Connection, wall: Wall, condition: ColumnElement[bool], limit: int | None = None
) -> tuple[Notice, ...]:
    statement = _SELECT.where(within(wall, NOTICE.c.hospital_id), condition).order_by(NOTICE.c.raised_at, NOTICE.c.id)
    return _notices(connection, wall, connection.execute(statement.limit(limit)).all())


def _notices(connection: Connection, wall: Wall, rows: Sequence[Row[Any]]) -> tuple[Notice, ...]:
    rules = notice_rules.by_id(connection, wall, frozenset(row.rule_id for row in rows)) if rows else {}
    return tuple(_notice(row, rules[row.rule_id]) for row in rows)


def _move(connection: Connection, wall: Wall, notice: Notice, event: NoticeEvent, **values: Any) -> None:  # columns
    wall.guard(notice.hospital)
    state = LIFECYCLE.after(notice.state, event)
    changed = connection.execute(
        update(NOTICE)
        .where(NOTICE.c.id == notice.id, NOTICE.c.state == notice.state.value)
        .values(state=state.value, **values)
    )
    if changed.rowcount != 1:
        raise IllegalTransition(f"notice: it is not {notice.state.value} any more; read it again")


def _tell(connection: Connection, wall: Wall, notice: Notice, kind: EventKind, detail: Detail) -> None:
    subject = Subject(notice.hospital, study_id=notice.study_id, study_instance_uid=notice.study_instance_uid)
    append(connection, wall, kind, subject, {"notice": notice.id, **detail})


def _notice(row: Row[Any], rule: KeptRule) -> Notice:
    acknowledgement = None
    if row.acknowledged_at is not None:
        heard = Heard(row.acknowledged_by, row.acknowledged_how)
        acknowledgement = Acknowledgement(heard, row.acknowledged_at, Via(row.acknowledged_via), row.recorded_by)
    return Notice(
        id=row.id,
        hospital=HospitalId(row.hospital_id),
        study_id=row.study_id,
        study_instance_uid=row.study_instance_uid,
        accession_number=row.accession_number,
        tracking_uid=row.tracking_uid,
        rule=rule,
        state=NoticeState(row.state),
        raised_by=row.raised_by,
        raised_at=row.raised_at,
        deadline_at=row.deadline_at,
        due_at=row.due_at,
        sent_count=row.sent_count,
        told_at=row.told_at,
        escalated_at=row.escalated_at,
        acknowledgement=acknowledgement,
        taken_back_at=row.taken_back_at,
    )
