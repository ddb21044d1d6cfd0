"""As much of TypeScript as the pages' types are written in: interfaces and aliases, read into fields with types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_INTERFACE = re.compile(r"export interface (\w+)(?: extends ([\w, ]+))? (\{)")
_ALIAS = re.compile(r"export type (\w+) =\s*([^;{]+);")
_FIELD = re.compile(r"(?:readonly )?(\w+)(\??): (.+)", re.DOTALL)
_OPENING, _CLOSING = "{([<", "})]>"


@dataclass(frozen=True, slots=True)
class Member:
    """One field of an interface. type: as written."""

    name: str
    type: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Types:
    """What some files export: interfaces with their own fields and those of what they extend; aliases as written."""

    interfaces: dict[str, tuple[Member, ...]]
    aliases: dict[str, str]


def read_types(files: Sequence[Path]) -> Types:
    """The exported types of these files."""
    own: dict[str, tuple[Member, ...]] = {}
    extends: dict[str, list[str]] = {}
    aliases: dict[str, str] = {}
    for path in files:
        text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
        for match in _INTERFACE.finditer(text):
            own[match[1]] = members(_braced(text, match.start(3)))
            extends[match[1]] = [each.strip() for each in (match[2] or "").split(",") if each.strip()]
        aliases |= {match[1]: " ".join(match[2].split()) for match in _ALIAS.finditer(text)}
    return Types({name: _with_inherited(name, own, extends) for name in own}, aliases)


def _with_inherited(name: str, own: dict[str, tuple[Member, ...]], extends: dict[str, list[str]]) -> tuple[Member, ...]:
    inherited = (member for base in extends[name] for member in _with_inherited(base, own, extends))
    return (*inherited, *own[name])


def members(braced: str) -> tuple[Member, ...]:
    """The fields of `{...}`."""
    fields = (_FIELD.fullmatch(each.strip()) for each in split(braced.strip()[1:-1], ";"))
    return tuple(Member(each[1], " ".join(each[3].split()), each[2] == "?") for each in fields if each is not None)


def split(text: str, separator: str) -> Iterator[str]:
    """The parts between separators that stand in no bracket."""
    depth, part = 0, ""
    for letter in text:
        depth += (letter in _OPENING) - (letter in _CLOSING)
        if letter == separator and depth == 0:
            yield part
            part = ""
        else:
            part += letter
    if part.strip():
        yield part


def _braced(text: str, start: int) -> str:
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if depth == 0:
            return text[start : place + 1]
    raise AssertionError(f"no end of the braces at {start}")
