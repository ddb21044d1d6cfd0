"""A centre as its operator runs it: real processes, real ports."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_LIMIT_S = 90.0
CONSILIUM = (sys.executable, "-m", "service.cli")


@dataclass(frozen=True, slots=True)
class AddedHospital:
    """What `consilium hospital add` said."""

    id: str
    name: str
    api_key: str
    webhook_secret: str | None


def consilium(*arguments: str, packages: Path | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*CONSILIUM, *arguments], env=environment(packages), capture_output=True, text=True, check=check, timeout=120
    )


def environment(packages: Path | None) -> dict[str, str]:
    """The environment of a centre that has these packages instead of the shipped ones, and no full viewer."""
    chosen = {} if packages is None else {"CONSILIUM_PACKAGES": json.dumps([str(packages)])}
    return {"CONSILIUM_VIEWER": "false", **os.environ, **chosen}


class RunningCentre:
    """`consilium up` in a folder."""

    def __init__(self, data: Path, packages: Path | None = None) -> None:
        self.data = data
        self.packages = packages
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        """Start on free ports and wait for the ready line."""
        self._process = subprocess.Popen(
            [*CONSILIUM, "up", "--data", str(self.data), "--dicom-port", "0", "--http-port", "0", "--json"],
            env=environment(self.packages),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the centre did not start; logs: {self.logs()}"
        said = json.loads(line)
        assert said["ready"] is True
        self.host: str = said["dicom"]["host"]
        self.port: int = said["dicom"]["port"]
        self.ae_title: str = said["dicom"]["ae_title"]
        self.http: str = said["http"]

    @property
    def pid(self) -> int:
        """Of the supervisor."""
        assert self._process is not None
        return self._process.pid

    def children(self) -> dict[str, int]:
        """The process of each part, by name."""
        parts = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and parent_of(int(entry.name)) == self.pid:
                words = (entry / "cmdline").read_bytes().decode().split("\0")
                if "service.cli" in words and len(words) > 3:
                    parts[words[5] if "worker" in words else words[3]] = int(entry.name)
        return parts

    def takes_associations(self) -> bool:
        """Whether the node's port answers; it does not while its process is started again."""
        try:
            socket.create_connection((self.host, self.port), timeout=5).close()
        except OSError:
            return False
        return True

    def stop(self) -> float:
        """SIGTERM, and wait; returns how many seconds it took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)
        return time.monotonic() - began

    def kill(self) -> None:
        """SIGKILL the supervisor, and wait until nothing of the centre is left."""
        family = family_of(self.pid)
        os.kill(self.pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait()
        until(lambda: not any(alive(pid) for pid in family), 30, lambda: f"orphans: {[p for p in family if alive(p)]}")

    def hospital(self, name: str, *options: str, calling_ae: str | None = None) -> AddedHospital:
        """Let a hospital in."""
        said = json.loads(
            consilium(
                *("hospital", "add", "--data", str(self.data), "--name", name, "--called-ae", self.ae_title),
                *("--calling-ae", calling_ae or name, *options, "--json"),
            ).stdout
        )
        return AddedHospital(said["hospital"], name, said["api_key"], said["webhook_secret"])

    def get(self, path: str, key: str, accept: str = "application/json") -> Any:
        """A GET as a hospital's machine: parsed JSON, or bytes for another type."""
        content = self.raw(path, key, accept)
        return json.loads(content) if "json" in accept else content

    def raw(self, path: str, key: str, accept: str) -> bytes:
        """A GET's body."""
        request = urllib.request.Request(
            f"{self.http}{path}", headers={"Authorization": f"Bearer {key}", "Accept": accept}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            body: bytes = answer.read()
        return body

    def study(self, study_instance_uid: str) -> dict[str, Any]:
        """`consilium study show --json`."""
        said: dict[str, Any] = json.loads(
            consilium("study", "show", study_instance_uid, "--data", str(self.data), "--json").stdout
        )
        return said

    def logs(self) -> str:
        """The last lines of every part's log."""
        folder = self.data / "log"
        if not folder.is_dir():
            return "none"
        return "\n".join(f"{path.name}: {path.read_text()[-1500:]}" for path in sorted(folder.iterdir()))


@contextmanager
def running_centre(data: Path, packages: Path | None = None) -> Iterator[RunningCentre]:
    """A centre for the length of a test."""
    centre = RunningCentre(data, packages)
    try:
        yield centre
    finally:
        if alive(centre.pid):
            centre.stop()


def until(condition: Callable[[], Any], limit_s: float, state: Callable[[], object]) -> Any:
    """Wait until a condition gives something true; the failure shows the state."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"not within {limit_s} s: {state()}")


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def parent_of(pid: int) -> int | None:
    """The parent of a process."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def family_of(pid: int) -> list[int]:
    """A process and all its descendants."""
    parents = {int(e.name): parent_of(int(e.name)) for e in Path("/proc").iterdir() if e.name.isdigit()}
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family
