"""The audit administrator's page: who saw whom, who did what, found by person, patient, study, act and time."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from service.archive.studies import Study
from service.domain.hospital import Language
from service.domain.user import User, UserRole
from tests.people.browsers import Browser
from tests.support.edges import Customer
from tests.web.real_centre import Centre, serious

pytestmark = pytest.mark.system
SERVICE = Path(__file__).parents[2] / "service"
RECORDERS = {"act", "_act", "record_act"}
HOSTILE = "=cmd|'/c calc'!A1 <script>alert(1)</script>"


@pytest.fixture(scope="module")
def auditor(whole_centre: Centre) -> Browser:
    return whole_centre.signed_in(UserRole.AUDIT_ADMIN, language=Language.ZH_CN)[1]


@pytest.fixture(scope="module")
def hospital(whole_centre: Centre) -> Customer:
    return whole_centre.edges.hospital("CITY")


@pytest.fixture(scope="module")
def study(whole_centre: Centre, hospital: Customer) -> Study:
    return whole_centre.edges.study(hospital, patient_id="P-4711")


@pytest.fixture(scope="module")
def anna(whole_centre: Centre, study: Study) -> User:
    """A reader who opened the study."""
    user = whole_centre.people.person(UserRole.RADIOLOGIST)
    opened = whole_centre.people.at(user).get(f"/studies/{study.hospital}/{study.study_instance_uid}/reading")
    assert opened.status_code == 200
    return user


@pytest.fixture
def page(centre: Centre, auditor: Browser, anna: User) -> Page:
    opened = centre.opened(auditor, "/audit")
    opened.get_by_role("table").wait_for()
    return opened


def rows(page: Page) -> Locator:
    return page.locator("tbody tr")


def search(page: Page) -> None:
    page.get_by_role("button", name="查询", exact=True).click()


def test_who_saw_a_patient_is_found_by_hospital_and_patient_id(
    page: Page, anna: User, hospital: Customer, study: Study
) -> None:
    page.get_by_label("患者号").fill("P-4711")
    search(page)
    expect(page.get_by_role("alert")).to_contain_text("请同时选择医院")
    page.get_by_label("医院").select_option(label=hospital.name)
    search(page)

    expect(rows(page)).to_have_count(1)
    for words in (anna.name, "打开检查阅片", study.study_instance_uid, hospital.name):
        expect(rows(page)).to_contain_text(words)


def test_what_somebody_did_is_found_by_their_login_and_by_a_click_on_them(page: Page, anna: User) -> None:
    page.get_by_label("用户名").fill(anna.login)
    search(page)
    expect(rows(page)).to_have_count(2)
    expect(rows(page).last).to_contain_text("登录")
    page.get_by_role("button", name="清除条件").click()
    expect(rows(page).nth(2)).to_be_visible()
    page.get_by_role("button", name=anna.name).first.click()

    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("search")).to_contain_text(f"仅看：user:{anna.id}")


def test_an_act_and_a_time_narrow_the_search_and_stand_in_the_address(page: Page, study: Study) -> None:
    page.get_by_label("操作").select_option("read:reading")
    search(page)
    expect(rows(page)).to_have_count(1)
    page.get_by_label("自").fill((datetime.now(UTC).astimezone() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"))
    search(page)
    expect(page.get_by_role("main")).to_contain_text("没有符合条件的记录")
    page.go_back()
    expect(rows(page)).to_have_count(1)
    page.reload()

    expect(rows(page)).to_have_count(1)
    expect(page.get_by_label("操作")).to_have_value("read:reading")
    page.get_by_role("button", name=study.study_instance_uid).click()
    expect(page.get_by_label("检查 UID")).to_have_value(study.study_instance_uid)


def test_acts_on_people_name_them_and_their_roles(centre: Centre, page: Page) -> None:
    _, security = centre.signed_in(UserRole.SECURITY_ADMIN)
    body = {"login": "chen.min", "name": "陈敏", "roles": ["scientist"], "hospitals": None}
    assert security.send("POST", "/users", body).status_code == 201
    page.get_by_label("操作").select_option("user.add")
    page.get_by_label("用户名").fill(security.get("/session").json()["user"]["login"])
    search(page)

    expect(rows(page)).to_have_count(1)
    for words in ("添加用户", "陈敏", "数据科学家", "全部医院"):
        expect(rows(page)).to_contain_text(words)


def test_earlier_acts_come_page_by_page_without_gap_or_repetition(centre: Centre, page: Page, auditor: Browser) -> None:
    wanted = 230
    with centre.edges.archive.write() as connection:
        for number in range(wanted):
            connection.exec_driver_sql(
                "INSERT INTO audit (at, actor, hospital_id, action, subject, detail) VALUES (?, 'operator', NULL, "
                "'order.join', ?, '{}')",
                (1_700_000_000.0 + number // 3, f"o{number}"),
            )
    page.goto(f"{centre.edges.url}/audit?action=order.join")
    for shown in (100, 200, 230):
        expect(rows(page)).to_have_count(shown)
        if shown < wanted:
            page.get_by_role("button", name="更早的记录").click()

    expect(page.get_by_role("button", name="更早的记录")).to_have_count(0)
    subjects = rows(page).locator("td:nth-child(4)").all_inner_texts()
    assert subjects == [f"o{number}" for number in reversed(range(wanted))]


def test_what_is_shown_is_saved_as_csv_that_no_spreadsheet_runs(centre: Centre, page: Page) -> None:
    with centre.edges.archive.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO audit (at, actor, hospital_id, action, subject, detail) VALUES (1, 'operator', NULL, "
            "'order.cancel', ?, ?)",
            (HOSTILE, json.dumps({"why": 'two\nlines, "quoted"'})),
        )
    page.goto(f"{centre.edges.url}/audit?action=order.cancel")
    expect(rows(page)).to_contain_text(HOSTILE)
    assert page.locator("main script").count() == 0
    with page.expect_download() as saved:
        page.get_by_role("button", name="将所示内容导出为 CSV").click()

    assert re.fullmatch(r"audit \d{4}-\d\d-\d\d \d\d-\d\d\.csv", saved.value.suggested_filename)
    content = Path(saved.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    heads, line = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert heads[0] == "时间"
    assert line[1:4] == ["服务器上的操作员", "operator", "取消申请单"]
    assert line[5] == f"'{HOSTILE}"
    assert 'two\nlines, "quoted"' in line[7]


def test_a_search_is_itself_on_record(page: Page) -> None:
    expect(page.get_by_role("main")).to_contain_text("每次查询本身也会记录在案")
    page.get_by_label("操作").select_option("audit.search")
    search(page)

    expect(rows(page).first).to_contain_text("查询审计记录")


def test_a_centre_that_does_not_answer_is_said_and_asked_again(centre: Centre, auditor: Browser) -> None:
    page = centre.tab(auditor)
    page.route("**/room/v1/audit*", lambda route: route.abort())
    page.goto(centre.edges.url + "/audit")
    expect(page.get_by_role("alert")).to_contain_text("中心暂无应答")
    page.unroute("**/room/v1/audit*")
    page.get_by_role("button", name="重试").click()

    expect(page.get_by_role("table")).to_be_visible()


def test_other_roles_are_told_that_it_is_not_theirs(centre: Centre) -> None:
    _, client = centre.signed_in(UserRole.SECURITY_ADMIN, language=Language.ZH_CN)
    page = centre.opened(client, "/audit")

    expect(page.get_by_role("alert")).to_contain_text("您的角色不含此页面的权限")


@pytest.mark.parametrize("language", Language)
def test_axe_finds_nothing_serious(centre: Centre, anna: User, language: Language) -> None:
    _, client = centre.signed_in(UserRole.AUDIT_ADMIN, language=language)
    page = centre.opened(client, "/audit")
    page.get_by_role("table").wait_for()

    assert serious(page) == []


def acts_in(tree: ast.AST) -> Iterator[str]:
    """The words that calls put on record."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or ast.unparse(node.func).rsplit(".", 1)[-1] not in {
            "act",
            "_act",
            "record_act",
        }:
            continue
        for value in (*node.args, *(each.value for each in node.keywords if each.arg == "action")):
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and "." in value.value:
                yield value.value


def test_every_act_that_the_centre_puts_on_record_has_its_words() -> None:
    found = {act for path in SERVICE.rglob("*.py") for act in acts_in(ast.parse(path.read_text()))}
    words = json.loads((SERVICE / "web/src/locales/en/audit.json").read_text())["record"]["actions"]
    known = {re.sub(r"[.:]", "-", act) for act in re.findall(r'"([a-z-]+[.:][a-z-]+)"', _actions_source())}

    assert len(found) > 30
    assert {act.replace(".", "-") for act in found} <= set(words)
    assert known == set(words)


def _actions_source() -> str:
    source = (SERVICE / "web/src/pages/audit/words.ts").read_text()
    return source[source.index("ACTIONS = {") : source.index("as const", source.index("ACTIONS = {"))]
