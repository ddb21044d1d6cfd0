"""The auditor's part at the real room: words are changed before they are confirmed, and it is counted in words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from service.flow.clock import tell_due
from tests.web.reading_room import ReadingRoom, reading_room
from tests.web.test_report_editor import latest, report_pane, sign_first, told

pytestmark = pytest.mark.system
HOUR_S = 3600.0


@pytest.fixture
def room(tmp_path: Path, browser: Browser) -> Iterator[ReadingRoom]:
    with reading_room(tmp_path, browser) as opened:
        yield opened


def shot(page: Page, name: str) -> None:
    if "SHOTS" in os.environ:
        page.screenshot(path=f"{os.environ['SHOTS']}/{name}.png")


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [each["id"] for each in found if each["impact"] in {"serious", "critical"}]


def test_the_auditor_changes_the_words_sees_what_differs_and_confirms_under_both_names(room: ReadingRoom) -> None:
    room.write("UPDATE hospital SET finalising = 'audit'")
    study = room.study(findings=0)
    writer, auditor = (
        room.seated(room.person("wang", "王医生")),
        room.seated(room.person("zhao", "赵主任", senior=True)),
    )
    room.open(writer, study)
    report_pane(writer)
    writer.get_by_label("建议").fill("随访。")
    writer.keyboard.press("Control+Enter")
    sign_first(writer)
    told(writer, "已签名，等待审核。")

    room.open(auditor, study)
    auditor.keyboard.press("y")
    auditor.get_by_role("button", name="审核通过").click()
    dialog = auditor.get_by_role("dialog")
    dialog.get_by_role("button", name="修改文字").click()
    dialog.get_by_label("建议").fill("三个月后随访。")
    expect(dialog.locator("ins")).to_have_text("三个月后")
    expect(dialog.get_by_role("button", name="按修改后确认")).to_be_visible()
    shot(auditor, "audit-dialog")
    assert serious(auditor) == []
    sign_first(auditor)
    expect(dialog).to_have_count(0)

    report = latest(room, study)
    assert (report.state, report.content.text.advice) == ("released", "三个月后随访。")
    told(auditor, "审核医师对签名原文的修改：")
    shot(auditor, "audited")

    auditor.goto(f"{room.edges.url}/quality")
    row = auditor.get_by_role("row").filter(has_text="王医生")
    expect(row).to_contain_text("100%")
    assert serious(auditor) == []
    shot(auditor, "quality")


def test_an_examination_whose_time_is_gone_says_so_in_the_list(room: ReadingRoom) -> None:
    hours = {"过半": 13.0, "将到时": 20.0, "超时": 30.0, "": 1.0}
    for passed in hours.values():
        study = room.study(findings=0, patient_id=f"P{passed}")
        room.write("UPDATE study SET completed_at = completed_at - ? WHERE id = ?", passed * HOUR_S, study.id)
    room.write("UPDATE examination SET clock_due_at = 0")
    tell_due(room.edges.archive)
    page = room.seated(room.person("wang", "王医生"))
    page.goto(f"{room.edges.url}/worklist")
    for word in ("过半", "将到时", "超时"):
        expect(page.get_by_text(word, exact=True).first).to_be_visible()
    shot(page, "worklist")
    with room.edges.archive.read() as connection:
        told_shares = connection.exec_driver_sql(
            "SELECT count(*) FROM event WHERE kind = 'study.clock_passed'"
        ).scalar_one()
    assert told_shares == 1 + 2 + 3
