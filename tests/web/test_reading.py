"""The panel beside the images: what is asked, what must not be overlooked, findings judged by key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from service.api.pages import create_router
from tests.web import fake_dicomweb, fake_reading, fake_room
from tests.web.conftest import Room
from tests.web.fake_dicomweb import SLICES, STUDY, FakeDicomweb
from tests.web.fake_reading import BANNER, LI, WANG, FakeReading
from tests.web.fake_room import FakeRoom
from tests.web.real_centre import LARGE, SMALL, panel_read
from tests.web.served import application, running

pytestmark = pytest.mark.system
FULL_HD = (1920, 1080)


@pytest.fixture
def reading() -> FakeReading:
    return FakeReading(FakeDicomweb())


@pytest.fixture
def room(reading: FakeReading) -> Iterator[Room]:
    fake = FakeRoom(signed_in=True)
    routers = (
        create_router(),
        fake_room.create_router(fake),
        fake_reading.create_router(fake, reading),
        fake_dicomweb.create_router(fake, reading.web),
    )
    with running(application(*routers)) as url:
        yield Room(fake, url)


def opened(page: Page, room: Room) -> None:
    page.goto(f"{room.url}/read/3/{STUDY}?renderer=cpu")
    expect(page.get_by_text("窗宽")).to_be_visible(timeout=30_000)
    panel_read(page)


def test_request_and_banner_are_seen_without_a_click(page: Page, room: Room) -> None:
    opened(page, room)
    for words in ("排除结节", "咳嗽两周", "呼吸科", "无既往报告", BANNER):
        expect(page.get_by_text(words)).to_be_visible()


@pytest.mark.parametrize("size", [SMALL, FULL_HD, LARGE])
def test_request_and_earlier_reports_stay_in_sight_on_every_screen(
    page: Page, room: Room, reading: FakeReading, size: tuple[int, int]
) -> None:
    """Whatever else the panel holds: eight findings, a notice that another reads it, a finding far down chosen."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    reading.images, reading.held_by, reading.earlier = tuple(range(2, 18, 2)), LI, ["2025 年：未见结节。"]
    opened(page, room)
    expect(page.get_by_role("button", name="接管")).to_be_visible()

    def stand_in_sight() -> None:
        for words in ("排除结节", "咳嗽两周", "呼吸科", "2025 年：未见结节。", BANNER):
            expect(page.get_by_text(words)).to_be_in_viewport(ratio=1)

    stand_in_sight()
    page.keyboard.press("8")
    chosen = page.locator("aside button[aria-pressed=true]")
    expect(chosen).to_be_in_viewport(ratio=1)
    stand_in_sight()
    assert page.evaluate("document.documentElement.scrollWidth") == size[0], "nothing sticks out"


def test_an_absent_request_is_said(page: Page, room: Room, reading: FakeReading) -> None:
    reading.has_request = False
    opened(page, room)
    expect(page.get_by_text("无申请单", exact=True)).to_be_visible()


def test_a_number_jumps_to_the_finding_with_its_outline_and_o_hides_it(page: Page, room: Room) -> None:
    opened(page, room)
    page.keyboard.press("2")
    # Index 9 lies at the tenth slice from the feet; slices are shown from head to foot.
    expect(page.get_by_text(f"第 {SLICES - 9} / {SLICES} 层")).to_be_visible()
    expect(page.locator(".overlay-layer polygon")).to_have_count(1)
    page.keyboard.press("o")
    expect(page.locator(".overlay-layer polygon")).to_have_count(0)
    page.keyboard.press("o")
    page.keyboard.press(".")
    expect(page.get_by_text(f"第 {SLICES - 20} / {SLICES} 层")).to_be_visible()


def test_findings_are_judged_and_taken_back_by_key(page: Page, room: Room, reading: FakeReading) -> None:
    opened(page, room)
    page.keyboard.press("1")
    page.keyboard.press("a")
    expect(page.get_by_text("已处理 1 / 3")).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("x")
    page.keyboard.press("3")
    expect(page.get_by_text("已处理 2 / 3")).to_be_visible()
    assert [(each["action"], each["reason"]) for each in reading.asked] == [("accept", None), ("reject", "scar")]
    page.keyboard.press("Control+z")
    expect(page.get_by_text("已处理 1 / 3")).to_be_visible()


def test_who_judged_meanwhile_is_told_and_nothing_is_overwritten(page: Page, room: Room, reading: FakeReading) -> None:
    opened(page, room)
    page.keyboard.press("1")
    reading.judged(0, LI, "doubt")
    page.keyboard.press("a")
    expect(page.get_by_text("李医生 已处理第 1 项：不确定")).to_be_visible()
    assert [act["by"] for act in reading.acts] == [LI]


def test_a_second_readers_findings_wait_for_the_first_impression_and_another_packages_do_not(
    page: Page, room: Room, reading: FakeReading
) -> None:
    reading.has_second_reader = True
    opened(page, room)
    expect(page.get_by_text("第二意见：第二阅片者；锁定首次印象后显示其发现。")).to_be_visible()
    expect(page.get_by_text("右肺上叶 8.2")).to_have_count(1)
    page.keyboard.press("l")
    expect(page.get_by_text("右肺上叶 8.2")).to_have_count(3)


def test_what_somebody_else_reads_can_be_taken_over(page: Page, room: Room, reading: FakeReading) -> None:
    reading.held_by = LI
    opened(page, room)
    page.get_by_role("button", name="接管").click()
    expect(page.get_by_role("button", name="接管")).to_have_count(0)
    assert reading.held_by == WANG


def test_leaving_lets_others_read_it(page: Page, room: Room, reading: FakeReading) -> None:
    opened(page, room)
    assert reading.held_by == WANG
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        page.keyboard.press("Backspace")
    assert reading.held_by is None


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_axe_finds_nothing_serious(page: Page, room: Room, language: str, tmp_path: Path) -> None:
    page.add_init_script(f"localStorage.setItem('consilium.language', '{language}')")
    room.fake.language = language
    page.goto(f"{room.url}/read/3/{STUDY}?renderer=cpu")
    panel_read(page)
    page.keyboard.press("1")
    page.locator(".overlay-layer polygon").wait_for(state="attached")

    serious = [f"{each['id']}: {node['html'][:160]}" for each in Axe().run(page).response["violations"]
               for node in each["nodes"] if each["impact"] in {"serious", "critical"}]  # fmt: skip
    page.screenshot(path=tmp_path / f"reading-{language}.png")
    assert serious == []
