"""What rows say of studies, series and instances, by DICOM attribute."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, CursorResult, Row, Select, case, exists, select

from service.archive.dicomweb_tables import VIEWER_COPY
from service.archive.events import within
from service.archive.tables import INSTANCE, SERIES, STUDY
from service.archive.viewer_copies import HTJ2K_LOSSLESS
from service.dicom.attributes import Tag
from service.domain.wall import Wall

MODALITIES_IN_STUDY: Final = 0x00080061
SERIES_IN_STUDY: Final = 0x00201206
INSTANCES_IN_STUDY: Final = 0x00201208
INSTANCES_IN_SERIES: Final = 0x00201209
AVAILABLE_TRANSFER_SYNTAX: Final = 0x00083002
_ROWS_AT_ONCE: Final = 256
Value: TypeAlias = str | int | tuple[str, ...]


class Level(IntEnum):
    """What is looked for."""

    STUDY = 1
    SERIES = 2
    INSTANCE = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A match: attributes by tag, as the rows have them; facts: everything else the header says, of an instance.

    above: of an instance, what the rows of its study and series say: one and the same object for all of a series that
    follow each other. facts: the text that HeaderFacts.to_json made, since most searches ask for little of it.
    """

    own: Mapping[int, Value]
    above: Mapping[int, Value] = field(default_factory=dict)
    facts: str | None = None

    @property
    def values(self) -> Mapping[int, Value]:
        """Everything that the rows say."""
        return {**self.above, **self.own}


def _available() -> ColumnElement[str]:
    """In which syntaxes frames can be had, as DICOM writes several values: as stored, and that of a copy."""
    copied = exists().where(
        VIEWER_COPY.c.hospital_id == INSTANCE.c.hospital_id, VIEWER_COPY.c.object_name == INSTANCE.c.object_name
    )
    return INSTANCE.c.transfer_syntax_uid + case((copied, f"\\{HTJ2K_LOSSLESS}"), else_="")


STUDY_COLUMNS: Final[Mapping[int, ColumnElement[Any]]] = {
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
SERIES_COLUMNS: Final[Mapping[int, ColumnElement[Any]]] = {
    Tag.MODALITY: SERIES.c.modality,
    Tag.SERIES_DESCRIPTION: SERIES.c.series_description,
    Tag.SERIES_DATE: SERIES.c.series_date,
    Tag.SERIES_TIME: SERIES.c.series_time,
    Tag.BODY_PART_EXAMINED: SERIES.c.body_part,
    Tag.SERIES_INSTANCE_UID: SERIES.c.series_instance_uid,
    Tag.SERIES_NUMBER: SERIES.c.series_number,
}
INSTANCE_COLUMNS: Final[Mapping[int, ColumnElement[Any]]] = {
    Tag.SOP_CLASS_UID: INSTANCE.c.sop_class_uid,
    Tag.SOP_INSTANCE_UID: INSTANCE.c.sop_instance_uid,
    Tag.INSTANCE_NUMBER: INSTANCE.c.instance_number,
    AVAILABLE_TRANSFER_SYNTAX: _available(),
}
OF_SERIES: Final = {**STUDY_COLUMNS, **SERIES_COLUMNS}
COLUMNS: Final = {Level.STUDY: STUDY_COLUMNS, Level.SERIES: SERIES_COLUMNS, Level.INSTANCE: INSTANCE_COLUMNS}


def named(columns: Mapping[int, ColumnElement[Any]]) -> tuple[ColumnElement[Any], ...]:
    """Columns labelled with their tags."""
    return tuple(column.label(f"t{tag:08x}") for tag, column in columns.items())


def read_instances(
    connection: Connection, wall: Wall, result: CursorResult[Any], places: Sequence[tuple[int, int]]
) -> Iterator[Hit]:
    """Instances with what is above them, which is read once a series and not once an instance."""
    series_id, over = None, dict[int, Value]()
    for rows in result.partitions(_ROWS_AT_ONCE):
        known = above(connection, wall, {row.series_id for row in rows})
        for row in rows:
            if row.series_id != series_id:
                series_id, over = row.series_id, known[row.series_id]
            yield Hit(values_of(row, places), over, row.facts)


def above(connection: Connection, wall: Wall, series_ids: Collection[int]) -> Mapping[int, dict[int, Value]]:
    """What the rows of study and series say, by the id of the series."""
    statement: Select[Any] = (
        select(SERIES.c.id, *named(OF_SERIES))
        .join(STUDY, STUDY.c.id == SERIES.c.study_id)
        .where(within(wall, SERIES.c.hospital_id), SERIES.c.id.in_(series_ids))
    )
    result = connection.execute(statement)
    places = places_of(tuple(result.keys()))
    return {row[0]: values_of(row, places) for row in result}


def values_of(row: Row[Any], places: Sequence[tuple[int, int]]) -> dict[int, Value]:
    """What a row says, by tag; places: as places_of found them."""
    return {tag: _several(tag, value) for place, tag in places if (value := row[place]) is not None}


def _several(tag: int, value: Value) -> Value:
    return tuple(str(value).split("\\")) if tag == AVAILABLE_TRANSFER_SYNTAX else value


def places_of(names: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Which columns of a row are attributes, and which: they are labelled with their tags."""
    return tuple(
        (place, int(name[1:], 16)) for place, name in enumerate(names) if name.startswith("t") and len(name) == 9
    )
