"""Writing and signing a report on the real room: what is typed is kept, and signed as it was shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.archive import reports
from service.archive.studies import Study
from service.domain.wall import Wall
from tests.web.reading_room import PASSWORD, PIN, ReadingRoom, reading_room

pytestmark = pytest.mark.system


@pytest.fixture
def room(tmp_path: Path, browser: Browser) -> Iterator[ReadingRoom]:
    with reading_room(tmp_path, browser) as opened:
        yield opened
    for context in browser.contexts:
        context.close()


@pytest.fixture
def study(room: ReadingRoom) -> Study:
    return room.study()


def latest(room: ReadingRoom, study: Study) -> reports.Report:
    with room.edges.archive.read() as connection:
        return reports.of_study(connection, Wall.operator(), study.id)[-1]


def judge(page: Page, number: int, *keys: str) -> None:
    page.keyboard.press(str(number))
    for key in keys:
        page.keyboard.press(key)


def sign_first(page: Page) -> None:
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")


def test_one_accepted_and_one_rejected_finding_are_signed_in_few_keys(room: ReadingRoom, study: Study) -> None:
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    judge(page, 1, "a")
    expect(page.get_by_text("已处理 1 / 2")).to_be_visible()
    judge(page, 2, "x", "2")
    expect(page.get_by_text("已处理 2 / 2")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_contain_text("右肺上叶")
    sign_first(page)
    expect(page.get_by_text("已签发。")).to_be_visible()
    report = latest(room, study)
    assert report.state == "released"
    assert report.content.text.findings.startswith("右肺上叶见一结节，大小约 8.4 mm × 6.1 mm")
    assert report.content.text.impression == "右肺上叶结节，大小约 8.4 × 6.1 mm。"
