"""The results of an analysis: SR and SEG with the findings' outlines, or the summary page instead; who is told."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from sqlalchemy import Connection

from models.contract import SeriesReading
from service.archive import analyses, analysis_leases, deliveries, hospitals, overtaken, reports, results, studies
from service.archive.events import EventKind, append
from service.archive.objects import object_name
from service.archive.results import EncodeStep, Encoding, Result, ResultKind
from service.archive.store import Archive
from service.domain.analysis import AnalysisOutcome
from service.domain.delivery import DeliveryState
from service.domain.hospital import Channel
from service.domain.outcome import AnalysisResult
from service.domain.visibility import ResultObject, visible
from service.domain.wall import HospitalId, Wall
from service.domain.wording import NOT_VERIFIED, said
from service.flow.deliver import SUMMED_UP, enter, takes
from service.flow.notify import tell_his
from service.pixels.pool import DecodeFault, PixelPool
from service.results.document import EncodedObject, ResultContext
from service.results.marks import marks_of_reading
from service.results.presentation_state import encode_presentation_states
from service.results.secondary_capture import encode_sc, summary_lines
from service.results.seg import encode_seg
from service.results.sr import encode_sr
from workers.contours import CONTOURS, contours
from workers.result_context import Centre, Rows, context_of, outcome_of, rows_of
from workers.summary_picture import draw

_WALL: Final = Wall.system("encode")
_LOG: Final = logging.getLogger("consilium.encode")
_NOT_TOLD: Final = frozenset({DeliveryState.CANCELLED, DeliveryState.FAILED, DeliveryState.SENDING})
"""What is still being sent of a superseded analysis ends unsent if the peer turns out to be busy."""


class AnalysisWork:
    """One step about an analysis."""

    def __init__(self, archive: Archive, pixels: PixelPool, centre: Centre, step: EncodeStep) -> None:
        """Read the rows. Raises NothingToEncode."""
        self._archive, self._pixels, self._centre, self._step = archive, pixels, centre, step
        self._rows = rows_of(archive, step.about)
        self._outlines_object: str | None = None

    @property
    def hospital(self) -> HospitalId:
        """Whose analysis it is."""
        return self._rows.analysis.hospital

    @property
    def made_at(self) -> float:
        """When the analysis ended."""
        return self._rows.analysis.ended_at or 0.0

    @cached_property
    def _outcome(self) -> AnalysisResult:
        return outcome_of(self._archive, self._rows.analysis)

    def make(self) -> tuple[EncodedObject, ...]:
        """SEG and SR, or the summary page."""
        outcome = self._outcome
        context = context_of(self._archive, self._centre, self._rows, outcome)
        if self._step.what is Encoding.SUMMARY:
            return (self._summary(context, outcome),)
        self._outlines_object = self._outlines()
        return tuple(self._objects(context, outcome))

    def _objects(self, context: ResultContext, outcome: AnalysisResult) -> Iterator[EncodedObject]:
        """SEG where there are regions, SR, and what a PACS of the hospital is to have beside them."""
        segmentation = encode_seg(context, outcome) if isinstance(outcome, SeriesReading) else None
        if segmentation is not None:
            yield segmentation
        yield encode_sr(context, outcome)
        if self._is_wanted(ResultKind.PRESENTATION) and isinstance(outcome, SeriesReading):
            headers = {str(header.SOPInstanceUID): header for header in context.sources}
            heading = said(NOT_VERIFIED, context.language)
            yield from encode_presentation_states(context, marks_of_reading(context, outcome), headers, heading)
        if self._is_wanted(ResultKind.SC):
            yield self._summary(context, outcome)

    def _is_wanted(self, kind: ResultKind) -> bool:
        with self._archive.read() as connection:
            return any(takes(peer, kind) for peer in hospitals.peers(connection, _WALL, self._rows.hospital.id))

    def _summary(self, context: ResultContext, outcome: AnalysisResult) -> EncodedObject:
        picture = draw(self._archive, self._pixels, self._rows, outcome, summary_lines(context, outcome))
        return encode_sc(context, outcome, picture)

    def commit(self, connection: Connection, kept: Sequence[Result]) -> None:
        """Enter outlines, deliveries and the message to the HIS."""
        if self._outlines_object is not None:
            analysis_leases.keep_contours(connection, _WALL, self._rows.analysis, self._outlines_object)
        if self._step.what is Encoding.OBJECTS:
            tell_his(connection, _WALL, self._rows.hospital, self._rows.analysis)
            _to_every_pacs(connection, self._rows, kept)
        else:
            _instead(connection, self._rows, kept)
        _tell(connection, self._rows, EventKind.RESULT_ENCODED, [result.kind.value for result in kept])

    def given_up(self, connection: Connection, detail: str) -> None:
        """Say so in the timeline; the HIS is told of the outcome all the same."""
        _tell(connection, self._rows, EventKind.RESULT_NOT_ENCODED, [detail])
        tell_his(connection, _WALL, self._rows.hospital, self._rows.analysis)

    def _outlines(self) -> str | None:
        """The object that holds the findings' outlines; None where there are none, or they could not be drawn."""
        outcome, analysis = self._outcome, self._rows.analysis
        if not isinstance(outcome, SeriesReading) or not outcome.reading.findings:
            return None
        try:
            content = contours(self._pixels, outcome, self._archive.installation.key, analysis.package)
        except DecodeFault as fault:
            _LOG.warning("analysis %s has no outlines: %s", analysis.id, fault)
            return None
        name = object_name(hashlib.sha256(content).hexdigest(), CONTOURS)
        self._archive.objects.store(analysis.hospital, content, name)
        return name


def _to_every_pacs(connection: Connection, rows: Rows, kept: Sequence[Result]) -> None:
    """Enter the deliveries of fresh results, unless the analysis was overtaken while they were encoded.

    A refusal that the PACS was told of before is not told again for a new revision (AC-01).
    """
    made = ResultObject(
        signed=False, report_released=reports.out(connection, _WALL, rows.analysis.study_id) is not None
    )
    if overtaken.is_overtaken(connection, _WALL, rows.analysis.id) or not visible(made, rows.hospital, Channel.PACS):
        return
    if _refusal_told_before(connection, rows):
        return
    for peer in hospitals.peers(connection, _WALL, rows.hospital.id):
        _want(connection, rows, peer.id, [result for result in kept if takes(peer, result.kind)])


def _refusal_told_before(connection: Connection, rows: Rows) -> bool:
    if rows.analysis.outcome is not AnalysisOutcome.REFUSED:
        return False
    return any(
        earlier.id != rows.analysis.id
        and earlier.package == rows.analysis.package
        and earlier.package_version == rows.analysis.package_version
        and earlier.reason == rows.analysis.reason
        and any(
            delivery.state not in _NOT_TOLD
            for result in results.of_analysis(connection, _WALL, earlier.id)
            for delivery in deliveries.of_result(connection, _WALL, result.id)
        )
        for earlier in analyses.of_study(connection, _WALL, rows.analysis.study_id)
    )


def _instead(connection: Connection, rows: Rows, kept: Sequence[Result]) -> None:
    """Enter the summary's deliveries to the peers that refused one of the analysis' objects, unless overtaken."""
    if overtaken.is_overtaken(connection, _WALL, rows.analysis.id):
        return
    for result in results.of_analysis(connection, _WALL, rows.analysis.id):
        if result.kind not in SUMMED_UP:
            continue
        for delivery in deliveries.of_result(connection, _WALL, result.id):
            if delivery.state is DeliveryState.FAILED:
                _want(connection, rows, delivery.peer_id, kept)


def _want(connection: Connection, rows: Rows, peer_id: str, kept: Sequence[Result]) -> None:
    for result in kept:
        enter(connection, result, peer_id, rows.analysis.study_id)


def _tell(connection: Connection, rows: Rows, kind: EventKind, what: list[str]) -> None:
    study = studies.get(connection, _WALL, rows.analysis.study_id)
    if study is not None:
        append(connection, _WALL, kind, study.subject, {"analysis": rows.analysis.id, "what": what})
