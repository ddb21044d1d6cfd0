"""A RIS or PACS opens a study in the reader's browser: once, for five minutes, and only for who may read it."""

from __future__ import annotations

import json
import secrets
import threading
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from service.archive.studies import Study
from service.domain.user import UserRole
from tests.people.browsers import Browser, Browsers
from tests.support.edges import Customer
from tests.support.flowing import pass_time

LINKS = "/api/v1/open-links"


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


@pytest.fixture
def ris(browsers: Browsers, hospital: Customer) -> httpx.Client:
    return browsers.edges.client(hospital)


@pytest.fixture
def study(browsers: Browsers, hospital: Customer) -> Study:
    return browsers.edges.study(hospital, accession_number="CT 0012/中")


@pytest.fixture
def anna(browsers: Browsers, hospital: Customer) -> Browser:
    return browsers.at(browsers.person(hospitals=[hospital.id]))


def link(ris: httpx.Client, **body: str) -> dict[str, str]:
    """What the page at the link's address hands over."""
    answer = ris.post(LINKS, json=body)
    assert answer.status_code == 201, answer.text
    issued = answer.json()
    assert issued["url"] == f"{str(ris.base_url).rstrip('/')}{issued['path']}"
    parts = urlsplit(issued["url"])
    assert parts.path == "/open"
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def opened(browser: Browser, address: dict[str, str]) -> httpx.Response:
    return browser.send("POST", "/open", address)


def code(browser: Browser, address: dict[str, str]) -> tuple[int, str]:
    answer = opened(browser, address)
    assert answer.json()["detail"], "a person reads what to do"
    return answer.status_code, answer.json()["code"]


def test_a_link_opens_its_study_by_accession_number_or_uid(ris: httpx.Client, anna: Browser, study: Study) -> None:
    for subject in ({"accession_number": "CT 0012/中"}, {"study_instance_uid": study.study_instance_uid}):
        answer = opened(anna, link(ris, **subject))
        assert answer.status_code == 200, answer.text
        assert answer.json()["hospital"]["id"] == study.hospital
        (shown,) = answer.json()["studies"]
        assert (shown["study_instance_uid"], shown["modalities"]) == (study.study_instance_uid, ["CT"])


def test_a_link_is_good_once(ris: httpx.Client, anna: Browser, study: Study) -> None:
    address = link(ris, study_instance_uid=study.study_instance_uid)
    assert opened(anna, address).status_code == 200
    assert code(anna, address) == (410, "link-used")


def test_of_several_who_come_at_once_one_gets_it(
    browsers: Browsers, hospital: Customer, ris: httpx.Client, study: Study
) -> None:
    address = link(ris, study_instance_uid=study.study_instance_uid)
    readers = [browsers.at(browsers.person(hospitals=[hospital.id])) for _ in range(4)]
    statuses: list[int] = []
    start = threading.Barrier(len(readers))

    def come(reader: Browser) -> None:
        start.wait()
        statuses.append(opened(reader, address).status_code)

    threads = [threading.Thread(target=come, args=(reader,)) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 410, 410, 410]


def test_a_link_runs_out_after_five_minutes(browsers: Browsers, ris: httpx.Client, anna: Browser, study: Study) -> None:
    early, late = (link(ris, study_instance_uid=study.study_instance_uid) for _ in range(2))
    pass_time(browsers.edges.archive, 220.0)
    assert opened(anna, early).status_code == 200
    pass_time(browsers.edges.archive, 81.0)
    assert code(anna, late) == (410, "link-expired")


def test_a_link_that_ran_out_long_ago_is_forgotten_and_still_said_to_have_run_out(
    browsers: Browsers, ris: httpx.Client, anna: Browser, study: Study
) -> None:
    old = link(ris, study_instance_uid=study.study_instance_uid)
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE open_link SET expires_at = expires_at - 90000")
    link(ris, study_instance_uid=study.study_instance_uid)
    with browsers.edges.archive.read() as connection:
        (count,) = connection.exec_driver_sql("SELECT count(*) FROM open_link").one()
    assert count == 1
    assert code(anna, old) == (410, "link-expired")


def test_what_was_changed_on_its_way_opens_nothing(
    browsers: Browsers, hospital: Customer, ris: httpx.Client, anna: Browser, study: Study
) -> None:
    other = browsers.edges.study(hospital, accession_number="A-2")
    address = link(ris, study_instance_uid=study.study_instance_uid)
    secret, _, mac = address["token"].partition(".")
    for changed in (
        {**address, "study": other.study_instance_uid},
        {"accession": "A-2", "token": address["token"]},
        {**address, "accession": "A-2"},
        {**address, "token": f"{secrets.token_urlsafe(32)}.{mac}"},
        {**address, "token": f"{secret}.{'0' * 64}"},
        {**address, "token": address["token"][:-1]},
        {**address, "token": ""},
        {**address, "token": address["token"] + "x" * 5000},
        {**address, "study": "1" * 65},
        {"token": address["token"]},
    ):
        assert code(anna, changed) == (422, "link-changed"), changed
    assert opened(anna, address).status_code == 200, "trying does not use it up"


def test_a_link_of_a_hospital_one_does_not_read_for_opens_nothing_and_stays_good(
    browsers: Browsers, ris: httpx.Client, anna: Browser, study: Study
) -> None:
    address = link(ris, study_instance_uid=study.study_instance_uid)
    stranger = browsers.at(browsers.person(hospitals=[browsers.edges.hospital().id]))
    assert code(stranger, address) == (403, "link-not-yours")
    assert opened(anna, address).status_code == 200


def test_two_hospitals_with_one_accession_number_open_each_its_own(
    browsers: Browsers, hospital: Customer, ris: httpx.Client, study: Study
) -> None:
    other = browsers.edges.hospital()
    theirs = browsers.edges.study(other, accession_number="CT 0012/中")
    both = browsers.at(browsers.person(hospitals=[hospital.id, other.id]))
    for machine, mine in ((ris, study), (browsers.edges.client(other), theirs)):
        (shown,) = opened(both, link(machine, accession_number="CT 0012/中")).json()["studies"]
        assert shown["study_instance_uid"] == mine.study_instance_uid


def test_a_link_made_for_a_login_is_nobody_elses(
    browsers: Browsers, hospital: Customer, ris: httpx.Client, anna: Browser, study: Study
) -> None:
    ben = browsers.person(hospitals=[hospital.id])
    address = link(ris, study_instance_uid=study.study_instance_uid, login=ben.login.upper())
    assert code(anna, address) == (403, "link-not-yours")
    assert opened(browsers.at(ben), address).status_code == 200


def test_several_studies_of_one_accession_number_are_a_choice(
    browsers: Browsers, hospital: Customer, ris: httpx.Client, anna: Browser
) -> None:
    made = {browsers.edges.study(hospital, accession_number="A-7").study_instance_uid for _ in range(3)}
    answer = opened(anna, link(ris, accession_number="A-7"))
    assert {each["study_instance_uid"] for each in answer.json()["studies"]} == made


def test_before_the_images_come_the_link_says_so_and_stays_good(
    browsers: Browsers, hospital: Customer, ris: httpx.Client, anna: Browser
) -> None:
    address = link(ris, accession_number="A-8")
    assert code(anna, address) == (404, "nothing-to-open")
    browsers.edges.study(hospital, accession_number="A-8")
    assert opened(anna, address).status_code == 200


def test_the_token_signs_nobody_in(browsers: Browsers, ris: httpx.Client, study: Study) -> None:
    address = link(ris, study_instance_uid=study.study_instance_uid)
    nobody = browsers.browser()
    answer = nobody.send("POST", "/open", address, csrf="x")
    assert (answer.status_code, answer.json()["code"]) == (401, "session-missing")
    assert nobody.token is None


def test_who_reads_no_studies_opens_none(browsers: Browsers, ris: httpx.Client, anna: Browser, study: Study) -> None:
    address = link(ris, study_instance_uid=study.study_instance_uid)
    scientist = browsers.at(browsers.person(UserRole.SCIENTIST, hospitals=[study.hospital]))
    assert code(scientist, address) == (403, "forbidden")
    assert opened(anna, address).status_code == 200


def test_another_sites_page_cannot_use_a_link(ris: httpx.Client, anna: Browser, study: Study) -> None:
    address = link(ris, study_instance_uid=study.study_instance_uid)
    answer = anna.send("POST", "/open", address, csrf="")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert opened(anna, address).status_code == 200


def test_no_token_is_kept_and_both_acts_are_on_record(
    browsers: Browsers, ris: httpx.Client, anna: Browser, study: Study
) -> None:
    address = link(ris, study_instance_uid=study.study_instance_uid)
    opened(anna, address)
    with browsers.edges.archive.read() as connection:
        kept = connection.exec_driver_sql("SELECT * FROM open_link").all()
        on_record = connection.exec_driver_sql(
            "SELECT actor, action FROM audit WHERE subject = ? AND action LIKE 'open-link.%' ORDER BY id",
            (study.study_instance_uid,),
        ).all()
    secret = address["token"].split(".")[0]
    assert not any(secret in str(value) for row in kept for value in row)
    assert [(actor.split(":")[0], action) for actor, action in on_record] == [
        ("key", "open-link.issue"),
        ("user", "open-link.use"),
    ]


def test_who_tries_what_is_not_theirs_is_on_record(
    browsers: Browsers, ris: httpx.Client, anna: Browser, study: Study
) -> None:
    address = link(ris, study_instance_uid=study.study_instance_uid)
    stranger = browsers.person(hospitals=[browsers.edges.hospital().id])
    at = browsers.at(stranger)
    for each in (address, {**address, "token": "x"}):
        opened(at, each)
    opened(anna, address)
    opened(at, address)
    with browsers.edges.archive.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT hospital_id, subject, detail FROM audit WHERE actor = ? AND action = 'open-link.refused'"
            " ORDER BY id",
            (f"user:{stranger.id}",),
        ).all()
    assert [json.loads(row.detail)["reason"] for row in rows] == ["another-hospital", "changed", "used"]
    assert [row.hospital_id for row in rows] == [study.hospital, None, study.hospital]
    assert rows[1].subject == "unknown"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"accession_number": "A", "study_instance_uid": "1.2.3"},
        {"accession_number": ""},
        {"accession_number": "x" * 65},
        {"study_instance_uid": "../../etc"},
        {"accession_number": "A", "login": "a b"},
        {"accession_number": "A", "url": "https://evil.example"},
    ],
)
def test_a_request_that_names_no_study_is_refused(ris: httpx.Client, body: dict) -> None:
    refused = ris.post(LINKS, json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-request"), refused.text
