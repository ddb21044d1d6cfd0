"""DICOMweb against Orthanc's plugin: the same files, the same client, ours with key and audit."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

STORED = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Root:
    """A DICOMweb root and the key it takes."""

    port: int
    key: str | None

    def request(self, path: str, accept: str) -> bytes:
        """A GET, ready to be sent again and again."""
        key = f"Authorization: Bearer {self.key}\r\n" if self.key else ""
        return f"GET /dicom-web{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\n{key}\r\n".encode()


class Client:
    """One kept connection that spends next to nothing, so that the server is what is measured."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = bytearray(8 << 20)
        self._view = memoryview(self._held)

    def get(self, request: bytes) -> memoryview:
        """Send one request; the body of its answer, which must be 200 and say its length."""
        self._socket.sendall(request)
        filled, head_end = 0, -1
        while head_end < 0:
            filled += self._received(filled)
            head_end = self._held.find(b"\r\n\r\n", 0, filled)
        head = bytes(self._held[:head_end])
        assert b" 200 " in head[:20], head
        found = _LENGTH.search(head)
        assert found is not None, head
        end = head_end + 4 + int(found[1])
        while filled < end:
            filled += self._received(filled)
        return self._view[head_end + 4 : end]

    def _received(self, filled: int) -> int:
        count = self._socket.recv_into(self._view[filled:])
        assert count, "the server closed the connection"
        return count

    def close(self) -> None:
        """Let the connection go."""
        self._socket.close()


def answers_a_second(port: int, requests: Sequence[bytes], connections: int) -> float:
    """How many answers come in a second when each connection asks for all of them."""

    def ask() -> None:
        client = Client(port)
        for request in requests:
            client.get(request)
        client.close()

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(requests) * connections / (time.perf_counter() - began)


def getter(root: Root, path: str, accept: str) -> Callable[[], object]:
    """One GET over a connection that is kept."""
    client, request = Client(root.port), root.request(path, accept)
    return lambda: client.get(request)
