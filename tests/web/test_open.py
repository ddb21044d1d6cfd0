"""A RIS opens a study in the reader's browser: signed in or not, one study or several, and in words when it cannot."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from service.archive.studies import Study
from service.domain.user import UserRole
from tests.people.browsers import PASSWORD
from tests.support.edges import Customer
from tests.support.flowing import pass_time
from tests.web.real_centre import LARGE, SMALL, Centre, serious

pytestmark = pytest.mark.system


@pytest.fixture
def hospital(centre: Centre) -> Customer:
    return centre.edges.hospital()


def study_of(centre: Centre, hospital: Customer, accession: str) -> Study:
    return centre.edges.study(hospital, accession_number=accession)


def link(centre: Centre, hospital: Customer, **subject: str) -> str:
    answer = centre.edges.client(hospital).post("/api/v1/open-links", json=subject)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["url"])


def address_of(study: Study) -> re.Pattern[str]:
    return re.compile(rf"/read/{study.hospital}/{re.escape(study.study_instance_uid)}(\?(?!.*token).*)?$")


def refusal(page: Page) -> str:
    alert = page.get_by_role("alert")
    expect(alert).to_have_count(1)
    return alert.inner_text()


def test_who_is_signed_in_goes_to_the_study_and_the_token_leaves_the_address(
    centre: Centre, hospital: Customer
) -> None:
    study = study_of(centre, hospital, "CT 0012")
    _, anna = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[hospital.id])
    page = centre.tab(anna)
    page.goto(link(centre, hospital, accession_number="CT 0012"))
    expect(page).to_have_url(address_of(study))
    page.get_by_role("heading", level=1).wait_for()
    page.go_back()
    assert "token" not in page.url, "nor is it in the history"


def test_who_is_not_signed_in_signs_in_first_and_is_there_then(centre: Centre, hospital: Customer) -> None:
    study = study_of(centre, hospital, "A1")
    user = centre.people.person(hospitals=[hospital.id])
    page = centre.tab()
    page.goto(link(centre, hospital, study_instance_uid=study.study_instance_uid))
    page.get_by_label("用户名").fill(user.login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(address_of(study))


def test_the_link_alone_shows_nothing(centre: Centre, hospital: Customer) -> None:
    study = study_of(centre, hospital, "A1")
    page = centre.tab()
    page.goto(link(centre, hospital, study_instance_uid=study.study_instance_uid))
    expect(page.get_by_label("用户名")).to_be_visible()
    assert page.context.cookies() == []
    assert "Test" not in page.content()


def test_a_locked_session_opens_the_study_once_it_is_unlocked(centre: Centre, hospital: Customer) -> None:
    study = study_of(centre, hospital, "A1")
    _, anna = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[hospital.id])
    assert anna.send("POST", "/session/lock").status_code == 204
    page = centre.tab(anna)
    page.goto(link(centre, hospital, study_instance_uid=study.study_instance_uid))
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(address_of(study))


def test_several_studies_of_one_accession_number_are_a_choice(
    centre: Centre, hospital: Customer, tmp_path: Path
) -> None:
    made = [study_of(centre, hospital, "A7") for _ in range(3)]
    for size in (SMALL, LARGE):
        _, anna = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[hospital.id])
        page = centre.tab(anna, size)
        page.goto(link(centre, hospital, accession_number="A7"))
        links = page.get_by_role("main").get_by_role("link")
        expect(links).to_have_count(3)
        expect(links.first).to_contain_text("Test One · CT")
        assert "token" not in page.url
        assert serious(page) == []
        page.screenshot(path=str(tmp_path / f"choice-{size[0]}.png"))
    links.first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("|".join(re.escape(each.study_instance_uid) for each in made)))


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "已使用过"), ("en", "used before")])
def test_a_link_that_was_used_says_so_and_what_to_do(
    centre: Centre, hospital: Customer, language: str, words: str
) -> None:
    study = study_of(centre, hospital, "A1")
    _, anna = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[hospital.id])
    anna.send("PUT", "/session/language", {"language": language})
    url = link(centre, hospital, study_instance_uid=study.study_instance_uid)
    first = centre.tab(anna)
    first.goto(url)
    expect(first).to_have_url(address_of(study))
    second = centre.tab(anna)
    second.goto(url)
    assert words in refusal(second)
    assert serious(second) == []
    expect(second.get_by_role("main").get_by_role("link")).to_have_attribute("href", "/worklist")


def test_each_other_reason_has_its_words(centre: Centre, hospital: Customer) -> None:
    study = study_of(centre, hospital, "A1")
    _, anna = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[hospital.id])
    _, stranger = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[centre.edges.hospital().id])
    late = link(centre, hospital, study_instance_uid=study.study_instance_uid)
    pass_time(centre.edges.archive, 301.0)
    good = link(centre, hospital, study_instance_uid=study.study_instance_uid)
    for client, url, words in (
        (anna, late, "run out"),
        (anna, good[:-1], "cut or was changed"),
        (anna, good.replace(study.study_instance_uid, "1.2.3"), "cut or was changed"),
        (anna, f"{centre.edges.url}/open", "cut or was changed"),
        (anna, link(centre, hospital, accession_number=secrets.token_hex(8)), "has no images"),
        (stranger, good, "do not read for"),
    ):
        page = centre.tab(client)
        page.goto(url)
        assert words in refusal(page), url
    page = centre.tab(anna)
    page.goto(good)
    expect(page).to_have_url(address_of(study))


def test_when_the_images_come_meanwhile_the_same_link_opens_them(centre: Centre, hospital: Customer) -> None:
    _, anna = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[hospital.id])
    page = centre.tab(anna)
    page.goto(link(centre, hospital, accession_number="A9"))
    assert "has no images" in refusal(page)
    study = study_of(centre, hospital, "A9")
    page.get_by_role("button", name="Try again").click()
    expect(page).to_have_url(address_of(study))


def test_whoever_reads_no_studies_is_shown_the_way_to_their_own_page(centre: Centre, hospital: Customer) -> None:
    study = study_of(centre, hospital, "A1")
    _, scientist = centre.signed_in(UserRole.SCIENTIST, hospitals=[hospital.id])
    page = centre.tab(scientist)
    page.goto(link(centre, hospital, study_instance_uid=study.study_instance_uid))
    expect(page.get_by_role("main").get_by_role("link")).to_have_attribute("href", "/explore")


def test_nothing_in_the_address_leads_elsewhere(centre: Centre, hospital: Customer) -> None:
    _, anna = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[hospital.id])
    for more in ("&next=https://evil.example", "&study=//evil.example", "#https://evil.example"):
        page = centre.tab(anna)
        page.goto(f"{centre.edges.url}/open?accession=A1&token=x{more}")
        refusal(page)
        assert page.url.startswith(centre.edges.url)
