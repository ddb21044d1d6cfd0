"""Whether a signed report stands as its events and the acts on record say: nobody signs a state, but each was told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection

from service.archive import audit
from service.archive.audit import Entry
from service.archive.events import Event, EventKind
from service.archive.reports import Report
from service.domain.report import ReportState
from service.domain.wall import Wall
from service.signing.seen import Seen

_S = ReportState
_MOVES: Final = frozenset(
    {
        EventKind.REPORT_MOVED,
        EventKind.REPORT_PROVISIONAL,
        EventKind.REPORT_RELEASED,
        EventKind.REPORT_WITHDRAWN,
    }
)
_STANDS_AFTER: Final = {
    "report.sign": frozenset({_S.SIGNED, _S.PROVISIONAL, _S.RELEASED, _S.AMENDED}),
    "report.audit": frozenset({_S.RELEASED, _S.AMENDED}),
    "report.recall": frozenset({_S.RECALLED}),
    "report.return": frozenset({_S.RETURNED, _S.WITHDRAWN}),
    "report.withdraw": frozenset({_S.WITHDRAWN}),
}
"""Where a version can stand after the last act on it."""


def looked_at(connection: Connection, wall: Wall, report: Report, events: Sequence[Event]) -> Seen:
    """A report's state beside what was told of it. events: of its study, oldest first."""
    acts = [
        each
        for each in audit.acts_on(connection, wall, report.hospital, report.study_instance_uid)
        if each.action in _STANDS_AFTER and each.detail.get("report") == report.id
    ]
    return Seen.of("history", "; ".join((*_of_state(report, events), *_of_acts(report, acts))))


def _of_state(report: Report, events: Sequence[Event]) -> Iterator[str]:
    told = [
        each.detail.get("state")
        for each in events
        if each.kind in _MOVES and each.detail.get("version") == report.version
    ]
    if not told or told[-1] != report.state:
        yield f"ends with {told[-1] if told else 'nothing'}, the report says {report.state}"


def _of_acts(report: Report, acts: Sequence[Entry]) -> Iterator[str]:
    if not _is_done("report.sign", report.signed_by, report, acts):
        yield "has no act on record by which its signer signed this record"
    if report.audited_by is not None and not _is_done("report.audit", report.audited_by, report, acts):
        yield "has no act on record by which its auditor audited this record"
    if acts and report.state not in _STANDS_AFTER[acts[-1].action]:
        yield f"has {acts[-1].action} as the last act on record, the report says {report.state}"
    elif acts and acts[-1].detail.get("why", report.why) != report.why:
        yield f"has another reason on record for {acts[-1].action} than the report says"


def _is_done(action: str, by: str | None, report: Report, acts: Sequence[Entry]) -> bool:
    return by is not None and any(
        each.action == action
        and each.actor == Wall.person(by, None).actor
        and each.detail.get("sha256") == report.record_sha256
        for each in acts
    )
