"""Debian's Chromium on the built pages, with a small working room behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from service.api.pages import BUILT, create_router
from tests.web import fake_room
from tests.web.fake_room import LOGIN, PASSWORD, FakeRoom
from tests.web.real_centre import PATIENCE_MS, Centre, open_centre
from tests.web.served import application, running

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all; what a test leaves behind is in a context of its own."""
    assert CHROMIUM.exists(), "Chromium is missing: make system-packages"
    assert (BUILT / "index.html").exists(), "the pages are not built: make setup"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield launched
        launched.close()


@dataclass
class Room:
    """The room, its address, and what a browser asked of it and complained about."""

    fake: FakeRoom
    url: str
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def sign_in(self, page: Page) -> None:
        page.goto(self.url)
        page.get_by_label("用户名").fill(LOGIN)
        page.get_by_label("密码").fill(PASSWORD)
        page.keyboard.press("Enter")
        # Keys of the list act on its rows.
        page.locator('[role=row][aria-selected="true"]').wait_for()


@pytest.fixture
def room() -> Iterator[Room]:
    """A fresh room behind the built pages."""
    fake = FakeRoom()
    with running(application(create_router(), fake_room.create_router(fake))) as url:
        yield Room(fake, url)


@pytest.fixture
def page(browser: Browser, room: Room) -> Iterator[Page]:
    """A tab of a browser that was never here. A script error or a request to elsewhere fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.on("pageerror", lambda error: room.faults.append(str(error)))
    tab.on("request", lambda request: room.requests.append(request.url))
    yield tab
    context.close()
    assert room.faults == []
    assert [url for url in room.requests if not url.startswith((room.url, "data:", "blob:"))] == []


@pytest.fixture(scope="module")
def whole_centre(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """One centre for the tests of a file."""
    with open_centre(tmp_path_factory.mktemp("centre"), browser) as centre:
        yield centre


@pytest.fixture
def centre(whole_centre: Centre) -> Iterator[Centre]:
    """The centre; the tabs of a test end with it."""
    yield whole_centre
    whole_centre.close_tabs()
