"""Writing a report: begin, save, submit, begin an amendment; signing is a room of its own (service.flow.sign)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from service.archive import audit, reports, worklist
from service.archive.reports import Report
from service.archive.store import now
from service.archive.studies import Study
from service.domain.hospital import Finalising
from service.domain.report import WAITS_FOR_AUDIT, ReportContent, ReportEvent, ReportFault, after_signature
from service.domain.wall import Wall
from service.flow import review


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
    record_act(connection, wall, begun, "report.begin")
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
    record_act(connection, wall, moved, "report.submit")
    return moved


def reopen(connection: Connection, wall: Wall, study: Study, *, edition: int) -> Report:
    """Go on writing what was submitted and not yet signed. Raises NoOpenReport, ReportChanged, IllegalTransition."""
    report = _open(connection, wall, study)
    reports.require_edition(report, edition)
    return reports.move(connection, wall, report, ReportEvent.REOPENED, submitted_at=None)


def discard(connection: Connection, wall: Wall, study: Study, *, edition: int) -> Report:
    """Give up a draft; it is kept, and the report that was released stands, its findings with it.

    Raises NoOpenReport, ReportChanged, IllegalTransition.
    """
    report = _open(connection, wall, study)
    reports.require_edition(report, edition)
    reports.keep_edition(connection, wall, report)
    discarded = reports.move(connection, wall, report, ReportEvent.DISCARDED)
    record_act(connection, wall, discarded, "report.discard")
    review.give_up(connection, wall, study, discarded)
    return discarded


def signature_event(connection: Connection, wall: Wall, study: Study, finalising: Finalising) -> ReportEvent:
    """What a signature under the report is, by the class of the request as it is known now."""
    listed = worklist.of_study(connection, wall, study.id)
    amends = reports.released(connection, wall, study.id) is not None
    return after_signature(finalising, None if listed is None else listed.exam_class, amends=amends)


def awaiting_audit(connection: Connection, wall: Wall, study: Study) -> Report:
    """The signed version that waits for its audit. Raises NoOpenReport."""
    report = reports.opened(connection, wall, study.id)
    if report is None or report.state not in WAITS_FOR_AUDIT:
        raise NoOpenReport("no signed report waits for its audit")
    return report


def _open(connection: Connection, wall: Wall, study: Study) -> Report:
    report = reports.opened(connection, wall, study.id)
    if report is None:
        raise NoOpenReport("begin a report first")
    return report


def record_act(
    connection: Connection, wall: Wall, report: Report, action: str, detail: Mapping[str, str] | None = None
) -> None:
    """Put on record who did what to which version; of what is signed its hash stands there too."""
    told = {"report": report.id, "version": str(report.version)}
    if report.record_sha256 is not None:
        told["sha256"] = report.record_sha256
    audit.act(
        connection,
        wall,
        hospital=report.hospital,
        action=action,
        subject=report.study_instance_uid,
        detail={**told, **(detail or {})},
    )
