"""A refusal and a failure are said in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from models.contract import RefusalReason
from models.manifest import Text
from models.refusals import FAILURE_WORDS, REFUSAL_WORDS, words

CHINESE = re.compile("[\u4e00-\u9fff]")
FAILURES = {"attempts-exhausted", "package-fault", "package-failed", "deadline-passed", "unforeseen"}


@pytest.mark.parametrize("reason", RefusalReason)
def test_every_refusal_is_said_in_chinese_and_in_english(reason: RefusalReason) -> None:
    said = words(reason)
    assert CHINESE.search(said.zh)
    assert said.zh.endswith("。")
    assert said.en.endswith(".")
    assert not CHINESE.search(said.en)


def test_every_failure_code_of_an_analysis_has_words() -> None:
    assert set(FAILURE_WORDS) == FAILURES
    assert all(CHINESE.search(said.zh) and not CHINESE.search(said.en) for said in FAILURE_WORDS.values())


@pytest.mark.parametrize("table", [REFUSAL_WORDS, FAILURE_WORDS], ids=["refusals", "failures"])
def test_what_happened_is_followed_by_what_to_do(table: Mapping[str, Text]) -> None:
    for said in table.values():
        assert said.zh.count("。") >= 2
        assert len(re.findall(r"\.(?: |$)", said.en)) >= 2


def test_no_two_reasons_are_said_alike() -> None:
    assert len({said.en for said in REFUSAL_WORDS.values()}) == len(RefusalReason)
    assert len({said.zh for said in REFUSAL_WORDS.values()}) == len(RefusalReason)
