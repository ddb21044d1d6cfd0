"""What is drawn in the window with the images alone is corrected, added and kept in the window with the findings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from service.domain.user import UserRole
from tests.support.centre import until as awaited
from tests.web.marked_study import ELSEWHERE_PX, LONG_PX, SHORT_PX, lps_mm, marked, pixel
from tests.web.real_centre import Centre, open_centre
from tests.web.test_finding_tools import HANDLES, Reader, near, opened

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Centre]:
    with open_centre(tmp_path_factory.mktemp("second"), browser) as made:
        yield made


@pytest.fixture
def windows(centre: Centre) -> Iterator[tuple[Reader, Reader]]:
    """The first window with the findings, and the second with the images."""
    hospital = centre.edges.hospital()
    study = marked(centre.edges, hospital)
    _, client = centre.signed_in(UserRole.RADIOLOGIST, hospitals=[hospital.id])
    first = opened(centre, client, study, "cpu")
    with first.page.context.expect_page() as made:
        first.page.get_by_role("button", name="副屏").click()
    images = made.value
    images.set_default_timeout(15_000)
    expect(images.get_by_text("窗宽")).to_be_visible(timeout=30_000)
    expect(first.page.get_by_text("图像已在第二窗口显示")).to_be_visible()
    yield first, replace(first, page=images)
    centre.close_tabs()


def test_an_end_that_is_dragged_there_is_sent_as_the_correction(windows: tuple[Reader, Reader]) -> None:
    first, images = windows
    first.press("1")
    spots = images.spots()
    first.press("m")
    expect(images.page.locator(".measure-layer circle")).to_have_count(4)
    handles = [(x, y) for x, y in images.page.evaluate(HANDLES)]
    images.stroke(handles[1], spots[ELSEWHERE_PX])
    long = first.page.get_by_label("长径（mm）")
    expect(long).not_to_have_value("16.8")
    images.press("Enter")
    expect(first.page.get_by_text("已更正")).to_be_visible()
    (finding,) = first.findings()
    assert near(tuple(finding["long_axis"]["start_mm"]), lps_mm(*LONG_PX[0])) <= 0.5
    assert near(tuple(finding["long_axis"]["end_mm"]), lps_mm(*ELSEWHERE_PX)) <= 0.5


def test_a_stroke_there_adds_a_finding_whose_place_is_said_in_the_first_window(windows: tuple[Reader, Reader]) -> None:
    first, images = windows
    first.press("1")
    spots = images.spots()
    images.press("n")
    expect(first.page.get_by_role("form", name="新发现")).to_be_visible()
    expect(images.page.get_by_role("region", name=re.compile("^图像区"))).to_have_css("cursor", "crosshair")
    images.stroke(spots[LONG_PX[0]], spots[ELSEWHERE_PX])
    place = first.page.get_by_label("部位与侧别")
    awaited(lambda: place.evaluate("(one) => one === document.activeElement"), 15, lambda: "the place is not asked for")
    first.press("3", "Enter")
    expect(first.page.get_by_text("医师添加")).to_be_visible()
    own = next(each for each in first.findings() if each["analysis_id"] is None)
    assert near(tuple(own["long_axis"]["end_mm"]), lps_mm(*ELSEWHERE_PX)) <= 0.5


def test_a_typed_size_lies_on_the_image_that_is_looked_at_there(windows: tuple[Reader, Reader]) -> None:
    first, images = windows
    first.press("1")
    images.spots()
    images.press("Home")
    expect(images.page.get_by_text("第 1 / 8 层")).to_be_visible()
    first.page.wait_for_url(re.compile("slice=1(&|$)"))  # by now the first window knows what is looked at
    first.press("n", "8", "x", "6")
    expect(images.page.locator(".measure-layer circle")).to_have_count(4)
    first.press("Enter", "3", "Enter")
    expect(first.page.get_by_text("医师添加")).to_be_visible()
    own = next(each for each in first.findings() if each["analysis_id"] is None)
    assert own["image"]["sop_instance_uid"] != first.marked.sop_instance_uid
    assert pixel(tuple(own["center_mm"]))[0] == pytest.approx(63.5)


def test_a_measure_drawn_there_is_listed_kept_and_taken_back_here(windows: tuple[Reader, Reader]) -> None:
    first, images = windows
    first.press("1")
    spots = images.spots()
    images.press("d")
    images.stroke(spots[SHORT_PX[0]], spots[ELSEWHERE_PX])
    expect(images.page.locator(".measure-layer g")).to_have_count(1)
    expect(first.page.locator("aside").get_by_role("button", name="长度")).to_be_visible()
    images.press("Control+z")
    expect(images.page.locator(".measure-layer g")).to_have_count(0)
    expect(first.page.locator("aside").get_by_role("button", name="长度")).to_have_count(0)
