"""The signed report as a hospital prints it: how the images were made, who the centre is, whose every page is."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileDataset

from service.archive.reports import Report
from service.archive.results import ResultKind
from service.domain.hospital import Language
from service.domain.technique import Technique, technique_words
from service.results.report_pdf import encode_report_pdf
from service.results.report_sheet import Fact, Section, Sheet, drawn
from service.results.report_type import MISSING
from service.results.technique import techniques_of
from tests.delivering.conftest import Outbox
from tests.delivering.reader import Reader
from tests.delivering.test_drawn_diameters import reader_of
from tests.support.flowing import chest
from workers.report_context import ReportSource, report_context_of, report_rows_of
from workers.report_pictures import ReportPictures

LICENCE = "PDY00002X110105170A1001"
CHINESE, ENGLISH = Language.ZH_CN, Language.EN


def made(modality: str = "CT", **attributes: object) -> FileDataset:
    """An image's header that says so of how it was made."""
    (image,) = chest(count=1, modality=modality)
    for keyword in ("SliceThickness", "KVP", "ContrastBolusAgent"):
        if keyword in image:
            delattr(image, keyword)
    for keyword, value in attributes.items():
        setattr(image, keyword, value)
    return image


def words(headers: Sequence[Dataset], language: Language) -> list[str]:
    return [technique_words(each, language) for each in techniques_of(headers, None)]


def test_the_technique_is_said_in_the_reports_language() -> None:
    images = [
        made(SliceThickness=1.25, KVP=120, ContrastBolusAgent="碘海醇 350"),
        made(SliceThickness=5, KVP=120),
        made(SliceThickness=5, KVP=100),
    ]
    assert words(images, CHINESE) == ["CT；层厚 1.25 mm、5 mm；管电压 100 kVp、120 kVp；对比剂碘海醇 350"]
    assert words(images, ENGLISH) == [
        "CT; slice thickness 1.25 mm, 5 mm; tube voltage 100 kVp, 120 kVp; contrast agent 碘海醇 350"
    ]


def test_what_no_image_says_is_said_to_be_missing_and_never_guessed() -> None:
    assert words([made()], CHINESE) == ["CT；层厚未注明；管电压未注明；对比剂未注明"]
    assert words([made()], ENGLISH) == [
        "CT; slice thickness not stated; tube voltage not stated; contrast agent not stated"
    ]
    silent = made(SliceThickness=0, KVP=None, ContrastBolusAgent="NONE")
    assert words([silent], ENGLISH) == words([made()], ENGLISH), "no agent's name proves nothing"


@pytest.mark.parametrize(
    ("modality", "stated", "expected"),
    [
        (
            "MR",
            {"MagneticFieldStrength": 1.5, "SliceThickness": 3, "KVP": 120},
            "MR; slice thickness 3 mm; field strength 1.5 T",
        ),
        ("DX", {"KVP": 125, "SliceThickness": 1}, "digital radiography (DX); tube voltage 125 kVp"),
        ("US", {"KVP": 125}, "ultrasound (US)"),
        ("OT", {}, "OT"),
    ],
)
def test_a_modality_is_told_by_what_applies_to_it(modality: str, stated: dict[str, object], expected: str) -> None:
    (line,) = words([made(modality, **stated)], ENGLISH)
    assert line.startswith(expected)
    assert ("contrast" in line) == (modality == "MR")


def test_a_scout_says_nothing_of_the_technique_unless_it_is_all_there_is() -> None:
    scout = made(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], SliceThickness=600)
    thin = made(SliceThickness=1)
    assert techniques_of([scout, thin], None)[0].slice_thickness_mm == (1.0,)
    assert techniques_of([scout], None)[0].slice_thickness_mm == (600.0,)


def test_a_multi_frame_image_says_it_in_its_functional_groups() -> None:
    measures, shared, agent, x_ray = Dataset(), Dataset(), Dataset(), Dataset()
    measures.SliceThickness, agent.CodeMeaning, x_ray.KVP = 0.6, "Iohexol", 140
    shared.PixelMeasuresSequence, shared.CTXRayDetailsSequence = [measures], [x_ray]
    image = made(SharedFunctionalGroupsSequence=[shared], ContrastBolusAgentSequence=[agent])
    assert techniques_of([image], None) == (Technique("CT", (0.6,), (140.0,), (), ("Iohexol",)),)


def test_values_that_are_none_stop_no_report() -> None:
    image = made()
    image.add_new("ImageType", "CS", None)
    image.add_new("ContrastBolusAgentSequence", "SQ", None)
    assert techniques_of([image], None)[0].modality == "CT"


def printed(reader: Reader, released: Report, folder: Path) -> list[str]:
    """The text of each page, as another program reads it, without blanks and line ends."""
    document = reader.document(released, ResultKind.PDF)
    path = folder / "report.pdf"
    path.write_bytes(document.EncapsulatedDocument[: document.EncapsulatedDocumentLength])
    return pages_of(path)


def pages_of(path: Path) -> list[str]:
    said = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, timeout=60).stdout
    return ["".join(page.split()) for page in said.decode().split("\f")[:-1]]


def centred(outbox: Outbox, **changes: str) -> None:
    encoder = outbox.encoder
    object.__setattr__(encoder, "centre", replace(encoder.centre, **changes))


@pytest.mark.system
def test_the_page_names_centre_licence_technique_and_for_whom_it_is(outbox: Outbox, tmp_path: Path) -> None:
    centred(outbox, name="华康影像诊断中心", licence_number=LICENCE)
    images = chest()
    for image in images:
        image.SliceThickness, image.KVP, image.ContrastBolusAgent = 1.25, 120, "碘海醇"
    reader = reader_of(outbox, images)
    released = reader.sign()
    outbox.encode()

    (page,) = printed(reader, released, tmp_path)
    for expected in (
        "华康影像诊断中心",
        f"医疗机构执业许可证登记号：{LICENCE}",
        "姓名：张三",
        "年龄：50岁",
        "检查技术：CT；层厚1.25mm；管电压120kVp；对比剂碘海醇",
        "报告医师：安娜主治医师",
        "执业证书编号110510000000001",
        "此报告仅供临床医师参考",
        "第1页，共1页",
    ):
        assert expected in page, page


@pytest.mark.system
def test_roman_numerals_units_and_rare_names_are_printed_as_they_were_written(outbox: Outbox, tmp_path: Path) -> None:
    words = "BI-RADSⅡ类，Ⅲ期，①②③，39℃，⑴⒈；右肺上葉結節，請結合臨床複查。"
    images = chest()
    for image in images:
        image.PatientName = "Li^Yue=李^玥喆堃"
    reader = reader_of(outbox, images)
    released = reader.sign(words)
    outbox.encode()

    (page,) = printed(reader, released, tmp_path)
    assert words in page, page
    assert "李玥喆堃" in page, page
    assert MISSING not in page, page
    assert reader.document(released, ResultKind.PDF).EncapsulatedDocumentLength < 250_000, "only what is used is inside"


@pytest.mark.system
def test_a_letter_that_no_font_holds_is_marked_and_named_on_the_sheet(outbox: Outbox, tmp_path: Path) -> None:
    reader = reader_of(outbox, chest())
    released = reader.sign("𠮷野结节。")
    outbox.encode()

    (page,) = printed(reader, released, tmp_path)
    assert f"{MISSING}野结节" in page, page
    assert "U+20BB7" in page, page


@pytest.mark.system
def test_a_centre_whose_licence_is_not_set_prints_no_empty_line(outbox: Outbox, tmp_path: Path) -> None:
    reader = reader_of(outbox, chest())
    released = reader.sign()
    outbox.encode()

    (page,) = printed(reader, released, tmp_path)
    assert "许可证" not in page


@pytest.mark.system
def test_every_page_of_a_long_report_says_whose_it_is_and_how_many_there_are(outbox: Outbox, tmp_path: Path) -> None:
    reader = reader_of(outbox, chest())
    released = reader.sign("右肺见一结节。\n" * 120 + "长" * 9_000)
    outbox.encode()

    pages = printed(reader, released, tmp_path)
    assert len(pages) > 4
    for number, page in enumerate(pages, start=1):
        assert f"第{number}页，共{len(pages)}页" in page
        assert "此报告仅供临床医师参考" in page
        assert "张三" in page
        assert "A1" in page
    assert "".join(pages).count("长") == 9_000, "nothing of the text is lost between pages"


@pytest.mark.system
def test_a_long_paragraph_begins_where_there_is_room(outbox: Outbox, tmp_path: Path) -> None:
    reader = reader_of(outbox, chest())
    released = reader.sign("长" * 4_000)
    outbox.encode()

    first, *others = printed(reader, released, tmp_path)
    assert first.count("长") > 1_000
    assert first.count("长") + sum(page.count("长") for page in others) == 4_000


@pytest.mark.system
def test_no_heading_stands_alone_at_the_foot_of_a_page(tmp_path: Path) -> None:
    sheet = Sheet(
        centre="华康", licence="", title="报告", facts=(Fact("姓名", "张三"),), sections=(), signatures=(),
        notes=(), plates_heading="", plates=(), running="张三", footer="仅供参考", page="{page}/{pages}", colon="：",
        not_shown="", keywords="",
    )  # fmt: skip
    for lines in range(30, 42):
        sections = (Section("影像所见", "行\n" * lines), Section("影像诊断", "右肺结节"))
        (tmp_path / "sheet.pdf").write_bytes(drawn(replace(sheet, sections=sections)))
        first, *_ = pages_of(tmp_path / "sheet.pdf")
        assert not first.split("仅供参考")[0].endswith("影像诊断"), lines


@pytest.mark.system
def test_parts_that_every_report_has_are_seen_to_be_empty(outbox: Outbox, tmp_path: Path) -> None:
    reader = reader_of(outbox, chest())
    released = reader.sign("")
    outbox.encode()

    (page,) = printed(reader, released, tmp_path)
    assert "影像所见–影像诊断右肺结节" in page, page


@pytest.mark.system
def test_an_amended_report_says_so_in_its_title(outbox: Outbox, tmp_path: Path) -> None:
    reader = reader_of(outbox, chest())
    reader.sign("第一版")
    released = reader.sign("第二版")
    outbox.encode()

    assert "影像诊断报告（修改版，取代前一版本）" in printed(reader, released, tmp_path)[0]


def test_the_same_report_is_the_same_bytes_however_often_it_is_made(outbox: Outbox) -> None:
    reader = reader_of(outbox, chest())
    released = reader.sign(marked=2)
    outbox.encode()
    archive, centre = outbox.flow.archive, outbox.encoder.centre
    rows = report_rows_of(archive, released.id)
    source = ReportSource(archive, centre, rows)
    report = source.signed_report()
    pictures = ReportPictures(archive, outbox.encoder.pixels, source.images).of(report)
    again = encode_report_pdf(report_context_of(archive, centre, rows), report, pictures)
    assert again.sha256 == reader.documents(released)[ResultKind.PDF].sha256
