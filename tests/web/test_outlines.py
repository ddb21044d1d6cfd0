"""An outline lies where the pixels it names are drawn, with both renderers, to a fraction of a pixel."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from service.api.pages import create_router
from tests.web import fake_dicomweb, fake_room
from tests.web.conftest import Room
from tests.web.fake_dicomweb import SERIES, SLICES, STUDY, FakeDicomweb
from tests.web.fake_room import FakeRoom
from tests.web.served import application, running

pytestmark = pytest.mark.system
HERE = Path(__file__).parent
WEB = HERE.parents[1] / "service" / "web"
SHOWN = SLICES - 1 - SLICES // 2
"""The middle of the stack, counted from the feet as the marks are: its square covers rows from 4 * SHOWN on."""
SQUARE = [[-0.5, 4 * SHOWN - 0.5], [3.5, 4 * SHOWN - 0.5], [3.5, 4 * SHOWN + 3.5], [-0.5, 4 * SHOWN + 3.5]]
"""Along the outer edges of those pixels; whole numbers are centres."""
EDGES = """() => {
    const canvas = document.querySelector('canvas');
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const bright = (x, y) => pixels[4 * (y * canvas.width + x)] > 190;
    let [left, right, top, bottom] = [1e9, -1, 1e9, -1];
    for (let y = 0; y < canvas.height; y += 1) {
        for (let x = 0; x < canvas.width; x += 1) {
            if (!bright(x, y)) continue;
            left = Math.min(left, x); right = Math.max(right, x + 1);
            top = Math.min(top, y); bottom = Math.max(bottom, y + 1);
        }
    }
    return [left, right, top, bottom];
}"""
MARK = {
    "id": "f", "colour": "#f2c94c", "label": "", "isChosen": False, "isDashed": False, "isExtent": False,
    "polygons": [SQUARE], "lines": [], "place": None,
}  # fmt: skip
OUTLINE = """() => {
    const text = document.querySelector('polygon').getAttribute('points');
    const points = text.split(' ').map((each) => each.split(',').map(Number));
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
}"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapter alone on a page, built as the pages are."""
    folder = tmp_path_factory.mktemp("probe") / "dist"
    given = ["exec", "--", "vite", "build", str(HERE / "viewer_probe"), "--config", str(WEB / "vite.config.ts")]
    command = [str(WEB / "npm.sh"), sys.executable, *given, "--outDir", str(folder), "--logLevel", "error"]
    subprocess.run(command, cwd=WEB, check=True, timeout=120)
    return folder


@pytest.fixture
def room(built: Path) -> Iterator[Room]:
    fake = FakeRoom(signed_in=True)
    routers = (create_router(built), fake_room.create_router(fake), fake_dicomweb.create_router(fake, FakeDicomweb()))
    with running(application(*routers)) as url:
        yield Room(fake, url)


@pytest.mark.parametrize("renderer", ["cpu", "gpu"])
def test_an_outline_encloses_the_pixels_it_names(page: Page, room: Room, renderer: str) -> None:
    page.goto(f"{room.url}/?study={STUDY}&series={SERIES}&renderer={renderer}")
    expect(page).to_have_title("ready", timeout=30_000)
    page.evaluate("(mark) => viewport.setMarks([mark])", {**MARK, "slice": SLICES // 2})
    page.evaluate("() => new Promise((drawn) => setTimeout(drawn, 300))")

    scale = page.evaluate("() => document.querySelector('canvas').height") / fake_dicomweb.SIZE
    left, _, top, bottom = page.evaluate(EDGES)
    drawn_left, _, drawn_top, drawn_bottom = page.evaluate(OUTLINE)
    # Interpolation blurs edges inside the image, alike above and below: the middle and the image's own border stay.
    shift = ((drawn_left - left) / scale, (drawn_top + drawn_bottom - top - bottom) / 2 / scale)
    assert shift == pytest.approx((0, 0), abs=0.2), f"the outline is off by {shift} pixels of the image"
    assert (drawn_bottom - drawn_top) / scale == pytest.approx(4, abs=0.01)


def test_an_outline_of_another_slice_is_not_drawn(page: Page, room: Room) -> None:
    page.goto(f"{room.url}/?study={STUDY}&series={SERIES}")
    expect(page).to_have_title("ready", timeout=30_000)
    page.evaluate("(mark) => viewport.setMarks([mark])", {**MARK, "slice": 2})
    expect(page.locator("polygon")).to_have_count(0)

    page.evaluate("() => viewport.jumpTo(2)")
    expect(page.locator("polygon")).to_have_count(1)
    page.evaluate("() => viewport.showOverlay(false)")
    expect(page.locator("polygon")).to_have_count(0)
