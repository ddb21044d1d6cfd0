"""What a report says in the hospital's language is what the codes say."""

from __future__ import annotations

from dataclasses import replace

import made_sources as made
import pytest
from pydicom.sr._concepts_dict import concepts

from models.contract import (
    LEFT,
    LUNG,
    MASS,
    MIDDLE_LOBE,
    NODULE,
    RIGHT,
    UPPER_LOBE,
    Code,
    Presence,
    RefusalReason,
    Refused,
    Target,
)
from service.domain.codes import TERMS
from service.domain.hospital import Language
from service.domain.outcome import Failed, StatedFinding, Statement
from service.domain.wording import conclusion, figures, findings_text, impression_text, report_lines, site_words

ZH, EN = Language.ZH_CN, Language.EN
LESION = StatedFinding(1, NODULE, UPPER_LOBE, RIGHT, Presence.PRESENT, 0.8765, 8.3456, 6.1, 245.4, -123.4)


def said(*findings: StatedFinding) -> Statement:
    return Statement(Target(NODULE, LUNG), findings)


def test_a_finding_is_told_with_its_place_size_and_probability() -> None:
    assert findings_text(said(LESION), made.PACKAGE, ZH) == (
        "1. 右肺上叶见一结节，大小约 8.3 mm × 6.1 mm（长径 × 短径），体积 245 mm³，平均 CT 值 -123 HU，AI 概率 0.876。"
    )
    assert findings_text(said(LESION), made.PACKAGE, EN) == (
        "1. Right upper lobe of the lung: nodule, 8.3 mm × 6.1 mm (long axis × short axis), volume 245 mm³, "
        "mean attenuation -123 HU, AI probability 0.876."
    )


def test_measures_that_do_not_apply_are_left_out() -> None:
    bare = replace(
        LESION, long_axis_mm=None, short_axis_mm=None, volume_mm3=None, mean_hu=None, presence=Presence.UNDETERMINED
    )
    assert findings_text(said(bare), made.PACKAGE, ZH) == "1. 右肺上叶见可疑结节，AI 概率 0.876。"
    assert (
        findings_text(said(bare), made.PACKAGE, EN)
        == "1. Right upper lobe of the lung: possible nodule, AI probability 0.876."
    )


@pytest.mark.parametrize(
    ("finding", "zh", "en"),
    [
        (LESION, "右肺上叶结节，大小约 8.3 × 6.1 mm。", "Nodule, right upper lobe of the lung, 8.3 × 6.1 mm."),
        (
            replace(LESION, short_axis_mm=None),
            "右肺上叶结节，大小约 8.3 mm。",
            "Nodule, right upper lobe of the lung, 8.3 mm.",
        ),
        (
            replace(LESION, long_axis_mm=None, short_axis_mm=None, presence=Presence.UNDETERMINED),
            "右肺上叶可疑结节。",
            "Possible nodule, right upper lobe of the lung.",
        ),
    ],
    ids=["two axes", "one axis", "possible"],
)
def test_a_finding_that_stands_has_one_short_line_for_the_impression_of_a_report_of_either_language(
    finding: StatedFinding, zh: str, en: str
) -> None:
    lines = report_lines(finding)
    assert (lines[ZH].impression, lines[EN].impression) == (zh, en)
    assert lines[ZH].findings.startswith("右肺上叶见")
    assert lines[EN].findings.startswith("Right upper lobe of the lung: ")


@pytest.mark.parametrize(
    ("probability", "words"), [(1.0, ">0.99"), (0.9999, ">0.99"), (0.99, "0.99"), (0.01, "0.01"), (0.0, "<0.01")]
)
def test_no_finding_is_told_as_certain(probability: float, words: str) -> None:
    finding = replace(LESION, probability=probability)
    assert findings_text(said(finding), made.PACKAGE, ZH).endswith(f"AI 概率 {words}。")
    assert findings_text(said(finding), made.PACKAGE, EN).endswith(f"AI probability {words}.")


def test_absent_is_said_of_the_sizes_that_were_looked_for() -> None:
    assert findings_text(said(), made.PACKAGE, ZH) == "肺内未检出结节（检出范围 4–40 mm）。"
    assert findings_text(said(), made.PACKAGE, EN) == "Lung: no nodule found (looked for: 4–40 mm)."


def test_the_impression_counts_and_names_the_largest_and_says_that_it_is_unverified_research() -> None:
    mass = replace(LESION, number=2, concept=MASS, laterality=LEFT, long_axis_mm=33.0)
    small = replace(LESION, number=3, long_axis_mm=4.0)
    assert impression_text(said(LESION, mass, small), made.PACKAGE, ZH).splitlines() == [
        "AI 检出结节 2 处、肿块 1 处，最大者位于左肺上叶，大小约 33 mm × 6.1 mm（长径 × 短径）。",
        "AI 结果，未经医师核实。",
        "胸部 CT 肺结节检测 1：仅供研究使用",
    ]
    place = "left upper lobe of the lung"
    assert impression_text(said(LESION, mass, small), made.PACKAGE, EN).splitlines() == [
        f"AI found: nodule (2), mass (1), the largest in the {place}, 33 mm × 6.1 mm (long axis × short axis).",
        "AI result, not verified.",
        "Chest CT nodule detection 1: for research use only",
    ]


def test_findings_that_are_all_absent_count_as_nothing_found() -> None:
    absent = replace(LESION, presence=Presence.ABSENT)
    assert conclusion(said(absent), made.PACKAGE, ZH) == "肺内未检出结节（检出范围 4–40 mm）。"


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("reason", list(RefusalReason))
def test_a_refusal_is_told_as_not_analysed_with_words_of_its_own(reason: RefusalReason, language: Language) -> None:
    text = findings_text(Refused(reason, "seen"), made.PACKAGE, language)
    assert text.startswith({ZH: "AI 未分析：", EN: "Not analysed by AI: "}[language])
    assert len(text) > len("Not analysed by AI: ") - 6
    assert reason.value not in text


def test_a_failure_is_told_as_a_failure_not_as_absent() -> None:
    assert findings_text(Failed("a-new-code", "detail"), made.PACKAGE, ZH) == "AI 分析失败（a-new-code）。"
    assert findings_text(Failed("a-new-code", "detail"), made.PACKAGE, EN) == "The AI analysis failed (a-new-code)."
    known = findings_text(Failed("deadline-passed", "detail"), made.PACKAGE, ZH)
    assert known == "AI 分析失败（deadline-passed）。分析超过规定时限。请检查中心负载后重试。"


@pytest.mark.parametrize(
    ("site", "side", "zh", "en"),
    [
        (MIDDLE_LOBE, RIGHT, "右肺中叶", "middle lobe of the right lung"),
        (UPPER_LOBE, LEFT, "左肺上叶", "left upper lobe of the lung"),
        (LUNG, None, "肺", "lung"),
        (Code("80891009", "SCT", "Heart"), None, "Heart", "heart"),
    ],
)
def test_a_side_is_said_once_and_an_unknown_code_keeps_its_meaning(
    site: Code, side: Code | None, zh: str, en: str
) -> None:
    assert site_words(site, side, ZH) == zh
    assert site_words(site, side, EN) == en


@pytest.mark.parametrize(
    ("value", "text"),
    [(8.3456, "8.35"), (0.0, "0"), (1234.5, "1230"), (0.5, "0.5"), (-123.4, "-123"), (250.0, "250"), (1e6, "1000000")],
)
def test_numbers_for_people_have_three_figures_and_no_exponent(value: float, text: str) -> None:
    assert figures(value) == text


def test_every_code_said_to_stand_in_the_standard_stands_there_with_this_meaning() -> None:
    wrong = []
    for term in TERMS:
        entries = [
            (meaning, groups)
            for versions in concepts[term.code.scheme].values()
            for value, (meaning, groups) in versions.items()
            if value == term.code.value
        ]
        known = any(meaning == term.code.meaning for meaning, _ in entries)
        if term.in_ps3_16 != known:
            wrong.append(term.code)
    assert wrong == []


def test_every_code_has_words_of_its_own_in_both_languages() -> None:
    assert len({(term.code.value, term.code.scheme) for term in TERMS}) == len(TERMS)
    assert all(any("一" <= sign <= "鿿" for sign in term.zh) for term in TERMS)
    assert all(term.en.isascii() for term in TERMS)
