"""The system administrator looks after the centre by its pages, and learns of no patient."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from service.archive import deliveries, hospitals
from service.archive.deliveries import Wanted
from service.archive.studies import Study
from service.archive.tables import HOSPITAL
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Channel, Language
from service.domain.user import UserRole
from service.flow.deliver import Senders, deliver_due
from service.flow.peers import PeerRefused
from tests.people.administering import ok
from tests.people.browsers import Browser
from tests.support.edges import SYSTEM, Customer
from tests.support.flowing import chest
from tests.support.series import ct_slice
from tests.web.real_centre import Centre, serious
from workers.probe import probe_due

pytestmark = pytest.mark.system
HOSTILE = "<img src=x onerror=alert(1)>"
PATIENT = ("张三", "Test^One", "Test One")


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


@pytest.fixture(scope="module")
def client(whole_centre: Centre) -> Browser:
    return whole_centre.signed_in(UserRole.SYSTEM_ADMIN, language=Language.ZH_CN)[1]


@pytest.fixture
def office(centre: Centre, client: Browser) -> Office:
    return Office(centre, client)


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


# Hospitals


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
    general.get_by_role("checkbox", name=re.compile("^报告须经第二位医师审核")).check()
    general.get_by_label("急诊（默认 30）").fill("20")
    general.get_by_label("静默时间（秒，空：自动学习）").fill("")
    general.get_by_role("button", name="保存").click()

    expect(general.get_by_role("button", name="保存")).to_be_disabled()
    kept = office.settings(customer)
    assert kept["release"] == {"pacs": "after-signature", "his": "at-once"}
    assert (kept["audit_asked"], kept["quiet_s"]) == (True, None)
    assert {each["exam_class"]["word"]: each["own_s"] for each in kept["targets"]}["emergency"] == 1200
    page.reload()
    expect(part(page, "基本设置").get_by_label("急诊（默认 30）")).to_have_value("20")


def test_what_somebody_else_changed_meanwhile_is_not_written_over(office: Office) -> None:
    customer = office.centre.edges.hospital()
    page = office.hospital_page(customer)
    with office.centre.edges.archive.write() as connection:
        connection.execute(HOSPITAL.update().where(HOSPITAL.c.id == customer.id).values(audit_asked=True))
    general = part(page, "基本设置")
    general.get_by_label("名称").fill("Renamed")
    general.get_by_role("button", name="保存").click()

    expect(general.get_by_role("alert")).to_contain_text("他人已更改此医院的设置")
    general.get_by_role("button", name="重新载入").click()
    expect(page.get_by_role("checkbox", name=re.compile("^报告须经第二位医师审核"))).to_be_checked()
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

    expect(senders.get_by_role("button", name="保存")).to_be_disabled()
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
    expect(rules.get_by_role("button", name="保存")).to_be_disabled()
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


# Work


def failed_study(office: Office) -> Study:
    customer = office.centre.edges.hospital()
    study = office.centre.edges.study(customer)
    office.centre.edges.analysis(study, AnalysisOutcome.FAILED)
    return study


def test_a_failed_analysis_is_seen_at_a_glance_and_tried_again(office: Office) -> None:
    study = failed_study(office)
    page = office.at("/centre")
    page.get_by_role("link", name=re.compile("项分析失败")).click()
    row = page.get_by_role("row").filter(has_text=study.study_instance_uid).filter(has_text="失败")
    expect(row).to_contain_text("0.1.0")
    row.get_by_role("button", name="重试").click()

    expect(page.get_by_role("status").first).to_contain_text("已重新排队：分析 1 项")
    waiting = page.get_by_role("table", name=re.compile("^等待中"))
    expect(waiting).to_contain_text(study.study_instance_uid)
    for secret in PATIENT:
        assert secret not in page.content()


def test_a_refused_delivery_says_why_is_put_aside_and_sent_again(office: Office) -> None:
    customer = office.centre.edges.hospital(webhook="https://his.example.org/hook")
    study = office.centre.edges.study(customer)
    archive = office.centre.edges.archive
    with archive.write() as connection:
        (peer,) = hospitals.peers(connection, SYSTEM, customer.id)
        wanted = Wanted(customer.id, peer.id, Channel.HIS, study.id, identity="refused-one", body="{}")
        deliveries.want(connection, SYSTEM, wanted)

    def his(*_: object) -> None:
        raise PeerRefused("the webhook answered 410: it wants no more messages")

    deliver_due(archive, office.centre.edges.bell, Senders(pacs=lambda *_: None, his=his))
    page = office.at("/centre/deliveries?state=failed")
    row = page.get_by_role("row").filter(has_text=customer.name)
    expect(row).to_contain_text("被拒收")
    expect(row).to_contain_text("410")
    row.get_by_role("button", name="搁置").click()
    expect(row).to_have_count(0)
    page.get_by_label("状态").select_option("parked")
    row.get_by_role("button", name="重新发送").click()
    expect(row).to_have_count(0)
    page.get_by_label("状态").select_option("pending")

    expect(row).to_contain_text("待发送")


@pytest.mark.parametrize(("act", "told"), [("采用", "新数据已启用"), ("舍弃", "已丢弃")])
def test_a_held_image_is_compared_then_decided_about(office: Office, act: str, told: str) -> None:
    customer = office.centre.edges.hospital()
    (image,) = chest(count=1)
    rival = ct_slice(
        study_uid=image.StudyInstanceUID, series_uid=image.SeriesInstanceUID, index=0, size=16, seed=1, spacing_mm=5.0
    )
    rival.SOPInstanceUID = rival.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    rival.SeriesDescription, rival.PatientName = HOSTILE, "Secret^Name"
    office.centre.edges.receive(customer, image)
    with pytest.raises(AssertionError, match="QUARANTINED"):
        office.centre.edges.receive(customer, rival)
    page = office.at("/centre/quarantine")
    page.get_by_role("row").filter(has_text=customer.name).get_by_role("button", name="查看差异").click()
    dialog = page.get_by_role("dialog")
    differing = dialog.get_by_role("row").filter(has_text="SeriesDescription")
    expect(differing).to_contain_text("test series")
    expect(differing).to_contain_text(HOSTILE)
    expect(dialog.get_by_role("row").filter(has_text="PatientName")).to_contain_text("不显示")
    assert "Secret" not in page.content()
    assert page.locator("main img, dialog img").count() == 0
    number = re.search(r"\d+", dialog.get_by_role("heading").inner_text())
    assert number is not None
    dialog.get_by_role("button", name=act, exact=True).click()
    confirm(page, number[0], act)

    expect(page.get_by_role("status").first).to_contain_text(told)


def test_packages_say_what_they_are_for_and_what_they_were_not_validated_for(office: Office) -> None:
    page = office.at("/centre/packages")

    card = page.locator("main section").first
    for words in ("threshold_nodule", "预期用途", "未经验证于"):
        expect(card).to_contain_text(words)


def test_the_overview_says_what_is_not_known(office: Office) -> None:
    page = office.at("/centre")

    expect(part(page, "DICOM 节点")).to_contain_text("状态未知")
    expect(part(page, "磁盘")).to_contain_text(re.compile(r"剩余 [\d.]+ [KMGT]iB"))
    expect(page.get_by_role("table", name="各环节").get_by_role("row")).to_have_count(6)


# For everybody


@pytest.mark.parametrize("path", ["", "/hospitals", "/packages", "/queue", "/deliveries", "/quarantine"])
def test_a_centre_that_does_not_answer_is_said_and_asked_again(office: Office, path: str) -> None:
    page = office.centre.tab(office.client)
    page.route("**/room/v1/admin/**", lambda route: route.abort())
    page.goto(f"{office.centre.edges.url}/centre{path}")
    expect(page.get_by_role("alert")).to_contain_text("中心暂无应答")
    page.unroute("**/room/v1/admin/**")
    page.get_by_role("button", name="重试").click()

    expect(page.get_by_role("alert").filter(has_text="中心暂无应答")).to_have_count(0)


def test_other_roles_are_told_that_it_is_not_theirs(centre: Centre) -> None:
    _, client = centre.signed_in(UserRole.RADIOLOGIST, language=Language.ZH_CN)
    page = centre.opened(client, "/centre/quarantine")

    expect(page.get_by_role("alert")).to_contain_text("您的角色不含此页面的权限")


def test_the_pages_are_reached_by_keyboard_alone(office: Office) -> None:
    page = office.at("/centre")
    page.get_by_role("link", name="概况").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("医院")
    expect(page.get_by_role("button", name="添加医院")).to_be_enabled()
    page.get_by_role("button", name="添加医院").press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("language", Language)
def test_axe_finds_nothing_serious(centre: Centre, client: Browser, language: Language) -> None:
    customer = centre.edges.hospital(webhook="https://his.example.org/hook")
    study = centre.edges.study(customer)
    centre.edges.analysis(study, AnalysisOutcome.FAILED)
    edition = ok(client.get(f"/admin/hospitals/{customer.id}"))["edition"]
    rules = [{"package": "threshold_nodule", "modalities": ["CT"]}]
    ok(client.send("PATCH", f"/admin/hospitals/{customer.id}", {"edition": edition, "packages": rules}))
    _, reader = centre.signed_in(UserRole.SYSTEM_ADMIN, language=language)
    loading = {"zh-CN": "正在加载…", "en": "Loading…"}[language]
    for path in ("", "/hospitals", f"/hospitals/{customer.id}", "/packages", "/queue", "/deliveries", "/quarantine"):
        page = centre.opened(reader, f"/centre{path}")
        expect(page.get_by_text(loading)).to_have_count(0)
        if path.endswith(customer.id):
            page.get_by_role("button", name={"zh-CN": "试运行", "en": "Dry run"}[language]).click()
            page.get_by_role("table", name={"zh-CN": "试运行", "en": "Dry run"}[language]).wait_for()
        assert serious(page) == [], path
        if path == "/hospitals":
            page.locator("main").get_by_role("button").first.click()
            page.get_by_role("dialog").wait_for()
            assert serious(page) == [], "adding"
