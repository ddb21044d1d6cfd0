"""How two data sets differ and why one is held, in the two languages of the product."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from models.manifest import Text
from service.domain.sentences import Pairs, in_chinese

_HOW: Final[Pairs] = (
    ("{noun} only in what is served", "{noun}仅存在于在用影像"),
    ("{noun} only in what is held", "{noun}仅存在于隔离影像"),
    ("only in what is served", "仅存在于在用影像"),
    ("only in what is held", "仅存在于隔离影像"),
    ("written {n} times in one, {m} times in the other", "一方出现 {n} 次，另一方 {m} 次"),
    ("items in one, a plain value in the other", "一方为条目，另一方为普通值"),
    ("{n} items in what is served, {m} in what is held", "在用影像有 {n} 个条目，隔离影像有 {m} 个"),
    ("{noun} differs: equal length, {n} bytes", "{noun}不同：长度相同，{n} 字节"),
    ("{noun} differs: {n} bytes in what is served, {m} in what is held", "{noun}不同：在用 {n} 字节，隔离 {m} 字节"),
    ("differs: equal length, {n} bytes", "不同：长度相同，{n} 字节"),
    ("differs: {n} bytes in what is served, {m} in what is held", "不同：在用 {n} 字节，隔离 {m} 字节"),
    ("served in {one}, held in {other}", "在用为 {one}，隔离为 {other}"),
    (
        "every attribute has the same value; only the way it is written differs (lengths, order or padding)",
        "各属性值相同，仅书写方式不同（长度、顺序或填充）",
    ),
    ("differs", "不同"),
    ("conflicting data set under one SOP Instance UID", "同一 SOP Instance UID 下内容不同"),
    ("replaced by an accepted data set", "已被接受的数据替换"),
)
_NOUN: Final[Pairs] = (
    ("Float Pixel Data", "浮点像素数据"),
    ("Double Float Pixel Data", "双精度像素数据"),
    ("Pixel Data", "像素数据"),
)
_INNER: Final[Mapping[str, Pairs]] = MappingProxyType({"noun": _NOUN})


def difference_words(sentence: str) -> Text:
    """What service.dicom.difference and the quarantine say, for people."""
    chinese = in_chinese(sentence, _HOW, _INNER)
    return Text(zh=f"（原文）{sentence}" if chinese is None else chinese, en=sentence)
