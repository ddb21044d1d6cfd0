"""Where there is no image, no report is signed; where a report's documents cannot be made, the worklist says so."""

from __future__ import annotations

import pytest
from pydicom.uid import generate_uid

from service.archive import events, results
from service.archive.events import EventKind
from service.archive.results import EncodeState, Encoding
from service.domain.wall import Wall
from service.flow.retry import retry_failed
from tests.people.browsers import Browser, Browsers
from tests.people.test_returned import completed
from tests.people.test_signing import OWN_PASSWORD, TEXT, seated, sign, submitted
from tests.people.test_signing import path as report_path
from tests.people.test_worklist_pages import path
from tests.support.edges import Customer
from tests.support.flowing import note

ENCODER = Wall.system("encode")


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


@pytest.fixture
def anna(browsers: Browsers, hospital: Customer) -> Browser:
    return seated(browsers, hospital)[1]


def test_an_examination_without_an_image_says_so_and_is_not_signed(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    uid = generate_uid()
    browsers.edges.receive(hospital, note(uid))
    study = completed(browsers, hospital, uid)
    anna.send("POST", report_path(study, "report"), {"edition": 0, "text": {"findings": TEXT}, "language": "en"})
    anna.send("POST", report_path(study, "report/submit"), {"edition": 1})
    said = {each["kind"] for each in anna.get(report_path(study, "reading")).json()["banners"]}
    assert "no-images" in said
    refused = sign(anna, study, password=OWN_PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong-state")
    assert "no image" in refused.json()["detail"]
    assert anna.get(path(study)).json()["report"] == "preliminary"


def test_a_report_whose_documents_cannot_be_made_counts_as_not_delivered(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    study = submitted(browsers, hospital, anna)
    assert sign(anna, study, password=OWN_PASSWORD).status_code == 200
    archive = browsers.edges.archive
    state = EncodeState.DUE
    while state is EncodeState.DUE:
        with archive.write() as connection:
            connection.exec_driver_sql(
                "UPDATE encode_step SET due_at = CASE WHEN report_id = (SELECT id FROM report WHERE study_id = ?)"
                " THEN 0 ELSE 1e12 END",
                (study.id,),
            )
            step = results.claim_step(connection, ENCODER)
            assert step is not None
            assert step.what is Encoding.REPORT
            state = results.step_failed(connection, ENCODER, step, "could not be written")
            events.append(connection, ENCODER, EventKind.RESULT_NOT_ENCODED, study.subject)
    assert anna.get(path(study)).json()["status"]["word"] == "delivery_failed"
    assert retry_failed(archive, Wall.operator(), browsers.edges.bell, study).encoded == (step.about,)
    assert anna.get(path(study)).json()["status"]["word"] == "released"
