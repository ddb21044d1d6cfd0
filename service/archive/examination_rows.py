"""The worklist's row of a study, made again from everything it follows from whenever an event tells of a change."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects.sqlite import insert

from service.archive import clock_rows
from service.archive.clock_rows import Waits
from service.archive.image_series import HAS_IMAGES
from service.archive.reading_tables import EXAMINATION, REPORT, STUDY_RETURN
from service.archive.store import now
from service.archive.tables import (
    ANALYSIS,
    DELIVERY,
    ENCODE_STEP,
    FINDING,
    IMAGING_ORDER,
    INSTANCE,
    PACKAGE_RULE,
    RESULT,
    SERIES,
    STUDY,
)
from service.domain.analysis import GONE, AnalysisOutcome, AnalysisState
from service.domain.delivery import DeliveryState
from service.domain.examination import (
    AnalysisFact,
    ExaminationFacts,
    Urgency,
    has_running_clock,
    is_open,
    rank,
    waits_since,
    word,
)
from service.domain.hospital import Hospital, ReadingMode
from service.domain.order import ExamClass, OrderState
from service.domain.reading_modes import ReadingModes
from service.domain.report import ENDED_UNSEEN, ReportState
from service.domain.study import StudyState
from service.domain.visibility import lists_outcome

_OF_REPORT, _STEP_FAILED = "report", "failed"
"""As `service.archive.results` writes them, which tells of its changes and so stands above this module."""


def renew(connection: Connection, study_id: int) -> None:
    """Write the row of one study; an erased study has none."""
    study = connection.execute(select(STUDY).where(STUDY.c.id == study_id)).one()
    if study.state == StudyState.ERASED.value:
        connection.execute(EXAMINATION.delete().where(EXAMINATION.c.study_id == study_id))
        return
    held = connection.execute(select(EXAMINATION).where(EXAMINATION.c.study_id == study_id)).one_or_none()
    values = _values(connection, study, held)
    statement = insert(EXAMINATION).values(study_id=study_id, hospital_id=study.hospital_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["study_id"], set_=values))


def renew_told(connection: Connection, former: Hospital, later: Hospital) -> None:
    """Write a hospital's open rows again of which another reading mode tells other things."""
    packages = ReadingModes.by(former.packages).changed(ReadingModes.by(later.packages))
    statement = (
        select(EXAMINATION.c.study_id)
        .join(ANALYSIS, ANALYSIS.c.study_id == EXAMINATION.c.study_id)
        .where(
            EXAMINATION.c.hospital_id == later.id,
            EXAMINATION.c.is_open,
            ANALYSIS.c.package.in_(sorted(packages)),
            ANALYSIS.c.state == AnalysisState.CONCLUDED.value,
        )
        .distinct()
    )
    for study_id in connection.execute(statement).scalars().all():
        renew(connection, study_id)


def missing(connection: Connection, limit: int) -> tuple[int, ...]:
    """Studies without a row: those that an earlier version took in."""
    statement = (
        select(STUDY.c.id)
        .outerjoin(EXAMINATION, EXAMINATION.c.study_id == STUDY.c.id)
        .where(EXAMINATION.c.study_id.is_(None), STUDY.c.state != StudyState.ERASED.value)
        .limit(limit)
    )
    return tuple(connection.execute(statement).scalars())


def _values(connection: Connection, study: Row[Any], held: Row[Any] | None) -> dict[str, object]:
    exam_class = _exam_class(connection, study.id)
    urgency = Urgency(held.urgency) if held is not None and held.urgency is not None else None
    untold = _untold(connection, study.hospital_id)
    score = _score(connection, study.id, untold)
    facts = _facts(connection, study, held, untold)
    said = word(facts)
    place = rank(exam_class, urgency, score, study.completed_at or study.first_received_at)
    still_open = is_open(facts)
    waits = Waits(
        study_id=study.id,
        hospital_id=study.hospital_id,
        completed_at=waits_since(said, facts.study, study.completed_at, is_open=still_open),
        exam_class=exam_class,
        modality=_modality(connection, study.id),
        is_open=has_running_clock(said, is_open=still_open),
    )
    return {
        "word": said.value,
        "is_open": still_open,
        "exam_class": exam_class,
        "modality": waits.modality,
        "score": score,
        "class_rank": place.exam_class,
        "urgency_rank": place.urgency,
        "score_rank": place.score,
        "waiting_since": place.waiting_since,
        "changed_at": now(connection),
        **clock_rows.columns(connection, held, waits),
    }


def _untold(connection: Connection, hospital: str) -> frozenset[str]:
    """Packages of which the row says no more than that they are done: it is the same for all readers."""
    rules = connection.execute(
        select(PACKAGE_RULE.c.package, PACKAGE_RULE.c.reading_mode).where(PACKAGE_RULE.c.hospital_id == hospital)
    )
    return frozenset(
        package for package, mode in rules if not lists_outcome(ReadingMode(mode), impression_locked=False)
    )


def _facts(connection: Connection, study: Row[Any], held: Row[Any] | None, untold: Collection[str]) -> ExaminationFacts:
    analyses = connection.execute(
        select(ANALYSIS.c.state, ANALYSIS.c.outcome, ANALYSIS.c.package).where(ANALYSIS.c.study_id == study.id)
    ).all()
    report = connection.execute(
        select(REPORT.c.id, REPORT.c.state, REPORT.c.signed_at)
        .where(REPORT.c.study_id == study.id, REPORT.c.state.not_in(sorted(ENDED_UNSEEN)))
        .order_by(REPORT.c.version.desc())
        .limit(1)
    ).one_or_none()
    returned = connection.execute(
        select(STUDY_RETURN.c.id).where(STUDY_RETURN.c.study_id == study.id, STUDY_RETURN.c.reopened_at.is_(None))
    ).first()
    return ExaminationFacts(
        study=StudyState(study.state),
        dispatched=study.dispatched_revision == study.revision,
        identity_conflict=study.identity_conflict,
        analyses=tuple(
            AnalysisFact(
                AnalysisState(row.state),
                AnalysisOutcome(row.outcome) if row.outcome else None,
                is_told=row.package not in untold,
            )
            for row in analyses
        ),
        report=None if report is None else ReportState(report.state),
        final_deliveries=() if report is None else _final_deliveries(connection, report.id),
        is_report_unmade=report is not None and _is_unmade(connection, report.id),
        is_claimed=held is not None and (held.claimed_until or 0.0) > now(connection),
        is_returned=returned is not None,
        has_late_images=_has_late_images(connection, study.id, None if report is None else report.signed_at),
    )


def _has_late_images(connection: Connection, study_id: int, signed_at: float | None) -> bool:
    """Whether the study has images that nobody can have looked at before they signed."""
    if signed_at is None:
        return False
    statement = select(INSTANCE.c.id).where(
        INSTANCE.c.study_id == study_id, INSTANCE.c.is_image, INSTANCE.c.received_at > signed_at
    )
    return connection.execute(statement.limit(1)).first() is not None


def _exam_class(connection: Connection, study_id: int) -> ExamClass | None:
    """The most urgent class of the orders that are joined."""
    statement = select(IMAGING_ORDER.c.exam_class).where(
        IMAGING_ORDER.c.study_id == study_id, IMAGING_ORDER.c.state != OrderState.CANCELLED.value
    )
    asked = [ExamClass(each) for each in connection.execute(statement).scalars()]
    return min(asked, key=list(ExamClass).index, default=None)


def _score(connection: Connection, study_id: int, untold: Collection[str]) -> float | None:
    """The highest probability that a standing analysis gives a finding, of those whose outcome is told."""
    statement = (
        select(func.max(FINDING.c.probability))
        .join(ANALYSIS, ANALYSIS.c.id == FINDING.c.analysis_id)
        .where(
            ANALYSIS.c.study_id == study_id,
            ANALYSIS.c.state.not_in([each.value for each in GONE]),
            ANALYSIS.c.package.not_in(sorted(untold)),
        )
    )
    score: float | None = connection.execute(statement).scalar_one()
    return score


def _modality(connection: Connection, study_id: int) -> str:
    """The modality of the largest image series."""
    statement = (
        select(SERIES.c.modality)
        .where(SERIES.c.study_id == study_id, HAS_IMAGES)
        .order_by(SERIES.c.instance_count.desc(), SERIES.c.id)
        .limit(1)
    )
    return connection.execute(statement).scalar_one_or_none() or ""


def _is_unmade(connection: Connection, report_id: str) -> bool:
    """Whether the documents of a report could not be made, after the last attempt."""
    statement = select(ENCODE_STEP.c.id).where(
        ENCODE_STEP.c.report_id == report_id,
        ENCODE_STEP.c.what == _OF_REPORT,
        ENCODE_STEP.c.state == _STEP_FAILED,
    )
    return connection.execute(statement).first() is not None


def _final_deliveries(connection: Connection, report_id: str) -> tuple[DeliveryState, ...]:
    """The deliveries of a version's final documents; those of a version before it say nothing of this one."""
    statement = (
        select(DELIVERY.c.state)
        .join(RESULT, RESULT.c.id == DELIVERY.c.result_id)
        .where(RESULT.c.report_id == report_id, RESULT.c.signed, RESULT.c.is_provisional.is_(False))
    )
    return tuple(DeliveryState(each) for each in connection.execute(statement).scalars())
