"""The built pages over the real room: people who signed in, each at a browser tab of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from service.access.reader_doors import COOKIE
from service.api.pages import create_router, show_strays
from service.archive.store import Archive
from service.domain.user import User, UserRole
from tests.people.browsers import Browser as Client
from tests.people.browsers import Browsers
from tests.support.edges import Edges, serving

SMALL, LARGE = (1280, 800), (2560, 1440)
PATIENCE_MS = 30_000
"""Passwords and keys are made slow on purpose, and machines under test are busy."""


@dataclass
class Centre:
    """The centre's HTTP process with pages, and what browsers complained about."""

    edges: Edges
    people: Browsers
    browser: Browser
    faults: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def signed_in(self, role: UserRole, **more: object) -> tuple[User, Client]:
        """Somebody in a role with a session; with a second factor where that is asked for."""
        if role in {UserRole.SYSTEM_ADMIN, UserRole.SECURITY_ADMIN, UserRole.AUDIT_ADMIN}:
            user, client, _ = self.people.enrolled(role, **more)
            return user, client
        user = self.people.person(role, **more)  # type: ignore[arg-type]
        return user, self.people.at(user)

    def tab(self, client: Client | None = None, size: tuple[int, int] = SMALL) -> Page:
        """A tab; with a client, one that shares its session."""
        context = self.browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
        if client is not None:
            assert client.token is not None
            context.add_cookies([{"name": COOKIE, "value": client.token, "url": self.edges.url}])
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self.foreign.append(request.url) if self._is_foreign(request.url) else None)
        return page

    def opened(self, client: Client, path: str, size: tuple[int, int] = SMALL) -> Page:
        """A tab at a page, once its heading is there."""
        page = self.tab(client, size)
        page.goto(self.edges.url + path)
        page.get_by_role("heading", level=1).wait_for()
        return page

    def _is_foreign(self, url: str) -> bool:
        return not url.startswith((self.edges.url, "data:", "blob:"))

    def close_tabs(self) -> None:
        """Whatever a test opened goes with it; a script error or a request to elsewhere fails the test."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()
        assert (self.faults, self.foreign) == ([], [])


@contextmanager
def open_centre(folder: Path, browser: Browser) -> Iterator[Centre]:
    """A centre in an empty folder."""
    archive = Archive(folder)
    with serving(archive) as edges:
        edges.app.include_router(create_router())
        show_strays(edges.app)
        yield Centre(edges, Browsers(edges), browser)
    archive.close()


def panel_read(page: Page) -> None:
    """Wait until the panel beside the images shows the examination: before, most keys have nothing to act on."""
    expect(page.locator("aside[aria-busy=false]")).to_be_visible()


def serious(page: Page) -> list[str]:
    """What axe finds that keeps somebody from using the page."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in violations
        for node in each["nodes"]
        if each["impact"] in {"serious", "critical"}
    ]
