"""A text that denies what the reader stands for is flagged; one that only sounds like it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contract import LEFT, NODULE, RIGHT
from service.domain.contradiction import Contradiction, StandingFinding, contradictions
from service.domain.report import ReportText

ON_THE_RIGHT = StandingFinding(NODULE, RIGHT, (8.0, 6.0))
ON_THE_LEFT = StandingFinding(NODULE, LEFT, (8.0, 6.0))
NOWHERE = StandingFinding(NODULE, None, ())


def denied(text: str, *standing: StandingFinding) -> bool:
    flags = contradictions(ReportText(findings=text), standing or (ON_THE_RIGHT,), "")
    return Contradiction.PRESENCE in {each.kind for each in flags}


DENIALS = [
    "双肺未见结节。",
    "双肺内未见明确结节、肿块及实变影。",
    "双肺纹理清晰，未见明显结节影。",
    "两肺未见明确肿块及结节。",
    "肺内没有结节。",
    "右肺未见结节。",
    "左肺清晰，右肺清晰，未见结节。",
    "未发现结节",
    "No pulmonary nodule.",
    "No nodule or mass.",
    "There is no evidence of a pulmonary nodule.",
    "The lungs are clear, without nodules.",
    "No focal consolidation, mass or nodule.",
    "No nodules are seen in the lungs.",
    "No nodule in the right lung.",
    "The left lung is hyperinflated, the right lung is clear, without nodules.",
    "No consolidation, nodule or mass, left or right.",
]
NO_DENIALS = [
    "余肺未见结节。",
    "其余肺野未见结节。",
    "右肺下叶结节，余未见结节。",
    "未见其他结节。",
    "未见新发结节。",
    "左肺未见结节。",
    "左肺清晰，未见结节。",
    "右肺上叶未见结节。",
    "结节未见钙化。",
    "右肺结节未见明显增大。",
    "未见结节增大。",
    "未见钙化结节。",
    "未见结节内空洞。",
    "肝内未见结节。",
    "甲状腺形态正常，未见结节。",
    "双肺未见肿块。",
    "不除外结节。",
    "右肺下叶见结节，左肺野清晰，未见结节。",
    "除右肺下叶结节外，双肺未见结节。",
    "双肺未见结节，右肺下叶除外。",
    "未见结节，左肺。",
    "右肺见一结节，边界清。",
    "No other nodule.",
    "No further pulmonary nodules.",
    "No new nodule.",
    "No nodule in the left lung.",
    "No nodule in the right upper lobe.",
    "No nodule growth.",
    "No nodule larger than 10 mm.",
    "No suspicious nodule.",
    "Nodule without calcification.",
    "No thyroid nodule.",
    "The liver is normal, without nodules.",
    "No nodule, mass or effusion on the left.",
    "No nodule, mass or consolidation at the apices.",
    "No nodule, left lung.",
    "No nodules, except in the right lower lobe.",
    "No nodules, other than the one described.",
    "Apart from the nodule in the right lung, no nodule.",
    "Right lower lobe nodule, left lung clear, without nodules.",
    "No mass.",
    "A nodule is not excluded.",
]


@pytest.mark.parametrize("text", DENIALS)
def test_a_finding_that_is_denied_outright_is_flagged(text: str) -> None:
    assert denied(text)


@pytest.mark.parametrize("text", NO_DENIALS)
def test_what_denies_something_else_is_not_flagged(text: str) -> None:
    assert not denied(text)


def test_a_denial_of_one_side_is_one_only_for_a_finding_of_that_side() -> None:
    assert denied("左肺未见结节。", ON_THE_LEFT)
    assert denied("左肺未见结节。", ON_THE_RIGHT, ON_THE_LEFT)
    assert not denied("左肺未见结节。", NOWHERE)
    assert denied("双肺未见结节。", NOWHERE)


def test_a_finding_that_is_left_open_is_denied_too_but_its_size_and_side_are_not_compared() -> None:
    flags = contradictions(ReportText(findings="左肺结节 30 mm。双肺未见结节。"), (), "", (ON_THE_RIGHT,))
    assert [(each.kind, each.words) for each in flags] == [(Contradiction.PRESENCE, "双肺未见结节。")]


def test_nothing_is_denied_where_nothing_stands() -> None:
    assert contradictions(ReportText(findings="双肺未见结节。"), (), "") == ()


@given(st.sampled_from(DENIALS), st.text(st.characters(categories=("L", "N", "P", "Z")), max_size=20))
def test_a_denial_is_found_wherever_its_sentence_stands(sentence: str, other: str) -> None:
    whole = sentence if sentence[-1] in "。." else f"{sentence}。"
    assert denied(f"{whole}\n{other}")
