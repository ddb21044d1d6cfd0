"""What was measured is there again on its slice: after leaving, after a lost connection, for others with its author."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from service.archive.store import Archive
from service.domain.hospital import Language
from service.domain.user import User
from tests.people.browsers import Browsers
from tests.support.centre import until as awaited
from tests.support.edges import Customer
from tests.web.real_centre import panel_read
from tests.web.real_study import PRIOR, THICK, THIN, reader_at, reading_room, taken_in
from tests.web.test_finding_tools import HANDLES, WORDS
from tests.web.test_layouts import cell, shown, until

pytestmark = pytest.mark.system
LINES = "() => [...document.querySelectorAll('.measure-layer polyline')].map((line) => line.getAttribute('points'))"


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    archive = Archive(tmp_path_factory.mktemp("measures"))
    with reading_room(archive) as room:
        yield room
    archive.close()


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    made = browsers.edges.hospital(language=Language.ZH_CN)
    taken_in(browsers.edges, made, THIN, THICK, PRIOR)
    return made


@pytest.fixture
def reader(browsers: Browsers, hospital: Customer) -> User:
    return browsers.person(hospitals=[hospital.id], language=Language.ZH_CN)


@pytest.fixture
def context(browser: Browser, browsers: Browsers, reader: User) -> Iterator[BrowserContext]:
    opened = reader_at(browser, browsers, reader)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return tab(context)


def tab(context: BrowserContext) -> Page:
    made = context.new_page()
    made.set_default_timeout(15_000)
    return made


def opened(page: Page, browsers: Browsers, hospital: Customer, more: str = "") -> None:
    page.goto(f"{browsers.edges.url}/read/{hospital.id}/{THIN.study}?renderer=cpu{more}")
    expect(page.get_by_text("窗宽").first).to_be_visible(timeout=30_000)
    panel_read(page)


def measured(page: Page, tool: str, *, at: tuple[int, int] = (120, 140)) -> None:
    """One stroke with a tool in the first area, and the centre has it."""
    page.keyboard.press(tool)
    box = cell(page, 0).bounding_box()
    assert box is not None
    x, y = box["x"] + at[0], box["y"] + at[1]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 90, y + 40, steps=4)
    page.mouse.up()
    expect(page.locator(".measure-layer g").last).to_be_visible()


def saved(browsers: Browsers, count: int) -> list[tuple[str, str]]:
    """Wait until the archive has so many measures that stand; their kind and image."""

    def kept() -> list[tuple[str, str]]:
        with browsers.edges.archive.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT kind, sop_instance_uid FROM study_measure WHERE removed_at IS NULL ORDER BY changed_at"
            ).all()
        return [(str(kind), str(image)) for kind, image in rows]

    awaited(lambda: len(kept()) == count, 15, kept)
    return kept()


@pytest.fixture(autouse=True)
def nothing_measured(browsers: Browsers) -> None:
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("DELETE FROM study_measure")


def test_what_was_measured_is_drawn_again_on_its_slice_when_the_study_is_opened_again(
    page: Page, browsers: Browsers, hospital: Customer
) -> None:
    opened(page, browsers, hospital, "&slice=10")
    for tool, spot in (("d", (110, 140)), ("b", (110, 220)), ("e", (230, 160))):
        measured(page, tool, at=spot)
    expect(page.locator(".measure-layer g")).to_have_count(3)
    lines, words = page.evaluate(LINES), page.evaluate(WORDS)
    kept = saved(browsers, 3)
    assert {kind for kind, _ in kept} == {"length", "bidirectional", "ellipse"}
    assert {image for _, image in kept} == {THIN.sop(10)}

    page.keyboard.press("Backspace")
    expect(page.locator("[data-layout]")).to_have_count(0)
    opened(page, browsers, hospital, "&slice=10")
    expect(page.locator(".measure-layer g")).to_have_count(3)
    assert (page.evaluate(LINES), page.evaluate(WORDS)) == (lines, words)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".measure-layer g")).to_have_count(0)


def test_what_is_removed_is_gone_and_comes_back_by_undo_in_the_centre_too(
    page: Page, browsers: Browsers, hospital: Customer
) -> None:
    opened(page, browsers, hospital)
    measured(page, "d")
    saved(browsers, 1)
    page.keyboard.press("Delete")
    saved(browsers, 0)
    expect(page.locator(".measure-layer g")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.locator(".measure-layer g")).to_have_count(1)
    saved(browsers, 1)
    page.keyboard.press("Control+z")
    saved(browsers, 0)
    page.reload()
    expect(page.get_by_text("窗宽").first).to_be_visible(timeout=30_000)
    expect(page.locator(".measure-layer g")).to_have_count(0)


def test_what_is_measured_without_a_connection_is_said_so_survives_a_reload_and_is_sent_later(
    page: Page, browsers: Browsers, hospital: Customer
) -> None:
    opened(page, browsers, hospital)
    page.route("**/measures/*", lambda route: route.abort())
    measured(page, "d")
    expect(page.get_by_text("连接中断：测量保留在此浏览器中")).to_be_visible()
    page.reload()
    expect(page.locator(".measure-layer g")).to_have_count(1)
    page.unroute("**/measures/*")
    saved(browsers, 1)
    expect(page.get_by_text("连接中断：测量保留在此浏览器中")).to_have_count(0)


def test_another_reader_sees_it_with_its_authors_name_and_cannot_move_it(
    page: Page, browser: Browser, browsers: Browsers, hospital: Customer, reader: User
) -> None:
    other = browsers.person(hospitals=[hospital.id], language=Language.ZH_CN)
    beside = reader_at(browser, browsers, other)
    theirs = tab(beside)
    opened(page, browsers, hospital, "&slice=10")
    opened(theirs, browsers, hospital, "&slice=10")
    measured(page, "d")
    expect(theirs.locator(".measure-layer g")).to_have_count(1)
    assert theirs.evaluate(WORDS)[-1] == reader.name
    assert theirs.evaluate(HANDLES) == []
    expect(theirs.locator("aside").get_by_role("button", name=f"第 10 层 {reader.name}")).to_be_visible()
    expect(theirs.get_by_role("button", name="删除此测量")).to_have_count(0)
    theirs.keyboard.press("Delete")
    lines = page.evaluate(LINES)
    x, y = (float(part) for part in lines[0].split(" ")[0].split(","))
    box = cell(theirs, 0).bounding_box()
    assert box is not None
    theirs.keyboard.press("z")
    theirs.mouse.move(box["x"] + x, box["y"] + y)
    theirs.mouse.down()
    theirs.mouse.move(box["x"] + x, box["y"] + y + 60, steps=3)
    theirs.mouse.up()
    assert len(saved(browsers, 1)) == 1
    assert page.evaluate(LINES) == lines
    beside.close()


def test_the_list_leads_to_a_measure_in_a_series_that_is_not_shown(
    page: Page, browsers: Browsers, hospital: Customer
) -> None:
    opened(page, browsers, hospital, f"&series={THICK.series}&slice=3")
    measured(page, "d")
    assert saved(browsers, 1) == [("length", THICK.sop(3))]
    opened(page, browsers, hospital, f"&series={THIN.series}&slice=5")
    page.locator("aside").get_by_role("button", name="长度").click()
    until(page, lambda: shown(page, 0) == 3, "the third slice")
    expect(cell(page, 0).get_by_text(THICK.name)).to_be_visible()
    expect(page.locator(".measure-layer g")).to_have_count(1)
