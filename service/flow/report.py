"""Writing a report: begin, save, submit, begin an amendment; signing is a room of its own (service.flow.sign)."""

from __future__ import annotations

from sqlalchemy import Connection

from service.archive import audit, reports
from service.archive.reports import Report
from service.archive.store import now
from service.archive.studies import Study
from service.domain.report import ReportContent, ReportEvent, ReportFault
from service.domain.wall import Wall


class NoOpenReport(ReportFault):
    """Nobody has begun a report, or the last one is settled: begin one."""


class ReportIsOpen(ReportFault):
    """A version is being worked on already: go on with that one."""


class NothingWritten(ReportFault):
    """A report without a word cannot be submitted."""


def begin(connection: Connection, wall: Wall, study: Study, content: ReportContent) -> Report:
    """Open a draft; where a report was released already it is an amendment and begins with that one's text.

    Raises ReportIsOpen.
    """
    if reports.opened(connection, wall, study.id) is not None:
        raise ReportIsOpen("somebody has begun the report; load it and go on")
    former = reports.released(connection, wall, study.id)
    if former is not None and content.text.is_empty:
        content = former.content
    begun = reports.begin(connection, wall, study, content, former)
    _audit(connection, wall, begun, "report.begin")
    return begun


def save(connection: Connection, wall: Wall, study: Study, content: ReportContent, *, edition: int) -> Report:
    """Save as the page does by itself. Raises NoOpenReport, ReportChanged, IllegalTransition."""
    return reports.save(connection, wall, _open(connection, wall, study), content, edition=edition)


def keep(connection: Connection, wall: Wall, study: Study, content: ReportContent, *, edition: int) -> Report:
    """Save because a person asked for it: this text can be compared with later. Raises as save."""
    saved = save(connection, wall, study, content, edition=edition)
    reports.keep_edition(connection, wall, saved)
    return saved


def submit(connection: Connection, wall: Wall, study: Study, *, edition: int) -> Report:
    """Say that the draft is ready to be signed.

    Raises NoOpenReport, NothingWritten, ReportChanged, IllegalTransition.
    """
    report = _open(connection, wall, study)
    if report.content.text.is_empty:
        raise NothingWritten("write the report before you submit it")
    reports.require_edition(report, edition)
    reports.keep_edition(connection, wall, report)
    moved = reports.move(connection, wall, report, ReportEvent.SUBMITTED, submitted_at=now(connection))
    _audit(connection, wall, moved, "report.submit")
    return moved


def reopen(connection: Connection, wall: Wall, study: Study) -> Report:
    """Go on writing what was submitted and not yet signed. Raises NoOpenReport, IllegalTransition."""
    return reports.move(connection, wall, _open(connection, wall, study), ReportEvent.REOPENED, submitted_at=None)


def discard(connection: Connection, wall: Wall, study: Study) -> Report:
    """Give up a draft; it is kept, and the report that was released stands. Raises NoOpenReport, IllegalTransition."""
    report = _open(connection, wall, study)
    reports.keep_edition(connection, wall, report)
    discarded = reports.move(connection, wall, report, ReportEvent.DISCARDED)
    _audit(connection, wall, discarded, "report.discard")
    return discarded


def _open(connection: Connection, wall: Wall, study: Study) -> Report:
    report = reports.opened(connection, wall, study.id)
    if report is None:
        raise NoOpenReport("begin a report first")
    return report


def _audit(connection: Connection, wall: Wall, report: Report, action: str) -> None:
    audit.act(
        connection,
        wall,
        hospital=report.hospital,
        action=action,
        subject=report.study_instance_uid,
        detail={"report": report.id, "version": str(report.version)},
    )
