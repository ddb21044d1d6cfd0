#!/usr/bin/env python3
"""Takes the centre's webhook messages: genuine, fresh, each once, kept before it is acknowledged. No libraries.

CONSILIUM_WEBHOOK_SECRETS='whsec_…' python3 webhook_receiver.py PORT [INBOX]

Two secrets, separated by a blank, while one is being replaced. INBOX: an SQLite file whose table `message` the HIS
works off; a message carries identifiers only, so read what it is about by the interface. Put TLS in front of it.
"""
# ruff: noqa: T201  # it speaks on stdout

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from client import is_genuine

TOLERANCE_S: Final = 300
MAX_BODY_BYTES: Final = 1 << 20
TIMEOUT_S: Final = 15.0


class Verdict(Enum):
    """What becomes of a message: the HTTP status it is answered, and why."""

    TAKEN = (HTTPStatus.NO_CONTENT, "taken")
    KNOWN = (HTTPStatus.NO_CONTENT, "the centre sent it again; it was taken before")
    NOT_GENUINE = (HTTPStatus.UNAUTHORIZED, "no signature fits: is the secret the one of `hospital add`?")
    NOT_FRESH = (HTTPStatus.UNAUTHORIZED, "the timestamp is more than 5 minutes away: do the clocks agree?")
    REPLAYED = (HTTPStatus.CONFLICT, "these very bytes came before")
    INCOMPLETE = (HTTPStatus.BAD_REQUEST, "webhook-id, webhook-timestamp or webhook-signature is missing or malformed")
    NO_LENGTH = (HTTPStatus.LENGTH_REQUIRED, "Content-Length is missing")
    TOO_LARGE = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")


@dataclass(frozen=True)
class Message:
    """A message as it came."""

    id: str
    timestamp: str
    signatures: str
    body: bytes


class Inbox:
    """The messages taken, in a file that survives this process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS message "
                "(id TEXT PRIMARY KEY, timestamp INTEGER NOT NULL, body BLOB NOT NULL)"
            )

    def take(self, message: Message) -> Verdict:
        """Keep a genuine message, once.

        The centre sends a message again, under the same id and with a new timestamp, when our answer was lost: that
        is acknowledged and changes nothing. The same timestamp again is somebody playing back what was overheard.
        """
        timestamp = int(message.timestamp)
        with closing(sqlite3.connect(self._path, timeout=TIMEOUT_S)) as connection, connection:
            row = (message.id, timestamp, message.body)
            if connection.execute("INSERT OR IGNORE INTO message VALUES (?, ?, ?)", row).rowcount == 1:
                return Verdict.TAKEN
            newer = "UPDATE message SET timestamp = ? WHERE id = ? AND timestamp < ?"
            is_newer = connection.execute(newer, (timestamp, message.id, timestamp)).rowcount == 1
        return Verdict.KNOWN if is_newer else Verdict.REPLAYED


def judge(message: Message, secrets: Sequence[str], inbox: Inbox, now_s: float) -> Verdict:
    """What becomes of a message. now_s: seconds since 1970. The signature comes first: nothing else can be believed."""
    digits = message.timestamp
    if not (message.id and message.signatures and digits.isascii() and digits.isdigit() and len(digits) < 12):
        return Verdict.INCOMPLETE
    if not any(is_genuine(each, message.id, digits, message.body, message.signatures) for each in secrets):
        return Verdict.NOT_GENUINE
    if abs(now_s - int(digits)) > TOLERANCE_S:
        return Verdict.NOT_FRESH
    return inbox.take(message)


class Receiver(ThreadingHTTPServer):
    """The server with what its handlers need."""

    def __init__(self, address: tuple[str, int], secrets: Sequence[str], inbox: Inbox) -> None:
        super().__init__(address, Handler)
        self.secrets = secrets
        self.inbox = inbox


class Handler(BaseHTTPRequestHandler):
    """One message."""

    server: Receiver
    timeout = TIMEOUT_S

    def do_POST(self) -> None:
        """Judge a message and answer it."""
        verdict = self._verdict()
        status, why = verdict.value
        print(f"{status.value} {self.headers.get('webhook-id', '-')!a}: {why}", flush=True)
        content = b"" if status is HTTPStatus.NO_CONTENT else why.encode()
        self.send_response(status)
        if content:
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Say nothing of the request line; the verdict is printed."""

    def _verdict(self) -> Verdict:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return Verdict.NO_LENGTH
        if len(length) > len(str(MAX_BODY_BYTES)) or int(length) > MAX_BODY_BYTES:
            return Verdict.TOO_LARGE
        message = Message(
            id=self.headers.get("webhook-id", ""),
            timestamp=self.headers.get("webhook-timestamp", ""),
            signatures=self.headers.get("webhook-signature", ""),
            body=self.rfile.read(int(length)),
        )
        return judge(message, self.server.secrets, self.server.inbox, time.time())


def main(arguments: list[str]) -> int:
    """Receive until interrupted; returns the exit status."""
    secrets = os.environ.get("CONSILIUM_WEBHOOK_SECRETS", "").split()
    if not secrets or len(arguments) not in {1, 2} or not arguments[0].isdigit():
        print(__doc__, file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell started this in the background
        signal.signal(number, signal.default_int_handler)
    inbox = Inbox(Path(arguments[1] if len(arguments) == 2 else "inbox.sqlite"))
    with Receiver(("127.0.0.1", int(arguments[0])), secrets, inbox) as receiver:
        print(f"receiving at http://127.0.0.1:{receiver.server_port}/", flush=True)
        try:
            receiver.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
