"""Urgent findings on screen: whom to tell, how much time is left, and the call that closes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from service.archive.studies import Study
from service.domain.hospital import Language
from service.domain.user import UserRole
from service.flow.notice import remind_due
from tests.notices.ward import HEAD, WARD, urgent
from tests.support.edges import Customer
from tests.support.flowing import pass_time
from tests.web.real_centre import LARGE, SMALL, Centre, panel_read, serious

pytestmark = pytest.mark.system


@pytest.fixture
def hospital(centre: Centre) -> Customer:
    return centre.edges.hospital()


@pytest.fixture
def study(centre: Centre, hospital: Customer) -> Study:
    made = centre.edges.study(hospital)
    centre.edges.analysis(made)
    return made


def reading(centre: Centre, study: Study, language: Language, size: tuple[int, int] = SMALL) -> Page:
    _, client = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[study.hospital], language=language)
    page = centre.opened(client, f"/read/{study.hospital}/{study.study_instance_uid}", size)
    panel_read(page)
    strip(page).wait_for()
    return page


def strip(page: Page):
    return page.get_by_role("region", name=re.compile("危急值|Urgent finding"))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_the_strip_says_whom_to_tell_and_how_much_time_is_left(
    centre: Centre, study: Study, language: Language, size: tuple[int, int], tmp_path: Path
) -> None:
    urgent(centre.edges, study)
    page = reading(centre, study, language, size)
    words = strip(page).inner_text()
    assert WARD in words
    assert ("左肺气胸" if language is Language.ZH_CN else "left lung: pneumothorax") in words
    assert re.search(r"剩余 [89]:\d\d|[89]:\d\d left", words), words
    assert ("请电话通知" if language is Language.ZH_CN else "call them") in words
    before = words
    expect(strip(page)).not_to_have_text(before, timeout=4000)
    assert serious(page) == []
    page.screenshot(path=str(tmp_path / f"strip-{language.value}-{size[0]}.png"))


def test_a_documented_call_closes_it_by_keyboard_alone(
    centre: Centre, hospital: Customer, study: Study, tmp_path: Path
) -> None:
    urgent(centre.edges, study)
    page = reading(centre, study, Language.ZH_CN)
    page.keyboard.press("Shift+KeyC")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(WARD)
    page.get_by_label("接听人").focus()
    page.keyboard.type("呼吸科 王护士")
    page.keyboard.press("Tab")
    page.keyboard.type("电话 8003，复述左侧气胸")
    page.screenshot(path=str(tmp_path / "call.png"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(strip(page)).to_contain_text("呼吸科 王护士 已确认")
    expect(strip(page)).to_contain_text("电话确认，Person")
    expect(page.get_by_role("button", name="记录电话")).to_have_count(0)
    shown = centre.edges.client(hospital).get("/api/v1/notices", params={"standing": "closed"}).json()["items"]
    assert [each["acknowledgement"]["read_back"] for each in shown] == ["电话 8003，复述左侧气胸"]
    page.screenshot(path=str(tmp_path / "closed.png"))


def test_what_the_hospital_acknowledged_by_itself_appears_without_a_reload(
    centre: Centre, hospital: Customer, study: Study
) -> None:
    raised = urgent(centre.edges, study)
    page = reading(centre, study, Language.ZH_CN)
    said = {"acknowledged_by": "李医师", "read_back": "左侧气胸"}
    centre.edges.client(hospital).post(f"/api/v1/notices/{raised.id}/acknowledge", json=said)
    expect(strip(page)).to_contain_text("李医师 已确认")
    expect(strip(page)).to_contain_text("由医院系统确认")


def test_a_late_one_names_the_escalation_contact(centre: Centre, study: Study, tmp_path: Path) -> None:
    urgent(centre.edges, study)
    pass_time(centre.edges.archive, 660.0)
    remind_due(centre.edges.archive)
    page = reading(centre, study, Language.ZH_CN)
    words = strip(page).inner_text()
    assert HEAD in words
    assert re.search(r"逾时 [12]:\d\d", words), words
    page.screenshot(path=str(tmp_path / "late.png"))


def test_the_head_of_the_pages_counts_open_ones_and_leads_to_the_study(
    centre: Centre, hospital: Customer, study: Study, tmp_path: Path
) -> None:
    quiet = centre.edges.study(hospital)
    urgent(centre.edges, study)
    _, client = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[hospital.id], language=Language.ZH_CN)
    page = centre.opened(client, "/worklist")
    badge = page.get_by_role("button", name="危急值待确认 1")
    badge.wait_for()
    flags = page.get_by_role("img", name="危急值未确认")
    expect(flags).to_have_count(1)
    assert serious(page) == []
    page.screenshot(path=str(tmp_path / "worklist.png"))
    badge.click()
    expect(page.get_by_role("dialog")).to_contain_text("左肺气胸")
    page.screenshot(path=str(tmp_path / "open-ones.png"))
    page.get_by_role("dialog").get_by_role("link").click()
    expect(page).to_have_url(re.compile(re.escape(study.study_instance_uid)))
    assert quiet.study_instance_uid not in page.url


def test_who_reads_no_studies_and_who_has_none_open_see_no_badge(centre: Centre, hospital: Customer) -> None:
    _, security = centre.signed_in(UserRole.SECURITY_ADMIN)
    _, reader = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[hospital.id])
    page = centre.tab(reader)
    with page.expect_response("**/room/v1/notices") as answer:
        page.goto(f"{centre.edges.url}/worklist")
    assert answer.value.json() == {"count": 0, "items": []}
    expect(page.get_by_role("button", name=re.compile("危急值|Urgent"))).to_have_count(0)
    page = centre.tab(security)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{centre.edges.url}/users")
    page.get_by_role("heading", level=1).wait_for()
    assert not any(url.endswith("/room/v1/notices") for url in asked), "nor is anything asked"


def test_hostile_words_are_words(centre: Centre, study: Study) -> None:
    urgent(centre.edges, study, "<img src=x onerror=alert(1)>")
    page = reading(centre, study, Language.EN)
    expect(strip(page)).to_contain_text("<img src=x onerror=alert(1)>")
