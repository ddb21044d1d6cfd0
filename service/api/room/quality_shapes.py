"""How signed reports fare in the audit, as people see it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from service.api.room.shape import Named, Shape
from service.archive import hospitals, report_audits, users
from service.archive.report_audits import SPAN_S
from service.archive.store import now
from service.domain.wall import Wall

_DAY_S: Final = 86_400


class AuditRateView(Shape):
    """One writer's signed reports at one hospital. changed_share: of the changed ones, how much of the text, 0 to 1."""

    writer: Named
    hospital: Named
    audited: int
    changed: int
    changed_share: float
    returned: int


class AuditRatesView(Shape):
    """By writer and hospital, over the last so many days; who had nothing audited is not listed."""

    days: int
    rates: tuple[AuditRateView, ...]

    @classmethod
    def read(cls, connection: Connection, wall: Wall) -> AuditRatesView:
        """As it stands now, of the hospitals behind the wall."""
        found = report_audits.rates(connection, wall, since=now(connection) - SPAN_S)
        people = users.names(connection, {each.writer for each in found})
        named = {each.id: each.name for each in hospitals.everyone(connection, wall)}
        return cls(
            days=SPAN_S // _DAY_S,
            rates=tuple(
                AuditRateView(
                    writer=Named(id=each.writer, name=people.get(each.writer, each.writer)),
                    hospital=Named(id=each.hospital, name=named.get(each.hospital, each.hospital)),
                    audited=each.audited,
                    changed=each.changed,
                    changed_share=each.changed_share,
                    returned=each.returned,
                )
                for each in found
            ),
        )
