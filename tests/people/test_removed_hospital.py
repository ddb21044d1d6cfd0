"""A hospital that was removed: what it sent stays in the archive, and no page answers with it any more."""

from __future__ import annotations

import pytest

from service.archive import hospitals, notices, studies
from service.archive.studies import Study
from service.domain.user import Right, UserRole
from service.domain.wall import Wall
from tests.notices.ward import urgent
from tests.people.browsers import Browser, Browsers
from tests.people.test_reading_page import path
from tests.people.test_rights import NEEDED, _body
from tests.support.edges import SYSTEM, Customer

OF_A_STUDY = sorted(each for each in NEEDED if "{hospital}/{study}" in each[1] and "admin" not in each[1])
FINDING = "1.2.3"


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


@pytest.fixture
def study(browsers: Browsers, hospital: Customer) -> Study:
    return browsers.edges.study(hospital)


def remove(browsers: Browsers, hospital: Customer) -> None:
    with browsers.edges.archive.write() as connection:
        hospitals.remove(connection, Wall.operator(), hospital.id)


def reader(browsers: Browsers, hospital: Customer, right: Right) -> Browser:
    role = UserRole.HOSPITAL if right is Right.FOLLOW_OWN else UserRole.SENIOR_RADIOLOGIST
    return browsers.at(browsers.person(role, hospitals=[hospital.id]))


@pytest.mark.parametrize(("method", "operation"), OF_A_STUDY)
def test_no_operation_on_its_studies_is_answered(
    browsers: Browsers, hospital: Customer, study: Study, method: str, operation: str
) -> None:
    remove(browsers, hospital)
    where = operation.format(
        hospital=hospital.id, study=study.study_instance_uid, tracking_uid=FINDING, measure="0" * 16
    )
    answer = reader(browsers, hospital, NEEDED[method, operation]).send(method, where, _body(operation))
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), answer.text


def test_its_own_people_see_nothing_more_and_keep_their_other_hospital(
    browsers: Browsers, hospital: Customer, study: Study
) -> None:
    other = browsers.edges.hospital()
    stays = browsers.edges.study(other)
    both = browsers.at(browsers.person(UserRole.HOSPITAL, hospitals=[hospital.id, other.id]))
    assert {each["study_instance_uid"] for each in both.get("/own/studies").json()["items"]} == {
        study.study_instance_uid,
        stays.study_instance_uid,
    }
    remove(browsers, hospital)
    assert [each["study_instance_uid"] for each in both.get("/own/studies").json()["items"]] == [
        stays.study_instance_uid
    ]
    assert both.get("/own/studies", hospital=hospital.id).json()["items"] == []


def test_its_images_are_not_given_and_its_studies_stay_in_the_archive(
    browsers: Browsers, hospital: Customer, study: Study
) -> None:
    anna = reader(browsers, hospital, Right.READ_STUDIES)
    images = f"/dicom-web/h/{hospital.id}/studies/{study.study_instance_uid}"
    assert (anna.client.get(images).status_code, anna.get(path(study, "reading")).status_code) == (200, 200)
    remove(browsers, hospital)
    assert (anna.client.get(images).status_code, anna.get(path(study, "reading")).status_code) == (404, 404)
    with browsers.edges.archive.read() as connection:
        assert studies.by_uid(connection, SYSTEM, hospital.id, study.study_instance_uid) is not None


def test_its_notice_is_acknowledged_no_more_and_stands_as_it_was(
    browsers: Browsers, hospital: Customer, study: Study
) -> None:
    raised = urgent(browsers.edges, study)
    anna = reader(browsers, hospital, Right.REVIEW)
    remove(browsers, hospital)

    def called(notice_id: str) -> tuple[int, dict[str, object]]:
        call = {"who": "Nurse Wang", "how": "repeated side and kind"}
        answer = anna.send("POST", f"/notices/{notice_id}/acknowledge", call)
        told = answer.json()
        return answer.status_code, {key: told[key] for key in told if key not in {"instance", "trace_id"}}

    assert called(raised.id) == called("0" * 32)
    assert called(raised.id)[0] == 404
    with browsers.edges.archive.read() as connection:
        assert notices.require(connection, SYSTEM, raised.id) == raised
