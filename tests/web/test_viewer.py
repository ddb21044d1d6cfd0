"""The images of a study in the browser: pixels of known value, in the order of the body, loaded where one looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from service.api.pages import create_router
from tests.web import fake_dicomweb, fake_reading, fake_room
from tests.web.conftest import Room
from tests.web.fake_dicomweb import SIZE, SLICES, STUDY, FakeDicomweb
from tests.web.fake_reading import FakeReading
from tests.web.fake_room import FakeRoom
from tests.web.real_centre import panel_read
from tests.web.served import application, running

pytestmark = pytest.mark.system
GREY_TOLERANCE = 2
MIDDLE = SLICES // 2


@pytest.fixture
def web() -> FakeDicomweb:
    return FakeDicomweb()


@pytest.fixture
def reading(web: FakeDicomweb) -> FakeReading:
    return FakeReading(web, images=())


@pytest.fixture
def room(web: FakeDicomweb, reading: FakeReading) -> Iterator[Room]:
    """The room with a study of known pixels."""
    fake = FakeRoom(signed_in=True)
    routers = (
        create_router(),
        fake_room.create_router(fake),
        fake_reading.create_router(fake, reading),
        fake_dicomweb.create_router(fake, web),
    )
    with running(application(*routers)) as url:
        yield Room(fake, url)


def opened(page: Page, room: Room, *, renderer: str = "cpu", more: str = "") -> None:
    page.goto(f"{room.url}/read/3/{STUDY}?renderer={renderer}{more}")
    expect(page.get_by_text("窗宽")).to_be_visible(timeout=30_000)
    panel_read(page)


def test_a_window_is_shown_as_it_was_set(page: Page, room: Room) -> None:
    opened(page, room)
    page.keyboard.press("Shift+Digit1")
    expect(page.get_by_text("窗宽 1500 窗位 -600")).to_be_visible()


def grey(page: Page, column: float, row: float) -> int:
    """The red part of the pixel drawn where an image's column and row lie, at first fit: the image fills the height."""
    return page.evaluate(
        """([column, row, size]) => {
            const canvas = document.querySelector('canvas');
            const scale = Math.min(canvas.width, canvas.height) / size;
            const x = (canvas.width - scale * size) / 2 + scale * (column + 0.5);
            const y = (canvas.height - scale * size) / 2 + scale * (row + 0.5);
            return canvas.getContext('2d').getImageData(Math.round(x), Math.round(y), 1, 1).data[0];
        }""",
        [column, row, SIZE],
    )


def until(page: Page, holds: Callable[[], bool], wanted: str) -> None:
    """Wait for what is drawn: it is a few frames behind the words."""
    for _ in range(200):
        if holds():
            return
        page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    pytest.fail(f"{wanted} was not seen")


def until_grey(page: Page, column: float, row: float, wanted: int) -> None:
    place = f"grey {wanted} at column {column}, row {row}"
    until(page, lambda: abs(grey(page, column, row) - wanted) <= GREY_TOLERANCE, place)


@pytest.mark.parametrize("renderer", ["cpu", "gpu"])
def test_a_preset_shows_known_hounsfield_units_as_known_grey(page: Page, room: Room, renderer: str) -> None:
    opened(page, room, renderer=renderer)
    page.keyboard.press("Shift+Digit2")

    # Width 400, centre 40: 0 HU lies at (0 + 160) / 400 of 255, 40 HU in the middle.
    until_grey(page, SIZE / 4, SIZE / 2, 102)
    until_grey(page, 3 * SIZE / 4, SIZE / 2, 128)
    page.keyboard.press("i")
    until_grey(page, SIZE / 4, SIZE / 2, 255 - 102)


def test_slices_go_from_head_to_foot_whatever_order_the_server_lists(page: Page, room: Room) -> None:
    opened(page, room)
    page.keyboard.press("Shift+Digit2")
    page.keyboard.press("Home")
    expect(page.get_by_text(f"第 1 / {SLICES} 层")).to_be_visible()
    # The mark of slice i (0 at the feet) lies in rows 4 i to 4 i + 3 of the first columns.
    until_grey(page, 1, 4 * (SLICES - 1) + 1, 255)
    page.keyboard.press("End")
    until_grey(page, 1, 1, 255)


def test_the_middle_is_loaded_first_and_then_outwards(page: Page, room: Room, web: FakeDicomweb) -> None:
    opened(page, room)
    expect(page.get_by_text("已加载")).to_have_count(0)

    assert sorted(web.asked) == list(range(SLICES)), "each frame once"
    distances = [abs(at - (SLICES - 1 - MIDDLE)) for at in web.asked]
    # A few are asked for at a time, so neighbours may change places.
    assert distances[0] == 0
    assert all(abs(distance - sorted(distances)[place]) <= 2 for place, distance in enumerate(distances))


def test_slices_with_findings_are_loaded_before_the_others(
    page: Page, room: Room, web: FakeDicomweb, reading: FakeReading
) -> None:
    reading.images = (2, 21)
    web.delay_s = 0.05
    opened(page, room)
    expect(page.get_by_text("已加载")).to_have_count(0)

    assert sorted(web.asked) == list(range(SLICES)), "each frame once"
    # Beyond what was under way when the findings were told: a few frames at a time.
    assert {2, 21} <= set(web.asked[:10]), web.asked


def test_the_address_keeps_the_slice(page: Page, room: Room) -> None:
    opened(page, room, more="&slice=5")
    expect(page.get_by_text(f"第 5 / {SLICES} 层")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("PageDown")

    page.wait_for_url("**slice=16**")
    page.reload()
    expect(page.get_by_text(f"第 16 / {SLICES} 层")).to_be_visible()


def test_the_wheel_scrolls_and_the_strip_jumps(page: Page, room: Room) -> None:
    opened(page, room)
    area = page.get_by_role("region", name="图像区")
    box = area.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, 100)
    expect(page.get_by_text(f"第 {MIDDLE + 2} / {SLICES} 层")).to_be_visible()
    page.get_by_role("slider").click(position={"x": 8, "y": 2})
    expect(page.get_by_text(f"第 1 / {SLICES} 层")).to_be_visible()


def test_a_length_is_measured_in_millimetres(page: Page, room: Room) -> None:
    opened(page, room)
    page.keyboard.press("d")
    box = page.locator("canvas").bounding_box()
    assert box is not None
    mm_per_px = SIZE / min(box["width"], box["height"])
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 100, y)
    page.mouse.down()
    page.mouse.move(x + 100, y, steps=4)
    page.mouse.up()

    text = page.locator("svg text, svg tspan").filter(has_text="mm").first
    expect(text).to_be_visible()
    wanted = 200 * mm_per_px
    until(page, lambda: abs(float((text.text_content() or "").split()[0]) - wanted) < 0.5, f"{wanted:.1f} mm")


def test_an_image_that_cannot_be_read_is_said_and_tried_again(page: Page, room: Room, web: FakeDicomweb) -> None:
    web.broken = {0, 1}
    opened(page, room)
    told = page.get_by_role("main").get_by_role("alert")
    expect(told).to_contain_text("2 幅未能读取")
    web.broken = set()
    page.keyboard.press("r")

    expect(told).to_have_count(0)


def test_a_missing_slice_is_said(page: Page, room: Room, web: FakeDicomweb) -> None:
    for at, each in enumerate(web.slices):
        each.ImagePositionPatient = [0, 0, 2.5 * at + (2.5 if at > 5 else 0)]
    opened(page, room)

    expect(page.get_by_text("层距不均，可能缺层")).to_be_visible()


def test_without_a_gpu_the_page_says_what_is_left_out(page: Page, room: Room) -> None:
    page.goto(f"{room.url}/read/3/{STUDY}")

    expect(page.get_by_text("无 MPR")).to_be_visible()


def test_another_study_or_hospital_is_not_there(page: Page, room: Room) -> None:
    for place in (f"4/{STUDY}", "3/1.2.3"):
        page.goto(f"{room.url}/read/{place}")
        expect(page.get_by_role("main").get_by_role("alert")).to_contain_text("没有此检查")


def test_a_series_named_like_a_script_is_shown_as_text(page: Page, room: Room) -> None:
    opened(page, room)

    expect(page.get_by_role("navigation")).to_contain_text("<script>alert(1)</script>")


def test_a_report_among_the_series_is_no_picture(page: Page, room: Room) -> None:
    opened(page, room)

    expect(page.get_by_role("navigation").get_by_role("button")).to_have_count(1)
