"""How bodies of requests and answers are declared: closed, immutable, described in two languages."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models.contract import Code
from models.manifest import Text
from service.access.field_faults import WrongValue
from service.access.written_text import prose
from service.dicom.names import PersonName
from service.domain.codes import term
from service.domain.plain_text import is_line
from service.his.cursors import MAX_LENGTH

Item = TypeVar("Item")
UID_PATTERN: Final = r"^[0-9]+(\.[0-9]+)*$"
EXAMPLE_STUDY_UID: Final = "1.2.826.0.1.3680043.10.1561.7.20261123.1"
EXAMPLE_SERIES_UID: Final = "1.2.826.0.1.3680043.10.1561.7.20261123.1.3"
EXAMPLE_MOMENT: Final = "2026-11-23T08:15:30.250Z"


def both(zh: str, en: str) -> str:
    """A description in the two languages of the documents."""
    return f"{zh} / {en}"


def examples(*values: dict[str, Any]) -> ConfigDict:
    """A shape's configuration with examples for the documents."""
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": list(values)})


class Shape(BaseModel):
    """A body, or a part of one: an unknown field is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Shape, Generic[Item]):
    """A page of a list."""

    items: tuple[Item, ...] = Field(description=both("本页内容", "what is on this page"))
    next: str | None = Field(
        description=both("下一页的游标；没有更多时为 null", "cursor of the next page; null after the last one")
    )


class Coded(Shape):
    """A coded concept with its words."""

    value: str = Field(description=both("编码值", "code value"), examples=["27925004"])
    scheme: str = Field(description=both("编码体系（SCT、DCM 等）", "coding scheme (SCT, DCM, …)"), examples=["SCT"])
    meaning: str = Field(description=both("DICOM 编码含义（英文）", "code meaning as in DICOM"), examples=["Nodule"])
    zh: str = Field(description=both("中文名称", "Chinese words"), examples=["结节"])
    en: str = Field(description=both("英文名称", "English words"), examples=["nodule"])

    @classmethod
    def of(cls, value: str, scheme: str, meaning: str) -> Coded:
        """A code of a row, with the words of the code table."""
        known = term(Code(value, scheme, meaning))
        return cls(value=value, scheme=scheme, meaning=meaning, zh=known.zh, en=known.en)


class Name(Shape):
    """A person's name in its three DICOM writings; empty where there is none."""

    alphabetic: str = Field(description=both("字母写法", "alphabetic"), examples=["Zhang^San"])
    ideographic: str = Field(description=both("汉字写法", "ideographic"), examples=["张^三"])
    phonetic: str = Field(description=both("拼音或注音写法", "phonetic"), examples=[""])

    @classmethod
    def of(cls, stored: str) -> Name:
        """A name of a row."""
        alphabetic, ideographic, phonetic = PersonName.parse(stored).groups
        return cls(alphabetic=alphabetic, ideographic=ideographic, phonetic=phonetic)


def moment(seconds: float) -> datetime:
    """A moment of a row, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def moment_or_none(seconds: float | None) -> datetime | None:
    """A moment of a row that may not have come yet."""
    return None if seconds is None else moment(seconds)


def iso_date(dicom_date: str) -> str | None:
    """YYYYMMDD as YYYY-MM-DD; null where a row has none."""
    return f"{dicom_date[:4]}-{dicom_date[4:6]}-{dicom_date[6:]}" if len(dicom_date) == 8 else None


def _identifier(text: str) -> str:
    trimmed = unicodedata.normalize("NFC", text.strip())
    if not is_line(trimmed) or "\\" in trimmed:
        raise WrongValue(Text(zh="不得含控制字符或反斜线", en="must have no control characters and no backslash"))
    return trimmed


def _prose(text: str) -> str:
    return unicodedata.normalize("NFC", prose(text).strip())


def require_text(text: str) -> str:
    """One line of words that a person reads, trimmed and not empty. Raises WrongValue."""
    trimmed = _prose(text)
    if not trimmed:
        raise WrongValue(Text(zh="不能为空", en="must not be empty"))
    return trimmed


Identifier = Annotated[str, Field(max_length=64), AfterValidator(_identifier)]
"""An identifier as DICOM writes one (SH, LO): trimmed, NFC, no backslash."""

Prose = Annotated[str, Field(max_length=20_000), AfterValidator(_prose)]
"""Free text of several lines."""

StudyUidPath = Annotated[
    str,
    Path(
        pattern=UID_PATTERN,
        max_length=64,
        description=both("检查 UID (0020,000D)", "Study Instance UID (0020,000D)"),
        examples=[EXAMPLE_STUDY_UID],
    ),
]
IdPath = Annotated[
    str,
    Path(
        pattern=r"^[0-9a-f]{32}$",
        description=both("中心分配的编号", "the id this centre gave it"),
        examples=["5b1f0c6e9a2d4f3f8c7b6a5d4e3f2a1b"],
    ),
]


class PageQuery(Shape):
    """Which page of a list."""

    cursor: str | None = Field(
        default=None,
        max_length=MAX_LENGTH,
        description=both("上一页返回的 next；首页不填", "`next` of the page before; none for the first page"),
    )
    limit: int = Field(default=50, ge=1, le=200, description=both("每页条数，至多 200", "rows a page, at most 200"))
