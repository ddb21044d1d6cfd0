"""Versions of reports, and what came of checking one, in words and as JSON."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from service.archive import reports
from service.archive.reports import Report
from service.cli import printing
from service.cli.opened import NotFound, opened, the_study
from service.cli.printing import Json
from service.domain.wall import Wall
from service.signing.verification import NotSigned, verified


def list_view(data: Path | None, hospital: str | None, study_instance_uid: str, *, json_wanted: bool) -> None:
    """Print the versions of a study's report."""
    wall = Wall.operator()
    with opened(data) as archive, archive.read() as connection:
        study = the_study(connection, wall, hospital, study_instance_uid)
        versions = reports.of_study(connection, wall, study.id)
    rows = [_row(each) for each in versions]
    if json_wanted:
        printing.as_json(rows)
        return
    columns = ("report", "version", "state", "signed_at", "record_sha256")
    printing.as_table(
        tuple(name.replace("_", " ") for name in columns),
        [tuple(str(row[name] or "") for name in columns) for row in rows],
        "Nobody has written a report on this study yet.",
    )


def verify_view(data: Path | None, report_id: str, *, json_wanted: bool) -> int:
    """Print everything that was looked at; 0 when all of it is whole. Raises NotFound."""
    with opened(data) as archive:
        try:
            seen = verified(archive, Wall.operator(), report_id)
        except NotSigned as fault:
            raise NotFound(str(fault)) from fault
    is_whole = all(each.is_whole for each in seen)
    if json_wanted:
        printing.as_json(
            {"report": report_id, "whole": is_whole, "seen": [{"ok": e.is_whole, "what": e.words} for e in seen]}
        )
        return int(not is_whole)
    for each in seen:
        sys.stdout.write(f"{'ok  ' if each.is_whole else 'FAIL'}  {each.words}\n")
    closing = "is what was signed." if is_whole else "is NOT what was signed. Keep it as it is and restore the backup."
    sys.stdout.write(f"Report {report_id} {closing}\n")
    return int(not is_whole)


def _row(report: Report) -> dict[str, Json]:
    signed_at = None if report.signed_at is None else datetime.fromtimestamp(report.signed_at, UTC).isoformat()
    return {
        "report": report.id,
        "version": report.version,
        "state": report.state.value,
        "replaces": report.predecessor_id,
        "signed_by": report.signed_by,
        "signed_at": signed_at,
        "audited_by": report.audited_by,
        "record_sha256": report.record_sha256,
    }
