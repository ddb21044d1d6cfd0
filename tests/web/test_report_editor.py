"""Writing and signing a report on the real room: what is typed is kept, and signed as it was shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from service.archive import orders, reports, returns
from service.archive.orders import NewOrder, Request
from service.archive.studies import Study
from service.domain.agreement import ExaminationKind
from service.domain.hospital import Language
from service.domain.order import ExamClass, Priority
from service.domain.wall import Wall
from tests.web.reading_room import PASSWORD, PIN, ReadingRoom, reading_room
from tests.web.real_centre import panel_read

pytestmark = pytest.mark.system


@pytest.fixture
def room(tmp_path: Path, browser: Browser) -> Iterator[ReadingRoom]:
    with reading_room(tmp_path, browser) as opened:
        yield opened


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


def told(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.get_by_text(words)).to_be_visible()


def test_one_accepted_and_one_rejected_finding_are_signed_in_few_keys(room: ReadingRoom, study: Study) -> None:
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    page.evaluate("""() => { window.pressed = [];
        addEventListener("keydown", event => window.pressed.push(event.code), true); }""")
    judge(page, 1, "a")
    expect(page.get_by_text("已处理 1 / 2")).to_be_visible()
    judge(page, 2, "x", "2")
    expect(page.get_by_text("已处理 2 / 2")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_contain_text("右肺上叶")
    sign_first(page)
    keys = page.evaluate("window.pressed.filter(code => !/^(Control|Shift)/.test(code))")
    assert len(keys) - len(PIN) <= 12, keys
    told(page, "已签发。")
    report = latest(room, study)
    assert report.state == "released"
    assert "\n右肺上叶见一结节，大小约 8.4 mm × 6.1 mm" in report.content.text.findings
    assert report.content.text.impression == "右肺上叶结节，大小约 8.4 × 6.1 mm。"


def report_pane(page: Page) -> None:
    page.keyboard.press("y")
    expect(page.get_by_label("影像所见")).to_be_focused()


def test_a_report_begins_with_the_template_and_ai_lines_are_marked_until_they_are_edited(
    room: ReadingRoom, study: Study
) -> None:
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    report_pane(page)
    findings = page.get_by_label("影像所见")
    expect(findings).to_have_value(re.compile("双肺内未见明确结节"))
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    judge(page, 1, "a")
    page.keyboard.press("y")
    expect(findings).to_have_value(re.compile("右肺上叶见一结节"))
    expect(findings).not_to_have_value(re.compile("双肺内未见明确结节"))
    expect(page.get_by_text("AI 文字，未经编辑：1").first).to_be_visible()
    text = findings.input_value()
    at = text.index("见一结节") + len("见一")
    findings.evaluate("(field, at) => field.setSelectionRange(at, at)", at)
    page.keyboard.insert_text("实性")
    expect(page.get_by_text("AI 文字，未经编辑：1")).to_have_count(1)
    expect(page.get_by_text(re.compile("已保存"))).to_be_visible()
    assert "见一实性结节" in latest(room, study).content.text.findings
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    judge(page, 1, "x", "2")
    page.keyboard.press("y")
    expect(page.get_by_text("第 1 项发现已不成立")).to_be_visible()
    expect(findings).to_have_value(re.compile("见一实性结节"))
    expect(page.get_by_label("影像诊断")).to_have_value("胸部 CT 未见明确异常。")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_contain_text("请先在报告中决定去留")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="删除该句").click()
    expect(findings).not_to_have_value(re.compile("见一实性结节"))


def test_the_password_is_asked_once_and_then_the_pin_signs(room: ReadingRoom, study: Study) -> None:
    page = room.seated(room.person("wang", "王医生"))
    plain = room.study(findings=0)
    room.open(page, plain)
    page.keyboard.press("Control+Enter")
    page.get_by_label("密码", exact=True).fill("wrong horse battery")
    page.get_by_label(re.compile("PIN")).fill(PIN)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    assert latest(room, plain).signature is None
    sign_first(page)
    told(page, "已签发。")
    room.open(page, room.study(findings=0))
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("密码", exact=True)).to_have_count(0)
    expect(page.get_by_label("PIN 码")).to_be_focused()
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("PIN 不正确。")).to_be_visible()
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    told(page, "已签发。")


def test_a_high_finding_that_nobody_judged_blocks_and_leads_there(room: ReadingRoom, study: Study) -> None:
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("请先处理以下 2 项发现")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^签发 Enter"))).to_be_disabled()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^1\\. ")).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.get_by_text("已处理 1 / 2")).to_be_visible()
    page.keyboard.press("y")
    expect(page.get_by_label("影像所见")).to_be_focused()
    assert latest(room, study).state == "draft", "closing the dialog goes on writing"


def test_nothing_is_signed_while_an_addition_is_open(room: ReadingRoom, study: Study) -> None:
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    page.keyboard.press("n")
    expect(page.get_by_role("form", name="新发现")).to_be_visible()
    page.keyboard.press("Control+Enter")
    dialog = page.get_by_role("dialog", name="签发报告")
    expect(dialog.get_by_text("请先保存或取消")).to_be_visible()
    expect(dialog.locator("input[type=password]")).to_have_count(0)


def test_low_findings_are_closed_by_one_act(room: ReadingRoom, study: Study) -> None:
    room.write("UPDATE finding SET long_axis_mm = 4.0, short_axis_mm = 3.0")
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    page.keyboard.press("Control+Enter")
    page.get_by_label(re.compile("关闭未处理的 2 项发现")).check()
    sign_first(page)
    told(page, "已签发。")


def test_under_a_signature_no_finding_is_judged_by_button_or_key_until_the_report_is_amended(
    room: ReadingRoom, study: Study
) -> None:
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    judge(page, 1, "a")
    judge(page, 2, "a")
    expect(page.get_by_text("已处理 2 / 2")).to_be_visible()
    page.keyboard.press("Control+Enter")
    sign_first(page)
    told(page, "已签发。")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    told(page, "报告已签发：修订后，才能再处理发现。")
    acts = page.get_by_role("group", name="处理发现").get_by_role("button")
    expect(acts).to_have_count(5)
    for number in range(5):
        expect(acts.nth(number)).to_be_disabled()
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if sent.url.endswith("/judgements") else None)
    for key in ("a", "u", "x", "m", "n", "Control+z"):
        page.keyboard.press(key)
    page.keyboard.press("y")
    page.get_by_role("button", name="修订").click()
    expect(page.get_by_label("影像所见")).to_be_focused()
    assert asked == [], "nothing was asked for that the centre refuses"
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    expect(acts.first).to_be_enabled()
    judge(page, 2, "x", "2")
    expect(page.get_by_text("已拒绝").first).to_be_visible()


def test_the_report_opens_at_its_top_however_far_the_findings_were_scrolled(room: ReadingRoom) -> None:
    page = room.seated(room.person("wang", "王医生"))
    page.set_viewport_size({"width": 1280, "height": 600})
    room.open(page, room.study(findings=6))
    pane = page.get_by_role("tabpanel")
    assert pane.evaluate("(one) => { one.scrollTop = one.scrollHeight; return one.scrollTop; }") > 100
    page.get_by_role("tab", name="报告").click()
    expect(page.get_by_label("影像所见")).to_be_visible()
    assert pane.evaluate("(one) => one.scrollTop") == 0
    page.keyboard.press("f")
    expect(page.get_by_role("group", name="处理发现")).to_be_visible()
    pane.evaluate("(one) => { one.scrollTop = one.scrollHeight; }")
    page.keyboard.press("y")
    expect(page.get_by_label("影像所见")).to_be_focused()
    assert pane.evaluate("(one) => one.scrollTop") == 0


def test_a_contradiction_is_confirmed_or_mended(room: ReadingRoom, study: Study) -> None:
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    judge(page, 1, "a")
    expect(page.get_by_text("已处理 1 / 2")).to_be_visible()
    judge(page, 2, "x", "2")
    expect(page.get_by_text("已处理 2 / 2")).to_be_visible()
    report_pane(page)
    page.get_by_label("影像诊断").fill("左肺上叶结节，大小约 8.4 mm。")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("报告与发现不一致")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^签发 Enter"))).to_be_disabled()
    page.get_by_label(re.compile("确认属实")).check()
    sign_first(page)
    told(page, "已签发。")


def test_who_signs_is_told_which_characters_the_print_cannot_show(room: ReadingRoom) -> None:
    study = room.study(findings=0)
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    report_pane(page)
    page.get_by_label("影像所见").fill("𠮷野右肺 Ⅱ 类结节。")
    page.keyboard.press("Control+Enter")
    told_so = page.get_by_role("dialog").get_by_text("无法打印")
    expect(told_so).to_contain_text("𠮷 (U+20BB7)")
    expect(told_so).not_to_contain_text("Ⅱ")
    sign_first(page)
    told(page, "已签发。")


def test_hostile_text_stays_text(room: ReadingRoom) -> None:
    study = room.study(findings=0)
    room.write("UPDATE study SET patient_name = ?", "<script>alert(1)</script>")
    page = room.seated(room.person("wang", "王医生"))
    alerts: list[str] = []
    page.on("dialog", lambda dialog: alerts.append(dialog.message))
    room.open(page, study)
    report_pane(page)
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e{findings|x}"
    page.get_by_label("影像所见").fill(hostile)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_contain_text("<script>alert(1)</script>")
    sign_first(page)
    told(page, "已签发。")
    assert latest(room, study).content.text.findings == hostile
    assert page.locator("img[src=x]").count() == 0
    assert alerts == []


def test_keys_of_the_images_are_letters_in_a_text_and_composition_is_left_alone(
    room: ReadingRoom, study: Study
) -> None:
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    report_pane(page)
    advice = page.get_by_label("建议")
    advice.fill("")
    advice.press_sequentially("axu1")
    expect(advice).to_have_value("axu1")
    composing = """field => field.dispatchEvent(new KeyboardEvent("keydown",
        {code: "Enter", key: "Enter", ctrlKey: true, isComposing: true, bubbles: true, cancelable: true}))"""
    advice.evaluate(composing)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    expect(page.get_by_text("已处理 0 / 2")).to_be_visible()


def test_a_phrase_is_called_by_its_shortcut_and_taken_back_by_the_fields_own_undo(
    room: ReadingRoom, study: Study
) -> None:
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    report_pane(page)
    advice = page.get_by_label("建议")
    advice.click()
    page.keyboard.type("/fc ")
    expect(advice).to_have_value("建议定期复查。")
    page.keyboard.press("Control+z")
    expect(advice).to_have_value("/fc")


def test_what_somebody_else_saved_is_shown_beside_ones_own_and_chosen(room: ReadingRoom, study: Study) -> None:
    page = room.seated(room.person("wang", "王医生"))
    other = room.seated(room.person("li", "李医生"))
    room.open(page, study)
    report_pane(page)
    page.get_by_label("影像诊断").fill("右肺结节。")
    page.get_by_label("建议").focus()
    expect(page.get_by_text(re.compile("已保存"))).to_be_visible()
    page.route("**/report", lambda route: route.abort())
    page.get_by_label("影像诊断").fill("右肺结节，建议复查。")
    expect(page.get_by_text("连接中断")).to_be_visible()
    room.open(other, study)
    other.get_by_role("button", name="接管").click()
    expect(other.get_by_role("button", name="接管")).to_have_count(0)
    report_pane(other)
    expect(other.get_by_label("影像诊断")).to_have_value("右肺结节。")
    other.get_by_label("影像诊断").fill("右肺上叶结节。")
    other.get_by_label("建议").focus()
    expect(other.get_by_text(re.compile("已保存"))).to_be_visible()
    page.unroute("**/report")
    page.get_by_role("button", name="接管").click()
    expect(page.get_by_text("他人更改了报告，请决定采用哪一份。")).to_be_visible()
    assert latest(room, study).content.text.impression == "右肺上叶结节。", "nothing was overwritten"
    page.get_by_role("button", name="对比").click()
    expect(page.get_by_role("dialog")).to_contain_text("李医生")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="按所选继续").click()
    expect(page.get_by_text(re.compile("已保存"))).to_be_visible()
    assert latest(room, study).content.text.impression == "右肺结节，建议复查。"


def test_a_lost_connection_keeps_the_draft_over_a_reload_and_sends_it_later(room: ReadingRoom, study: Study) -> None:
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    report_pane(page)
    page.route("**/report", lambda route: route.abort())
    page.get_by_label("建议").fill("三个月后复查。")
    page.get_by_label("影像诊断").focus()
    expect(page.get_by_text("连接中断")).to_be_visible()
    page.reload()
    panel_read(page)
    page.unroute("**/report")
    page.keyboard.press("y")
    expect(page.get_by_label("建议")).to_have_value("三个月后复查。")
    expect(page.get_by_text(re.compile("已保存"))).to_be_visible()
    assert latest(room, study).content.text.advice == "三个月后复查。"
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('draft'))") == []


def test_a_second_physician_returns_and_confirms_and_the_writer_reads_why(room: ReadingRoom, study: Study) -> None:
    room.write("UPDATE hospital SET finalising = 'audit'")
    plain = room.study(findings=0)
    writer, auditor = (
        room.seated(room.person("wang", "王医生")),
        room.seated(room.person("zhao", "赵主任", senior=True)),
    )
    room.open(writer, plain)
    writer.keyboard.press("Control+Enter")
    expect(writer.get_by_text("签名后须由另一位高年资医师审核。")).to_be_visible()
    sign_first(writer)
    told(writer, "已签名，等待审核。")
    room.open(auditor, plain)
    auditor.keyboard.press("y")
    auditor.get_by_role("button", name="退回书写医师").click()
    auditor.get_by_role("dialog").get_by_role("textbox").fill("请描述心包。")
    auditor.get_by_role("dialog").get_by_role("button", name="退回书写医师").click()
    expect(auditor.get_by_role("dialog")).to_have_count(0)
    room.open(writer, plain)
    report_pane(writer)
    expect(writer.get_by_text("审核退回：请描述心包。")).to_be_visible()
    writer.get_by_label("建议").fill("心包未见积液。")
    writer.keyboard.press("Control+Enter")
    writer.get_by_label("PIN 码").fill(PIN)
    writer.keyboard.press("Enter")
    told(writer, "已签名，等待审核。")
    room.open(auditor, plain)
    auditor.keyboard.press("y")
    auditor.get_by_role("button", name="审核通过").click()
    expect(auditor.get_by_role("dialog").locator("ins")).to_have_text("心包未见积液。")
    sign_first(auditor)
    expect(auditor.get_by_role("dialog")).to_have_count(0)
    report = latest(room, plain)
    assert (report.state, report.version) == ("released", 2)
    auditor.keyboard.press("j")
    expect(auditor.get_by_text("原因：请描述心包。")).to_be_visible()


def test_an_emergency_goes_out_before_its_audit_and_is_offered_to_a_senior_physician(room: ReadingRoom) -> None:
    room.write("UPDATE hospital SET finalising = 'audit-emergencies-first'")
    plain = room.study(findings=0)
    order = NewOrder(
        hospital=plain.hospital,
        accession_number="",
        study_instance_uid=plain.study_instance_uid,
        patient_id="",
        exam_class=ExamClass.EMERGENCY,
        modality="",
        kind=ExaminationKind.DIAGNOSTIC,
        priority=Priority.HIGH,
        request=Request(),
        packages=(),
        expected_count=None,
        callback_url=None,
    )
    with room.edges.archive.write() as connection:
        orders.create(connection, Wall.operator(), order)
    writer, auditor = (
        room.seated(room.person("wang", "王医生")),
        room.seated(room.person("zhao", "赵主任", senior=True)),
    )
    room.open(writer, plain)
    writer.keyboard.press("Control+Enter")
    expect(writer.get_by_text("急诊：签名后作为临时报告立即发往医院")).to_be_visible()
    sign_first(writer)
    told(writer, "临时报告已发往医院，等待审核。")
    auditor.goto(f"{room.edges.url}/worklist?view=signed")
    row = auditor.get_by_role("row").filter(has_text="临时报告，待审核")
    expect(row).to_be_visible()
    expect(row).to_contain_text("待审核 0")
    room.open(auditor, plain)
    auditor.keyboard.press("y")
    expect(auditor.get_by_text(re.compile("已作为临时报告发往医院，须由另一位高年资医师于 .* 前审核"))).to_be_visible()
    auditor.get_by_role("button", name="退回书写医师").click()
    auditor.get_by_role("dialog").get_by_role("textbox").fill("请描述心包。")
    auditor.get_by_role("dialog").get_by_role("button", name="退回书写医师").click()
    expect(auditor.get_by_role("dialog")).to_have_count(0)
    room.open(writer, plain)
    report_pane(writer)
    expect(writer.get_by_text("审核退回：请描述心包。")).to_be_visible()


def test_a_released_report_is_amended_and_withdrawn_and_stays(room: ReadingRoom) -> None:
    plain = room.study(findings=0)
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, plain)
    page.keyboard.press("Control+Enter")
    sign_first(page)
    told(page, "已签发。")
    page.keyboard.press("Escape")
    page.keyboard.press("y")
    expect(page.get_by_label("影像所见")).to_have_count(0)
    page.get_by_role("button", name="修订").click()
    page.get_by_label("影像诊断").fill("右肺上叶结节。")
    page.keyboard.press("Control+Enter")
    page.get_by_label("PIN 码").fill(PIN)
    page.keyboard.press("Enter")
    told(page, "已签发。")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="撤回报告").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("患者有误")
    page.get_by_role("dialog").get_by_role("button", name="撤回报告").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    with room.edges.archive.read() as connection:
        versions = reports.of_study(connection, Wall.operator(), plain.id)
    assert [(each.state, each.why) for each in versions] == [("amended", None), ("withdrawn", "患者有误")]


def test_an_examination_is_returned_to_the_hospital_with_a_reason(room: ReadingRoom, study: Study) -> None:
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    page.keyboard.press("y")
    page.get_by_role("button", name="退回医院").click()
    page.get_by_label("原因").select_option("wrong-body-part")
    page.get_by_label("请医院处理的内容").fill("申请为头颅。")
    page.get_by_role("dialog").get_by_role("button", name="退回").click()
    page.get_by_role("grid").wait_for()
    with room.edges.archive.read() as connection:
        standing = returns.standing(connection, Wall.operator(), study.id)
    assert standing is not None
    assert (standing.reason, standing.note) == ("wrong-body-part", "申请为头颅。")


def test_people_keep_phrases_of_their_own(room: ReadingRoom, study: Study) -> None:
    page = room.seated(room.person("wang", "王医生"))
    room.open(page, study)
    page.keyboard.press("y")
    page.get_by_role("button", name="模板与短语…").click()
    page.get_by_role("button", name="新建短语或模板").click()
    page.get_by_label("名称", exact=True).fill("我的复查")
    page.get_by_label(re.compile("快捷码")).fill("wf")
    page.get_by_label("文字").fill("建议一年后复查。")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("dialog")).to_contain_text("我的复查")
    page.keyboard.press("Escape")
    page.get_by_label("建议").click()
    page.keyboard.type("/wf ")
    expect(page.get_by_label("建议")).to_have_value("建议一年后复查。")


@pytest.mark.parametrize("language", list(Language))
def test_axe_finds_nothing_serious(room: ReadingRoom, study: Study, language: Language) -> None:
    page = room.seated(room.person("wang", "王医生", language=language))
    room.open(page, study)
    judge(page, 1, "a")
    page.keyboard.press("y")
    page.get_by_role("textbox").first.wait_for()
    seen = [serious(page)]
    page.keyboard.press("Control+Enter")
    page.get_by_role("dialog").get_by_role("button").last.wait_for()
    seen.append(serious(page))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("tab", name=re.compile("版本|Versions")).click()
    page.get_by_role("tab", selected=True, name=re.compile("版本|Versions")).wait_for()
    seen.append(serious(page))
    assert seen == [[], [], []]


def serious(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in violations for node in each["nodes"]
            if each["impact"] in {"serious", "critical"}]  # fmt: skip
