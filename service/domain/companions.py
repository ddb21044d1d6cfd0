"""What a PACS is given beside SR and SEG, chosen for each: for systems that show neither (AC-09)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from models.manifest import Text
from service.domain.hospital import MalformedSetting


class Companion(StrEnum):
    """A kind of document that goes beside SR and SEG. Stable: rows and settings keep these words."""

    SUMMARY = "summary"
    PRESENTATION_STATE = "presentation-state"
    PDF = "pdf"
    KEY_IMAGES = "key-images"


AS_BEFORE: Final = frozenset({Companion.PDF, Companion.KEY_IMAGES})
"""What a PACS is given where nobody chose. The summary page goes all the same where SR or SEG is not accepted."""
NONE: Final = "none"
WORDS: Final[Mapping[Companion, Text]] = MappingProxyType(
    {
        Companion.SUMMARY: Text(zh="摘要页（SC）", en="summary page (SC)"),
        Companion.PRESENTATION_STATE: Text(zh="标注显示（GSPS）", en="drawn findings (GSPS)"),
        Companion.PDF: Text(zh="PDF 报告", en="report as PDF"),
        Companion.KEY_IMAGES: Text(zh="关键图像（KO）", en="key images (KO)"),
    }
)


def companions(typed: Iterable[str]) -> frozenset[Companion]:
    """As an operator types them; `none` alone: nothing beside SR and SEG. Raises MalformedSetting."""
    words = [each.strip() for each in typed]
    if words == [NONE]:
        return frozenset()
    try:
        return frozenset(Companion(each) for each in words)
    except ValueError:
        known = ", ".join([*Companion, NONE])
        wrong = next(each for each in words if each not in set(Companion))
        raise MalformedSetting(f"{wrong!a} is not what a PACS can be given beside SR and SEG: {known}") from None
