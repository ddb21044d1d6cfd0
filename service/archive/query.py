"""Matching studies, series and instances by DICOM attributes (PS3.4 C.2.2.2), as QIDO-RS and C-FIND ask."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, exists, func, or_, select, true

from service.archive import name_keys, study_counts
from service.archive.dicomweb_tables import PIXEL_LAYOUT, STUDY_COPIED, VIEWER_COPY
from service.archive.events import within
from service.archive.matches import (
    AVAILABLE_TRANSFER_SYNTAX,
    COLUMNS,
    INSTANCE_COLUMNS,
    INSTANCES_IN_SERIES,
    INSTANCES_IN_STUDY,
    MODALITIES_IN_STUDY,
    OF_SERIES,
    SERIES_IN_STUDY,
    STUDY_COLUMNS,
    Hit,
    Level,
    above,
    named,
    places_of,
    read_instances,
    values_of,
)
from service.archive.matching import Compared, Matching, NameLike, compared
from service.archive.shown import is_past_impression, is_reported, shown
from service.archive.tables import INSTANCE, SERIES, STUDY
from service.archive.viewer_copies import ViewerCopy
from service.domain.study import StudyState
from service.domain.visibility import Unsigned, UnsignedShown
from service.domain.wall import HospitalId, Wall


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for at one hospital.

    unsigned: which of our unsigned results are shown, come home from a PACS or not. A UID is given where the search is
    inside one study or series.
    """

    hospital: HospitalId
    level: Level
    matching: Mapping[int, Matching]
    unsigned: UnsignedShown
    study_instance_uid: str | None = None
    series_instance_uid: str | None = None
    sop_instance_uid: str | None = None

    @property
    def is_unnarrowed(self) -> bool:
        """Whether every study of the hospital matches; nothing has to be looked at then to know where a page begins."""
        return self.unsigned is Unsigned.SHOWN and not self.matching and self.study_instance_uid is None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Where the bytes of an instance lie, and what they are.

    layout: where its pixels lie, as service.dicom.pixel_layout keeps it; None without pixels or where it is not known.
    copy: in HTJ2K, for viewers; None where there is none.
    """

    hospital: HospitalId
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    object_name: str
    layout: str | None = None
    copy: ViewerCopy | None = None


def matchable(level: Level) -> frozenset[int]:
    """The attributes by which a level can be searched: its own and those above it."""
    tags = {tag for each, columns in COLUMNS.items() if each <= level for tag in columns}
    return frozenset(tags | {MODALITIES_IN_STUDY}) - {AVAILABLE_TRANSFER_SYNTAX}


def search(connection: Connection, wall: Wall, query: Query, *, offset: int, limit: int) -> Iterator[Hit]:
    """The matches from offset on, at most limit: the newest study first, series and instances by their numbers."""
    statement = _ordered(_matching(wall, query, *_wanted(query)), query.level).limit(limit)
    if query.level is Level.STUDY and query.is_unnarrowed:
        below, offset = study_counts.position(connection, wall, query.hospital, offset)
        statement = statement.where(STUDY.c.id < below)
    return _hits(connection, wall, query, statement.offset(offset))


def studies_of(connection: Connection, wall: Wall, query: Query, study_ids: Sequence[int]) -> Iterator[Hit]:
    """Those of some studies that match, the newest first."""
    statement = _ordered(_matching(wall, query, *_wanted(query)), Level.STUDY).where(STUDY.c.id.in_(study_ids))
    return _hits(connection, wall, query, statement)


def study_ids(connection: Connection, wall: Wall, query: Query) -> array[int]:
    """The ids of all studies that match, the newest first."""
    statement = _ordered(_matching(wall, query, STUDY.c.id), Level.STUDY)
    return array("q", connection.execute(statement).scalars())


def _hits(connection: Connection, wall: Wall, query: Query, statement: Select[Any]) -> Iterator[Hit]:
    result = connection.execute(statement)
    places = places_of(tuple(result.keys()))
    if query.level is Level.INSTANCE:
        yield from read_instances(connection, wall, result, places)
    elif query.level is Level.SERIES:
        yield from (Hit(values_of(row, places)) for row in result)
    else:
        found = result.all()
        modalities = _modalities(connection, wall, query, [row.study_key for row in found])
        for row in found:
            yield Hit({**values_of(row, places), MODALITIES_IN_STUDY: modalities.get(row.study_key, ())})


def count(connection: Connection, wall: Wall, query: Query) -> int:
    """How many matches there are."""
    if query.level is Level.STUDY and query.is_unnarrowed:
        return study_counts.total(connection, wall, query.hospital)
    return int(connection.execute(_matching(wall, query, func.count())).scalar_one())


def files(connection: Connection, wall: Wall, query: Query) -> tuple[StoredFile, ...]:
    """The stored files of a study, series or instance, in the order of a search."""
    columns = (
        INSTANCE.c.hospital_id,
        STUDY.c.study_instance_uid,
        SERIES.c.series_instance_uid,
        INSTANCE.c.sop_instance_uid,
        INSTANCE.c.sop_class_uid,
        INSTANCE.c.transfer_syntax_uid,
        INSTANCE.c.object_name,
        PIXEL_LAYOUT.c.layout,
        VIEWER_COPY.c.copy_name,
        VIEWER_COPY.c.layout,
    )
    beside = [
        (table, and_(table.c.hospital_id == INSTANCE.c.hospital_id, table.c.object_name == INSTANCE.c.object_name))
        for table in (PIXEL_LAYOUT, VIEWER_COPY)
    ]
    statement = _matching(wall, query, *columns)
    for table, of_the_same in beside:
        statement = statement.outerjoin(table, of_the_same)
    return tuple(_file(row) for row in connection.execute(_ordered(statement, Level.INSTANCE)))


def _file(row: Sequence[Any]) -> StoredFile:
    hospital, study, series, instance, sop_class, syntax, object_name, layout, copy_name, copy_layout = row
    copy = None if copy_name is None else ViewerCopy(copy_name, copy_layout)
    return StoredFile(HospitalId(hospital), study, series, instance, sop_class, syntax, object_name, layout, copy)


def stamp(connection: Connection, wall: Wall, query: Query) -> tuple[str | int | float | None, ...]:
    """What is another one as soon as a series that the query is inside has other files; empty where there is none."""
    held = select(func.count()).where(INSTANCE.c.series_id == SERIES.c.id).scalar_subquery()
    statement: Select[Any] = (
        select(
            SERIES.c.id,
            STUDY.c.state,
            STUDY.c.revision,
            held,
            is_reported(STUDY.c.id),
            is_past_impression(query.unsigned, STUDY.c.id),
            STUDY_COPIED.c.copied_at,
        )
        .join(SERIES, SERIES.c.study_id == STUDY.c.id)
        .outerjoin(STUDY_COPIED, STUDY_COPIED.c.study_id == STUDY.c.id)
        .where(
            within(wall, STUDY.c.hospital_id),
            STUDY.c.hospital_id == query.hospital,
            STUDY.c.study_instance_uid == query.study_instance_uid,
            SERIES.c.series_instance_uid == query.series_instance_uid,
        )
    )
    row = connection.execute(statement).one_or_none()
    return () if row is None else tuple(row)


def series_proof(connection: Connection, wall: Wall, query: Query) -> tuple[object, ...]:
    """All that instances of a series are described by, but what never changes: its stamp, and the rows above them."""
    found = stamp(connection, wall, query)
    return (*found, above(connection, wall, {int(found[0] or 0)})) if found else ()


def _matching(wall: Wall, query: Query, *columns: ColumnElement[Any]) -> Select[Any]:
    statement = select(*columns).select_from(STUDY)
    if query.level >= Level.SERIES:
        statement = statement.join(SERIES, SERIES.c.study_id == STUDY.c.id)
    if query.level is Level.INSTANCE:
        statement = statement.join(INSTANCE, INSTANCE.c.series_id == SERIES.c.id).where(_shown(query))
    else:
        statement = statement.where(_has_shown(query))
    fixed = {
        STUDY.c.study_instance_uid: query.study_instance_uid,
        SERIES.c.series_instance_uid: query.series_instance_uid,
        INSTANCE.c.sop_instance_uid: query.sop_instance_uid,
    }
    return statement.where(
        within(wall, STUDY.c.hospital_id),
        STUDY.c.hospital_id == query.hospital,
        STUDY.c.state != StudyState.ERASED.value,
        *(column == value for column, value in fixed.items() if value is not None),
        *(_condition(wall, query, tag, matching) for tag, matching in query.matching.items()),
    )


def _shown(query: Query, instance: FromClause = INSTANCE) -> ColumnElement[bool]:
    return shown(query.unsigned, instance)


def _has_shown(query: Query) -> ColumnElement[bool]:
    """That a study or series has an instance that may be shown."""
    if query.unsigned is Unsigned.SHOWN:
        return true()
    if query.level is Level.STUDY:  # an image is never ours: where one was received, nothing has to be looked for
        return or_(STUDY.c.image_count > 0, exists().where(INSTANCE.c.study_id == STUDY.c.id, _shown(query)))
    return exists().where(INSTANCE.c.series_id == SERIES.c.id, _shown(query))


def _condition(wall: Wall, query: Query, tag: int, matching: Matching) -> ColumnElement[bool]:
    if isinstance(matching, NameLike):
        return name_keys.found(wall, query.hospital, tag, matching.pattern)
    if tag == MODALITIES_IN_STUDY:
        return _has_modality(query, matching)
    return compared({**OF_SERIES, **INSTANCE_COLUMNS}[tag], matching)


def _has_modality(query: Query, matching: Compared) -> ColumnElement[bool]:
    """That any series of the study that may be shown is of a modality; not only the one that is searched for."""
    series, instance = SERIES.alias("any_series"), INSTANCE.alias("any_instance")
    in_study = and_(series.c.study_id == STUDY.c.id, compared(series.c.modality, matching))
    if query.unsigned is Unsigned.SHOWN:
        return exists().where(in_study)
    return exists().where(in_study, instance.c.series_id == series.c.id, _shown(query, instance))


def _wanted(query: Query) -> tuple[ColumnElement[Any], ...]:
    if query.level is Level.INSTANCE:
        return (INSTANCE.c.series_id, INSTANCE.c.facts, *named(INSTANCE_COLUMNS))
    if query.level is Level.SERIES:
        shown = select(INSTANCE).where(INSTANCE.c.series_id == SERIES.c.id, _shown(query))
        return (*named(OF_SERIES), _counts(shown)[0].label(f"t{INSTANCES_IN_SERIES:08x}"))
    shown = select(INSTANCE).where(INSTANCE.c.study_id == STUDY.c.id, _shown(query))
    return (*named(STUDY_COLUMNS), STUDY.c.id.label("study_key"), *_counts(shown))


def _counts(shown: Select[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    instances = shown.with_only_columns(func.count()).scalar_subquery()
    series = shown.with_only_columns(func.count(INSTANCE.c.series_id.distinct())).scalar_subquery()
    return instances.label(f"t{INSTANCES_IN_STUDY:08x}"), series.label(f"t{SERIES_IN_STUDY:08x}")


def _ordered(statement: Select[Any], level: Level) -> Select[Any]:
    order: list[ColumnElement[Any]] = [STUDY.c.id.desc()]
    if level >= Level.SERIES:
        order += [SERIES.c.series_number, SERIES.c.id]
    if level is Level.INSTANCE:
        order += [INSTANCE.c.instance_number, INSTANCE.c.sop_instance_uid]
    return statement.order_by(*order)


def _modalities(
    connection: Connection, wall: Wall, query: Query, study_ids: Sequence[int]
) -> Mapping[int, tuple[str, ...]]:
    """The modalities of each study's series that have anything to show."""
    statement = (
        select(SERIES.c.study_id, SERIES.c.modality)
        .join(INSTANCE, INSTANCE.c.series_id == SERIES.c.id)
        .where(within(wall, SERIES.c.hospital_id), SERIES.c.study_id.in_(study_ids), _shown(query))
        .distinct()
        .order_by(SERIES.c.modality)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for row in connection.execute(statement):
        if row.modality:
            found[row.study_id].append(row.modality)
    return {study_id: tuple(modalities) for study_id, modalities in found.items()}
