"""What lies ready is answered the short way: the same answer, the same headers, the same walls, and counted."""

from __future__ import annotations

import re
from typing import Self

import httpx
import pytest
from pydicom.uid import generate_uid
from sqlalchemy import update
from starlette.types import Receive, Scope, Send

from service.access.hospital_settings import revoke_key
from service.archive import hospitals
from service.archive.tables import STUDY
from service.domain.wall import Wall
from tests.support.edges import Customer, Edges
from tests.support.series import ct_slice

STORED = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
UNLIKE = {"date", "x-trace-id", "content-length", "transfer-encoding"}


@pytest.fixture
def hospital(edges: Edges) -> Customer:
    return edges.hospital()


def series(edges: Edges, hospital: Customer, count: int = 2) -> tuple[str, list[str]]:
    """A study and the paths of its frames."""
    study = generate_uid()[:50]
    images = [ct_slice(study_uid=study, series_uid=f"{study}.1", index=index, size=32) for index in range(count)]
    edges.receive(hospital, *images)
    root = f"/dicom-web/studies/{study}/series/{study}.1/instances"
    return study, [f"{root}/{each.SOPInstanceUID}/frames/1" for each in images]


def answers(edges: Edges) -> float:
    """How many answers of frames were counted so far."""
    text = edges.client(None).get("/metrics").text
    counted = re.findall(r"consilium_http_answers_total\{(.*)\} (\S+)", text)
    return sum(float(count) for labels, count in counted if "/frames/{frames}" in labels)


def made_ready(edges: Edges, client: httpx.Client, path: str) -> httpx.Response:
    """Ask until an answer is given the short way (what lies ready does so for a second only); that answer."""
    for _ in range(50):
        with Spy(edges) as spy:
            answer = client.get(path)
        if not spy.routed:
            return answer
    raise AssertionError("no answer was given the short way")


class Spy:
    """Whether a request came as far as the routes."""

    def __init__(self, edges: Edges) -> None:
        self._routes = edges.app.middleware_stack
        self._edges = edges
        self.routed = False

    def __enter__(self) -> Self:
        async def noting(scope: Scope, receive: Receive, send: Send) -> None:
            self.routed = True
            assert self._routes is not None
            await self._routes(scope, receive, send)

        self._edges.app.middleware_stack = noting
        return self

    def __exit__(self, *_: object) -> None:
        self._edges.app.middleware_stack = self._routes


def test_an_answer_the_short_way_says_what_the_routed_one_says(edges: Edges, hospital: Customer) -> None:
    _, (path, _) = series(edges, hospital)
    client = edges.client(hospital, Accept=STORED)
    before = answers(edges)
    with Spy(edges) as spy:
        routed = client.get(path)
    assert spy.routed, "nothing lies ready at first"
    assert answers(edges) == before + 1

    ready = made_ready(edges, client, path)

    assert ready.content == routed.content
    assert {name: value for name, value in ready.headers.items() if name not in UNLIKE} == {
        name: value for name, value in routed.headers.items() if name not in UNLIKE
    }
    assert ready.headers["x-content-type-options"] == "nosniff"
    assert len(ready.headers["x-trace-id"]) == 32
    assert answers(edges) >= before + 2


def test_the_callers_trace_id_comes_back_and_what_is_held_is_not_sent_again(edges: Edges, hospital: Customer) -> None:
    _, (path, _) = series(edges, hospital)
    client = edges.client(hospital, Accept=STORED, traceparent=f"00-{'ab' * 16}-{'1' * 16}-01")
    etag = made_ready(edges, client, path).headers["etag"]

    held = client.get(path, headers={"If-None-Match": etag})

    assert (held.status_code, held.content, held.headers["x-trace-id"]) == (304, b"", "ab" * 16)


def wrong(client: httpx.Client, path: str) -> list[int]:
    """What is answered to requests that must not go the short way, and to another hospital's key."""
    instance = path.removesuffix("/1")
    return [
        client.get(f"{instance}/2").status_code,
        client.get(f"{instance}/x").status_code,
        client.get(path, headers={"Accept": "text/html"}).status_code,
        client.get(re.sub("/instances/[^/]+", "/instances/1.2.3", path)).status_code,
        client.post(path).status_code,
    ]


def test_what_is_wrong_is_said_as_ever(edges: Edges, hospital: Customer) -> None:
    _, (path, _) = series(edges, hospital)
    client = edges.client(hospital, Accept=STORED)
    made_ready(edges, client, path)

    assert wrong(client, path) == [404, 400, 406, 404, 405]
    assert client.get(f"{path.removesuffix('/1')}/2").json()["code"] == "not-found"


def test_another_key_another_hospital_and_no_key_are_met_by_the_wall(edges: Edges, hospital: Customer) -> None:
    _, (path, _) = series(edges, hospital)
    made_ready(edges, edges.client(hospital), path)

    assert edges.client(edges.hospital()).get(path).status_code == 404
    assert edges.client(None).get(path).status_code == 401
    assert edges.client(None, Authorization=f"Bearer csk_{'A' * 43}").get(path).status_code == 401


def test_a_revoked_key_and_an_erased_study_count_from_the_next_request_on(edges: Edges, hospital: Customer) -> None:
    study, (path, _) = series(edges, hospital)
    client = edges.client(hospital, Accept=STORED)
    assert made_ready(edges, client, path).status_code == 200

    with edges.archive.write() as connection:
        connection.execute(update(STUDY).where(STUDY.c.study_instance_uid == study).values(state="erased"))
    assert client.get(path).status_code == 410

    _, (other, _) = series(edges, hospital)
    assert made_ready(edges, client, other).status_code == 200
    with edges.archive.read() as connection:
        (key,) = hospitals.api_keys(connection, Wall.operator(), hospital.id)
    revoke_key(edges.archive, Wall.operator(), hospital.id, key.id)
    assert client.get(other).status_code == 401
