"""A person says how urgent an examination is, in the worklist and beside the request, by key or button, both ways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from service.archive import worklist
from service.archive.studies import Study
from service.domain.examination import Urgency
from service.domain.hospital import Language
from service.domain.wall import Wall
from tests.web.reading_room import ReadingRoom, reading_room

pytestmark = pytest.mark.system


@pytest.fixture
def room(tmp_path: Path, browser: Browser) -> Iterator[ReadingRoom]:
    with reading_room(tmp_path, browser) as opened:
        yield opened


def listed(room: ReadingRoom, page: Page) -> Locator:
    """The rows of the worklist, once they are there and its keys act on them."""
    page.goto(f"{room.edges.url}/worklist")
    page.locator('[role=row][aria-selected="true"]').wait_for()
    return page.locator("[role=row][aria-selected]")


def row_of(study: Study) -> str:
    return f"row-{study.hospital}/{study.study_instance_uid}"


def said(room: ReadingRoom, study: Study) -> tuple[Urgency | None, str | None]:
    with room.edges.archive.read() as connection:
        line = worklist.of_study(connection, Wall.operator(), study.id)
    assert line is not None
    return line.urgency, line.urgency_by


def test_who_says_in_the_worklist_that_it_is_critical_has_it_first_and_counted(room: ReadingRoom) -> None:
    older, newer, li = room.study(findings=0), room.study(findings=0), room.person("li", "李医生")
    page = room.seated(li)
    rows = listed(room, page)
    expect(rows.nth(0)).to_have_attribute("id", row_of(older))
    page.keyboard.press("j")
    page.keyboard.press("Space")
    preview = page.get_by_role("complementary", name="检查预览")
    expect(preview).to_contain_text("未经人工确认")
    preview.get_by_role("button", name="确认紧急程度").click()
    page.get_by_role("dialog").get_by_role("button", name="危急").click()

    expect(preview).to_contain_text("由 李医生 确认")
    expect(preview).to_contain_text("医师确认危急")
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    expect(rows.nth(1)).to_have_attribute("id", row_of(newer))
    assert said(room, newer) == (Urgency.CRITICAL, li.id)
    page.keyboard.press("r")
    expect(rows.nth(0)).to_have_attribute("id", row_of(newer))
    page.keyboard.press("End")
    page.keyboard.press("u")
    expect(page.locator('[aria-selected="true"]')).to_have_attribute("id", row_of(newer))


def test_it_is_said_and_taken_back_by_keys_alone_and_the_help_says_which(room: ReadingRoom) -> None:
    study = room.study(findings=0)
    page = room.seated(room.person("smith", "Dr Smith", language=Language.EN))
    listed(room, page)
    page.keyboard.press("Shift+Slash")
    expect(page.get_by_role("dialog")).to_contain_text("Say how urgent the examination is")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    for key, word, urgency in (("2", "Urgent", Urgency.HIGH), ("3", "Normal", Urgency.NORMAL)):
        page.keyboard.press("Shift+U")
        expect(page.get_by_role("dialog", name=re.compile("^How urgent"))).to_be_visible()
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator('[aria-selected="true"]')).to_contain_text(re.compile(word, re.IGNORECASE))
        assert said(room, study)[0] is urgency


@pytest.mark.parametrize("way", ["key", "button"])
def test_it_is_said_and_taken_back_beside_the_request(room: ReadingRoom, way: str) -> None:
    study, li = room.study(findings=1), room.person("li", "李医生")
    page = room.seated(li)
    room.open(page, study)
    part = page.get_by_role("region", name="紧急程度")
    expect(part).to_contain_text("未经人工确认")
    for key, word, urgency in (("1", "危急", Urgency.CRITICAL), ("3", "普通", Urgency.NORMAL)):
        if way == "key":
            page.keyboard.press("Shift+U")
            expect(page.get_by_role("dialog", name=re.compile("^紧急程度"))).to_be_visible()
            page.keyboard.press(key)
        else:
            part.get_by_role("button").click()
            page.get_by_role("dialog").get_by_role("button", name=word).click()
        expect(part).to_contain_text("由 李医生 确认")
        expect(part).to_contain_text(word)
        assert said(room, study) == (urgency, li.id)
