"""A search as clients write it in the query string, read into what the archive matches by (PS3.18 8.3.4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from models.manifest import Text
from service.access.problems import MALFORMED_REQUEST, FieldFault, Problem
from service.archive.matches import MODALITIES_IN_STUDY, Level
from service.archive.matching import Between, Matching, NameLike, OneOf, Wildcard
from service.archive.query import matchable
from service.dicom.attributes import Tag
from service.dicom.uids import MalformedUid, parse_uid
from service.dicomweb.attributes import UnknownAttribute, tag_path, vr_of

MAX_RESULTS: Final = 10_000
MAX_VALUE_LENGTH: Final = 256
MAX_PARAMETERS: Final = 100
_ALL: Final = "all"
_NO_EMPTY: Final = "The emptyvaluematching parameter is not supported. Only universal matching has been performed."
_NO_MULTIPLE: Final = (
    "The multiplevaluematching parameter is not supported. Only single value matching has been performed."
)
_UNSUPPORTED: Final = {
    "emptyvaluematching": _NO_EMPTY,
    "multiplevaluematching": _NO_MULTIPLE,
}
_WITHOUT_EFFECT: Final = frozenset({"accept", "fuzzymatching"})
"""Accept is read by others; names are always found by any of their writings, as fuzzy matching asks for."""
_DATE: Final = re.compile(r"\d{8}", re.ASCII)
_TIME: Final = re.compile(r"\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is searched for. included: further attributes to return, None for all that are known.

    warnings: sentences for Warning headers about what was asked for and is not done.
    """

    matching: dict[int, Matching]
    included: frozenset[int] | None
    limit: int
    offset: int
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Reader:
    """Collects a query parameter by parameter."""

    level: Level
    matching: dict[int, Matching] = field(default_factory=dict)
    included: set[int] = field(default_factory=set)
    everything: bool = False
    limit: int = MAX_RESULTS
    offset: int = 0
    warnings: list[str] = field(default_factory=list)

    def read(self, name: str, value: str) -> None:
        if len(value) > MAX_VALUE_LENGTH and name != "includefield":
            raise _malformed(name, "值过长", "its value is too long")
        if name == "includefield":
            self._include(value)
        elif name == "limit":
            self.limit = min(_number(name, value), MAX_RESULTS)
        elif name == "offset":
            self.offset = _number(name, value)
        elif name in _UNSUPPORTED:
            if value.lower() == "true":
                self.warnings.append(_UNSUPPORTED[name])
        elif name not in _WITHOUT_EFFECT:
            self._match(name, value)

    def _include(self, value: str) -> None:
        for name in value.split(","):
            if name.lower() == _ALL:
                self.everything = True
            elif name:
                try:
                    self.included.add(tag_path(name)[0])
                except UnknownAttribute:
                    self.warnings.append("An includefield is no attribute of the dictionary and has been ignored.")

    def _match(self, name: str, value: str) -> None:
        try:
            path = tag_path(name)
        except UnknownAttribute:
            self.warnings.append("A query parameter is not known and has been ignored.")
            return
        if len(path) > 1 or path[0] not in matchable(self.level):
            self.warnings.append(
                f"Matching by {'.'.join(f'{tag:08X}' for tag in path)} is not supported and has been ignored."
            )
        elif value.replace("*", ""):
            self.matching[path[0]] = matching_of(path[0], name, value)


def parse(level: Level, parameters: Iterable[tuple[str, str]]) -> SearchQuery:
    """A search of a level from decoded query parameters. Raises Problem for what cannot be read."""
    listed = list(parameters)
    if len(listed) > MAX_PARAMETERS:
        raise _malformed("query", "参数过多", "there are too many parameters")
    reader = _Reader(level)
    for name, value in listed:
        reader.read(name.strip(), value.strip())
    return SearchQuery(
        matching=reader.matching,
        included=None if reader.everything else frozenset(reader.included),
        limit=reader.limit,
        offset=reader.offset,
        warnings=tuple(dict.fromkeys(reader.warnings)),
    )


def matching_of(tag: int, name: str, value: str) -> Matching:
    """How a value is compared, by the VR of its attribute (PS3.4 C.2.2.2). Raises Problem."""
    vr = "CS" if tag == MODALITIES_IN_STUDY else vr_of(tag)
    by_vr: dict[str, Callable[[str, str], Matching]] = {"UI": _uids, "DA": _dates, "TM": _times, "IS": _integer}
    if vr in by_vr:
        return by_vr[vr](name, value)
    if vr == "PN":
        return NameLike(value)
    if "*" in value or "?" in value:
        return Wildcard(value)
    return OneOf(tuple(part.strip() for part in re.split(r"[,\\]", value))) if vr == "CS" else OneOf((value,))


def _uids(name: str, value: str) -> Matching:
    return OneOf(tuple(_uid(name, part) for part in re.split(r"[,\\]", value) if part))


def _uid(name: str, text: str) -> str:
    try:
        return parse_uid(text.strip(), Tag.SOP_INSTANCE_UID.name)
    except MalformedUid as fault:
        raise _malformed(name, "不是 UID", "it is not a UID") from fault


def _dates(name: str, value: str) -> Matching:
    return Between(*_ends(name, value, _DATE))


def _times(name: str, value: str) -> Matching:
    """A shortened time stands for all of its hour or minute: 12 is 12:00:00 to 12:59:59.999999."""
    first, last = _ends(name, value.replace(":", ""), _TIME)
    return Between(first, last + "235959.999999"[len(last) :] if last else "")


def _ends(name: str, value: str, form: re.Pattern[str]) -> tuple[str, str]:
    first, dash, second = value.partition("-")
    ends = (first, second) if dash else (first, first)
    if not any(ends) or any(end and form.fullmatch(end) is None for end in ends):
        raise _malformed(name, "不是日期、时间或其区间", "it is neither a date or time nor a range of them")
    return ends


def _number(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise _malformed(name, "应为非负整数", "it is not a number from 0")
    return int(value)


def _integer(name: str, value: str) -> Matching:
    if re.fullmatch(r"[+-]?\d{1,10}", value, re.ASCII) is None:
        raise _malformed(name, "不是整数", "it is not an integer")
    return OneOf((int(value),))


def _malformed(name: str, zh: str, en: str) -> Problem:
    plain = name if name.isascii() and name.replace(".", "").isalnum() and len(name) <= 64 else "query"
    return Problem(
        MALFORMED_REQUEST,
        Text(zh="查询参数无法解析，见 errors。", en="A query parameter cannot be read; see errors."),
        errors=(FieldFault(f"query.{plain}", Text(zh=zh, en=en)),),
    )
