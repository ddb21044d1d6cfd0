"""A CT whose images name no window opens in that for what was examined: on the canvas, in the rail, as a picture."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pydicom.dataset import FileDataset

from service.access.reader_doors import COOKIE
from service.archive.store import Archive
from service.domain.hospital import Language
from tests.people.browsers import Browsers
from tests.web.real_centre import panel_read
from tests.web.real_study import SIZE, THIN, TISSUE_HU, WATER_HU, Made, reader_at, reading_room, taken_in
from tests.web.test_layouts import GREY_TOLERANCE, until_grey

pytestmark = pytest.mark.system


@dataclass(frozen=True)
class Plain(Made):
    """As a scanner sends a series that has no windows of its own."""

    body_part: str = ""
    window: tuple[int, int] | None = None

    def slices(self) -> list[FileDataset]:
        made = super().slices()
        for each in made:
            each.BodyPartExamined = self.body_part
            if self.window is not None:
                each.WindowCenter, each.WindowWidth = self.window
        return made


def plain(number: int, body_part: str, window: tuple[int, int] | None = None) -> Plain:
    study = f"1.2.826.0.1.99.7{number}"
    of_thin = {"name": "5.0", "number": 1, "count": 5, "spacing_mm": 5.0, "date": THIN.date}
    return Plain(study, f"{study}.1", **of_thin, frame_of_reference=f"{study}.9", body_part=body_part, window=window)  # type: ignore[arg-type]


CHEST, HEAD, BELLY, UNKNOWN = plain(1, "CHEST"), plain(2, "HEAD"), plain(3, "ABDOMEN"), plain(4, "")
OWN = plain(5, "ABDOMEN", (70, 300))
WINDOWS = [(CHEST, -600, 1500), (HEAD, 40, 80), (BELLY, 50, 350), (UNKNOWN, 40, 400), (OWN, 70, 300)]


def expected(hu: int, centre: int, width: int) -> int:
    """PS3.3 C.11.2.1.2.1, by hand."""
    return round(min(max(((hu - (centre - 0.5)) / (width - 1) + 0.5) * 255, 0), 255))


@pytest.fixture(scope="module")
def page_of(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[tuple[Page, str, httpx.Client]]:
    archive = Archive(tmp_path_factory.mktemp("windows"))
    with reading_room(archive) as browsers:
        yield from seated(browsers, browser)
    archive.close()


def seated(browsers: Browsers, browser: Browser) -> Iterator[tuple[Page, str, httpx.Client]]:
    hospital = browsers.edges.hospital(language=Language.ZH_CN)
    taken_in(browsers.edges, hospital, *(each for each, _, _ in WINDOWS))
    reader = browsers.person(hospitals=[hospital.id], language=Language.ZH_CN)
    context = reader_at(browser, browsers, reader)
    page = context.new_page()
    page.set_default_timeout(15_000)
    token = next(each["value"] for each in context.cookies() if each["name"] == COOKIE)
    with httpx.Client(base_url=browsers.edges.url, cookies={COOKIE: token}, trust_env=False, timeout=60) as client:
        yield page, f"/read/{hospital.id}/", client
    context.close()


@pytest.mark.parametrize(("made", "centre", "width"), WINDOWS, ids=["chest", "head", "abdomen", "unknown", "own"])
@pytest.mark.parametrize("renderer", ["cpu", "gpu"])
def test_canvas_rail_and_picture_show_the_same_grey_for_the_same_tissue(
    page_of: tuple[Page, str, httpx.Client], made: Plain, centre: int, width: int, renderer: str
) -> None:
    page, read, client = page_of
    water, tissue = expected(WATER_HU, centre, width), expected(TISSUE_HU, centre, width)
    page.goto(f"{client.base_url}{read}{made.study}?renderer={renderer}")
    expect(page.get_by_text(f"窗宽 {width} 窗位 {centre}")).to_be_visible(timeout=30_000)
    until_grey(page, 0, SIZE / 4, SIZE - 4, water)
    until_grey(page, 0, 3 * SIZE / 4, SIZE - 4, tissue)

    hospital = read.split("/")[2]
    series = f"/dicom-web/h/{hospital}/studies/{made.study}/series/{made.series}"
    for path in (f"{series}/instances/{made.sop(3)}/rendered", f"{series}/thumbnail?viewport=192%2C192"):
        answer = client.get(path, headers={"Accept": "image/png"})
        assert answer.status_code == 200, answer.text
        picture = np.asarray(Image.open(io.BytesIO(answer.content)).convert("L"))
        row, quarter = picture.shape[0] - 8, picture.shape[1] // 4
        assert abs(int(picture[row, quarter]) - water) <= GREY_TOLERANCE, path
        assert abs(int(picture[row, 3 * quarter]) - tissue) <= GREY_TOLERANCE, path


@pytest.mark.parametrize("renderer", ["cpu", "gpu"])
def test_resetting_the_view_returns_to_that_window_and_scrolling_keeps_a_chosen_one(
    page_of: tuple[Page, str, httpx.Client], renderer: str
) -> None:
    page, read, client = page_of
    page.goto(f"{client.base_url}{read}{CHEST.study}?renderer={renderer}")
    expect(page.get_by_text("窗宽 1500 窗位 -600")).to_be_visible(timeout=30_000)
    panel_read(page)
    page.keyboard.press("Shift+Digit4")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("第 4 / 5 层")).to_be_visible()
    expect(page.get_by_text("窗宽 80 窗位 40")).to_be_visible()
    until_grey(page, 0, SIZE / 4, SIZE - 4, expected(WATER_HU, 40, 80))
    page.keyboard.press("r")
    expect(page.get_by_text("窗宽 1500 窗位 -600")).to_be_visible()
    until_grey(page, 0, SIZE / 4, SIZE - 4, expected(WATER_HU, -600, 1500))


def test_a_series_of_a_prior_opens_by_its_own_body_part(page_of: tuple[Page, str, httpx.Client]) -> None:
    page, read, client = page_of
    both = f"layout=1x2&series={CHEST.series}_{HEAD.study}-{HEAD.series}"
    page.goto(f"{client.base_url}{read}{CHEST.study}?renderer=cpu&{both}")
    expect(page.get_by_text("窗宽 1500 窗位 -600")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("窗宽 80 窗位 40")).to_be_visible()
