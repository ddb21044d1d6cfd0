"""The encode step: a committed reading becomes SR and SEG (or the summary page), bytes and hash, once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from sqlalchemy import Connection

from models.catalogue import Catalogue
from models.contract import Refused, RefusalReason, SeriesReading
from models.reading_file import read_reading
from service.archive import analyses, deliveries, hospitals, instances, orders, results, studies
from service.archive.analyses import Analysis
from service.archive.events import EventKind, append
from service.archive.instances import StoredInstance
from service.archive.objects import object_name
from service.archive.results import EncodeState, EncodeStep, Encoding, Result, ResultKind
from service.archive.store import Archive
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Channel, Hospital
from service.domain.outcome import AnalysisResult, Failed
from service.domain.visibility import ResultObject, visible
from service.domain.wall import Wall
from service.flow.notify import tell_his
from service.pixels.pool import PixelPool
from service.results.document import EncodedObject, Installation, Moments, OrderFacts, ResultContext
from service.results.secondary_capture import encode_sc, summary_lines
from service.results.seg import encode_seg
from service.results.sr import encode_sr

LUNG_WINDOW_HU: Final = (-600.0, 1500.0)
_EXPLICIT_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"
_RANKS: Final = {ResultKind.SEG: 0, ResultKind.SR: 1, ResultKind.SC: 2}
_WALL: Final = Wall.system("encode")
_LOG: Final = logging.getLogger("consilium.encode")


class NothingToEncode(Exception):
    """The package or the images of an analysis are gone."""


@dataclass(frozen=True, slots=True)
class Centre:
    """What results say of this centre."""

    name: str
    product_version: str
    utc_offset: str


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the rows say of an analysis."""

    analysis: Analysis
    hospital: Hospital
    order: orders.Order | None
    members: tuple[StoredInstance, ...]


@dataclass(frozen=True, slots=True)
class Encoder:
    """Makes the objects of one encode step after another."""

    archive: Archive
    catalogue: Catalogue
    pixels: PixelPool
    centre: Centre

    def encode(self, step: EncodeStep) -> None:
        """Make a claimed step's objects and enter their deliveries; a failure is noted and tried again."""
        rows = self._rows(step)
        try:
            made = self._made(step, rows)
        except Exception as fault:
            _LOG.exception("analysis %s could not be encoded", step.analysis_id)
            self._not_encoded(step, rows, f"{type(fault).__name__}: the result could not be encoded")
            return
        moment = rows.analysis.ended_at or 0.0
        kept = [self._keep(rows, each, moment) for each in made]
        with self.archive.write() as connection:
            if not results.step_done(connection, _WALL, step):
                return
            for result in kept:
                results.add(connection, _WALL, result)
            if step.what is Encoding.OBJECTS:
                tell_his(connection, _WALL, rows.hospital, rows.analysis)
                self._to_every_pacs(connection, rows, kept)
            else:
                self._instead(connection, rows, kept)
            self._tell(connection, rows, EventKind.RESULT_ENCODED, [result.kind.value for result in kept])

    def _rows(self, step: EncodeStep) -> _Rows:
        with self.archive.read() as connection:
            analysis = analyses.get(connection, _WALL, step.analysis_id)
            assert analysis is not None, "an encode step refers to an analysis"
            joined = orders.of_study(connection, _WALL, analysis.study_id)
            return _Rows(
                analysis=analysis,
                hospital=hospitals.get(connection, _WALL, analysis.hospital),
                order=joined[0] if joined else None,
                members=instances.of_study(connection, _WALL, analysis.study_id),
            )

    def _made(self, step: EncodeStep, rows: _Rows) -> tuple[EncodedObject, ...]:
        outcome = self._outcome(rows.analysis)
        context = self._context(rows, outcome)
        if step.what is Encoding.SUMMARY:
            return (encode_sc(context, outcome, self._picture(rows, context, outcome)),)
        segmentation = encode_seg(context, outcome) if isinstance(outcome, SeriesReading) else None
        report = encode_sr(context, outcome)
        return (report,) if segmentation is None else (segmentation, report)

    def _outcome(self, analysis: Analysis) -> AnalysisResult:
        if analysis.outcome is AnalysisOutcome.REFUSED:
            return Refused(RefusalReason(analysis.reason or ""), analysis.detail or "")
        if analysis.outcome is AnalysisOutcome.FAILED:
            return Failed(analysis.reason or "unforeseen", analysis.detail or "")
        content = self.archive.objects.load(analysis.hospital, analysis.reading_object or "")
        outcome = read_reading(content)
        assert isinstance(outcome, SeriesReading), "only readings are kept as objects"
        return outcome

    def _context(self, rows: _Rows, outcome: AnalysisResult) -> ResultContext:
        analysis = rows.analysis
        entry = self.catalogue.by_digest(analysis.package_digest)
        if entry is None:
            raise NothingToEncode(f"package {analysis.package} {analysis.package_version} is not in the centre any more")
        ended_at = datetime.fromtimestamp(analysis.ended_at or 0.0, UTC)
        return ResultContext(
            installation=Installation(
                key=self.archive.installation.key,
                uid=self.archive.installation.uid,
                name=self.centre.name,
                product_version=self.centre.product_version,
            ),
            analysis_id=analysis.id,
            run=analysis.run,
            package=entry.manifest,
            weights_sha256=entry.digest,
            moments=Moments(finished_at=ended_at, encoded_at=ended_at, utc_offset=self.centre.utc_offset),
            language=rows.hospital.language,
            hospital_name=rows.hospital.name,
            order=None if rows.order is None else _order_facts(rows.order),
            sources=self._sources(rows, outcome),
        )

    def _sources(self, rows: _Rows, outcome: AnalysisResult) -> tuple[Dataset, ...]:
        """Headers of the instances read, in slice order; of an image of the study when none was read."""
        by_uid = {each.sop_instance_uid: each for each in rows.members}
        if isinstance(outcome, SeriesReading):
            wanted = list(dict.fromkeys(source.sop_instance_uid for source in outcome.sources))
        else:
            wanted = [each.sop_instance_uid for each in rows.members if each.is_image][:1]
        if not wanted or any(uid not in by_uid for uid in wanted):
            raise NothingToEncode("the images of this analysis are not in the archive any more")
        paths = [self.archive.objects.path(by_uid[uid].hospital, by_uid[uid].object_name) for uid in wanted]
        return tuple(dcmread(path, stop_before_pixels=True, force=True) for path in paths)

    def _picture(self, rows: _Rows, context: ResultContext, outcome: AnalysisResult) -> NDArray[np.uint8]:
        lines = summary_lines(context, outcome)
        centre_hu, width_hu = LUNG_WINDOW_HU
        path, frame_number, outlines = self._key_slice(rows, outcome)
        return self.pixels.render_slice(path, frame_number, centre_hu, width_hu, outlines, lines)

    def _key_slice(self, rows: _Rows, outcome: AnalysisResult):  # noqa: ANN202
        by_uid = {each.sop_instance_uid: each for each in rows.members}
        if not isinstance(outcome, SeriesReading):
            first = next(each for each in rows.members if each.is_image)
            return self.archive.objects.path(first.hospital, first.object_name), 1, ()
        finding = next((f for f in outcome.reading.findings if f.slice_index is not None), None)
        index = len(outcome.sources) // 2 if finding is None else finding.slice_index or 0
        source = outcome.sources[index]
        stored = by_uid[source.sop_instance_uid]
        path = self.archive.objects.path(stored.hospital, stored.object_name)
        return path, source.frame_number or 1, self._outlines(outcome, index)

    def _keep(self, rows: _Rows, made: EncodedObject, moment: float) -> Result:
        name = object_name(made.sha256, _EXPLICIT_LITTLE_ENDIAN)
        self.archive.objects.store(rows.analysis.hospital, made.part10, name)
        return Result(
            id=f"{rows.analysis.id}-{made.kind.value.lower()}",
            hospital=rows.analysis.hospital,
            analysis_id=rows.analysis.id,
            kind=ResultKind(made.kind.value),
            sop_class_uid=made.sop_class_uid,
            sop_instance_uid=made.sop_instance_uid,
            series_instance_uid=made.series_instance_uid,
            transfer_syntax_uid=_EXPLICIT_LITTLE_ENDIAN,
            sha256=made.sha256,
            object_name=name,
            size_bytes=len(made.part10),
            signed=False,
            created_at=moment,
        )

    def _to_every_pacs(self, connection: Connection, rows: _Rows, kept: Sequence[Result]) -> None:
        """Enter the deliveries of fresh results. A refusal the PACS was told of before is not told again."""
        told = visible(ResultObject(signed=False), rows.hospital, Channel.PACS)
        if not told or _superseded(connection, rows.analysis) or _told_before(connection, rows.analysis):
            return
        for peer in hospitals.peers(connection, _WALL, rows.hospital.id):
            if peer.channel is Channel.PACS:
                self._want(connection, rows, peer.id, kept)

    def _instead(self, connection: Connection, rows: _Rows, kept: Sequence[Result]) -> None:
        """Enter the summary's deliveries to the peers that refused one of the analysis' objects."""
        for result in results.of_analysis(connection, _WALL, rows.analysis.id):
            for refused in deliveries.of_result(connection, _WALL, result.id):
                if result.kind is not ResultKind.SC and refused.state.value == "failed":
                    self._want(connection, rows, refused.peer_id, kept)

    def _want(self, connection: Connection, rows: _Rows, peer_id: str, kept: Sequence[Result]) -> None:
        for result in kept:
            deliveries.want(
                connection,
                _WALL,
                deliveries.Wanted(
                    hospital=result.hospital,
                    peer_id=peer_id,
                    channel=Channel.PACS,
                    study_id=rows.analysis.study_id,
                    identity=result.sop_instance_uid,
                    rank=_RANKS[result.kind],
                    result_id=result.id,
                ),
            )

    def _not_encoded(self, step: EncodeStep, rows: _Rows, detail: str) -> None:
        with self.archive.write() as connection:
            if results.step_failed(connection, _WALL, step, detail) is EncodeState.FAILED:
                self._tell(connection, rows, EventKind.RESULT_NOT_ENCODED, [detail])
                tell_his(connection, _WALL, rows.hospital, rows.analysis)

    def _tell(self, connection: Connection, rows: _Rows, kind: EventKind, what: list[str]) -> None:
        study = studies.get(connection, _WALL, rows.analysis.study_id)
        if study is not None:
            append(connection, _WALL, kind, study.subject, {"analysis": rows.analysis.id, "what": what})
