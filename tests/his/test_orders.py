"""An order and its study: placed once, joined without guessing, in whichever order they come."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from service.archive import orders
from service.domain.analysis import AnalysisOutcome
from service.flow.bell import Step
from service.flow.complete import complete_due
from service.flow.dispatch import dispatch_due
from tests.support.edges import SYSTEM, Edges

ORDER = {
    "accession_number": "CT20260601001",
    "patient_id": "P1",
    "exam_class": "outpatient",
    "priority": "high",
    "question": "右肺结节？",
    "history": "咳嗽两周\n无发热",
    "department": "呼吸内科",
    "prior_reports": ["2025 年：未见异常。"],
    "packages": ["threshold_nodule"],
    "expected_instance_count": 300,
}


def placed(client: httpx.Client, **changes: object) -> dict:
    answer = client.post("/api/v1/orders", json={**ORDER, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()


def read(client: httpx.Client, order: dict) -> dict:
    answer = client.get(f"/api/v1/orders/{order['id']}")
    assert answer.status_code == 200
    return answer.json()


def test_an_order_is_answered_with_everything_that_was_asked(edges: Edges) -> None:
    client = edges.client(edges.hospital())

    answer = client.post("/api/v1/orders", json=ORDER)

    order = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/orders/{order['id']}"
    assert {name: order[name] for name in ORDER} == ORDER
    assert (order["state"], order["matching"]["status"], order["examination"]) == ("requested", "unmatched", None)
    assert order["created_at"].endswith("Z")
    assert read(client, order) == order


def test_an_order_that_came_first_joins_its_study_when_that_arrives(edges: Edges) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    order = placed(client, accession_number="A7")

    study = edges.study(hospital, accession_number="A7", complete=False)

    joined = read(client, order)
    assert joined["matching"]["status"] == "joined"
    assert joined["study_instance_uid"] == study.study_instance_uid
    assert (joined["state"], edges.row(hospital, study.study_instance_uid).expected_count) == ("matched", 300)


def test_an_order_joins_a_study_that_was_there_first(edges: Edges) -> None:
    hospital = edges.hospital()
    study = edges.study(hospital, accession_number="A7")

    order = placed(edges.client(hospital), accession_number="A7")

    assert order["matching"]["status"] == "joined"
    assert order["study_instance_uid"] == study.study_instance_uid
    assert edges.row(hospital, study.study_instance_uid).dispatched_revision == 0, "its packages are asked anew"
    assert Step.COMPLETE in edges.bell.rung


def test_an_order_joins_on_the_study_uid_alone(edges: Edges) -> None:
    hospital = edges.hospital()
    study = edges.study(hospital, accession_number="")
    body = {"study_instance_uid": study.study_instance_uid, "exam_class": "emergency"}

    order = edges.client(hospital).post("/api/v1/orders", json=body).json()

    assert order["matching"]["status"] == "joined"


def test_an_order_for_a_study_nobody_sent_waits_and_says_so(edges: Edges) -> None:
    hospital = edges.hospital()

    order = placed(edges.client(hospital), study_instance_uid="1.2.3.4.5", accession_number="", packages=[])

    assert (order["state"], order["matching"]["fit"]) == ("requested", "none")
    assert "arrived" in order["matching"]["text"]


@pytest.mark.parametrize(
    ("ordered", "of_study", "fit"),
    [
        ({"accession_number": "", "patient_id": "P1"}, {"patient_id": "P1", "accession_number": "A1"}, "proposed"),
        (
            {"accession_number": "A1", "patient_id": "P2"},
            {"patient_id": "P1", "accession_number": "A1"},
            "contradiction",
        ),
    ],
)
@pytest.mark.parametrize("study_first", [True, False])
def test_what_is_weaker_is_shown_with_its_reason_and_joined_only_by_a_call(
    edges: Edges, ordered: dict, of_study: dict, fit: str, study_first: bool
) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    if study_first:
        study = edges.study(hospital, **of_study)
        order = placed(client, **ordered)
    else:
        order = placed(client, **ordered)
        study = edges.study(hospital, **of_study)

    waiting = read(client, order)
    assert (waiting["matching"]["status"], waiting["matching"]["fit"]) == ("unmatched", fit)
    assert "join" in waiting["matching"]["text"]
    assert [each["study_instance_uid"] for each in waiting["matching"]["candidates"]] == [study.study_instance_uid]

    answer = client.post(f"/api/v1/orders/{order['id']}/join", json={"study_instance_uid": study.study_instance_uid})

    assert answer.status_code == 200
    assert answer.json()["matching"]["status"] == "joined"


def test_two_studies_of_one_accession_number_are_never_guessed_between(edges: Edges) -> None:
    hospital = edges.hospital()
    both = {edges.study(hospital, accession_number="A9").study_instance_uid for _ in range(2)}

    order = placed(edges.client(hospital, **{"Accept-Language": "zh"}), accession_number="A9")

    assert order["matching"]["status"] == "unmatched"
    assert order["matching"]["text"].startswith("多个检查")
    assert {each["study_instance_uid"] for each in order["matching"]["candidates"]} == both


def test_an_order_never_joins_another_hospitals_study(edges: Edges) -> None:
    one, other = edges.hospital(), edges.hospital()
    study = edges.study(other, accession_number="A7")

    order = placed(edges.client(one), accession_number="A7")
    call = edges.client(one).post(
        f"/api/v1/orders/{order['id']}/join", json={"study_instance_uid": study.study_instance_uid}
    )

    assert (order["matching"]["status"], order["matching"]["candidates"]) == ("unmatched", [])
    assert (call.status_code, call.json()["code"]) == (404, "not-found")


def test_joining_twice_changes_nothing_and_joining_elsewhere_is_refused(edges: Edges) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    first, second = edges.study(hospital, accession_number="A1"), edges.study(hospital, accession_number="A2")
    order = placed(client, accession_number="A1")
    path = f"/api/v1/orders/{order['id']}/join"

    again = client.post(path, json={"study_instance_uid": first.study_instance_uid})
    elsewhere = client.post(path, json={"study_instance_uid": second.study_instance_uid})

    assert again.status_code == 200
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "wrong-state")
    assert read(client, order)["study_instance_uid"] == first.study_instance_uid


def test_a_cancelled_order_stays_cancelled_and_asks_its_packages_no_more(edges: Edges) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    edges.study(hospital, accession_number="A1")
    order = placed(client, accession_number="A1")

    first = client.delete(f"/api/v1/orders/{order['id']}")
    again = client.delete(f"/api/v1/orders/{order['id']}")

    assert (first.status_code, first.json()["state"]) == (200, "cancelled")
    assert again.json() == first.json()
    with edges.archive.read() as connection:
        study_id = edges.row(hospital, order["study_instance_uid"]).id
        assert orders.of_study(connection, SYSTEM, study_id) == ()


def test_a_hundred_identical_orders_at_once_are_one_order(edges: Edges) -> None:
    hospital = edges.hospital()
    key = str(uuid.uuid4())

    def post(_: int) -> httpx.Response:
        headers = {"Authorization": f"Bearer {hospital.key}", "Idempotency-Key": key}
        return httpx.post(f"{edges.url}/api/v1/orders", json=ORDER, headers=headers, timeout=60)

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(post, range(100)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 99
    assert len(edges.client(hospital).get("/api/v1/orders").json()["items"]) == 1


def test_a_key_belongs_to_one_request_of_one_hospital(edges: Edges) -> None:
    one, other = edges.client(edges.hospital()), edges.client(edges.hospital())
    key = {"Idempotency-Key": "k-1"}
    first = one.post("/api/v1/orders", json=ORDER, headers=key)

    changed = one.post("/api/v1/orders", json={**ORDER, "priority": "low"}, headers=key)
    elsewhere = other.post("/api/v1/orders", json=ORDER, headers=key)

    assert (changed.status_code, changed.json()["code"]) == (422, "idempotency-key-reused")
    assert elsewhere.status_code == 201
    assert elsewhere.json()["id"] != first.json()["id"]


def test_a_request_that_failed_leaves_its_key_free(edges: Edges) -> None:
    client = edges.client(edges.hospital())
    key = {"Idempotency-Key": "k-1"}

    refused = client.post("/api/v1/orders", json={**ORDER, "packages": ["no_such_package"]}, headers=key)
    mended = client.post("/api/v1/orders", json=ORDER, headers=key)

    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-package")
    assert "no_such_package" in refused.json()["detail"]
    assert mended.status_code == 201


@pytest.mark.parametrize(
    ("callback", "allowed"),
    [
        ("http://his.hospital.example:8080/other/path", True),
        ("http://his.hospital.example:8081/hook", False),
        ("https://his.hospital.example:8080/hook", False),
        ("http://169.254.169.254/latest/meta-data", False),
        ("http://user@his.hospital.example:8080/hook", False),
        ("http://his.hospital.example:8080\\@evil.example/", False),
        ("ftp://his.hospital.example:8080/hook", False),
    ],
)
def test_a_callback_lies_at_the_hospitals_webhook(edges: Edges, callback: str, allowed: bool) -> None:
    client = edges.client(edges.hospital(webhook="http://his.hospital.example:8080/hook"))

    answer = client.post("/api/v1/orders", json={**ORDER, "callback_url": callback})

    assert (answer.status_code == 201) == allowed
    if not allowed:
        assert answer.json()["code"] == "callback-not-allowed"
        assert client.get("/api/v1/orders").json()["items"] == []


def test_orders_are_listed_by_their_filters_page_by_page(edges: Edges) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    study = edges.study(hospital, accession_number="A3")
    made = [placed(client, accession_number=f"A{number}", patient_id="P1")["id"] for number in range(5)]

    seen, cursor = [], None
    while True:
        page = client.get("/api/v1/orders", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [order["id"] for order in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    def found(**query: str) -> list[str]:
        return [order["id"] for order in client.get("/api/v1/orders", params=query).json()["items"]]

    assert seen == made[::-1]
    assert found(accession_number="A1") == [made[1]]
    assert found(study_instance_uid=study.study_instance_uid) == [made[3]]
    assert found(matched="true") == [made[3]]
    assert set(found(matched="false", patient_id="P1")) == set(made) - {made[3]}
    assert found(state="cancelled") == []


def test_an_order_says_how_its_results_stand(edges: Edges) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    study = edges.study(hospital, accession_number="A1")
    order = placed(client, accession_number="A1", packages=[])
    assert read(client, order)["examination"]["status"] == "queued", "nobody has looked yet what to ask"
    dispatch_due(edges.archive, edges.catalogue)
    assert read(client, order)["examination"]["status"] == "not_asked"

    edges.analysis(study, AnalysisOutcome.REFUSED)

    told = read(client, order)
    assert (told["examination"]["status"], told["state"]) == ("not_analysed", "preliminary")


def test_a_count_that_is_reached_completes_the_study(edges: Edges) -> None:
    hospital = edges.hospital()
    client = edges.client(hospital)
    placed(client, accession_number="A1", expected_instance_count=2)
    study = edges.study(hospital, accession_number="A1", count=2, complete=False)

    complete_due(edges.archive)

    shown = client.get(f"/api/v1/studies/{study.study_instance_uid}").json()
    assert (shown["state"], shown["completed_by"], shown["received"]["text"]) == ("complete", "count", "2/2")
