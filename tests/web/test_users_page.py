"""The security administrator's page: take in, describe, let go, give access back; what excludes is said in words."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from service.domain.hospital import Language
from service.domain.user import User, UserRole
from tests.people.browsers import Browser
from tests.web.real_centre import Centre, serious

pytestmark = pytest.mark.system
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def security(whole_centre: Centre) -> tuple[User, Browser]:
    return whole_centre.signed_in(UserRole.SECURITY_ADMIN, language=Language.ZH_CN)


@pytest.fixture
def page(centre: Centre, security: tuple[User, Browser]) -> Page:
    opened = centre.opened(security[1], "/users")
    opened.get_by_role("table").wait_for()
    return opened


def row_of(page: Page, login: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_text(login, exact=True))


def act(page: Page, user: User, name: str) -> None:
    row_of(page, user.login).get_by_role("button", name=re.compile(f"^{name}")).click()


def described(page: Page, name: str, login: str, *roles: str) -> Locator:
    """The dialog of somebody new, with these roles and no other."""
    page.get_by_role("button", name="添加用户").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("姓名").fill(name)
    dialog.get_by_label("用户名").fill(login)
    dialog.get_by_role("checkbox", name=re.compile("^放射科医师")).uncheck()
    for role in roles:
        dialog.get_by_role("checkbox", name=re.compile(f"^{role}")).check()
    return dialog


def test_somebody_is_taken_in_and_the_first_password_works_and_is_shown_once(centre: Centre, page: Page) -> None:
    hospital = centre.edges.hospital("City Hospital")
    page.reload()
    dialog = described(page, "李娜", "li.na", "放射科医师")
    dialog.get_by_role("checkbox", name="City Hospital").check()
    dialog.get_by_label("证书编号").fill("110511")
    dialog.get_by_label("职称").fill("主治医师")
    dialog.get_by_label("有效期至（留空为长期）").fill("2031-05-01")
    dialog.get_by_role("button", name="添加用户").click()
    shown = page.get_by_role("dialog").filter(has_text="初始密码")
    password = shown.locator("code").inner_text()
    expect(shown).to_contain_text("仅显示这一次")
    page.keyboard.press("Escape")
    expect(shown).to_be_visible()
    shown.get_by_role("button", name="已保存，关闭").click()

    line = row_of(page, "li.na")
    for words in ("放射科医师", "City Hospital", "主治医师 · 110511", "有效期至 2031-05-01", "尚未设置自己的密码"):
        expect(line).to_contain_text(words)
    assert password not in page.content()
    view = centre.people.browser().sign_in("li.na", password).json()
    assert (view["needs"], [each["id"] for each in view["hospitals"]]) == ("new-password", [hospital.id])


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        (("系统管理员", "审计管理员"), "三类管理员互斥"),
        (("安全管理员", "放射科医师"), "三类管理员互斥"),
        (("医院用户", "放射科医师"), "医院用户不得兼任中心角色"),
        ((), "请至少选择一个角色"),
        (("医院用户",), "请为医院用户指定医院"),
    ],
)
def test_roles_that_cannot_be_one_persons_are_refused_in_words(page: Page, roles: tuple[str, ...], words: str) -> None:
    dialog = described(page, "X", "x.y", *roles)
    dialog.get_by_role("button", name="添加用户").click()

    expect(dialog.get_by_role("alert").first).to_contain_text(words)
    expect(row_of(page, "x.y")).to_have_count(0)


def test_a_login_name_that_is_taken_is_said_by_the_centre_and_what_was_typed_stays(centre: Centre, page: Page) -> None:
    taken = centre.people.person()
    dialog = described(page, "王强", taken.login, "放射科医师")
    dialog.get_by_role("button", name="添加用户").click()

    expect(dialog.get_by_role("alert")).to_contain_text("用户名已被使用")
    expect(dialog.get_by_label("姓名")).to_have_value("王强")


def test_a_changed_role_counts_at_once(centre: Centre, page: Page) -> None:
    user = centre.people.person(UserRole.RADIOLOGIST)
    client = centre.people.at(user)
    page.reload()
    act(page, user, "编辑")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("用户名")).to_be_disabled()
    dialog.get_by_role("checkbox", name=re.compile("^放射科上级医师")).check()
    dialog.get_by_role("button", name="保存").click()

    expect(row_of(page, user.login)).to_contain_text("放射科医师、放射科上级医师")
    assert client.get("/session").status_code == 401
    assert "audit-reports" in centre.people.at(user).get("/session").json()["user"]["rights"]


def test_nobody_is_disabled_without_their_login_being_typed(centre: Centre, page: Page) -> None:
    user = centre.people.person(UserRole.SCIENTIST)
    client = centre.people.at(user)
    page.reload()
    act(page, user, "停用")
    dialog = page.get_by_role("dialog")
    button = dialog.get_by_role("button", name="停用")
    expect(button).to_be_disabled()
    dialog.get_by_role("textbox").fill(user.login[:-1])
    expect(button).to_be_disabled()
    dialog.get_by_role("textbox").fill(user.login)
    button.click()

    expect(row_of(page, user.login)).to_contain_text("已停用")
    assert client.get("/session").status_code == 401
    assert centre.people.browser().sign_in(user.login).status_code == 401
    act(page, user, "恢复登录")
    expect(row_of(page, user.login)).to_contain_text("正常")
    assert centre.people.browser().sign_in(user.login).status_code == 200


def test_a_lost_password_and_a_lost_authenticator_are_replaced(centre: Centre, page: Page) -> None:
    user, client, _ = centre.people.enrolled(UserRole.RADIOLOGIST)
    page.reload()
    for action in ("撤销二次验证", "重置密码"):
        act(page, user, action)
        page.get_by_role("dialog").get_by_role("textbox").fill(user.login)
        page.keyboard.press("Enter")
        page.get_by_role("dialog").filter(has=page.get_by_role("textbox")).wait_for(state="detached")
    password = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_role("button", name="已保存，关闭").click()

    expect(row_of(page, user.login)).to_contain_text("无二次验证")
    assert client.get("/session").status_code == 401
    assert centre.people.browser().sign_in(user.login, password).json()["needs"] == "new-password"


def test_where_somebody_is_signed_in_is_seen_and_ended(centre: Centre, page: Page) -> None:
    user = centre.people.person(UserRole.RADIOLOGIST)
    first, second = centre.people.at(user), centre.people.at(user)
    page.reload()
    act(page, user, "登录情况")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("tbody tr")).to_have_count(2)
    expect(dialog.locator("tbody th").first).to_have_text("127.0.0.1")
    dialog.get_by_role("textbox").fill(user.login)
    dialog.get_by_role("button", name="全部退出").click()

    expect(dialog).to_have_count(0)
    assert {each.get("/session").status_code for each in (first, second)} == {401}
    act(page, user, "登录情况")
    expect(page.get_by_role("dialog")).to_contain_text("目前没有登录")


def test_nobody_is_offered_to_change_their_own_access(page: Page, security: tuple[User, Browser]) -> None:
    line = row_of(page, security[0].login)

    expect(line).to_contain_text("须由其他安全管理员操作")
    expect(line.get_by_role("button")).to_have_count(0)


def test_people_are_found_by_name_and_hospital_and_nothing_found_says_what_to_do(centre: Centre, page: Page) -> None:
    hospital = centre.edges.hospital("Lakeside")
    user = centre.people.person(UserRole.HOSPITAL, hospitals=[hospital.id])
    page.reload()
    page.get_by_label("按姓名、用户名或医院查找").fill("lakes")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(row_of(page, user.login)).to_contain_text("Lakeside")
    page.get_by_label("按姓名、用户名或医院查找").fill("nobody at all")
    expect(page.get_by_role("main")).to_contain_text("没有符合的用户")


def test_hostile_names_stay_text(centre: Centre, page: Page) -> None:
    dialog = described(page, HOSTILE, "hostile", "放射科医师")
    dialog.get_by_role("button", name="添加用户").click()
    page.get_by_role("button", name="已保存，关闭").click()

    expect(row_of(page, "hostile").get_by_role("rowheader")).to_contain_text(HOSTILE)
    assert page.locator("main img").count() == 0


def test_a_centre_that_does_not_answer_is_said_and_asked_again(centre: Centre, security: tuple[User, Browser]) -> None:
    page = centre.tab(security[1])
    page.route("**/room/v1/users", lambda route: route.abort())
    page.goto(centre.edges.url + "/users")
    expect(page.get_by_role("alert")).to_contain_text("中心暂无应答")
    page.unroute("**/room/v1/users")
    page.get_by_role("button", name="重试").click()

    expect(page.get_by_role("table")).to_be_visible()


def test_the_page_is_worked_by_keyboard_alone(centre: Centre, page: Page) -> None:
    page.get_by_role("button", name="添加用户").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("姓名").press_sequentially("赵敏")
    page.keyboard.press("Tab")
    page.keyboard.type("zhao.min")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="已保存，关闭").press("Enter")

    expect(row_of(page, "zhao.min")).to_be_visible()


def test_other_roles_are_told_that_it_is_not_theirs(centre: Centre) -> None:
    _, client = centre.signed_in(UserRole.RADIOLOGIST, language=Language.ZH_CN)
    page = centre.opened(client, "/users")

    expect(page.get_by_role("alert")).to_contain_text("您的角色不含此页面的权限")
    expect(page.get_by_role("table")).to_have_count(0)


@pytest.mark.parametrize("language", Language)
def test_axe_finds_nothing_serious(centre: Centre, language: Language) -> None:
    _, client = centre.signed_in(UserRole.SECURITY_ADMIN, language=language)
    page = centre.opened(client, "/users")
    page.get_by_role("table").wait_for()
    assert serious(page) == []
    page.locator("main").get_by_role("button").first.click()
    page.get_by_role("dialog").wait_for()
    assert serious(page) == []
