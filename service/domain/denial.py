"""Where a report's words deny a kind of finding outright: no nodule in the lungs, not: no further nodule, no growth.

Only what leaves no doubt is a denial. Words that are not known here (another organ, a lobe, a quality, a comparison)
make it none: a flag that is false teaches to confirm flags unread.
"""

from __future__ import annotations

import re
from typing import Final

_PLACE_ZH: Final = r"(?:双侧|两侧|左侧|右侧|双|两|左|右)?(?:肺实质|肺野|肺部|肺内|肺|胸部)?(?:内|野|部|均|亦|也|仍)?"
_BEFORE_ZH: Final = re.compile(rf"(?:(?:扫描范围|所见|所示|范围|CT|平扫|检查|示|内|[：:\s])*{_PLACE_ZH})")
_SURE_ZH: Final = r"(?:明显|明确|确切|显著)?(?:的)?"
_DENIAL_ZH: Final = re.compile(r"未见|没有|无明显|未发现|无")
_BETWEEN_ZH: Final = re.compile(rf"{_SURE_ZH}(?:[\u4e00-\u9fff]{{1,8}}[、及和或与])*{_SURE_ZH}(?:{_PLACE_ZH})?")
_BEHIND_ZH: Final = re.compile(r"(?:样)?(?:影|灶|病灶|病变)?(?:[、及和或与][\u4e00-\u9fff、及和或与]*)?\W*")
_BEFORE_EN: Final = re.compile(
    r"(?:(?:there|is|are|was|were|the|both|bilateral|left|right|lungs?|chest|clear|with|shows?|and|in)\b|[\s,:])*"
)
_DENIAL_EN: Final = re.compile(r"\b(?:no|without)\b", re.IGNORECASE)
_SURE_EN: Final = r"(?:evidence\s+of|definite|discrete|visible|obvious|focal|pulmonary|lung|parenchymal|any|an?)"
_BETWEEN_EN: Final = re.compile(rf"\s+(?:(?:{_SURE_EN}\s+)*[a-z-]+(?:\s*,\s*|\s+(?:or|and)\s+))*(?:{_SURE_EN}\s+)*")
_SEEN_EN: Final = r"(?:\s+(?:is|are|was|were))?(?:\s+(?:seen|found|identified|detected|present|visible|noted))?"
_IN_LUNGS_EN: Final = r"(?:\s+in\s+(?:the\s+)?(?:both\s+|left\s+|right\s+)?(?:lungs?|chest))?"
_BEHIND_EN: Final = re.compile(
    rf"(?:e?s)?(?:\s*(?:,|\bor\b|\band\b)\s*(?:{_SURE_EN}\s+)*[a-z-]+)*{_SEEN_EN}{_IN_LUNGS_EN}{_SEEN_EN}\W*"
)
_OF_LUNGS: Final = re.compile(r"肺|胸|\blungs?\b|\bchest\b|\bpulmonary\b", re.IGNORECASE)


def denies(clause: str, before: str, *, zh: str, en: str) -> bool:
    """Whether a clause denies a kind of finding in the lungs outright.

    before: what its sentence says before it; what is denied behind words about something else is not about the lungs.
    zh, en: the words for the kind.
    """
    if before and not _OF_LUNGS.search(before):
        return False
    text = clause.lower()
    return _denied(text, zh, _DENIAL_ZH, (_BEFORE_ZH, _BETWEEN_ZH, _BEHIND_ZH)) or _denied(
        text, en, _DENIAL_EN, (_BEFORE_EN, _BETWEEN_EN, _BEHIND_EN)
    )


def _denied(
    text: str, term: str, denial: re.Pattern[str], around: tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]
) -> bool:
    """Whether the term stands behind a denial with nothing but known words before, between and behind."""
    before, between, behind = around
    no = denial.search(text)
    if no is None or before.fullmatch(text, 0, no.start()) is None:
        return False
    return any(
        between.fullmatch(text, no.end(), at.start()) is not None and behind.fullmatch(text, at.end()) is not None
        for at in re.finditer(re.escape(term), text)
        if at.start() >= no.end()
    )
