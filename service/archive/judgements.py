"""What stood at each signature: the studies that count, the packages that had read them, the judgements by then.

Statements only, to be joined by what counts and lists them. What is judged in an amendment that nobody signed yet does
not count, nor does what a package said after the signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import CTE, ColumnElement, Connection, Select, and_, case, exists, false, func, or_, select

from models.contract import Code, Presence
from service.archive import manifests
from service.archive.events import within
from service.archive.reading_tables import REPORT, REVIEW_EVENT
from service.archive.tables import ANALYSIS, FINDING, INSTANCE, SERIES
from service.domain.analysis import AnalysisOutcome
from service.domain.report import ReportState
from service.domain.review import ReviewAction
from service.domain.track_record import UPPER_BOUNDS_MM, SizeClass
from service.domain.wall import HospitalId, Wall

_STANDING: Final = (ReportState.SIGNED.value, ReportState.RELEASED.value)
_READ: Final = (AnalysisOutcome.FINDINGS.value, AnalysisOutcome.NO_FINDING.value)
_CONCLUDED: Final = (*_READ, AnalysisOutcome.REFUSED.value)
"""What takes the place of an earlier analysis of the same package."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which studies and packages. since, until: when the report was signed, epoch seconds, until excluded."""

    study_id: int | None = None
    hospital: HospitalId | None = None
    package: str | None = None
    version: str | None = None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Judgements:
    """The statements over one choice of studies behind one wall."""

    signed: CTE
    reads: CTE
    standing: CTE

    @classmethod
    def over(cls, wall: Wall, narrowed: Narrowed) -> Judgements:
        """signed: study_id, signed_at. reads: one row a study and package. standing: one row a judged finding."""
        signed = _signed(wall, narrowed)
        return cls(signed, _reads(wall, narrowed, signed), _standing(wall, signed))

    def marks(self, wall: Wall) -> Select[tuple[str, int]]:
        """The packages' findings, to choose columns from, with the standing judgement beside each that has one."""
        same = and_(
            self.standing.c.study_id == self.reads.c.study_id, self.standing.c.tracking_uid == FINDING.c.tracking_uid
        )
        return (
            select(FINDING.c.id, self.reads.c.study_id)
            .select_from(self.reads)
            .join(FINDING, FINDING.c.analysis_id == self.reads.c.analysis_id)
            .outerjoin(self.standing, same)
            .where(within(wall, FINDING.c.hospital_id), FINDING.c.presence != Presence.ABSENT.value)
        )

    def added(self, looked_for: Mapping[str, frozenset[Code]]) -> Select[tuple[int, int]]:
        """What readers added, to choose columns from, beside each package that looks for the like in what it read.

        looked_for: types by the digest of the package; without one of them nothing is missed by anybody.
        """
        types = [
            and_(self.reads.c.digest == digest, self._is_of(codes)) for digest, codes in looked_for.items() if codes
        ]
        return (
            select(self.standing.c.seq, self.reads.c.study_id)
            .select_from(self.standing)
            .join(self.reads, self.reads.c.study_id == self.standing.c.study_id)
            .where(
                self.standing.c.finding_id.is_(None),
                self.standing.c.action.in_((ReviewAction.ADD.value, ReviewAction.CORRECT.value)),
                or_(false(), *types),
            )
        )

    def _is_of(self, codes: frozenset[Code]) -> ColumnElement[bool]:
        ordered = sorted(codes, key=lambda each: (each.scheme, each.value))
        said = self.standing.c
        return or_(*(and_(said.said_value == each.value, said.said_scheme == each.scheme) for each in ordered))


def looked_for(connection: Connection, wall: Wall, judgements: Judgements) -> Mapping[str, frozenset[Code]]:
    """The types of finding that each package of these reads looks for, by its digest."""
    digests = connection.execute(select(judgements.reads.c.digest).distinct()).scalars().all()
    known = {digest: manifests.get(connection, wall, digest) for digest in digests}
    return {
        digest: frozenset(Code(**each.concept.model_dump()) for each in manifest.outputs)
        for digest, manifest in known.items()
        if manifest is not None
    }


def size_class(long_axis_mm: ColumnElement[float]) -> ColumnElement[str]:
    """The class of a long axis, by its word."""
    bounds = [(long_axis_mm < bound, name.value) for name, bound in UPPER_BOUNDS_MM.items()]
    return case((long_axis_mm.is_(None), SizeClass.UNMEASURED.value), *bounds, else_=SizeClass.FROM_20.value)


def manufacturer(reads: CTE) -> ColumnElement[str]:
    """Who made the scanner of the series that was read, in capitals as most write it; empty where it is not said."""
    said = func.json_extract(INSTANCE.c.facts, "$.manufacturer")
    of_series = (
        select(func.upper(func.trim(said)))
        .join(SERIES, SERIES.c.id == INSTANCE.c.series_id)
        .where(SERIES.c.study_id == reads.c.study_id, SERIES.c.series_instance_uid == reads.c.series_instance_uid)
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(of_series, "")


def _signed(wall: Wall, narrowed: Narrowed) -> CTE:
    """Studies with a report that stands signed, by its newest such version."""
    later = REPORT.alias("later")
    conditions = [
        within(wall, REPORT.c.hospital_id),
        REPORT.c.state.in_(_STANDING),
        ~exists(later.c.id).where(
            later.c.study_id == REPORT.c.study_id,
            later.c.version > REPORT.c.version,
            later.c.state.in_(_STANDING),
        ),
    ]
    if narrowed.study_id is not None:
        conditions.append(REPORT.c.study_id == narrowed.study_id)
    if narrowed.hospital is not None:
        conditions.append(REPORT.c.hospital_id == narrowed.hospital)
    if narrowed.since is not None:
        conditions.append(REPORT.c.signed_at >= narrowed.since)
    if narrowed.until is not None:
        conditions.append(REPORT.c.signed_at < narrowed.until)
    return select(REPORT.c.study_id, REPORT.c.signed_at).where(*conditions).cte("signed")


def _reads(wall: Wall, narrowed: Narrowed, signed: CTE) -> CTE:
    """What each package had last made of each study when it was signed, where it read it."""
    newest = func.row_number().over(
        partition_by=(ANALYSIS.c.study_id, ANALYSIS.c.package),
        order_by=(ANALYSIS.c.ended_at.desc(), ANALYSIS.c.created_at.desc(), ANALYSIS.c.id),
    )
    conditions = [
        within(wall, ANALYSIS.c.hospital_id),
        ANALYSIS.c.outcome.in_(_CONCLUDED),
        ANALYSIS.c.ended_at <= signed.c.signed_at,
    ]
    if narrowed.package is not None:
        conditions.append(ANALYSIS.c.package == narrowed.package)
    concluded = (
        select(
            ANALYSIS.c.id.label("analysis_id"),
            ANALYSIS.c.study_id,
            ANALYSIS.c.package,
            ANALYSIS.c.package_version.label("version"),
            ANALYSIS.c.package_digest.label("digest"),
            ANALYSIS.c.series_instance_uid,
            ANALYSIS.c.outcome,
            newest.label("rank"),
        )
        .join(signed, signed.c.study_id == ANALYSIS.c.study_id)
        .where(*conditions)
        .subquery("concluded")
    )
    last = [concluded.c.rank == 1, concluded.c.outcome.in_(_READ)]
    if narrowed.version is not None:
        last.append(concluded.c.version == narrowed.version)
    return select(concluded).where(*last).cte("reads")


def _standing(wall: Wall, signed: CTE) -> CTE:
    """The act on each finding that stood at the signature: the last one that was not taken back.

    Taking back removes the newest act, as a closing bracket does. So with acts as 1 and undoing as -1, what stands is
    the newest act at which the running sum has the height that it ends with (service.domain.review.last_standing).
    """
    height = case((REVIEW_EVENT.c.action == ReviewAction.UNDO.value, -1), else_=1)
    of_finding = (REVIEW_EVENT.c.study_id, REVIEW_EVENT.c.tracking_uid)
    acts = (
        select(
            REVIEW_EVENT.c.seq,
            REVIEW_EVENT.c.study_id,
            REVIEW_EVENT.c.tracking_uid,
            REVIEW_EVENT.c.finding_id,
            REVIEW_EVENT.c.action,
            REVIEW_EVENT.c.reason,
            REVIEW_EVENT.c.mode,
            REVIEW_EVENT.c.said["long_axis"]["length_mm"].as_float().label("said_long_axis_mm"),
            REVIEW_EVENT.c.said["concept"]["value"].as_string().label("said_value"),
            REVIEW_EVENT.c.said["concept"]["scheme"].as_string().label("said_scheme"),
            func.sum(height).over(partition_by=of_finding, order_by=REVIEW_EVENT.c.seq).label("height"),
            func.sum(height).over(partition_by=of_finding).label("last_height"),
        )
        .join(signed, signed.c.study_id == REVIEW_EVENT.c.study_id)
        .where(within(wall, REVIEW_EVENT.c.hospital_id), REVIEW_EVENT.c.at <= signed.c.signed_at)
        .subquery("acts")
    )
    newest = func.row_number().over(partition_by=(acts.c.study_id, acts.c.tracking_uid), order_by=acts.c.seq.desc())
    left = (
        select(acts, newest.label("rank"))
        .where(acts.c.action != ReviewAction.UNDO.value, acts.c.height == acts.c.last_height)
        .subquery("left_standing")
    )
    return select(left).where(left.c.rank == 1).cte("standing")
