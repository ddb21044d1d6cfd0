"""Everybody looks after their own access: password, second factor, PIN, language, where else they are signed in."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from service.access.totp import code_at, step_at
from service.domain.hospital import Language
from service.domain.user import User, UserRole
from tests.people.browsers import PASSWORD, Browser
from tests.web.real_centre import Centre, serious

pytestmark = pytest.mark.system
OWN = "four quiet words here"
PIN = "418293"


def card(page: Page, title: str) -> Locator:
    return page.locator("section").filter(has=page.get_by_role("heading", name=title, exact=True))


def reader(centre: Centre) -> tuple[User, Browser]:
    """A radiologist who chose a password, which made their signing key."""
    user = centre.people.person(UserRole.RADIOLOGIST, language=Language.ZH_CN)
    client = centre.people.at(user)
    client.csrf = client.send("PUT", "/session/password", {"old": PASSWORD, "new": OWN}).json()["csrf"]
    return user, client


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (UserRole.RADIOLOGIST, "/worklist"),
        (UserRole.SENIOR_RADIOLOGIST, "/worklist"),
        (UserRole.SCIENTIST, "/explore"),
    ],
)
def test_everybody_begins_where_their_work_is(centre: Centre, role: UserRole, place: str) -> None:
    user = centre.people.person(role)
    page = centre.tab()
    page.goto(centre.edges.url)
    page.get_by_label("用户名").fill(user.login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_url(centre.edges.url + place)
    expect(page.get_by_role("banner").get_by_role("link").first).to_have_attribute("href", place)


def test_a_page_that_is_not_ones_own_says_so_and_shows_the_way(centre: Centre) -> None:
    _, client = centre.signed_in(UserRole.SCIENTIST)
    page = centre.opened(client, "/worklist")

    expect(page.get_by_role("alert")).to_contain_text("not for your role")
    page.get_by_role("link", name="To my own page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Data science")


def test_the_menu_leads_to_the_account_and_out_by_keyboard_alone(centre: Centre) -> None:
    user, client = reader(centre)
    page = centre.opened(client, "/worklist")
    page.get_by_role("button", name=f"{user.name}：账户菜单").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的账户")
    page.get_by_role("button", name=f"{user.name}：账户菜单").press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="退出", exact=True)).to_have_count(0)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="退出", exact=True).press("Enter")

    expect(page.get_by_label("用户名")).to_be_visible()
    assert page.url == centre.edges.url + "/"


def test_a_new_password_counts_at_once_and_ends_the_other_sessions(centre: Centre) -> None:
    user, client = reader(centre)
    elsewhere = centre.people.browser()
    elsewhere.sign_in(user.login, OWN)
    page = centre.opened(client, "/account")
    fields = card(page, "密码").locator("input")
    for place, text in enumerate((OWN, "six more quiet words", "six more quiet wörds")):
        fields.nth(place).fill(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("不一致")
    fields.nth(2).fill("six more quiet words")
    fields.nth(0).fill("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("当前密码不正确")
    fields.nth(0).fill(OWN)
    page.keyboard.press("Enter")

    expect(card(page, "密码").get_by_role("status")).to_contain_text("密码已更改")
    assert elsewhere.get("/session").status_code == 401
    assert centre.people.browser().sign_in(user.login, "six more quiet words").status_code == 200


def test_a_weak_password_is_refused_in_words(centre: Centre) -> None:
    _, client = reader(centre)
    page = centre.opened(client, "/account")
    for place, text in enumerate((OWN, "short", "short")):
        card(page, "密码").locator("input").nth(place).fill(text)
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("密码须为 12 至 256 个字符")


def test_a_second_factor_is_enrolled_and_then_said_to_be_there(centre: Centre) -> None:
    _, client = reader(centre)
    page = centre.opened(client, "/account")
    box = card(page, "二次验证（身份验证器）")
    expect(box).to_contain_text("未绑定")
    box.get_by_role("button", name="绑定身份验证器").click()
    secret = box.locator("code").inner_text()
    assert re.fullmatch(r"[A-Z2-7]{32}", secret)
    box.get_by_role("textbox").fill(code_at(secret, step_at(time.time())))
    page.keyboard.press("Enter")

    expect(box).to_contain_text("已绑定")
    expect(box.get_by_role("textbox")).to_have_count(0)
    expect(box).to_contain_text("请安全管理员撤销现有绑定")


def test_the_pin_opens_the_signing_key_for_the_session(centre: Centre) -> None:
    _, client = reader(centre)
    page = centre.opened(client, "/account")
    box = card(page, "签名")
    expect(box.locator("code")).to_have_text(re.compile(r"^([0-9a-f]{4} ?){16}$"))
    expect(box).to_contain_text("本次登录未设置 PIN")
    box.get_by_label("密码", exact=True).fill(OWN)
    box.get_by_label("PIN（至少 6 位）").fill("111111")
    page.keyboard.press("Enter")
    expect(box.get_by_role("alert")).to_contain_text("不能是相同或连续的数字")
    box.get_by_label("PIN（至少 6 位）").fill(PIN)
    page.keyboard.press("Enter")

    expect(box).to_contain_text("本次登录已设置 PIN")
    assert client.get("/session").json()["has_pin"] is True


def test_whose_certificate_ran_out_reads_that_they_cannot_sign(centre: Centre) -> None:
    user, client = reader(centre)
    with centre.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE user SET licence_until = '2020-01-01' WHERE id = ?", (user.id,))
    page = centre.opened(client, "/account")

    expect(card(page, "签名").get_by_role("alert")).to_contain_text("执业证书已过有效期")


def test_other_places_are_listed_and_ended(centre: Centre) -> None:
    user, client = reader(centre)
    elsewhere = centre.people.browser()
    elsewhere.sign_in(user.login, OWN)
    page = centre.opened(client, "/account")
    box = card(page, "其他登录")
    expect(box.get_by_role("row")).to_have_count(2)
    expect(box.get_by_role("rowheader")).to_have_text("127.0.0.1")
    box.get_by_role("button", name="退出其他全部登录").click()

    expect(box).to_contain_text("您没有在其他浏览器登录")
    assert elsewhere.get("/session").status_code == 401
    assert client.get("/session").status_code == 200


def test_the_language_goes_with_the_person(centre: Centre) -> None:
    user, client = reader(centre)
    page = centre.opened(client, "/account")
    card(page, "语言").get_by_role("button", name="English").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("My account")
    fresh = centre.people.browser()
    assert fresh.sign_in(user.login, OWN).json()["user"]["language"] == "en"


def test_who_administers_has_no_signature_to_look_after(centre: Centre) -> None:
    _, client = centre.signed_in(UserRole.AUDIT_ADMIN, language=Language.ZH_CN)
    page = centre.opened(client, "/account")

    expect(card(page, "二次验证（身份验证器）")).to_contain_text("已绑定")
    expect(card(page, "签名")).to_have_count(0)


@pytest.mark.parametrize("language", Language)
def test_axe_finds_nothing_serious(centre: Centre, language: Language) -> None:
    user = centre.people.person(UserRole.RADIOLOGIST, language=language)
    client = centre.people.at(user)
    centre.people.at(user)
    page = centre.opened(client, "/account")
    page.get_by_role("table").wait_for()
    page.locator("header").get_by_role("button").last.click()

    assert serious(page) == []
