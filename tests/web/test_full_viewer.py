"""OHIF in Chromium on a real study: images, SEG and SR of ours, nobody else asked, and gone when the session locks."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from service.access.reader_doors import COOKIE
from service.api.full_viewer.application import create_app
from service.api.full_viewer.installed import is_installed
from service.api.full_viewer.pages import create_router
from service.api.pages import create_router as pages_router
from service.api.room.router import create_router as room_router
from service.archive.store import Archive
from service.dicomweb.router import READERS, create_readers_router
from service.domain.user import UserRole
from service.pixels.pool import PixelPool
from tests.people.browsers import Browser as Reader
from tests.people.browsers import Browsers
from tests.support.edges import Customer, serving
from tests.support.running import running_centre
from tests.web.served import application, running
from tests.web.viewed_study import ViewedStudy, chest_with_nodules

pytestmark = [pytest.mark.system, pytest.mark.slow]
PATIENCE_MS = 90_000
"""OHIF is 26 MB of script, and its images are drawn without a GPU here."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> ViewedStudy:
    return chest_with_nodules(tmp_path_factory.mktemp("chest"))


@dataclass
class Viewer:
    """The full viewer's port, a hospital whose study came in, and what a browser was answered."""

    people: Browsers
    hospital: Customer
    url: str
    answers: list[tuple[int, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def reader(self) -> Reader:
        return self.people.at(self.people.person(UserRole.RADIOLOGIST, hospitals=[self.hospital.id]))

    def address(self, study_uid: str) -> str:
        return f"{self.url}/viewer/{self.hospital.id}?StudyInstanceUIDs={study_uid}"

    @property
    def refused(self) -> list[tuple[int, str]]:
        return [each for each in self.answers if each[0] >= 400]

    @property
    def elsewhere(self) -> list[str]:
        return [each for each in self.asked if not each.startswith((self.url, "data:", "blob:"))]


@pytest.fixture(scope="module")
def viewer(study: ViewedStudy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    assert is_installed(), "OHIF is not installed: make setup"
    archive, pool = Archive(tmp_path_factory.mktemp("centre")), PixelPool()
    app = create_app([create_readers_router(archive, pool), create_router(archive, READERS)])
    with serving(archive) as edges, running(app) as url:
        hospital = edges.hospital("West")
        edges.receive_files(hospital, *study.ct, study.seg, study.sr)
        yield Viewer(Browsers(edges), hospital, url)
    pool.close()
    archive.close()


@pytest.fixture
def tab(browser: Browser, viewer: Viewer) -> Iterator[Page]:
    """A tab of a reader who signed in at the room's port."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    token = viewer.people.at(viewer.people.person(UserRole.RADIOLOGIST)).token
    context.add_cookies([{"name": COOKIE, "value": token or "", "url": viewer.people.edges.url}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    viewer.answers.clear(), viewer.asked.clear(), viewer.faults.clear()
    page.on("request", lambda request: viewer.asked.append(request.url))
    page.on("response", lambda answer: viewer.answers.append((answer.status, answer.url)))
    page.on("pageerror", lambda fault: viewer.faults.append(str(fault)))
    yield page
    context.close()


def opened(tab: Page, viewer: Viewer, study: ViewedStudy) -> None:
    tab.goto(viewer.address(study.study_uid))
    tab.get_by_text("Confirm and hide").click()
    until_drawn(tab)


@dataclass(frozen=True)
class Drawn:
    """What the viewport shows, in pixels of its canvas. lit: share of those that are not dark.

    coloured: how many have a colour, as segments have and a CT has not; middle and extent: of the box around them.
    """

    width: int
    height: int
    lit: float
    coloured: int
    middle: tuple[float, float]
    extent: int


def drawn(tab: Page) -> Drawn | None:
    found = tab.evaluate(
        """() => {
            const canvas = document.querySelector("canvas.cornerstone-canvas");
            if (canvas === null || canvas.width === 0) return null;
            const { width, height } = canvas;
            const values = canvas.getContext("2d").getImageData(0, 0, width, height).data;
            let [lit, coloured, left, right, top, bottom] = [0, 0, width, -1, height, -1];
            for (let at = 0; at < values.length; at += 4) {
                const highest = Math.max(values[at], values[at + 1], values[at + 2]);
                const lowest = Math.min(values[at], values[at + 1], values[at + 2]);
                if (highest > 40) lit += 1;
                if (highest - lowest > 60) {
                    coloured += 1;
                    const x = (at / 4) % width, y = Math.floor(at / 4 / width);
                    [left, right, top, bottom] =
                        [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
                }
            }
            return { width, height, lit: lit / (width * height), coloured, extent: Math.max(right - left, bottom - top),
                     middle: [(left + right) / 2, (top + bottom) / 2] };
        }"""
    )
    return None if found is None else Drawn(**found)


def until(tab: Page, condition: Callable[[Drawn], bool], what: str) -> Drawn:
    """What the viewport shows once it meets a condition."""
    seen = None
    for _ in range(PATIENCE_MS // 500):
        seen = drawn(tab)
        if seen is not None and condition(seen):
            return seen
        tab.wait_for_timeout(500)
    raise AssertionError(f"{what} was not drawn: {seen}")


def until_drawn(tab: Page) -> Drawn:
    return until(tab, lambda seen: 0.2 < seen.lit < 0.99, "the image")


def place_on(seen: Drawn, study: ViewedStudy, number: int) -> tuple[float, float]:
    """Where a finding's centre lies on a canvas into which the whole image is fitted."""
    grid = study.reading.grid
    centre = study.reading.reading.findings[number].center_mm
    _, row, column = grid.index(np.array(centre))
    scale = min(seen.width / grid.shape[2], seen.height / grid.shape[1])
    left, top = (seen.width - scale * grid.shape[2]) / 2, (seen.height - scale * grid.shape[1]) / 2
    return left + scale * (column + 0.5), top + scale * (row + 0.5)


def test_the_study_opens_with_its_images_seg_and_sr_and_nobody_else_is_asked(
    tab: Page, viewer: Viewer, study: ViewedStudy
) -> None:
    opened(tab, viewer, study)

    for listed in ("S:9001", "S:9002"):
        expect(tab.get_by_text(listed)).to_be_visible(timeout=PATIENCE_MS)
    frames = {url for status, url in viewer.answers if "/frames/" in url and status == 200}
    assert len(frames) >= 1
    assert (viewer.refused, viewer.faults, viewer.elsewhere) == ([], [], [])
    assert tab.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0


def test_the_segmentation_is_drawn_over_the_nodule(tab: Page, viewer: Viewer, study: ViewedStudy) -> None:
    opened(tab, viewer, study)
    assert until_drawn(tab).coloured == 0

    tab.get_by_text("S:9002").dblclick()
    seen = until(tab, lambda now: now.coloured > 20, "the segment")

    assert any("/instances/" in url and "/frames/" not in url for _, url in viewer.answers)
    assert seen.extent < seen.height / 8
    off = [math.dist(seen.middle, place_on(seen, study, number)) for number in range(2)]
    assert min(off) < 3, (seen, off)
    assert (viewer.refused, viewer.faults, viewer.elsewhere) == ([], [], [])


def test_the_sr_becomes_measurements_with_the_packages_diameters(tab: Page, viewer: Viewer, study: ViewedStudy) -> None:
    opened(tab, viewer, study)

    tab.get_by_text("S:9001").dblclick()
    tab.get_by_role("button", name="Yes").click()
    tab.locator("#trackedMeasurements-btn, [data-cy='trackedMeasurements-btn']").first.click()

    rows = tab.locator("[data-cy='data-row']")
    expect(rows).to_have_count(len(study.reading.reading.findings), timeout=PATIENCE_MS)
    for finding in study.reading.reading.findings:
        assert finding.long_axis is not None
        assert finding.short_axis is not None
        told = rows.nth(finding.number - 1).locator("xpath=..")
        expect(told).to_contain_text("AI 结果，未经医师核实", timeout=PATIENCE_MS)
        measured = re.search(r"L: ([\d.]+) mm\s*W: ([\d.]+) mm", told.inner_text())
        assert measured is not None, told.inner_text()
        lengths = (finding.long_axis.length_mm, finding.short_axis.length_mm)
        assert (float(measured[1]), float(measured[2])) == pytest.approx(lengths, abs=0.051)
    assert (viewer.refused, viewer.faults, viewer.elsewhere) == ([], [], [])


def test_another_hospitals_study_does_not_open(tab: Page, viewer: Viewer, study: ViewedStudy) -> None:
    other = viewer.people.edges.hospital("East")
    tab.goto(f"{viewer.url}/viewer/{other.id}?StudyInstanceUIDs={study.study_uid}")

    expect(tab.get_by_text("One or more of the requested studies are not available")).to_be_visible(timeout=PATIENCE_MS)
    assert not any("/frames/" in url for url in viewer.asked)


def test_the_images_go_when_the_session_locks_and_come_back_with_it(
    browser: Browser, viewer: Viewer, study: ViewedStudy
) -> None:
    reader = viewer.reader()
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": COOKIE, "value": reader.token or "", "url": viewer.people.edges.url}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    opened(page, viewer, study)

    assert reader.send("POST", "/session/lock").status_code == 204
    expect(page.get_by_text("会话已锁定")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("canvas")).to_have_count(0, timeout=PATIENCE_MS)
    assert study.study_uid in page.url
    answer = reader.send("POST", "/session/unlock", {"password": "correct horse battery"})
    assert answer.status_code == 200
    context.add_cookies([{"name": COOKIE, "value": reader.token or "", "url": viewer.people.edges.url}])
    until_drawn(page)
    context.close()


@pytest.mark.parametrize(("served", "hidden"), [(True, False), (False, False), (True, True)])
def test_the_reading_page_opens_it_where_it_is_served_and_no_mark_is_kept_from_the_reader(
    browser: Browser, viewer: Viewer, study: ViewedStudy, *, served: bool, hidden: bool
) -> None:
    archive, port = viewer.people.edges.archive, int(viewer.url.rsplit(":", 1)[1])
    room = room_router(archive, running_centre(viewer_port=port if served else None))
    pool, reader = PixelPool(), viewer.reader()
    with running(application(pages_router(), room, create_readers_router(archive, pool))) as url:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
        context.add_cookies([{"name": COOKIE, "value": reader.token or "", "url": url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        if hidden:
            page.route("**/reading", _with_hidden_marks)
        with page.expect_response("**/full-viewer"), page.expect_response("**/reading"):
            page.goto(f"{url}/read/{viewer.hospital.id}/{study.study_uid}")
        page.locator("canvas").first.wait_for()
        link = page.get_by_role("link", name="Full viewer")
        if served and not hidden:
            with context.expect_page() as opening:
                link.click()
            assert opening.value.url == viewer.address(study.study_uid)
            assert opening.value.evaluate("window.opener") is None
        else:
            expect(link).to_have_count(0, timeout=PATIENCE_MS)
        context.close()
    pool.close()


def _with_hidden_marks(route: Route) -> None:
    """What the room answers in second reading before the first impression is locked."""
    answer = route.fetch()
    route.fulfill(response=answer, json={**answer.json(), "hidden_findings": True})
