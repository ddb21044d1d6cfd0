"""What a reader sees of urgent findings, the call they document, and the rules an administrator sets."""

from __future__ import annotations

import secrets

import pytest

from service.archive.studies import Study
from service.domain.hospital import Language
from service.domain.user import UserRole
from tests.notices.ward import HEAD, WARD, urgent
from tests.people.browsers import Browser, Browsers
from tests.support.edges import Customer
from tests.support.flowing import pass_time

CALL = {"who": "Nurse Wang", "how": "telephone 8003; repeated side and kind"}
RULE = {
    "concept": {"value": "36118008", "scheme": "SCT", "meaning": "Pneumothorax"},
    "least_long_axis_mm": None,
    "contact": WARD,
    "escalation_contact": HEAD,
    "deadline_s": 600,
}
SAID = {
    "concept": RULE["concept"],
    "site": {"value": "39607008", "scheme": "SCT", "meaning": "Lung"},
    "laterality": {"value": "7771000", "scheme": "SCT", "meaning": "Left"},
    "note": "tension?",
}


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


@pytest.fixture
def study(browsers: Browsers, hospital: Customer) -> Study:
    made = browsers.edges.study(hospital)
    browsers.edges.analysis(made)
    return made


@pytest.fixture
def anna(browsers: Browsers, hospital: Customer) -> Browser:
    return browsers.at(browsers.person(hospitals=[hospital.id]))


def reading(browser: Browser, study: Study) -> dict:
    answer = browser.get(f"/studies/{study.hospital}/{study.study_instance_uid}/reading")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def judge(browser: Browser, study: Study, uid: str, action: str, **more: object) -> dict:
    body = {"id": secrets.token_hex(8), "action": action, "review_version": reading(browser, study)["review_version"]}
    path = f"/studies/{study.hospital}/{study.study_instance_uid}/findings/{uid}/judgements"
    answer = browser.send("POST", path, {**body, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_from_the_rule_to_the_documented_call(
    browsers: Browsers, hospital: Customer, anna: Browser, study: Study
) -> None:
    _, admin, _ = browsers.enrolled(UserRole.SYSTEM_ADMIN)
    rules = f"/admin/hospitals/{hospital.id}/notice-rules"
    assert admin.send("POST", rules, RULE).status_code == 201
    assert reading(anna, study)["notices"] == []

    said = judge(anna, study, "2.25.4711", "add", said=SAID)

    (notice,) = said["notices"]
    assert (notice["state"]["word"], notice["contact"], notice["finding"]) == (
        "raised",
        WARD,
        "left lung: pneumothorax",
    )
    assert (notice["way"]["word"], "call them" in notice["way"]["text"]) == ("no-webhook", True)
    assert 540 < notice["remaining_s"] <= 600
    assert notice["raised_by"]["name"].startswith("Person")
    assert [each["word"] for each in reading(anna, study)["line"]["flags"] if each["word"] == "urgent-finding"]
    shown = anna.get("/notices").json()
    assert shown["items"][0]["patient"] == reading(anna, study)["line"]["patient"]["name"] != ""
    assert (shown["count"], [each["id"] for each in shown["items"]]) == (1, [notice["id"]])

    closed = anna.send("POST", f"/notices/{notice['id']}/acknowledge", CALL)

    assert closed.status_code == 200, closed.text
    heard = closed.json()["heard"]
    assert (heard["who"], heard["how"], heard["via"]) == (CALL["who"], CALL["how"], "call")
    assert heard["recorded_by"] == notice["raised_by"]
    assert anna.get("/notices").json() == {"count": 0, "items": []}
    assert reading(anna, study)["notices"][0]["state"]["word"] == "acknowledged"
    assert "urgent-finding" not in [each["word"] for each in reading(anna, study)["line"]["flags"]]
    again = anna.send("POST", f"/notices/{notice['id']}/acknowledge", CALL)
    assert (again.status_code, again.json()["code"]) == (409, "wrong-state")


def test_a_late_notice_says_so_and_names_the_next_contact(browsers: Browsers, anna: Browser, study: Study) -> None:
    raised = urgent(browsers.edges, study)
    pass_time(browsers.edges.archive, 60.0)
    (notice,) = [each for each in reading(anna, study)["notices"] if each["id"] == raised.id]
    assert 480 < notice["remaining_s"] < 541
    assert (notice["contact"], notice["escalation_contact"]) == (WARD, HEAD)


def test_a_notice_taken_back_says_that_nothing_is_to_be_told(browsers: Browsers, anna: Browser, study: Study) -> None:
    raised = urgent(browsers.edges, study)
    judge(anna, study, raised.tracking_uid, "undo")
    late = anna.send("POST", f"/notices/{raised.id}/acknowledge", CALL)
    assert (late.status_code, late.json()["code"], "taken back" in late.json()["detail"]) == (409, "wrong-state", True)
    assert reading(anna, study)["notices"] == [], "nobody could have heard of it"


@pytest.mark.parametrize("body", [{}, {"who": " ", "how": "x"}, {"who": "x", "how": ""}, {**CALL, "more": 1}])
def test_a_call_without_a_name_or_words_is_refused(browsers: Browsers, anna: Browser, study: Study, body: dict) -> None:
    raised = urgent(browsers.edges, study)
    assert anna.send("POST", f"/notices/{raised.id}/acknowledge", body).json()["code"] == "invalid-request"
    assert reading(anna, study)["notices"][0]["is_open"]


def test_another_hospitals_reader_sees_and_closes_nothing(browsers: Browsers, study: Study, anna: Browser) -> None:
    raised = urgent(browsers.edges, study)
    stranger = browsers.at(browsers.person(hospitals=[browsers.edges.hospital().id]))
    assert stranger.get("/notices").json() == {"count": 0, "items": []}
    assert stranger.send("POST", f"/notices/{raised.id}/acknowledge", CALL).json()["code"] == "not-found"
    assert anna.get("/notices").json()["count"] == 1


def test_who_has_not_locked_their_impression_is_not_told_what_another_confirmed(
    browsers: Browsers, hospital: Customer, anna: Browser, study: Study
) -> None:
    _, admin, _ = browsers.enrolled(UserRole.SYSTEM_ADMIN)
    nodule = {"value": "27925004", "scheme": "SCT", "meaning": "Nodule"}
    admin.send("POST", f"/admin/hospitals/{hospital.id}/notice-rules", {**RULE, "concept": nodule})
    judge(anna, study, reading(anna, study)["findings"][0]["tracking_uid"], "accept")
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO package_rule (hospital_id, package, modalities, reading_mode)"
            " VALUES (?, 'threshold_nodule', '[]', 'second-reader')",
            (hospital.id,),
        )
    ben = browsers.at(browsers.person(hospitals=[hospital.id]))
    for (notice,) in (reading(ben, study)["notices"], ben.get("/notices").json()["items"]):
        assert (notice["finding"], notice["contact"]) == (None, WARD)
    ben.send("POST", f"/studies/{study.hospital}/{study.study_instance_uid}/first-impression")
    for (notice,) in (reading(ben, study)["notices"], ben.get("/notices").json()["items"]):
        assert "nodule" in notice["finding"]


def test_words_come_in_the_readers_language(browsers: Browsers, hospital: Customer, study: Study) -> None:
    urgent(browsers.edges, study)
    li = browsers.at(browsers.person(hospitals=[hospital.id], language=Language.ZH_CN))
    (notice,) = li.get("/notices").json()["items"]
    assert (notice["state"]["text"], notice["finding"]) == ("待通知", "左肺气胸")
    assert "请电话通知" in notice["way"]["text"]


def test_an_administrator_adds_lists_and_ends_rules(browsers: Browsers, hospital: Customer) -> None:
    _, admin, _ = browsers.enrolled(UserRole.SYSTEM_ADMIN)
    rules = f"/admin/hospitals/{hospital.id}/notice-rules"
    added = admin.send("POST", rules, {**RULE, "least_long_axis_mm": 8.0, "deadline_s": 300}).json()
    assert admin.get(rules).json()["rules"] == [added]
    assert RULE["concept"]["value"] in [each["value"] for each in admin.get(rules).json()["concepts"]]
    assert (added["concept"]["text"], added["least_long_axis_mm"], added["deadline_s"]) == ("pneumothorax", 8.0, 300)
    assert admin.send("DELETE", f"{rules}/{added['id']}").status_code == 204
    assert admin.send("DELETE", f"{rules}/{added['id']}").json()["code"] == "not-found"
    assert admin.get(rules).json()["rules"] == []
    assert admin.get("/admin/hospitals/h0/notice-rules").json()["code"] == "not-found"
    for wrong in ({"contact": " "}, {"deadline_s": 5}, {"least_long_axis_mm": -1}, {"concept": {}}, {"more": 1}):
        refused = admin.send("POST", rules, {**RULE, **wrong})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid-request"), wrong
    _, auditor, _ = browsers.enrolled(UserRole.AUDIT_ADMIN)
    found = auditor.get("/audit", hospital=hospital.id).json()
    assert {"notice-rule.add", "notice-rule.remove"} <= {each["action"] for each in found["items"]}, found
