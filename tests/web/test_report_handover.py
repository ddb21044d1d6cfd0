"""A report goes from who writes to who signs, nothing written is lost on the way, and its key images are seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.archive.studies import Study
from service.domain.report import ReportState
from tests.web.reading_room import ReadingRoom, reading_room
from tests.web.real_centre import panel_read
from tests.web.test_report_editor import judge, latest, report_pane, sign_first, told

pytestmark = pytest.mark.system


@pytest.fixture
def room(tmp_path: Path, browser: Browser) -> Iterator[ReadingRoom]:
    with reading_room(tmp_path, browser) as opened:
        yield opened


@pytest.fixture
def study(room: ReadingRoom) -> Study:
    return room.study(findings=0)


def written(page: Page, words: str) -> None:
    page.keyboard.press("y")
    page.get_by_label("影像所见").fill(words)


def test_a_junior_submits_by_key_and_a_senior_signs_what_was_submitted(room: ReadingRoom, study: Study) -> None:
    junior = room.seated(room.person("li", "李医生"))
    room.open(junior, study)
    written(junior, "双肺纹理清晰。")
    junior.keyboard.press("Control+Shift+Enter")
    told(junior, "待签发。可继续书写，或签发。")
    assert latest(room, study).state is ReportState.PRELIMINARY
    junior.keyboard.press("Escape")
    junior.keyboard.press("Backspace")

    senior = room.seated(room.person("wang", "王主任", senior=True))
    room.open(senior, study)
    senior.keyboard.press("y")
    told(senior, "待签发。可继续书写，或签发。")
    senior.keyboard.press("Control+Enter")
    expect(senior.get_by_role("dialog")).to_contain_text("双肺纹理清晰。")
    senior.keyboard.press("Escape")
    expect(senior.get_by_role("dialog")).to_have_count(0)
    told(senior, "待签发。可继续书写，或签发。")
    assert latest(room, study).state is ReportState.PRELIMINARY, "looking is not taking back"
    senior.keyboard.press("Control+Enter")
    sign_first(senior)
    told(senior, "已签发。")
    assert latest(room, study).content.text.findings == "双肺纹理清晰。"


def test_the_help_names_the_keys_of_submitting_and_signing(room: ReadingRoom, study: Study) -> None:
    page = room.seated(room.person("li", "李医生"))
    room.open(page, study)
    page.keyboard.press("Shift+Slash")
    for words in ("提交报告，由他人签发", "签发", "此类检查按当前布局打开"):
        expect(page.get_by_role("dialog").get_by_text(words, exact=True)).to_be_visible()


def cut_off(page: Page) -> None:
    page.route("**/report", lambda route: route.abort() if route.request.method == "PUT" else route.continue_())


@pytest.mark.parametrize(
    ("button", "stands"), [("取回并按所选继续", "我的文字。"), ("采用对方的，另存我的", "对方的文字。")]
)
def test_words_written_while_another_submitted_are_not_lost(
    room: ReadingRoom, study: Study, button: str, stands: str
) -> None:
    mine = room.seated(room.person("li", "李医生"))
    room.open(mine, study)
    written(mine, "开头。")
    told(mine, "已保存")
    cut_off(mine)
    mine.get_by_label("影像所见").fill("我的文字。")
    told(mine, "连接中断：文字保留在此浏览器中")
    theirs = room.seated(room.person("wang", "王医生"))
    room.open(theirs, study)
    theirs.get_by_role("button", name="接管").click()
    written(theirs, "对方的文字。")
    theirs.keyboard.press("Control+Shift+Enter")
    told(theirs, "待签发。")
    mine.unroute("**/report")
    mine.get_by_role("button", name="接管").click()
    told(mine, "他人更改了报告")
    mine.get_by_role("button", name="对比").click()
    expect(mine.get_by_role("dialog")).to_contain_text("王医生 已提交待签。按您的文字继续前，须先取回。")
    mine.get_by_role("dialog").get_by_role("button", name=button).click()
    expect(mine.get_by_role("dialog")).to_have_count(0)
    if stands == "我的文字。":
        told(mine, "已保存")
        assert latest(room, study).state is ReportState.DRAFT
    else:
        mine.get_by_text("您未被采用的文字，保留在此浏览器中").click()
        expect(mine.get_by_role("tabpanel")).to_contain_text("我的文字。")
        mine.reload()
        mine.get_by_role("tab", name="报告").click()
        told(mine, "您未被采用的文字，保留在此浏览器中")
    assert latest(room, study).content.text.findings == stands


def test_a_signature_given_while_two_texts_are_compared_is_told_there_and_leaves_an_amendment(
    room: ReadingRoom, study: Study
) -> None:
    mine = room.seated(room.person("li", "李医生"))
    room.open(mine, study)
    written(mine, "开头。")
    told(mine, "已保存")
    cut_off(mine)
    mine.get_by_label("影像所见").fill("我的文字。")
    told(mine, "连接中断：文字保留在此浏览器中")
    theirs = room.seated(room.person("wang", "王医生"))
    room.open(theirs, study)
    theirs.get_by_role("button", name="接管").click()
    written(theirs, "对方的文字。")
    theirs.keyboard.press("Control+Shift+Enter")
    told(theirs, "待签发。")
    mine.unroute("**/report")
    told(mine, "他人更改了报告")
    mine.get_by_role("button", name="对比").click()
    dialog = mine.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="取回并按所选继续")).to_be_visible()

    theirs.keyboard.press("Control+Enter")
    expect(theirs.get_by_role("dialog")).to_contain_text("对方的文字。")
    sign_first(theirs)
    told(theirs, "已签发。")
    expect(dialog).to_contain_text("该版本已由 王医生 于")
    expect(dialog.get_by_role("button", name="取回并按所选继续")).to_have_count(0)
    dialog.get_by_role("button", name="以此修改报告").click()
    expect(dialog).to_have_count(0)
    expect(mine.get_by_label("影像所见")).to_have_value("我的文字。")
    told(mine, "已保存")
    assert (latest(room, study).version, latest(room, study).content.text.findings) == (2, "我的文字。")


def test_an_auditor_is_told_of_unprintable_letters_and_of_a_signature_that_was_recalled_meanwhile(
    room: ReadingRoom, study: Study
) -> None:
    room.write("UPDATE hospital SET finalising = 'audit'")
    writer = room.seated(room.person("li", "李医生"))
    room.open(writer, study)
    written(writer, "𠮷野右肺结节。")
    writer.keyboard.press("Control+Enter")
    sign_first(writer)
    told(writer, "已签名，等待审核。")
    writer.keyboard.press("Escape")
    auditor = room.seated(room.person("zhao", "赵主任", senior=True))
    room.open(auditor, study)
    auditor.keyboard.press("y")
    auditor.get_by_role("button", name="审核通过").click()
    dialog = auditor.get_by_role("dialog")
    expect(dialog.get_by_text("无法打印")).to_contain_text("𠮷 (U+20BB7)")
    expect(dialog.get_by_role("textbox")).not_to_have_count(0)

    writer.get_by_role("button", name="收回我的签名").click()
    expect(writer.get_by_label("影像所见")).to_have_value("𠮷野右肺结节。")
    expect(dialog).to_contain_text("李医生 已收回签名。")
    expect(dialog.get_by_role("textbox")).to_have_count(0)
    expect(dialog.get_by_role("button", name="审核通过")).to_have_count(0)


def test_key_images_are_seen_as_pictures_and_taken_out_there(room: ReadingRoom, study: Study) -> None:
    page = room.seated(room.person("li", "李医生"))
    room.open(page, study)
    expect(page.get_by_text("窗宽")).to_be_visible()
    page.keyboard.press("Home")
    expect(page.get_by_text("第 1 / 2 层")).to_be_visible()
    page.keyboard.press("k")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("第 2 / 2 层")).to_be_visible()
    page.keyboard.press("k")
    page.keyboard.press("y")
    pictures = page.get_by_role("region", name="关键图像 2 幅")
    expect(pictures.locator("img")).to_have_count(2)
    for at in (0, 1):
        picture = pictures.locator("img").nth(at)
        picture.evaluate("(one) => one.decode()")
        assert picture.evaluate("(one) => one.naturalWidth") > 0
    expect(pictures.get_by_role("button", name="第 1 层").first).to_be_visible()
    page.keyboard.press("Escape")
    pictures.get_by_role("button", name="第 1 层").first.click()
    expect(page.get_by_text("第 1 / 2 层")).to_be_visible()
    pictures.get_by_role("button", name="移除关键图像：第 2 层").click()
    expect(page.get_by_role("region", name="关键图像 1 幅")).to_be_visible()
    told(page, "已保存")
    assert len(latest(room, study).content.key_images) == 1


def test_of_two_findings_that_say_the_same_a_rejected_one_takes_its_line_with_it_after_a_reload(
    room: ReadingRoom,
) -> None:
    """Same place, same size, so the same words: each line goes on belonging to one of them."""
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, room.study(findings=2))
    findings, impression = page.get_by_label("影像所见"), page.get_by_label("影像诊断")
    report_pane(page)
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    judge(page, 1, "a")
    judge(page, 2, "a")
    page.keyboard.press("y")
    expect(findings).to_have_value(re.compile("右肺上叶见一结节.*\n.*右肺上叶见一结节"))
    page.get_by_label("建议").fill("随访。")
    told(page, "已保存")
    page.reload()
    panel_read(page)
    report_pane(page)
    expect(page.get_by_text("AI 文字，未经编辑：1, 2")).to_have_count(2)
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    judge(page, 2, "x", "2")
    page.keyboard.press("y")
    expect(page.get_by_text("AI 文字，未经编辑：1", exact=True)).to_have_count(2)
    for field in (findings, impression):
        assert field.input_value().count("结节") == 1, field.input_value()
