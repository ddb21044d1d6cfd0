"""Sentences of ours that rows keep in English, said in Chinese: by templates whose fields are sentences in turn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TypeAlias

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""English and Chinese, with {fields} in them."""


def in_chinese(sentence: str, pairs: Pairs, inner: Mapping[str, Pairs]) -> str | None:
    """By the first template that fits with everything inside it; None where none does.

    inner: the templates of those fields that are sentences themselves; every other field is taken over as it is.
    """
    for english, chinese in pairs:
        found = _pattern(english).fullmatch(sentence)
        if found is None:
            continue
        inside = {
            name: in_chinese(text, inner[name], inner) if name in inner else text
            for name, text in found.groupdict().items()
        }
        if None not in inside.values():
            return chinese.format_map(inside)
    return None


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """A template as a pattern: each {field} is any text, as little of it as fits."""
    steps = re.split(r"\{(\w+)\}", template)
    return re.compile(
        "".join(f"(?P<{step}>.+?)" if number % 2 else re.escape(step) for number, step in enumerate(steps)), re.DOTALL
    )
