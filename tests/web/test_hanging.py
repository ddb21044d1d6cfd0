"""An examination opens hung: chest CT beside its prior in the lung window, or as the reader saved it for its kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from service.archive.store import Archive
from service.domain.hospital import Language
from tests.people.browsers import Browsers
from tests.support.edges import Customer
from tests.web.real_centre import panel_read
from tests.web.real_study import PRIOR, SIZE, THICK, THIN, TISSUE_HU, Made, reader_at, reading_room, taken_in
from tests.web.test_default_window import expected
from tests.web.test_layouts import cell, shown, until, until_grey

pytestmark = pytest.mark.system
SCOUT = replace(THIN, series="1.2.826.0.1.99.1.7", name="Scout", number=0, count=2)
OLD = replace(PRIOR, study="1.2.826.0.1.99.6", series="1.2.826.0.1.99.6.1", date="20230301")


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    archive = Archive(tmp_path_factory.mktemp("hanging"))
    with reading_room(archive) as room:
        yield room
    archive.close()


@pytest.fixture
def seat(browser: Browser, browsers: Browsers) -> Iterator[tuple[Page, Customer]]:
    hospital = browsers.edges.hospital(language=Language.ZH_CN)
    reader = browsers.person(hospitals=[hospital.id], language=Language.ZH_CN)
    context = reader_at(browser, browsers, reader)
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page, hospital
    context.close()


def opened(page: Page, browsers: Browsers, hospital: Customer, areas: int, study: str = THIN.study) -> None:
    page.goto(f"{browsers.edges.url}/read/{hospital.id}/{study}?renderer=cpu")
    expect(page.get_by_text("窗宽")).to_have_count(areas, timeout=30_000)
    panel_read(page)


def test_a_chest_ct_opens_beside_its_prior_linked_and_both_in_the_lung_window(
    seat: tuple[Page, Customer], browsers: Browsers
) -> None:
    page, hospital = seat
    taken_in(browsers.edges, hospital, SCOUT, THICK, THIN, PRIOR, OLD)
    opened(page, browsers, hospital, 2)
    expect(cell(page, 0)).to_contain_text(THIN.name)
    expect(cell(page, 1)).to_contain_text("既往 2026-03-01")
    expect(page.get_by_text("窗宽 1500 窗位 -600")).to_have_count(2)
    for at in (0, 1):
        until_grey(page, at, 3 * SIZE / 4, SIZE - 4, expected(TISSUE_HU, -600, 1500))
    before = shown(page, 1)
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    until(page, lambda: shown(page, 1) > before, "the prior follows")


@pytest.mark.parametrize("beside", [(), (OLD,)])
def test_without_a_prior_of_the_last_two_years_it_opens_alone(
    seat: tuple[Page, Customer], browsers: Browsers, beside: tuple[Made, ...]
) -> None:
    page, hospital = seat
    taken_in(browsers.edges, hospital, SCOUT, THIN, *beside)
    opened(page, browsers, hospital, 1)
    expect(cell(page, 0)).to_contain_text(THIN.name)
    expect(page.get_by_text("窗宽 1500 窗位 -600")).to_have_count(1)


def test_what_the_reader_saved_hangs_the_next_one_so_until_the_built_in_is_taken_again(
    seat: tuple[Page, Customer], browsers: Browsers
) -> None:
    page, hospital = seat
    next_thin = replace(THIN, study="1.2.826.0.1.99.8", series="1.2.826.0.1.99.8.1", date="20261127")
    next_thick = replace(THICK, study="1.2.826.0.1.99.8", series="1.2.826.0.1.99.8.2", date="20261127")
    taken_in(browsers.edges, hospital, THIN, THICK, next_thin, next_thick)
    opened(page, browsers, hospital, 2)
    page.get_by_role("navigation", name="序列").get_by_text(THICK.name).first.click()
    expect(cell(page, 0)).to_contain_text(THICK.name)
    page.get_by_role("button", name="1×1").click()
    expect(page.get_by_text("窗宽")).to_have_count(1)
    page.keyboard.press("Shift+Digit2")
    expect(page.get_by_text("窗宽 400 窗位 40")).to_be_visible()
    page.keyboard.press("Shift+KeyT")
    expect(page.get_by_text("已保存：以后 CT 胸部 检查按此布局打开。")).to_be_visible()

    opened(page, browsers, hospital, 1, next_thin.study)
    expect(cell(page, 0)).to_contain_text(THICK.name)
    expect(page.get_by_text("窗宽 400 窗位 40")).to_be_visible()
    page.get_by_role("button", name="恢复内置布局").click()
    expect(page.get_by_text("已恢复：CT 胸部 检查按内置布局打开。")).to_be_visible()
    expect(cell(page, 0)).to_contain_text(THIN.name)
    expect(page.get_by_role("button", name="恢复内置布局")).to_have_count(0)
    opened(page, browsers, hospital, 2)
    expect(page.get_by_text("窗宽 1500 窗位 -600").first).to_be_visible()


def test_an_address_that_names_a_series_is_shown_as_it_says(seat: tuple[Page, Customer], browsers: Browsers) -> None:
    page, hospital = seat
    taken_in(browsers.edges, hospital, THIN, THICK, PRIOR)
    page.goto(f"{browsers.edges.url}/read/{hospital.id}/{THIN.study}?renderer=cpu&series={THICK.series}&slice=4")
    expect(cell(page, 0)).to_contain_text("第 4 / 12 层", timeout=30_000)
    expect(page.locator("[data-layout] > div")).to_have_count(1)
