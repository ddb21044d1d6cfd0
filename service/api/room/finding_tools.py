"""What a reader needs at hand to correct findings and to add missed ones: words, axes, what became of such findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy import Connection

from models.contract import Finding, SeriesReading
from models.reading_file import read_reading
from service.access.reader_doors import Reader, ReaderDep
from service.api.room.finding_shapes import AxisView
from service.api.room.reading_page import ReadingPage
from service.api.room.shape import PREFIX, CodeView, HospitalPath, Shape, StudyPath, found_study
from service.archive import analyses, studies
from service.archive.analyses import Analysis
from service.archive.store import Archive, now
from service.archive.studies import Study
from service.archive.track_record import SPAN_S, track_record
from service.domain.analysis import GONE
from service.domain.hospital import Language
from service.domain.track_record import Tally
from service.domain.user import Right
from service.domain.vocabulary import Place, vocabulary
from service.domain.wording import site_words

_DAY_S: Final = 86_400


class PlaceChoice(Shape):
    """A site with its side, to choose as one."""

    site: CodeView
    laterality: CodeView | None
    text: str

    @classmethod
    def of(cls, place: Place, language: Language) -> PlaceChoice:
        """From a place of the vocabulary."""
        return cls(
            site=CodeView.of(place.site, language),
            laterality=None if place.laterality is None else CodeView.of(place.laterality, language),
            text=site_words(place.site, place.laterality, language),
        )


class PackageAxes(Shape):
    """The axes a package measured of a finding: where a correction begins."""

    tracking_uid: str
    long_axis: AxisView | None
    short_axis: AxisView | None


class TrackRecordView(Shape):
    """How a package's findings were judged at this hospital, over the studies signed in the last so many days.

    judged: as it stands now. false_marks: rejected. accepted: accepted as they were, or corrected.
    """

    package: str
    version: str
    days: int
    studies: int
    judged: int
    accepted: int
    false_marks: int


class FindingToolsView(Shape):
    """Types and places to choose from, the axes of the findings that are shown, the packages' records."""

    types: tuple[CodeView, ...]
    places: tuple[PlaceChoice, ...]
    axes: tuple[PackageAxes, ...]
    records: tuple[TrackRecordView, ...]


@dataclass(frozen=True, slots=True)
class FindingToolsEndpoint:
    """Asked once when a study is opened and again when another analysis ended; judgements do not change it."""

    archive: Archive

    def tools(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> FindingToolsView:
        """Everything in one answer."""
        reader.require(Right.READ_STUDIES)
        found = found_study(self.archive, reader.wall, hospital, study)
        with self.archive.read() as connection:
            read = [each for each in analyses.of_study(connection, reader.wall, found.id) if each.state not in GONE]
            shown = {
                (each.proposed.analysis_id, each.proposed.number): each.tracking_uid
                for each in ReadingPage(connection, reader, found).shown
                if each.proposed is not None
            }
            parts = [each.body_part for each in studies.series_of(connection, reader.wall, found.id)]
            records = tuple(self._records(connection, reader, found, read))
        chosen = vocabulary(parts)
        return FindingToolsView(
            types=tuple(CodeView.of(code, reader.language) for code in chosen.types),
            places=tuple(PlaceChoice.of(place, reader.language) for place in chosen.places),
            axes=tuple(
                PackageAxes(
                    tracking_uid=shown[analysis.id, finding.number],
                    long_axis=AxisView.of(finding.long_axis),
                    short_axis=AxisView.of(finding.short_axis),
                )
                for analysis in read
                for finding in self._findings(analysis)
                if (analysis.id, finding.number) in shown
            ),
            records=records,
        )

    def _findings(self, analysis: Analysis) -> tuple[Finding, ...]:
        """As the package said them, with their geometry."""
        if analysis.reading_object is None:
            return ()
        outcome = read_reading(self.archive.objects.load(analysis.hospital, analysis.reading_object))
        return outcome.reading.findings if isinstance(outcome, SeriesReading) else ()

    def _records(
        self, connection: Connection, reader: Reader, study: Study, read: Sequence[Analysis]
    ) -> Iterator[TrackRecordView]:
        since = now(connection) - SPAN_S
        for package, version in sorted({(each.package, each.package_version) for each in read}):
            record = track_record(connection, reader.wall, study.hospital, package, version, since=since)
            total = Tally() if record is None else record.total
            yield TrackRecordView(
                package=package,
                version=version,
                days=SPAN_S // _DAY_S,
                studies=0 if record is None else record.studies,
                judged=total.judged,
                accepted=total.stood_for,
                false_marks=total.false_marks,
            )


def routes(archive: Archive, route_class: type[APIRoute]) -> APIRouter:
    """One operation."""
    router = APIRouter(prefix=PREFIX, tags=["reading"], route_class=route_class, include_in_schema=False)
    endpoint = FindingToolsEndpoint(archive)
    router.add_api_route("/studies/{hospital}/{study}/finding-tools", endpoint.tools, methods=["GET"])
    return router
