"""The signed message: by the published vectors, only to where the operator said, understood by a plain receiver."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from service.access.onboarding import NewHospital, add_hospital
from service.archive import deliveries, hospitals, probes
from service.archive.store import Archive
from service.domain.hospital import LOOPBACK, Channel, Language, ReleasePolicy, Sender, ae_title
from service.domain.wall import Wall
from service.domain.web_address import origin
from service.flow.bell import SilentBell
from service.flow.deliver import Senders, deliver_due
from service.flow.peers import PeerAway, PeerBusy, PeerRefused
from service.his import webhook
from service.his.webhook import Message, send, sign
from tests.support.centre import until
from tests.support.edges import SYSTEM
from tests.support.flowing import pass_time
from workers.probe import probe_due

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOLERANCE_S = 300


def accepts(secret: str, headers: dict[str, str], body: bytes, now: float, seen: set[str]) -> bool:
    """A receiver as a hospital would write it from the specification, sharing no code with the sender."""
    message_id, moment = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(now - int(moment)) > TOLERANCE_S or message_id in seen:
        return False
    key = base64.b64decode(secret.split("_", 1)[1])
    expected = hmac.new(key, b".".join([message_id.encode(), moment.encode(), body]), hashlib.sha256).digest()
    for signature in headers["webhook-signature"].split(" "):
        version, _, value = signature.partition(",")
        if version == "v1" and hmac.compare_digest(base64.b64decode(value), expected):
            seen.add(message_id)
            return True
    return False


@dataclass
class Receiver:
    """A hospital's HIS: answers with the next of its statuses, keeps what it got."""

    port: int = 0
    statuses: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    location: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?system=his"


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_published_vector_of_standard_webhooks_is_met() -> None:
    message = Message("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert sign(SECRET, message) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_accepts_the_message_once_and_nothing_that_was_changed() -> None:
    now = int(time.time())
    body = '{"type":"result.preliminary","data":{"outcome":"no_finding","说明":"中文"}}'.encode()
    with receiving() as his:
        send(his.url, (SECRET,), Message("msg_1", now, body), origin(his.url))

    ((headers, got),) = his.got
    seen: set[str] = set()
    assert got == body
    assert headers["content-type"] == "application/json"
    assert headers["host"] == f"127.0.0.1:{his.port}"
    assert not accepts(SECRET, headers, got.replace(b"no_finding", b"findings!!"), now, seen)
    assert not accepts(SECRET, {**headers, "webhook-id": "msg_2"}, got, now, seen)
    assert not accepts(SECRET, headers, got, now + 301, seen)
    assert not accepts("whsec_" + base64.b64encode(b"x" * 24).decode(), headers, got, now, seen)
    assert accepts(SECRET, headers, got, now + 299, seen)
    assert not accepts(SECRET, headers, got, now, seen), "a replay"


def test_while_a_secret_is_rotated_both_sign() -> None:
    former = "whsec_" + base64.b64encode(b"f" * 32).decode()
    with receiving() as his:
        send(his.url, (SECRET, former), Message("msg_1", int(time.time()), b"{}"), origin(his.url))

    ((headers, body),) = his.got
    for secret in (SECRET, former):
        assert accepts(secret, headers, body, time.time(), set())


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (500, PeerBusy),
        (503, PeerBusy),
        (429, PeerBusy),
        (408, PeerBusy),
        (400, PeerBusy),
        (401, PeerBusy),
        (404, PeerBusy),
        (410, PeerRefused),
        (301, PeerRefused),
    ],
)
def test_each_answer_is_tried_again_or_shown_to_a_person(status: int, failure: type[Exception]) -> None:
    with receiving() as his:
        his.statuses = [status]
        with pytest.raises(failure, match=str(status)):
            send(his.url, (SECRET,), Message("msg_1", 1, b"{}"), origin(his.url))


def ledger(archive: Archive, url: str, count: int = 1, days: float = 0.0) -> None:
    """Messages of one hospital that are due, entered so many days ago."""
    sender = Sender(ae_title("HIS"), ae_title("CONSILIUM"), LOOPBACK)
    new = NewHospital("H", Language.EN, (sender,), release=ReleasePolicy.AT_ONCE, webhook_url=url)
    added = add_hospital(archive, Wall.operator(), new)
    with archive.write() as connection:
        (peer,) = hospitals.peers(connection, SYSTEM, added.hospital_id)
        for number in range(count):
            wanted = deliveries.Wanted(
                hospital=added.hospital_id,
                peer_id=peer.id,
                channel=Channel.HIS,
                study_id=None,
                identity=str(number),
                url=url,
                body="{}",
            )
            deliveries.want(connection, SYSTEM, wanted)
    pass_time(archive, days * 86400)


def states(archive: Archive) -> dict[str, int]:
    with archive.read() as connection:
        return dict(deliveries.counts(connection, SYSTEM))


@pytest.mark.parametrize(("days", "state"), [(0.0, "pending"), (2.9, "pending"), (3.1, "failed")])
def test_a_receiver_that_is_being_deployed_is_tried_for_three_days(archive: Archive, days: float, state: str) -> None:
    with receiving() as his:
        ledger(archive, his.url, days=days)
        his.statuses = [404]
        deliver_due(archive, SilentBell(), Senders(_no_pacs, webhook.his_sender(archive.installation.key)))

    assert states(archive) == {state: 1}


def test_what_a_webhook_refused_is_sent_again_once_its_connection_is_tested_and_it_answers(archive: Archive) -> None:
    senders = Senders(_no_pacs, webhook.his_sender(archive.installation.key))
    with receiving() as his:
        ledger(archive, his.url, count=2)
        his.statuses = [410, 301]
        deliver_due(archive, SilentBell(), senders)
        assert states(archive) == {"failed": 2}

        for answer, said in ((410, []), (204, ["messages that it had refused and are sent again now: 2"])):
            his.statuses = [answer]
            with archive.write() as connection:
                (hospital,) = hospitals.everyone(connection, SYSTEM)
                probe_id = probes.request(connection, SYSTEM, hospital.id)
            assert probe_due(archive, webhook.probe_sender(archive.installation.key))
            with archive.read() as connection:
                probe = probes.get(connection, SYSTEM, probe_id)
            assert probe is not None
            assert [words for _, words in probe.report if "sent again" in words] == said
        deliver_due(archive, SilentBell(), senders)

    assert states(archive) == {"delivered": 2}


def test_what_waits_for_a_receiver_that_is_away_is_not_tried_one_by_one(archive: Archive) -> None:
    tried: list[str] = []

    def away(_peer: object, delivery: deliveries.Delivery) -> None:
        tried.append(delivery.id)
        raise PeerAway("the webhook did not answer in time")

    ledger(archive, "http://127.0.0.1:9/hook", count=5)
    deliver_due(archive, SilentBell(), Senders(_no_pacs, away))

    assert len(tried) == 1
    assert states(archive) == {"pending": 5}


def test_a_receiver_that_drips_its_answer_does_not_hold_the_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "ANSWER_TIMEOUT_S", 0.5)
    gone = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not gone.wait(0.05):
                    connection.sendall(b"x")

        dripping = threading.Thread(target=drip)
        dripping.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        try:
            with pytest.raises(PeerAway, match="in time"):
                send(url, (SECRET,), Message("msg_1", 1, b"{}"), origin(url))
        finally:
            gone.set()
            dripping.join()


def test_a_redirect_is_not_followed() -> None:
    with receiving() as his, receiving() as elsewhere:
        his.statuses, his.location = [307], elsewhere.url
        with pytest.raises(PeerRefused):
            send(his.url, (SECRET,), Message("msg_1", 1, b"{}"), origin(his.url))

    assert elsewhere.got == []


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """A server with a certificate of its own making for one name; the certificate lies in the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize(
    ("name", "trusted", "reached"),
    [("localhost", True, True), ("localhost", False, False), ("other.example", True, False)],
)
def test_a_certificate_is_checked_for_the_name_though_the_address_is_called(
    name: str, trusted: bool, reached: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = certificate(tmp_path, name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    with receiving(context) as his:
        url = f"https://localhost:{his.port}/hook"
        if reached:
            send(url, (SECRET,), Message("msg_1", 1, b"{}"), origin(url))
        else:
            with pytest.raises(PeerBusy, match=r"(?i)certificate"):
                send(url, (SECRET,), Message("msg_1", 1, b"{}"), origin(url))

    assert len(his.got) == int(reached)


def test_a_closed_port_and_an_unknown_name_are_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/"
    for url in (closed, "http://no-such-host.invalid/"):
        with pytest.raises(PeerBusy):
            send(url, (SECRET,), Message("msg_1", 1, b"{}"), origin(url))


def test_a_url_elsewhere_than_the_webhook_is_never_called() -> None:
    with receiving() as his, receiving() as other, pytest.raises(PeerRefused, match="scheme, host and port"):
        send(other.url, (SECRET,), Message("msg_1", 1, b"{}"), origin(his.url))
    assert other.got == []


@pytest.mark.parametrize(
    ("url", "resolved", "may"),
    [
        ("https://his.example.org/", "93.184.216.34", True),
        ("http://his.example.org/", "93.184.216.34", False),
        ("http://his.example.org/", "10.20.0.5", True),
        ("http://his.example.org/", "192.168.7.1", True),
        ("http://his.example.org/", "fd00::5", True),
        ("http://his.example.org/", "127.0.0.1", False),
        ("http://his.example.org/", "::1", False),
        ("http://his.example.org/", "::ffff:127.0.0.1", False),
        ("http://localhost:8080/", "127.0.0.1", True),
        ("http://127.0.0.1:8080/", "127.0.0.1", True),
        ("http://[::1]:8080/", "::1", True),
        ("http://his.example.org/", "169.254.169.254", False),
        ("http://169.254.169.254/", "169.254.169.254", False),
        ("http://his.example.org/", "::ffff:169.254.169.254", False),
        ("http://his.example.org/", "100.100.100.200", False),
        ("http://100.100.100.200/", "100.100.100.200", False),
        ("http://his.example.org/", "fd00:ec2::254", False),
        ("https://his.example.org/", "168.63.129.16", False),
        ("http://his.example.org/", "fe80::1", False),
        ("http://his.example.org/", "0.0.0.0", False),
        ("http://0.0.0.0/", "0.0.0.0", False),
        ("http://his.example.org/", "::", False),
        ("http://his.example.org/", "224.0.0.1", False),
        ("http://his.example.org/", "ff02::1", False),
        ("http://his.example.org/", "255.255.255.255", False),
        ("https://his.example.org/", "2002:7f00:1::1", False),
        ("https://his.example.org/", "64:ff9b::a9fe:a9fe", False),
    ],
)
def test_the_address_a_name_resolves_to_is_looked_at_before_it_is_called(
    url: str, resolved: str, may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = socket.AF_INET6 if ":" in resolved else socket.AF_INET
    called: list[str] = []

    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(family, socket.SOCK_STREAM, 6, "", (resolved, port))]

    def post(target: str, *_: object) -> int:
        called.append(target)
        return 200

    monkeypatch.setattr(webhook.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(webhook, "_post", post)

    if may:
        send(url, (SECRET,), Message("msg_1", 1, b"{}"), origin(url))
        (target,) = called
        assert str(ipaddress.ip_address(resolved)) in target, "the address that was looked at is the one that is called"
    else:
        with pytest.raises(PeerRefused, match="may not be called"):
            send(url, (SECRET,), Message("msg_1", 1, b"{}"), origin(url))
        assert called == []


def test_the_ledger_sends_a_message_until_it_is_there_and_with_one_id(archive: Archive) -> None:
    with receiving() as his:
        sender = Sender(ae_title("HIS"), ae_title("CONSILIUM"), LOOPBACK)
        new = NewHospital("H", Language.EN, (sender,), release=ReleasePolicy.AT_ONCE, webhook_url=his.url)
        added = add_hospital(archive, Wall.operator(), new)
        his.statuses = [503]
        with archive.write() as connection:
            (peer,) = hospitals.peers(connection, SYSTEM, added.hospital_id)
            wanted = deliveries.Wanted(
                hospital=added.hospital_id,
                peer_id=peer.id,
                channel=Channel.HIS,
                study_id=None,
                identity="a",
                url=his.url,
                body='{"type":"result.preliminary","data":{}}',
            )
            deliveries.want(connection, SYSTEM, wanted)
        senders = Senders(pacs=_no_pacs, his=webhook.his_sender(archive.installation.key))

        assert deliver_due(archive, SilentBell(), senders) == 1
        until(lambda: deliver_due(archive, SilentBell(), senders), 10, lambda: his.got)

    assert added.webhook_secret is not None
    assert [headers["webhook-id"] for headers, _ in his.got] == [his.got[0][0]["webhook-id"]] * 2
    assert accepts(added.webhook_secret, *his.got[1], time.time(), set())
    assert json.loads(his.got[1][1])["type"] == "result.preliminary"
    assert added.webhook_secret.encode() not in (archive.folder / "consilium.db").read_bytes()


def test_a_connection_test_sends_a_signed_message(archive: Archive) -> None:
    with receiving() as his:
        sender = Sender(ae_title("HIS"), ae_title("CONSILIUM"), LOOPBACK)
        added = add_hospital(archive, Wall.operator(), NewHospital("H", Language.EN, (sender,), webhook_url=his.url))
        with archive.read() as connection:
            (peer,) = hospitals.peers(connection, SYSTEM, added.hospital_id)

        webhook.probe_sender(archive.installation.key)(peer)

    ((headers, body),) = his.got
    assert accepts(added.webhook_secret or "", headers, body, time.time(), set())
    assert json.loads(body)["type"] == "connection.test"


def _no_pacs(*_: object) -> None:
    raise AssertionError("no PACS in this test")
