"""Finding a person by any writing of the name (PS3.4 C.2.2.2.1): keys of a name, and patterns held against them.

A key is one way to write one component group, folded: full and half width, case, accents on Latin letters, simplified
and traditional characters are one. A Chinese group has keys in pinyin too, in full and by initials. Keys are for
finding only and never go out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from service.dicom.hanzi import readings, simplified
from service.dicom.surnames import COMPOUND, GIVEN, LONGEST_COMPOUND, SURNAMES, Readings

MOST_SPELLINGS: Final = 16
"""Of one name; more readings than these are of no use to anybody."""
LONGEST_GROUP: Final = 64
"""What a component group may have (PS3.5 6.2); a longer one is found as it is written only."""
MOST_DIVISIONS: Final = 4
"""A family name has no more words than these."""
_LONGEST_SURNAME_FIRST: Final = 4
"""A Chinese name written in one begins with its surname; longer ones are names of other peoples."""
_JOINING: Final = dict.fromkeys(map(ord, "-'`‐‑’ʼ"))
"""Marks inside a word: Xiao-Dong and Xi'an are found as xiaodong and xian."""
_WILDCARDS: Final = "*?"


@dataclass(frozen=True, slots=True)
class NameKey:
    """What one writing of a name is found by.

    text: with one ^ between family name and the rest, or without any. undivided: nobody can say where the family name
    ends, so a search that says it is held against the whole.
    """

    text: str
    undivided: bool = False


@dataclass(frozen=True, slots=True)
class NamePattern:
    """One component group that is searched for; * and ? are wildcards.

    anywhere: any of these against every key. undivided: this one against undivided keys, where the search divides the
    name.
    """

    anywhere: tuple[str, ...]
    undivided: str | None = None


@dataclass(frozen=True, slots=True)
class _Division:
    """A group divided into family name and the rest; of no rest when nobody can say where it ends."""

    family: str
    rest: str = ""


def keys(name: str) -> tuple[NameKey, ...]:
    """The keys of a decoded name, each once; none for an empty one. Never raises."""
    found: dict[str, bool] = {}
    for group in name.split("=")[:3]:
        for key in _group_keys(_folded(group)):
            found[key.text] = found.get(key.text, False) or key.undivided
    return tuple(NameKey(text, undivided) for text, undivided in found.items())


def turned_keys(name: str) -> tuple[str, ...]:
    """The writings of a decoded name that begin behind its first word and end with what was left out, each once.

    Doe^John gives johndoe, 王^小明 gives 小明王, xiaomingwang and xmw: what somebody begins with who knows the given
    name alone, or says it first. DICOM's own matching does not look at them. Never raises.
    """
    groups = (group for group in map(_folded, name.split("=")[:3]) if len(group) <= LONGEST_GROUP)
    return tuple(dict.fromkeys(key for group in groups for key in _turned(group)))


def turned_patterns(value: str) -> tuple[str, ...]:
    """What a search asks of the turned keys: each pattern must be met by one of them; * and ? are wildcards."""
    joined = (_joined(group.replace("^", " ")) for group in map(_folded, value.split("=")))
    return tuple(simplified(group) for group in joined if group.replace("*", ""))


def patterns(value: str) -> tuple[NamePattern, ...]:
    """What a search asks of the keys: each pattern must be met by one of them."""
    return tuple(_pattern(group) for group in map(_folded, value.split("=")) if group.replace("*", ""))


def _pattern(group: str) -> NamePattern:
    family, caret, rest = group.partition("^")
    joined = _joined(family) + _joined(rest)
    if not joined.replace("*", ""):
        return NamePattern((simplified(group),))
    divided = f"{_joined(family)}^{_joined(rest)}" if caret else joined
    return NamePattern(tuple(dict.fromkeys(map(simplified, (group, divided)))), simplified(joined) if caret else None)


def _group_keys(group: str) -> Iterator[NameKey]:
    if not group:
        return
    yield NameKey(simplified(group))
    if len(group) > LONGEST_GROUP:
        yield NameKey(simplified(_joined(group)), undivided=True)
        return
    for division in _divisions(group):
        yield from _division_keys(division)


def _turned(group: str) -> Iterator[str]:
    for division in _divisions(group):
        if division.rest:
            yield from (rest + family for family, rest in _writings(division))
    words = _words(group.replace("^", " "))
    for at in range(1, min(len(words), MOST_DIVISIONS + 1)):
        yield simplified("".join(words[at:] + words[:at]))


def _folded(group: str) -> str:
    """One width, one case, no accents; empty components at the end mean nothing.

    What only looks like the sign between two writings of a name, as a wide or a small one does, is punctuation.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", group).casefold()).replace("=", " ")
    return "".join(map(_without_accent, text)).strip(" \0").rstrip("^").strip(" \0")


def _without_accent(character: str) -> str:
    if character.isascii():
        return character
    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isascii() and base.isalnum() else character


def _words(text: str) -> list[str]:
    """The words of folded text: blanks, dots and other punctuation part them."""
    parted = (" " if _parts(character) else character for character in text.translate(_JOINING))
    return "".join(parted).split()


def _parts(character: str) -> bool:
    return unicodedata.category(character)[0] in "PZC" and character not in _WILDCARDS


def _joined(text: str) -> str:
    return "".join(_words(text))


def _divisions(group: str) -> Iterable[_Division]:
    """As the writer divided it, or at every blank or dot, or behind the surname of a Chinese name."""
    family, _, rest = group.partition("^")
    if _joined(rest):
        return (_Division(_joined(family), _joined(rest)),)
    words = _words(family)
    if len(words) > 1:
        ends = range(1, min(len(words), MOST_DIVISIONS + 1))
        return [_Division("".join(words[:at]), "".join(words[at:])) for at in ends]
    return [_by_surname(word) for word in words]


def _by_surname(word: str) -> _Division:
    at = _compound_length(word) or (1 if len(word) <= _LONGEST_SURNAME_FIRST else 0)
    if 0 < at < len(word) and all(map(readings, word)):
        return _Division(word[:at], word[at:])
    return _Division(word)


def _compound_length(word: str) -> int:
    """How long the compound surname is that a word begins with; 0 for none, also where nothing follows it."""
    plain = simplified(word)
    lengths = range(min(LONGEST_COMPOUND, len(plain) - 1), 1, -1)
    return next((length for length in lengths if plain[:length] in COMPOUND), 0)


def _division_keys(division: _Division) -> Iterator[NameKey]:
    for family, rest in _writings(division):
        yield from _both(family, rest)


def _writings(division: _Division) -> Iterator[tuple[str, str]]:
    """Family name and rest as they are written, then as they are read."""
    family, rest = division.family, division.rest
    yield simplified(family), simplified(rest)
    if not any(map(readings, family + rest)):
        return
    spelled = (*_family_readings(family), *map(_given_readings, rest))
    for syllables in islice(product(*spelled), MOST_SPELLINGS):
        yield from _spellings(syllables[: len(family)], syllables[len(family) :])


def _spellings(family: tuple[str, ...], rest: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """In full, with ü as v, u and yu (as passports have it), and by initials."""
    for letter in ("v", "u", "yu"):
        yield "".join(_with_v(each, letter) for each in family), "".join(_with_v(each, letter) for each in rest)
    yield "".join(each[0] for each in family), "".join(each[0] for each in rest)


def _with_v(syllable: str, letter: str) -> str:
    return syllable[0] + syllable[1:].replace("v", letter)


def _both(family: str, rest: str) -> Iterator[NameKey]:
    if rest:
        yield NameKey(f"{family}^{rest}")
        yield NameKey(family + rest)
    else:
        yield NameKey(family, undivided=True)


def _family_readings(family: str) -> tuple[Readings, ...]:
    """Of each character: a surname's own readings; of what is none that is known, those as well as the usual ones."""
    plain = simplified(family)
    if plain in COMPOUND:
        return COMPOUND[plain]
    if len(family) == 1:
        return (SURNAMES.get(plain) or readings(family) or (family,),)
    return tuple(
        tuple(dict.fromkeys((*_given_readings(character), *SURNAMES.get(surname, ()))))
        for character, surname in zip(family, plain, strict=True)
    )


def _given_readings(character: str) -> Readings:
    return GIVEN.get(simplified(character)) or readings(character) or (character,)
