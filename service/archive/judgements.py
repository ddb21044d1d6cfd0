"""What stood at each signature: the studies that count, the packages that had read them, the judgements by then.

Statements only, to be joined by what counts and lists them. What is judged in an amendment that nobody signed yet does
not count, nor what was judged in one that was given up, nor what a package said after the signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    ScalarSelect,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
)

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

_STANDING: Final = (ReportState.SIGNED.value, ReportState.PROVISIONAL.value, ReportState.RELEASED.value)
_READ: Final = (AnalysisOutcome.FINDINGS.value, AnalysisOutcome.NO_FINDING.value)
_CONCLUDED: Final = (*_READ, AnalysisOutcome.REFUSED.value)
"""What takes the place of an earlier analysis of the same package."""
SAID_LONG_AXIS_MM: Final = REVIEW_EVENT.c.said["long_axis"]["length_mm"].as_float()
SAID_VALUE: Final = REVIEW_EVENT.c.said["concept"]["value"].as_string()
SAID_SCHEME: Final = REVIEW_EVENT.c.said["concept"]["scheme"].as_string()
"""What the reader says in a judgement: the long axis, and the type by its code."""


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
    """The statements over one choice of studies behind one wall, to choose columns from.

    Their rows are joined by keys that have an index: SQLite makes none for a part it has to materialise, as long as it
    takes that for small, and then looks through all of it for every row.
    """

    wall: Wall
    narrowed: Narrowed

    def reads(self) -> Select[tuple[str]]:
        """Of REPORT and ANALYSIS: each study that counts with what each package had last made of it, if it read it."""
        return (
            select(ANALYSIS.c.id)
            .select_from(REPORT)
            .join(ANALYSIS, ANALYSIS.c.study_id == REPORT.c.study_id)
            .where(*_signed(self.wall, self.narrowed), *_read(self.wall, self.narrowed))
        )

    def marks(self) -> Select[tuple[str]]:
        """The packages' findings too (FINDING), with the judgement that stood (REVIEW_EVENT) where there was one."""
        return (
            select(FINDING.c.id)
            .select_from(REPORT)
            .join(ANALYSIS, ANALYSIS.c.study_id == REPORT.c.study_id)
            .join(FINDING, FINDING.c.analysis_id == ANALYSIS.c.id)
            .outerjoin(REVIEW_EVENT, REVIEW_EVENT.c.seq == _standing(FINDING.c.tracking_uid))
            .where(
                *_signed(self.wall, self.narrowed),
                *_read(self.wall, self.narrowed),
                within(self.wall, FINDING.c.hospital_id),
                FINDING.c.presence != Presence.ABSENT.value,
            )
        )

    def added(self, looked_for: Mapping[str, frozenset[Code]]) -> Select[tuple[int]]:
        """What readers added (REVIEW_EVENT) beside each package that looks for the like in what it read (ANALYSIS).

        looked_for: types by the digest of the package; without one of them nothing is missed by anybody.
        """
        types = [and_(ANALYSIS.c.package_digest == digest, _is_of(codes)) for digest, codes in looked_for.items()]
        return (
            select(REVIEW_EVENT.c.seq)
            .select_from(REPORT)
            .join(REVIEW_EVENT, REVIEW_EVENT.c.study_id == REPORT.c.study_id)
            .join(ANALYSIS, ANALYSIS.c.study_id == REPORT.c.study_id)
            .where(
                *_signed(self.wall, self.narrowed),
                *_read(self.wall, self.narrowed),
                within(self.wall, REVIEW_EVENT.c.hospital_id),
                REVIEW_EVENT.c.finding_id.is_(None),
                REVIEW_EVENT.c.action.in_((ReviewAction.ADD.value, ReviewAction.CORRECT.value)),
                REVIEW_EVENT.c.seq == _standing(REVIEW_EVENT.c.tracking_uid),
                or_(false(), *types),
            )
        )


def looked_for(connection: Connection, wall: Wall, judgements: Judgements) -> Mapping[str, frozenset[Code]]:
    """The types of finding that each package of these reads looks for, by its digest."""
    digests = connection.execute(judgements.reads().with_only_columns(ANALYSIS.c.package_digest).distinct())
    known = {digest: manifests.get(connection, wall, digest) for digest in digests.scalars().all()}
    return {
        digest: frozenset(Code(**each.concept.model_dump()) for each in manifest.outputs)
        for digest, manifest in known.items()
        if manifest is not None
    }


def size_class(long_axis_mm: ColumnElement[float]) -> ColumnElement[str]:
    """The class of a long axis, by its word."""
    bounds = [(long_axis_mm < bound, name.value) for name, bound in UPPER_BOUNDS_MM.items()]
    return case((long_axis_mm.is_(None), SizeClass.UNMEASURED.value), *bounds, else_=SizeClass.FROM_20.value)


def manufacturer() -> ColumnElement[str]:
    """Who made the scanner of the series that was read, in capitals as most write it; empty where it is not said."""
    said = func.json_extract(INSTANCE.c.facts, "$.manufacturer")
    of_series = (
        select(func.upper(func.trim(said)))
        .join(SERIES, SERIES.c.id == INSTANCE.c.series_id)
        .where(SERIES.c.study_id == ANALYSIS.c.study_id, SERIES.c.series_instance_uid == ANALYSIS.c.series_instance_uid)
        .limit(1)
        .correlate(ANALYSIS)
        .scalar_subquery()
    )
    return func.coalesce(of_series, "")


def _signed(wall: Wall, narrowed: Narrowed) -> list[ColumnElement[bool]]:
    """That a report stands signed and is the newest such version of its study."""
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
    return conditions


def _read(wall: Wall, narrowed: Narrowed) -> list[ColumnElement[bool]]:
    """That an analysis read the study and was its package's last one when the report was signed."""
    later = ANALYSIS.alias("later_analysis")
    is_later = or_(
        later.c.ended_at > ANALYSIS.c.ended_at,
        and_(later.c.ended_at == ANALYSIS.c.ended_at, later.c.id > ANALYSIS.c.id),
    )
    conditions = [
        within(wall, ANALYSIS.c.hospital_id),
        ANALYSIS.c.outcome.in_(_READ),
        ANALYSIS.c.ended_at <= REPORT.c.signed_at,
        ~exists(later.c.id).where(
            later.c.study_id == ANALYSIS.c.study_id,
            later.c.package == ANALYSIS.c.package,
            later.c.outcome.in_(_CONCLUDED),
            later.c.ended_at <= REPORT.c.signed_at,
            is_later,
        ),
    ]
    if narrowed.package is not None:
        conditions.append(ANALYSIS.c.package == narrowed.package)
    if narrowed.version is not None:
        conditions.append(ANALYSIS.c.package_version == narrowed.version)
    return conditions


def _standing(tracking_uid: ColumnElement[str]) -> ScalarSelect[int | None]:
    """The number of the act on a finding that stood at the signature: the last one that was not taken back.

    Taking back removes the newest act, as a closing bracket does. So with acts as 1 and undoing as -1, what stands is
    the newest act behind which they add up to nothing. What an amendment that was given up made of the finding is left
    out before (service.domain.review.acts_that_count).
    """
    act, later = REVIEW_EVENT.alias("act"), REVIEW_EVENT.alias("later_act")
    height = case((later.c.action == ReviewAction.UNDO.value, -1), else_=1)
    behind = (
        select(func.coalesce(func.sum(height), 0))
        .where(
            later.c.study_id == act.c.study_id,
            later.c.tracking_uid == act.c.tracking_uid,
            later.c.seq > act.c.seq,
            later.c.at <= REPORT.c.signed_at,
            *_counts(later),
        )
        .correlate(act, REPORT)
        .scalar_subquery()
    )
    return (
        select(func.max(act.c.seq))
        .where(
            act.c.study_id == REPORT.c.study_id,
            act.c.tracking_uid == tracking_uid,
            act.c.at <= REPORT.c.signed_at,
            act.c.action != ReviewAction.UNDO.value,
            *_counts(act),
            behind == 0,
        )
        .correlate(REPORT, FINDING, REVIEW_EVENT)
        .scalar_subquery()
    )


def _counts(act: FromClause) -> tuple[ColumnElement[bool], ...]:
    """That an act was not done in an amendment that was given up before the signature, and that it is none itself."""
    given_up = REVIEW_EVENT.alias()
    is_given_up = (
        exists(given_up.c.seq)
        .where(
            given_up.c.study_id == act.c.study_id,
            given_up.c.tracking_uid == act.c.tracking_uid,
            given_up.c.action == ReviewAction.GIVE_UP.value,
            given_up.c.seq > act.c.seq,
            given_up.c.back_to < act.c.at,
            given_up.c.at <= REPORT.c.signed_at,
        )
        .correlate(act, REPORT)
    )
    return act.c.action != ReviewAction.GIVE_UP.value, ~is_given_up


def _is_of(codes: frozenset[Code]) -> ColumnElement[bool]:
    ordered = sorted(codes, key=lambda each: (each.scheme, each.value))
    return or_(*(and_(each.value == SAID_VALUE, each.scheme == SAID_SCHEME) for each in ordered))
