"""The system administrator at a tab of the centre's pages."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.people.administering import ok
from tests.people.browsers import Browser
from tests.support.edges import Customer
from tests.web.real_centre import Centre

HOSTILE = "<img src=x onerror=alert(1)>"
PATIENT = ("张三", "Test^One", "Test One")
"""How the images' patient is called, by whatever form of the name."""


@dataclass(frozen=True)
class Office:
    """The administrator at a tab."""

    centre: Centre
    client: Browser

    def at(self, path: str) -> Page:
        """A page, once what it asked for is there."""
        page = self.centre.opened(self.client, path)
        expect(page.get_by_text("正在加载…")).to_have_count(0)
        return page

    def hospital_page(self, customer: Customer) -> Page:
        return self.at(f"/centre/hospitals/{customer.id}")

    def settings(self, customer: Customer) -> dict:
        return ok(self.client.get(f"/admin/hospitals/{customer.id}"))


def part(page: Page, title: str) -> Locator:
    """A card or form by its heading."""
    return page.locator("main section, main form").filter(has=page.get_by_role("heading", name=title, exact=True))


def confirm(page: Page, typed: str, act: str) -> None:
    dialog = page.get_by_role("dialog")
    button = dialog.get_by_role("button", name=act, exact=True)
    expect(button).to_be_disabled()
    dialog.get_by_role("textbox").fill(typed)
    button.click()
    expect(dialog.get_by_role("textbox")).to_have_count(0)
