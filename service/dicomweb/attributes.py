"""Attributes by name and as JSON: keywords, hexadecimal tags and paths in; the DICOM JSON model out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Final, TypeAlias, cast

import orjson
from pydicom.datadict import dictionary_VR, tag_for_keyword

from service.archive.matches import Value
from service.dicom.header import HeaderFacts
from service.dicom.names import PersonName

_AS_THEY_ARE: Final = frozenset({"UI", "LO", "SH", "CS", "DA", "TM", "UR", "AS"})
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


def kept_fact(tag: int) -> tuple[str, Known]:
    """Under which name HeaderFacts.to_json keeps an attribute of KEPT_FACTS, and its value where it keeps none."""
    name = KEPT_FACTS[tag]
    return name, _ABSENT[name]


def attribute(tag: int, value: Known) -> bytes:
    """An attribute with its tag in the DICOM JSON model (PS3.18 annex F.2); one without a value has its VR only."""
    begun, vr = _begun(tag)
    if value is None or value in ("", ()):
        return begun + b"}"
    values = value if isinstance(value, tuple) else (value,)
    shown = values if vr in _AS_THEY_ARE else [_json(vr, each) for each in values]
    return b'%s,"Value":%s}' % (begun, orjson.dumps(shown))


@lru_cache(maxsize=1024)
def _begun(tag: int) -> tuple[bytes, str]:
    """How the text of an attribute begins, and its VR."""
    vr = vr_of(tag)
    return f'"{tag:08X}":{{"vr":"{vr}"'.encode(), vr


def _json(vr: str, value: str | float) -> Json:
    if vr == "PN":
        writings = zip(("Alphabetic", "Ideographic", "Phonetic"), PersonName.parse(str(value)).groups, strict=True)
        return {writing: name for writing, name in writings if name}
    if vr in _INTEGER_VRS:
        return int(value)
    return value
