"""Before a signature the reader is shown where the text says another side, sex or size than the findings do."""

from __future__ import annotations

import re

import pytest

from models.contract import LEFT, MASS, NODULE, RIGHT, Code
from service.domain.codes import HEMORRHAGE, PLEURAL_EFFUSION
from service.domain.contradiction import Contradiction, StandingFinding, contradictions
from service.domain.report import ReportText
from service.domain.template import Template
from service.domain.template_texts import BUILT_IN

RIGHT_NODULE = StandingFinding(NODULE, RIGHT, (8.2, 6.1))


def kinds(findings: str, *standing: StandingFinding, impression: str = "", sex: str = "") -> list[str]:
    flags = contradictions(ReportText(findings, impression), standing or (RIGHT_NODULE,), sex)
    return [flag.kind.value for flag in flags]


@pytest.mark.parametrize(
    "text",
    [
        "右肺上叶见一结节，大小约 8.2 × 6.1 mm。",
        "右肺上叶见实性结节，直径约 0.8 cm。左肺未见异常。",
        "Right upper lobe: solid nodule, 8 x 6 mm. No nodule in the left lung.",
        "双肺多发结节。",
        "左侧胸膜增厚。",
        "主动脉直径 35 mm。",
        "",
    ],
)
def test_a_text_that_fits_is_not_flagged(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("左肺上叶见一结节，大小约 8 mm。", ["side"]),
        ("Left upper lobe nodule, 8 mm.", ["side"]),
        ("右肺上叶见一结节，大小约 18 mm。", ["size"]),
        ("右肺上叶见一结节，大小约 18 × 6 mm。", ["size"]),
        ("右肺见结节，约 0.3 cm。", ["size"]),
        ("左肺见结节，约 30 mm。", ["side", "size"]),
    ],
)
def test_another_side_or_size_than_the_finding_has_is_flagged(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected
    assert kinds("", impression=text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("左肺上叶见结节，未见钙化，大小约 30 mm。", ["side", "size"]),
        ("Left upper lobe nodule, 30 mm, without calcification.", ["side", "size"]),
        ("左肺上叶见一结节，较前无明显变化。", ["side"]),
        ("未见钙化，左肺上叶结节。", ["side"]),
        ("No calcification, left upper lobe nodule of 30 mm.", ["side", "size"]),
        ("Not calcified, nodule of the left lung.", ["side"]),
        ("右肺上叶见一结节，边界清晰，未见钙化，约 30 mm。", ["size"]),
        ("左肺上叶结节较前无明显变化。", ["side"]),
        ("左肺上叶 30 mm 结节未见钙化。", ["side", "size"]),
        ("左侧结节排除钙化。", ["side"]),
        ("Nodule without calcification in the left lung.", ["side"]),
        ("Left upper lobe nodule with no change.", ["side"]),
        ("The left nodule is not calcified.", ["side"]),
    ],
)
def test_a_denial_of_something_else_in_the_sentence_hides_no_contradiction(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "右肺上叶见结节，未见钙化，大小约 8.2 mm。",
        "右肺上叶见结节，左肺未见异常。",
        "右肺上叶见结节，左肺清晰，未见异常。",
        "左肺，未见结节。",
        "左肺结节未见。",
        "左肺结节：未见明确显示。",
        "左肺无明显结节。",
        "A nodule is not seen in the left lung.",
        "Left-sided nodules are absent.",
        "Nodules are not identified on the left.",
        "左肺未见结节，最大径未超过 30 mm。",
        "Right upper lobe nodule, 8.2 mm, without calcification, left lung clear.",
        "No mass, nodule or consolidation in the left lung.",
    ],
)
def test_what_is_denied_on_the_other_side_is_not_flagged(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    "words", ["LUL", "LLL", "Lingula", "lingular", "L lung", "L upper lobe", "L. lower lobe", "Lt lung", "lul"]
)
def test_a_short_word_for_the_left_is_the_left(words: str) -> None:
    left = StandingFinding(NODULE, LEFT, (8.2, 6.1))
    for text in (f"{words} nodule 8 mm.", f"Nodule of 8 mm in the {words}.", f"8 mm nodule ({words})."):
        assert kinds(text) == ["side"], text
        assert kinds(text, left) == [], text


@pytest.mark.parametrize("words", ["RUL", "RML", "RLL", "R lung", "R middle lobe", "R. lower lobe", "Rt. lung", "rul"])
def test_a_short_word_for_the_right_is_the_right(words: str) -> None:
    left = StandingFinding(NODULE, LEFT, (8.2, 6.1))
    for text in (f"{words} nodule 8 mm.", f"Nodule of 8 mm in the {words}.", f"8 mm nodule ({words})."):
        assert kinds(text, left) == ["side"], text
        assert kinds(text) == [], text


@pytest.mark.parametrize(
    "text",
    [
        "Nodule, 8 mm, volume 0.3 L, lung otherwise clear.",
        "Nodule above L1, 8 mm.",
        "Nodule, 8 mm; R/O metastasis.",
        "Nodule at level L 3.",
        "RUL nodule 8 mm. No nodule in the LUL.",
        "RUL nodule 8 mm, LLL clear.",
        "Full nodule work-up, pulled back; nodule at 3 L/min.",
    ],
)
@pytest.mark.parametrize("side", [LEFT, RIGHT], ids=["left", "right"])
def test_letters_that_say_no_side_are_none(text: str, side: Code) -> None:
    expected = [] if side == RIGHT or "RUL" not in text else ["side"]
    assert kinds(text, StandingFinding(NODULE, side, (8.2, 6.1))) == expected


def test_short_words_of_both_sides_fit_where_findings_lie_on_both() -> None:
    both = (RIGHT_NODULE, StandingFinding(NODULE, LEFT, (8.0,)))
    assert kinds("RUL and LUL nodules.", *both) == []
    assert kinds("RUL and LUL nodules.") == ["side"]


def test_advice_is_compared_too() -> None:
    flags = contradictions(ReportText(advice="左肺结节 30 mm，复查。前列腺随诊。"), [RIGHT_NODULE], "F")
    assert [flag.kind.value for flag in flags] == ["side", "size", "sex"]


@pytest.mark.parametrize("template", BUILT_IN, ids=lambda template: template.id)
@pytest.mark.parametrize("concept", [NODULE, MASS, PLEURAL_EFFUSION, HEMORRHAGE], ids=lambda concept: concept.meaning)
@pytest.mark.parametrize("side", [LEFT, RIGHT], ids=["left", "right"])
def test_no_shipped_template_is_flagged_but_for_the_denial_that_findings_take_the_place_of(
    template: Template, concept: Code, side: Code
) -> None:
    standing = [StandingFinding(concept, side, (8.2, 6.1))]
    said = template.wording.text
    parts = (said.findings, said.impression, said.advice)
    empty, as_it_is = (
        ReportText(*(re.sub(r"\{findings\|(.*?)\}", slot, part) for part in parts)) for slot in ("", r"\1")
    )
    assert contradictions(empty, standing, "") == ()
    assert {flag.kind for flag in contradictions(as_it_is, standing, "")} <= {Contradiction.PRESENCE}


def test_either_side_fits_where_findings_lie_on_both() -> None:
    assert kinds("左肺见一结节，约 5 mm。", RIGHT_NODULE, StandingFinding(NODULE, LEFT, (5.0,))) == []


@pytest.mark.parametrize(
    ("text", "sex", "flagged"),
    [
        ("子宫大小正常。", "M", True),
        ("子宫大小正常。", "F", False),
        ("前列腺增大。", "F", True),
        ("The prostate is enlarged.", "F", True),
        ("The uterus is normal.", "M", True),
        ("The prostate is enlarged.", "M", False),
        ("子宫大小正常。", "", False),
        ("Protestant hospital.", "F", False),
    ],
)
def test_an_organ_of_the_other_sex_is_flagged(text: str, sex: str, flagged: bool) -> None:
    assert (kinds(text, sex=sex) == ["sex"]) is flagged


def test_the_flag_shows_the_sentence_and_comes_once() -> None:
    text = ReportText("右肺见结节。左肺见结节，左侧。", "左肺见结节，左侧。")
    assert [flag.words for flag in contradictions(text, [RIGHT_NODULE], "")] == ["左肺见结节，左侧。"]


@pytest.mark.parametrize("words", ["体积 214 mm³", "volume 214 mm3", "面积约 55 mm2", "area 0.6 cm²"])
def test_a_volume_or_an_area_is_no_length(words: str) -> None:
    assert kinds(f"右肺结节，right nodule 8.2 mm，{words}。") == []
