"""How long the oldest work that is due has waited, step by step: what grows when nobody works."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from service.archive import analysis_leases, clocks, deliveries, probes, results, studies
from service.archive.store import now
from service.domain.wall import Wall


def overdue_s(connection: Connection, wall: Wall) -> Mapping[str, float | None]:
    """By step, seconds since the oldest work of it was due; 0 where it is due later; None where there is none."""
    moment = now(connection)
    due_at = {
        "complete": studies.next_due_at(connection, wall),
        "clock": clocks.next_due_at(connection, wall),
        "analyse": analysis_leases.next_due_at(connection, wall),
        "encode": results.next_due_at(connection, wall),
        "deliver": deliveries.next_due_at(connection, wall),
        "probe": probes.next_due_at(connection, wall),
    }
    return {step: None if at is None else max(moment - at, 0.0) for step, at in due_at.items()}
