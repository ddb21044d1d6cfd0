#!/usr/bin/env python3
"""A HIS at work with the diagnosis centre: order, wait, read, download, cancel, verify. Standard library only.

python3 client.py URL KEY order ACCESSION QUESTION [ORDER_NUMBER]   the whole job, until the SR lies in this folder
python3 client.py URL KEY cancel ORDER_ID
python3 client.py verify SECRET ID TIMESTAMP SIGNATURE < body       of a webhook message
"""
# ruff: noqa: T201, S310  # it speaks on stdout; the URL is the one its user typed

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from typing import Any, Final, TypeAlias

CURSOR_FILE: Final = Path("consilium.cursor")
WAIT_S: Final = float(os.environ.get("CONSILIUM_WAIT_S", "600"))
POLL_S: Final = 2.0
TIMEOUT_S: Final = 60.0
TRIES: Final = 5
TRY_AGAIN: Final = frozenset({429, 502, 503, 504})
WAITING: Final = frozenset({"requested", "matched", "analysing"})
ENDED: Final = frozenset({"concluded", "refused", "failed"})
Json: TypeAlias = dict[str, Any]


class Refused(Exception):
    """The centre cannot do what was asked. code is stable; the message is for people."""

    def __init__(self, problem: Json) -> None:
        """Take over problem details (RFC 9457)."""
        super().__init__(f"{problem['title']}: {problem['detail']} ({problem['code']}, trace {problem['trace_id']})")
        self.code: str = problem["code"]


class NotInTime(Exception):
    """The outcome was not ready when waiting ended. Nothing is lost: run the same order again."""


class Centre:
    """The centre's interface as one hospital sees it."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url.rstrip("/")
        self._key = key

    def get(self, path: str) -> Json:
        """Read one thing."""
        return _parsed(self._call("GET", path))

    def get_bytes(self, path: str) -> bytes:
        """Read a file."""
        return self._call("GET", path)

    def post(self, path: str, body: Json, idempotency_key: str) -> Json:
        """Make one thing; sent again under the same key it is made once."""
        return _parsed(self._call("POST", path, json.dumps(body).encode(), {"Idempotency-Key": idempotency_key}))

    def delete(self, path: str) -> Json:
        """Take one thing back."""
        return _parsed(self._call("DELETE", path))

    def _call(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        """Ask, and ask again while the network or the centre is away. Every call of this interface may be repeated."""
        request = urllib.request.Request(f"{self._url}{path}", data=body, method=method, headers=headers or {})
        request.add_header("Content-Type", "application/json")
        request.add_unredirected_header("Authorization", f"Bearer {self._key}")
        for attempt in range(1, TRIES + 1):
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                    content: bytes = answer.read()
                    return content
            except urllib.error.HTTPError as fault:
                wait_s = _retry_after_s(fault, attempt)
                if wait_s is None or attempt == TRIES:
                    raise Refused(_problem(fault)) from fault
            except (OSError, http.client.HTTPException):
                wait_s = float(attempt)
                if attempt == TRIES:
                    raise
            time.sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")


def _parsed(content: bytes) -> Json:
    parsed: Json = json.loads(content)
    return parsed


def _retry_after_s(fault: urllib.error.HTTPError, attempt: int) -> float | None:
    """How long to wait before asking again; None: asking again would not help."""
    told = fault.headers.get("Retry-After", "")
    if told.isdigit():
        return float(told)
    return float(attempt) if fault.code in TRY_AGAIN else None


def _problem(fault: urllib.error.HTTPError) -> Json:
    """The problem document; something between us and the centre may have answered without one."""
    if fault.headers.get_content_type() == "application/problem+json":
        return _parsed(fault.read())
    return {"title": fault.reason, "detail": f"HTTP {fault.code}", "code": "no-problem-document", "trace_id": "none"}


def place_order(centre: Centre, accession_number: str, question: str, order_number: str) -> Json:
    """Place an order. order_number: unique at your side; store it before this call, use it again after a crash."""
    body = {
        "accession_number": accession_number,
        "exam_class": "outpatient",
        "priority": "medium",
        "question": question,
    }
    return centre.post("/api/v1/orders", body, order_number)


def wait_for_outcome(centre: Centre, order_id: str) -> tuple[Json, list[Json]]:
    """Follow the events until the order has ended and every result is written: the order and its analyses."""
    deadline = time.monotonic() + WAIT_S
    order, analyses, is_ready = look(centre, order_id)
    while not is_ready:
        if time.monotonic() > deadline:
            raise NotInTime(f"order {order_id} is {order['state_text']}; {order['matching']['text']}")
        if read_events(centre, order):
            order, analyses, is_ready = look(centre, order_id)
        else:
            time.sleep(POLL_S)
    return order, analyses


def read_events(centre: Centre, order: Json) -> bool:
    """Read one page of events behind the stored cursor; returns whether one was about this order.

    The cursor is stored after the page was worked off, so that a crash repeats a page and never skips one.
    """
    cursor = CURSOR_FILE.read_text().strip() if CURSOR_FILE.exists() else ""
    after = f"?after={urllib.parse.quote(cursor)}" if cursor else ""
    page = centre.get(f"/api/v1/events{after}")
    is_ours = False
    for event in page["items"]:
        study_uid = event["study_instance_uid"]
        if event["order_id"] == order["id"] or (study_uid and study_uid == order["study_instance_uid"]):
            is_ours = True
            print(f"event {event['kind']}: {event['text']}")
    fresh = CURSOR_FILE.with_suffix(".new")
    fresh.write_text(page["next"])
    fresh.replace(CURSOR_FILE)
    return is_ours or bool(page["more"])


def look(centre: Centre, order_id: str) -> tuple[Json, list[Json], bool]:
    """The order, its study's current analyses, and whether all of it is there to be read."""
    order = centre.get(f"/api/v1/orders/{order_id}")
    if order["state"] == "cancelled" or order["state"] in WAITING:
        return order, [], order["state"] == "cancelled"
    study = centre.get(f"/api/v1/studies/{order['study_instance_uid']}")
    current = [each["id"] for each in study["analyses"] if each["state"] in ENDED]
    analyses = [centre.get(f"/api/v1/analyses/{analysis_id}") for analysis_id in current]
    return order, analyses, all(structured_report(each) or not each["released"] for each in analyses)


def structured_report(analysis: Json) -> Json | None:
    """The DICOM SR of an analysis; None while it is not written, or not released."""
    reports = [each for each in analysis["results"] or [] if each["kind"] == "SR"]
    return reports[0] if reports else None


def show_analysis(centre: Centre, analysis: Json) -> None:
    """Print an analysis as a HIS would store it, and download its SR."""
    package = analysis["package"]
    print(f"analysis {analysis['id']} {package['name']} {package['version']} {analysis['outcome'] or 'not-released'}")
    if analysis["reason_text"]:
        print(f"reason {analysis['reason']}: {analysis['reason_text']}")
    for finding in analysis["findings"] or []:
        print(f"finding {finding['number']} {finding['code']['scheme']} {finding['code']['value']}: {finding['text']}")
    for name in ("findings_text", "impression_text"):
        if analysis[name] is not None:
            print(f"{name}:\n{analysis[name]}")
    report = structured_report(analysis)
    if report is not None:
        content = centre.get_bytes(report["href"])
        path = Path(f"{report['sop_instance_uid']}.dcm")
        path.write_bytes(content)
        print(f"saved {path} {len(content)} bytes")


def run_order(centre: Centre, accession_number: str, question: str, order_number: str) -> None:
    """The whole job."""
    placed = place_order(centre, accession_number, question, order_number)
    print(f"order {placed['id']} {placed['state']}: {placed['matching']['text']}", flush=True)
    order, analyses = wait_for_outcome(centre, placed["id"])
    print(f"order {order['id']} {order['state']}: {order['state_text']}")
    if order["state"] == "cancelled":
        return
    study = centre.get(f"/api/v1/studies/{order['study_instance_uid']}")
    received, examination = study["received"], study["examination"]
    print(f"study {study['study_instance_uid']} {study['state']} {received['text']}: {examination['text']}")
    for analysis in analyses:
        show_analysis(centre, analysis)


def is_genuine(secret: str, message_id: str, timestamp: str, body: bytes, signatures: str) -> bool:
    """Whether a webhook message was signed with a secret (Standard Webhooks 1.0.0).

    signatures: the header as it came, several separated by blanks while a secret is being replaced. A receiver must
    also check the timestamp's age and the id: webhook_receiver.py.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = hmac.new(key, signed, hashlib.sha256).digest()
    return any(hmac.compare_digest(expected, given) for given in _given(signatures))


def _given(signatures: str) -> list[bytes]:
    given = []
    for each in signatures.split():
        version, _, encoded = each.partition(",")
        if version == "v1":
            try:
                given.append(base64.b64decode(encoded, validate=True))
            except (binascii.Error, ValueError):
                continue
    return given


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit status."""
    match arguments:
        case ["verify", secret, message_id, timestamp, signatures]:
            genuine = is_genuine(secret, message_id, timestamp, sys.stdin.buffer.read(), signatures)
            print("genuine" if genuine else "not genuine")
            return 0 if genuine else 1
        case [url, key, "order", accession_number, question]:
            run_order(Centre(url, key), accession_number, question, str(uuid.uuid4()))
        case [url, key, "order", accession_number, question, order_number]:
            run_order(Centre(url, key), accession_number, question, order_number)
        case [url, key, "cancel", order_id]:
            order = Centre(url, key).delete(f"/api/v1/orders/{order_id}")
            print(f"order {order['id']} {order['state']}: {order['state_text']}")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)  # type: ignore[union-attr]  # a console, not a stub
    sys.stderr.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # the same
    try:
        sys.exit(main(sys.argv[1:]))
    except (Refused, NotInTime, OSError) as fault:
        print(fault, file=sys.stderr)
        sys.exit(1)
