"""The ledger of deliveries: what goes to which peer, tried until it is there, there once."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, not_, or_, select, true, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.selectable import NamedFromClause

from service.archive.events import within
from service.archive.overtaken import reading_is_overtaken
from service.archive.reading_tables import NOTICE, REPORT
from service.archive.results import ResultKind
from service.archive.store import now
from service.archive.tables import ANALYSIS, DELIVERY, RESULT
from service.domain.analysis import AnalysisState
from service.domain.delivery import DELIVERY as LIFECYCLE
from service.domain.delivery import LEASE_S, DeliveryEvent, DeliveryState
from service.domain.hospital import Channel
from service.domain.notice import OPEN
from service.domain.report import ReportState
from service.domain.wall import HospitalId, Wall

WITHDRAWN_MESSAGE: Final = "result.withdrawn"
"""What says that a report is not to be used goes out although it is not to be used."""
_ON_THE_WAY: Final = frozenset({DeliveryState.SENDING, DeliveryState.DELIVERED, DeliveryState.CONFIRMED})
_NOT_ARRIVED: Final = (DeliveryState.PENDING, DeliveryState.FAILED, DeliveryState.PARKED)
PROVISIONAL_MESSAGE: Final = "result.provisional"
AUDIT_OVERDUE_MESSAGE: Final = "result.audit_overdue"
"""These two are about a report that waits for its audit, and about no other."""
_OVERTAKEN: Final = (ReportState.AMENDED.value, ReportState.WITHDRAWN.value)
SUBJECT_ID_LENGTH: Final = 32
"""The identity of a message begins with the id of the analysis or the notice it is about."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One object or message for one peer. identity makes it unique at the peer; rank orders SEG before SR.

    was_unanswered: it was sent at least once without an answer, or its sender died meanwhile.
    """

    id: str
    hospital: HospitalId
    peer_id: str
    channel: Channel
    result_id: str | None
    study_id: int | None
    identity: str
    rank: int
    url: str | None
    body: str | None
    state: DeliveryState
    attempt: int
    token: str | None
    due_at: float | None
    last_error: str | None
    note: str | None
    created_at: float
    delivered_at: float | None
    was_unanswered: bool

    @property
    def may_be_there(self) -> bool:
        """Whether the peer has it, or may have it by now without having said so."""
        return self.was_unanswered or self.state in _ON_THE_WAY


@dataclass(frozen=True, slots=True)
class Wanted:
    """A delivery to be made."""

    hospital: HospitalId
    peer_id: str
    channel: Channel
    study_id: int | None
    identity: str
    rank: int = 0
    result_id: str | None = None
    url: str | None = None
    body: str | None = None
    note: str | None = None


def want(connection: Connection, wall: Wall, wanted: Wanted) -> None:
    """Enter a delivery, once a peer and identity."""
    wall.guard(wanted.hospital)
    moment = now(connection)
    statement = insert(DELIVERY).values(
        id=secrets.token_hex(16),
        hospital_id=wanted.hospital,
        peer_id=wanted.peer_id,
        channel=wanted.channel.value,
        result_id=wanted.result_id,
        study_id=wanted.study_id,
        identity=wanted.identity,
        rank=wanted.rank,
        url=wanted.url,
        body=wanted.body,
        note=wanted.note,
        state=DeliveryState.PENDING.value,
        attempt=0,
        due_at=moment,
        created_at=moment,
    )
    connection.execute(statement.on_conflict_do_nothing())


def claim(connection: Connection, wall: Wall, limit: int = 32) -> tuple[Delivery, ...]:
    """Take what is due for one peer: all of one study's deliveries at most, in the order of their rank.

    A peer that another worker sends to is left alone, so that one association at a time goes to each. What comes later
    by its rank waits for what a study's earlier one is waiting for: a report never goes before its regions.
    """
    wall.guard_all()
    moment = now(connection)
    _expire(connection, moment)
    earlier = DELIVERY.alias("earlier")
    ready = not_(_behind(earlier, earlier.c.due_at > moment))
    due = and_(DELIVERY.c.state == DeliveryState.PENDING.value, DELIVERY.c.due_at <= moment, ready)
    busy = select(DELIVERY.c.peer_id).where(DELIVERY.c.state == DeliveryState.SENDING.value)
    peer_id = connection.execute(
        select(DELIVERY.c.peer_id).where(due, DELIVERY.c.peer_id.not_in(busy)).order_by(DELIVERY.c.due_at).limit(1)
    ).scalar_one_or_none()
    if peer_id is None:
        return ()
    rows = connection.execute(
        select(DELIVERY.c.id)
        .where(due, DELIVERY.c.peer_id == peer_id)
        .order_by(DELIVERY.c.created_at, DELIVERY.c.rank)
        .limit(limit)
    ).scalars()
    claimed = connection.execute(
        update(DELIVERY)
        .where(DELIVERY.c.id.in_(list(rows)))
        .values(
            state=LIFECYCLE.after(DeliveryState.PENDING, DeliveryEvent.CLAIMED).value,
            token=secrets.token_hex(8),
            attempt=DELIVERY.c.attempt + 1,
            lease_until=moment + LEASE_S,
        )
        .returning(DELIVERY)
    ).all()
    return tuple(sorted((_delivery(row) for row in claimed), key=lambda each: (each.created_at, each.rank)))


def _behind(earlier: NamedFromClause, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """That a pending delivery of the same study to the same peer has a lower rank, and the condition holds for it."""
    return exists().where(
        earlier.c.peer_id == DELIVERY.c.peer_id,
        earlier.c.study_id == DELIVERY.c.study_id,
        earlier.c.rank < DELIVERY.c.rank,
        earlier.c.state == DeliveryState.PENDING.value,
        condition,
    )


def _superseded() -> ColumnElement[bool]:
    """That a later analysis or version of the report has taken the place of the one whose result a delivery carries.

    What a signed report refers to is not superseded by a later analysis; the HIS is told of the later one alone.
    Or that the report was withdrawn, or audited after it was released provisionally, or that nobody has to hear any
    more of the urgent finding a message is about.
    """
    of_result = (
        select(RESULT.c.analysis_id).where(RESULT.c.id == DELIVERY.c.result_id).correlate(DELIVERY).scalar_subquery()
    )
    named = func.substr(DELIVERY.c.identity, 1, SUBJECT_ID_LENGTH)
    return or_(
        exists().where(ANALYSIS.c.id == named, ANALYSIS.c.state == AnalysisState.SUPERSEDED.value),
        exists().where(ANALYSIS.c.id == of_result, reading_is_overtaken()),
        exists().where(NOTICE.c.id == named, NOTICE.c.state.not_in(sorted(OPEN))),
        exists().where(
            RESULT.c.id == DELIVERY.c.result_id,
            RESULT.c.kind != ResultKind.WITHDRAWAL.value,
            REPORT.c.id == RESULT.c.report_id,
            REPORT.c.state.in_(_OVERTAKEN),
        ),
        exists().where(
            RESULT.c.id == DELIVERY.c.result_id,
            RESULT.c.is_provisional,
            REPORT.c.id == RESULT.c.report_id,
            REPORT.c.state != ReportState.PROVISIONAL.value,
        ),
        and_(
            or_(*(DELIVERY.c.identity.like(f"%:{each}:%") for each in (PROVISIONAL_MESSAGE, AUDIT_OVERDUE_MESSAGE))),
            exists().where(REPORT.c.id == named, REPORT.c.state != ReportState.PROVISIONAL.value),
        ),
        and_(
            DELIVERY.c.identity.not_like(f"%:{WITHDRAWN_MESSAGE}:%"),
            exists().where(REPORT.c.id == named, REPORT.c.state.in_(_OVERTAKEN)),
        ),
    )


def _cancel_if_superseded(connection: Connection, condition: ColumnElement[bool]) -> None:
    """End what comes back unsent after a later analysis took its place: it would arrive behind its successor."""
    state = LIFECYCLE.after(DeliveryState.SENDING, DeliveryEvent.BACK_SUPERSEDED)
    connection.execute(
        update(DELIVERY)
        .where(DELIVERY.c.state == DeliveryState.SENDING.value, condition, _superseded())
        .values(state=state.value, token=None, lease_until=None, due_at=None)
    )


def _expire(connection: Connection, moment: float) -> None:
    connection.execute(
        update(DELIVERY)
        .where(DELIVERY.c.state == DeliveryState.SENDING.value, DELIVERY.c.lease_until < moment)
        .values(was_unanswered=True)
    )
    _cancel_if_superseded(connection, DELIVERY.c.lease_until < moment)
    connection.execute(
        update(DELIVERY)
        .where(DELIVERY.c.state == DeliveryState.SENDING.value, DELIVERY.c.lease_until < moment)
        .values(
            state=LIFECYCLE.after(DeliveryState.SENDING, DeliveryEvent.LEASE_EXPIRED).value,
            token=None,
            lease_until=None,
            due_at=moment,
        )
    )


def renew(connection: Connection, wall: Wall, claimed: Sequence[Delivery]) -> None:
    """Prolong the leases of what is still being sent."""
    for delivery in claimed:
        wall.guard(delivery.hospital)
        connection.execute(update(DELIVERY).where(_ours(delivery)).values(lease_until=now(connection) + LEASE_S))


def accepted(connection: Connection, wall: Wall, delivery: Delivery, note: str | None = None) -> bool:
    """The peer has it; False when somebody else is sending it now."""
    return _after(
        connection,
        wall,
        delivery,
        DeliveryEvent.ACCEPTED,
        delivered_at=now(connection),
        last_error=None,
        note=note or delivery.note,
    )


def busy(connection: Connection, wall: Wall, delivery: Delivery, *, delay_s: float, error: str) -> bool:
    """The peer is busy or away: again after delay_s, True; False when it was superseded meanwhile, or is not ours."""
    wall.guard(delivery.hospital)
    _cancel_if_superseded(connection, _ours(delivery))
    return _after(connection, wall, delivery, DeliveryEvent.BUSY, due_at=now(connection) + delay_s, last_error=error)


def unanswered(connection: Connection, wall: Wall, delivery: Delivery, *, delay_s: float, error: str) -> bool:
    """It was sent and no answer came: as of a busy peer, and the peer may have it, whatever is answered later."""
    wall.guard(delivery.hospital)
    connection.execute(update(DELIVERY).where(_ours(delivery)).values(was_unanswered=True))
    return busy(connection, wall, delivery, delay_s=delay_s, error=error)


def refused(connection: Connection, wall: Wall, delivery: Delivery, error: str) -> bool:
    """The peer will never take it: a person has to look, True; False when it was superseded meanwhile, or not ours."""
    wall.guard(delivery.hospital)
    _cancel_if_superseded(connection, _ours(delivery))
    return _after(connection, wall, delivery, DeliveryEvent.REFUSED, due_at=None, last_error=error)


def supersede(connection: Connection, wall: Wall, hospital: HospitalId, result_ids: Sequence[str]) -> None:
    """Cancel deliveries of results that were superseded or withdrawn before they arrived.

    One that was refused, or put aside, waits for nobody any more; one that is under way is cancelled when it comes
    back.
    """
    wall.guard(hospital)
    _cancel(connection, DELIVERY.c.result_id.in_(result_ids))


def supersede_messages(connection: Connection, wall: Wall, hospital: HospitalId, subject_id: str) -> None:
    """Cancel messages about an analysis or a notice that were overtaken before the hospital was told.

    One that is under way is cancelled when it comes back unsent.
    """
    wall.guard(hospital)
    _cancel(
        connection,
        and_(
            DELIVERY.c.hospital_id == hospital,
            DELIVERY.c.channel == Channel.HIS.value,
            DELIVERY.c.identity.startswith(f"{subject_id}:"),
        ),
    )


def _cancel(connection: Connection, condition: ColumnElement[bool]) -> None:
    for state in _NOT_ARRIVED:
        connection.execute(
            update(DELIVERY)
            .where(condition, DELIVERY.c.state == state.value)
            .values(state=LIFECYCLE.after(state, DeliveryEvent.SUPERSEDED).value, due_at=None)
        )


def resume(connection: Connection, wall: Wall, delivery: Delivery) -> bool:
    """A person asks for a failed or parked delivery again; False where it cannot be, or a later analysis took over."""
    is_superseded = connection.execute(select(DELIVERY.c.id).where(DELIVERY.c.id == delivery.id, _superseded())).first()
    if is_superseded is not None:
        return False
    return _by_person(connection, wall, delivery, DeliveryEvent.RESUMED, due_at=now(connection))


def resume_accepted(connection: Connection, wall: Wall, peer_id: str, sop_class_uids: Collection[str]) -> int:
    """What failed at a PACS, of classes that it accepts by now: due again, unless superseded; how many deliveries.

    Its rejection of associations, or a class it did not know, was mended by a person, who tests the connection.
    """
    wall.guard_all()
    of_classes = select(RESULT.c.id).where(RESULT.c.sop_class_uid.in_(sop_class_uids))
    resumed = connection.execute(
        update(DELIVERY)
        .where(
            DELIVERY.c.peer_id == peer_id,
            DELIVERY.c.state == DeliveryState.FAILED.value,
            DELIVERY.c.result_id.in_(of_classes),
            not_(_superseded()),
        )
        .values(
            state=LIFECYCLE.after(DeliveryState.FAILED, DeliveryEvent.RESUMED).value,
            due_at=now(connection),
            attempt=0,
        )
    )
    return resumed.rowcount


def resume_messages(connection: Connection, wall: Wall, peer_id: str) -> int:
    """What failed at a webhook that answers by now: due again, unless its analysis was superseded; how many."""
    wall.guard_all()
    resumed = connection.execute(
        update(DELIVERY)
        .where(
            DELIVERY.c.peer_id == peer_id,
            DELIVERY.c.channel == Channel.HIS.value,
            DELIVERY.c.state == DeliveryState.FAILED.value,
            not_(_superseded()),
        )
        .values(
            state=LIFECYCLE.after(DeliveryState.FAILED, DeliveryEvent.RESUMED).value,
            due_at=now(connection),
            attempt=0,
        )
    )
    return resumed.rowcount


def park(connection: Connection, wall: Wall, delivery: Delivery) -> bool:
    """A person puts a pending or failed delivery aside."""
    return _by_person(connection, wall, delivery, DeliveryEvent.PARKED, due_at=None)


def of_study(connection: Connection, wall: Wall, study_id: int) -> tuple[Delivery, ...]:
    """The deliveries of a study's results and messages."""
    return _listed(connection, wall, DELIVERY.c.study_id == study_id)


def of_result(connection: Connection, wall: Wall, result_id: str) -> tuple[Delivery, ...]:
    """Where one result went."""
    return _listed(connection, wall, DELIVERY.c.result_id == result_id)


def get(connection: Connection, wall: Wall, delivery_id: str) -> Delivery | None:
    """One delivery."""
    found = _listed(connection, wall, DELIVERY.c.id == delivery_id)
    return found[0] if found else None


def several(connection: Connection, wall: Wall, ids: Sequence[str]) -> Mapping[str, Delivery]:
    """Deliveries by their ids; what is not behind the wall is left out."""
    return {each.id: each for each in _listed(connection, wall, DELIVERY.c.id.in_(ids))}


def next_due_at(connection: Connection, wall: Wall) -> float | None:
    """When the next delivery is due or its lease runs out."""
    wall.guard_all()
    foremost = not_(_behind(DELIVERY.alias("earlier"), true()))
    found: float | None = connection.execute(
        select(func.min(func.coalesce(DELIVERY.c.lease_until, DELIVERY.c.due_at))).where(
            or_(
                and_(DELIVERY.c.state == DeliveryState.PENDING.value, foremost),
                DELIVERY.c.state == DeliveryState.SENDING.value,
            )
        )
    ).scalar_one()
    return found


def counts(connection: Connection, wall: Wall) -> Mapping[str, int]:
    """How many deliveries stand in each state."""
    statement = (
        select(DELIVERY.c.state, func.count()).where(within(wall, DELIVERY.c.hospital_id)).group_by(DELIVERY.c.state)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def _listed(connection: Connection, wall: Wall, condition: ColumnElement[bool]) -> tuple[Delivery, ...]:
    statement = (
        select(DELIVERY)
        .where(within(wall, DELIVERY.c.hospital_id), condition)
        .order_by(DELIVERY.c.created_at, DELIVERY.c.rank)
    )
    return tuple(_delivery(row) for row in connection.execute(statement))


def _ours(delivery: Delivery) -> ColumnElement[bool]:
    return and_(
        DELIVERY.c.id == delivery.id,
        DELIVERY.c.state == DeliveryState.SENDING.value,
        DELIVERY.c.token == delivery.token,
    )


def _after(
    connection: Connection, wall: Wall, delivery: Delivery, event: DeliveryEvent, **values: Any
) -> bool:  # columns
    wall.guard(delivery.hospital)
    state = LIFECYCLE.after(DeliveryState.SENDING, event)
    changed = connection.execute(
        update(DELIVERY).where(_ours(delivery)).values(state=state.value, token=None, lease_until=None, **values)
    )
    return changed.rowcount == 1


def _by_person(
    connection: Connection, wall: Wall, delivery: Delivery, event: DeliveryEvent, *, due_at: float | None
) -> bool:
    wall.guard(delivery.hospital)
    if not LIFECYCLE.allows(delivery.state, event):
        return False
    changed = connection.execute(
        update(DELIVERY)
        .where(DELIVERY.c.id == delivery.id, DELIVERY.c.state == delivery.state.value)
        .values(state=LIFECYCLE.after(delivery.state, event).value, due_at=due_at)
    )
    return changed.rowcount == 1


def _delivery(row: Row[Any]) -> Delivery:
    values = row._asdict()
    special = {"hospital_id", "channel", "state", "lease_until"}
    return Delivery(
        hospital=HospitalId(row.hospital_id),
        channel=Channel(row.channel),
        state=DeliveryState(row.state),
        **{name: values[name] for name in values if name not in special},
    )
