"""A returned examination comes back: by what the hospital sends, by its request, or because a reader takes it back."""

from __future__ import annotations

import secrets

import httpx
import pytest
from pydicom.dataset import FileDataset

from service.archive import studies
from service.archive.studies import Study
from service.flow.complete import complete_due
from tests.people.browsers import Browser, Browsers
from tests.people.test_signing import OWN_PASSWORD, seated, sign, submitted
from tests.people.test_signing import path as report_path
from tests.people.test_worklist_pages import path
from tests.support.edges import SYSTEM, Customer
from tests.support.series import ct_slice


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


@pytest.fixture
def anna(browsers: Browsers, hospital: Customer) -> Browser:
    return seated(browsers, hospital)[1]


def slices(study_uid: str, numbers: range, **attributes: str) -> list[FileDataset]:
    return [
        ct_slice(study_uid=study_uid, series_uid=f"{study_uid}.1", index=number, size=16, **attributes)  # type: ignore[arg-type]
        for number in numbers
    ]


def completed(browsers: Browsers, hospital: Customer, study_uid: str) -> Study:
    study = browsers.edges.row(hospital, study_uid)
    with browsers.edges.archive.write() as connection:
        studies.call_complete(connection, SYSTEM, study)
    complete_due(browsers.edges.archive)
    return browsers.edges.row(hospital, study_uid)


def give_back(browser: Browser, study: Study, reason: str = "images-missing") -> httpx.Response:
    return browser.send("POST", path(study, "/return"), {"reason": reason})


def word(browser: Browser, study: Study) -> str:
    return str(browser.get(path(study)).json()["status"]["word"])


def test_images_that_come_while_the_study_is_still_arriving_open_it_when_it_is_complete(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    study = browsers.edges.study(hospital, complete=False)
    assert give_back(anna, study).json()["status"]["word"] == "returned"
    browsers.edges.receive(hospital, *slices(study.study_instance_uid, range(10, 15)))
    assert completed(browsers, hospital, study.study_instance_uid).revision == 1
    assert word(anna, study) == "waiting"


def test_a_study_that_completes_without_another_image_stays_returned(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    study = browsers.edges.study(hospital, complete=False)
    give_back(anna, study)
    completed(browsers, hospital, study.study_instance_uid)
    assert word(anna, study) == "returned"


def test_the_same_images_sent_again_open_it(browsers: Browsers, hospital: Customer, anna: Browser) -> None:
    sent = slices(f"1.2.826.0.1.3680043.10.1561.{secrets.randbits(60)}", range(3))
    browsers.edges.receive(hospital, *sent)
    study = completed(browsers, hospital, sent[0].StudyInstanceUID)
    give_back(anna, study, "image-quality")
    assert word(anna, study) == "returned"
    browsers.edges.receive(hospital, *sent)
    assert word(anna, study) == "waiting"
    assert browsers.edges.row(hospital, study.study_instance_uid).revision == 1


@pytest.mark.parametrize("joined_by", ["accession number", "a person"])
def test_the_request_that_was_missing_opens_it(
    browsers: Browsers, hospital: Customer, anna: Browser, joined_by: str
) -> None:
    study = browsers.edges.study(hospital, accession_number="ACC77", patient_id="P1")
    give_back(anna, study, "no-request")
    his = browsers.edges.client(hospital)
    named = {"accession_number": "ACC77"} if joined_by == "accession number" else {}
    order = his.post(
        "/api/v1/orders", json={"patient_id": "P1", "exam_class": "outpatient", "history": "cough", **named}
    )
    assert order.status_code == 201, order.text
    if joined_by == "a person":
        assert word(anna, study) == "returned"
        asked = {"study_instance_uid": study.study_instance_uid}
        assert his.post(f"/api/v1/orders/{order.json()['id']}/join", json=asked).status_code == 200
    assert word(anna, study) == "waiting"


def test_the_earlier_examination_that_was_needed_opens_it_and_no_other_patients_does(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    study = browsers.edges.study(hospital, patient_id="P1")
    give_back(anna, study, "prior-needed")
    browsers.edges.study(hospital, patient_id="P2")
    browsers.edges.study(browsers.edges.hospital(), patient_id="P1")
    assert word(anna, study) == "returned"
    browsers.edges.study(hospital, patient_id="P1")
    assert word(anna, study) == "waiting"


def patient(browser: Browser, study: Study) -> tuple[str, str]:
    shown = browser.get(path(study)).json()["patient"]
    return shown["id"], shown["alphabetic"]


@pytest.mark.parametrize("patient_id", ["P1", "P2"])
def test_what_was_returned_for_the_wrong_patient_is_the_one_of_the_images_sent_instead(
    browsers: Browsers, hospital: Customer, anna: Browser, patient_id: str
) -> None:
    study = browsers.edges.study(hospital, patient_id="P1", patient_name="Wrong^Name", accession_number="ACC1")
    order = {"patient_id": patient_id, "accession_number": "ACC1", "exam_class": "outpatient"}
    placed = browsers.edges.client(hospital).post("/api/v1/orders", json=order).json()["id"]
    give_back(anna, study, "wrong-patient")
    uid = study.study_instance_uid
    corrected = {"patient_id": patient_id, "patient_name": "Right^Name", "accession_number": "ACC1"}
    browsers.edges.receive(hospital, *slices(uid, range(10, 12), **corrected))
    completed(browsers, hospital, uid)
    assert patient(anna, study) == (patient_id, "Right^Name")
    assert [each["study_instance_uid"] for each in anna.get("/worklist", q="right").json()["items"]][-1:] == [uid]
    with browsers.edges.archive.write() as connection:
        in_doubt = studies.resolve_identity(connection, SYSTEM, browsers.edges.row(hospital, uid))
    assert in_doubt is (patient_id == "P2"), "images of both are there: a person looks"
    assert patient(anna, study) == (patient_id, "Right^Name")
    assert browsers.edges.client(hospital).get(f"/api/v1/orders/{placed}").json()["study_instance_uid"] == uid


def test_what_was_returned_for_another_reason_stays_the_patients_it_was_of(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    study = browsers.edges.study(hospital, patient_id="P1", patient_name="First^Name")
    give_back(anna, study, "images-missing")
    later = slices(study.study_instance_uid, range(10, 12), patient_id="P1", patient_name="Other^Name")
    browsers.edges.receive(hospital, *later)
    completed(browsers, hospital, study.study_instance_uid)
    assert patient(anna, study) == ("P1", "First^Name")


def test_a_reader_takes_a_return_back(browsers: Browsers, hospital: Customer, anna: Browser) -> None:
    study = browsers.edges.study(hospital)
    assert anna.send("DELETE", path(study, "/return")).json()["code"] == "wrong-state"
    give_back(anna, study)
    assert anna.send("DELETE", path(study, "/return")).json()["status"]["word"] == "waiting"
    his = browsers.edges.client(hospital).get("/api/v1/events").json()["items"]
    assert [each["kind"] for each in his if each["kind"] in {"study.returned", "study.reopened"}] == [
        "study.returned",
        "study.reopened",
    ]


def test_nobody_signs_what_is_at_the_hospital(browsers: Browsers, hospital: Customer, anna: Browser) -> None:
    study = submitted(browsers, hospital, anna)
    give_back(anna, study)
    refused = sign(anna, study, password=OWN_PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong-state")
    assert word(anna, study) == "returned"
    anna.send("DELETE", path(study, "/return"))
    assert sign(anna, study, password=OWN_PASSWORD).status_code == 200


def test_what_is_read_is_not_returned(browsers: Browsers, hospital: Customer, anna: Browser) -> None:
    study = submitted(browsers, hospital, anna)
    sign(anna, study, password=OWN_PASSWORD)
    refused = give_back(anna, study)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong-state")
    assert word(anna, study) == "released"
    anna.send("POST", report_path(study, "report"), {"edition": 0, "text": {}, "language": "en"})
    assert give_back(anna, study).json()["code"] == "wrong-state", "nor while it is amended"


def test_nobody_returns_what_another_reads(browsers: Browsers, hospital: Customer, anna: Browser) -> None:
    study = browsers.edges.study(hospital)
    ben = seated(browsers, hospital)[1]
    anna.send("PUT", path(study, "/claim"), {})
    refused = give_back(ben, study)
    assert (refused.status_code, refused.json()["code"]) == (409, "claimed")
    assert word(anna, study) == "reading"
    assert give_back(anna, study).json()["status"]["word"] == "returned"
