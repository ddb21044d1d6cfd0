"""Matches of a search as JSON text: what repeats from match to match (the patient, the study) is made once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import orjson

from service.archive.matches import Hit, Value
from service.dicomweb.attributes import KEPT_FACTS, Known, attribute, kept_fact

MOST_KEPT: Final = 16_384
_AVAILABILITY: Final = 0x00080056
_RETRIEVE_URL: Final = 0x00081190


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which attributes a search returns. returned: always, but for optional ones that a match does not have.

    included: those that were asked for beside them where they are known, None for all that are known.
    """

    returned: frozenset[int]
    optional: frozenset[int]
    included: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class _Plan:
    """How matches of one series are written that have the same columns filled.

    pieces: text that all share, or the tag of an attribute of each one's own, in order. of_facts: those of the tags
    that are read from an instance's facts, with their names there and what they are where they are absent.
    """

    above: Mapping[int, Value]
    filled: frozenset[int]
    pieces: tuple[bytes | int, ...]
    of_facts: tuple[tuple[int, str, Known], ...]

    def fits(self, hit: Hit) -> bool:
        """Whether a match is written so."""
        return (self.above is hit.above or not (self.above or hit.above)) and self.filled == hit.own.keys()


class MatchTexts:
    """Makes the texts of the matches of one search, one after the other."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._plan: _Plan | None = None
        self._kept: dict[tuple[int, Known], bytes] = {}

    def text(self, hit: Hit, url: str) -> bytes:
        """A match in the DICOM JSON model (PS3.18 annex F), attributes in ascending order."""
        plan = self._plan
        if plan is None or not plan.fits(hit):
            plan = self._plan = self._planned(hit)
        values: dict[int, Known] = {**hit.own, _RETRIEVE_URL: url}
        if plan.of_facts and hit.facts is not None:
            facts = orjson.loads(hit.facts)
            for tag, name, absent in plan.of_facts:
                value = facts.get(name, absent)
                values[tag] = tuple(value) if isinstance(value, list) else value
        kept, parts = self._kept, list[bytes]()
        for piece in plan.pieces:
            if isinstance(piece, bytes):
                parts.append(piece)
            else:
                value = values.get(piece)
                made = kept.get((piece, value))
                parts.append(self._attribute(piece, value) if made is None else made)
        return b"{" + b",".join(filter(None, parts)) + b"}"

    def _planned(self, hit: Hit) -> _Plan:
        filled = hit.own.keys() | hit.above.keys()
        known = filled | KEPT_FACTS.keys() if hit.facts is not None else filled
        extra = known if self._wanted.included is None else self._wanted.included & known
        tags = sorted(self._wanted.returned | extra | {_AVAILABILITY, _RETRIEVE_URL})
        shared = {**{tag: hit.above[tag] for tag in hit.above.keys() - hit.own.keys()}, _AVAILABILITY: "ONLINE"}
        pieces: list[bytes | int] = [self._attribute(tag, shared[tag]) if tag in shared else tag for tag in tags]
        in_facts = KEPT_FACTS.keys() - filled if hit.facts is not None else frozenset[int]()
        of_facts = tuple((tag, *kept_fact(tag)) for tag in tags if tag in in_facts)
        return _Plan(hit.above, frozenset(hit.own), tuple(_run_together(pieces)), of_facts)

    def _attribute(self, tag: int, value: Known) -> bytes:
        """An attribute; nothing for one that may be left out and has no value."""
        made = b"" if value is None and tag in self._wanted.optional else attribute(tag, value)
        if len(self._kept) < MOST_KEPT:
            self._kept[tag, value] = made
        return made


def _run_together(pieces: Iterable[bytes | int]) -> Iterator[bytes | int]:
    """The same with neighbouring texts as one."""
    for is_text, run in groupby(pieces, key=lambda piece: isinstance(piece, bytes)):
        if is_text:
            yield b",".join(piece for piece in run if isinstance(piece, bytes))
        else:
            yield from run
