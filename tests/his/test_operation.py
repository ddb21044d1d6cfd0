"""Running the HTTP process: alive, ready, counted, light, and silent about patients."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time

import httpx
import pytest

from service.archive.store import Archive, ArchiveUnavailable
from tests.support.edges import Edges


def test_a_live_and_ready_centre_says_so(edges: Edges) -> None:
    client = edges.client(None)

    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"ready": True, "database": True, "disk": True}


def test_a_full_disk_is_not_ready(edges: Edges, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(edges.archive), "free_bytes", lambda _: 0)

    answer = edges.client(None).get("/ready")

    assert (answer.status_code, answer.json()) == (503, {"ready": False, "database": True, "disk": False})
    assert edges.client(None).get("/health").status_code == 200


def test_a_broken_database_is_not_ready(edges: Edges, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> None:
        raise ArchiveUnavailable("gone")

    monkeypatch.setattr(type(edges.archive), "read", away)
    client = edges.client(None)

    assert client.get("/ready").json() == {"ready": False, "database": False, "disk": True}
    assert "consilium_database_up 0.0" in client.get("/metrics").text


def test_a_disk_that_is_away_is_not_ready_and_the_other_figures_are_still_told(
    edges: Edges, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Archive) -> int:
        raise FileNotFoundError("the folder is not there")

    monkeypatch.setattr(Archive, "free_bytes", away)
    client = edges.client(None)

    ready, figures = client.get("/ready"), client.get("/metrics")

    assert (ready.status_code, ready.json()["disk"]) == (503, False)
    assert figures.status_code == 200
    assert "consilium_database_up 1.0" in figures.text


def test_figures_count_by_state_and_by_route_and_name_nobody(edges: Edges) -> None:
    customer = edges.hospital("FIGURES")
    study = edges.study(customer, patient_id="SECRETPATIENT")
    edges.analysis(study)
    client = edges.client(customer)
    client.get(f"/api/v1/studies/{study.study_instance_uid}")
    client.get("/api/v1/studies/SECRET%20PATH")
    client.get("/secret/unknown")

    text = edges.client(None).get("/metrics").text

    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(figures['consilium_studies{state="complete"}']) >= 1
    assert float(figures['consilium_analyses{state="concluded"}']) >= 1
    assert float(figures["consilium_disk_free_bytes"]) > 0
    assert float(figures['consilium_overdue_seconds{step="deliver"}']) == 0
    route = "/api/v1/studies/{study_instance_uid}"
    assert float(figures[f'consilium_http_answers_total{{method="GET",route="{route}",status="200"}}']) >= 1
    assert float(figures['consilium_http_answers_total{method="GET",route="(no route)",status="404"}']) >= 1
    assert not any(word in text for word in ("SECRET", "secret", study.study_instance_uid, customer.id))


def test_no_log_line_holds_what_a_patients_name_could_be_in(edges: Edges, caplog: pytest.LogCaptureFixture) -> None:
    customer = edges.hospital()
    with caplog.at_level(logging.DEBUG):
        client = edges.client(customer)
        client.get("/dicom-web/studies", params={"PatientName": "*SecretName*"})
        client.get("/api/v1/studies", params={"patient_id": "SecretId"})
        client.get("/api/v1/SecretPath")
        httpx.get(f"{edges.url}/api/v1/studies", headers={"Authorization": f"Bearer {customer.key[:-1]}"})

    ours = [
        record.getMessage() for record in caplog.records if record.name.startswith(("consilium", "uvicorn", "fastapi"))
    ]
    assert any("GET /dicom-web/studies 204" in line for line in ours)
    assert not any("Secret" in line or customer.key[:-1] in line for line in ours)


def test_answers_carry_the_headers_that_browsers_and_proxies_need(edges: Edges) -> None:
    answer = edges.client(edges.hospital()).get("/api/v1/studies")

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert len(answer.headers["x-trace-id"]) == 32


PROGRAM = """
import pathlib, sys, tempfile, threading, urllib.request
import uvicorn
from models.catalogue import Catalogue
from service.api.app import create_app
from service.archive.store import Archive
from service.dicomweb.router import create_router as dicomweb
from service.dicomweb.store import Intake
from service.flow.bell import SilentBell
from service.flow.group_commit import GroupCommit
from service.flow.receive import Receiver
from service.his.router import create_router as his
from service.pixels.pool import PixelPool

archive = Archive(pathlib.Path(tempfile.mkdtemp()))
intake = Intake(Receiver(archive, GroupCommit(archive)), SilentBell())
edges = (his(archive, SilentBell(), Catalogue.of([])), dicomweb(archive, PixelPool(), intake))
app = create_app(archive=archive, routers=edges, version="0", watermark_bytes=0)
server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
threading.Thread(target=server.run).start()
while not server.started:
    pass
port = server.servers[0].sockets[0].getsockname()[1]
urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/openapi.json").read()
rss = int(next(l for l in open("/proc/self/status") if l.startswith("VmRSS")).split()[1]) // 1024
rooms = ("torch", "monai", "highdicom", "pynetdicom", "celery", "kombu", "scipy", "SimpleITK")
heavy = [room for room in rooms if room in sys.modules]
print(rss, heavy)
server.should_exit = True
"""


def test_the_process_stays_light_and_loads_no_heavy_room() -> None:
    began = time.monotonic()
    as_by_consilium = {**os.environ, "PYPINYIN_NO_PHRASES": "true"}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True, env=as_by_consilium
    )

    rss_mb, _, heavy = ran.stdout.partition(" ")
    assert heavy.strip() == "[]"
    assert int(rss_mb) < 200, f"{rss_mb} MB resident"
    assert time.monotonic() - began < 60
