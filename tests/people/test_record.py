"""Who saw which patient, and who did what: the audit administrator finds it, and nothing of the patients themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from service.archive import audit
from service.archive.audit import AuditFilter, PatientOf
from service.archive.paging import Paging
from service.domain.user import UserRole
from service.domain.wall import BehindTheWall, Wall
from tests.people.browsers import Browser, Browsers
from tests.support.edges import Customer


@pytest.fixture(scope="module")
def ada(browsers: Browsers) -> Browser:
    return browsers.enrolled(UserRole.AUDIT_ADMIN)[1]


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


def found(ada: Browser, **query: object) -> list[dict]:
    answer = ada.get("/audit", **query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def read(browser: Browser, study) -> None:
    assert browser.get(f"/studies/{study.hospital}/{study.study_instance_uid}/reading").status_code == 200


def test_who_saw_a_patient_is_found_by_study_patient_person_and_hospital(
    browsers: Browsers, hospital: Customer, ada: Browser
) -> None:
    study = browsers.edges.study(hospital, patient_id="P-4711")
    other = browsers.edges.study(hospital, patient_id="P-4712")
    anna, ben = (browsers.person(hospitals=[hospital.id]) for _ in range(2))
    read(browsers.at(anna), study)
    read(browsers.at(ben), other)
    for query in (
        {"study": study.study_instance_uid},
        {"patient_id": "P-4711", "hospital": hospital.id},
        {"login": anna.login.upper(), "hospital": hospital.id},
        {"actor": f"user:{anna.id}", "hospital": hospital.id},
    ):
        (entry,) = [each for each in found(ada, **query) if each["action"].startswith("read:")]
        assert (entry["actor"], entry["subject"]) == (
            {"id": f"user:{anna.id}", "name": anna.name},
            study.study_instance_uid,
        )
        assert entry["hospital"] == {"id": hospital.id, "name": hospital.name}


def test_another_hospitals_patient_of_the_same_number_is_another_patient(
    browsers: Browsers, hospital: Customer, ada: Browser
) -> None:
    elsewhere = browsers.edges.hospital()
    study = browsers.edges.study(elsewhere, patient_id="P-1")
    read(browsers.at(browsers.person(hospitals=[elsewhere.id])), study)
    assert found(ada, patient_id="P-1", hospital=hospital.id) == []
    refused = ada.get("/audit", patient_id="P-1")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-request")


def test_one_study_uid_in_two_hospitals_is_two_studies(browsers: Browsers, hospital: Customer) -> None:
    elsewhere = browsers.edges.hospital()
    study = browsers.edges.study(hospital, patient_id="P-9")
    with browsers.edges.archive.write() as connection:
        wall = Wall.operator()
        uid = study.study_instance_uid
        audit.act(connection, wall, hospital=elsewhere.id, action="read:reading", subject=uid)
        audit.act(connection, wall, hospital=hospital.id, action="read:reading", subject=uid)
        of_patient = AuditFilter(patient=PatientOf(hospital.id, "P-9"))
        entries = audit.search(connection, wall, of_patient, Paging())
    assert {each.hospital for each in entries} == {hospital.id}


def test_machines_stand_on_record_beside_people(browsers: Browsers, hospital: Customer, ada: Browser) -> None:
    study = browsers.edges.study(hospital)
    browsers.edges.client(hospital).get(f"/dicom-web/studies/{study.study_instance_uid}/metadata")
    (entry,) = found(ada, study=study.study_instance_uid)
    assert entry["actor"]["id"].startswith("key:")
    assert entry["actor"]["name"] is None


def test_signing_in_and_failing_to_is_found_by_person(browsers: Browsers, ada: Browser) -> None:
    user = browsers.person()
    browser = browsers.at(user)
    browser.send("POST", "/session/lock")
    browser.send("DELETE", "/session")
    browsers.browser().sign_in(user.login, "wrong horse battery")
    actions = [each["action"] for each in found(ada, login=user.login)]
    assert actions == ["session.end", "session.lock", "session.begin"]
    refused = [each for each in found(ada, action="session.refused") if each["subject"] == user.id]
    assert [each["detail"] for each in refused] == [{"address": "127.0.0.1"}]


def test_a_login_name_that_nobody_has_stands_nowhere(browsers: Browsers, ada: Browser) -> None:
    browsers.browser().sign_in("typed.password", "x" * 12)
    newest = found(ada, action="session.refused", limit=1)[0]
    assert newest["subject"] == "unknown"
    assert found(ada, login="typed.password") == []


def test_pages_go_back_in_time_without_a_gap_and_within_the_span(browsers: Browsers, ada: Browser) -> None:
    user = browsers.person()
    for _ in range(4):
        browsers.at(user)
    whole = found(ada, login=user.login)
    pages, cursor = [], None
    while True:
        answer = ada.get("/audit", login=user.login, limit=3, **({} if cursor is None else {"after": cursor})).json()
        pages += answer["items"]
        cursor = answer["next"]
        if cursor is None:
            break
    assert [each["id"] for each in pages] == [each["id"] for each in whole]
    assert [each["at"] for each in pages] == sorted((each["at"] for each in pages), reverse=True)
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    behind = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    assert found(ada, login=user.login, since=ahead) == []
    assert found(ada, login=user.login, until=behind) == []
    assert found(ada, login=user.login, since=behind, until=ahead) == whole


def test_searching_is_on_record_and_without_the_patients_number(
    browsers: Browsers, hospital: Customer, ada: Browser
) -> None:
    found(ada, patient_id="SECRET-77", hospital=hospital.id)
    newest = found(ada, action="audit.search", hospital=hospital.id)
    assert newest[0]["detail"] == {"action": "audit.search"}
    assert newest[1]["detail"] == {"by": "patient"}
    assert "SECRET-77" not in str(newest)


def test_bad_questions_are_answered_in_words(ada: Browser) -> None:
    for query, code in (
        ({"after": "yesterday"}, "bad-cursor"),
        ({"after": "nan_1"}, "bad-cursor"),
        ({"after": "1.0_99999999999999999999"}, "bad-cursor"),
        ({"limit": 0}, "invalid-request"),
        ({"since": "yesterday"}, "invalid-request"),
        ({"since": "2026-11-01T00:00:00"}, "invalid-request"),
        ({"study": "1.2; DROP"}, "invalid-request"),
        ({"action": "张三"}, "invalid-request"),
        ({"colour": "red"}, "invalid-request"),
    ):
        assert ada.get("/audit", **query).json()["code"] == code, query


def test_the_record_is_behind_a_wall_of_its_own(browsers: Browsers) -> None:
    for wall in (Wall.person("u", None), Wall.security("u"), Wall.system("sweep")):
        with browsers.edges.archive.read() as connection, pytest.raises(BehindTheWall):
            audit.search(connection, wall, AuditFilter(), Paging())


def test_every_question_is_answered_by_an_index(browsers: Browsers) -> None:
    with browsers.edges.archive.read() as connection:
        for condition in ("actor = 'x'", "subject = 'x'", "hospital_id = 'x'", "at > 5", "1"):
            plan = connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN SELECT * FROM audit WHERE {condition} ORDER BY at DESC, id DESC LIMIT 100"
            ).all()
            assert "USING INDEX" in str(plan), condition
            assert "TEMP B-TREE" not in str(plan), condition
