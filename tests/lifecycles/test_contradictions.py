"""Before a signature the reader is shown where the text says another side, sex or size than the findings do."""

from __future__ import annotations

import pytest

from models.contract import LEFT, NODULE, RIGHT
from service.domain.contradiction import StandingFinding, contradictions
from service.domain.report import ReportText

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
