"""The packages' own results beside a report: which the hospital has or gets, so that a report refers to them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from service.archive import deliveries, results
from service.archive.results import Result
from service.domain.delivery import DeliveryState
from service.domain.hospital import Channel, Hospital
from service.domain.visibility import ResultObject, visible
from service.domain.wall import Wall

_THERE: Final = frozenset({DeliveryState.DELIVERED, DeliveryState.CONFIRMED})


def given_beside_report(connection: Connection, wall: Wall, hospital: Hospital, analysis_id: str) -> tuple[Result, ...]:
    """The results of an analysis that every PACS has or gets: let out by the policy, now or when they were made.

    Not what was cancelled: a later analysis overtook it before the report was signed.
    """
    is_let_out = visible(ResultObject(signed=False, report_released=True), hospital, Channel.PACS)
    made = results.of_analysis(connection, wall, analysis_id)
    return tuple(each for each in made if _is_given(connection, wall, each, is_let_out=is_let_out))


def _is_given(connection: Connection, wall: Wall, result: Result, *, is_let_out: bool) -> bool:
    states = {each.state for each in deliveries.of_result(connection, wall, result.id)}
    if is_let_out:
        return DeliveryState.CANCELLED not in states
    return bool(states) and states <= _THERE
