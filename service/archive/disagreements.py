"""Judgements of signed studies that differ from what a package said, newest first, page by page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, literal, null, or_, select, union_all

from service.archive import findings, reviews
from service.archive.events import within
from service.archive.findings import StoredFinding
from service.archive.judgements import SAID_LONG_AXIS_MM, SAID_SCHEME, SAID_VALUE, Judgements, Narrowed, looked_for
from service.archive.paging import Paging, paged
from service.archive.reading_tables import REPORT, REVIEW_EVENT
from service.archive.tables import ANALYSIS, FINDING, INSTANCE, SERIES, STUDY
from service.dicom.header import HeaderFacts
from service.domain.disagreement import LEAST_DIFFERENCE_MM, LEAST_DIFFERENCE_SHARE, DisagreementKind
from service.domain.report import WAITS_FOR_AUDIT, ReportState
from service.domain.review import RejectionReason, ReviewAction, ReviewEvent
from service.domain.wall import HospitalId, Wall


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which disagreements. kinds, reason: none given is any."""

    narrowed: Narrowed = field(default_factory=Narrowed)
    kinds: frozenset[DisagreementKind] = frozenset()
    reason: RejectionReason | None = None


@dataclass(frozen=True, slots=True)
class Scanner:
    """What the images of the series that was read say of their making; empty or None where they are silent."""

    modality: str
    manufacturer: str
    model_name: str
    slice_thickness_mm: float | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One, with the identity of its study, which stays in the centre. seq, analysis_id: its own identity.

    proposed: what the package said, None for what a reader added. event: the judgement that stood at the signature.
    contours_object: where the outlines of the analysis are kept.
    """

    seq: int
    analysis_id: str
    kind: DisagreementKind
    hospital: HospitalId
    study_instance_uid: str
    patient_id: str
    patient_id_issuer: str
    package: str
    version: str
    signed_at: float
    proposed: StoredFinding | None
    event: ReviewEvent
    scanner: Scanner
    contours_object: str | None


def listed(connection: Connection, wall: Wall, wanted: Wanted, paging: Paging[str]) -> tuple[Disagreement, ...]:
    """One page, by the number of the judgement and the analysis it is about."""
    judgements = Judgements(wall, wanted.narrowed)
    chosen = union_all(_of_marks(judgements), _of_added(connection, wall, judgements)).subquery("chosen")
    conditions: list[ColumnElement[bool]] = [chosen.c.kind.is_not(None)]
    if wanted.kinds:
        conditions.append(chosen.c.kind.in_(sorted(wanted.kinds)))
    if wanted.reason is not None:
        conditions.append(chosen.c.reason == wanted.reason.value)
    page = paged(select(chosen).where(*conditions), chosen.c.seq, chosen.c.analysis_id, paging)
    return _whole(connection, wall, connection.execute(page).all())


def get(connection: Connection, wall: Wall, seq: int, analysis_id: str) -> Disagreement | None:
    """One; None when there is none of this identity behind the wall."""
    of_study = select(REVIEW_EVENT.c.study_id).where(
        within(wall, REVIEW_EVENT.c.hospital_id), REVIEW_EVENT.c.seq == seq
    )
    study_id = connection.execute(of_study).scalar_one_or_none()
    if study_id is None:
        return None
    of_one = Wanted(narrowed=Narrowed(study_id=study_id))
    everything = listed(connection, wall, of_one, Paging(limit=10_000))
    return next((each for each in everything if (each.seq, each.analysis_id) == (seq, analysis_id)), None)


def _of_marks(judgements: Judgements) -> Select[Any]:
    act = REVIEW_EVENT.c.action
    is_corrected = act == ReviewAction.CORRECT.value
    is_retyped = or_(FINDING.c.code_value != SAID_VALUE, FINDING.c.code_scheme != SAID_SCHEME)
    kind = case(
        (act == ReviewAction.REJECT.value, DisagreementKind.REJECTED.value),
        (and_(is_corrected, is_retyped), DisagreementKind.RETYPED.value),
        (and_(is_corrected, _is_remeasured()), DisagreementKind.REMEASURED.value),
    )
    return judgements.marks().with_only_columns(
        REVIEW_EVENT.c.seq.label("seq"),
        ANALYSIS.c.id.label("analysis_id"),
        FINDING.c.id.label("finding_id"),
        REVIEW_EVENT.c.reason.label("reason"),
        kind.label("kind"),
    )


def _is_remeasured() -> ColumnElement[bool]:
    share_mm = FINDING.c.long_axis_mm * LEAST_DIFFERENCE_SHARE
    least_mm = case((share_mm > LEAST_DIFFERENCE_MM, share_mm), else_=LEAST_DIFFERENCE_MM)
    return func.abs(SAID_LONG_AXIS_MM - FINDING.c.long_axis_mm) > least_mm


def _of_added(connection: Connection, wall: Wall, judgements: Judgements) -> Select[Any]:
    return judgements.added(looked_for(connection, wall, judgements)).with_only_columns(
        REVIEW_EVENT.c.seq.label("seq"),
        ANALYSIS.c.id.label("analysis_id"),
        null().label("finding_id"),
        null().label("reason"),
        literal(DisagreementKind.ADDED.value).label("kind"),
    )


def _whole(connection: Connection, wall: Wall, rows: Collection[Row[Any]]) -> tuple[Disagreement, ...]:
    """The page's rows with everything they name, each kind of thing asked for once."""
    events = reviews.by_seq(connection, wall, [row.seq for row in rows])
    proposed = _findings(connection, wall, [row.finding_id for row in rows if row.finding_id is not None])
    read = _analyses(connection, wall, {row.analysis_id for row in rows})
    scanners = {key: _scanner(connection, wall, of.study_id, of.series_instance_uid) for key, of in read.items()}
    return tuple(
        Disagreement(
            seq=row.seq,
            analysis_id=row.analysis_id,
            kind=DisagreementKind(row.kind),
            hospital=HospitalId(read[row.analysis_id].hospital_id),
            study_instance_uid=read[row.analysis_id].study_instance_uid,
            patient_id=read[row.analysis_id].patient_id,
            patient_id_issuer=read[row.analysis_id].patient_id_issuer,
            package=read[row.analysis_id].package,
            version=read[row.analysis_id].package_version,
            signed_at=read[row.analysis_id].signed_at,
            proposed=proposed.get(row.finding_id),
            event=events[row.seq],
            scanner=scanners[row.analysis_id],
            contours_object=read[row.analysis_id].contours_object,
        )
        for row in rows
    )


def _findings(connection: Connection, wall: Wall, ids: Collection[str]) -> Mapping[str | None, StoredFinding]:
    statement = select(FINDING).where(within(wall, FINDING.c.hospital_id), FINDING.c.id.in_(ids))
    return {row.id: findings.stored(row) for row in connection.execute(statement)}


def _analyses(connection: Connection, wall: Wall, ids: Collection[str]) -> Mapping[str, Row[Any]]:
    signed_at = (
        select(func.max(REPORT.c.signed_at))
        .where(
            REPORT.c.study_id == STUDY.c.id,
            REPORT.c.state.in_(sorted(WAITS_FOR_AUDIT | {ReportState.RELEASED})),
        )
        .scalar_subquery()
    )
    statement: Select[Any] = (
        select(
            *(ANALYSIS.c[name] for name in ("id", "hospital_id", "study_id", "package", "package_version")),
            *(ANALYSIS.c[name] for name in ("series_instance_uid", "contours_object")),
            *(STUDY.c[name] for name in ("study_instance_uid", "patient_id", "patient_id_issuer")),
            signed_at.label("signed_at"),
        )
        .join(STUDY, STUDY.c.id == ANALYSIS.c.study_id)
        .where(within(wall, ANALYSIS.c.hospital_id), ANALYSIS.c.id.in_(ids))
    )
    return {row.id: row for row in connection.execute(statement)}


def _scanner(connection: Connection, wall: Wall, study_id: int, series_instance_uid: str | None) -> Scanner:
    statement = (
        select(INSTANCE.c.facts)
        .join(SERIES, SERIES.c.id == INSTANCE.c.series_id)
        .where(
            within(wall, INSTANCE.c.hospital_id),
            SERIES.c.study_id == study_id,
            SERIES.c.series_instance_uid == series_instance_uid,
        )
        .limit(1)
    )
    text = connection.execute(statement).scalar_one_or_none()
    facts = HeaderFacts() if text is None else HeaderFacts.from_json(text)
    return Scanner(facts.modality, facts.manufacturer, facts.manufacturer_model_name, facts.slice_thickness_mm)
