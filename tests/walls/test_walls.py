"""One hospital never sees another's: every route, with a wrong key, without one, and with both holding one study."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi.routing import APIRoute

from service.archive.results import ResultKind
from tests.notices.ward import urgent
from tests.support.edges import Customer, Edges
from tests.support.reporting import accepted_and_signed
from tests.support.series import ct_slice

OPEN = {"/health", "/ready", "/metrics", "/api/v1/openapi.json"}
DICOMWEB = (
    "/dicom-web/studies",
    "/dicom-web/series",
    "/dicom-web/instances",
    "/dicom-web/studies/{study}",
    "/dicom-web/studies/{study}/series",
    "/dicom-web/studies/{study}/instances",
    "/dicom-web/studies/{study}/metadata",
    "/dicom-web/studies/{study}/series/{series}",
    "/dicom-web/studies/{study}/series/{series}/instances",
    "/dicom-web/studies/{study}/series/{series}/metadata",
    "/dicom-web/studies/{study}/series/{series}/instances/{instance}",
    "/dicom-web/studies/{study}/series/{series}/instances/{instance}/metadata",
    "/dicom-web/studies/{study}/series/{series}/instances/{instance}/bulkdata/{path}",
    "/dicom-web/studies/{study}/series/{series}/instances/{instance}/pixeldata",
    "/dicom-web/studies/{study}/series/{series}/instances/{instance}/frames/{frames}",
    "/dicom-web/studies/{study}/rendered",
    "/dicom-web/studies/{study}/thumbnail",
    "/dicom-web/studies/{study}/series/{series}/rendered",
    "/dicom-web/studies/{study}/series/{series}/thumbnail",
    "/dicom-web/studies/{study}/series/{series}/instances/{instance}/rendered",
    "/dicom-web/studies/{study}/series/{series}/instances/{instance}/thumbnail",
    "/dicom-web/studies/{study}/series/{series}/instances/{instance}/frames/{frame}/rendered",
    "/dicom-web/studies/{study}/series/{series}/instances/{instance}/frames/{frame}/thumbnail",
)


BODIES: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "join": lambda names: {"study_instance_uid": names["study"]},
    "acknowledge": lambda _: {"acknowledged_by": "somebody", "read_back": "words"},
}


@dataclass(frozen=True)
class Held:
    """What one hospital holds; every value of it is a secret to the others."""

    customer: Customer
    names: dict[str, str]
    secrets: tuple[str, ...]


def held(edges: Edges, name: str, study_uid: str) -> Held:
    """A hospital with a study, an order, an analysis and a result object."""
    customer = edges.hospital()
    series_uid, patient = f"{study_uid}.1", f"SECRET{name}"
    slices = [
        ct_slice(
            study_uid=study_uid, series_uid=series_uid, index=0, size=16, patient_id=patient, accession_number=patient
        )
    ]
    slices[0].SeriesDescription = f"{patient} series"
    slices[0].add_new(0x00281199, "UI", f"1.2.{customer.id[1:8].encode().hex()}"[:60])
    edges.receive(customer, *slices)
    study = edges.row(customer, study_uid)
    order = (
        edges.client(customer)
        .post(
            "/api/v1/orders", json={"accession_number": patient, "exam_class": "screening", "question": f"{patient}?"}
        )
        .json()
    )
    analysis = edges.analysis(study)
    result = edges.result(analysis, ResultKind.SC, f"{patient} result".encode())
    notice = urgent(edges, study, f"{patient} ward")
    report = accepted_and_signed(edges, study, f"{patient} report")
    names = {
        "study": study_uid,
        "study_instance_uid": study_uid,
        "series": series_uid,
        "instance": str(slices[0].SOPInstanceUID),
        "path": "7FE00010",
        "frames": "1",
        "frame": "1",
        "order_id": order["id"],
        "analysis_id": analysis.id,
        "result_id": result.id,
        "notice_id": notice.id,
        "report_id": report.id,
    }
    return Held(customer, names, (patient, order["id"], analysis.id, result.id, notice.id, report.id))


@pytest.fixture(scope="module")
def rooms(edges: Edges) -> tuple[Held, Held]:
    """Two hospitals that hold the same study, and each one thing of its own by every kind of id."""
    study_uid = "1.2.826.0.1.3680043.10.1561.77.1"
    return held(edges, "ONE", study_uid), held(edges, "TWO", study_uid)


def operations(edges: Edges) -> Iterator[tuple[str, str]]:
    """Every (method, path) of the OpenAPI document and of DICOMweb that needs a key."""
    for path, methods in edges.app.openapi()["paths"].items():
        if path not in OPEN:
            yield from ((method.upper(), path) for method in methods)
    yield from (("GET", path) for path in DICOMWEB)
    yield from (("POST", path) for path in ("/dicom-web/studies", "/dicom-web/studies/{study}"))


def called(client: httpx.Client, method: str, path: str, names: dict[str, str]) -> tuple[int, str]:
    """Status and text of one operation, without the path it repeats; a stream is only begun."""
    filled = re.sub(r"\{(\w+)\}", lambda match: names[match[1]], path)
    body = BODIES.get(path.rsplit("/", 1)[-1], lambda _: {})(names)
    content = json.dumps(body).encode() if method == "POST" else b""
    with client.stream(method, filled, content=content, headers={"Content-Type": "application/json"}) as answer:
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            return answer.status_code, ""
        return answer.status_code, answer.read().decode("latin-1").replace(filled, "")


def test_the_walk_knows_every_route_of_the_application(edges: Edges) -> None:
    routed = {re.sub(r"\{(\w+):path\}", r"{\1}", path) for path in paths_of(edges)}
    of_machines = {path for path in routed if not path.startswith(("/room/v1/", "/dicom-web/h/"))}

    assert of_machines == OPEN | {path for _, path in operations(edges)}


def paths_of(edges: Edges) -> set[str]:
    found: set[str] = set()
    pending = [("", route) for route in edges.app.routes]
    while pending:
        prefix, route = pending.pop()
        inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None)
        if isinstance(route, APIRoute) or inner is None:
            found.add(prefix + getattr(route, "path", ""))
        else:
            context = getattr(route, "include_context", None)
            deeper = prefix + (getattr(context, "prefix", "") or "") + (getattr(route, "prefix", "") or "")
            pending += [(deeper, each) for each in inner]
    return found


def test_every_route_needs_a_key(edges: Edges, rooms: tuple[Held, Held]) -> None:
    for client in (edges.client(None), edges.client(None, Authorization="Bearer csk_" + "A" * 43)):
        for method, path in operations(edges):
            status, text = called(client, method, path, rooms[0].names)

            assert status == 401, (method, path, text)
            assert not any(secret in text for secret in rooms[0].secrets)


def test_another_hospitals_key_finds_nothing_on_any_route(edges: Edges, rooms: tuple[Held, Held]) -> None:
    one, _ = rooms
    stranger = edges.client(edges.hospital())
    for method, path in operations(edges):
        status, text = called(stranger, method, path, one.names)

        expected = {404} if "{" in path else {200, 204, 422}
        if method == "POST" and path.startswith("/dicom-web/"):
            expected = {415}  # what a hospital stores is its own, under whatever UID
        assert status in expected, (method, path, status, text)
        assert not any(secret in text.replace(one.names["study"], "") for secret in one.secrets), (method, path)


def test_who_holds_the_same_study_sees_only_their_own_of_it(edges: Edges, rooms: tuple[Held, Held]) -> None:
    for mine, theirs in (rooms, rooms[::-1]):
        client = edges.client(mine.customer)
        shared = {**theirs.names, "series": mine.names["series"]}
        for method, path in operations(edges):
            if method == "DELETE" or path.endswith("/live"):
                continue
            _, text = called(client, method, path, shared)

            assert not any(secret in text for secret in theirs.secrets[:1]), (method, path, text)

        for path in ("orders/{order_id}", "analyses/{analysis_id}", "results/{result_id}", "reports/{report_id}"):
            status, _ = called(client, "GET", f"/api/v1/{path}", theirs.names)
            assert status == 404, path


def test_each_holder_of_a_shared_study_reads_its_own_bytes(edges: Edges, rooms: tuple[Held, Held]) -> None:
    bodies = []
    for mine in rooms:
        client = edges.client(mine.customer, Accept="application/dicom+json")
        shown = client.get(f"/dicom-web/studies/{mine.names['study']}/metadata").json()
        whole = client.get(
            f"/dicom-web/studies/{mine.names['study']}",
            headers={"Accept": 'multipart/related; type="application/dicom"'},
        )
        assert [each["00100020"]["Value"] for each in shown] == [[mine.secrets[0]]]
        assert mine.secrets[0].encode() in whole.content
        bodies.append(whole.content)

    assert rooms[1].secrets[0].encode() not in bodies[0]
    assert rooms[0].secrets[0].encode() not in bodies[1]


def test_one_hospitals_acts_change_nothing_of_anothers(edges: Edges, rooms: tuple[Held, Held]) -> None:
    one, _ = rooms
    stranger = edges.client(edges.hospital())
    before = edges.client(one.customer).get(f"/api/v1/orders/{one.names['order_id']}").json()

    acts = (
        stranger.delete(f"/api/v1/orders/{one.names['order_id']}"),
        stranger.post(f"/api/v1/orders/{one.names['order_id']}/join", json={"study_instance_uid": one.names["study"]}),
        stranger.post(f"/api/v1/studies/{one.names['study']}/complete"),
    )

    assert [answer.status_code for answer in acts] == [404, 404, 404]
    assert edges.client(one.customer).get(f"/api/v1/orders/{one.names['order_id']}").json() == before
