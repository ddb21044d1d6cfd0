"""Where a report's text disagrees with what the reader stands for: presence, side, sex, size. Shown, never mended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.contract import LEFT, RIGHT, Code
from service.domain.codes import TERMS
from service.domain.denial import denies
from service.domain.report import ReportText


class Contradiction(StrEnum):
    """What disagrees."""

    PRESENCE = "presence"
    SIDE = "side"
    SEX = "sex"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class Flag:
    """A disagreement and the words of the text that show it."""

    kind: Contradiction
    words: str


@dataclass(frozen=True, slots=True)
class StandingFinding:
    """As much of an accepted, corrected or added finding as text can disagree with. Lengths in mm."""

    concept: Code
    laterality: Code | None
    lengths_mm: tuple[float, ...]


_OF_A_SIDE: Final = r"\s+(?:upper|middle|lower|lungs?|lobes?|hil(?:um|ar)|apex|apical|base|basal|pleural?|hemithorax)\b"
"""Behind R or L, which alone may be a litre, a lumbar vertebra or a lead."""
_STOP: Final = rf"\.(?=\s|$)(?:(?<!\b[RL]\.)(?<!\b[RL]t\.)|(?!{_OF_A_SIDE}))"
"""Not that of a short word for a side: Rt. lung, L. lower lobe."""
_SENTENCE: Final = re.compile(rf"[^。；;!！?？\n]+?(?:[。；;!！?？\n]|{_STOP}|$)", re.IGNORECASE)
_CLAUSE: Final = re.compile(r"[^，,]+(?:,(?=\d)[^，,]*)*")
"""Of a sentence; a comma before a digit may be a decimal one, as in 8,4 mm."""
_SIDES: Final = (
    (RIGHT, re.compile(rf"右|\b(?:right|R[UML]L|rt)\b|\bR\b\.?{_OF_A_SIDE}", re.IGNORECASE)),
    (
        LEFT,
        re.compile(rf"左|\b(?:left|L[UL]L|lt|lingula|lingular)\b|(?<!\d )(?<!\d)\bL\b\.?{_OF_A_SIDE}", re.IGNORECASE),
    ),
)
"""RUL is the right upper lobe, RML, RLL, LUL and LLL likewise; the lingula is of the left upper lobe."""
_BOTH: Final = re.compile(r"双|两侧|\bboth\b|\bbilateral", re.IGNORECASE)
_DENIED: Final = re.compile(r"未见|无明显|没有|未发现|排除|\bno\b|\bwithout\b|\bnot\b|\babsen", re.IGNORECASE)
_NOTHING_MORE: Final = re.compile(
    r"\W*(?:明确|确切|显示|发现)*\W*|(?:ce|t)?\s*(?:be\s+)?(?:seen|found|identified|detected|present|visible)?(?:\s+(?:in|on|at)\b.*)?\W*",
    re.IGNORECASE,
)
"""Behind a denial: not what is denied."""
_DENIES_LIST: Final = re.compile(r"^(?:there (?:is|are|was|were) )?(?:no|without)\b", re.IGNORECASE)
_ENDS_LIST: Final = re.compile(r"\d|\b(?:but|however|with|is|are|was|were|there|measur\w*)\b", re.IGNORECASE)
"""No nodule, mass or consolidation: one denial for each of them, up to a clause of its own."""
_LAST_OF_LIST: Final = re.compile(r"\b(?:or|and|nor)\b", re.IGNORECASE)
_EXCEPTING: Final = re.compile(r"除|\b(?:except|apart from|aside from|other than|besides|elsewhere)\b", re.IGNORECASE)
"""What is denied then is any other."""
_NORMAL: Final = re.compile(r"清晰|正常|通畅|光整|\bclear\b|\bnormal\b|\bunremarkable\b", re.IGNORECASE)
_UNIT: Final = r"(mm|cm|毫米|厘米)(?![²³23])"
"""Of a length: an area or a volume is none."""
_LENGTH: Final = re.compile(rf"(\d+(?:\.\d+)?)\s*{_UNIT}", re.IGNORECASE)
_PAIR: Final = re.compile(rf"(\d+(?:\.\d+)?)\s*[×xX*]\s*(?=\d+(?:\.\d+)?\s*{_UNIT})", re.IGNORECASE)
_OF_WOMEN: Final = re.compile(
    r"子宫|宫颈|卵巢|输卵管|\buter(?:us|ine)\b|\bovar(?:y|ies|ian)\b|\bcervix\b", re.IGNORECASE
)
_OF_MEN: Final = re.compile(r"前列腺|精囊|睾丸|\bprostat|\bseminal vesicle|\btest(?:is|es|icular)\b", re.IGNORECASE)
_CENTIMETRE_MM: Final = 10.0
_LEAST_DIFFERENCE_MM: Final = 1.5
_DIFFERENCE_SHARE: Final = 0.2


def contradictions(
    text: ReportText,
    standing: Sequence[StandingFinding],
    patient_sex: str,
    uncertain: Sequence[StandingFinding] = (),
) -> tuple[Flag, ...]:
    """Every disagreement, in the order of the text. patient_sex: M, F, O or empty, as the images say.

    uncertain: findings that the reader left open; text that denies their kind outright disagrees with them too.
    """
    found: list[Flag] = []
    for sentence in _sentences(text):
        found += _sex(sentence, patient_sex)
        found += _presence(sentence, (*standing, *uncertain))
        for clause in _about(sentence, standing):
            found += (Flag(kind, sentence) for kind in (*_side(clause, standing), *_size(clause, standing)))
    return tuple(dict.fromkeys(found))


def _sentences(text: ReportText) -> Iterator[str]:
    for part in (text.findings, text.impression, text.advice):
        yield from (match.group().strip() for match in _SENTENCE.finditer(part) if match.group().strip())


def _about(sentence: str, standing: Sequence[StandingFinding]) -> Iterator[str]:
    """The clauses that say something of a finding that stands: those that name its kind, and what goes on about it.

    A denial is one of its own clause; where the finding itself is denied, what goes on about it is too.
    """
    clauses = [match.group().strip() for match in _CLAUSE.finditer(sentence)]
    named = [_named_at(clause, standing) is not None for clause in clauses]
    denied = _denied(clauses, standing)
    if not any(named):
        return
    speaks = not denied[named.index(True)]
    for clause, is_denied, is_named in zip(clauses, denied, named, strict=True):
        if is_named:
            speaks = not is_denied
        if speaks and not is_denied and (is_named or not _NORMAL.search(clause)):
            yield clause


def _denied(clauses: Sequence[str], standing: Sequence[StandingFinding]) -> list[bool]:
    """Of each clause whether it says that something is not there; of one that names a finding, that this is not."""
    denied, in_list = [], False
    for clause in clauses:
        in_list = bool(_DENIES_LIST.search(clause)) or (in_list and not _ENDS_LIST.search(clause))
        denied.append(in_list or _is_denied(clause, _named_at(clause, standing)))
    return denied


def _is_denied(clause: str, named_at: int | None) -> bool:
    """A denial is of what comes behind it, or where nothing does (左肺结节未见) of what stands before."""
    denial = _DENIED.search(clause)
    if denial is None:
        return False
    if named_at is None or denial.start() < named_at:
        return True
    return _NOTHING_MORE.fullmatch(clause, denial.end()) is not None


def _named_at(clause: str, standing: Sequence[StandingFinding]) -> int | None:
    """Where a clause first names a kind of finding that stands; None where it names none."""
    lower = clause.lower()
    concepts = {(each.concept.value, each.concept.scheme) for each in standing}
    terms = [term for term in TERMS if (term.code.value, term.code.scheme) in concepts]
    places = [place for term in terms for place in (clause.find(term.zh), lower.find(term.en)) if place >= 0]
    return min(places, default=None)


def _presence(sentence: str, held: Sequence[StandingFinding]) -> Iterator[Flag]:
    """A kind that is denied outright though a finding of it is held: on that side, where the denial names one."""
    if _EXCEPTING.search(sentence):
        return
    clauses = [match.group().strip() for match in _CLAUSE.finditer(sentence)]
    said = [_Said(clauses[place], clauses[:place], clauses[place + 1 :]) for place in range(len(clauses))]
    if any(_is_denied_outright(each, finding) for each in [*said, _Said(sentence, (), ())] for finding in held):
        yield Flag(Contradiction.PRESENCE, sentence)


@dataclass(frozen=True, slots=True)
class _Said:
    """Words that may deny a finding, and the clauses of their sentence before and behind them."""

    words: str
    before: Sequence[str]
    behind: Sequence[str]

    @property
    def goes_on(self) -> bool:
        """Whether the list that is denied goes on behind: what it says of a place is said of all of it."""
        ends = next((place for place, each in enumerate(self.behind) if _ENDS_LIST.search(each)), len(self.behind))
        return any(_LAST_OF_LIST.search(each) for each in self.behind[:ends])

    @property
    def of_place(self) -> str:
        """The words that say where: their own, else the nearest that do before them."""
        return next((each for each in (self.words, *reversed(self.before)) if _names_side(each)), "")


def _names_side(words: str) -> bool:
    return bool(_BOTH.search(words)) or any(pattern.search(words) for _, pattern in _SIDES)


def _is_denied_outright(said: _Said, finding: StandingFinding) -> bool:
    kind = (finding.concept.value, finding.concept.scheme)
    term = next((each for each in TERMS if (each.code.value, each.code.scheme) == kind), None)
    if term is None or not denies(said.words, " ".join(said.before), zh=term.zh, en=term.en):
        return False
    if said.goes_on or (not said.of_place and any(_names_side(each) for each in said.behind)):
        return False
    sides = [side for side, pattern in _SIDES if pattern.search(said.of_place)]
    return len(sides) != 1 or bool(_BOTH.search(said.of_place)) or finding.laterality in sides


def _side(clause: str, standing: Sequence[StandingFinding]) -> Iterator[Contradiction]:
    known = {each.laterality for each in standing if each.laterality is not None}
    if not known or _BOTH.search(clause):
        return
    for side, pattern in _SIDES:
        said = pattern.search(clause)
        if said is not None and side not in known:
            yield Contradiction.SIDE


def _sex(sentence: str, patient_sex: str) -> Iterator[Flag]:
    foreign = {"M": _OF_WOMEN, "F": _OF_MEN}.get(patient_sex)
    said = None if foreign is None else foreign.search(sentence)
    if said is not None:
        yield Flag(Contradiction.SEX, sentence)


def _size(clause: str, standing: Sequence[StandingFinding]) -> Iterator[Contradiction]:
    measured = [length for each in standing for length in each.lengths_mm]
    if not measured:
        return
    said = [(match[1], match[2]) for match in (*_LENGTH.finditer(clause), *_PAIR.finditer(clause))]
    for number, unit in said:
        length_mm = float(number) * (_CENTIMETRE_MM if unit.lower() in {"cm", "厘米"} else 1.0)
        if not any(_is_same(length_mm, each) for each in measured):
            yield Contradiction.SIZE


def _is_same(said_mm: float, measured_mm: float) -> bool:
    return abs(said_mm - measured_mm) <= max(_LEAST_DIFFERENCE_MM, _DIFFERENCE_SHARE * measured_mm)
