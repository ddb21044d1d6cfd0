"""The system administrator looks after the centre by its pages, and learns of no patient."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from service.archive import deliveries, hospitals
from service.archive.deliveries import Wanted
from service.archive.studies import Study
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Channel, Language
from service.domain.user import UserRole
from service.flow.deliver import Senders, deliver_due
from service.flow.peers import PeerRefused
from tests.people.administering import ok
from tests.people.browsers import Browser
from tests.support.edges import SYSTEM
from tests.support.flowing import chest
from tests.support.series import ct_slice
from tests.web.office import HOSTILE, PATIENT, Office, confirm, part
from tests.web.real_centre import Centre, serious

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def client(whole_centre: Centre) -> Browser:
    return whole_centre.signed_in(UserRole.SYSTEM_ADMIN, language=Language.ZH_CN)[1]


@pytest.fixture
def office(centre: Centre, client: Browser) -> Office:
    return Office(centre, client)


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


@pytest.mark.parametrize(("language", "part"), [(Language.ZH_CN, "胸部"), (Language.EN, "Chest")])
def test_lists_call_a_study_by_what_was_examined_and_are_no_wider_than_a_small_screen(
    centre: Centre, language: Language, part: str
) -> None:
    customer = centre.edges.hospital(webhook="https://his.example.org/hook")
    (image,) = chest(count=1)
    image.StudyDescription = "Q" * 64
    rival = ct_slice(study_uid=image.StudyInstanceUID, series_uid=image.SeriesInstanceUID, index=0, size=16, seed=1)
    rival.SOPInstanceUID = rival.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    centre.edges.receive(customer, image)
    with pytest.raises(AssertionError, match="QUARANTINED"):
        centre.edges.receive(customer, rival)
    study = centre.edges.row(customer, str(image.StudyInstanceUID))
    centre.edges.analysis(study, AnalysisOutcome.FAILED)
    with centre.edges.archive.write() as connection:
        (peer,) = hospitals.peers(connection, SYSTEM, customer.id)
        wanted = Wanted(customer.id, peer.id, Channel.HIS, study.id, identity=f"named-{language}", body="{}")
        deliveries.want(connection, SYSTEM, wanted)
    _, client = centre.signed_in(UserRole.SYSTEM_ADMIN, language=language)
    for path in ("queue", "deliveries", "quarantine"):
        page = centre.opened(client, f"/centre/{path}")
        row = page.get_by_role("row").filter(has_text=study.study_instance_uid).first
        expect(row).to_contain_text(f"CT · {part} · {image.StudyDescription}")
        expect(row).to_contain_text("2026-06-01")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        for table in page.get_by_role("region").all():
            assert table.evaluate("box => box.scrollWidth <= box.clientWidth"), path
        for secret in PATIENT:
            assert secret not in page.content()


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
    expect(page.get_by_role("table", name="各环节").get_by_role("row")).to_have_count(7)


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
    one = f"/hospitals/{customer.id}"
    for path in ("", "/hospitals", one, "/packages", "/queue", "/deliveries", "/quarantine", "/quality"):
        page = centre.opened(reader, f"/centre{path}")
        expect(page.get_by_text(loading)).to_have_count(0)
        if path.endswith(customer.id):
            page.get_by_role("button", name={"zh-CN": "试运行", "en": "Dry run"}[language]).click()
            page.get_by_role("table", name={"zh-CN": "试运行", "en": "Dry run"}[language]).wait_for()
            for asked in (r"添加 PACS|Add a PACS", "添加危急值规则|Add a rule for urgent findings"):
                page.get_by_role("button", name=re.compile(asked)).click()
                page.get_by_role("dialog").wait_for()
                assert serious(page) == [], asked
                page.keyboard.press("Escape")
                expect(page.get_by_role("dialog")).to_have_count(0)
        assert serious(page) == [], path
        if path == "/hospitals":
            page.locator("main").get_by_role("button").first.click()
            page.get_by_role("dialog").wait_for()
            assert serious(page) == [], "adding"
