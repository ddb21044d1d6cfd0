"""Getting in: every state in words, nothing typed is lost, and a locked screen keeps the place."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Room
from tests.web.fake_room import CODE, CSRF, LOGIN, PASSWORD

pytestmark = pytest.mark.system


def test_a_person_gets_in_by_keyboard_alone(page: Page, room: Room) -> None:
    page.goto(room.url)
    expect(page.get_by_label("用户名")).to_be_focused()

    page.keyboard.type(LOGIN)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("grid")).to_be_visible()


def test_wrong_credentials_say_so_once_and_keep_what_was_typed(page: Page, room: Room) -> None:
    page.goto(room.url)
    page.get_by_label("用户名").fill("nobody")
    page.get_by_label("密码").fill("wrong")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_have_text("用户名或密码不正确。")
    expect(page.get_by_label("用户名")).to_have_value("nobody")
    expect(page.get_by_label("密码")).to_be_focused()


def test_too_many_tries_say_how_many_minutes_to_wait(page: Page, room: Room) -> None:
    room.fake.limited_s = 200
    page.goto(room.url)
    page.get_by_label("用户名").fill(LOGIN)
    page.get_by_label("密码").fill("guess")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("4 分钟")
    expect(page.get_by_role("button", name="登录", exact=True)).to_be_disabled()


def test_the_code_is_asked_for_only_where_it_is_due(page: Page, room: Room) -> None:
    room.fake.needs_code = True
    page.goto(room.url)
    page.get_by_label("用户名").fill(LOGIN)
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")

    code = page.get_by_label("身份验证器上的 6 位验证码")
    expect(code).to_be_focused()
    page.keyboard.type("111111")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("验证码不正确")
    code.fill(CODE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("grid")).to_be_visible()


def test_an_authenticator_is_set_up_with_a_picture_drawn_here(page: Page, room: Room) -> None:
    room.fake.needs = "totp-enrolment"
    page.goto(room.url)
    page.get_by_label("用户名").fill(LOGIN)
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")

    picture = page.get_by_role("img", name="供身份验证器扫描的二维码")
    expect(picture).to_be_visible()
    expect(page.get_by_text("JBSWY3DPEHPK3PXP")).to_be_visible()
    assert len(picture.locator("path").get_attribute("d") or "") > 1000
    page.get_by_label("身份验证器上的 6 位验证码").fill(CODE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("grid")).to_be_visible()


def test_a_first_password_has_to_be_replaced_before_anything_else(page: Page, room: Room) -> None:
    room.fake.needs, room.fake.signed_in = "new-password", True
    page.goto(room.url + "/worklist")

    page.get_by_label("当前密码").fill(PASSWORD)
    page.get_by_label("新密码", exact=True).fill("quite another one")
    page.get_by_label("再次输入新密码").fill("quite another two")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("两次输入的新密码不一致。")
    page.get_by_label("再次输入新密码").fill("quite another one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("grid")).to_be_visible()


def test_a_centre_that_is_away_loses_nothing_that_was_typed(page: Page, room: Room) -> None:
    page.goto(room.url)
    page.get_by_label("用户名").fill(LOGIN)
    page.get_by_label("密码").fill(PASSWORD)
    room.fake.is_away = True
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("中心暂无应答")
    expect(page.get_by_label("用户名")).to_have_value(LOGIN)
    room.fake.is_away = False
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("grid")).to_be_visible()


def test_the_language_can_be_chosen_before_and_is_remembered(page: Page, room: Room) -> None:
    page.goto(room.url)
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.get_by_label("Login")).to_be_visible()


def test_whoever_follows_a_link_is_there_after_signing_in(page: Page, room: Room) -> None:
    page.goto(room.url + "/worklist?status=findings")
    page.get_by_label("用户名").fill(LOGIN)
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")

    page.get_by_role("grid").wait_for()
    assert page.url == room.url + "/worklist?status=findings"


def test_nobody_there_locks_the_screen_and_the_place_is_kept(page: Page, room: Room) -> None:
    room.fake.idle_lock_s = 2
    room.sign_in(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    chosen = page.locator('[aria-selected="true"]').get_attribute("id")

    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible(timeout=6_000)
    expect(dialog).to_contain_text("已锁定")
    assert "POST /session/lock" in room.fake.calls
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    room.fake.idle_lock_s = 600
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("密码不正确。")
    dialog.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert page.locator('[aria-selected="true"]').get_attribute("id") == chosen


def test_a_session_that_ended_elsewhere_asks_to_sign_in_at_the_same_address(page: Page, room: Room) -> None:
    room.sign_in(page)
    room.fake.signed_in = False
    page.keyboard.press("r")

    expect(page.get_by_label("用户名")).to_be_visible()
    assert "/worklist" in page.url


def test_every_act_carries_the_token_of_the_session(page: Page, room: Room) -> None:
    room.sign_in(page)
    page.get_by_role("button", name="锁定").click()
    expect(page.get_by_role("dialog")).to_be_visible()

    acts = [
        headers.get("x-csrf-token")
        for call, headers in zip(room.fake.calls, room.fake.headers, strict=True)
        if re.match(r"(PUT|DELETE|POST /session/)", call)
    ]
    assert acts == [CSRF]
