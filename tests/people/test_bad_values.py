"""What a page sends and no page should: each bad value is refused in words, and none reaches what is signed."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

import pytest

from service.archive import instances
from service.archive.studies import Study
from tests.notices.ward import urgent
from tests.people.browsers import Browser, Browsers
from tests.people.test_reading_page import OWN, SAID, page, path
from tests.people.test_signing import OWN_PASSWORD, kept, seated, sign, submitted
from tests.people.test_signing import path as report_path
from tests.people.test_worklist_pages import path as line_path
from tests.support.edges import SYSTEM, Customer

NO_IMAGE = "1.2.3.4.5"


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


@pytest.fixture
def study(browsers: Browsers, hospital: Customer) -> Study:
    return browsers.edges.study(hospital)


@pytest.fixture
def anna(browsers: Browsers, hospital: Customer) -> Browser:
    return browsers.at(browsers.person(hospitals=[hospital.id]))


def image_uid(browsers: Browsers, study: Study) -> str:
    with browsers.edges.archive.read() as connection:
        return instances.of_study(connection, SYSTEM, study.id)[0].sop_instance_uid


def added(browser: Browser, study: Study, said: dict[str, Any], **more: Any):
    """Sent as text, since a client's own encoder refuses what is tried here."""
    body = {"id": secrets.token_hex(8), "action": "add", "review_version": 0, "said": {**SAID, **said}, **more}
    headers = {"X-CSRF-Token": browser.csrf, "Content-Type": "application/json"}
    where = "/room/v1" + path(study, f"findings/{OWN}/judgements")
    return browser.client.post(where, content=json.dumps(body), headers=headers)


def begun(browser: Browser, study: Study, **key_image: Any):
    body = {"edition": 0, "text": {"findings": "x"}, "language": "en", "key_images": [key_image]}
    return browser.send("POST", path(study, "report"), body)


CODE = SAID["concept"]


@pytest.mark.parametrize(
    "said",
    [
        {"volume_mm3": float("inf")},
        {"volume_mm3": float("nan")},
        {"volume_mm3": 1e300},
        {"concept": {"value": "", "scheme": "", "meaning": ""}},
        {"concept": {**CODE, "meaning": " "}},
        {"concept": {**CODE, "value": "a\\b"}},
        {"site": {**CODE, "scheme": "SC\nT"}},
        {"image": {"sop_instance_uid": "not a uid; 'x", "frame": None}},
        {"image": {"sop_instance_uid": "1..2", "frame": None}},
        {"image": {"sop_instance_uid": NO_IMAGE, "frame": None}},
        {"image": {"sop_instance_uid": NO_IMAGE, "frame": 10**30}},
        {"note": "\u0958" * 400},
    ],
    ids=lambda said: json.dumps(said)[:40],
)
def test_a_finding_of_a_bad_value_is_refused_in_words(anna: Browser, study: Study, said: dict[str, Any]) -> None:
    answer = added(anna, study, said)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request"), answer.text
    assert answer.json()["detail"]
    assert page(anna, study)["findings"] == []


@pytest.mark.parametrize("more", [{"ms_since_open": 10**25}, {"review_version": 10**25}])
def test_a_number_no_page_counts_to_is_refused(anna: Browser, study: Study, more: dict[str, Any]) -> None:
    assert added(anna, study, {}, **more).status_code == 422


def test_a_frame_is_one_the_image_has(browsers: Browsers, anna: Browser, study: Study) -> None:
    uid = image_uid(browsers, study)
    answer = added(anna, study, {"image": {"sop_instance_uid": uid, "frame": 2}})
    assert answer.status_code == 422
    assert "has 1 frame" in answer.json()["detail"]
    assert added(anna, study, {"image": {"sop_instance_uid": uid, "frame": None}}).status_code == 200


def test_a_key_image_is_one_of_the_examination_and_a_frame_of_it(
    browsers: Browsers, anna: Browser, study: Study
) -> None:
    uid = image_uid(browsers, study)
    for wrong in ({"sop_instance_uid": NO_IMAGE}, {"sop_instance_uid": "1..2"}, {"sop_instance_uid": uid, "frame": 9}):
        answer = begun(anna, study, **wrong)
        assert answer.status_code == 422, answer.text
    assert page(anna, study)["report"] is None
    assert begun(anna, study, sop_instance_uid=uid).status_code == 200
    body = {"edition": 1, "text": {"findings": "x"}, "language": "en", "key_images": [{"sop_instance_uid": NO_IMAGE}]}
    assert anna.send("PUT", path(study, "report"), body).status_code == 422
    assert anna.send("POST", path(study, "report/keep"), body).status_code == 422


def test_notes_are_kept_without_control_characters(browsers: Browsers, anna: Browser, study: Study) -> None:
    assert added(anna, study, {"note": "n\x00\x1b[31mX"}).status_code == 200
    assert page(anna, study)["findings"][0]["note"] == "n[31mX"
    assert begun(anna, study, sop_instance_uid=image_uid(browsers, study), note="a\x00\x1b[2Jb").status_code == 200
    assert page(anna, study)["report"]["key_images"][0]["note"] == "a[2Jb"


CONTROLS = "\0\x1b[31m\x07"
PRINTED = "[31m"


def test_a_return_is_told_without_control_characters(anna: Browser, study: Study) -> None:
    nothing = {"reason": "other", "note": "\0\x07"}
    assert anna.send("POST", line_path(study, "/return"), nothing).status_code == 422
    asked = {"reason": "other", "note": f"see {CONTROLS} series 3"}
    assert (
        anna.send("POST", line_path(study, "/return"), asked)
        .json()["status"]["reason"]
        .endswith(f"see {PRINTED} series 3")
    )


def test_who_heard_of_an_urgent_finding_is_kept_without_control_characters(
    browsers: Browsers, anna: Browser, study: Study
) -> None:
    call = f"/notices/{urgent(browsers.edges, study).id}/acknowledge"
    assert anna.send("POST", call, {"who": "\0", "how": "said"}).status_code == 422
    heard = anna.send("POST", call, {"who": f"Wang{CONTROLS}", "how": f"left{CONTROLS}"}).json()["heard"]
    assert (heard["who"], heard["how"]) == (f"Wang{PRINTED}", f"left{PRINTED}")


def test_why_a_report_is_withdrawn_is_told_without_control_characters(browsers: Browsers, hospital: Customer) -> None:
    _, li = seated(browsers, hospital)
    study = submitted(browsers, hospital, li)
    assert sign(li, study, password=OWN_PASSWORD).status_code == 200
    about = {"report_id": kept(browsers, study).id}
    assert li.send("POST", report_path(study, "report/withdraw"), {**about, "why": "\0"}).status_code == 422
    li.send("POST", report_path(study, "report/withdraw"), {**about, "why": f"wrong{CONTROLS} side"})
    assert kept(browsers, study).why == f"wrong{PRINTED} side"


@pytest.mark.parametrize("place", [[10**30, 1, 1.0, 1.0, 1], [1, -(10**30), 1.0, 1.0, 1], [1, 1, 1.0, 1.0, 2**63]])
def test_a_cursor_that_no_page_was_given_is_refused(anna: Browser, place: list[float]) -> None:
    after = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    answer = anna.get("/worklist", after=after)
    assert 400 <= answer.status_code < 500
    assert answer.json()["detail"]


def test_a_template_that_is_too_long_once_normalised_is_refused(anna: Browser) -> None:
    body = {"kind": "template", "language": "en", "name": "t", "text": {"findings": "\u0958" * 20_000}}
    answer = anna.send("POST", "/templates", body)
    assert answer.status_code == 422, answer.text
    assert "20000" in answer.json()["detail"]


@pytest.mark.parametrize("ahead", ["99999999999999999999", "999999999"])
def test_a_listener_ahead_of_the_archive_begins_at_its_newest(
    browsers: Browsers, hospital: Customer, anna: Browser, study: Study, ahead: str
) -> None:
    with anna.client.stream("GET", "/room/v1/live", headers={"Last-Event-ID": ahead}, timeout=10) as answer:
        lines = answer.iter_lines()
        begins = next(line for line in lines if line.startswith("id: "))
        assert int(begins.removeprefix("id: ")) < 999_999_999
        browsers.edges.study(hospital)
        assert next(line for line in lines if line.startswith("data: "))
