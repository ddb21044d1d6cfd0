"""The demo's page can be trusted and kept: it shows what was found, needs nothing else, and no name in it runs."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from models.contract import RefusalReason
from models.manifest import Text
from models.refusals import words
from service.demo.findings_page import findings_page, write_findings_page
from service.demo.page import _closeup, _from_where, _side_away
from service.demo.shown import (
    AnalysisShown,
    DeliveredObject,
    Failure,
    FindingShown,
    FindingsPage,
    Found,
    NothingFound,
    OutcomeShown,
    PackageShown,
    Refusal,
    Subject,
    Timeline,
)
from service.domain.hospital import Language

SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
VOID = {"meta", "input", "img"}
RUNS = {"script", "iframe", "object", "embed", "link", "base", "form", "svg", "template"}


class Page(HTMLParser):
    """A page as a browser's parser sees it: the elements, their attributes, and the words in each language."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[tuple[str, str]] = []
        self.words: list[tuple[str, str]] = []
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self.open.append((tag, attributes.get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open[-1][0] not in {"style", "title"}:
            languages = [kind for _, kind in self.open if kind in {"zh", "en"}]
            self.words.append((languages[-1] if languages else "both", data.strip()))

    def said(self, language: str) -> str:
        """What a reader of one language sees."""
        return " ".join(text for spoken, text in self.words if spoken in {language, "both"})


def picture() -> bytes:
    stream = io.BytesIO()
    Image.new("L", (8, 8), 40).save(stream, "PNG")
    return stream.getvalue()


def nodule(number: int = 1, slice_number: int = 25) -> FindingShown:
    return FindingShown(
        number=number,
        kind=Text(zh="结节", en="nodule"),
        place=Text(zh="右肺上叶", en="right upper lobe"),
        long_axis_mm=12.34,
        short_axis_mm=8.9,
        volume_mm3=517.6,
        probability=0.934,
        mean_hu=-41.27,
        slice_number=slice_number,
        picture_png=picture(),
    )


def page_with(outcome: OutcomeShown) -> FindingsPage:
    package = PackageShown(
        title=Text(zh="肺结节检测", en="Lung nodule detection"),
        name="lung_nodule",
        version="1.2.3.4",
        use_status=Text(zh="仅供研究", en="research use only"),
        not_validated_for=(Text(zh="对比增强扫描", en="contrast-enhanced scans"),),
    )
    return FindingsPage(
        title=Text(zh="一次完整的流程", en="One whole loop"),
        subject=Subject(name="王^小东", patient_id="P-0042", is_phantom=False),
        study_description="Chest 1 mm",
        analyses=(AnalysisShown(package, outcome),),
        timeline=Timeline(received_s=3.21, complete_s=5.25, analysed_s=14.75, delivered_s=15.5),
        delivered=(DeliveredObject("inbox/sr.dcm", Text(zh="结构化报告", en="structured report"), "2.25.4711"),),
    )


def found(*findings: FindingShown) -> Found:
    return Found(series_description="Lung 1.0", slice_count=100, findings=findings or (nodule(),))


def shown(outcome: OutcomeShown) -> Page:
    return Page(findings_page(page_with(outcome)))


def test_a_reader_of_either_language_sees_every_number_of_a_finding() -> None:
    page = shown(found())

    for language in ("zh", "en"):
        for number in ("12.3 × 8.9", "518", "0.93", "−41"):
            assert number in page.said(language)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "zh",
            ["结节", "右肺上叶", "检出 1 处", "肺结节检测", "仅供研究", "对比增强扫描", "结构化报告", "一次完整的流程"],
        ),
        (
            "en",
            ["right upper lobe", "1 finding", "Lung nodule detection", "research use only", "contrast-enhanced scans"],
        ),
    ],
)
def test_each_language_says_everything_and_nothing_of_the_other(language: str, expected: list[str]) -> None:
    page = shown(found())
    other = {"zh": "en", "en": "zh"}[language]

    assert [part for part in expected if part not in page.said(language)] == []
    assert [part for part in expected if part in page.said(other)] == []
    for plain in ("王^小东", "P-0042", "Chest 1 mm", "Lung 1.0", "lung_nodule 1.2.3.4", "inbox/sr.dcm", "2.25.4711"):
        assert plain in page.said(language)


@pytest.mark.parametrize(("language", "checked"), [(Language.ZH_CN, "show-zh"), (Language.EN, "show-en")])
def test_it_opens_in_the_language_that_was_asked_for(language: Language, checked: str) -> None:
    page = Page(findings_page(replace(page_with(found()), language=language)))
    inputs = [attributes for tag, attributes in page.elements if tag == "input"]

    assert [attributes["id"] for attributes in inputs if "checked" in attributes] == [checked]


@pytest.mark.parametrize(
    "outcome",
    [
        found(),
        NothingFound("Lung 1.0", 100, Text(zh="未检出", en="none")),
        Refusal("gantry-tilt", words(RefusalReason.GANTRY_TILT), ""),
        Failure("out-of-memory", Text(zh="内存不足", en="out of memory")),
    ],
)
def test_every_state_says_in_both_languages_at_once_that_no_physician_verified_it(outcome: OutcomeShown) -> None:
    spoken = [text for language, text in shown(outcome).words if language == "both"]

    assert any("AI 结果，未经医师审核" in text and "AI result, not verified by a physician" in text for text in spoken)


def test_a_script_in_any_word_of_a_study_is_shown_and_not_run() -> None:
    evil = Text(zh=SCRIPT, en=SCRIPT)
    finding = replace(nodule(), kind=evil, place=evil)
    page = page_with(replace(found(finding), series_description=SCRIPT))
    package = PackageShown(evil, SCRIPT, SCRIPT, evil, (evil,))
    refused = AnalysisShown(package, Refusal(SCRIPT, evil, SCRIPT))
    page = replace(
        page,
        title=evil,
        subject=Subject(SCRIPT, SCRIPT, is_phantom=False),
        study_description=SCRIPT,
        analyses=(*page.analyses, refused, AnalysisShown(package, Failure(SCRIPT, evil))),
        delivered=(DeliveredObject(SCRIPT, evil, SCRIPT),),
    )

    parsed = Page(findings_page(page))

    assert RUNS.isdisjoint(tag for tag, _ in parsed.elements)
    assert not [name for _, attributes in parsed.elements for name in attributes if name.startswith("on")]
    assert SCRIPT in parsed.said("en")


@given(st.text())
def test_no_name_changes_the_elements_of_the_page(name: str) -> None:
    plain = page_with(found())
    named = replace(plain, subject=replace(plain.subject, name=name), study_description=name)

    assert Page(findings_page(named)).elements == Page(findings_page(plain)).elements


def test_it_asks_the_browser_to_load_nothing_and_forbids_scripts() -> None:
    markup = findings_page(page_with(found()))
    page = Page(markup)
    addresses = [
        value or "" for _, attributes in page.elements for name, value in attributes.items() if name in {"src", "href"}
    ]
    policies = [
        attributes["content"] for tag, attributes in page.elements if tag == "meta" and "http-equiv" in attributes
    ]

    assert re.search(r"https?://|url\(|@import", markup) is None
    assert addresses
    assert all(address.startswith("data:image/png;base64,") for address in addresses)
    assert policies == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_the_picture_is_the_very_png_that_was_given() -> None:
    sources = [attributes["src"] or "" for tag, attributes in shown(found()).elements if tag == "img"]

    assert [base64.b64decode(source.partition(",")[2]) for source in sources] == [picture()]


@pytest.mark.parametrize(("slice_number", "left"), [(1, "0.50"), (25, "24.50"), (100, "99.50")])
def test_the_mark_stands_where_the_slice_lies_in_the_series(slice_number: int, left: str) -> None:
    page = shown(found(nodule(slice_number=slice_number)))
    marks = [
        attributes["style"] for tag, attributes in page.elements if tag == "i" and attributes.get("class") == "here"
    ]

    assert marks == [f"left:{left}%"]
    assert f"slice {slice_number} / 100" in page.said("en")


def test_a_small_finding_is_shown_enlarged_beside_the_whole_slice() -> None:
    near = picture() + b"near"
    sources = [
        base64.b64decode((attributes["src"] or "").partition(",")[2])
        for tag, attributes in shown(found(replace(nodule(), closeup_png=near))).elements
        if tag == "img"
    ]

    assert sources == [picture(), near]


def test_the_enlarged_part_holds_the_whole_outline_also_at_the_edge() -> None:
    drawn = np.zeros((100, 120, 3), np.uint8)
    drawn[0:10, 110:120] = 255
    corner = ((109.5, -0.5), (119.5, -0.5), (119.5, 9.5), (109.5, 9.5), (109.5, -0.5))

    closeup = np.asarray(Image.open(io.BytesIO(_closeup(drawn, (corner,)) or b"")))

    assert closeup.shape == (240, 240, 3)
    assert (closeup[..., 0] > 127).mean() == pytest.approx((10 / 48) ** 2, rel=0.1), "48 pixels are shown"
    assert closeup[0, -1].tolist() == [255, 255, 255]
    assert _closeup(drawn, ()) is None


@pytest.mark.parametrize(("probability", "said"), [(0.99999997, ">0.99"), (0.934, "0.93"), (0.0004, "<0.01")])
def test_no_finding_is_said_to_be_certain(probability: float, said: str) -> None:
    page = shown(found(replace(nodule(), probability=probability)))

    assert said in page.said("zh")
    assert said in page.said("en")


def test_the_enlarged_part_lies_over_the_half_where_the_finding_is_not() -> None:
    in_left_half = ((10.0, 20.0), (20.0, 20.0), (20.0, 30.0))
    in_right_half = ((410.0, 20.0), (420.0, 20.0), (420.0, 30.0))

    assert _side_away((in_left_half,), columns=512) == "right"
    assert _side_away((in_right_half,), columns=512) == "left"


@pytest.mark.parametrize(
    ("column_step", "row_step", "sides"),
    [
        ((0.7, 0.0, 0.0), (0.0, 0.7, 0.0), "RA"),
        ((-0.7, 0.0, 0.0), (0.0, -0.7, 0.0), "LP"),
        ((0.0, 0.7, 0.1), (0.0, 0.1, -0.7), "AH"),
    ],
)
def test_the_edges_of_a_picture_name_the_sides_of_the_patient(column_step: tuple, row_step: tuple, sides: str) -> None:
    letters = (_from_where(column_step), _from_where(row_step))
    page = shown(found(replace(nodule(), sides=letters)))

    assert "".join(letters) == sides
    assert all(letter in page.said("en").split() for letter in letters)


def test_a_finding_without_measurements_or_picture_says_so() -> None:
    bare = FindingShown(
        number=1,
        kind=Text(zh="气胸", en="pneumothorax"),
        place=Text(zh="左肺", en="left lung"),
        long_axis_mm=None,
        short_axis_mm=None,
        volume_mm3=None,
        probability=0.5,
        mean_hu=None,
        slice_number=None,
        picture_png=None,
    )
    page = shown(found(bare))

    assert "no picture" in page.said("en")
    assert "None" not in page.said("en")
    assert "— × —" in page.said("en")


def test_nothing_found_is_said_with_its_limits() -> None:
    statement = Text(zh="肺内未检出结节（检出范围 5–30 mm）。", en="Lung: no nodule found (looked for: 5–30 mm).")
    page = shown(NothingFound("Lung 1.0", 133, statement))

    assert "未检出" in page.said("zh")
    assert statement.zh in page.said("zh")
    assert "Absent" in page.said("en")
    assert statement.en in page.said("en")
    assert "133 slices" in page.said("en")


def test_a_refusal_says_why_in_words_and_what_was_seen() -> None:
    reason = words(RefusalReason.SLICES_TOO_THICK)
    page = shown(Refusal(RefusalReason.SLICES_TOO_THICK, reason, "slices of 5 mm, at most 2.5 mm"))

    assert reason.zh in page.said("zh")
    assert reason.en in page.said("en")
    assert "slices-too-thick" in page.said("en")
    assert "slices of 5 mm, at most 2.5 mm" in page.said("en")
    assert "Not analysed by AI" in page.said("en")
    assert "Absent" not in page.said("en")


def test_a_failure_is_neither_a_refusal_nor_an_absence() -> None:
    page = shown(Failure("out-of-memory", Text(zh="内存不足。", en="Memory ran out.")))

    assert "The AI analysis failed" in page.said("en")
    assert "AI 分析失败" in page.said("zh")
    assert "Memory ran out." in page.said("en")
    assert "Absent" not in page.said("en")
    assert "Not analysed by AI" not in page.said("en")


def test_each_step_of_the_timeline_has_its_moment_and_its_share_of_the_whole() -> None:
    page = shown(found())
    bars = [style for tag, a in page.elements if tag == "i" and "width" in (style := a.get("style") or "")]

    for number in ("3.21 s", "+2.04 s", "5.25 s", "+9.50 s", "14.75 s", "+0.75 s", "15.50 s"):
        assert number in page.said("en")
    assert bars == [
        "left:0.00%;width:20.71%",
        "left:20.71%;width:13.16%",
        "left:33.87%;width:61.29%",
        "left:95.16%;width:4.84%",
    ]


def test_a_step_that_did_not_come_is_said_and_drawn_without_a_bar() -> None:
    page = page_with(found())
    parsed = Page(findings_page(replace(page, timeline=Timeline(3.0, 5.0, 9.0, None), delivered=())))

    assert "not reached" in parsed.said("en")
    assert "No objects." in parsed.said("en")
    assert len([1 for _, attributes in parsed.elements if "width" in (attributes.get("style") or "")]) == 3


def test_a_phantom_is_called_one_and_no_patient() -> None:
    page = page_with(found())
    phantom = Page(findings_page(replace(page, subject=Subject("Phantom^7", "PH-7", is_phantom=True))))

    assert "Phantom (generated images, not a patient)" in phantom.said("en")
    assert "体模" in phantom.said("zh")
    assert "体模" not in shown(found()).said("zh")


def test_several_analyses_stand_one_below_the_other() -> None:
    page = page_with(found())
    refused = replace(page.analyses[0], outcome=Refusal("gantry-tilt", words(RefusalReason.GANTRY_TILT), ""))
    spoken = Page(findings_page(replace(page, analyses=(*page.analyses, refused)))).said("en")

    assert spoken.index("1 finding") < spoken.index("Not analysed by AI")


def test_a_name_that_no_text_encoding_takes_still_makes_a_file(tmp_path: Path) -> None:
    page = page_with(found())
    path = tmp_path / "findings.html"

    write_findings_page(path, replace(page, subject=replace(page.subject, name="broken \udcff name")))

    assert "broken ? name" in Page(path.read_text(encoding="utf-8")).said("zh")
