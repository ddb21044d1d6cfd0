"""What the names of a study are found by: written when the study learns a name, matched by searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, select, true, union_all

from service.archive.events import within
from service.archive.tables import NAME_KEY, STUDY
from service.archive.wildcards import alike
from service.dicom.attributes import Tag
from service.dicom.name_search import NamePattern, keys, patterns
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


def _write(connection: Connection, study: Row[Any], attribute: int, name: str) -> None:
    connection.execute(delete(NAME_KEY).where(NAME_KEY.c.study_id == study.id, NAME_KEY.c.attribute == attribute))
    rows = [
        {
            "study_id": study.id,
            "attribute": attribute,
            "key": key.text,
            "hospital_id": study.hospital_id,
            "undivided": key.undivided,
        }
        for key in keys(name)
    ]
    if rows:
        connection.execute(NAME_KEY.insert(), rows)


def found(wall: Wall, hospital: HospitalId, attribute: int, value: str) -> ColumnElement[bool]:
    """That a study of a hospital has a name that is searched for; of several component groups, each of them."""
    return _found_in(wall, [NAME_KEY.c.hospital_id == hospital], attribute, value)


def found_anywhere(wall: Wall, attribute: int, value: str) -> ColumnElement[bool]:
    """As found, at every hospital behind the wall."""
    return _found_in(wall, [], attribute, value)


def _found_in(wall: Wall, where: Sequence[ColumnElement[bool]], attribute: int, value: str) -> ColumnElement[bool]:
    """As found, among the keys that fulfil where."""
    return and_(true(), *(_has_key(wall, where, attribute, pattern) for pattern in patterns(value)))


def _has_key(
    wall: Wall, where: Sequence[ColumnElement[bool]], attribute: int, pattern: NamePattern
) -> ColumnElement[bool]:
    """By a list for each way to meet the pattern: joined by OR, the ways would not be looked up in the index."""
    ways = [_matches(text) for text in pattern.anywhere]
    if pattern.undivided is not None:
        ways.append(and_(NAME_KEY.c.undivided, _matches(pattern.undivided)))
    holding = select(NAME_KEY.c.study_id).where(
        within(wall, NAME_KEY.c.hospital_id), *where, NAME_KEY.c.attribute == attribute
    )
    return STUDY.c.id.in_(union_all(*(holding.where(way) for way in ways)))


def _matches(pattern: str) -> ColumnElement[bool]:
    """Equal, or alike with * and ?; what the pattern begins with is looked up in the index."""
    start = pattern[: min((at for at, letter in enumerate(pattern) if letter in "*?"), default=len(pattern))]
    if start == pattern:
        return NAME_KEY.c.key == pattern
    fits = alike(NAME_KEY.c.key, pattern)
    return and_(NAME_KEY.c.key.between(start, start + _LAST), fits) if start else fits
