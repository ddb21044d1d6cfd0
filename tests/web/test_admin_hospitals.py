"""The system administrator sets hospitals up: what is saved counts at once, secrets are shown once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from service.archive.tables import HOSPITAL
from service.domain.hospital import Language
from service.domain.user import UserRole
from tests.people.administering import ok
from tests.people.browsers import Browser
from tests.support.edges import Customer
from tests.support.flowing import chest
from tests.web.office import HOSTILE, PATIENT, Office, confirm, part
from tests.web.real_centre import Centre
from workers.probe import probe_due

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def client(whole_centre: Centre) -> Browser:
    return whole_centre.signed_in(UserRole.SYSTEM_ADMIN, language=Language.ZH_CN)[1]


@pytest.fixture
def office(centre: Centre, client: Browser) -> Office:
    return Office(centre, client)


def test_a_hospital_is_added_and_its_secrets_are_shown_once(office: Office) -> None:
    page = office.at("/centre/hospitals")
    page.get_by_role("button", name="添加医院").click()
    dialog = page.get_by_role("dialog")
    for label, text in (
        ("名称", "Riverside"),
        ("主叫 AE（医院）", "RIVER_CT"),
        ("被叫 AE（中心）", "CONSILIUM"),
        ("HIS 回调地址（https://…，可空）", "https://his.example.org/hook"),
        ("PACS 主机（可空）", "10.1.2.3"),
        ("PACS 的 AE", "RIVER_PACS"),
    ):
        dialog.get_by_label(label).fill(text)
    dialog.get_by_role("checkbox", name="threshold_nodule").check()
    dialog.get_by_role("button", name="添加医院").click()
    shown = page.get_by_role("dialog").filter(has_text="已添加 Riverside")
    expect(shown.locator("code")).to_have_count(2)
    key, secret = shown.locator("code").all_inner_texts()
    page.keyboard.press("Escape")
    expect(shown).to_be_visible()
    shown.get_by_role("button", name="已保存，关闭").click()

    page.wait_for_url("**/centre/hospitals/h*")
    expect(shown).to_have_count(0)
    expect(page.get_by_role("heading", name="Riverside")).to_be_visible()
    assert key not in page.content()
    assert secret not in page.content()
    made = next(each for each in ok(office.client.get("/admin/hospitals"))["hospitals"] if each["name"] == "Riverside")
    assert {(each["host"], each["url"]) for each in made["peers"]} == {
        ("10.1.2.3", None),
        (None, "https://his.example.org/hook"),
    }
    assert made["release"] == {"pacs": "never", "his": "never"}
    answer = office.centre.edges.client(Customer(made["id"], "Riverside", key, None)).get("/api/v1/studies")
    assert answer.status_code == 200


def test_a_sender_that_another_hospital_has_is_refused_in_words(office: Office) -> None:
    other = office.centre.edges.hospital("TAKEN")
    page = office.at("/centre/hospitals")
    page.get_by_role("button", name="添加医院").click()
    dialog = page.get_by_role("dialog")
    for label, text in (("名称", "Second"), ("主叫 AE（医院）", other.name), ("被叫 AE（中心）", "CONSILIUM")):
        dialog.get_by_label(label).fill(text)
    dialog.get_by_role("button", name="添加医院").click()

    expect(dialog.get_by_role("alert")).to_contain_text("无法区分两院")
    expect(dialog.get_by_label("名称")).to_have_value("Second")


def test_settings_are_saved_and_count_at_once(office: Office) -> None:
    customer = office.centre.edges.hospital()
    page = office.hospital_page(customer)
    general = part(page, "基本设置")
    expect(general.get_by_role("button", name="保存")).to_be_disabled()
    general.get_by_label("AI 结果发往 PACS").select_option("after-signature")
    general.get_by_label("报告的终审").select_option(label="审核后为终稿；急诊先发临时报告，24 小时内审核")
    general.get_by_label("急诊（默认 30）").fill("20")
    general.get_by_label("静默时间（秒，空：自动学习）").fill("")
    general.get_by_role("button", name="保存").click()

    expect(general.get_by_role("status")).to_contain_text("已保存")
    expect(general.get_by_role("button", name="保存")).to_be_disabled()
    kept = office.settings(customer)
    assert kept["release"] == {"pacs": "after-signature", "his": "at-once"}
    assert (kept["finalising"], kept["quiet_s"]) == ("audit-emergencies-first", None)
    assert {each["exam_class"]["word"]: each["own_s"] for each in kept["targets"]}["emergency"] == 1200
    page.reload()
    expect(part(page, "基本设置").get_by_label("急诊（默认 30）")).to_have_value("20")


def test_what_was_agreed_is_set_up_and_what_cannot_be_is_said(office: Office) -> None:
    customer = office.centre.edges.hospital()
    office.centre.edges.study(customer)
    page = office.hospital_page(customer)
    agreement = part(page, "合同约定")
    expect(agreement.get_by_role("button", name="保存")).to_be_disabled()
    agreement.get_by_label("产前").check()
    agreement.get_by_label("约定的设备类型").fill("ct、dx")
    agreement.get_by_label("由谁签发").select_option("hospital")
    agreement.get_by_label("数据至少保存").fill("5")
    agreement.get_by_role("button", name="保存").click()
    expect(agreement.get_by_role("alert")).to_contain_text("15 至 100 年")
    agreement.get_by_label("数据至少保存").fill("30")
    agreement.get_by_label("合同终止时的数据").select_option("return")
    agreement.get_by_role("button", name="保存").click()

    expect(part(page, "合同约定").get_by_role("status")).to_contain_text("已保存")
    assert office.settings(customer)["agreement"] == {
        "services": ["analysis", "reporting"],
        "modalities": ["CT", "DX"],
        "excluded": ["prenatal"],
        "signed_by": "hospital",
        "keep_years": 30,
        "at_end": "return",
    }
    removal = part(page, "移除医院")
    removal.get_by_role("button", name="移除医院").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill(customer.name)
    dialog.get_by_role("button", name="移除医院", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("return-data")


def test_what_somebody_else_changed_meanwhile_is_not_written_over(office: Office) -> None:
    customer = office.centre.edges.hospital()
    page = office.hospital_page(customer)
    with office.centre.edges.archive.write() as connection:
        connection.execute(HOSPITAL.update().where(HOSPITAL.c.id == customer.id).values(finalising="audit"))
    general = part(page, "基本设置")
    general.get_by_label("名称").fill("Renamed")
    general.get_by_role("button", name="保存").click()

    expect(general.get_by_role("alert")).to_contain_text("他人已更改此医院的设置")
    general.get_by_role("button", name="重新载入").click()
    expect(page.get_by_label("报告的终审")).to_have_value("audit")
    assert office.settings(customer)["name"] == customer.name


def test_senders_are_set_up_and_a_malformed_network_is_named(office: Office) -> None:
    customer = office.centre.edges.hospital()
    page = office.hospital_page(customer)
    senders = part(page, "发送端")
    senders.get_by_role("button", name="添加发送端").click()
    second = senders.get_by_role("group", name="发送端 2")
    second.get_by_label("主叫 AE（医院）").fill(f"{customer.name}MR")
    second.get_by_label("被叫 AE（中心）").fill("CONSILIUM")
    second.get_by_label("来源网段（CIDR，逗号分隔）").fill("10.1.2.3/8")
    senders.get_by_role("button", name="保存").click()
    expect(senders.get_by_role("alert")).to_have_text("来源网段：应为 CIDR 网段，例如 10.20.0.0/16")
    second.get_by_label("来源网段（CIDR，逗号分隔）").fill("10.0.0.0/8，10.200.0.0/16")
    senders.get_by_role("button", name="保存").click()

    expect(senders.get_by_role("status")).to_contain_text("已保存")
    assert office.settings(customer)["senders"][1] == {
        "calling_ae": f"{customer.name}MR",
        "called_ae": "CONSILIUM",
        "networks": ["10.0.0.0/8", "10.200.0.0/16"],
    }


def test_rules_are_tried_on_stored_studies_before_they_are_saved(office: Office) -> None:
    customer = office.centre.edges.hospital()
    fit, scout = chest(), chest(count=2)
    office.centre.edges.receive(customer, *fit, *scout, *chest(modality="MR"))
    page = office.hospital_page(customer)
    rules = part(page, "模型包与路由规则")
    expect(rules).to_contain_text("未启用任何模型包")
    rules.get_by_role("button", name="添加规则").click()
    rules.get_by_label("设备类型（如 CT, MR；空：全部）").fill("ct")
    rules.get_by_label("阅片方式").select_option("second-reader")
    rules.get_by_role("button", name="试运行").click()

    table = rules.get_by_role("table", name="试运行")
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(3)
    for study, words in (
        (fit, "将分析"),
        (scout, "图像层数过少"),
    ):
        expect(rows.filter(has_text=str(study[0].StudyInstanceUID))).to_contain_text(words)
    expect(rows.filter(has_text="不会请求")).to_contain_text("MR")
    for secret in PATIENT:
        assert secret not in page.content()
    assert office.settings(customer)["packages"] == [], "nothing is saved yet"
    rules.get_by_role("button", name="保存").click()
    expect(rules.get_by_role("status")).to_contain_text("已保存")
    (rule,) = office.settings(customer)["packages"]
    assert (rule["package"], rule["modalities"], rule["mode"]) == ("threshold_nodule", ["CT"], "second-reader")


def test_without_stored_studies_a_dry_run_says_so(office: Office) -> None:
    page = office.hospital_page(office.centre.edges.hospital())
    rules = part(page, "模型包与路由规则")
    rules.get_by_role("button", name="试运行").click()

    expect(rules).to_contain_text("尚无已存检查可供试运行")


def test_receiving_systems_are_added_changed_and_removed(office: Office) -> None:
    customer = office.centre.edges.hospital()
    page = office.hospital_page(customer)
    peers = part(page, "接收端（PACS、HIS）")
    peers.get_by_role("button", name="添加 PACS").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("PACS 主机（可空）").fill("pacs.example.org")
    dialog.get_by_label("PACS 的 AE").fill("PACS1")
    dialog.get_by_label("端口").fill("99999")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.get_by_role("alert")).to_contain_text("端口：")
    dialog.get_by_label("端口").fill("11112")
    dialog.get_by_role("button", name="保存").click()
    row = peers.locator("tbody tr")
    expect(row).to_contain_text("PACS1，pacs.example.org:11112")
    expect(row).to_contain_text("除 SR、SEG 外：关键图像（KO）、PDF 报告")
    row.get_by_role("button", name="编辑").click()
    dialog.get_by_role("checkbox", name="标注显示（GSPS）").check()
    dialog.get_by_role("checkbox", name="PDF 报告").uncheck()
    dialog.get_by_role("button", name="保存").click()
    expect(row).to_contain_text("除 SR、SEG 外：关键图像（KO）、标注显示（GSPS）")
    (kept,) = office.settings(customer)["peers"]
    assert kept["companions"] == ["key-images", "presentation-state"]
    row.get_by_role("button", name="编辑").click()
    dialog.get_by_label("端口").fill("104")
    dialog.get_by_role("button", name="保存").click()
    expect(row).to_contain_text("pacs.example.org:104")
    row.get_by_role("button", name="移除").click()
    confirm(page, customer.name, "移除")

    expect(peers).to_contain_text("尚无接收端")
    assert office.settings(customer)["peers"] == []


def test_a_webhooks_secret_is_shown_once_and_renewed_when_confirmed(office: Office) -> None:
    customer = office.centre.edges.hospital()
    page = office.hospital_page(customer)
    peers = part(page, "接收端（PACS、HIS）")
    peers.get_by_role("button", name="添加 HIS 回调").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("https://his.example.org/a")
    page.keyboard.press("Enter")
    first = page.locator("dialog code").inner_text()
    page.get_by_role("button", name="已保存，关闭").click()
    peers.get_by_role("button", name="更换密钥").click()
    confirm(page, customer.name, "更换密钥")

    assert page.locator("dialog code").inner_text() != first


def test_keys_are_issued_and_ended(office: Office) -> None:
    customer = office.centre.edges.hospital()
    page = office.hospital_page(customer)
    keys = part(page, "接口密钥")
    keys.get_by_role("button", name="签发新密钥").click()
    issued = page.locator("dialog code").inner_text()
    page.get_by_role("button", name="已保存，关闭").click()
    expect(keys.locator("tbody tr")).to_have_count(2)
    fresh = office.centre.edges.client(Customer(customer.id, customer.name, issued, None))
    assert fresh.get("/api/v1/studies").status_code == 200
    old = next(each["id"] for each in office.settings(customer)["keys"] if each["id"] in keys.inner_text())
    keys.get_by_role("row", name=old).get_by_role("button", name="停用").click()
    confirm(page, old, "停用")

    expect(keys.get_by_role("row", name=old)).to_contain_text("已于")
    counted = [
        office.centre.edges.client(each).get("/api/v1/studies").status_code
        for each in (customer, Customer(customer.id, customer.name, issued, None))
    ]
    assert sorted(counted) == [200, 401]


def test_a_connection_test_says_of_each_what_came_of_it(office: Office) -> None:
    customer = office.centre.edges.hospital()
    body = {"channel": "pacs", "host": "127.0.0.1", "port": 9, "ae_title": "NOBODY"}
    ok(office.client.send("POST", f"/admin/hospitals/{customer.id}/peers", body))
    page = office.hospital_page(customer)
    peers = part(page, "接收端（PACS、HIS）")
    peers.get_by_role("button", name="测试连接").click()
    expect(peers).to_contain_text("正在测试")
    assert probe_due(office.centre.edges.archive, send_test_message=lambda _: None)

    expect(peers).to_contain_text("存在问题")
    expect(peers.get_by_role("listitem").first).to_contain_text("未通过")
    expect(peers.get_by_role("listitem").first).to_contain_text(re.compile("[\u4e00-\u9fff]{4}"))


def test_rules_for_urgent_findings_are_added_and_ended(office: Office) -> None:
    customer = office.centre.edges.hospital()
    page = office.hospital_page(customer)
    rules = part(page, "危急值规则")
    expect(rules).to_contain_text("尚无规则")
    rules.get_by_role("button", name="添加危急值规则").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("发现").select_option(label="气胸")
    dialog.get_by_label("联系人", exact=True).fill("急诊值班 8001")
    dialog.get_by_label("升级联系人").fill(HOSTILE)
    dialog.get_by_role("button", name="添加危急值规则").click()

    row = rules.locator("tbody tr")
    for words in ("气胸", "急诊值班 8001", HOSTILE, "10 分钟"):
        expect(row).to_contain_text(words)
    (kept,) = ok(office.client.get(f"/admin/hospitals/{customer.id}/notice-rules"))["rules"]
    assert (kept["concept"]["meaning"], kept["deadline_s"]) == ("Pneumothorax", 600)
    row.get_by_role("button", name="停用").click()
    expect(rules).to_contain_text("尚无规则")


def test_a_hospital_is_removed_only_with_its_name_typed(office: Office) -> None:
    customer = office.centre.edges.hospital()
    page = office.hospital_page(customer)
    part(page, "移除医院").get_by_role("button").click()
    confirm(page, customer.name, "移除医院")

    page.wait_for_url("**/centre/hospitals")
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.get_by_role("link", name=customer.name, exact=True)).to_have_count(0)
    assert office.centre.edges.client(customer).get("/api/v1/studies").status_code == 401


def test_a_hostile_name_stays_text(office: Office) -> None:
    customer = office.centre.edges.hospital()
    edition = office.settings(customer)["edition"]
    ok(office.client.send("PATCH", f"/admin/hospitals/{customer.id}", {"edition": edition, "name": HOSTILE}))
    page = office.at("/centre/hospitals")
    expect(page.get_by_role("link", name=HOSTILE)).to_be_visible()
    page.get_by_role("link", name=HOSTILE).click()
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    assert page.locator("main img").count() == 0
