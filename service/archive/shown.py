"""Which of our own objects may be shown: what service.domain.visibility says, as conditions on rows."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, FromClause, and_, exists, false, not_, or_, select, true

from service.archive.events import within
from service.archive.reading_tables import FIRST_IMPRESSION, REPORT
from service.archive.tables import ANALYSIS, INSTANCE, RESULT, SERIES
from service.domain.report import OUT
from service.domain.visibility import ByReading, Unsigned, UnsignedShown
from service.domain.wall import Wall


def shown(unsigned: UnsignedShown, instance: FromClause = INSTANCE) -> ColumnElement[bool]:
    """Of our own objects only what may be shown: a signed one always is, others by release policy or reading mode."""
    if unsigned is Unsigned.SHOWN:
        return true()
    signed = exists().where(
        RESULT.c.hospital_id == instance.c.hospital_id,
        RESULT.c.sop_instance_uid == instance.c.sop_instance_uid,
        RESULT.c.signed,
    )
    let_out = [instance.c.is_ours.is_(False), signed]
    if unsigned is Unsigned.WITH_REPORT:
        let_out.append(is_reported(instance.c.study_id))
    elif isinstance(unsigned, ByReading):
        let_out.append(not_(_is_kept_from(unsigned, instance)))
    return or_(*let_out)


def is_reported(study_id: ColumnElement[int]) -> ColumnElement[bool]:
    """That a report of a physician on the study is at the hospital."""
    return exists().where(REPORT.c.study_id == study_id, REPORT.c.state.in_(sorted(OUT)))


def is_past_impression(unsigned: UnsignedShown, study_id: ColumnElement[int]) -> ColumnElement[bool]:
    """That the reader has locked their first impression of a study, where it matters to what they are shown."""
    if not isinstance(unsigned, ByReading):
        return false()
    return exists().where(FIRST_IMPRESSION.c.study_id == study_id, FIRST_IMPRESSION.c.reader == unsigned.reader)


def _is_kept_from(unsigned: ByReading, instance: FromClause) -> ColumnElement[bool]:
    """That a reader is not shown an unsigned object, by the package that made it and by their first impression."""
    locked = is_past_impression(unsigned, instance.c.study_id)
    not_yet = and_(_is_made_by(unsigned.after_impression, instance), not_(locked))
    return or_(_is_made_by(unsigned.never, instance), not_yet)


def _is_made_by(packages: frozenset[str], instance: FromClause) -> ColumnElement[bool]:
    return exists().where(
        RESULT.c.hospital_id == instance.c.hospital_id,
        RESULT.c.sop_instance_uid == instance.c.sop_instance_uid,
        ANALYSIS.c.id == RESULT.c.analysis_id,
        ANALYSIS.c.package.in_(sorted(packages)),
    )


def series_shown(connection: Connection, wall: Wall, study_id: int, unsigned: UnsignedShown) -> frozenset[str]:
    """The UIDs of a study's series that have anything to show."""
    statement = select(SERIES.c.series_instance_uid).where(
        within(wall, SERIES.c.hospital_id),
        SERIES.c.study_id == study_id,
        exists().where(INSTANCE.c.series_id == SERIES.c.id, shown(unsigned)),
    )
    return frozenset(connection.execute(statement).scalars())
