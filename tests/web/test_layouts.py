"""Series side by side, a prior beside, scrolled together: on a real archive, read from the pixels on the screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from service.archive.store import Archive
from service.domain.hospital import Language
from service.domain.user import User
from tests.people.browsers import Browsers
from tests.support.edges import Customer
from tests.web.real_centre import panel_read
from tests.web.real_study import PRIOR, SIZE, THICK, THIN, Made, called_complete, reader_at, reading_room, taken_in

pytestmark = pytest.mark.system
GREY_TOLERANCE = 2
# Width 400, centre 40: 0 HU is 102 of 255, 40 HU the middle.
WATER, TISSUE = 102, 128
MEDIASTINUM = "Shift+Digit2"
GREY = """([canvas, column, row, size]) => {
    const scale = Math.min(canvas.width, canvas.height) / size;
    const x = (canvas.width - scale * size) / 2 + scale * (column + 0.5);
    const y = (canvas.height - scale * size) / 2 + scale * (row + 0.5);
    return canvas.getContext('2d').getImageData(Math.round(x), Math.round(y), 1, 1).data[0];
}"""


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    archive = Archive(tmp_path_factory.mktemp("layouts"))
    with reading_room(archive) as room:
        yield room
    archive.close()


@pytest.fixture(scope="module")
def hospital(browsers: Browsers) -> Customer:
    made = browsers.edges.hospital(language=Language.ZH_CN)
    taken_in(browsers.edges, made, THIN, THICK, PRIOR)
    return made


@pytest.fixture(scope="module")
def reader(browsers: Browsers, hospital: Customer) -> User:
    return browsers.person(hospitals=[hospital.id], language=Language.ZH_CN)


@pytest.fixture
def context(browser: Browser, browsers: Browsers, reader: User) -> Iterator[BrowserContext]:
    opened = reader_at(browser, browsers, reader)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    tab = context.new_page()
    tab.set_default_timeout(15_000)
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    yield tab
    assert faults == []


def address(browsers: Browsers, hospital: Customer, more: str = "") -> str:
    laid = more if "series=" in more or "layout=" in more else f"&layout=1x1{more}"
    return f"{browsers.edges.url}/read/{hospital.id}/{THIN.study}?renderer=cpu{laid}"


def cell(page: Page, number: int) -> Locator:
    return page.locator("[data-layout] > div").nth(number)


def shown(page: Page, number: int) -> int:
    """Which slice an area says it shows, from the head, 1-based."""
    found = re.search(r"第 (\d+) / \d+ 层", cell(page, number).inner_text())
    return int(found[1]) if found else 0


def grey(page: Page, number: int, column: float, row: float) -> int:
    handle = cell(page, number).locator("canvas").element_handle()
    return int(page.evaluate(GREY, [handle, column, row, SIZE]))


def until(page: Page, holds: Callable[[], bool], wanted: str) -> None:
    for _ in range(300):
        if holds():
            return
        page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    pytest.fail(f"{wanted} was not seen")


def until_grey(page: Page, number: int, column: float, row: float, wanted: int) -> None:
    def holds() -> bool:
        return abs(grey(page, number, column, row) - wanted) <= GREY_TOLERANCE

    until(page, holds, f"grey {wanted} in area {number} at column {column}, row {row}")


def until_drawn(page: Page, number: int, made: Made, slice_shown: int) -> None:
    """The pixels on the screen are of this slice: its white square lies where no other slice has one."""
    until(page, lambda: shown(page, number) == slice_shown, f"slice {slice_shown} in area {number}")
    until_grey(page, number, 1, 2 * (made.count - slice_shown) + 0.5, 255)
    until_grey(page, number, SIZE / 4, SIZE - 4, WATER)
    until_grey(page, number, 3 * SIZE / 4, SIZE - 4, TISSUE)


def windowed(page: Page, count: int) -> None:
    """Every area in the mediastinum window."""
    for _ in range(count):
        page.keyboard.press(MEDIASTINUM)
        page.keyboard.press("Space")


def opened(page: Page, browsers: Browsers, hospital: Customer, more: str = "", areas: int = 1) -> None:
    page.goto(address(browsers, hospital, more))
    expect(page.get_by_text("窗宽")).to_have_count(areas, timeout=30_000)
    panel_read(page)


def test_two_and_four_places_show_different_series_each_with_its_pixels(
    page: Page, browsers: Browsers, hospital: Customer
) -> None:
    opened(page, browsers, hospital)
    page.keyboard.press("t")
    expect(page.get_by_text("窗宽")).to_have_count(2)
    windowed(page, 2)
    until_drawn(page, 0, THIN, shown(page, 0))
    until_drawn(page, 1, THICK, shown(page, 1))
    page.get_by_role("button", name="2×2").click()
    expect(page.locator("[data-layout] > div")).to_have_count(4)
    expect(page.get_by_text("请在左侧选择序列")).to_have_count(2)
    until_drawn(page, 0, THIN, shown(page, 0))


def test_a_series_from_the_rail_goes_into_the_active_place_and_the_address_keeps_it(
    page: Page, browsers: Browsers, hospital: Customer
) -> None:
    opened(page, browsers, hospital)
    page.get_by_role("button", name="2×2").click()
    cell(page, 3).click(position={"x": 40, "y": 40})
    expect(cell(page, 3)).to_have_attribute("data-active", "true")
    page.get_by_role("navigation").get_by_role("button", name=THICK.name).click()
    expect(cell(page, 3)).to_contain_text(THICK.name)
    page.wait_for_url("**active=4**")
    page.reload()
    expect(cell(page, 3)).to_contain_text(THICK.name, timeout=30_000)
    expect(cell(page, 3)).to_have_attribute("data-active", "true")
    expect(cell(page, 2)).to_contain_text("请在左侧选择序列")


def test_places_that_close_while_their_images_come_raise_nothing(
    page: Page, browsers: Browsers, hospital: Customer
) -> None:
    opened(page, browsers, hospital)
    for _ in range(6):
        page.keyboard.press("t")
    expect(page.locator("[data-layout] > div")).to_have_count(1)
    expect(page.get_by_text("窗宽")).to_have_count(1)


def test_a_series_is_dropped_into_any_place(page: Page, browsers: Browsers, hospital: Customer) -> None:
    opened(page, browsers, hospital)
    page.get_by_role("button", name="2×2").click()
    page.get_by_role("navigation").get_by_role("button", name=THIN.name).first.drag_to(cell(page, 2))
    expect(cell(page, 2)).to_contain_text(THIN.name)
    expect(cell(page, 2)).to_have_attribute("data-active", "true")


def test_linked_places_lie_within_half_a_slice_of_each_other(
    page: Page, browsers: Browsers, hospital: Customer
) -> None:
    opened(page, browsers, hospital)
    page.keyboard.press("t")
    expect(page.get_by_text("窗宽")).to_have_count(2)
    page.keyboard.press("Home")
    for _ in range(6):
        for _ in range(7):
            page.keyboard.press("ArrowDown")
        place_mm = THIN.place_mm(shown(page, 0))
        until(
            page,
            lambda: abs(THICK.place_mm(shown(page, 1)) - THIN.place_mm(shown(page, 0))) <= THICK.spacing_mm / 2,
            f"a slice within 2.5 mm of {place_mm} mm; shown is {shown(page, 1)}",
        )
    page.keyboard.press("s")
    before = shown(page, 1)
    page.keyboard.press("Home")
    until(page, lambda: shown(page, 0) == 1, "the first slice")
    assert shown(page, 1) == before, "scrolled alone while the link is off"


def test_the_wheel_over_either_place_moves_the_other(page: Page, browsers: Browsers, hospital: Customer) -> None:
    opened(page, browsers, hospital)
    page.keyboard.press("t")
    expect(page.get_by_text("窗宽")).to_have_count(2)
    start = shown(page, 0)
    box = cell(page, 1).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, 100)
    until(page, lambda: shown(page, 0) - start >= 2, "four thin slices for a thick one")
    assert abs(THICK.place_mm(shown(page, 1)) - THIN.place_mm(shown(page, 0))) <= THIN.spacing_mm / 2 + 1


def test_the_newest_prior_comes_beside_with_its_date_and_goes_again(
    page: Page, browsers: Browsers, hospital: Customer
) -> None:
    opened(page, browsers, hospital)
    expect(page.get_by_role("navigation")).to_contain_text("2026-03-01")
    page.keyboard.press("p")
    expect(cell(page, 1)).to_contain_text("既往 2026-03-01", timeout=30_000)
    expect(page.get_by_text("窗宽")).to_have_count(2)
    expect(cell(page, 0)).not_to_contain_text("既往")
    windowed(page, 2)
    until(page, lambda: abs(PRIOR.place_mm(shown(page, 1)) - THIN.place_mm(shown(page, 0))) <= 1.25, "the same place")
    until_drawn(page, 1, PRIOR, shown(page, 1))
    page.keyboard.press("p")
    expect(page.locator("[data-layout] > div")).to_have_count(1)


def side_at(page: Page, letter: str) -> tuple[float, float]:
    """Where the letter of a side of the patient stands on the screen."""
    box = cell(page, 0).get_by_text(letter, exact=True).bounding_box()
    assert box is not None
    return box["x"], box["y"]


def test_the_image_is_flipped_and_turned_with_its_sides(page: Page, browsers: Browsers, hospital: Customer) -> None:
    opened(page, browsers, hospital)
    page.keyboard.press(MEDIASTINUM)
    until_grey(page, 0, SIZE / 4, SIZE - 4, WATER)
    page.keyboard.press("h")
    until_grey(page, 0, SIZE / 4, SIZE - 4, TISSUE)
    assert side_at(page, "左")[0] < side_at(page, "右")[0], "the patient's left is on the left after the flip"
    page.keyboard.press("h")
    page.keyboard.press("v")
    # A quarter clockwise: the left half of the image is on top now.
    until_grey(page, 0, SIZE - 4, SIZE / 4, WATER)
    until_grey(page, 0, SIZE - 4, 3 * SIZE / 4, TISSUE)
    assert side_at(page, "右")[1] < side_at(page, "左")[1], "the patient's right is on top after a quarter clockwise"
    page.keyboard.press("r")
    page.keyboard.press(MEDIASTINUM)
    until_grey(page, 0, SIZE / 4, SIZE - 4, WATER)


def test_cine_walks_at_its_speed_and_stops(page: Page, browsers: Browsers, hospital: Customer) -> None:
    opened(page, browsers, hospital)
    expect(page.get_by_text("已加载")).to_have_count(0)
    page.keyboard.press("Home")
    page.get_by_label("播放速度").select_option("30")
    page.keyboard.press("c")
    until(page, lambda: shown(page, 0) > 5, "cine at slice 6")
    page.keyboard.press("c")
    stopped = shown(page, 0)
    page.evaluate("() => new Promise((over) => setTimeout(over, 300))")
    assert shown(page, 0) - stopped <= 1


def test_a_slice_is_marked_as_key_image_of_the_report_and_taken_off_again(
    page: Page, browsers: Browsers, hospital: Customer
) -> None:
    opened(page, browsers, hospital, "&slice=9")
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="关键图像（1）")).to_be_visible()
    expect(page.locator("[data-kind=key]")).to_have_attribute("data-slice", "9")
    page.keyboard.press("ArrowDown")
    until(page, lambda: shown(page, 0) == 10, "the next slice")
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="关键图像（2）")).to_be_visible()
    page.wait_for_url("**slice=10**")
    page.reload()
    expect(page.locator("[data-kind=key]")).to_have_count(2, timeout=30_000)
    expect(page.get_by_text("窗宽")).to_be_visible()
    panel_read(page)
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="关键图像（1）")).to_be_visible()
    expect(page.locator("[data-kind=key]")).to_have_attribute("data-slice", "9")


def test_images_that_come_late_are_told_and_read_when_asked(page: Page, browsers: Browsers, hospital: Customer) -> None:
    late = Made("1.2.826.0.1.99.5", "1.2.826.0.1.99.5.1", "Late", 1, 4, 5.0, "20261128", "1.2.826.0.1.99.5.9")
    slices = late.slices()
    browsers.edges.receive(hospital, *slices[:3])
    called_complete(browsers.edges, hospital, late.study)
    page.goto(f"{browsers.edges.url}/read/{hospital.id}/{late.study}?renderer=cpu")
    expect(page.get_by_text("第 2 / 3 层")).to_be_visible(timeout=30_000)
    browsers.edges.receive(hospital, slices[3])
    called_complete(browsers.edges, hospital, late.study)
    expect(page.get_by_text("打开检查后又有新图像到达")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="重新读取检查").click()
    expect(page.get_by_text(re.compile(r"/ 4 层"))).to_be_visible()


FOUND_AT = (12, 40)
"""The slices of the thin series with findings, as they are shown from the head."""


@pytest.fixture(scope="module")
def findings(browsers: Browsers, hospital: Customer) -> None:
    browsers.edges.analysis(browsers.edges.row(hospital, THIN.study), findings=len(FOUND_AT))
    with browsers.edges.archive.write() as connection:
        for number, at in enumerate(FOUND_AT, start=1):
            place = (THIN.sop(at), f"2.25.{number}")
            connection.exec_driver_sql("UPDATE finding SET sop_instance_uid = ? WHERE tracking_uid = ?", place)


@pytest.mark.usefixtures("findings")
def test_findings_are_ticks_on_the_strip_and_a_key_goes_to_them_in_every_linked_place(
    page: Page, browsers: Browsers, hospital: Customer
) -> None:
    opened(page, browsers, hospital)
    expect(page.locator("[data-kind=finding]")).to_have_count(len(FOUND_AT))
    assert {each.get_attribute("data-slice") for each in page.locator("[data-kind=finding]").all()} == {"12", "40"}
    page.keyboard.press("t")
    expect(page.get_by_text("窗宽")).to_have_count(2)
    page.keyboard.press("2")
    until(page, lambda: shown(page, 0) == FOUND_AT[1], "the second finding's slice")
    until(
        page,
        lambda: abs(THICK.place_mm(shown(page, 1)) - THIN.place_mm(FOUND_AT[1])) <= THICK.spacing_mm / 2,
        "the other place beside it",
    )


@pytest.mark.usefixtures("findings")
def test_a_second_window_takes_the_images_follows_and_gives_them_back(
    page: Page, browsers: Browsers, hospital: Customer
) -> None:
    opened(page, browsers, hospital)
    with page.expect_popup() as opening:
        page.get_by_role("button", name="副屏").click()
    images = opening.value
    expect(images.get_by_text("窗宽")).to_have_count(1, timeout=30_000)
    expect(images.get_by_role("complementary")).to_have_count(0)
    expect(page.get_by_text("图像已在第二窗口显示")).to_be_visible()
    expect(page.locator("canvas")).to_have_count(0)
    expect(page.get_by_role("complementary")).to_be_visible()

    page.keyboard.press("1")
    until(images, lambda: shown(images, 0) == FOUND_AT[0], "the chosen finding in the second window")
    images.keyboard.press("2")
    until(images, lambda: shown(images, 0) == FOUND_AT[1], "a finding chosen in the second window")
    expect(page.locator("[aria-pressed=true]").filter(has_text="结节")).to_contain_text("2")
    images.keyboard.press("ArrowDown")
    page.wait_for_url(f"**slice={FOUND_AT[1] + 1}**")
    images.keyboard.press("k")
    mark = images.locator(f"[data-kind=key][data-slice='{FOUND_AT[1] + 1}']")
    expect(mark).to_have_count(1, timeout=15_000)
    images.keyboard.press("k")
    expect(mark).to_have_count(0, timeout=15_000)

    images.close()
    expect(page.get_by_text("窗宽")).to_have_count(1, timeout=15_000)
    assert shown(page, 0) == FOUND_AT[1] + 1


def test_closing_the_first_window_leaves_the_images_standing(
    context: BrowserContext, browsers: Browsers, hospital: Customer
) -> None:
    first = context.new_page()
    opened(first, browsers, hospital)
    with first.expect_popup() as opening:
        first.keyboard.press("Shift+KeyW")
    images = opening.value
    expect(images.get_by_text("窗宽")).to_have_count(1, timeout=30_000)
    first.close()
    before = shown(images, 0)
    images.keyboard.press("ArrowDown")
    until(images, lambda: shown(images, 0) == before + 1, "the next slice")


def test_the_next_and_the_previous_examination_open_by_key(page: Page, browsers: Browsers, hospital: Customer) -> None:
    with browsers.edges.archive.write() as connection:  # those who left before still hold what they read
        connection.exec_driver_sql("UPDATE examination SET claimed_until = 1 WHERE claimed_by IS NOT NULL")
    opened(page, browsers, hospital)
    listed = page.evaluate("() => fetch('/room/v1/worklist').then((answer) => answer.json())")["items"]
    is_first = listed[0]["study_instance_uid"] == THIN.study
    there, back = ("Shift+ArrowRight", "Shift+ArrowLeft") if is_first else ("Shift+ArrowLeft", "Shift+ArrowRight")
    page.keyboard.press(there)
    page.wait_for_url(lambda url: THIN.study not in url and "/read/" in url)
    expect(page.get_by_text("窗宽")).to_have_count(1, timeout=30_000)
    panel_read(page)
    page.keyboard.press(back)
    page.wait_for_url(f"**/{THIN.study}**")


def plane_grey(page: Page, plane: str, across: float, down: float) -> int:
    """The red part of a pixel at a share of the plane's canvas."""
    handle = page.locator(f"[data-plane={plane}] canvas").element_handle()
    script = """([canvas, across, down]) => canvas.getContext('2d')
        .getImageData(Math.round(across * canvas.width), Math.round(down * canvas.height), 1, 1).data[0]"""
    return int(page.evaluate(script, [handle, across, down]))


def place_mm(page: Page, plane: str) -> float:
    found = re.search(r"位置 (-?[\d.]+) mm", page.locator(f"[data-plane={plane}]").inner_text())
    return float(found[1]) if found else float("nan")


def planes_steered(page: Page) -> None:
    """Wait until keys go to the three planes: they cannot be flipped."""
    expect(page.get_by_role("button", name="翻转")).to_be_disabled(timeout=30_000)


def test_three_planes_show_the_volume_and_a_click_in_one_moves_the_others(
    page: Page, browsers: Browsers, hospital: Customer
) -> None:
    page.goto(address(browsers, hospital).replace("renderer=cpu", "renderer=gpu"))
    expect(page.get_by_text("窗宽")).to_be_visible(timeout=60_000)
    panel_read(page)
    page.keyboard.press("q")
    planes_steered(page)
    expect(page.locator("[data-plane=sagittal]")).to_contain_text("64.0 mm", timeout=30_000)
    expect(page.get_by_text("已加载")).to_have_count(0, timeout=60_000)
    page.keyboard.press(MEDIASTINUM)
    # The left half of the body is tissue, the right half water: on every plane that shows both.
    for plane in ("axial", "coronal"):
        for across, wanted in ((0.25, WATER), (0.75, TISSUE)):
            until(
                page,
                lambda plane=plane, across=across, wanted=wanted: (  # type: ignore[misc]
                    abs(plane_grey(page, plane, across, 0.6) - wanted) <= GREY_TOLERANCE
                ),
                f"grey {wanted} on the {plane} plane",
            )
    before = place_mm(page, "axial")
    page.keyboard.press("ArrowDown")
    until(
        page, lambda: before - place_mm(page, "axial") == pytest.approx(1.25, abs=0.06), "a slice further to the feet"
    )
    box = page.locator("[data-plane=coronal] canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    until(
        page,
        lambda: place_mm(page, "sagittal") == pytest.approx(SIZE / 4, abs=2),
        "the sagittal plane in the right half",
    )
    page.keyboard.press("q")
    expect(page.get_by_text("GPU 渲染")).to_be_visible(timeout=30_000)


def test_without_a_gpu_the_key_of_three_planes_says_why_not(page: Page, browsers: Browsers, hospital: Customer) -> None:
    opened(page, browsers, hospital)
    page.keyboard.press("q")
    expect(page.get_by_text("MPR 已关闭：浏览器在此计算机上无可用 GPU。")).to_be_visible()
    expect(page.locator("canvas")).to_have_count(1)


def test_keys_work_after_a_click_on_the_image_and_tab_reaches_it(
    page: Page, browsers: Browsers, hospital: Customer
) -> None:
    opened(page, browsers, hospital)
    before = shown(page, 0)
    page.locator("canvas").click()
    page.keyboard.press("ArrowDown")
    until(page, lambda: shown(page, 0) == before + 1, "the next slice")
    assert page.get_by_role("region", name="图像区").get_attribute("tabindex") == "0"
