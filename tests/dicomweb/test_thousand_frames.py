"""A study of a thousand frames: the process that serves it stays as large as it was."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
from pydicom.uid import RLELossless

from service.archive.store import Archive
from tests.support.edges import Customer, Edges, serving
from tests.support.series import ct_slice

FRAMES = 1000
STORED = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
DECODED = 'multipart/related; type="application/octet-stream"'
PART10 = 'multipart/related; type="application/dicom"'
FRAME_BYTES = 256 * 256 * 2
SERVER = """
import json, pathlib, sys, threading
from service.archive.store import Archive
from tests.support.edges import serving

archive = Archive(pathlib.Path(sys.argv[1]))
with serving(archive) as served:
    print(json.dumps(served.url), flush=True)
    sys.stdin.read()
archive.close()
"""


class Server:
    """The HTTP edges as a process of their own, so that nobody else's memory is counted."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url: str = json.loads(self._process.stdout.readline())

    def own_mb(self) -> int:
        """Its own resident memory now; pages of mapped files are the system's to take back, and are not counted."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("RssAnon")).split()[1]) // 1024

    def close(self) -> None:
        self._process.communicate("")


def stored(edges: Edges, customer: Customer, *, compressed: bool) -> str:
    """A study of one object of a thousand frames of 128 KiB; the path of the object."""
    study = f"1.2.826.0.1.3680043.10.1561.1000.{int(compressed)}"
    image = ct_slice(study_uid=study, series_uid=f"{study}.1", index=0, size=256)
    frame = np.random.default_rng(1).integers(-1000, 500, (256, 256), dtype=np.int16)
    image.NumberOfFrames, image.PixelData = FRAMES, frame.tobytes() * FRAMES
    if compressed:
        image.compress(RLELossless, generate_instance_uid=False)
    edges.receive(customer, image)
    return f"/dicom-web/studies/{study}/series/{study}.1/instances/{image.SOPInstanceUID}"


@pytest.mark.slow
def test_a_thousand_frames_do_not_grow_the_process(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with serving(archive) as edges:
        customer = edges.hospital()
        native, compressed = (stored(edges, customer, compressed=each) for each in (False, True))
    archive.close()
    server = Server(tmp_path)
    few, every = (",".join(map(str, range(1, count + 1))) for count in (50, FRAMES))
    asked = {
        f"{native}/frames/{every}": STORED,
        native: PART10,
        f"{compressed}/frames/{every}": STORED,
        compressed: PART10,
        f"{compressed}/frames/{few}": DECODED,
    }
    try:
        key = {"Authorization": f"Bearer {customer.key}"}
        with httpx.Client(base_url=server.url, headers=key, timeout=120) as client:
            for path in (native, compressed):
                assert client.get(f"{path}/frames/1", headers={"Accept": DECODED}).status_code == 200
                assert client.get(f"{path}/metadata").status_code == 200
            before_mb = server.own_mb()
            most_mb = {path[-40:]: _streamed(client, path, accept, server) for path, accept in asked.items()}
    finally:
        server.close()

    assert max(most_mb.values()) < before_mb + 24, (before_mb, most_mb)


def _streamed(client: httpx.Client, path: str, accept: str, server: Server) -> int:
    """The most memory the server had while it answered; nothing of the answer is kept here either."""
    received, most_mb = 0, 0
    with client.stream("GET", path, headers={"Accept": accept}) as answer:
        assert answer.status_code == 200, answer.read()
        for number, piece in enumerate(answer.iter_bytes(1 << 20)):
            received += len(piece)
            if number % 4 == 0:
                most_mb = max(most_mb, server.own_mb())
    assert received > 50 * FRAME_BYTES
    return max(most_mb, server.own_mb())
