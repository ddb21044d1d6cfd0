"""The data scientist's page: counts beside promises, disagreements on their images, files, and no patient's name."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from service.domain.hospital import Language
from service.domain.user import UserRole
from tests.people.browsers import Browser
from tests.people.exploring import People, Ward, said
from tests.people.test_explore_pictures import corrected
from tests.web.marked_study import marked
from tests.web.real_centre import LARGE, SMALL, Centre, serious

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def ward(whole_centre: Centre) -> Ward:
    """A hospital where readers disagreed in every way."""
    ward = Ward.of(whole_centre.people, People.of(whole_centre.people))
    for reason in ("vessel", "scar"):
        ward.done("reject", reason=reason)
    ward.done("accept")
    missed = ward.read()
    ward.judged(missed, "add", "2.25.901", said=said(4.0))
    ward.signed(missed)
    study = marked(ward.browsers.edges, ward.hospital)
    corrected(ward, study, study.sop_instance_uid)
    return ward


def scientist(centre: Centre, ward: Ward, language: Language = Language.EN) -> Browser:
    return centre.signed_in(UserRole.SCIENTIST, hospitals=[ward.hospital.id], language=language)[1]


def disagreements(page: Page) -> Page:
    page.get_by_role("navigation", name="Data science").get_by_role("link", name="Disagreements").click()
    page.get_by_role("table", name="Disagreements").wait_for()
    return page


def test_counts_stand_beside_the_promise_of_the_card(centre: Centre, ward: Ward) -> None:
    page = centre.opened(scientist(centre, ward), "/explore")
    card = page.get_by_role("region", name="Threshold").first
    expect(card).to_contain_text("Promised: nodule")
    expect(card).to_contain_text("Vessel 1 · Scar 1")
    cells = card.get_by_role("row", name="All").get_by_role("cell")
    assert cells.all_inner_texts() == ["5", "5", "1", "1", "2", "0", "1", "1", "2 / 5", "2 / 4", "2 / 3"]
    expect(card.get_by_role("row", name="below 6 mm")).to_contain_text("0 / 1")


def test_a_row_opens_on_the_image_with_both_sides_lines(centre: Centre, ward: Ward) -> None:
    page = disagreements(centre.opened(scientist(centre, ward), "/explore"))
    page.get_by_role("button", name="Other size").click()
    dialog = page.get_by_role("dialog")
    picture = dialog.get_by_role("img", name="Image 1")
    expect(picture).to_be_visible()
    assert picture.evaluate("async (each) => { await each.decode(); return each.naturalWidth }") >= 512
    dialog.get_by_role("button", name="Lung").click()
    expect(picture).to_have_attribute("src", re.compile("window=lung"))
    assert "Test" not in page.content()
    assert "P1" not in dialog.inner_text()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_an_image_that_may_not_be_shown_says_so(centre: Centre, ward: Ward) -> None:
    page = disagreements(centre.opened(scientist(centre, ward), "/explore"))
    page.get_by_role("row", name="Vessel").get_by_role("button").click()  # its image was never received
    expect(page.get_by_role("dialog")).to_contain_text("This image is not shown")


def test_conditions_narrow_list_and_file(centre: Centre, ward: Ward, tmp_path: Path) -> None:
    page = disagreements(centre.opened(scientist(centre, ward), "/explore"))
    expect(page.locator("tbody tr")).to_have_count(4)
    page.get_by_label("Disagreement", exact=True).select_option("rejected")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("Rejected for").select_option("scar")
    expect(page.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as given:
        page.get_by_role("link", name="All as JSON lines").click()
    (line,) = given.value.path().read_text().splitlines()
    assert json.loads(line)["reason"] == "scar"
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_where_nothing_was_signed_it_says_what_to_do(centre: Centre) -> None:
    hospital = centre.edges.hospital()
    _, client = centre.signed_in(UserRole.SCIENTIST, hospitals=[hospital.id], language=Language.EN)
    page = centre.opened(client, "/explore")
    expect(page.get_by_role("main")).to_contain_text("Choose a longer period or another hospital")
    page.get_by_role("link", name="Disagreements").click()
    expect(page.get_by_role("main")).to_contain_text("No disagreement matches")
    page.get_by_role("link", name="Commands").click()
    expect(page.get_by_role("main")).to_contain_text("python -m training")


@pytest.mark.parametrize("language", Language)
def test_axe_finds_nothing_serious_and_no_view_is_wider_than_its_screen(
    centre: Centre, ward: Ward, language: Language
) -> None:
    client = scientist(centre, ward, language)
    for size in (SMALL, LARGE):
        for view in ("packages", "disagreements", "training"):
            page = centre.opened(client, f"/explore?view={view}", size)
            if view != "training":
                page.get_by_role("table").first.wait_for()
            assert serious(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page = centre.opened(client, "/explore?view=disagreements&kind=remeasured")
    page.locator("tbody button").click()
    page.get_by_role("dialog").get_by_role("img").wait_for()
    assert serious(page) == []
