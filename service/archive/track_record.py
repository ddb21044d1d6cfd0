"""What readers made of a package's findings lately, in numbers that stand beside the promise of its card."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Select, and_, func, select

from service.archive.events import within
from service.archive.reading_tables import REPORT, REVIEW_EVENT
from service.archive.tables import ANALYSIS, FINDING
from service.domain.analysis import GONE, AnalysisOutcome
from service.domain.review import ReviewAction, last_standing
from service.domain.wall import HospitalId, Wall

SPAN_S: Final = 30 * 86_400
_READ: Final = (AnalysisOutcome.FINDINGS.value, AnalysisOutcome.NO_FINDING.value)
_ACCEPTED: Final = frozenset({ReviewAction.ACCEPT, ReviewAction.CORRECT})


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """Studies that the package read and a physician signed for; how its findings on them were judged.

    judged: accepted, corrected, rejected or doubted, as it stands now. false_marks: rejected. accepted: accepted as
    they were, or corrected.
    """

    studies: int
    judged: int
    accepted: int
    false_marks: int


def track_record(
    connection: Connection, wall: Wall, hospital: HospitalId, package: str, version: str, *, since: float
) -> TrackRecord:
    """The record of one version of a package at one hospital, over studies signed since a moment (epoch seconds)."""
    read = _read(wall, hospital, package, version, since).subquery()
    studies = connection.execute(select(func.count(func.distinct(read.c.study_id)))).scalar_one()
    newest = func.max(REVIEW_EVENT.c.seq)
    undone = func.sum(REVIEW_EVENT.c.action == ReviewAction.UNDO.value)
    found = select(FINDING.c.tracking_uid, read.c.study_id).join(read, read.c.id == FINDING.c.analysis_id).distinct()
    marks = found.subquery()
    of_mark = and_(REVIEW_EVENT.c.study_id == marks.c.study_id, REVIEW_EVENT.c.tracking_uid == marks.c.tracking_uid)
    # SQLite takes the other columns of a group from the row that has its maximum (lang_select, "bare columns").
    last = connection.execute(
        select(REVIEW_EVENT.c.study_id, REVIEW_EVENT.c.tracking_uid, REVIEW_EVENT.c.action, newest, undone)
        .join(marks, of_mark)
        .where(within(wall, REVIEW_EVENT.c.hospital_id))
        .group_by(REVIEW_EVENT.c.study_id, REVIEW_EVENT.c.tracking_uid)
    )
    standing: Counter[ReviewAction | None] = Counter()
    for study_id, tracking_uid, action, _, taken_back in last:
        stands = ReviewAction(action) if not taken_back else _standing(connection, wall, study_id, tracking_uid)
        standing[stands] += 1
    return TrackRecord(
        studies=studies,
        judged=sum(count for action, count in standing.items() if action is not None),
        accepted=sum(standing[action] for action in _ACCEPTED),
        false_marks=standing[ReviewAction.REJECT],
    )


def _read(wall: Wall, hospital: HospitalId, package: str, version: str, since: float) -> Select[tuple[str, int]]:
    return (
        select(ANALYSIS.c.id, ANALYSIS.c.study_id)
        .join(REPORT, REPORT.c.study_id == ANALYSIS.c.study_id)
        .where(
            within(wall, ANALYSIS.c.hospital_id),
            ANALYSIS.c.hospital_id == hospital,
            ANALYSIS.c.package == package,
            ANALYSIS.c.package_version == version,
            ANALYSIS.c.outcome.in_(_READ),
            ANALYSIS.c.state.not_in([each.value for each in GONE]),
            REPORT.c.signed_at >= since,
        )
        .distinct()
    )


def _standing(connection: Connection, wall: Wall, study_id: int, tracking_uid: str) -> ReviewAction | None:
    """Of a finding some act on which was taken back."""
    actions = connection.execute(
        select(REVIEW_EVENT.c.action)
        .where(
            within(wall, REVIEW_EVENT.c.hospital_id),
            REVIEW_EVENT.c.study_id == study_id,
            REVIEW_EVENT.c.tracking_uid == tracking_uid,
        )
        .order_by(REVIEW_EVENT.c.seq)
    )
    return last_standing(ReviewAction(each) for each in actions.scalars())
