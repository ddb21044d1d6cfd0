"""The pages and the real room together: a first password, a second factor, a code at the next sign-in, a lock."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.access.people import Person, add_user
from service.access.totp import code_at, step_at
from service.api.pages import create_router as pages_router
from service.api.room.router import create_router as room_router
from service.archive.store import Archive
from service.domain.hospital import Language
from service.domain.licence import Licence
from service.domain.user import UserRole
from service.domain.wall import Wall
from tests.support.running import running_centre
from tests.web.served import application, running

pytestmark = pytest.mark.system
OWN = "four quiet words here"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def url(archive: Archive) -> Iterator[str]:
    with running(application(pages_router(), room_router(archive, running_centre()))) as address:
        yield address


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def first_password(archive: Archive, login: str, role: UserRole) -> str:
    licence = Licence(f"1105 {login}", "医学影像和放射治疗专业", "主治医师", None)
    person = Person(login, "李娜", (role,), None, Language.ZH_CN, licence)
    return add_user(archive, Wall.operator(), person)[1]


def sign_in(page: Page, url: str, login: str, password: str) -> None:
    page.goto(url)
    page.get_by_label("用户名").fill(login)
    page.get_by_label("密码", exact=True).fill(password)
    page.keyboard.press("Enter")


def choose_password(page: Page, first: str) -> None:
    fields = page.locator("input[type=password]")
    expect(fields).to_have_count(3)
    for place, text in enumerate((first, OWN, OWN)):
        fields.nth(place).fill(text)
    page.keyboard.press("Enter")


def test_a_reader_begins_with_the_first_password_and_comes_back_after_a_lock(
    archive: Archive, url: str, tab: Page
) -> None:
    first = first_password(archive, "li.na", UserRole.RADIOLOGIST)
    sign_in(tab, url, "li.na", first)
    choose_password(tab, first)
    expect(tab.get_by_role("button", name="锁定")).to_be_visible()
    with archive.write() as connection:
        connection.exec_driver_sql("UPDATE session SET active_at = active_at - 601")
    tab.reload()
    unlock = tab.locator("input[type=password]")
    unlock.fill(OWN)
    tab.keyboard.press("Enter")
    expect(unlock).to_have_count(0)
    expect(tab.get_by_role("button", name="锁定")).to_be_visible()


def test_an_administrator_enrols_and_is_asked_for_the_code_from_then_on(archive: Archive, url: str, tab: Page) -> None:
    first = first_password(archive, "sec", UserRole.SECURITY_ADMIN)
    sign_in(tab, url, "sec", first)
    choose_password(tab, first)
    secret = tab.locator("code").inner_text()
    assert re.fullmatch(r"[A-Z2-7]{32}", secret)
    tab.get_by_role("textbox").fill("000000")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("alert")).to_be_visible()
    tab.get_by_role("textbox").fill(code_at(secret, step_at(time.time())))
    tab.keyboard.press("Enter")
    expect(tab.locator("code")).to_have_count(0)
    with archive.write() as connection:
        assert connection.exec_driver_sql("SELECT totp_confirmed_at FROM user").scalar_one() is not None
        connection.exec_driver_sql("UPDATE user SET totp_step = totp_step - 10")
    tab.context.clear_cookies()
    sign_in(tab, url, "sec", OWN)
    code = tab.locator("input[autocomplete=one-time-code]")
    code.fill(code_at(secret, step_at(time.time())))
    tab.keyboard.press("Enter")
    expect(code).to_have_count(0)
