"""A hospital's own system lists urgent findings, reads what was found, and says who heard it."""

from __future__ import annotations

import json
import secrets
import time

import httpx
import pytest

from service.access.seals import unseal
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.hospital import Language, ReleasePolicy
from service.domain.review import ReviewAction as A
from service.flow.bell import SilentBell
from service.flow.deliver import Senders, deliver_due
from service.flow.notice import remind_due
from service.his.webhook import his_sender
from tests.his.test_webhook import accepts, receiving
from tests.notices.ward import HEAD, WARD, urgent, ward
from tests.support.edges import Customer, Edges

SAID = {"acknowledged_by": "Nurse Wang, 8003", "read_back": "left pneumothorax, I call the surgeon"}


@pytest.fixture
def hospital(edges: Edges) -> Customer:
    return edges.hospital(release=ReleasePolicy.NEVER)


@pytest.fixture
def study(edges: Edges, hospital: Customer) -> Study:
    return edges.study(hospital, accession_number="A77")


@pytest.fixture
def his(edges: Edges, hospital: Customer) -> httpx.Client:
    return edges.client(hospital)


def test_an_urgent_finding_is_told_whatever_the_release_policy(
    edges: Edges, hospital: Customer, study: Study, his: httpx.Client
) -> None:
    order = his.post("/api/v1/orders", json={"accession_number": "A77", "exam_class": "emergency"}).json()
    raised = urgent(edges, study)
    shown = his.get(f"/api/v1/notices/{raised.id}").json()
    assert (shown["state"], shown["accession_number"], shown["order_ids"]) == ("raised", "A77", [order["id"]])
    assert (shown["contact"], shown["escalation_contact"]) == (WARD, HEAD)
    assert (shown["finding"]["code"]["value"], shown["finding"]["text"]) == ("36118008", "left lung: pneumothorax")
    assert (shown["told_at"], shown["acknowledgement"], shown["taken_back_at"]) == (None, None, None)
    listed = his.get("/api/v1/notices").json()
    assert listed == {"items": [shown], "next": None}
    chinese = his.get(f"/api/v1/notices/{raised.id}", headers={"Accept-Language": "zh-CN"}).json()
    assert (chinese["text"], chinese["finding"]["text"]) == ("待通知", "左肺气胸")


def test_the_hospital_says_who_heard_and_what_they_read_back(
    edges: Edges, hospital: Customer, study: Study, his: httpx.Client
) -> None:
    where = f"/api/v1/notices/{urgent(edges, study).id}"
    answer = his.post(f"{where}/acknowledge", json=SAID)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["state"], said["acknowledgement"]["via"]) == ("acknowledged", "hospital")
    assert {name: said["acknowledgement"][name] for name in SAID} == SAID
    assert his.get(where).json() == said
    again = his.post(f"{where}/acknowledge", json={**SAID, "acknowledged_by": "another"})
    assert (again.status_code, again.json()["code"]) == (409, "wrong-state")
    assert his.get(where).json() == said, "the first one stands"
    assert his.get("/api/v1/notices").json()["items"] == []
    assert [each["id"] for each in his.get("/api/v1/notices", params={"standing": "closed"}).json()["items"]] == [
        said["id"]
    ]


def test_an_acknowledgement_that_is_sent_twice_under_one_key_is_one(
    edges: Edges, study: Study, his: httpx.Client
) -> None:
    where = f"/api/v1/notices/{urgent(edges, study).id}/acknowledge"
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    first, second = (his.post(where, json=SAID, headers=headers) for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content) == (200, first.content)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**SAID, "read_back": "  "},
        {**SAID, "acknowledged_by": ""},
        {**SAID, "acknowledged_by": "x" * 121},
        {**SAID, "read_back": "\x00"},
        {**SAID, "more": 1},
    ],
)
def test_an_acknowledgement_that_says_nothing_is_refused_and_changes_nothing(
    edges: Edges, study: Study, his: httpx.Client, body: dict
) -> None:
    where = f"/api/v1/notices/{urgent(edges, study).id}"
    refused = his.post(f"{where}/acknowledge", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-request")
    assert his.get(where).json()["state"] == "raised"


def test_pages_of_notices_leave_none_out(edges: Edges, study: Study, his: httpx.Client) -> None:
    raised = {urgent(edges, study).id for _ in range(3)}
    with edges.archive.read() as connection:
        (count,) = connection.exec_driver_sql("SELECT count(*) FROM notice WHERE study_id = ?", (study.id,)).one()
    assert count > 3, "each addition falls under each rule"
    seen, cursor = [], None
    while True:
        query = {"limit": 2, "cursor": cursor, "study_instance_uid": study.study_instance_uid}
        page = his.get("/api/v1/notices", params={name: value for name, value in query.items() if value}).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == count
    assert raised <= set(seen)
    assert his.get("/api/v1/notices", params={"study_instance_uid": "1.2.3"}).json()["items"] == []
    assert his.get("/api/v1/notices", params={"cursor": "WyJlIiwxXQ"}).json()["code"] == "bad-cursor"


def test_the_events_tell_of_each_step_and_of_no_physician(edges: Edges, study: Study, his: httpx.Client) -> None:
    raised = urgent(edges, study)
    his.post(f"/api/v1/notices/{raised.id}/acknowledge", json=SAID)
    told = [each for each in his.get("/api/v1/events").json()["items"] if each["kind"].startswith("notice.")]
    assert [each["kind"] for each in told] == ["notice.raised", "notice.acknowledged"]
    assert told[0]["detail"] == {"notice": raised.id}
    assert told[1]["detail"]["who"] == SAID["acknowledged_by"]
    assert "finding.reviewed" not in [each["kind"] for each in his.get("/api/v1/events").json()["items"]]


def test_another_hospitals_notice_is_nobodys(edges: Edges, study: Study, his: httpx.Client) -> None:
    raised = urgent(edges, study)
    stranger = edges.client(edges.hospital())
    assert stranger.get(f"/api/v1/notices/{raised.id}").status_code == 404
    assert stranger.post(f"/api/v1/notices/{raised.id}/acknowledge", json=SAID).status_code == 404
    assert stranger.get("/api/v1/notices", params={"standing": "all"}).json()["items"] == []
    assert his.get(f"/api/v1/notices/{raised.id}").json()["state"] == "raised"


def test_over_a_real_webhook_messages_are_signed_and_each_reminder_is_a_message_of_its_own(archive: Archive) -> None:
    with receiving() as his, ward(archive, webhook_url=his.url) as here:
        here.rule()
        here.judge(A.ACCEPT)
        over_http(archive)
        his.statuses = [500]
        here.flow.pass_time(301.0)
        remind_due(archive)
        over_http(archive)
        here.flow.pass_time(3.0)
        over_http(archive)
    with archive.read() as connection:
        peer_id, sealed = connection.exec_driver_sql("SELECT id, sealed_secret FROM peer WHERE url IS NOT NULL").one()
    secret = unseal(archive.installation.key, sealed, owner=peer_id)
    told = [(headers, body) for headers, body in his.got if b"finding.critical" in body]
    assert [json.loads(body)["data"]["message"] for _, body in told] == [1, 2, 2]
    ids = [headers["webhook-id"] for headers, _ in told]
    assert ids[0] != ids[1] == ids[2], "what was answered 500 comes again under its id"
    seen: set[str] = set()
    assert [accepts(secret, headers, body, time.time(), seen) for headers, body in told] == [True, True, False]
    assert here.kinds == ["notice.raised", "notice.sent", "notice.sent"]


def over_http(archive: Archive) -> None:
    while deliver_due(archive, SilentBell(), Senders(_no_pacs, his_sender(archive.installation.key))):
        pass


def _no_pacs(*_: object) -> None:
    raise AssertionError("nothing goes to a PACS here")


def test_a_hospital_reads_its_notices_in_its_own_language(edges: Edges) -> None:
    customer = edges.hospital(language=Language.ZH_CN)
    raised = urgent(edges, edges.study(customer))
    assert edges.client(customer).get(f"/api/v1/notices/{raised.id}").json()["finding"]["text"] == "左肺气胸"
