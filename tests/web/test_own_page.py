"""Somebody of a hospital follows their own examinations: what came, what is waited for, what came of it, the report."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Language
from service.domain.user import UserRole
from tests.people.browsers import Browser
from tests.people.test_signing import TEXT, seated, sign, submitted
from tests.support.edges import Customer
from tests.support.series import ct_slice
from tests.web.real_centre import Centre, serious

pytestmark = pytest.mark.system
HOSTILE = "<b>Zhang</b>^<script>alert(1)</script>"


@pytest.fixture
def hospital(centre: Centre) -> Customer:
    return centre.edges.hospital()


@pytest.fixture
def client(centre: Centre, hospital: Customer) -> Browser:
    return centre.signed_in(UserRole.HOSPITAL, hospitals=[hospital.id], language=Language.ZH_CN)[1]


def at_first(page: Page) -> None:
    """The examination of the first row."""
    page.locator("tbody th a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("检查")


def test_they_begin_there_and_read_what_is_waited_for(centre: Centre, hospital: Customer, client: Browser) -> None:
    centre.edges.study(hospital, count=3, complete=False, patient_id="P-77")
    page = centre.tab(client)
    page.goto(centre.edges.url)
    page.wait_for_url("**/own")
    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    for words in ("张三", "P-77", "CT", "3"):
        expect(row).to_contain_text(words)
    expect(row.locator("td:nth-child(5)")).to_contain_text("接收")
    assert len(row.locator("td:nth-child(5)").inner_text().splitlines()) > 1, "what is waited for"


def test_before_anything_came_it_says_what_to_do(centre: Centre, client: Browser) -> None:
    page = centre.opened(client, "/own")

    expect(page.get_by_role("main")).to_contain_text("请从 PACS 发送影像")


def test_a_package_that_refused_says_why(centre: Centre, hospital: Customer, client: Browser) -> None:
    study = centre.edges.study(hospital)
    centre.edges.analysis(study, AnalysisOutcome.REFUSED)
    page = centre.opened(client, "/own")
    at_first(page)

    table = page.get_by_role("table", name="AI 分析")
    expect(table).to_contain_text("阈值结节")
    expect(table.locator("td").last).not_to_have_text("")
    expect(page.get_by_role("main")).to_contain_text("报告签发后将显示在此")


def test_the_released_report_is_read_there_and_nothing_before(
    centre: Centre, hospital: Customer, client: Browser
) -> None:
    _, reader = seated(centre.people, hospital)
    lines = [TEXT, "Left lower lobe: nodule, 5 mm."]
    study = submitted(centre.people, hospital, reader, "\n".join(lines))
    page = centre.opened(client, f"/own/{hospital.id}/{study.study_instance_uid}")
    expect(page.get_by_role("main")).to_contain_text("报告签发后将显示在此")
    assert TEXT not in page.content()
    assert sign(reader, study, password="four quiet words here").status_code == 200
    page.reload()

    report = page.get_by_role("region", name="诊断报告")
    expect(report).to_contain_text(TEXT)
    assert report.get_by_text(TEXT).inner_text().splitlines() == lines, "line by line, as it was signed"
    expect(report).to_contain_text("签署于")


def test_what_was_given_back_says_why_and_what_to_do(centre: Centre, hospital: Customer, client: Browser) -> None:
    study = centre.edges.study(hospital)
    reader = centre.people.at(centre.people.person(UserRole.RADIOLOGIST, hospitals=[hospital.id]))
    returned = reader.send(
        "POST",
        f"/worklist/{hospital.id}/{study.study_instance_uid}/return",
        {"reason": "images-missing", "note": "No <i>lung</i> window"},
    )
    assert returned.is_success, returned.text
    page = centre.opened(client, "/own")
    expect(page.locator("tbody tr")).to_contain_text("已退回")
    at_first(page)

    notice = page.get_by_role("alert")
    for words in ("No <i>lung</i> window", "从 PACS 重新发送"):
        expect(notice).to_contain_text(words)


def test_an_examination_is_found_by_its_numbers(centre: Centre, hospital: Customer, client: Browser) -> None:
    centre.edges.study(hospital, patient_id="P-1", accession_number="A-1")
    centre.edges.study(hospital, patient_id="P-2", accession_number="A-2")
    page = centre.opened(client, "/own")
    page.get_by_label("患者号").fill("P-2")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("A-2")
    page.get_by_label("患者号").fill("P-3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("没有符合的检查")


def test_another_hospitals_examination_is_not_there(centre: Centre, client: Browser) -> None:
    other = centre.edges.hospital()
    study = centre.edges.study(other, patient_id="P-SECRET")
    page = centre.opened(client, f"/own/{other.id}/{study.study_instance_uid}")

    expect(page.get_by_role("alert")).to_be_visible()
    assert "P-SECRET" not in page.content()


def test_a_hostile_name_stays_text(centre: Centre, hospital: Customer, client: Browser) -> None:
    image = ct_slice(study_uid="1.2.826.0.1.4711", series_uid="1.2.826.0.1.4711.1", index=0, size=16)
    image.PatientName = HOSTILE
    centre.edges.receive(hospital, image)
    page = centre.opened(client, "/own")

    expect(page.locator("tbody th")).to_contain_text("<b>Zhang</b>")
    assert page.locator("main b, main script").count() == 0


@pytest.mark.parametrize("language", Language)
def test_axe_finds_nothing_serious(centre: Centre, hospital: Customer, language: Language) -> None:
    study = centre.edges.study(hospital)
    centre.edges.analysis(study)
    _, client = centre.signed_in(UserRole.HOSPITAL, hospitals=[hospital.id], language=language)
    page = centre.opened(client, "/own")
    page.get_by_role("table").wait_for()
    assert serious(page) == []
    page.locator("tbody th a").first.click()
    page.get_by_role("table").wait_for()
    assert serious(page) == []
