"""What the names of a study are found by: written when the study learns a name, matched by searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, select, true, union_all

from service.archive.events import within
from service.archive.reading_tables import TURNED_NAME_KEY
from service.archive.tables import NAME_KEY, STUDY
from service.archive.wildcards import alike
from service.dicom.attributes import Tag
from service.dicom.name_search import NamePattern, keys, patterns, turned_keys, turned_patterns
from service.domain.wall import HospitalId, Wall

SEARCHED: Final[Mapping[int, str]] = {
    Tag.PATIENT_NAME: "patient_name",
    Tag.REFERRING_PHYSICIAN_NAME: "referring_physician_name",
}
"""The attributes of a study that are searched by any writing of a name, and their columns."""
_LAST: Final = "\U0010ffff"
"""Stands behind every character: what begins with a text lies between it and it with this behind."""


def renew(connection: Connection, wall: Wall, study: Row[Any], learned: Mapping[str, object]) -> None:
    """Write the keys of those names that a study learned and did not have before."""
    wall.guard(study.hospital_id)
    for attribute, column in SEARCHED.items():
        name = learned.get(column, getattr(study, column))
        if name != getattr(study, column):
            _write(connection, study, attribute, str(name))
            if attribute == Tag.PATIENT_NAME:
                _write_turned(connection, study, str(name))


def _write(connection: Connection, study: Row[Any], attribute: int, name: str) -> None:
    connection.execute(delete(NAME_KEY).where(NAME_KEY.c.study_id == study.id, NAME_KEY.c.attribute == attribute))
    of_study = {"study_id": study.id, "hospital_id": study.hospital_id}
    rows = [{**of_study, "attribute": attribute, "key": key.text, "undivided": key.undivided} for key in keys(name)]
    if rows:
        connection.execute(NAME_KEY.insert(), rows)


def _write_turned(connection: Connection, study: Row[Any], name: str) -> None:
    connection.execute(delete(TURNED_NAME_KEY).where(TURNED_NAME_KEY.c.study_id == study.id))
    rows = [{"study_id": study.id, "hospital_id": study.hospital_id, "key": key} for key in turned_keys(name)]
    if rows:
        connection.execute(TURNED_NAME_KEY.insert(), rows)


def found(wall: Wall, hospital: HospitalId, attribute: int, value: str) -> ColumnElement[bool]:
    """That a study of a hospital has a name that is searched for; of several component groups, each of them."""
    where = [NAME_KEY.c.hospital_id == hospital]
    return and_(true(), *(_has_key(wall, where, attribute, pattern) for pattern in patterns(value)))


def patients(wall: Wall, hospitals: Select[tuple[str]], value: str) -> tuple[Select[tuple[int]], ...]:
    """Lists of the studies at some hospitals whose patient has a name that is searched for, from any word of it on.

    value: with * and ? as wildcards. None when it holds nothing else: what asks for nothing finds nobody.
    """
    if not value.strip("*?"):
        return ()
    here = [NAME_KEY.c.hospital_id.in_(hospitals)]
    named = [_has_key(wall, here, Tag.PATIENT_NAME, pattern) for pattern in patterns(value)]
    turned = [_has_turned_key(wall, hospitals, pattern) for pattern in turned_patterns(value)]
    return tuple(select(STUDY.c.id).where(*ways) for ways in (named, turned) if ways)


def _has_turned_key(wall: Wall, hospitals: Select[tuple[str]], pattern: str) -> ColumnElement[bool]:
    column = TURNED_NAME_KEY.c.hospital_id
    holding = select(TURNED_NAME_KEY.c.study_id).where(within(wall, column), column.in_(hospitals))
    return STUDY.c.id.in_(holding.where(_matches(TURNED_NAME_KEY.c.key, pattern)))


def _has_key(
    wall: Wall, where: Sequence[ColumnElement[bool]], attribute: int, pattern: NamePattern
) -> ColumnElement[bool]:
    """By a list for each way to meet the pattern: joined by OR, the ways would not be looked up in the index."""
    ways = [_matches(NAME_KEY.c.key, text) for text in pattern.anywhere]
    if pattern.undivided is not None:
        ways.append(and_(NAME_KEY.c.undivided, _matches(NAME_KEY.c.key, pattern.undivided)))
    holding = select(NAME_KEY.c.study_id).where(
        within(wall, NAME_KEY.c.hospital_id), *where, NAME_KEY.c.attribute == attribute
    )
    return STUDY.c.id.in_(union_all(*(holding.where(way) for way in ways)))


def _matches(key: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
    """Equal, or alike with * and ?; what the pattern begins with is looked up in the index."""
    start = pattern[: min((at for at, letter in enumerate(pattern) if letter in "*?"), default=len(pattern))]
    if start == pattern:
        return key == pattern
    fits = alike(key, pattern)
    return and_(key.between(start, start + _LAST), fits) if start else fits
