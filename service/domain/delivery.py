"""The lifecycle of a delivery to one peer, and when a failed one is tried again."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from service.domain.lifecycle import Lifecycle

LEASE_S: Final = 60.0
FIRST_DELAY_S: Final = 2.0
LONGEST_DELAY_S: Final = 900.0


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    PARKED = "parked"
    CANCELLED = "cancelled"


class DeliveryEvent(StrEnum):
    """What happens to a delivery."""

    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    BUSY = "busy or unreachable"
    LEASE_EXPIRED = "lease expired"
    REFUSED = "refused for good"
    COMMITTED = "committed or acknowledged"
    PARKED = "parked"
    RESUMED = "resumed"
    SUPERSEDED = "superseded or withdrawn before it arrived"
    BACK_SUPERSEDED = "not taken or lease expired, and superseded or withdrawn meanwhile"


_S, _E = DeliveryState, DeliveryEvent
DELIVERY: Final = Lifecycle(
    "delivery",
    {
        (_S.PENDING, _E.CLAIMED): _S.SENDING,
        (_S.SENDING, _E.ACCEPTED): _S.DELIVERED,
        (_S.SENDING, _E.BUSY): _S.PENDING,
        (_S.SENDING, _E.LEASE_EXPIRED): _S.PENDING,
        (_S.SENDING, _E.REFUSED): _S.FAILED,
        (_S.DELIVERED, _E.COMMITTED): _S.CONFIRMED,
        (_S.FAILED, _E.PARKED): _S.PARKED,
        (_S.PENDING, _E.PARKED): _S.PARKED,
        (_S.PARKED, _E.RESUMED): _S.PENDING,
        (_S.FAILED, _E.RESUMED): _S.PENDING,
        (_S.PENDING, _E.SUPERSEDED): _S.CANCELLED,
        (_S.FAILED, _E.SUPERSEDED): _S.CANCELLED,
        (_S.PARKED, _E.SUPERSEDED): _S.CANCELLED,
        (_S.SENDING, _E.BACK_SUPERSEDED): _S.CANCELLED,
    },
)


def retry_delay_s(attempt: int, jitter: float) -> float:
    """How long to wait after the attempt-th failure (from 1): doubling up to 15 min, spread by jitter in [0, 1).

    The spread keeps many deliveries to a PACS that was down from coming back in one moment.
    """
    return float(min(FIRST_DELAY_S * 2 ** min(attempt - 1, 20), LONGEST_DELAY_S) * (0.5 + 0.5 * jitter))
