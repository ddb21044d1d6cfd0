"""Pages of the ledger of deliveries, as a person looks at it: what goes where, and what it is about."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from service.archive import deliveries
from service.archive.deliveries import Delivery
from service.archive.events import within
from service.archive.paging import Paging, paged
from service.archive.results import ResultKind
from service.archive.tables import DELIVERY, RESULT, STUDY
from service.domain.delivery import DeliveryState
from service.domain.hospital import Channel
from service.domain.wall import HospitalId, Wall


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """What a list of deliveries is narrowed to; None asks for all."""

    states: frozenset[DeliveryState] = frozenset()
    hospital: HospitalId | None = None
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class ListedDelivery:
    """A delivery. kind: of the result object; None for a message. study_instance_uid: None where it is of none."""

    delivery: Delivery
    kind: ResultKind | None
    study_instance_uid: str | None


def page(
    connection: Connection, wall: Wall, narrowed: DeliveryFilter, paging: Paging[str]
) -> tuple[ListedDelivery, ...]:
    """A page of deliveries by (created_at, id)."""
    equal = {DELIVERY.c.hospital_id: narrowed.hospital, DELIVERY.c.channel: narrowed.channel}
    conditions = [column == value for column, value in equal.items() if value is not None]
    if narrowed.states:
        conditions.append(DELIVERY.c.state.in_(sorted(narrowed.states)))
    statement = _SELECT.where(within(wall, DELIVERY.c.hospital_id), *conditions)
    rows = connection.execute(paged(statement, DELIVERY.c.created_at, DELIVERY.c.id, paging)).all()
    known = deliveries.several(connection, wall, [row.id for row in rows])
    return tuple(
        ListedDelivery(known[row.id], None if row.kind is None else ResultKind(row.kind), row.study_instance_uid)
        for row in rows
    )


def one(connection: Connection, wall: Wall, delivery_id: str) -> ListedDelivery | None:
    """One delivery."""
    statement = _SELECT.where(within(wall, DELIVERY.c.hospital_id), DELIVERY.c.id == delivery_id)
    row = connection.execute(statement).one_or_none()
    delivery = deliveries.get(connection, wall, delivery_id)
    if row is None or delivery is None:
        return None
    return ListedDelivery(delivery, None if row.kind is None else ResultKind(row.kind), row.study_instance_uid)


_SELECT = (
    select(DELIVERY.c.id, RESULT.c.kind, STUDY.c.study_instance_uid)
    .join(RESULT, RESULT.c.id == DELIVERY.c.result_id, isouter=True)
    .join(STUDY, STUDY.c.id == DELIVERY.c.study_id, isouter=True)
)
