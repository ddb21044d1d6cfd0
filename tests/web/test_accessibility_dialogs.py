"""axe finds nothing serious where a reader decides and signs, and where somebody went astray, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from service.archive.studies import Study
from service.archive.tables import HOSPITAL
from service.domain.hospital import Finalising, Language
from service.domain.user import UserRole
from tests.notices.ward import urgent
from tests.people.browsers import Browser as Client
from tests.people.test_signing import OWN_PASSWORD, seated, sign, submitted
from tests.support.edges import Customer
from tests.web.real_centre import LARGE, SMALL, Centre, panel_read, serious

pytestmark = pytest.mark.system


@dataclass(frozen=True)
class Desk:
    """Somebody who reads, in a language, and the address of a study with two findings that have to be judged."""

    centre: Centre
    client: Client
    hospital: Customer
    row: Study
    study: str

    def reading(self, size: tuple[int, int] = SMALL) -> Page:
        page = self.centre.opened(self.client, f"{self.study}?renderer=cpu", size)
        panel_read(page)
        return page


@pytest.fixture(params=Language)
def desk(request: pytest.FixtureRequest, centre: Centre) -> Desk:
    hospital = centre.edges.hospital(language=request.param)
    study = centre.edges.study(hospital)
    centre.edges.analysis(study, findings=2)
    _, client = seated(centre.people, hospital, UserRole.SENIOR_RADIOLOGIST, "主任医师")
    assert client.send("PUT", "/session/language", {"language": request.param.value}).is_success
    return Desk(centre, client, hospital, study, f"/read/{hospital.id}/{study.study_instance_uid}")


def chosen_finding(desk: Desk) -> Page:
    page = desk.reading()
    page.locator("button[aria-pressed]").filter(has_text=re.compile("结节|nodule")).first.wait_for()
    page.keyboard.press("1")
    page.locator("button[aria-pressed=true]").filter(has_text=re.compile("结节|nodule")).wait_for()
    return page


def reason_asked(desk: Desk) -> Page:
    page = chosen_finding(desk)
    page.keyboard.press("x")
    page.get_by_role("group", name=re.compile("拒绝原因|Why is it rejected")).wait_for()
    return page


def wide_report(desk: Desk) -> Page:
    page = desk.reading(LARGE)
    page.get_by_role("textbox").first.wait_for()
    return page


def signing(desk: Desk) -> Page:
    page = desk.reading()
    page.keyboard.press("Control+Enter")
    page.get_by_role("dialog").locator("input[type=password]").first.wait_for()
    return page


def giving_back(desk: Desk) -> Page:
    page = desk.reading()
    page.keyboard.press("y")
    page.get_by_role("button", name=re.compile("退回医院|Return to the hospital", re.IGNORECASE)).click()
    page.get_by_role("dialog").wait_for()
    return page


def urgency(desk: Desk) -> Page:
    page = desk.reading()
    page.keyboard.press("Shift+U")
    page.get_by_role("dialog").wait_for()
    return page


def templates(desk: Desk) -> Page:
    page = desk.reading()
    page.keyboard.press("y")
    page.get_by_role("button", name=re.compile("模板与短语|Templates and phrases")).click()
    page.get_by_role("dialog").wait_for()
    return page


def versions(desk: Desk) -> Page:
    page = desk.reading()
    page.keyboard.press("j")
    page.get_by_role("tab", selected=True, name=re.compile("版本|Versions")).wait_for()
    return page


def images_alone(desk: Desk) -> Page:
    page = desk.centre.opened(desk.client, f"{desk.study}?renderer=cpu&window=images")
    expect(page.get_by_role("heading", level=1)).not_to_be_empty()
    return page


def keys(desk: Desk) -> Page:
    page = desk.reading()
    page.keyboard.press("Shift+Slash")
    page.get_by_role("dialog").wait_for()
    return page


def locked(desk: Desk) -> Page:
    page = desk.reading()
    page.keyboard.press("Control+Shift+KeyL")
    page.locator("input[type=password]").wait_for()
    return page


def correcting(desk: Desk) -> Page:
    page = chosen_finding(desk)
    page.keyboard.press("m")
    page.get_by_role("form").wait_for()
    return page


def adding(desk: Desk) -> Page:
    page = desk.reading()
    page.keyboard.press("n")
    page.get_by_role("form").wait_for()
    return page


def discarding(desk: Desk) -> Page:
    page = desk.reading()
    page.keyboard.press("y")
    page.get_by_role("textbox").first.fill("Right upper lobe.")
    page.get_by_text(re.compile("已保存|Saved")).first.wait_for()
    page.get_by_role("button", name=re.compile("放弃草稿|Discard the draft")).click()
    page.get_by_role("dialog").wait_for()
    return page


def new_phrase(desk: Desk) -> Page:
    page = templates(desk)
    page.get_by_role("button", name=re.compile("新建短语或模板|New phrase or template")).click()
    page.get_by_role("dialog").get_by_role("textbox").first.wait_for()
    return page


def calling(desk: Desk) -> Page:
    urgent(desk.centre.edges, desk.row)
    page = desk.reading()
    page.get_by_role("region", name=re.compile("危急值|Urgent finding")).wait_for()
    page.keyboard.press("Shift+KeyC")
    page.get_by_role("dialog").wait_for()
    return page


def signed_by_another(desk: Desk, *, audited: bool) -> Page:
    """The report of another reader: released, or waiting for its audit."""
    with desk.centre.edges.archive.write() as connection:
        asked = Finalising.BY_AUDIT if audited else Finalising.BY_SIGNATURE
        here = HOSPITAL.c.id == desk.hospital.id
        connection.execute(HOSPITAL.update().where(here).values(finalising=asked.value))
    _, writer = seated(desk.centre.people, desk.hospital)
    study = submitted(desk.centre.people, desk.hospital, writer)
    assert sign(writer, study, password=OWN_PASSWORD).status_code == 200
    page = desk.centre.opened(desk.client, f"/read/{study.hospital}/{study.study_instance_uid}?renderer=cpu")
    panel_read(page)
    page.keyboard.press("y")
    return page


def withdrawing(desk: Desk) -> Page:
    page = signed_by_another(desk, audited=False)
    page.get_by_role("button", name=re.compile("撤回报告|Withdraw")).click()
    page.get_by_role("dialog").wait_for()
    return page


def auditing(desk: Desk) -> Page:
    page = signed_by_another(desk, audited=True)
    page.get_by_role("button", name=re.compile("审核通过|Confirm")).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("修改文字|Change the words")).click()
    page.get_by_role("dialog").locator("textarea").first.wait_for()
    return page


def sent_back(desk: Desk) -> Page:
    page = signed_by_another(desk, audited=True)
    page.get_by_role("button", name=re.compile("退回书写医师|Return to the writer")).click()
    page.get_by_role("dialog").wait_for()
    return page


def audits(desk: Desk) -> Page:
    page = desk.centre.opened(desk.client, "/quality")
    expect(page.get_by_text(re.compile("正在加载…|Loading…"))).to_have_count(0)
    return page


def account(desk: Desk) -> Page:
    page = desk.centre.opened(desk.client, "/account")
    page.locator("code").first.wait_for()
    return page


def unknown_study(desk: Desk) -> Page:
    page = desk.centre.tab(desk.client)
    page.goto(f"{desk.centre.edges.url}/read/h0/1.2.3")
    page.get_by_role("alert").first.wait_for()
    return page


def astray(desk: Desk) -> Page:
    return desk.centre.opened(desk.client, "/nowhere")


@pytest.mark.parametrize(
    "place",
    [
        chosen_finding, reason_asked, wide_report, signing, giving_back, urgency, templates, versions, images_alone,
        keys, locked, correcting, adding, discarding, new_phrase, calling, withdrawing, auditing, sent_back, audits,
        account, unknown_study, astray,
    ],
)  # fmt: skip
def test_axe_finds_nothing_serious(desk: Desk, place: Callable[[Desk], Page]) -> None:
    assert serious(place(desk)) == []


def test_axe_finds_nothing_serious_where_a_scientist_begins(centre: Centre) -> None:
    for language in Language:
        _, client = centre.signed_in(UserRole.SCIENTIST, language=language)
        assert serious(centre.opened(client, "/explore")) == []


def test_what_keeps_from_signing_is_said_and_has_the_focus(desk: Desk) -> None:
    page = signing(desk)
    dialog = page.get_by_role("dialog")

    expect(dialog.get_by_role("button", name=re.compile("^1\\."))).to_be_focused()
    expect(dialog.get_by_text(re.compile("请先处理上列发现|Judge the findings above first"))).to_be_visible()
    expect(dialog.get_by_role("button", name=re.compile("Enter"))).to_be_in_viewport()


def test_the_chosen_finding_is_in_sight_however_many_there_are(centre: Centre) -> None:
    hospital = centre.edges.hospital()
    study = centre.edges.study(hospital)
    centre.edges.analysis(study, findings=9)
    _, client = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[hospital.id])
    page = centre.opened(client, f"/read/{hospital.id}/{study.study_instance_uid}?renderer=cpu")
    panel_read(page)
    expect(page.get_by_role("tabpanel")).to_contain_text("nodule")
    for key in ("9", "1"):
        page.keyboard.press(key)

        expect(page.locator("button[aria-pressed=true]").filter(has_text="nodule")).to_be_in_viewport(ratio=1)
