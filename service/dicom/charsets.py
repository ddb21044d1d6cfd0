"""Character sets (PS3.5 6.1, AC-32 and AC-33): from the bytes of a data set to text, with the reason kept.

Declared and believable: decoded as declared. Otherwise the bytes of all text of the data set are read together and the
first of these rules that fits decides; the file is never rewritten. "High" is a byte from 0x80 on, a run is a row of
them.

1.  `escapes`: nothing (or only ASCII) is declared but ISO 2022 escapes are used: decoded by them.
2.  `peer-default`: what the operator set for the peer, if the text is valid in it.
3.  `utf-8`: the text is valid UTF-8 and has a character of three bytes or more, or looks European, or has 8 high bytes,
    or is not valid GB 2312.
4.  `latin-1`: the text looks European: no run is longer than two bytes and each touches an ASCII letter (Müller).
5.  `gb18030`: the text is valid GB18030 without private-use characters.
6.  `big5`: the text is valid Big5.
7.  `undecided`: nothing fits: Latin-1, which never fails.

A reading from fewer than 8 high bytes is marked uncertain, since random GB 2312 text of so few characters passes as
UTF-8 too often (measured in AC-33: 0.33 % for three characters, 0.05 % for four); Latin-1 and Big5 always are, and so
is declared UTF-8 of so few bytes that has only two-byte characters and is valid GB 2312.
Not believable is: nothing, ASCII, Latin-1 or an unknown term declared while high bytes occur, unless the rules come to
Latin-1 themselves; UTF-8, GB18030 or GBK declared and the text is not valid in it; GB18030 or GBK declared while the
text is valid UTF-8 with a character of three bytes and, as declared, reads outside GB 2312. A value cut in the middle
of a character at its end counts as valid, for writers cut at 64 bytes; in UTF-8 only beside one of three bytes.
Known limit: undeclared EUC-JP is also GB 2312 and reads as such; a peer's default mends it.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from service.dicom.iso2022 import ESCAPE, G1_CODECS, decode_iso2022

_SINGLE_BYTE: Final = {
    "100": "iso8859-1",
    "101": "iso8859-2",
    "109": "iso8859-3",
    "110": "iso8859-4",
    "126": "iso8859-7",
    "127": "iso8859-6",
    "138": "iso8859-8",
    "144": "iso8859-5",
    "148": "iso8859-9",
    "166": "tis-620",
    "203": "iso8859-15",
    "13": "shift_jis",
}
_ALONE: Final = {
    "ISOIR192": "utf-8",
    "UTF8": "utf-8",
    "GB18030": "gb18030",
    "GBK": "gb18030",
    "GB2312": "gb18030",
    "BIG5": "big5hkscs",
}
"""Sets that stand alone (PS3.5 6.1.2.3) and what the field writes for them; GBK and GB 2312 are parts of GB18030."""

_WEAK: Final = frozenset({"ascii", "iso8859-1"})
"""Codecs of the sets that writers declare without meaning it."""

_STRICT: Final = frozenset({"utf-8", "gb18030"})
"""Codecs of the sets that bytes can contradict."""

_ASCII: Final = frozenset({"", "ISOIR6", "ISO2022IR6", "ASCII", "USASCII"})
_LATIN_1: Final = frozenset({"ISO88591", "LATIN1"})
_TERM: Final = re.compile(r"ISO(?:2022)?IR(\d+)")
_RUN: Final = re.compile(rb"[\x80-\xff]+")
_ENOUGH_HIGH_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class CharacterSet:
    """How the text of one data set is read, and why.

    codec: of Python, or None for ISO 2022, whose sets are then in `sets` (the first is the initial one).
    rule: `declared` or one of the rules above. uncertain: shown to the operator, since the reading may be wrong.
    """

    codec: str | None
    rule: str = "declared"
    uncertain: bool = False
    sets: tuple[str, ...] = ()

    def text(self, raw: bytes) -> str:
        """The text in NFC, without the padding at its end and without NUL, which no database takes.

        What cannot be read becomes U+FFFD; never raises.
        """
        if raw.isascii() and ESCAPE not in raw:
            return raw.decode("ascii").replace("\0", "").rstrip(" ")
        decoded = decode_iso2022(raw, self.sets) if self.codec is None else raw.decode(self.codec, "replace")
        return unicodedata.normalize("NFC", decoded.replace("\0", "").rstrip(" "))


ASCII: Final = CharacterSet("ascii")
"""What a data set is read by that declares nothing and needs nothing."""


def character_set(declared: bytes, texts: Iterable[bytes], peer_default: str | None = None) -> CharacterSet:
    """Decide how the text of a data set is read.

    declared: the bytes of Specific Character Set, empty where it is absent. texts: the bytes of all text elements that
    are at hand; the more, the surer. peer_default: a defined term or Python codec the operator set for the sender.
    """
    high = [text for text in texts if not text.isascii() or ESCAPE in text]
    terms = [_normal(term) for term in declared.decode("latin-1").split("\\")]
    if not high:
        return _declared(terms) or ASCII
    known = _declared(terms)
    if known is None or known.codec in _WEAK:
        guessed = next(_fitting(high, peer_default))
        return known if known is not None and known.codec == guessed.codec else guessed
    if known.codec not in _STRICT or not _mislabelled(known.codec, high):
        return replace(known, uncertain=known.codec == "utf-8" and _may_be_chinese(high))
    return next(_fitting(high, peer_default, instead_of=known.codec))


def _normal(term: str) -> str:
    """A defined term without what the field gets wrong: case, blanks, underscores, hyphens."""
    return re.sub(r"[^A-Z0-9]", "", term.upper())


def _declared(terms: Sequence[str]) -> CharacterSet | None:
    """What the terms say; None where they say nothing that is known."""
    for term in terms:
        if term in _ALONE and not (term == "GB2312" and len(terms) > 1):
            return CharacterSet(_ALONE[term])
    numbers = ["6" if term in _ASCII else _number(term) for term in terms]
    if len(terms) == 1:
        return _single(numbers[0])
    known = tuple(number for number in numbers if number is not None)
    return CharacterSet(None, sets=known) if len(known) > 1 else None


def _number(term: str) -> str | None:
    if term == "GB2312":
        return "58"
    if term in _LATIN_1:
        return "100"
    match = _TERM.fullmatch(term)
    return match.group(1) if match and (match.group(1) in G1_CODECS or match.group(1) in {"6", "87", "159"}) else None


def _single(number: str | None) -> CharacterSet | None:
    if number is None:
        return None
    if number == "6":
        return ASCII
    if number in _SINGLE_BYTE:
        return CharacterSet(_SINGLE_BYTE[number])
    return CharacterSet(None, sets=("6", number))


def _mislabelled(codec: str, texts: Sequence[bytes]) -> bool:
    """Whether text declared as UTF-8 or GB18030 cannot be, or clearly is something else."""
    if not _valid(codec, texts):
        return True
    reads_as_utf8 = _valid("utf-8", texts) and _has_three_byte_character(texts)
    if codec == "utf-8":
        return not reads_as_utf8 and not _valid(codec, texts, cut=False)
    return reads_as_utf8 and not _valid("gb2312", texts)


def _may_be_chinese(texts: Sequence[bytes]) -> bool:
    """Whether short text declared as UTF-8 reads as GB 2312 just as well: two-byte characters only, and few."""
    if _high_bytes(texts) >= _ENOUGH_HIGH_BYTES or _has_three_byte_character(texts) or _looks_european(texts):
        return False
    return _valid("gb2312", texts)


def _fitting(texts: Sequence[bytes], peer_default: str | None, instead_of: str | None = None) -> Iterator[CharacterSet]:
    """What the rules of the module allow, in their order. instead_of: a declared codec that was found wrong."""
    if instead_of is None and all(text.isascii() for text in texts):
        yield CharacterSet(None, "escapes", sets=("6",))
    default = _peer_default(peer_default)
    if default is not None and default != instead_of and _valid(default, texts):
        yield CharacterSet(default, "peer-default")
    few = _high_bytes(texts) < _ENOUGH_HIGH_BYTES
    european = _looks_european(texts)
    if instead_of != "utf-8" and _valid("utf-8", texts):
        clear = european or _has_three_byte_character(texts) or not _valid("gb2312", texts)
        if clear or not few:
            yield CharacterSet("utf-8", "utf-8", few)
    if european:
        yield CharacterSet("iso8859-1", "latin-1", uncertain=True)
    if instead_of != "gb18030" and _reads_as("gb18030", texts):
        yield CharacterSet("gb18030", "gb18030", few)
    if _reads_as("big5", texts):
        yield CharacterSet("big5", "big5", uncertain=True)
    yield CharacterSet(instead_of or "iso8859-1", "undecided", uncertain=True)


def _peer_default(name: str | None) -> str | None:
    """A peer's default as a Python codec; None where there is none, or none that Python knows."""
    if not name:
        return None
    declared = _declared([_normal(name)])
    if declared is not None and declared.codec is not None:
        return declared.codec
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def _valid(codec: str, texts: Sequence[bytes], *, cut: bool = True) -> bool:
    """Whether all texts can be read; cut: a character cut at the end of a text is let pass."""
    try:
        for text in texts:
            codecs.getincrementaldecoder(codec)().decode(text.rstrip(b" \0"), final=not cut)
    except UnicodeDecodeError:
        return False
    return True


def _high_bytes(texts: Sequence[bytes]) -> int:
    return sum(len(run) for text in texts for run in _RUN.findall(text))


def _looks_european(texts: Sequence[bytes]) -> bool:
    """Rule 4's test: accents stand alone or in twos, next to unaccented letters."""
    for text in texts:
        for run in _RUN.finditer(text):
            neighbours = text[max(run.start() - 1, 0) : run.start()] + text[run.end() : run.end() + 1]
            if run.end() - run.start() > 2 or not any(chr(byte).isalpha() for byte in neighbours):
                return False
    return True


def _has_three_byte_character(texts: Sequence[bytes]) -> bool:
    return any(character > "\u07ff" for text in texts for character in text.decode("utf-8", "ignore"))


def _reads_as(codec: str, texts: Sequence[bytes]) -> bool:
    """Whether all texts are valid, with a whole character beyond ASCII and none of private use."""
    if not _valid(codec, texts):
        return False
    characters = "".join(text.decode(codec, "ignore") for text in texts)
    return not characters.isascii() and all(unicodedata.category(character) != "Co" for character in characters)
