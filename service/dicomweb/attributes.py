"""Attributes by name and as JSON: keywords, hexadecimal tags and paths in; the DICOM JSON model out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Final, TypeAlias, cast

from pydicom.datadict import dictionary_VR, tag_for_keyword

from service.archive.matches import Value
from service.dicom.header import HeaderFacts
from service.dicom.names import PersonName

Json: TypeAlias = "str | int | float | list[Json] | dict[str, Json]"
Known: TypeAlias = Value | float | tuple[float, ...] | None
"""What a row or the facts of a header can hold."""
_HEX: Final = re.compile(r"[0-9A-Fa-f]{8}")
_INTEGER_VRS: Final = frozenset({"IS", "US", "UL", "SS", "SL"})
KEPT_FACTS: Final = {int(each.metadata["tag"]): each.name for each in fields(HeaderFacts) if each.metadata}
"""The attributes that header facts keep, by tag, with the name of the fact."""
_ABSENT: Final[Mapping[str, Known]] = {each.name: cast("Known", each.default) for each in fields(HeaderFacts)}


class UnknownAttribute(ValueError):
    """A name that is no keyword, tag or path of the dictionary."""


def tag_path(name: str) -> tuple[int, ...]:
    """The tags of an attribute: one, or those of a path through sequences (00400275.00400009).

    Each step is a keyword or eight hexadecimal digits, also written (gggg,eeee). Raises UnknownAttribute.
    """
    steps = name.replace("(", "").replace(")", "").replace(",", "").split(".")
    if len(steps) > 8:
        raise UnknownAttribute(name[:64])
    return tuple(_tag(step) for step in steps)


def _tag(step: str) -> int:
    if _HEX.fullmatch(step):
        return int(step, 16)
    tag = tag_for_keyword(step) if step.isascii() and step.isalnum() else None
    if tag is None:
        raise UnknownAttribute(step[:64])
    return int(tag)


@lru_cache(maxsize=1024)
def vr_of(tag: int) -> str:
    """The value representation of an attribute; LO for one the dictionary does not know."""
    try:
        return str(dictionary_VR(tag)).split(" ")[0]
    except KeyError:
        return "LO"


def fact(facts: Mapping[str, object], tag: int) -> Known:
    """What the facts of an instance, as HeaderFacts.to_json keeps them, say of an attribute of KEPT_FACTS."""
    name = KEPT_FACTS[tag]
    value = facts.get(name, _ABSENT[name])
    return cast("Known", tuple(value) if isinstance(value, list) else value)


def attribute(tag: int, value: Known) -> dict[str, Json]:
    """An attribute in the DICOM JSON model (PS3.18 annex F.2); one without a value has its VR only."""
    vr = vr_of(tag)
    if value is None or value in ("", ()):
        return {"vr": vr}
    values = value if isinstance(value, tuple) else (value,)
    return {"vr": vr, "Value": [_json(vr, each) for each in values]}


def _json(vr: str, value: str | float) -> Json:
    if vr == "PN":
        writings = zip(("Alphabetic", "Ideographic", "Phonetic"), PersonName.parse(str(value)).groups, strict=True)
        return {writing: name for writing, name in writings if name}
    if vr in _INTEGER_VRS:
        return int(value)
    return value
