"""Bodies of the data scientist's operations: track records beside promises, disagreements without identities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import AwareDatetime, Field

from models.contract import Code
from models.manifest import Interval, Manifest
from service.api.room.admin.places import MAX_LENGTH
from service.api.room.reading_shapes import FigureView
from service.api.room.shape import Named, Shape
from service.archive.disagreements import Wanted
from service.archive.judgements import Narrowed
from service.archive.track_record import TrackRecord
from service.domain.disagreement import DisagreementKind
from service.domain.hospital import Language, ReadingMode
from service.domain.review import RejectionReason
from service.domain.track_record import Share, Tally
from service.domain.wall import HospitalId
from service.domain.wording import concept_words, said, site_words
from service.flow.disagreement_lines import DisagreementLine, Said

MOST_ROWS: Final = 200


class RecordQuery(Shape):
    """Which studies: signed from since until before until, of one hospital or of all behind the wall."""

    hospital: str | None = Field(default=None, max_length=64)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    @property
    def narrowed(self) -> Narrowed:
        """As the archive is asked."""
        return Narrowed(
            hospital=None if self.hospital is None else HospitalId(self.hospital),
            since=None if self.since is None else self.since.timestamp(),
            until=None if self.until is None else self.until.timestamp(),
        )


class WantedQuery(RecordQuery):
    """Which disagreements."""

    package: str | None = Field(default=None, max_length=64)
    version: str | None = Field(default=None, max_length=32)
    kind: DisagreementKind | None = None
    reason: RejectionReason | None = None

    @property
    def wanted(self) -> Wanted:
        """As the archive is asked."""
        base = self.narrowed
        return Wanted(
            narrowed=Narrowed(
                hospital=base.hospital, package=self.package, version=self.version, since=base.since, until=base.until
            ),
            kinds=frozenset() if self.kind is None else frozenset({self.kind}),
            reason=self.reason,
        )


class DisagreementQuery(WantedQuery):
    """A page of them, the newest judgement first."""

    after: str | None = Field(default=None, max_length=MAX_LENGTH)
    limit: int = Field(default=50, ge=1, le=MOST_ROWS)


class IntervalView(Shape):
    """A figure with its interval of 95 %: of proportions Wilson's, on a card as the card says."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, share: Share | None) -> IntervalView | None:
        """None where there are too few to say one."""
        return None if share is None else cls(value=share.value, low=share.low, high=share.high)


class TallyView(Shape):
    """Counts, and shares where there are enough. studies: null where studies cannot be told apart by the group."""

    group: str
    studies: int | None
    proposed: int
    judged: int
    accepted: int
    corrected: int
    false_marks: int
    uncertain: int
    unjudged: int
    added: int
    accepted_share: IntervalView | None
    found_share: IntervalView | None

    @classmethod
    def of(cls, group: str, studies: int | None, tally: Tally) -> TallyView:
        """From a tally. group: a word of the domain, or a manufacturer as its scanners write it."""
        return cls(
            group=group,
            studies=studies,
            proposed=tally.proposed,
            judged=tally.judged,
            accepted=tally.accepted,
            corrected=tally.corrected,
            false_marks=tally.false_marks,
            uncertain=tally.uncertain,
            unjudged=tally.unjudged,
            added=tally.added,
            accepted_share=IntervalView.of(tally.accepted_share),
            found_share=IntervalView.of(tally.found_share),
        )


class PromiseView(Shape):
    """The operating point of one output, as the package's card has it."""

    type: str
    threshold: float
    sensitivity: IntervalView
    false_positives_per_scan: IntervalView
    measured_on: str


class RecordView(Shape):
    """One version of a package. rejected: false marks by reason. figures: the evaluation on the card."""

    package: str
    version: str
    title: str
    use_status: str
    total: TallyView
    rejected: Mapping[RejectionReason, int]
    by_size: tuple[TallyView, ...]
    by_mode: tuple[TallyView, ...]
    by_manufacturer: tuple[TallyView, ...]
    promises: tuple[PromiseView, ...]
    figures: tuple[FigureView, ...]

    @classmethod
    def of(cls, record: TrackRecord, manifest: Manifest | None, language: Language) -> RecordView:
        """From a record and the manifest of its version."""
        return cls(
            package=record.of.package,
            version=record.of.version,
            title=record.of.package if manifest is None else said(manifest.title, language),
            use_status="" if manifest is None else said(manifest.use_status.words, language),
            total=TallyView.of("", record.studies, record.total),
            rejected={each: record.total.rejected[each] for each in RejectionReason if record.total.rejected.get(each)},
            by_size=tuple(TallyView.of(each, record.studies, tally) for each, tally in record.by_size.items()),
            by_mode=tuple(TallyView.of(each, None, tally) for each, tally in record.by_mode.items()),
            by_manufacturer=tuple(
                TallyView.of(each, record.studies_by_manufacturer[each], tally)
                for each, tally in record.by_manufacturer.items()
            ),
            promises=() if manifest is None else _promises(manifest, language),
            figures=() if manifest is None else _figures(manifest),
        )


class RecordPage(Shape):
    """Every version that read a study of the choice. hospitals: those one can ask for."""

    packages: tuple[RecordView, ...]
    hospitals: tuple[Named, ...]
    least_for_a_share: int


class SaidView(Shape):
    """What one side says. type, place: in words; a type outside the code table is null."""

    type: str | None
    place: str | None
    long_axis_mm: float | None
    short_axis_mm: float | None

    @classmethod
    def of(cls, given: Said | None, language: Language) -> SaidView | None:
        """In the reader's language; None where the side says nothing."""
        if given is None:
            return None
        return cls(
            type=None if given.concept is None else concept_words(given.concept, language),
            place=None if given.site is None else site_words(given.site, given.laterality, language),
            long_axis_mm=given.long_axis_mm,
            short_axis_mm=given.short_axis_mm,
        )


class DisagreementView(Shape):
    """One row. study: a pseudonym. signed: year and month. pictures: how many images there are of it."""

    id: str
    study: str
    hospital: Named
    signed: str
    package: str
    version: str
    kind: DisagreementKind
    reason: RejectionReason | None
    mode: ReadingMode
    probability: float | None
    by_package: SaidView | None
    by_reader: SaidView | None
    modality: str
    manufacturer: str
    model_name: str
    slice_thickness_mm: float | None
    pictures: int

    @classmethod
    def of(cls, line: DisagreementLine, hospital: str, pictures: int, language: Language) -> DisagreementView:
        """From a line. hospital: its name."""
        return cls(
            id=line.id,
            study=line.study,
            hospital=Named(id=line.hospital, name=hospital),
            signed=line.signed,
            package=line.package,
            version=line.version,
            kind=line.kind,
            reason=line.reason,
            mode=line.mode,
            probability=line.probability,
            by_package=SaidView.of(line.by_package, language),
            by_reader=SaidView.of(line.by_reader, language),
            modality=line.modality,
            manufacturer=line.manufacturer,
            model_name=line.model_name,
            slice_thickness_mm=line.slice_thickness_mm,
            pictures=pictures,
        )


class DisagreementPage(Shape):
    """A page. next: the cursor of the page behind it."""

    items: tuple[DisagreementView, ...]
    next: str | None


def _promises(manifest: Manifest, language: Language) -> tuple[PromiseView, ...]:
    return tuple(
        PromiseView(
            type=concept_words(Code(**each.concept.model_dump()), language),
            threshold=each.operating_point.threshold,
            sensitivity=_figure(each.operating_point.sensitivity),
            false_positives_per_scan=_figure(each.operating_point.false_positives_per_scan),
            measured_on=each.operating_point.measured_on,
        )
        for each in manifest.outputs
    )


def _figure(interval: Interval) -> IntervalView:
    return IntervalView(value=interval.value, low=interval.low, high=interval.high)


def _figures(manifest: Manifest) -> tuple[FigureView, ...]:
    return tuple(
        FigureView(name=each.name, set_name=each.set_name, value=each.value, low=each.low, high=each.high)
        for each in manifest.evaluation
    )
