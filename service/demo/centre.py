"""The two processes of a demo: a centre on free ports and a hospital, both gone when the demo ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Final

from service.cli.parts import PARENT_VARIABLE

HOSPITAL_AE: Final = "DEMOPACS"
HOSPITAL_NAME: Final = "Demo Hospital"
QUIET_S: Final = 2.0
STOP_LIMIT_S: Final = 25.0
_CONSILIUM: Final = (sys.executable, "-m", "service.cli")


class DemoFault(Exception):
    """The demo could not be set up."""


@dataclass(frozen=True, slots=True)
class DemoCentre:
    """Where the demo runs."""

    data: Path
    http: str
    dicom_host: str
    dicom_port: int
    ae_title: str
    hospital_folder: Path
    hospital_id: str
    api_key: str


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the centre listens; 0: any free port."""

    dicom: int
    http: int


@contextmanager
def running(data: Path, package: str, ports: Ports) -> Iterator[DemoCentre]:
    """A centre and a hospital that asks for a package; both end with the block. Raises DemoFault."""
    folder = _fresh(data, "hospital")
    where = ("--data", str(data / "centre"), "--dicom-port", str(ports.dicom), "--http-port", str(ports.http))
    up = _started([*_CONSILIUM, "up", *where, "--json"])
    hospital = _started([sys.executable, "-m", "service.demo.hospital", str(folder), HOSPITAL_AE])
    try:
        ready, port = _line(up, "the centre"), _line(hospital, "the demo hospital")["port"]
        added = _add_hospital(data / "centre", ready["dicom"]["ae_title"], port, package)
        yield DemoCentre(
            data=data / "centre",
            http=ready["http"],
            dicom_host=ready["dicom"]["host"],
            dicom_port=ready["dicom"]["port"],
            ae_title=ready["dicom"]["ae_title"],
            hospital_folder=folder,
            hospital_id=added["hospital"],
            api_key=added["api_key"],
        )
    finally:
        for process in (up, hospital):
            _end(process)


def _fresh(data: Path, name: str) -> Path:
    """A folder that no earlier demo in this folder stored into."""
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(folder for folder in (data / each for each in names) if not folder.exists())


def _started(command: list[str]) -> subprocess.Popen[str]:
    """A child that the kernel ends when this process dies, however it dies."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
    )


def _line(process: subprocess.Popen[str], who: str) -> dict:  # type: ignore[type-arg]  # a parser's raw JSON
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise DemoFault(f"{who} did not start (exit code {process.wait()}); its words stand above")
    said: dict = json.loads(line)  # type: ignore[type-arg]
    return said


def _add_hospital(data: Path, called_ae: str, port: int, package: str) -> dict[str, str]:
    options = {
        "--data": str(data),
        "--name": HOSPITAL_NAME,
        "--calling-ae": HOSPITAL_AE,
        "--called-ae": called_ae,
        "--pacs": f"127.0.0.1:{port}:{HOSPITAL_AE}",
        "--package": package,
        "--release": "at-once",
        "--quiet": str(QUIET_S),
        "--language": "zh-CN",
    }
    known = json.loads(_asked("list", "--data", str(data), "--json"))
    if any(each["name"] == HOSPITAL_NAME for each in known):
        _asked("remove", HOSPITAL_NAME, "--data", str(data))
    added: dict[str, str] = json.loads(_asked("add", *chain.from_iterable(options.items()), "--json"))
    return added


def _asked(*arguments: str) -> str:
    said = subprocess.run([*_CONSILIUM, "hospital", *arguments], check=False, stdout=subprocess.PIPE, text=True)
    if said.returncode != 0:
        raise DemoFault("the demo hospital could not be added; the reason stands above")
    return said.stdout


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
