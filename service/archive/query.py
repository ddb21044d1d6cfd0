"""Matching studies, series and instances by DICOM attributes (PS3.4 C.2.2.2), as QIDO-RS and C-FIND ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, and_, exists, func, or_, select, true

from service.archive import name_keys, study_counts
from service.archive.dicomweb_tables import PIXEL_LAYOUT
from service.archive.events import within
from service.archive.tables import INSTANCE, RESULT, SERIES, STUDY
from service.archive.wildcards import alike
from service.dicom.attributes import Tag
from service.dicom.header import HeaderFacts
from service.domain.study import StudyState
from service.domain.wall import HospitalId, Wall

MODALITIES_IN_STUDY: Final = 0x00080061
SERIES_IN_STUDY: Final = 0x00201206
INSTANCES_IN_STUDY: Final = 0x00201208
INSTANCES_IN_SERIES: Final = 0x00201209
AVAILABLE_TRANSFER_SYNTAX: Final = 0x00083002
Value: TypeAlias = str | int | tuple[str, ...]


class Level(IntEnum):
    """What is looked for."""

    STUDY = 1
    SERIES = 2
    INSTANCE = 3


@dataclass(frozen=True, slots=True)
class OneOf:
    """Equal to one of the values: a single value, or a list of UIDs or codes."""

    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A text with * and ?; letters match in either case, as people type them."""

    pattern: str


@dataclass(frozen=True, slots=True)
class NameLike:
    """A person's name with * and ?: any of its writings (service.dicom.name_search)."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Between:
    """A date or time from low to high, both inside; empty text leaves an end open."""

    low: str
    high: str


Compared: TypeAlias = OneOf | Wildcard | Between
Matching: TypeAlias = Compared | NameLike


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for at one hospital.

    shows_own: whether our unsigned results that came back from the hospital's PACS are shown too. A UID is given where
    the search is inside one study or series.
    """

    hospital: HospitalId
    level: Level
    matching: Mapping[int, Matching]
    shows_own: bool
    study_instance_uid: str | None = None
    series_instance_uid: str | None = None
    sop_instance_uid: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A match: attributes by tag, as the rows have them; facts: everything else the header says, of an instance."""

    values: Mapping[int, Value]
    facts: HeaderFacts | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Where the bytes of an instance lie, and what they are.

    layout: where its pixels lie, as service.dicom.pixel_layout keeps it; None without pixels or where it is not known.
    """

    hospital: HospitalId
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    object_name: str
    layout: str | None = None


_STUDY_COLUMNS: Final[Mapping[int, ColumnElement[Any]]] = {
    Tag.STUDY_DATE: STUDY.c.study_date,
    Tag.STUDY_TIME: STUDY.c.study_time,
    Tag.ACCESSION_NUMBER: STUDY.c.accession_number,
    Tag.REFERRING_PHYSICIAN_NAME: STUDY.c.referring_physician_name,
    Tag.STUDY_DESCRIPTION: STUDY.c.study_description,
    Tag.PATIENT_NAME: STUDY.c.patient_name,
    Tag.PATIENT_ID: STUDY.c.patient_id,
    Tag.ISSUER_OF_PATIENT_ID: STUDY.c.patient_id_issuer,
    Tag.PATIENT_BIRTH_DATE: STUDY.c.patient_birth_date,
    Tag.PATIENT_SEX: STUDY.c.patient_sex,
    Tag.STUDY_INSTANCE_UID: STUDY.c.study_instance_uid,
    Tag.STUDY_ID: STUDY.c.study_identifier,
}
_SERIES_COLUMNS: Final[Mapping[int, ColumnElement[Any]]] = {
    Tag.MODALITY: SERIES.c.modality,
    Tag.SERIES_DESCRIPTION: SERIES.c.series_description,
    Tag.SERIES_DATE: SERIES.c.series_date,
    Tag.SERIES_TIME: SERIES.c.series_time,
    Tag.BODY_PART_EXAMINED: SERIES.c.body_part,
    Tag.SERIES_INSTANCE_UID: SERIES.c.series_instance_uid,
    Tag.SERIES_NUMBER: SERIES.c.series_number,
}
_INSTANCE_COLUMNS: Final[Mapping[int, ColumnElement[Any]]] = {
    Tag.SOP_CLASS_UID: INSTANCE.c.sop_class_uid,
    Tag.SOP_INSTANCE_UID: INSTANCE.c.sop_instance_uid,
    Tag.INSTANCE_NUMBER: INSTANCE.c.instance_number,
    AVAILABLE_TRANSFER_SYNTAX: INSTANCE.c.transfer_syntax_uid,
}
_COLUMNS: Final = {Level.STUDY: _STUDY_COLUMNS, Level.SERIES: _SERIES_COLUMNS, Level.INSTANCE: _INSTANCE_COLUMNS}


def matchable(level: Level) -> frozenset[int]:
    """The attributes by which a level can be searched: its own and those above it."""
    tags = {tag for each, columns in _COLUMNS.items() if each <= level for tag in columns}
    return frozenset(tags | {MODALITIES_IN_STUDY}) - {AVAILABLE_TRANSFER_SYNTAX}


def search(connection: Connection, wall: Wall, query: Query, *, offset: int, limit: int) -> Iterator[Hit]:
    """The matches from offset on, at most limit: the newest study first, series and instances by their numbers."""
    statement = _ordered(_matching(wall, query, *_wanted(query)), query.level).limit(limit)
    if query.level is Level.STUDY and _is_unnarrowed(query):
        below, offset = study_counts.position(connection, wall, query.hospital, offset)
        statement = statement.where(STUDY.c.id < below)
    statement = statement.offset(offset)
    if query.level is not Level.STUDY:
        for row in connection.execute(statement):
            yield _hit(row, query.level)
        return
    rows = connection.execute(statement).all()
    modalities = _modalities(connection, wall, query, [row.study_key for row in rows])
    for row in rows:
        hit = _hit(row, query.level)
        yield Hit({**hit.values, MODALITIES_IN_STUDY: modalities.get(row.study_key, ())})


def count(connection: Connection, wall: Wall, query: Query) -> int:
    """How many matches there are."""
    if query.level is Level.STUDY and _is_unnarrowed(query):
        return study_counts.total(connection, wall, query.hospital)
    return int(connection.execute(_matching(wall, query, func.count())).scalar_one())


def _is_unnarrowed(query: Query) -> bool:
    """Whether every study of the hospital matches; nothing has to be looked at then to know where a page begins."""
    return query.shows_own and not query.matching and query.study_instance_uid is None


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
    )
    kept = and_(
        PIXEL_LAYOUT.c.hospital_id == INSTANCE.c.hospital_id, PIXEL_LAYOUT.c.object_name == INSTANCE.c.object_name
    )
    statement = _ordered(_matching(wall, query, *columns).outerjoin(PIXEL_LAYOUT, kept), Level.INSTANCE)
    return tuple(StoredFile(HospitalId(row[0]), *row[1:]) for row in connection.execute(statement))


def stamp(connection: Connection, wall: Wall, query: Query) -> tuple[str | int, ...]:
    """What is another one as soon as a series that the query is inside has other files; empty where there is none."""
    statement = (
        select(SERIES.c.id, STUDY.c.state, STUDY.c.revision, SERIES.c.instance_count)
        .join(SERIES, SERIES.c.study_id == STUDY.c.id)
        .where(
            within(wall, STUDY.c.hospital_id),
            STUDY.c.hospital_id == query.hospital,
            STUDY.c.study_instance_uid == query.study_instance_uid,
            SERIES.c.series_instance_uid == query.series_instance_uid,
        )
    )
    row = connection.execute(statement).one_or_none()
    return () if row is None else tuple(row)


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
    """Of our own objects only what may be shown: a signed one always is."""
    if query.shows_own:
        return true()
    signed = exists().where(
        RESULT.c.hospital_id == instance.c.hospital_id,
        RESULT.c.sop_instance_uid == instance.c.sop_instance_uid,
        RESULT.c.signed,
    )
    return or_(instance.c.is_ours.is_(False), signed)


def _has_shown(query: Query) -> ColumnElement[bool]:
    """That a study or series has an instance that may be shown."""
    if query.shows_own:
        return true()
    above = INSTANCE.c.study_id == STUDY.c.id if query.level is Level.STUDY else INSTANCE.c.series_id == SERIES.c.id
    return exists().where(above, _shown(query))


def _condition(wall: Wall, query: Query, tag: int, matching: Matching) -> ColumnElement[bool]:
    if isinstance(matching, NameLike):
        return name_keys.found(wall, query.hospital, tag, matching.pattern)
    if tag == MODALITIES_IN_STUDY:
        return _has_modality(query, matching)
    columns = {**_STUDY_COLUMNS, **_SERIES_COLUMNS, **_INSTANCE_COLUMNS}
    return _compared(columns[tag], matching)


def _has_modality(query: Query, matching: Compared) -> ColumnElement[bool]:
    """That any series of the study that may be shown is of a modality; not only the one that is searched for."""
    series, instance = SERIES.alias("any_series"), INSTANCE.alias("any_instance")
    in_study = and_(series.c.study_id == STUDY.c.id, _compared(series.c.modality, matching))
    if query.shows_own:
        return exists().where(in_study)
    return exists().where(in_study, instance.c.series_id == series.c.id, _shown(query, instance))


def _compared(column: ColumnElement[Any], matching: Compared) -> ColumnElement[bool]:
    if isinstance(matching, OneOf):
        return column.in_(matching.values)
    if isinstance(matching, Wildcard):
        return alike(column, matching.pattern)
    ends = ((matching.low, column >= matching.low), (matching.high, column <= matching.high))
    return and_(column != "", *(condition for end, condition in ends if end))


def _wanted(query: Query) -> tuple[ColumnElement[Any], ...]:
    own = [columns for level, columns in _COLUMNS.items() if level <= query.level]
    named = [column.label(f"t{tag:08x}") for columns in own for tag, column in columns.items()]
    if query.level is Level.STUDY:
        shown = select(INSTANCE).where(INSTANCE.c.study_id == STUDY.c.id, _shown(query))
        return (*named, STUDY.c.id.label("study_key"), *_counts(shown))
    if query.level is Level.SERIES:
        shown = select(INSTANCE).where(INSTANCE.c.series_id == SERIES.c.id, _shown(query))
        return (*named, _counts(shown)[0].label(f"t{INSTANCES_IN_SERIES:08x}"))
    return (*named, INSTANCE.c.facts)


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


def _hit(row: Row[Any], level: Level) -> Hit:
    values = {tag: value for place, tag in _places(row._fields) if (value := row[place]) is not None}
    return Hit(values, HeaderFacts.from_json(row.facts) if level is Level.INSTANCE else None)


@lru_cache(maxsize=16)
def _places(names: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Which columns of a row are attributes, and which: they are labelled with their tags."""
    return tuple(
        (place, int(name[1:], 16)) for place, name in enumerate(names) if name.startswith("t") and len(name) == 9
    )


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
