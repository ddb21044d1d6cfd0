"""Who reads an examination is known as long as the page is open, and a page that was taken over stops writing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.archive import reports, reviews, worklist
from service.archive.studies import Study
from service.domain.hospital import Language
from service.domain.wall import Wall
from service.flow.read import keep_worklist
from tests.web.reading_room import ReadingRoom, reading_room

pytestmark = pytest.mark.system


@pytest.fixture
def room(tmp_path: Path, browser: Browser) -> Iterator[ReadingRoom]:
    with reading_room(tmp_path, browser) as opened:
        yield opened


def holder(room: ReadingRoom, study: Study) -> str | None:
    with room.edges.archive.read() as connection:
        listed = worklist.of_study(connection, Wall.operator(), study.id)
    assert listed is not None
    return listed.claimed_by


def held_by(room: ReadingRoom, page: Page, study: Study, reader: str | None) -> None:
    for _ in range(200):
        if holder(room, study) == reader:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{holder(room, study)} holds it, not {reader}")


def lapse(room: ReadingRoom) -> None:
    """As if nobody had renewed a hold for long."""
    room.write("UPDATE examination SET claimed_until = 1 WHERE claimed_by IS NOT NULL")
    keep_worklist(room.edges.archive)


@pytest.mark.parametrize("renewed_by", ["time", "looking at the page again"])
def test_an_open_page_goes_on_holding_the_examination(room: ReadingRoom, renewed_by: str) -> None:
    study, li = room.study(findings=0), room.person("li", "李医生")
    page = room.seated(li)
    page.clock.install()
    room.open(page, study)
    held_by(room, page, study, li.id)
    lapse(room)
    assert holder(room, study) is None
    if renewed_by == "time":
        page.clock.fast_forward(40_000)
    else:
        page.evaluate("window.dispatchEvent(new Event('focus'))")
    held_by(room, page, study, li.id)


def test_a_reader_whose_examination_was_taken_over_is_told_and_writes_no_more(room: ReadingRoom) -> None:
    study, li, wang = room.study(findings=0), room.person("li", "李医生"), room.person("wang", "王医生")
    mine = room.seated(li)
    room.open(mine, study)
    held_by(room, mine, study, li.id)
    mine.keyboard.press("y")
    mine.get_by_label("影像所见").fill("左肺上叶。")
    expect(mine.get_by_text("已保存", exact=False).first).to_be_visible()
    theirs = room.seated(wang)
    room.open(theirs, study)
    expect(theirs.get_by_text("李医生 正在阅片", exact=False)).to_be_visible()
    expect(theirs.get_by_label("影像所见")).to_have_count(0)
    theirs.keyboard.press("y")
    expect(theirs.get_by_label("影像所见")).to_be_disabled()
    theirs.get_by_role("button", name="接管").click()
    held_by(room, theirs, study, wang.id)
    expect(theirs.get_by_label("影像所见")).to_be_enabled()
    expect(mine.get_by_text("王医生 正在阅片", exact=False)).to_be_visible()
    expect(mine.get_by_label("影像所见")).to_be_disabled()
    expect(mine.get_by_label("影像所见")).to_have_value("左肺上叶。")
    mine.get_by_role("button", name="接管").click()
    held_by(room, mine, study, li.id)
    expect(mine.get_by_label("影像所见")).to_be_enabled()


def test_a_sign_dialog_that_is_open_signs_nothing_once_another_reader_took_over(room: ReadingRoom) -> None:
    study, li, wang = room.study(findings=0), room.person("li", "李医生"), room.person("wang", "王医生")
    mine, theirs = room.seated(li), room.seated(wang)
    room.open(mine, study)
    held_by(room, mine, study, li.id)
    mine.keyboard.press("y")
    mine.get_by_label("影像所见").fill("左肺上叶。")
    mine.keyboard.press("Control+Enter")
    dialog = mine.get_by_role("dialog")
    expect(dialog.locator("input[type=password]").first).to_be_visible()
    room.open(theirs, study)
    theirs.get_by_role("button", name="接管").click()
    held_by(room, theirs, study, wang.id)

    expect(dialog.get_by_text("他人正在阅片，请先接管。")).to_be_visible()
    expect(dialog.get_by_role("button", name="签发")).to_be_disabled()


def test_who_reads_it_is_said_in_the_language_of_who_opens_it(room: ReadingRoom) -> None:
    study, li = room.study(findings=0), room.person("li", "李医生")
    room.open(room.seated(li), study)
    theirs = room.seated(room.person("smith", "Dr Smith", language=Language.EN))
    theirs.add_init_script("localStorage.removeItem('consilium.language')")  # a browser in which nobody spoke English
    room.open(theirs, study)
    expect(theirs.get_by_text("李医生 is reading it")).to_be_visible()
    expect(theirs.get_by_text("正在阅片")).to_have_count(0)


def test_a_reader_whose_examination_was_taken_over_judges_draws_and_marks_nothing_there(room: ReadingRoom) -> None:
    """Neither by a button nor by a key; what is looked at is looked at, and the words are those of the report's."""
    study, li, wang = room.study(findings=1), room.person("li", "李医生"), room.person("wang", "王医生")
    mine = room.seated(li)
    room.open(mine, study)
    held_by(room, mine, study, li.id)
    acts, tools = mine.get_by_role("group", name="处理发现"), mine.locator("footer")
    card = mine.get_by_role("button", name=re.compile(r"^1\s*结节"))
    card.click()
    accept, correct = acts.get_by_role("button", name="接受"), acts.get_by_role("button", name="更正")
    length, window = tools.get_by_role("button", name="长度"), tools.get_by_role("button", name="调窗")
    length.click()
    expect(length).to_have_attribute("aria-pressed", "true")
    expect(accept).to_be_enabled()
    theirs = room.seated(wang)
    room.open(theirs, study)
    theirs.get_by_role("button", name="接管").click()
    held_by(room, theirs, study, wang.id)

    said = mine.get_by_text("此页面暂停书写", exact=False)
    expect(said).to_be_visible()
    for button in (accept, correct, acts.get_by_role("button", name="添加发现")):
        expect(button).to_be_disabled()
    expect(acts).to_have_attribute("title", re.compile("此页面暂停书写"))
    for button in (length, tools.get_by_role("button", name=re.compile("^关键图像"))):
        expect(button).to_be_disabled()
        expect(button).to_have_attribute("title", re.compile("此页面暂停书写"))
    expect(window).to_have_attribute("aria-pressed", "true")
    mine.keyboard.press("d")
    expect(said).to_have_count(2)
    expect(window).to_have_attribute("aria-pressed", "true")
    for key in ("a", "u", "m", "n", "k", "Control+s"):
        mine.keyboard.press(key)
    expect(mine.get_by_role("form")).to_have_count(0)
    expect(card).to_be_enabled()
    expect(card).to_contain_text("待处理")
    with room.edges.archive.read() as connection:
        assert reviews.version(connection, Wall.operator(), study.id) == 0
        assert reports.of_study(connection, Wall.operator(), study.id) == ()

    mine.get_by_role("button", name="接管").click()
    held_by(room, mine, study, li.id)
    expect(accept).to_be_enabled()
    accept.click()
    expect(card).to_contain_text("已接受")


@pytest.mark.parametrize("way", ["key", "button"])
def test_a_return_is_taken_back_on_the_reading_page(room: ReadingRoom, way: str) -> None:
    study, li = room.study(findings=0), room.person("li", "李医生")
    page = room.seated(li)
    room.open(page, study)
    page.keyboard.press("y")
    page.get_by_role("button", name="退回医院").click()
    page.get_by_role("dialog").get_by_role("button", name="退回", exact=True).click()
    expect(page).to_have_url(re.compile("/worklist"))
    room.open(page, study)
    told = page.get_by_text("已退回医院：图像不完整，请补传完整序列。")
    expect(told).to_be_visible()
    page.keyboard.press("y")
    expect(page.get_by_role("button", name="退回医院")).to_have_count(0)
    page.keyboard.press("Escape")
    if way == "key":
        page.keyboard.press("Shift+R")
    else:
        page.get_by_role("button", name="撤回退回").click()
    expect(told).to_have_count(0)
    with room.edges.archive.read() as connection:
        listed = worklist.of_study(connection, Wall.operator(), study.id)
    assert listed is not None
    assert listed.word.value != "returned"
