"""Whatever can be said of a peer is said in Chinese too, and without the peer's own words."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_node import send as pacs
from service.domain.peer_words import peer_words
from service.flow.peers import PeerFailure
from service.his import webhook
from workers import probe

ROOT = Path(__file__).parents[2]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
KINDS = {"PeerBusy", "PeerAway", "PeerRefused", "PeerTakesNone", "PeerUnanswered", "NotTaken"}
SAMPLES = {"where": "10.0.0.5:104 (PACS)", "status": "404", "code": "1/1/7", "failure": "the webhook answered 404"}
STATUSES = (0x0110, 0x0122, 0x0124, 0xA700, 0xA702, 0xA900, 0xC000, 0xC123, 0x0211)


def sentences(path: str) -> Iterator[str]:
    """Every sentence that a module fails with, its fields filled in."""
    for call in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in KINDS and call.args:
            first = call.args[0]
            if isinstance(first, ast.Constant | ast.JoinedStr):
                yield "".join(_part(each) for each in getattr(first, "values", [first]))


def _part(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.FormattedValue)
    return SAMPLES.get(ast.unparse(node.value), "x1")


WRITTEN = sorted(
    set(
        itertools.chain.from_iterable(
            sentences(path) for path in ("dicom_node/send.py", "service/his/webhook.py", "service/flow/deliver.py")
        )
    )
)


def is_said(sentence: str) -> bool:
    chinese = peer_words(sentence).zh
    return CHINESE.search(chinese) is not None and "原文" not in chinese


def test_the_sentences_are_found() -> None:
    assert len(WRITTEN) > 20
    assert not is_said("something that nobody ever said")


@pytest.mark.parametrize("sentence", WRITTEN)
def test_every_failure_of_a_peer_has_its_chinese(sentence: str) -> None:
    assert is_said(sentence)


ACCEPTED = [
    frozenset(each)
    for count in range(len(probe.RESULT_CLASSES) + 1)
    for each in itertools.combinations(probe.RESULT_CLASSES, count)
]


@pytest.mark.parametrize("accepted", ACCEPTED)
def test_every_line_of_a_connection_test_has_its_chinese(accepted: frozenset[str]) -> None:
    for uid in probe.RESULT_CLASSES:
        _, words = probe._class_line("PACS 10.0.0.5:104 (PACS)", uid, accepted)
        assert is_said(words), words


@pytest.mark.parametrize("status", STATUSES)
def test_a_c_store_status_says_what_to_do_and_not_what_the_peer_said(status: int) -> None:
    with pytest.raises(PeerFailure) as raised:
        pacs._judge(status, "patient 张三 unknown")
    words = peer_words(raised.value.whole)
    assert CHINESE.search(words.zh)
    assert f"{status:04X}" in words.zh
    assert f"{status:04X}" in words.en
    assert "张三" not in f"{words.zh}{words.en}"
    assert ":" in words.en


@pytest.mark.parametrize(
    ("code", "english", "chinese"),
    [
        ("1/1/3", "title we call as", "主叫"),
        ("1/1/7", "is called by", "被叫"),
        ("2/3/1", "tried again", "自动重试"),
        ("2/3/2", "tried again", "自动重试"),
        ("1/3/1", "both sides", "双方"),
        ("1/2/2", "both sides", "双方"),
    ],
)
def test_a_rejected_association_says_whose_title_is_to_be_mended(code: str, english: str, chinese: str) -> None:
    sentence = f"10.0.0.5:104 (PACS) rejected the association ({code}); check the AE titles on both sides"
    words = peer_words(sentence)
    assert english in words.en
    assert chinese in words.zh
    for text in (words.en, words.zh):
        assert "10.0.0.5:104 (PACS)" in text
        assert code in text


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410, 429, 500, 503])
def test_a_webhooks_answer_says_what_to_do(status: int) -> None:
    with pytest.raises(PeerFailure) as raised:
        webhook._judge(status)
    for sentence in (str(raised.value), f"webhook: {raised.value}"):
        assert is_said(sentence)
        assert str(status) in peer_words(sentence).zh


@given(st.text(max_size=200))
def test_what_a_peer_says_never_breaks_the_list_nor_shows_up(said: str) -> None:
    words = peer_words(f"C-STORE status C001: {said}")
    assert words == peer_words("C-STORE status C001")
    assert peer_words(said or "x").zh
