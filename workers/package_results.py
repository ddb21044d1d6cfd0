"""The packages' own results beside a report: which the hospital has or gets, so that a report refers to them."""

from __future__ import annotations

from sqlalchemy import Connection

from service.archive import deliveries, results
from service.archive.results import Result
from service.domain.delivery import DeliveryState
from service.domain.hospital import Channel, Hospital
from service.domain.visibility import ResultObject, visible
from service.domain.wall import Wall


def given_beside_report(connection: Connection, wall: Wall, hospital: Hospital, analysis_id: str) -> tuple[Result, ...]:
    """The results of an analysis that every PACS has or gets: let out by the policy, and cancelled nowhere.

    Cancelled is what a later analysis overtook before the report was signed.
    """
    if not visible(ResultObject(signed=False, report_released=True), hospital, Channel.PACS):
        return ()
    made = results.of_analysis(connection, wall, analysis_id)
    return tuple(each for each in made if not _was_cancelled(connection, wall, each))


def _was_cancelled(connection: Connection, wall: Wall, result: Result) -> bool:
    known = deliveries.of_result(connection, wall, result.id)
    return any(each.state is DeliveryState.CANCELLED for each in known)
