"""The documents of a signed report (SEG, SR, PDF, key images), or the note that it was withdrawn; who gets them.

Of a report that is released provisionally SR and PDF are made twice, before the audit and after it; what an audit does
not change, its SEG, key images and presentation states, is made once and belongs to both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from service.archive import analyses, deliveries, hospitals, reports, results, studies
from service.archive.events import EventKind, append
from service.archive.reports import Report
from service.archive.results import EncodeStep, Encoding, Result, ResultKind
from service.archive.store import Archive
from service.domain.analysis import GONE
from service.domain.hospital import Channel
from service.domain.report import ReportState
from service.domain.visibility import ResultObject, visible
from service.domain.wall import HospitalId, Wall
from service.flow.deliver import enter, takes
from service.flow.notify import tell_his_of_report
from service.pixels.pool import PixelPool
from service.results.document import EncodedObject, ObjectKind
from service.results.key_objects import encode_key_images, encode_withdrawal
from service.results.marks import marks_of_report
from service.results.presentation_state import encode_presentation_states
from service.results.report_pdf import encode_report_pdf
from service.results.report_sr import encode_report_sr
from service.results.seg import encode_seg
from service.results.signed_report import ReportContext, SignedReport
from workers.report_context import ReportSource, named_results, report_context_of, report_rows_of
from workers.report_pictures import ReportPictures
from workers.result_context import Centre

_WALL: Final = Wall.system("encode")
CHANGED_BY_AUDIT: Final = frozenset({ObjectKind.SR, ObjectKind.PDF})
_AS_RELEASED: Final = {Encoding.PROVISIONAL: ReportState.PROVISIONAL, Encoding.REPORT: ReportState.RELEASED}
"""In which state a report has to be for what a step made of it to go out."""


class ReportWork:
    """One step about a version of a report."""

    def __init__(self, archive: Archive, pixels: PixelPool, centre: Centre, step: EncodeStep) -> None:
        """Read the rows. Raises NothingToEncode."""
        self._archive, self._pixels, self._centre, self._step = archive, pixels, centre, step
        self._rows = report_rows_of(archive, step.about)

    @property
    def hospital(self) -> HospitalId:
        """Whose report it is."""
        return self._rows.report.hospital

    @property
    def made_at(self) -> float:
        """When it was released; when it was signed, where it was not but for provisionally."""
        return self._rows.report.released_at or self._rows.report.signed_at or 0.0

    def make(self) -> tuple[EncodedObject, ...]:
        """What goes out of a released report, or of one that was withdrawn; what is there already is not made again."""
        context = report_context_of(self._archive, self._centre, self._rows)
        if self._step.what is Encoding.WITHDRAWAL:
            withdrawn = self._made()
            why = self._rows.report.why or ""
            return (encode_withdrawal(context, named_results(withdrawn), why),) if withdrawn else ()
        if self._is_overtaken(self._rows.report):
            return ()
        source = ReportSource(self._archive, self._centre, self._rows)
        report = source.signed_report()
        regions = [encode_seg(each.context, each.outcome) for each in source.regions()]
        pictures = ReportPictures(self._archive, self._pixels, source.images).of(report)
        key_images = encode_key_images(context, report.content.key_images, report.images)
        words = replace(context, is_provisional=report.audit_due_at is not None)
        made = (
            *(*regions, encode_report_sr(words, report), encode_report_pdf(words, report, pictures), key_images),
            *self._presentation_states(context, source, report),
        )
        known = self._known()
        return tuple(each for each in made if each is not None and each.sop_instance_uid not in known)

    def _known(self) -> frozenset[str]:
        """What was made of this version before: with its provisional release."""
        with self._archive.read() as connection:
            made = results.of_report(connection, _WALL, self._rows.report.id)
        return frozenset(each.sop_instance_uid for each in made)

    def _is_overtaken(self, report: Report) -> bool:
        """Whether the version came to stand otherwise than what this step makes says."""
        if self._step.what is Encoding.PROVISIONAL:
            return report.state is not ReportState.PROVISIONAL
        return report.state is ReportState.WITHDRAWN

    def _presentation_states(
        self, context: ReportContext, source: ReportSource, report: SignedReport
    ) -> tuple[EncodedObject, ...]:
        """What stands, drawn, where a PACS of the hospital is to have it: without the line that nobody verified it."""
        with self._archive.read() as connection:
            peers = hospitals.peers(connection, _WALL, self._rows.report.hospital)
        if not any(takes(peer, ResultKind.PRESENTATION) for peer in peers):
            return ()
        marked = marks_of_report(context, report)
        return encode_presentation_states(context, marked, source.headers_of(marked), heading="")

    def _made(self) -> tuple[Result, ...]:
        """What was made of this version and those it took the place of: none of them is to be shown in its stead."""
        with self._archive.read() as connection:
            made = tuple(self._ever_made(connection))
        return tuple(each for each in made if each.kind is not ResultKind.WITHDRAWAL)

    def _ever_made(self, connection: Connection) -> Iterator[Result]:
        for version in reports.of_study(connection, _WALL, self._rows.report.study_id):
            if version.version <= self._rows.report.version and version.was_given_out:
                yield from results.of_report(connection, _WALL, version.id)

    def commit(self, connection: Connection, kept: Sequence[Result]) -> None:
        """Enter the deliveries and the message to the HIS."""
        report = self._current(connection)
        if self._step.what is Encoding.WITHDRAWAL:
            for result in kept:
                for peer_id in self._told_peers(connection):
                    enter(connection, result, peer_id, report.study_id)
        elif report.state is _AS_RELEASED[self._step.what]:
            self._to_every_pacs(connection, report, kept)
        self._tell(connection, report, EventKind.RESULT_ENCODED, [result.kind.value for result in kept])

    def given_up(self, connection: Connection, detail: str) -> None:
        """Say so in the timeline; the HIS is told of the report all the same."""
        self._tell(connection, self._current(connection), EventKind.RESULT_NOT_ENCODED, [detail])

    def _current(self, connection: Connection) -> Report:
        """The report as it stands now: it may have been withdrawn while its documents were made."""
        return reports.get(connection, _WALL, self._rows.report.id) or self._rows.report

    def _to_every_pacs(self, connection: Connection, report: Report, kept: Sequence[Result]) -> None:
        """The report's documents, and before them the packages' own where the hospital sees those after a signature."""
        unlocked = tuple(self._unlocked(connection, report))
        for peer in hospitals.peers(connection, _WALL, report.hospital):
            for result in (*unlocked, *kept):
                if takes(peer, result.kind):
                    enter(connection, result, peer.id, report.study_id)

    def _unlocked(self, connection: Connection, report: Report) -> Iterator[Result]:
        """Of the analyses that stand, and of those that were overtaken but that the report refers to."""
        if not visible(ResultObject(signed=False, report_released=True), self._rows.hospital, Channel.PACS):
            return
        for analysis in analyses.of_study(connection, _WALL, report.study_id):
            if analysis.state not in GONE or analysis.id in self._rows.read_by:
                yield from results.of_analysis(connection, _WALL, analysis.id)

    def _told_peers(self, connection: Connection) -> tuple[str, ...]:
        """The peers that have something of the report, or may have it by now."""
        told = (
            delivery.peer_id
            for result in self._ever_made(connection)
            for delivery in deliveries.of_result(connection, _WALL, result.id)
            if delivery.may_be_there
        )
        return tuple(dict.fromkeys(told))

    def _tell(self, connection: Connection, report: Report, kind: EventKind, what: list[str]) -> None:
        study = studies.get(connection, _WALL, report.study_id)
        if study is not None:
            append(connection, _WALL, kind, study.subject, {"report": report.id, "what": what})
        if self._step.what is not Encoding.PROVISIONAL or report.state is ReportState.PROVISIONAL:
            tell_his_of_report(connection, _WALL, self._rows.hospital, report)
