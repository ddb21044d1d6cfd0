"""Ending an analysis: rows and the wish to encode, in one transaction guarded by the fencing token."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from models.contract import Finding, Refused, SeriesReading
from service.archive import analyses, analysis_leases, deliveries, findings, orders, overtaken, results
from service.archive.analyses import Analysis
from service.archive.analysis_leases import Ending
from service.archive.findings import StoredFinding
from service.archive.objects import object_name
from service.archive.results import Encoding
from service.archive.store import Archive
from service.domain.analysis import GONE, AnalysisEvent, AnalysisOutcome, AnalysisState
from service.domain.order import OrderEvent, event_for
from service.domain.outcome import Failed
from service.domain.tracking import tracking
from service.domain.wall import Wall
from service.flow.bell import Bell, Step

READING: Final = "consilium.reading"
ATTEMPTS_EXHAUSTED: Final = "attempts-exhausted"
DEADLINE_PASSED: Final = "deadline-passed"
_WALL: Final = Wall.system("conclude")


@dataclass(frozen=True, slots=True)
class Concluded:
    """What the model process said, and the same as durable bytes."""

    outcome: SeriesReading | Refused
    reading_bytes: bytes


def conclude(archive: Archive, bell: Bell, analysis: Analysis, concluded: Concluded | Failed) -> None:
    """End a claimed analysis. Raises LeaseLost when it is not this worker's any more; then nothing has changed."""
    reading_object = None
    if isinstance(concluded, Concluded) and isinstance(concluded.outcome, SeriesReading):
        reading_object = object_name(hashlib.sha256(concluded.reading_bytes).hexdigest(), READING)
        archive.objects.store(analysis.hospital, concluded.reading_bytes, reading_object)
    ending = _ending(concluded, reading_object)
    with archive.write() as connection:
        if isinstance(concluded, Concluded) and isinstance(concluded.outcome, SeriesReading):
            findings.add(connection, _WALL, _rows(archive, analysis, concluded.outcome))
        ended = analysis_leases.end(connection, _WALL, analysis, ending)
        settle(connection, ended)
    bell.ring(Step.ENCODE)


def lose_attempt(archive: Archive, bell: Bell, analysis: Analysis, detail: str) -> None:
    """A model process was lost under a claimed analysis: again, or failed after the last attempt."""
    with archive.write() as connection:
        _lose(connection, analysis, detail, ATTEMPTS_EXHAUSTED)
    _ring_for_lost(bell)


def too_late(archive: Archive, bell: Bell, analysis: Analysis, detail: str) -> None:
    """A claimed analysis took longer than its package may take: again, or failed for that after the last attempt."""
    with archive.write() as connection:
        _lose(connection, analysis, detail, DEADLINE_PASSED)
    _ring_for_lost(bell)


def expire_leases(archive: Archive, bell: Bell) -> int:
    """Take analyses back whose worker stopped renewing, after a respite; returns how many.

    Looked at again inside the transaction: a worker may have renewed between the look and the taking.
    """
    with archive.read() as connection:
        if not analysis_leases.expired(connection, _WALL):
            return 0
    with archive.write() as connection:
        abandoned = analysis_leases.abandoned(connection, _WALL)
        for analysis in abandoned:
            _lose(connection, analysis, "the worker stopped renewing its lease", ATTEMPTS_EXHAUSTED)
    if abandoned:
        _ring_for_lost(bell)
    return len(abandoned)


def _lose(connection: Connection, analysis: Analysis, detail: str, reason: str) -> None:
    after = analysis_leases.lose_attempt(connection, _WALL, analysis, detail, reason=reason)
    if after is not None and after.state is AnalysisState.FAILED:
        settle(connection, after)


def _ring_for_lost(bell: Bell) -> None:
    bell.ring(Step.ANALYSE)
    bell.ring(Step.ENCODE)


def settle(connection: Connection, ended: Analysis) -> None:
    """What follows in the same transaction as an ended analysis: successors, the wish to encode, its orders."""
    if ended.state in {AnalysisState.CONCLUDED, AnalysisState.REFUSED}:
        supersede(connection, ended)
    results.want(connection, _WALL, ended.hospital, ended.id, Encoding.OBJECTS)
    advance_orders(connection, ended.study_id)


def supersede(connection: Connection, later: Analysis) -> None:
    """Let a concluded or refused analysis succeed the earlier ones; what of theirs was not sent yet never is.

    But what a signed report refers to.
    """
    for earlier in analyses.supersede_earlier(connection, _WALL, later):
        if overtaken.is_overtaken(connection, _WALL, earlier.id):
            made = [result.id for result in results.of_analysis(connection, _WALL, earlier.id)]
            deliveries.supersede(connection, _WALL, earlier.hospital, made)
        deliveries.supersede_messages(connection, _WALL, earlier.hospital, earlier.id)


def advance_orders(connection: Connection, study_id: int) -> None:
    """Move a study's orders along as its current analyses stand.

    An order that a new revision or an analysis set to analysing ends again when nothing is asked (any more).
    """
    current = current_states(analyses.of_study(connection, _WALL, study_id))
    steps = [OrderEvent.ANALYSIS_BEGAN, event_for(current)] if current else [event_for(current), OrderEvent.ALL_ENDED]
    for order in orders.of_study(connection, _WALL, study_id):
        moved = order
        for step in steps:
            moved = orders.advance(connection, _WALL, moved, step)


def current_states(of_study: tuple[Analysis, ...]) -> tuple[AnalysisState, ...]:
    """The states that count for a study: without what was superseded or cancelled."""
    return tuple(analysis.state for analysis in of_study if analysis.state not in GONE)


def _ending(concluded: Concluded | Failed, reading_object: str | None) -> Ending:
    if isinstance(concluded, Failed):
        event = AnalysisEvent.DETERMINISTIC_ERROR
        return Ending(event, AnalysisOutcome.FAILED, reason=concluded.reason_code, detail=concluded.detail)
    said = concluded.outcome
    if isinstance(said, Refused):
        return Ending(AnalysisEvent.REFUSED, AnalysisOutcome.REFUSED, reason=said.reason.value, detail=said.detail)
    return Ending(
        AnalysisEvent.CONCLUDED,
        AnalysisOutcome.FINDINGS if said.reading.findings else AnalysisOutcome.NO_FINDING,
        reading_object=reading_object,
        forward_s=said.reading.forward_s,
        total_s=said.reading.total_s,
    )


def _rows(archive: Archive, analysis: Analysis, said: SeriesReading) -> tuple[StoredFinding, ...]:
    pairs = tracking(archive.installation.key, analysis.package, said)
    return tuple(_row(analysis, said, finding, pairs[finding.number].uid) for finding in said.reading.findings)


def _row(analysis: Analysis, said: SeriesReading, finding: Finding, tracking_uid: str) -> StoredFinding:
    source = None if finding.slice_index is None else said.sources[finding.slice_index]
    center = finding.center_mm or (None, None, None)
    laterality = finding.laterality
    return StoredFinding(
        id=f"{analysis.id}-{finding.number}",
        hospital=analysis.hospital,
        analysis_id=analysis.id,
        number=finding.number,
        code_value=finding.concept.value,
        code_scheme=finding.concept.scheme,
        code_meaning=finding.concept.meaning,
        site_value=finding.site.value,
        site_scheme=finding.site.scheme,
        site_meaning=finding.site.meaning,
        laterality_value=laterality.value if laterality else None,
        laterality_scheme=laterality.scheme if laterality else None,
        laterality_meaning=laterality.meaning if laterality else None,
        presence=finding.presence.value,
        probability=finding.probability,
        center_x_mm=center[0],
        center_y_mm=center[1],
        center_z_mm=center[2],
        long_axis_mm=finding.long_axis.length_mm if finding.long_axis else None,
        short_axis_mm=finding.short_axis.length_mm if finding.short_axis else None,
        volume_mm3=finding.volume_mm3,
        mean_hu=finding.mean_hu,
        sop_instance_uid=source.sop_instance_uid if source else None,
        frame_number=source.frame_number if source else None,
        tracking_uid=tracking_uid,
    )
