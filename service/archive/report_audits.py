"""What auditors made of signed reports: the text they put in its place, and how often each writer is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, case, func, or_, select

from service.archive import reports
from service.archive.events import within
from service.archive.reading_tables import REPORT
from service.archive.reports import Report
from service.archive.store import now
from service.domain.report import ReportState, ReportText
from service.domain.wall import HospitalId, Wall

SPAN_S: Final = 30 * 86_400


@dataclass(frozen=True, slots=True)
class AuditRate:
    """How one writer's signed reports fared in the audit at one hospital.

    audited: confirmed, changed or not. changed: confirmed with another text. changed_share: of those, how much of the
    text was changed on average (service.domain.text_change). returned: sent back to the writer instead.
    """

    writer: str
    hospital: HospitalId
    audited: int
    changed: int
    changed_share: float
    returned: int


def rewritten(connection: Connection, wall: Wall, signed: Report, text: ReportText) -> dict[str, object]:
    """The columns of a version that its auditor rewrites; what was signed is kept as an edition."""
    reports.keep_edition(connection, wall, signed)
    return {
        "edition": signed.edition + 1,
        "changed_by": wall.user_id,
        "changed_at": now(connection),
        "findings_text": text.findings,
        "impression_text": text.impression,
        "advice_text": text.advice,
    }


def rates(connection: Connection, wall: Wall, *, since: float) -> tuple[AuditRate, ...]:
    """By writer and hospital: audited since a moment (epoch seconds), or signed since and returned."""
    is_audited = REPORT.c.audited_at >= since
    is_changed = is_audited & (REPORT.c.audit_changed_share > 0)
    is_sent_back = or_(REPORT.c.state == ReportState.RETURNED.value, REPORT.c.returned_by.is_not(None))
    is_returned = is_sent_back & (REPORT.c.signed_at >= since)
    statement = (
        select(
            REPORT.c.signed_by,
            REPORT.c.hospital_id,
            func.sum(case((is_audited, 1), else_=0)).label("audited"),
            func.sum(case((is_changed, 1), else_=0)).label("changed"),
            func.avg(case((is_changed, REPORT.c.audit_changed_share))).label("changed_share"),
            func.sum(case((is_returned, 1), else_=0)).label("returned"),
        )
        .where(within(wall, REPORT.c.hospital_id), REPORT.c.signed_by.is_not(None), or_(is_audited, is_returned))
        .group_by(REPORT.c.signed_by, REPORT.c.hospital_id)
        .order_by(REPORT.c.signed_by, REPORT.c.hospital_id)
    )
    return tuple(
        AuditRate(
            row.signed_by, HospitalId(row.hospital_id), row.audited, row.changed, row.changed_share or 0.0, row.returned
        )
        for row in connection.execute(statement)
    )
