"""axe finds nothing serious on the pages, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.web.conftest import Room

pytestmark = pytest.mark.system


def login(page: Page, room: Room) -> None:
    page.goto(room.url)
    page.get_by_role("textbox").first.wait_for()


def login_refused(page: Page, room: Room) -> None:
    login(page, room)
    page.get_by_role("textbox").first.fill("nobody")
    page.locator("input[type=password]").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()


def enrolment(page: Page, room: Room) -> None:
    room.fake.signed_in, room.fake.needs = True, "totp-enrolment"
    page.goto(room.url)
    page.get_by_role("img").last.wait_for()


def worklist(page: Page, room: Room) -> None:
    room.fake.signed_in = True
    page.goto(room.url)
    page.locator('[role=row][aria-selected="true"]').wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Space")
    page.get_by_role("complementary").wait_for()


def keyboard_help(page: Page, room: Room) -> None:
    worklist(page, room)
    page.keyboard.press("Shift+Slash")
    page.get_by_role("dialog").wait_for()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("state", [login, login_refused, enrolment, worklist, keyboard_help])
def test_axe_finds_nothing_serious(page: Page, room: Room, state: Callable[[Page, Room], None], language: str) -> None:
    page.add_init_script(f"localStorage.setItem('consilium.language', '{language}')")
    room.fake.language = language
    state(page, room)

    violations = Axe().run(page).response["violations"]
    serious = [f"{each['id']}: {node['html'][:160]}" for each in violations for node in each["nodes"]
               if each["impact"] in {"serious", "critical"}]  # fmt: skip
    assert serious == []
