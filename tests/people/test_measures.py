"""Measures outlive the page: kept for their reader, seen by the others with the author's name, on the right image."""

from __future__ import annotations

import secrets

import pytest

from service.archive.studies import Study
from service.domain.measure import MOST_OF_A_STUDY
from tests.people.browsers import Browser, Browsers
from tests.people.test_reading_page import path
from tests.support.edges import Customer

ENDS = [[10.25, 12.5], [40.0, 33.75]]


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


@pytest.fixture
def study(browsers: Browsers, hospital: Customer) -> Study:
    return browsers.edges.study(hospital, patient_id="P-1")


@pytest.fixture
def anna(browsers: Browsers, hospital: Customer) -> Browser:
    return browsers.at(browsers.person(hospitals=[hospital.id]))


@pytest.fixture
def bert(browsers: Browsers, hospital: Customer) -> Browser:
    return browsers.at(browsers.person(hospitals=[hospital.id]))


def image(browsers: Browsers, study: Study) -> str:
    with browsers.edges.archive.read() as connection:
        return str(
            connection.exec_driver_sql(
                "SELECT sop_instance_uid FROM instance WHERE study_id = ? ORDER BY id LIMIT 1", (study.id,)
            ).scalar_one()
        )


def length(browsers: Browsers, study: Study, **more: object) -> dict[str, object]:
    return {"kind": "length", "sop_instance_uid": image(browsers, study), "frame": 1, "points_px": ENDS, **more}


def put(browser: Browser, study: Study, measure: str, body: dict[str, object]):
    return browser.send("PUT", path(study, f"measures/{measure}"), body)


def listed(browser: Browser, study: Study) -> list[dict]:
    answer = browser.get(path(study, "measures"))
    assert answer.status_code == 200, answer.text
    return list(answer.json()["measures"])


def new() -> str:
    return secrets.token_hex(8)


def test_what_was_drawn_is_there_when_the_study_is_opened_again(
    browsers: Browsers, study: Study, anna: Browser
) -> None:
    uid = new()
    assert put(anna, study, uid, length(browsers, study)).status_code == 204
    (kept,) = listed(anna, study)
    assert (kept["id"], kept["kind"], kept["points_px"], kept["frame"]) == (uid, "length", ENDS, 1)
    assert kept["sop_instance_uid"] == image(browsers, study)


def test_another_reader_sees_it_with_the_authors_name_and_cannot_change_it(
    browsers: Browsers, study: Study, anna: Browser, bert: Browser
) -> None:
    uid = new()
    put(anna, study, uid, length(browsers, study))
    (seen,) = listed(bert, study)
    assert seen["by"]["name"] == anna.get("/session").json()["user"]["name"]
    moved = length(browsers, study, points_px=[[0, 0], [1, 1]])
    assert put(bert, study, uid, moved).status_code == 403
    assert bert.send("DELETE", path(study, f"measures/{uid}")).status_code == 403
    assert listed(anna, study)[0]["points_px"] == ENDS


def test_a_moved_end_replaces_the_former_and_a_repeated_request_changes_nothing(
    browsers: Browsers, study: Study, anna: Browser
) -> None:
    uid = new()
    put(anna, study, uid, length(browsers, study))
    longer = length(browsers, study, points_px=[[10.25, 12.5], [60.5, 33.75]])
    assert [put(anna, study, uid, longer).status_code for _ in range(2)] == [204, 204]
    (kept,) = listed(anna, study)
    assert kept["points_px"] == [[10.25, 12.5], [60.5, 33.75]]


def test_what_was_removed_is_gone_for_everybody_and_comes_back_by_undo(
    browsers: Browsers, study: Study, anna: Browser, bert: Browser
) -> None:
    uid = new()
    put(anna, study, uid, length(browsers, study))
    assert [anna.send("DELETE", path(study, f"measures/{uid}")).status_code for _ in range(2)] == [204, 204]
    assert (listed(anna, study), listed(bert, study)) == ([], [])
    put(anna, study, uid, length(browsers, study))
    assert [each["id"] for each in listed(bert, study)] == [uid]


def test_a_measure_on_the_prior_that_hangs_beside_is_kept_with_the_study_that_is_read(
    browsers: Browsers, hospital: Customer, study: Study, anna: Browser
) -> None:
    prior = browsers.edges.study(hospital, patient_id="P-1")
    assert put(anna, study, new(), length(browsers, prior)).status_code == 204
    (kept,) = listed(anna, study)
    assert kept["sop_instance_uid"] == image(browsers, prior)
    assert kept["study_instance_uid"] == prior.study_instance_uid
    assert listed(anna, prior) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"points_px": [[0, 0]]},
        {"points_px": [[0, 0], [1, 1], [2, 2]]},
        {"kind": "angle"},
        {"kind": "arrow"},
        {"points_px": [[0, 0], [1e9, 0]]},
        {"points_px": [[0, 0], ["x", 0]]},
        {"frame": 0},
        {"sop_instance_uid": "1.2.3"},
        {"note": "more"},
    ],
)
def test_what_is_no_measure_is_refused_in_words(
    browsers: Browsers, study: Study, anna: Browser, wrong: dict[str, object]
) -> None:
    answer = put(anna, study, new(), length(browsers, study, **wrong))
    assert answer.status_code == 422 or answer.json()["code"] == "invalid-request", answer.text
    assert answer.json()["detail"]
    assert listed(anna, study) == []


def test_an_image_of_another_patient_or_hospital_cannot_be_named(
    browsers: Browsers, hospital: Customer, study: Study, anna: Browser
) -> None:
    of_others = (
        browsers.edges.study(hospital, patient_id="P-2"),
        browsers.edges.study(browsers.edges.hospital(), patient_id="P-1"),
    )
    for other in of_others:
        assert put(anna, study, new(), length(browsers, other)).json()["code"] == "invalid-request"


def test_another_hospitals_study_is_not_there(browsers: Browsers, study: Study) -> None:
    stranger = browsers.at(browsers.person(hospitals=[browsers.edges.hospital().id]))
    assert stranger.get(path(study, "measures")).status_code == 404
    assert put(stranger, study, new(), length(browsers, study)).status_code == 404


def test_a_reader_who_keeps_too_many_is_told_so(browsers: Browsers, study: Study, anna: Browser) -> None:
    me = anna.get("/session").json()["user"]["id"]
    row = (study.hospital, study.id, me, image(browsers, study))
    with browsers.edges.archive.write() as connection:
        for number in range(MOST_OF_A_STUDY):
            connection.exec_driver_sql(
                "INSERT INTO study_measure (id, hospital_id, study_id, reader, kind, sop_instance_uid, frame_number,"
                " points_px, changed_at) VALUES (?, ?, ?, ?, 'length', ?, 1, '[[0, 0], [1, 1]]', 0)",
                (f"{study.id:08x}{number:08x}", *row),
            )
    answer = put(anna, study, new(), length(browsers, study))
    assert answer.json()["code"] == "invalid-request"
    assert str(MOST_OF_A_STUDY) in answer.json()["detail"]


def test_the_hospital_is_not_told_of_measures(
    browsers: Browsers, hospital: Customer, study: Study, anna: Browser
) -> None:
    put(anna, study, new(), length(browsers, study))
    his = browsers.edges.client(hospital)
    assert "study.measured" not in his.get("/api/v1/events").text
