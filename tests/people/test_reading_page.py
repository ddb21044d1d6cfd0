"""The reading page: everything a reader needs in one answer, and no finding before the mode allows it."""

from __future__ import annotations

import hashlib
import json
import secrets

import pytest

from service.archive.objects import object_name
from service.archive.studies import Study
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Language
from tests.people.browsers import Browser, Browsers
from tests.support.edges import Customer

NODULE = {"value": "27925004", "scheme": "SCT", "meaning": "Nodule"}
LUNG = {"value": "39607008", "scheme": "SCT", "meaning": "Lung"}
LEFT = {"value": "7771000", "scheme": "SCT", "meaning": "Left"}
AXIS = {"start_mm": [0, 0, 0], "end_mm": [9, 0, 0], "length_mm": 9.04}
SAID = {"concept": NODULE, "site": LUNG, "laterality": LEFT, "long_axis": AXIS, "note": "spiculated"}
OWN = "2.25.4711"
LEFT_OUT = "series 4: not chosen: fits, but fewer slices (axial, kernel B60f, 1.25 mm, 200 slices)"


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


@pytest.fixture
def study(browsers: Browsers, hospital: Customer) -> Study:
    made = browsers.edges.study(hospital)
    browsers.edges.analysis(made, findings=2)
    return made


@pytest.fixture
def anna(browsers: Browsers, hospital: Customer) -> Browser:
    return browsers.at(browsers.person(hospitals=[hospital.id]))


def path(study: Study, rest: str) -> str:
    return f"/studies/{study.hospital}/{study.study_instance_uid}/{rest}"


def page(browser: Browser, study: Study) -> dict:
    answer = browser.get(path(study, "reading"))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def judge(browser: Browser, study: Study, uid: str, action: str, **more: object):
    body = {"id": secrets.token_hex(8), "action": action, "review_version": page(browser, study)["review_version"]}
    return browser.send("POST", path(study, f"findings/{uid}/judgements"), {**body, **more})


def mode(browsers: Browsers, hospital: Customer, reading_mode: str) -> None:
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO package_rule (hospital_id, package, modalities, reading_mode)"
            " VALUES (?, 'threshold_nodule', '[]', ?)",
            (hospital.id, reading_mode),
        )


def test_one_answer_holds_the_patient_the_request_the_series_and_what_the_package_said(
    browsers: Browsers, hospital: Customer, anna: Browser, study: Study
) -> None:
    order = {
        "study_instance_uid": study.study_instance_uid,
        "exam_class": "emergency",
        "priority": "high",
        "question": "结节？",
        "history": "咳嗽两周",
        "department": "呼吸科",
        "prior_reports": ["2025: 右肺结节 5 mm"],
    }
    placed = browsers.edges.client(hospital, **{"Idempotency-Key": secrets.token_hex(8)}).post(
        "/api/v1/orders", json=order
    )
    assert placed.status_code == 201, placed.text
    said = page(anna, study)
    assert said["request"] == {
        "question": "结节？",
        "history": "咳嗽两周",
        "department": "呼吸科",
        "prior_reports": ["2025: 右肺结节 5 mm"],
    }
    assert said["line"]["exam_class"]["word"] == "emergency"
    assert [(each["modality"], each["has_images"]) for each in said["series"]] == [("CT", True)]
    (analysis,) = said["analyses"]
    assert (analysis["package"], analysis["outcome"]) == ("threshold_nodule", "findings")
    assert analysis["use_status"]
    assert analysis["not_validated_for"]
    finding = said["findings"][0]
    assert (finding["place"], finding["long_axis_mm"], finding["band"]["word"]) == (
        "right upper lobe of the lung",
        8.4,
        "high",
    )
    assert finding["line"].startswith("Right upper lobe of the lung: nodule, 8.4 mm × 6.1 mm")
    assert "probab" not in finding["line"]
    assert finding["image"] == {"sop_instance_uid": "1.2.3.4", "frame": None}
    assert (finding["state"]["word"], finding["is_high"]) == ("proposed", True)
    assert (analysis["mode"], analysis["is_hidden"], said["hidden_findings"]) == ("concurrent", False, False)
    assert (said["report"], said["versions"]) == (None, [])


@pytest.mark.parametrize("readers", list(Language))
def test_what_a_finding_writes_into_the_report_is_given_in_both_languages_and_the_hospitals_is_named(
    browsers: Browsers, readers: Language
) -> None:
    chinese = browsers.edges.hospital(language=Language.ZH_CN)
    study = browsers.edges.study(chinese)
    browsers.edges.analysis(study, findings=1)
    said = page(browsers.at(browsers.person(hospitals=[chinese.id], language=readers)), study)
    (finding,) = said["findings"]
    assert said["report_language"] == "zh-CN"
    assert finding["report_text"]["zh-CN"] == {
        "findings": "右肺上叶见一结节，大小约 8.4 mm × 6.1 mm（长径 × 短径），体积 214 mm³，平均 CT 值 -38 HU。",
        "impression": "右肺上叶结节，大小约 8.4 × 6.1 mm。",
    }
    assert finding["report_text"]["en"] == {
        "findings": "Right upper lobe of the lung: nodule, 8.4 mm × 6.1 mm (long axis × short axis), "
        "volume 214 mm³, mean attenuation -38 HU.",
        "impression": "Nodule, right upper lobe of the lung, 8.4 × 6.1 mm.",
    }
    assert finding["line"] == finding["report_text"][readers]["findings"], "the list speaks the reader's language"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.EN, ["series 3: chosen: axial, kernel B60f, 1.25 mm, 300 slices", LEFT_OUT]),
        (
            Language.ZH_CN,
            [
                "序列 3：选用：轴位，卷积核 B60f，1.25 mm，300 层",
                "序列 4：未选用：适用，但层数较少（轴位，卷积核 B60f，1.25 mm，200 层）",
            ],
        ),
    ],
    ids=["en", "zh-CN"],
)
def test_a_series_that_a_package_left_out_is_named_with_why(
    browsers: Browsers, hospital: Customer, study: Study, language: Language, words: list[str]
) -> None:
    chosen = "series 3: chosen: axial, kernel B60f, 1.25 mm, 300 slices"
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql(
            "UPDATE analysis SET selection = ? WHERE study_id = ?", (json.dumps([chosen, LEFT_OUT]), study.id)
        )
    reader = browsers.at(browsers.person(hospitals=[hospital.id], language=language))
    assert page(reader, study)["analyses"][0]["selection"] == words


def test_an_outline_is_given_to_who_may_see_the_finding_and_to_nobody_else(
    browsers: Browsers, hospital: Customer, anna: Browser, study: Study
) -> None:
    said = page(anna, study)
    uid, analysis_id = said["findings"][0]["tracking_uid"], said["findings"][0]["analysis_id"]
    where = path(study, f"findings/{uid}/contours")
    assert anna.get(where).json()["code"] == "not-found"
    outlines = [{"sop_instance_uid": "1.2.3.4", "frame": None, "polygons": [[[4.5, 5.5], [6.5, 5.5]]]}]
    content = json.dumps({uid: outlines}).encode()
    name = object_name(hashlib.sha256(content).hexdigest(), "consilium.contours")
    browsers.edges.archive.objects.store(study.hospital, content, name)
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE analysis SET contours_object = ? WHERE id = ?", (name, analysis_id))
    answer = anna.get(where)
    assert answer.json() == outlines
    assert "immutable" not in answer.headers["cache-control"]
    assert answer.headers["cache-control"].startswith("private")
    mode(browsers, hospital, "second-reader")
    assert anna.get(where).json()["code"] == "not-found"


def test_what_is_absent_is_said(browsers: Browsers, hospital: Customer, anna: Browser) -> None:
    bare = browsers.edges.study(hospital)
    said = page(anna, bare)
    assert (said["request"], said["analyses"], said["findings"]) == (None, [], [])
    assert [each["kind"] for each in said["banners"]] == ["not-asked"]
    refused = browsers.edges.study(hospital)
    browsers.edges.analysis(refused, AnalysisOutcome.REFUSED)
    (banner,) = page(anna, refused)["banners"]
    assert (banner["kind"], "not made for this modality" in banner["text"]) == ("refused", True)


def test_images_that_still_come_are_said_and_no_package_is_missed_yet(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    coming = browsers.edges.study(hospital, complete=False)
    (banner,) = page(anna, coming)["banners"]

    assert banner == {"kind": "receiving", "text": "Images are still coming; 2 are here."}


def test_earlier_studies_of_the_patient_are_listed_and_of_nobody_else(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    former = browsers.edges.study(hospital, patient_id="P-77")
    browsers.edges.study(hospital, patient_id="P-78")
    browsers.edges.study(browsers.edges.hospital(), patient_id="P-77")
    now = browsers.edges.study(hospital, patient_id="P-77")
    (prior,) = page(anna, now)["priors"]
    assert (prior["study_instance_uid"], prior["body_parts"]) == (former.study_instance_uid, ["CHEST"])
    assert page(anna, now)["line"]["prior_count"] == 1


def test_findings_are_accepted_rejected_corrected_added_and_taken_back(anna: Browser, study: Study) -> None:
    first, second = (each["tracking_uid"] for each in page(anna, study)["findings"])
    judge(anna, study, first, "accept")
    judge(anna, study, second, "reject", reason="vessel")
    judge(anna, study, OWN, "add", said=SAID)
    said = {each["tracking_uid"]: each for each in page(anna, study)["findings"]}
    assert {uid: each["state"]["word"] for uid, each in said.items()} == {
        first: "accepted",
        second: "rejected",
        OWN: "added",
    }
    assert said[second]["judgements"][0]["reason"] == "vessel"
    assert (said[OWN]["analysis_id"], said[OWN]["long_axis_mm"], said[OWN]["note"]) == (None, 9.04, "spiculated")
    assert said[OWN]["line"] == "Left lung: nodule, long axis 9 mm."
    corrected = judge(anna, study, first, "correct", said=SAID).json()["findings"][0]
    assert (corrected["state"]["word"], corrected["place"], corrected["probability"]) == (
        "corrected",
        "left lung",
        0.89,
    )
    undone = judge(anna, study, first, "undo").json()["findings"][0]
    assert (undone["state"]["word"], undone["long_axis_mm"]) == ("accepted", 8.4)


def test_bad_judgements_change_nothing_and_say_why(anna: Browser, study: Study) -> None:
    uid = page(anna, study)["findings"][0]["tracking_uid"]
    for asked, code in (
        ({"action": "reject"}, "invalid-request"),
        ({"action": "correct"}, "invalid-request"),
        ({"action": "undo"}, "wrong-state"),
        ({"action": "remove"}, "wrong-state"),
        ({"action": "applaud"}, "invalid-request"),
        ({"action": "accept", "review_version": 0, "colour": "red"}, "invalid-request"),
    ):
        assert judge(anna, study, uid, **asked).json()["code"] == code, asked
    assert judge(anna, study, "2.25.999", "accept").json()["code"] == "not-found"
    assert page(anna, study)["findings"][0]["judgements"] == []


def test_a_judgement_that_has_not_seen_the_last_one_is_refused(
    browsers: Browsers, hospital: Customer, anna: Browser, study: Study
) -> None:
    uid = page(anna, study)["findings"][0]["tracking_uid"]
    ben = browsers.at(browsers.person(hospitals=[hospital.id]))
    seen = page(ben, study)["review_version"]
    judge(anna, study, uid, "accept")
    late = judge(ben, study, uid, "reject", reason="scar", review_version=seen)
    assert (late.status_code, late.json()["code"]) == (409, "stale")


def test_a_second_reader_sees_no_finding_before_their_own_impression(
    browsers: Browsers, hospital: Customer, anna: Browser, study: Study
) -> None:
    mode(browsers, hospital, "second-reader")
    before = page(anna, study)
    (analysis,) = before["analyses"]
    assert (analysis["mode"], analysis["is_hidden"], analysis["outcome"]) == ("second-reader", True, None)
    assert (before["hidden_findings"], before["findings"], before["line"]["ai"]) == (True, [], [])
    uid = "2.25.1"
    assert judge(anna, study, uid, "accept").json()["code"] == "impression-first"
    after = anna.send("POST", path(study, "first-impression")).json()
    assert (after["impression_locked"], len(after["findings"])) == (True, 2)
    assert ([each["outcome"] for each in after["analyses"]], len(after["line"]["ai"])) == (["findings"], 1)
    ben = browsers.at(browsers.person(hospitals=[hospital.id]))
    assert page(ben, study)["findings"] == [], "each reader for themselves"


def test_triage_only_shows_no_mark_at_all(browsers: Browsers, hospital: Customer, anna: Browser, study: Study) -> None:
    mode(browsers, hospital, "triage-only")
    anna.send("POST", path(study, "first-impression"))
    assert page(anna, study)["findings"] == []


def written(text: str, edition: int) -> dict:
    return {"edition": edition, "text": {"findings": text}, "language": "en"}


def test_a_report_is_begun_saved_kept_submitted_and_compared(anna: Browser, study: Study) -> None:
    said = anna.send("POST", path(study, "report"), written("one", 0)).json()
    assert (said["report"]["state"]["word"], said["report"]["edition"]) == ("draft", 1)
    anna.send("PUT", path(study, "report"), written("two", 1))
    said = anna.send("POST", path(study, "report/keep"), written("three", 2)).json()
    assert (said["report"]["text"]["findings"], said["report"]["edition"]) == ("three", 3)
    assert (
        anna.send("POST", path(study, "report/submit"), {"edition": 3}).json()["report"]["state"]["word"]
        == "preliminary"
    )
    assert anna.send("PUT", path(study, "report"), written("late", 3)).json()["code"] == "wrong-state"
    assert anna.send("POST", path(study, "report/reopen"), {"edition": 3}).json()["report"]["state"]["word"] == "draft"
    kept = anna.get(path(study, "report/editions")).json()
    assert [each["text"]["findings"] for each in kept] == ["three"]
    assert anna.send("POST", path(study, "report/discard"), {"edition": 3}).json()["report"] is None
    assert anna.send("POST", path(study, "report/discard"), {"edition": 3}).json()["code"] == "wrong-state"


def test_two_writers_do_not_overwrite_each_other(
    browsers: Browsers, hospital: Customer, anna: Browser, study: Study
) -> None:
    ben = browsers.at(browsers.person(hospitals=[hospital.id], language=Language.ZH_CN))
    anna.send("POST", path(study, "report"), written("annas", 0))
    assert ben.send("POST", path(study, "report"), written("bens", 0)).json()["code"] == "wrong-state"
    anna.send("PUT", path(study, "report"), written("annas again", 1))
    refused = ben.send("PUT", path(study, "report"), written("bens", 1))
    assert (refused.status_code, refused.json()["code"]) == (409, "stale")
    assert "已更改报告" in refused.json()["detail"]
    assert ben.send("PUT", path(study, "report"), written("bens", 2)).status_code == 200
    kept = anna.get(path(study, "report/editions")).json()
    assert [each["text"]["findings"] for each in kept] == ["annas again"]


def test_a_flag_shows_where_the_text_disagrees(anna: Browser, study: Study) -> None:
    first, second = (each["tracking_uid"] for each in page(anna, study)["findings"])
    judge(anna, study, first, "accept")
    judge(anna, study, second, "accept")
    said = anna.send("POST", path(study, "report"), written("Left upper lobe nodule, 8.4 mm.", 0)).json()
    assert [(each["kind"]["word"], each["words"]) for each in said["flags"]] == [
        ("side", "Left upper lobe nodule, 8.4 mm.")
    ]


def test_hostile_text_is_text(anna: Browser, study: Study) -> None:
    hostile = "<script>alert(1)</script>\u202e'; DROP TABLE report;--"
    said = anna.send("POST", path(study, "report"), written(hostile, 0))
    assert said.json()["report"]["text"]["findings"] == hostile
    assert said.headers["content-type"].startswith("application/json")
    assert said.headers["x-content-type-options"] == "nosniff"


def test_another_hospitals_examination_is_nobodys(browsers: Browsers, study: Study) -> None:
    stranger = browsers.at(browsers.person(hospitals=[browsers.edges.hospital().id]))
    for method, rest, body in (
        ("GET", "reading", None),
        ("POST", "first-impression", None),
        ("POST", "report", written("x", 0)),
        ("PUT", "report", written("x", 1)),
        ("GET", "report/editions", None),
        ("POST", "findings/2.25.1/judgements", {"id": "12345678", "action": "accept", "review_version": 0}),
    ):
        assert stranger.send(method, path(study, rest), body).json()["code"] == "not-found", rest
