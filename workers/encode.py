"""The encode step: a committed reading becomes SR and SEG (or the summary page), bytes and hash, once."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from models.contract import SeriesReading
from service.archive import analyses, deliveries, hospitals, results, studies
from service.archive.events import EventKind, append
from service.archive.objects import object_name
from service.archive.results import MAX_ENCODE_ATTEMPTS, EncodeState, EncodeStep, Encoding, Result, ResultKind
from service.archive.store import Archive, ArchiveUnavailable
from service.domain.analysis import AnalysisOutcome, AnalysisState
from service.domain.delivery import DeliveryState
from service.domain.hospital import Channel
from service.domain.outcome import AnalysisResult
from service.domain.visibility import ResultObject, visible
from service.domain.wall import Wall
from service.flow.deliver import enter
from service.flow.notify import tell_his
from service.pixels.pool import DecodeFault, PixelPool
from service.results.document import EncodedObject
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


@dataclass(frozen=True, slots=True)
class Encoder:
    """Makes the objects of one encode step after another."""

    archive: Archive
    pixels: PixelPool
    centre: Centre

    def encode(self, step: EncodeStep) -> None:
        """Make a claimed step's objects and enter their deliveries; a failure is noted and tried again."""
        rows = rows_of(self.archive, step.about)
        if step.attempt > MAX_ENCODE_ATTEMPTS:
            self._not_encoded(step, rows, "the worker died each time this result was encoded")
            return
        try:
            outcome = outcome_of(self.archive, rows.analysis)
            kept = [self._keep(rows, each) for each in self._made(step, rows, outcome)]
            outlines = self._outlines(rows, outcome) if step.what is Encoding.OBJECTS else None
        except Exception as fault:  # noqa: BLE001  # the edge of a step: whatever broke, the row must say so
            self._could_not(step, rows, fault)
            return
        with self.archive.write() as connection:
            if not results.step_done(connection, _WALL, step):
                return
            for result in kept:
                results.add(connection, _WALL, result)
            if outlines is not None:
                analyses.keep_contours(connection, _WALL, rows.analysis, outlines)
            if step.what is Encoding.OBJECTS:
                tell_his(connection, _WALL, rows.hospital, rows.analysis)
                _to_every_pacs(connection, rows, kept)
            else:
                _instead(connection, rows, kept)
            _tell(connection, rows, EventKind.RESULT_ENCODED, [result.kind.value for result in kept])

    def _outlines(self, rows: Rows, outcome: AnalysisResult) -> str | None:
        """The object that holds the findings' outlines; None where there are none, or they could not be drawn."""
        if not isinstance(outcome, SeriesReading) or not outcome.reading.findings:
            return None
        try:
            content = contours(self.pixels, outcome, self.archive.installation.key, rows.analysis.package)
        except DecodeFault as fault:
            _LOG.warning("analysis %s has no outlines: %s", rows.analysis.id, fault)
            return None
        name = object_name(hashlib.sha256(content).hexdigest(), CONTOURS)
        self.archive.objects.store(rows.analysis.hospital, content, name)
        return name

    def _made(self, step: EncodeStep, rows: Rows, outcome: AnalysisResult) -> tuple[EncodedObject, ...]:
        context = context_of(self.archive, self.centre, rows, outcome)
        if step.what is Encoding.SUMMARY:
            picture = draw(self.archive, self.pixels, rows, outcome, summary_lines(context, outcome))
            return (encode_sc(context, outcome, picture),)
        segmentation = encode_seg(context, outcome) if isinstance(outcome, SeriesReading) else None
        report = encode_sr(context, outcome)
        return (report,) if segmentation is None else (segmentation, report)

    def _keep(self, rows: Rows, made: EncodedObject) -> Result:
        name = object_name(made.sha256, made.transfer_syntax_uid)
        self.archive.objects.store(rows.analysis.hospital, made.part10, name)
        return Result(
            id=_result_id(rows.analysis.id, made),
            hospital=rows.analysis.hospital,
            analysis_id=rows.analysis.id,
            report_id=None,
            kind=ResultKind(made.kind.value),
            sop_class_uid=made.sop_class_uid,
            sop_instance_uid=made.sop_instance_uid,
            series_instance_uid=made.series_instance_uid,
            transfer_syntax_uid=made.transfer_syntax_uid,
            sha256=made.sha256,
            object_name=name,
            size_bytes=len(made.part10),
            signed=False,
            created_at=rows.analysis.ended_at or 0.0,
        )

    def _could_not(self, step: EncodeStep, rows: Rows, fault: Exception) -> None:
        """Later, without counting, where disk or database are at fault and not the result; else one try less."""
        if _is_of_the_machine(fault):
            _LOG.warning("analysis %s is encoded later: %s", step.about, fault)
            with self.archive.write() as connection:
                results.step_waits(connection, _WALL, step, f"{type(fault).__name__}: disk or database do not answer")
            return
        _LOG.error("analysis %s could not be encoded", step.about, exc_info=fault)
        self._not_encoded(step, rows, f"{type(fault).__name__}: the result could not be encoded")

    def _not_encoded(self, step: EncodeStep, rows: Rows, detail: str) -> None:
        with self.archive.write() as connection:
            if results.step_failed(connection, _WALL, step, detail) is EncodeState.FAILED:
                _tell(connection, rows, EventKind.RESULT_NOT_ENCODED, [detail])
                tell_his(connection, _WALL, rows.hospital, rows.analysis)


def _is_of_the_machine(fault: Exception) -> bool:
    """Disk or database: what the system itself raised has an errno, what a parser calls an OSError has none."""
    if isinstance(fault, OSError):
        return fault.errno is not None and not isinstance(fault, FileNotFoundError)
    return isinstance(fault, ArchiveUnavailable)


def _result_id(analysis_id: str, made: EncodedObject) -> str:
    """The same for the same object however often it is made; 32 hex digits like every id of ours."""
    return hashlib.sha256(f"{analysis_id}/{made.kind.value}".encode()).hexdigest()[:32]


def _to_every_pacs(connection: Connection, rows: Rows, kept: Sequence[Result]) -> None:
    """Enter the deliveries of fresh results, unless the analysis was superseded while they were encoded.

    A refusal that the PACS was told of before is not told again for a new revision (AC-01).
    """
    if _is_superseded(connection, rows) or not visible(ResultObject(signed=False), rows.hospital, Channel.PACS):
        return
    if _refusal_told_before(connection, rows):
        return
    for peer in hospitals.peers(connection, _WALL, rows.hospital.id):
        if peer.channel is Channel.PACS:
            _want(connection, rows, peer.id, kept)


def _is_superseded(connection: Connection, rows: Rows) -> bool:
    """Whether a later analysis has taken this one's place since its rows were read."""
    current = analyses.get(connection, _WALL, rows.analysis.id)
    return current is None or current.state is AnalysisState.SUPERSEDED


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
    """Enter the summary's deliveries to the peers that refused one of the analysis' objects, unless superseded."""
    if _is_superseded(connection, rows):
        return
    for result in results.of_analysis(connection, _WALL, rows.analysis.id):
        if result.kind is ResultKind.SC:
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
