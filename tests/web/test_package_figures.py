"""What came of a package's findings of late stands beside them, with the examination that was just signed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.web.reading_room import ReadingRoom, reading_room
from tests.web.test_report_editor import judge, sign_first, told

pytestmark = pytest.mark.system


@pytest.fixture
def room(tmp_path: Path, browser: Browser) -> Iterator[ReadingRoom]:
    with reading_room(tmp_path, browser) as opened:
        yield opened


def test_the_figures_of_thirty_days_count_what_was_just_signed(room: ReadingRoom) -> None:
    study, page = room.study(findings=1), room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    figures = page.get_by_text("本院近 30 天")
    expect(figures).to_contain_text("尚无")
    judge(page, 1, "a")
    expect(page.get_by_text("已处理 1 / 1")).to_be_visible()
    page.keyboard.press("Control+Enter")
    sign_first(page)
    told(page, "已签发。")

    expect(figures).to_contain_text("已签发 1 例，已处理 1 项")
