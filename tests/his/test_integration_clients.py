"""The sample clients of docs/integration do the whole job against the real interface."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from service.archive import results
from service.archive.events import EventKind, Subject, append
from service.archive.results import ResultKind
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Language, ReleasePolicy
from service.domain.web_address import origin
from service.flow.peers import PeerBusy
from service.his.webhook import Message, send, sign
from tests.support.edges import SYSTEM, Customer, Edges

SAMPLES = Path(__file__).parent.parent.parent / "docs" / "integration"
PYTHON = (sys.executable, str(SAMPLES / "client.py"))
CURL = ("bash", str(SAMPLES / "curl.sh"))
JAVA = ("java", "-XX:TieredStopAtLevel=1", str(SAMPLES / "Client.java"))
CLIENTS = [
    pytest.param(PYTHON, id="python"),
    pytest.param(CURL, id="curl", marks=pytest.mark.system),
    pytest.param(JAVA, id="java", marks=pytest.mark.system),
]
QUESTION = '右肺结节？ "8 mm" \\ 复查\n第二行'
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""This and the next three: the test vector published with Standard Webhooks 1.0.0."""
VECTOR_ID, VECTOR_TIMESTAMP, VECTOR_BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
LIMIT_S = 60


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C.UTF-8", "CONSILIUM_WAIT_S": "15", "NO_PROXY": "*", "no_proxy": "*", **changes}


def run(
    *command: str, folder: Path, body: bytes = b"", environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, cwd=folder, env=environ or environment(), input=body, capture_output=True, timeout=LIMIT_S, check=False
    )
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def started(*command: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def encoded(edges: Edges, customer: Customer, accession: str, outcome: AnalysisOutcome) -> dict[ResultKind, str]:
    """A study, its analysis, and its result objects as the encode step leaves them: the path of each by its kind."""
    study = edges.study(customer, accession_number=accession)
    analysis = edges.analysis(study, outcome, findings=2)
    with edges.archive.write() as connection:
        append(
            connection,
            SYSTEM,
            EventKind.RESULT_ENCODED,
            Subject(customer.id, study.id, study.study_instance_uid, analysis.id),
            {"kinds": ["SEG", "SR"]},
        )
        made = results.of_analysis(connection, SYSTEM, analysis.id)
    return {each.kind: each.sop_instance_uid for each in made}


@pytest.fixture
def hospital(edges: Edges) -> Customer:
    return edges.hospital(language=Language.ZH_CN)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_orders_waits_reads_and_downloads(
    edges: Edges, hospital: Customer, tmp_path: Path, client: tuple[str, ...]
) -> None:
    with started(*client, edges.url, hospital.key, "order", "A1", QUESTION, "his-7", folder=tmp_path) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        order = edges.client(hospital).get("/api/v1/orders").json()["items"][0]
        assert first == f"order {order['id']} requested: {order['matching']['text']}\n"
        assert order["question"] == QUESTION

        made = encoded(edges, hospital, "A1", AnalysisOutcome.FINDINGS)
        printed, complained = process.communicate(timeout=LIMIT_S)

    assert (process.returncode, complained) == (0, "")
    shown = edges.client(hospital).get("/api/v1/analyses").json()["items"][0]
    analysis = edges.client(hospital).get(f"/api/v1/analyses/{shown['id']}").json()
    assert analysis["findings_text"].count("结节") >= 1
    content = f"not really DICOM: SR of {analysis['id']}".encode()
    lines = printed.splitlines()
    assert "event order.created: 收到申请。" in lines, "how many more it sees before all is ready is a matter of time"
    after = lines[lines.index(f"order {order['id']} preliminary: {order_words(edges, hospital, order['id'])}") + 1 :]
    assert after == [
        f"study {shown['study_instance_uid']} complete 2/?: AI 已完成",
        f"analysis {shown['id']} threshold_nodule {shown['package']['version']} findings",
        *(f"finding {number} SCT 27925004: {analysis['findings'][number - 1]['text']}" for number in (1, 2)),
        "findings_text:",
        *analysis["findings_text"].splitlines(),
        "impression_text:",
        *analysis["impression_text"].splitlines(),
        f"saved {made[ResultKind.SR]}.dcm {len(content)} bytes",
    ]
    assert (tmp_path / f"{made[ResultKind.SR]}.dcm").read_bytes() == content


def order_words(edges: Edges, hospital: Customer, order_id: str) -> str:
    words: str = edges.client(hospital).get(f"/api/v1/orders/{order_id}").json()["state_text"]
    return words


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_that_starts_again_with_its_order_number_makes_no_second_order(
    edges: Edges, hospital: Customer, tmp_path: Path, client: tuple[str, ...]
) -> None:
    command = (*client, edges.url, hospital.key, "order", "A1", QUESTION, "his-7")
    with started(*command, folder=tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("order ")
    encoded(edges, hospital, "A1", AnalysisOutcome.REFUSED)

    again = run(*command, folder=tmp_path)

    assert (again.returncode, again.stderr) == (0, "")
    assert len(edges.client(hospital).get("/api/v1/orders").json()["items"]) == 1
    assert [line for line in again.stdout.splitlines() if line.startswith("reason wrong-modality: ")]
    assert "finding " not in again.stdout
    assert "saved " in again.stdout


@contextmanager
def line_that_loses_the_first_answer(url: str) -> Iterator[str]:
    """An address in front of the centre: every request arrives, the first answer does not."""
    listener = socket.create_server(("127.0.0.1", 0))
    where = origin(url)

    def carry() -> None:
        is_first = True
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            with near, socket.create_connection((where.host, where.port)) as far:
                request = near.recv(1 << 16)
                far.sendall(request)
                if b"content-length:" in request.lower() and not request.partition(b"\r\n\r\n")[2]:
                    far.sendall(near.recv(1 << 16))
                answer = far.recv(1 << 16)
                if not is_first:
                    near.sendall(answer)
                is_first = False

    thread = threading.Thread(target=carry, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(LIMIT_S)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_whose_answer_was_lost_asks_again_and_makes_one_order(
    edges: Edges, hospital: Customer, tmp_path: Path, client: tuple[str, ...]
) -> None:
    with (
        line_that_loses_the_first_answer(edges.url) as url,
        started(*client, url, hospital.key, "order", "A1", "", folder=tmp_path) as process,
    ):
        assert process.stdout is not None
        said_first = process.stdout.readline()

    made = [order["id"] for order in edges.client(hospital).get("/api/v1/orders").json()["items"]]
    assert (len(made), said_first.split()[:2]) == (1, ["order", made[0]])


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_says_that_results_are_not_released_rather_than_that_there_are_none(
    edges: Edges, tmp_path: Path, client: tuple[str, ...]
) -> None:
    hospital = edges.hospital(release=ReleasePolicy.NEVER)
    with started(*client, edges.url, hospital.key, "order", "A1", "", folder=tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("order ")
        encoded(edges, hospital, "A1", AnalysisOutcome.FINDINGS)
        printed, complained = process.communicate(timeout=LIMIT_S)

    assert (process.returncode, complained) == (0, "")
    assert printed.splitlines()[-1].endswith(" not-released")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_cancels_and_shows_the_centres_problem_with_its_code_and_trace(
    edges: Edges, hospital: Customer, tmp_path: Path, client: tuple[str, ...]
) -> None:
    body = {"accession_number": "A1", "exam_class": "emergency"}
    order_id = edges.client(hospital).post("/api/v1/orders", json=body).json()["id"]

    cancelled = run(*client, edges.url, hospital.key, "cancel", order_id, folder=tmp_path)
    unknown = run(*client, edges.url, hospital.key, "cancel", "0" * 32, folder=tmp_path)
    locked_out = run(*client, edges.url, "csk_wrong", "cancel", order_id, folder=tmp_path)

    assert cancelled.stdout == f"order {order_id} cancelled: 已取消\n"
    assert (unknown.returncode, locked_out.returncode) == (1, 1)
    assert "没有这样的申请" in unknown.stderr
    assert "(not-found, trace " in unknown.stderr
    assert "(key-unknown, trace " in locked_out.stderr


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_knows_the_published_signature_and_refuses_any_other(tmp_path: Path, client: tuple[str, ...]) -> None:
    def verdict(signatures: str, body: bytes = VECTOR_BODY) -> tuple[int, str]:
        arguments = ("verify", SECRET, VECTOR_ID, VECTOR_TIMESTAMP, signatures)
        done = run(*client, *arguments, folder=tmp_path, body=body)
        return done.returncode, done.stdout.strip()

    assert verdict(VECTOR_SIGNATURE) == (0, "genuine")
    assert verdict(f"v1,AAAA v1a,BBBB {VECTOR_SIGNATURE}") == (0, "genuine"), "one of several fits"
    assert verdict(VECTOR_SIGNATURE, VECTOR_BODY + b" ") == (1, "not genuine")
    assert verdict(VECTOR_SIGNATURE.replace("v1,", "v2,")) == (1, "not genuine")
    assert verdict("") == (1, "not genuine")


@contextmanager
def receiving(folder: Path, secrets: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The sample receiver on a free port: its address and its process, whose lines say what it did."""
    command = (sys.executable, str(SAMPLES / "webhook_receiver.py"), "0", "inbox.sqlite")
    process = subprocess.Popen(
        command, cwd=folder, env=environment(CONSILIUM_WEBHOOK_SECRETS=secrets), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().removeprefix("receiving at ").strip(), process
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT_S) == 0
        process.stdout.close()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_the_receiver_takes_a_message_once_and_survives_its_own_end(tmp_path: Path) -> None:
    message = Message("msg_1", int(time.time()), b'{"type":"result.preliminary","data":{}}')
    later = dataclasses.replace(message, timestamp=message.timestamp + 1)

    with receiving(tmp_path, SECRET) as (url, process):
        send(url, (SECRET,), message, origin(url))
        assert said(process) == "204 'msg_1': taken"
        with pytest.raises(PeerBusy, match="409"):
            send(url, (SECRET,), message, origin(url))
        assert said(process).startswith("409 'msg_1'")
    with receiving(tmp_path, SECRET) as (url, process):
        with pytest.raises(PeerBusy, match="409"):
            send(url, (SECRET,), message, origin(url))
        assert said(process).startswith("409 'msg_1'")
        send(url, (SECRET,), later, origin(url))
        assert said(process) == "204 'msg_1': the centre sent it again; it was taken before"


def test_the_receiver_refuses_what_is_not_genuine_or_not_fresh(tmp_path: Path) -> None:
    now = int(time.time())
    other = "whsec_" + "A" * 43 + "="
    with receiving(tmp_path, SECRET) as (url, process):
        for secret, timestamp in ((other, now), (SECRET, now - 330), (SECRET, now + 330)):
            with pytest.raises(PeerBusy, match="401"):
                send(url, (secret,), Message("msg_1", timestamp, b"{}"), origin(url))
            assert said(process).startswith("401 'msg_1'")
        send(url, (SECRET,), Message("msg_1", now - 240, b"{}"), origin(url))
        assert said(process) == "204 'msg_1': taken"


def test_the_receiver_refuses_a_body_that_was_changed_on_the_way(tmp_path: Path) -> None:
    message = Message("msg_1", int(time.time()), b'{"outcome":"no_finding"}')
    headers = {
        "webhook-id": message.id,
        "webhook-timestamp": str(message.timestamp),
        "webhook-signature": sign(SECRET, message),
    }
    with receiving(tmp_path, SECRET) as (url, process):
        changed = httpx.post(url, headers=headers, content=b'{"outcome":"findings"}', trust_env=False)
        assert (changed.status_code, said(process)[:3]) == (401, "401")
        unsigned = httpx.post(url, content=message.body, trust_env=False)
        assert (unsigned.status_code, said(process)[:3]) == (400, "400")
        genuine = httpx.post(url, headers=headers, content=message.body, trust_env=False)
        assert (genuine.status_code, said(process)) == (204, "204 'msg_1': taken")


def test_the_receiver_takes_both_secrets_while_one_is_replaced(tmp_path: Path) -> None:
    former = "whsec_" + "B" * 43 + "="
    with receiving(tmp_path, f"{former} {SECRET}") as (url, process):
        for number, secrets in enumerate([(former,), (SECRET,), (SECRET, former)]):
            send(url, secrets, Message(f"msg_{number}", int(time.time()), b"{}"), origin(url))
            assert said(process) == f"204 'msg_{number}': taken"
