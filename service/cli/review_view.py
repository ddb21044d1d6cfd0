"""Disagreements on stdout, as the data scientist's page gives them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from service.archive import hospitals
from service.archive.disagreements import Wanted
from service.archive.judgements import Narrowed
from service.cli.opened import opened
from service.domain.disagreement import DisagreementKind
from service.domain.review import RejectionReason
from service.domain.wall import Wall
from service.flow.disagreement_lines import as_csv, as_json_lines, exported

_Word = TypeVar("_Word", bound=StrEnum)


class UnknownWord(Exception):
    """A word was typed that is none of those to choose from."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed. hospital: a name; since, until: epoch seconds."""

    since: float | None
    until: float | None
    hospital: str | None
    package: str | None
    kind: str | None
    reason: str | None


def export_view(data: Path | None, asked: Asked, *, json_wanted: bool) -> None:
    """Write every line. Raises NoCentre, UnknownHospital, UnknownWord."""
    wall = Wall.operator()
    kind, reason = _word("kind", asked.kind, DisagreementKind), _word("reason", asked.reason, RejectionReason)
    with opened(data) as archive:
        with archive.read() as connection:
            of = None if asked.hospital is None else hospitals.by_name(connection, wall, asked.hospital).id
        narrowed = Narrowed(hospital=of, package=asked.package, since=asked.since, until=asked.until)
        wanted = Wanted(narrowed, frozenset() if kind is None else frozenset({kind}), reason)
        lines = exported(archive, wall, wanted, "jsonl" if json_wanted else "csv")
        for text in as_json_lines(lines) if json_wanted else as_csv(lines):
            sys.stdout.write(text)


def _word(option: str, typed: str | None, words: type[_Word]) -> _Word | None:
    try:
        return None if typed is None else words(typed)
    except ValueError as fault:
        raise UnknownWord(f"--{option} {typed} is none of {', '.join(words)}") from fault
