"""Whatever is sent: a clear problem in the caller's language, nothing changed, never a 500."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from service.access.problems import KINDS
from service.his import studies
from tests.support.edges import Edges

ORDERS = "/api/v1/orders"
JSON = {"Content-Type": "application/json"}
GOOD = {"accession_number": "A1", "exam_class": "outpatient"}


def is_problem(answer: httpx.Response, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert {"type", "title", "status", "detail", "instance", "code", "trace_id"} <= set(document)
    assert (document["status"], document["code"]) == (status, code)
    assert document["type"] == f"urn:consilium:problem:{code}"
    assert re.fullmatch(r"/[!-~]*", document["instance"]), "a URI reference (RFC 9457 section 3.1.5)"
    assert document["trace_id"] == answer.headers["x-trace-id"]
    return document


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"x"',
        b'{"exam_class": NaN}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\x00",
    ],
)
def test_a_malformed_body_is_said_to_be_so(edges: Edges, body: bytes) -> None:
    client = edges.client(edges.hospital())

    answer = client.post(ORDERS, content=body, headers=JSON)

    assert answer.json()["code"] in {"malformed-json", "invalid-request"}
    assert answer.status_code in {400, 422}
    assert client.get(ORDERS).json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"exam_class": "urgent"}, "body.exam_class", "must be one of"),
        ({"exam_class": None}, "body.exam_class", "must be one of"),
        ({"accession_number": "", "patient_id": " "}, "body", "one of accession_number"),
        ({"accession_number": "A\\1"}, "body.accession_number", "backslash"),
        ({"accession_number": "A\n1"}, "body.accession_number", "control"),
        ({"patient_id": "x" * 65}, "body.patient_id", "at most 64"),
        ({"study_instance_uid": "../../x"}, "body.study_instance_uid", "must match"),
        ({"study_instance_uid": "1.2\n"}, "body.study_instance_uid", "must match"),
        ({"study_instance_uid": "1." * 40 + "1"}, "body.study_instance_uid", "at most 64"),
        ({"question": "a\x00b"}, "body.question", "control"),
        ({"expected_instance_count": 0}, "body.expected_instance_count", "at least 1"),
        ({"expected_instance_count": 1e30}, "body.expected_instance_count", ""),
        ({"packages": ["../etc"]}, "body.packages.0", "must match"),
        ({"priority": "asap", "exam_class": "x"}, "body.exam_class", "must be one of"),
        ({"colour": "red"}, "body.colour", "not a known field"),
        ({"callback_url": 5}, "body.callback_url", "must be a string"),
    ],
)
def test_each_wrong_field_is_named_and_the_value_is_not_repeated(
    edges: Edges, changes: dict, field: str, words: str
) -> None:
    client = edges.client(edges.hospital())

    answer = client.post(ORDERS, json={**GOOD, **changes})

    document = is_problem(answer, 422, "invalid-request")
    assert any(each["field"] == field and words in each["message"] for each in document["errors"]), document
    assert client.get(ORDERS).json()["items"] == []


def test_problems_are_told_in_the_callers_language(edges: Edges) -> None:
    client = edges.client(edges.hospital())
    wrong = {**GOOD, "exam_class": "x"}

    chinese = client.post(ORDERS, json=wrong, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.1"})
    english = client.post(ORDERS, json=wrong, headers={"Accept-Language": "en"})

    assert (chinese.headers["content-language"], english.headers["content-language"]) == ("zh-CN", "en")
    assert chinese.json()["title"] == "请求内容不符合要求"
    (message,) = [each["message"] for each in chinese.json()["errors"] if each["field"] == "body.exam_class"]
    assert message.startswith("应为：'emergency'、")
    assert " or " not in message
    assert english.json()["title"] == "The request is not valid"


def test_another_content_type_is_refused(edges: Edges) -> None:
    client = edges.client(edges.hospital())

    answer = client.post(ORDERS, content=json.dumps(GOOD), headers={"Content-Type": "text/plain"})

    is_problem(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_refused_whether_its_length_is_announced_or_not(edges: Edges, announced: bool) -> None:
    client = edges.client(edges.hospital())
    body = json.dumps({**GOOD, "history": "x" * (2 << 20)}).encode()
    pieces = (body[at : at + 65536] for at in range(0, len(body), 65536))

    answer = client.post(ORDERS, content=body if announced else pieces, headers=JSON)

    is_problem(answer, 413, "too-large")


def test_unknown_paths_methods_ids_and_parameters_are_problems(edges: Edges) -> None:
    client = edges.client(edges.hospital())

    is_problem(client.get("/api/v1/nothing"), 404, "no-such-route")
    is_problem(client.get("/api/v1/orders/"), 404, "no-such-route")
    answer = client.put(ORDERS)
    is_problem(answer, 405, "method-not-allowed")
    is_problem(client.get(f"{ORDERS}/{'0' * 32}"), 404, "not-found")
    is_problem(client.get(f"{ORDERS}/x"), 422, "invalid-request")
    is_problem(client.get("/api/v1/studies/1.2.3"), 404, "not-found")
    is_problem(client.get("/api/v1/studies/..%2F..%2Fx"), 404, "no-such-route")
    is_problem(client.get("/api/v1/studies/1.2.x"), 422, "invalid-request")
    is_problem(client.get("/api/v1/studies/%E5%BC%A0%00%FF"), 422, "invalid-request")
    is_problem(client.get("/api/v1/studies", params={"limit": 0}), 422, "invalid-request")
    is_problem(client.get("/api/v1/studies", params={"patientid": "P1"}), 422, "invalid-request")
    is_problem(client.get("/api/v1/studies", params={"study_date_from": "yesterday"}), 422, "invalid-request")
    is_problem(client.post(ORDERS, json=GOOD, headers={"Idempotency-Key": "x" * 300}), 422, "invalid-request")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic abc", "Bearer csk_short", "bearer " + "x" * 9000])
def test_without_a_key_nothing_is_read_not_even_the_body(edges: Edges, header: str | None) -> None:
    client = edges.client(None)
    headers = {} if header is None else {"Authorization": header}

    answer = client.post(ORDERS, content=b"{", headers={**JSON, **headers})

    assert answer.status_code in {400, 401}
    if answer.status_code == 401:
        assert answer.json()["code"] in {"key-missing", "key-unknown"}
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_wrong_key_and_a_revoked_key_open_nothing(edges: Edges) -> None:
    hospital = edges.hospital()
    wrong = hospital.key[:-1] + ("A" if hospital.key[-1] != "A" else "B")

    answer = httpx.get(f"{edges.url}{ORDERS}", headers={"Authorization": f"Bearer {wrong}"})

    is_problem(answer, 401, "key-unknown")
    assert edges.client(hospital).get(ORDERS).status_code == 200


def test_a_locked_database_is_said_to_be_away_and_comes_back(edges: Edges) -> None:
    client = edges.client(edges.hospital())
    with _short_timeout(edges):
        writer = sqlite3.connect(edges.archive.folder / "consilium.db", isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        away = client.post(ORDERS, json=GOOD)
        writer.execute("ROLLBACK")
        writer.close()
        back = client.post(ORDERS, json=GOOD)

    is_problem(away, 503, "unavailable")
    assert int(away.headers["retry-after"]) >= 1
    assert back.status_code == 201
    assert len(client.get(ORDERS).json()["items"]) == 1


@contextmanager
def _short_timeout(edges: Edges) -> Iterator[None]:
    """Wait 0.2 s for a lock instead of ten."""

    def shorten(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=200")

    event.listen(edges.archive._writer, "connect", shorten)
    edges.archive._writer.dispose()
    yield
    event.remove(edges.archive._writer, "connect", shorten)
    edges.archive._writer.dispose()


def test_a_fault_of_ours_is_a_problem_with_a_trace_and_without_its_insides(
    edges: Edges, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(studies.studies, "listed", broken)

    answer = edges.client(edges.hospital()).get("/api/v1/studies")

    document = is_problem(answer, 500, "internal")
    assert "secret" not in answer.text
    assert len(document["trace_id"]) == 32
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_callers_trace_id_is_taken_over(edges: Edges) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    client = edges.client(None)

    answer = client.get("/api/v1/x", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})

    assert answer.json()["trace_id"] == trace


def test_problem_codes_are_unique_and_plain() -> None:
    codes = [kind.code for kind in KINDS]

    assert len(codes) == len(set(codes)) >= 20
    assert all(400 <= kind.status < 600 and kind.title.zh and kind.title.en for kind in KINDS)


TEXT = st.text(max_size=80)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
FIELDS = ("accession_number", "study_instance_uid", "patient_id", "exam_class", "priority", "question", "history")
MORE = ("department", "prior_reports", "packages", "expected_instance_count", "callback_url")
QUERY_NAMES = (
    "limit",
    "cursor",
    "state",
    "accession_number",
    "patient_id",
    "modality",
    "study_date_from",
    "sort",
    "after",
    "x",
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.sampled_from(FIELDS + MORE) | TEXT, VALUES, max_size=8))
def test_no_body_breaks_the_order_endpoint(edges: Edges, body: dict) -> None:
    client = _fuzzer(edges)
    content = json.dumps(body).encode()

    answer = client.post(ORDERS, content=content, headers=JSON)

    assert answer.status_code in {201, 400, 413, 422}, answer.text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(("orders", "studies", "analyses", "findings", "events", "models")),
    query=st.lists(st.tuples(st.sampled_from(QUERY_NAMES), TEXT), max_size=4),
)
def test_no_query_breaks_a_list(edges: Edges, path: str, query: list[tuple[str, str]]) -> None:
    answer = _fuzzer(edges).get(f"/api/v1/{path}", params=query)

    assert answer.status_code in {200, 400, 422}, answer.text


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    identity=st.text(min_size=1, max_size=70), tail=st.sampled_from(("", "/findings", "/results", "/complete", "/join"))
)
def test_no_path_breaks_a_read(edges: Edges, identity: str, tail: str) -> None:
    client = _fuzzer(edges)
    for room in ("orders", "studies", "analyses", "results"):
        answer = client.get(f"/api/v1/{room}/{quote(identity, safe='')}{tail}")

        assert answer.status_code in {200, 401, 404, 405, 422}, answer.text


_FUZZERS: dict[str, httpx.Client] = {}


def _fuzzer(edges: Edges) -> httpx.Client:
    """One client a server, since hypothesis calls a test many times within one fixture."""
    if edges.url not in _FUZZERS:
        _FUZZERS[edges.url] = edges.client(edges.hospital())
    return _FUZZERS[edges.url]
