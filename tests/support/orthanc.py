"""Orthanc as the hospital's PACS: a real one, in a folder of its own, on free ports."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.centre import until

AE_TITLE = "HOSPPACS"


@dataclass(frozen=True, slots=True)
class Orthanc:
    """A running Orthanc."""

    http_port: int
    dicom_port: int

    def rest(self, path: str, body: bytes | object | None = None, method: str | None = None) -> Any:
        """A REST call; body: bytes as they are, else JSON."""
        sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", data=sent, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            said = answer.read()
        return json.loads(said) if said else None

    def know(self, ae_title: str, port: int) -> None:
        """Add the centre as a modality."""
        self.rest("/modalities/consilium", {"AET": ae_title, "Host": "127.0.0.1", "Port": port}, "PUT")

    def upload(self, *paths: Path) -> None:
        """Put files into the PACS, as a scanner would."""
        for path in paths:
            self.rest("/instances", path.read_bytes())

    def push(self, study: str) -> None:
        """Send a study (Orthanc's identifier) to the centre by C-STORE."""
        self.rest("/modalities/consilium/store", [study])

    def modalities(self) -> list[str]:
        """The modality of every series it holds."""
        return sorted(self.rest(f"/series/{each}")["MainDicomTags"]["Modality"] for each in self.rest("/series"))


@contextmanager
def orthanc(folder: Path, *, dicomweb: bool = False) -> Iterator[Orthanc]:
    """An Orthanc for the length of a test; dicomweb: with its DICOMweb plugin."""
    folder.mkdir()
    http_port, dicom_port = _free_port(), _free_port()
    settings = {
        "Name": "HOSPITAL-PACS",
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "HttpPort": http_port,
        "DicomPort": dicom_port,
        "DicomAet": AE_TITLE,
        "DicomCheckCalledAet": True,
        "RemoteAccessAllowed": False,
        "DefaultEncoding": "Chinese",
        "UnknownSopClassAccepted": True,
        "OverwriteInstances": False,
        "SaveJobs": False,
        "Plugins": ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so"] if dicomweb else [],
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen(
            ["/usr/sbin/Orthanc", str(folder / "orthanc.json")],
            env={**os.environ, "TCP_NODELAY": "1"},
            stdout=log,
            stderr=log,
        )
        running = Orthanc(http_port, dicom_port)
        try:
            until(lambda: _answers(running), 30, lambda: (folder / "orthanc.log").read_text()[-2000:])
            yield running
        finally:
            process.terminate()
            process.wait(20)


def _answers(running: Orthanc) -> bool:
    try:
        return bool(running.rest("/system"))
    except (urllib.error.URLError, ConnectionError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
