"""A report is written in its own language, the hospital's first of all, whatever language its readers see pages in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.archive.studies import Study
from service.domain.hospital import Language
from service.domain.report import ReportState
from tests.web.reading_room import ReadingRoom, reading_room
from tests.web.test_report_editor import latest, sign_first, told

pytestmark = pytest.mark.system

CHINESE_LINE, ENGLISH_LINE = re.compile("右肺上叶见一结节"), re.compile("Right upper lobe of the lung: nodule")


@pytest.fixture
def room(tmp_path: Path, browser: Browser) -> Iterator[ReadingRoom]:
    with reading_room(tmp_path, browser) as opened:
        yield opened


@pytest.fixture
def study(room: ReadingRoom) -> Study:
    return room.study(findings=1)


def english_reader(room: ReadingRoom, study: Study) -> Page:
    """Has accepted the one finding, and the report is open to be written."""
    page = room.seated(room.person("smith", "Smith", language=Language.EN))
    room.open(page, study)
    page.keyboard.press("1")
    page.keyboard.press("a")
    told(page, "1 of 1 judged")
    page.keyboard.press("y")
    expect(page.get_by_label("Findings", exact=True)).to_be_focused()
    return page


def chinese_reader(room: ReadingRoom, study: Study) -> Page:
    """Goes on with what the other one began."""
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    page.get_by_role("button", name="接管").click()
    expect(page.get_by_role("button", name="接管")).to_have_count(0)
    page.get_by_role("tab", name="报告").click()
    return page


def test_two_readers_of_different_languages_write_one_report_and_its_marked_lines_stay_marked(
    room: ReadingRoom, study: Study
) -> None:
    smith = english_reader(room, study)
    expect(smith.get_by_label("Findings", exact=True)).to_have_value(CHINESE_LINE)
    smith.get_by_label("Advice").fill("随访。")
    told(smith, re.compile("^Saved"))
    assert latest(room, study).content.language is Language.ZH_CN

    wang = chinese_reader(room, study)
    expect(wang.get_by_label("影像所见")).to_have_value(CHINESE_LINE)
    expect(wang.get_by_text("AI 文字，未经编辑：1", exact=True)).to_have_count(2)
    wang.get_by_label("建议").fill("三个月后随访。")
    told(wang, re.compile("^已保存"))
    expect(wang.get_by_text("AI 文字，未经编辑：1", exact=True)).to_have_count(2)
    wang.keyboard.press("Control+Enter")
    sign_first(wang)
    told(wang, "已签发。")
    report = latest(room, study)
    assert (report.state, report.content.language) == (ReportState.RELEASED, Language.ZH_CN)
    assert report.content.text.impression == "右肺上叶结节，大小约 8.4 × 6.1 mm。"
    assert not re.search("nodule", report.content.text.findings, re.IGNORECASE)


def test_a_report_that_a_reader_turned_to_another_language_stays_in_it_for_the_next_one(
    room: ReadingRoom, study: Study
) -> None:
    smith = english_reader(room, study)
    expect(smith.get_by_label("Findings", exact=True)).to_have_value(CHINESE_LINE)
    smith.get_by_label("Report language").select_option("en")
    expect(smith.get_by_label("Findings", exact=True)).to_have_value(ENGLISH_LINE)
    expect(smith.get_by_role("combobox", name="Template", exact=True)).to_have_value("chest-ct-en")
    smith.get_by_label("Advice").fill("Follow-up.")
    told(smith, re.compile("^Saved"))

    wang = chinese_reader(room, study)
    expect(wang.get_by_label("报告语言")).to_have_value("en")
    expect(wang.get_by_label("影像所见")).to_have_value(ENGLISH_LINE)
    expect(wang.get_by_text("AI 文字，未经编辑：1", exact=True)).to_have_count(2)
    report = latest(room, study).content
    assert (report.language, report.template) == (Language.EN, "chest-ct-en")
    assert not re.search("[\u4e00-\u9fff]", report.text.findings + report.text.impression)
