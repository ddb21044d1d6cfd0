"""Cells of every kind that hospitals send: canvas and ellipse make of them what the header says, on both paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from pydicom.dataset import FileDataset
from pydicom.uid import UID

from service.archive.store import Archive
from service.domain.hospital import Language
from tests.people.browsers import Browsers
from tests.support.series import ct_slice
from tests.web.real_centre import panel_read
from tests.web.real_study import SIZE, called_complete, reader_at, reading_room
from tests.web.test_default_window import expected
from tests.web.test_layouts import GREY_TOLERANCE, plane_grey, planes_steered, until, until_grey

pytestmark = pytest.mark.system
PT = "1.2.840.10008.5.1.4.1.1.128"
WORDS = "() => [...document.querySelectorAll('.measure-layer text')].map((text) => text.textContent)"
BOX = """() => {
    const { x, y, width, height } = document.querySelector('canvas').getBoundingClientRect();
    return [x, y, width, height];
}"""
both_renderers = pytest.mark.parametrize("renderer", ["cpu", "gpu"])


def image(number: int, left: int, right: int, kind: type[np.generic] = np.int16, index: int = 0) -> FileDataset:
    """One value on the left half, another on the right."""
    study = f"1.2.826.0.1.98.{number}"
    made = ct_slice(study_uid=study, series_uid=f"{study}.1", index=index, size=SIZE)
    pixels = np.full((SIZE, SIZE), left)
    pixels[:, SIZE // 2 :] = right
    made.PixelData = pixels.astype(kind).tobytes()
    return made


def of_class(made: FileDataset, modality: str, sop_class: str) -> FileDataset:
    made.Modality, made.SOPClassUID = modality, UID(sop_class)
    made.file_meta.MediaStorageSOPClassUID = UID(sop_class)
    return made


def scaled_ct(number: int, slope: str, intercept: str, left: int, right: int, index: int = 0) -> FileDataset:
    made = image(number, left, right, index=index)
    made.RescaleSlope, made.RescaleIntercept = slope, intercept
    return made


def pet() -> list[FileDataset]:
    """Every slice has a slope of its own."""
    slices = [of_class(image(4, 10_000, 20_000, index=index), "PT", PT) for index in range(2)]
    for made, slope in zip(slices, ("0.123", "0.0615"), strict=True):
        made.RescaleSlope, made.Units = slope, "BQML"
        made.WindowCenter, made.WindowWidth = 1000, 2000
    return slices


def whole_pet(number: int) -> FileDataset:
    made = of_class(image(number, 500, 1000), "PT", PT)
    made.RescaleSlope, made.Units = "2", "BQML"
    made.WindowCenter, made.WindowWidth = 1000, 2000
    return made


def bytes_with_sign(number: int) -> FileDataset:
    made = image(number, -50, 40, np.int8)
    made.BitsAllocated, made.BitsStored, made.HighBit = 8, 8, 7
    return made


def overlay_above(number: int) -> FileDataset:
    """As old scanners wrote a CT: twelve bits of value, and an overlay in the bits above them."""
    made = image(number, 1024 | 0x5000, 1064 | 0x5000, np.uint16)
    made.BitsStored, made.HighBit, made.PixelRepresentation, made.RescaleIntercept = 12, 11, 0, -1024
    return made


@dataclass(frozen=True)
class Reading:
    """A browser whose reader may open what was taken in."""

    page: Page
    open: Callable[[int, str], None]


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Reading]:
    archive = Archive(tmp_path_factory.mktemp("kinds"))
    with reading_room(archive) as browsers:
        yield from seated(browsers, browser)
    archive.close()


def seated(browsers: Browsers, browser: Browser) -> Iterator[Reading]:
    hospital = browsers.edges.hospital(language=Language.ZH_CN)
    for images in (
        [scaled_ct(1, "0.5", "-1000.5", 2000, 2080)],
        [scaled_ct(2, "0.5", "-1000", 2000, 2080)],
        [scaled_ct(3, "0.01", "0", 0, 3000)],
        pet(),
        [whole_pet(5)],
        [bytes_with_sign(10)],
        [overlay_above(11)],
        [scaled_ct(9, "0.5", "-1000", 2000, 2080, index) for index in range(4)],
    ):
        browsers.edges.receive(hospital, *images)
        called_complete(browsers.edges, hospital, images[0].StudyInstanceUID)
    reader = browsers.person(hospitals=[hospital.id], language=Language.ZH_CN)
    context = reader_at(browser, browsers, reader)
    page = context.new_page()
    page.set_default_timeout(15_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))

    def show(number: int, renderer: str) -> None:
        study = f"1.2.826.0.1.98.{number}"
        page.goto(f"{browsers.edges.url}/read/{hospital.id}/{study}?renderer={renderer}&layout=1x1")
        expect(page.get_by_text("窗宽")).to_be_visible(timeout=30_000)
        panel_read(page)

    yield Reading(page, show)
    context.close()
    assert faults == []


def measured(page: Page, left: float) -> str:
    """What an ellipse says that is drawn within one half, from so far across the canvas."""
    x, y, width, height = page.evaluate(BOX)
    page.keyboard.press("e")
    page.mouse.move(x + left * width, y + 0.42 * height)
    page.mouse.down()
    page.mouse.move(x + (left + 0.03) * width, y + 0.46 * height)
    page.mouse.move(x + (left + 0.06) * width, y + 0.5 * height)
    page.mouse.up()
    expect(page.locator(".measure-layer text")).to_have_count(3)
    mean = str(page.evaluate(WORDS)[0])
    page.keyboard.press("Delete")
    expect(page.locator(".measure-layer text")).to_have_count(0)
    return mean


@both_renderers
@pytest.mark.parametrize(
    ("number", "left", "right"),
    [(1, 0, 40), (2, 0, 40), (3, 0, 30), (10, -50, 40), (11, 0, 40)],
    ids=["fractions", "fractions that make whole ones", "a hundredth", "signed bytes", "bits above the value"],
)
def test_values_are_those_that_the_header_makes_of_the_cells(
    reading: Reading, renderer: str, number: int, left: int, right: int
) -> None:
    reading.open(number, renderer)
    page = reading.page
    page.keyboard.press("Shift+Digit2")
    until_grey(page, 0, SIZE / 4, SIZE - 4, expected(left, 40, 400))
    until_grey(page, 0, 3 * SIZE / 4, SIZE - 4, expected(right, 40, 400))
    assert measured(page, 0.42) == f"均值 {left} ± 0 HU"
    assert measured(page, 0.52) == f"均值 {right} ± 0 HU"


def test_three_planes_show_such_values_too(reading: Reading) -> None:
    reading.open(9, "gpu")
    page = reading.page
    page.keyboard.press("q")
    planes_steered(page)
    expect(page.get_by_text("已加载")).to_have_count(0, timeout=60_000)
    page.keyboard.press("Shift+Digit2")
    for across, wanted in ((0.25, 102), (0.75, 128)):

        def holds(across: float = across, wanted: int = wanted) -> bool:
            return abs(plane_grey(page, "axial", across, 0.6) - wanted) <= GREY_TOLERANCE

        until(page, holds, f"grey {wanted} on the axial plane")


@both_renderers
def test_a_pet_of_a_whole_slope_opens_in_its_own_window(reading: Reading, renderer: str) -> None:
    reading.open(5, renderer)
    expect(reading.page.get_by_text("窗宽 2000 窗位 1000")).to_be_visible()
    until_grey(reading.page, 0, SIZE / 4, SIZE - 4, 128)
    assert measured(reading.page, 0.52).startswith("均值 2000 ± 0")


@both_renderers
def test_a_pet_opens_in_its_own_window_and_each_slice_counts_by_its_own_slope(reading: Reading, renderer: str) -> None:
    reading.open(4, renderer)
    page = reading.page
    expect(page.get_by_text("窗宽 2000 窗位 1000")).to_be_visible()
    page.keyboard.press("Home")
    expect(page.get_by_text("第 1 / 2 层")).to_be_visible()
    until_grey(page, 0, SIZE / 4, SIZE - 4, 78)
    assert measured(page, 0.52).startswith("均值 1230 ± 0")
    page.keyboard.press("End")
    expect(page.get_by_text("第 2 / 2 层")).to_be_visible()
    until_grey(page, 0, SIZE / 4, SIZE - 4, 157)
    assert measured(page, 0.52).startswith("均值 2460 ± 0")
