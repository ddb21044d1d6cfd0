"""The windows and tabs of one browser share a session: one locks all, and one that is unlocked unlocks the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.web.reading_room import PASSWORD, ReadingRoom, reading_room

pytestmark = pytest.mark.system
AT_ONCE_MS = 2_000


@pytest.fixture
def room(tmp_path: Path, browser: Browser) -> Iterator[ReadingRoom]:
    with reading_room(tmp_path, browser) as opened:
        yield opened


@pytest.fixture
def windows(room: ReadingRoom) -> tuple[Page, Page, Page]:
    """A reading page, its window with the images alone, and a tab with the worklist."""
    study = room.study(findings=0)
    first = room.seated(room.person("li", "李医生"))
    room.open(first, study)
    with first.context.expect_page() as made:
        first.keyboard.press("Shift+W")
    images = made.value
    expect(images.get_by_text("窗宽")).to_be_visible()
    tab = first.context.new_page()
    tab.goto(f"{room.edges.url}/worklist")
    tab.locator('[role=row][aria-selected="true"]').wait_for()
    return first, images, tab


def lock_of(page: Page) -> Locator:
    return page.get_by_role("dialog", name="已锁定")


def unlock(page: Page) -> None:
    lock_of(page).locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")


def test_one_window_locks_all_and_opens_all(windows: tuple[Page, Page, Page]) -> None:
    first, images, tab = windows
    first.bring_to_front()
    first.keyboard.press("Control+Shift+KeyL")
    for page in windows:
        expect(lock_of(page)).to_be_visible(timeout=AT_ONCE_MS)
    unlock(first)
    for page in windows:
        expect(lock_of(page)).to_have_count(0)
    # With the token that unlocking made: what another window writes is taken.
    tab.bring_to_front()
    tab.keyboard.press("Shift+U")
    tab.get_by_role("dialog").get_by_role("button", name="危急").click()
    expect(tab).to_have_title(re.compile(r"^\(1\) "))
    expect(images.get_by_text("窗宽")).to_be_visible()


def test_a_window_is_unlocked_by_the_centre_and_by_no_word_of_another(windows: tuple[Page, Page, Page]) -> None:
    first, _, tab = windows
    tab.keyboard.press("Control+Shift+KeyL")
    expect(lock_of(first)).to_be_visible(timeout=AT_ONCE_MS)
    with first.expect_response("**/room/v1/session") as asked:
        tab.evaluate("new BroadcastChannel('consilium.session').postMessage('changed')")
    assert asked.value.json()["locked"] is True
    expect(lock_of(first)).to_be_visible()


def test_who_leaves_in_one_window_has_left_in_all(windows: tuple[Page, Page, Page]) -> None:
    first, images, tab = windows
    tab.keyboard.press("Control+Shift+KeyL")
    lock_of(tab).get_by_role("button", name="退出并换人登录").click()
    for page in (tab, images, first):
        expect(page.get_by_label("用户名")).to_be_visible(timeout=AT_ONCE_MS)
        expect(page.get_by_text("窗宽")).to_have_count(0)
