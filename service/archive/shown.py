"""Which of our own objects may be shown: what service.domain.visibility says, as conditions on rows."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, FromClause, and_, exists, false, not_, or_, select, true

from service.archive.events import within
from service.archive.reading_tables import FIRST_IMPRESSION, REPORT
from service.archive.tables import ANALYSIS, INSTANCE, RESULT, SERIES
from service.domain.analysis import GONE
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
        let_out.append(not_(is_kept_from(unsigned, instance.c.study_id)))
    return or_(*let_out)


def is_reported(study_id: ColumnElement[int]) -> ColumnElement[bool]:
    """That a report of a physician on the study is at the hospital."""
    return exists().where(REPORT.c.study_id == study_id, REPORT.c.state.in_(sorted(OUT)))


def is_kept_from(unsigned: UnsignedShown, study_id: ColumnElement[int]) -> ColumnElement[bool]:
    """That a reader is not shown a study's unsigned results, by who read it and by the first impression."""
    if not isinstance(unsigned, ByReading):
        return false()
    locked = exists().where(FIRST_IMPRESSION.c.study_id == study_id, FIRST_IMPRESSION.c.reader == unsigned.reader)
    not_yet = and_(_is_read_by(unsigned.after_impression, study_id), not_(locked))
    return or_(_is_read_by(unsigned.never, study_id), not_yet)


def _is_read_by(packages: frozenset[str], study_id: ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(
        ANALYSIS.c.study_id == study_id,
        ANALYSIS.c.package.in_(sorted(packages)),
        ANALYSIS.c.state.not_in(sorted(each.value for each in GONE)),
    )


def series_shown(connection: Connection, wall: Wall, study_id: int, unsigned: UnsignedShown) -> frozenset[str]:
    """The UIDs of a study's series that have anything to show."""
    statement = select(SERIES.c.series_instance_uid).where(
        within(wall, SERIES.c.hospital_id),
        SERIES.c.study_id == study_id,
        exists().where(INSTANCE.c.series_id == SERIES.c.id, shown(unsigned)),
    )
    return frozenset(connection.execute(statement).scalars())
