"""Orders of a hospital's HIS, and how they join with studies."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, false, or_, select, update

from service.archive import returns, studies
from service.archive.events import EventKind, Subject, append, within
from service.archive.paging import Paging, paged
from service.archive.store import now
from service.archive.tables import IMAGING_ORDER, STUDY
from service.domain.agreement import ExaminationKind
from service.domain.order import ORDER as LIFECYCLE
from service.domain.order import ExamClass, Identifiers, Match, OrderEvent, OrderState, Priority, match
from service.domain.returning import Reopening
from service.domain.study import StudyState
from service.domain.wall import HospitalId, Wall


@dataclass(frozen=True, slots=True)
class Request:
    """What the referring department wrote; empty text where it said nothing."""

    question: str = ""
    history: str = ""
    department: str = ""
    prior_reports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as the HIS sends it."""

    hospital: HospitalId
    accession_number: str
    study_instance_uid: str
    patient_id: str
    exam_class: ExamClass
    priority: Priority
    modality: str
    kind: ExaminationKind
    request: Request
    packages: tuple[str, ...]
    expected_count: int | None
    callback_url: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands. match and match_reason say how it is joined, or why not."""

    id: str
    hospital: HospitalId
    study_id: int | None
    state: OrderState
    accession_number: str
    study_instance_uid: str
    patient_id: str
    exam_class: ExamClass
    priority: Priority
    modality: str
    kind: ExaminationKind
    request: Request
    packages: tuple[str, ...]
    expected_count: int | None
    callback_url: str | None
    match: Match
    match_reason: str
    created_at: float
    changed_at: float

    @property
    def identifiers(self) -> Identifiers:
        """What it can be known by."""
        return Identifiers(self.accession_number, self.study_instance_uid, self.patient_id)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A study that may be an order's own, and how well it fits."""

    study_id: int
    study_instance_uid: str
    match: Match


_FIRST_PAGE: Final[Paging[str]] = Paging()
SEVERAL_STUDIES: Final = "several studies carry this accession number"
_REASONS = {
    Match.NONE: "no study of this accession number or Study Instance UID has arrived",
    Match.PROPOSED: "a study of this patient is there, but the patient alone is not enough; join them by a call",
    Match.CONTRADICTION: "a study fits by one identifier and contradicts by another; check it, then join by a call",
    Match.JOINED: "joined",
}


def create(connection: Connection, wall: Wall, new: NewOrder) -> Order:
    """Enter an order and join it at once where a study fits."""
    wall.guard(new.hospital)
    moment = now(connection)
    order_id = secrets.token_hex(16)
    connection.execute(
        IMAGING_ORDER.insert().values(
            id=order_id,
            hospital_id=new.hospital,
            state=OrderState.REQUESTED.value,
            accession_number=new.accession_number,
            study_instance_uid=new.study_instance_uid,
            patient_id=new.patient_id,
            exam_class=new.exam_class.value,
            priority=new.priority.value,
            modality=new.modality,
            examination_kind=new.kind.value,
            request={
                "question": new.request.question,
                "history": new.request.history,
                "department": new.request.department,
                "prior_reports": list(new.request.prior_reports),
            },
            packages=list(new.packages),
            expected_count=new.expected_count,
            callback_url=new.callback_url,
            match=Match.NONE.value,
            match_reason=_REASONS[Match.NONE],
            created_at=moment,
            changed_at=moment,
        )
    )
    order = _required(connection, wall, order_id)
    append(connection, wall, EventKind.ORDER_CREATED, _subject(order))
    return _seek(connection, wall, order)


def join_arrived(connection: Connection, wall: Wall, study: studies.Study) -> tuple[Order, ...]:
    """Join the waiting orders that fit a study; the rest of its candidates say why not. Returns the joined ones."""
    wall.guard(study.hospital)
    waiting = _listed(
        connection,
        wall,
        and_(
            IMAGING_ORDER.c.hospital_id == study.hospital,
            IMAGING_ORDER.c.study_id.is_(None),
            IMAGING_ORDER.c.state == OrderState.REQUESTED.value,
            _shares(IMAGING_ORDER, Identifiers(study.accession_number, study.study_instance_uid, study.patient_id)),
        ),
    )
    sought = tuple(_seek(connection, wall, order) for order in waiting)
    return tuple(order for order in sought if order.study_id == study.id)


def _seek(connection: Connection, wall: Wall, order: Order) -> Order:
    """Try to join an order with a study of its hospital: only one that fits without a doubt."""
    matches = {each.study_id: each.match for each in candidates(connection, wall, order)}
    joined = [study_id for study_id, found in matches.items() if found is Match.JOINED]
    if len(joined) == 1:
        return join(connection, wall, order, joined[0])
    if len(joined) > 1:
        return _unmatched(connection, wall, order, Match.PROPOSED, SEVERAL_STUDIES)
    for weaker in (Match.CONTRADICTION, Match.PROPOSED):
        if weaker in matches.values():
            return _unmatched(connection, wall, order, weaker, _REASONS[weaker])
    return order


def candidates(connection: Connection, wall: Wall, order: Order) -> tuple[Candidate, ...]:
    """The studies that share an identifier with an order and may be its own, newest first."""
    rows = connection.execute(
        select(STUDY.c.id, STUDY.c.accession_number, STUDY.c.study_instance_uid, STUDY.c.patient_id)
        .where(
            within(wall, STUDY.c.hospital_id),
            STUDY.c.hospital_id == order.hospital,
            STUDY.c.state != StudyState.ERASED.value,
            _shares(STUDY, order.identifiers),
        )
        .order_by(STUDY.c.first_received_at.desc(), STUDY.c.id.desc())
    )
    found = tuple(
        Candidate(
            row.id,
            row.study_instance_uid,
            match(order.identifiers, Identifiers(row.accession_number, row.study_instance_uid, row.patient_id)),
        )
        for row in rows
    )
    return tuple(each for each in found if each.match is not Match.NONE)


def _shares(table: Table, known: Identifiers) -> ColumnElement[bool]:
    """That a row shares at least one identifier that is given; none given matches nothing."""
    pairs = (
        (table.c.accession_number, known.accession_number),
        (table.c.study_instance_uid, known.study_instance_uid),
        (table.c.patient_id, known.patient_id),
    )
    return or_(false(), *(column == value for column, value in pairs if value))


def _unmatched(connection: Connection, wall: Wall, order: Order, found: Match, reason: str) -> Order:
    if order.match is found and order.match_reason == reason:
        return order
    connection.execute(
        update(IMAGING_ORDER)
        .where(IMAGING_ORDER.c.id == order.id)
        .values(match=found.value, match_reason=reason, changed_at=now(connection))
    )
    append(connection, wall, EventKind.ORDER_UNMATCHED, _subject(order), {"match": found.value, "reason": reason})
    return _required(connection, wall, order.id)


def join(connection: Connection, wall: Wall, order: Order, study_id: int) -> Order:
    """Join an order with a study: by itself, or because a person called for it. Raises IllegalTransition."""
    wall.guard(order.hospital)
    state = LIFECYCLE.after(order.state, OrderEvent.MATCHED)
    changed = connection.execute(
        update(IMAGING_ORDER)
        .where(IMAGING_ORDER.c.id == order.id, IMAGING_ORDER.c.state == order.state.value)
        .values(
            state=state.value,
            study_id=study_id,
            match=Match.JOINED.value,
            match_reason=_REASONS[Match.JOINED],
            changed_at=now(connection),
        )
    )
    study = studies.get(connection, wall, study_id)
    if changed.rowcount != 1 or study is None:
        return _required(connection, wall, order.id)
    if order.expected_count is not None:
        studies.expect_count(connection, wall, study_id, order.hospital, order.expected_count)
    if study.state is StudyState.COMPLETE:
        studies.redispatch(connection, wall, study)
    joined = _required(connection, wall, order.id)
    append(connection, wall, EventKind.ORDER_MATCHED, _subject(joined, study.study_instance_uid))
    returns.reopen(connection, wall, study.subject, Reopening.REQUEST)
    return joined


def advance(connection: Connection, wall: Wall, order: Order, event: OrderEvent) -> Order:
    """Move an order along where the event is possible in its state; elsewhere it stays."""
    wall.guard(order.hospital)
    if not LIFECYCLE.allows(order.state, event):
        return order
    state = LIFECYCLE.after(order.state, event)
    if state is order.state:
        return order
    connection.execute(
        update(IMAGING_ORDER)
        .where(IMAGING_ORDER.c.id == order.id, IMAGING_ORDER.c.state == order.state.value)
        .values(state=state.value, changed_at=now(connection))
    )
    moved = _required(connection, wall, order.id)
    kind = EventKind.ORDER_CANCELLED if event is OrderEvent.CANCELLED else EventKind.ORDER_CHANGED
    append(connection, wall, kind, _subject(moved), {"state": state.value, "because": event.code})
    return moved


def cancel(connection: Connection, wall: Wall, order: Order) -> Order:
    """Cancel an order. Raises IllegalTransition when it is final or cancelled already."""
    LIFECYCLE.after(order.state, OrderEvent.CANCELLED)
    return advance(connection, wall, order, OrderEvent.CANCELLED)


def get(connection: Connection, wall: Wall, order_id: str) -> Order | None:
    """One order."""
    found = _listed(connection, wall, IMAGING_ORDER.c.id == order_id)
    return found[0] if found else None


def of_study(connection: Connection, wall: Wall, study_id: int) -> tuple[Order, ...]:
    """The orders joined with a study that were not cancelled, oldest first."""
    return _listed(
        connection,
        wall,
        and_(IMAGING_ORDER.c.study_id == study_id, IMAGING_ORDER.c.state != OrderState.CANCELLED.value),
    )


def listed(
    connection: Connection,
    wall: Wall,
    *,
    accession_number: str | None = None,
    study_instance_uid: str | None = None,
    patient_id: str | None = None,
    state: OrderState | None = None,
    matched: bool | None = None,
    paging: Paging[str] = _FIRST_PAGE,
) -> tuple[Order, ...]:
    """A page of orders by (created_at, id).

    study_instance_uid: of the order itself or of the study it joined.
    """
    equal = {
        IMAGING_ORDER.c.accession_number: accession_number,
        IMAGING_ORDER.c.patient_id: patient_id,
        IMAGING_ORDER.c.state: state,
    }
    conditions: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if study_instance_uid is not None:
        conditions.append(_about(study_instance_uid))
    if matched is not None:
        conditions.append(IMAGING_ORDER.c.study_id.is_not(None) if matched else IMAGING_ORDER.c.study_id.is_(None))
    statement = select(IMAGING_ORDER).where(within(wall, IMAGING_ORDER.c.hospital_id), *conditions)
    page = paged(statement, IMAGING_ORDER.c.created_at, IMAGING_ORDER.c.id, paging)
    return tuple(_order(row) for row in connection.execute(page))


def _about(study_instance_uid: str) -> ColumnElement[bool]:
    """That an order names a study or is joined with it."""
    joined = select(STUDY.c.id).where(STUDY.c.study_instance_uid == study_instance_uid)
    return or_(IMAGING_ORDER.c.study_instance_uid == study_instance_uid, IMAGING_ORDER.c.study_id.in_(joined))


def _listed(connection: Connection, wall: Wall, condition: ColumnElement[bool]) -> tuple[Order, ...]:
    statement = (
        select(IMAGING_ORDER)
        .where(within(wall, IMAGING_ORDER.c.hospital_id), condition)
        .order_by(IMAGING_ORDER.c.created_at)
    )
    return tuple(_order(row) for row in connection.execute(statement))


def _required(connection: Connection, wall: Wall, order_id: str) -> Order:
    return _listed(connection, wall, IMAGING_ORDER.c.id == order_id)[0]


def _subject(order: Order, study_instance_uid: str | None = None) -> Subject:
    return Subject(order.hospital, study_id=order.study_id, study_instance_uid=study_instance_uid, order_id=order.id)


def _order(row: Row[Any]) -> Order:
    values = row._asdict()
    special = {"hospital_id", "state", "exam_class", "priority", "examination_kind", "request", "packages", "match"}
    request = {**row.request, "prior_reports": tuple(row.request["prior_reports"])}
    return Order(
        hospital=HospitalId(row.hospital_id),
        state=OrderState(row.state),
        exam_class=ExamClass(row.exam_class),
        priority=Priority(row.priority),
        kind=ExaminationKind(row.examination_kind),
        request=Request(**request),
        packages=tuple(row.packages),
        match=Match(row.match),
        **{name: values[name] for name in values if name not in special},
    )
