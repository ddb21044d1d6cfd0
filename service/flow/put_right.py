"""What a person does with a delivery that does not get through: send it again, or put it aside; on record."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from service.archive import audit, deliveries
from service.archive.deliveries import Delivery
from service.archive.store import Archive
from service.domain.delivery import DELIVERY as LIFECYCLE
from service.domain.delivery import DeliveryEvent
from service.domain.wall import Wall
from service.flow.bell import Bell, Step


class DeliveryFault(Exception):
    """Base, never raised itself: a delivery stays as it is."""


class NoSuchDelivery(DeliveryFault):
    """There is none of this id."""


class NotNow(DeliveryFault):
    """It is on its way, has arrived, or a later analysis took the place of what it carries."""


def may_resume(delivery: Delivery) -> bool:
    """Whether its state lets a person send it again."""
    return LIFECYCLE.allows(delivery.state, DeliveryEvent.RESUMED)


def may_park(delivery: Delivery) -> bool:
    """Whether its state lets a person put it aside."""
    return LIFECYCLE.allows(delivery.state, DeliveryEvent.PARKED)


def resume(archive: Archive, wall: Wall, bell: Bell, delivery_id: str) -> None:
    """Send a failed or parked delivery again. Raises NoSuchDelivery, NotNow."""
    _by_person(archive, wall, delivery_id, deliveries.resume, "delivery.resume")
    bell.ring(Step.DELIVER)


def park(archive: Archive, wall: Wall, delivery_id: str) -> None:
    """Put a waiting or failed delivery aside until somebody sends it again. Raises NoSuchDelivery, NotNow."""
    _by_person(archive, wall, delivery_id, deliveries.park, "delivery.park")


def _by_person(
    archive: Archive, wall: Wall, delivery_id: str, act: Callable[[Connection, Wall, Delivery], bool], action: str
) -> None:
    with archive.write() as connection:
        delivery = deliveries.get(connection, wall, delivery_id)
        if delivery is None:
            raise NoSuchDelivery("there is no such delivery")
        if not act(connection, wall, delivery):
            raise NotNow(f"a delivery that is {delivery.state} cannot be treated so, or something later took its place")
        audit.act(connection, wall, hospital=delivery.hospital, action=action, subject=delivery.id)
