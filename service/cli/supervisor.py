"""`consilium up`: node, API and workers as children; what dies is started again, nothing outlives the supervisor."""

from __future__ import annotations

import fcntl
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from service.cli.parts import ADDRESS_IN_USE, PARENT_VARIABLE, Stop

START_LIMIT_S: Final = 60.0
STOP_LIMIT_S: Final = 15.0
ADDRESS_LIMIT_S: Final = 20.0
LONGEST_PAUSE_S: Final = 10.0


class CentreFault(Exception):
    """Base, never raised itself: the centre cannot start."""


class AlreadyRunning(CentreFault):
    """Another supervisor holds this data folder."""


class PartDidNotStart(CentreFault):
    """A part ended or stayed silent at the start."""


class FolderLock:
    """Held while a centre runs on a folder; the kernel lets go of it when the process dies."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._stream = (folder / "lock").open("a+")
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            self._stream.seek(0)
            holder = self._stream.read().strip() or "unknown"
            raise AlreadyRunning(
                f"a centre already runs on {folder} (process {holder}); stop it first, or choose another --data folder"
            ) from fault
        self._stream.seek(0)
        self._stream.truncate()
        self._stream.write(str(os.getpid()))
        self._stream.flush()

    def release(self) -> None:
        """Let go of the folder."""
        self._stream.close()


def is_held(folder: Path) -> bool:
    """Whether a centre runs on this folder: the process in its lock file holds the lock."""
    try:
        holder = int((folder / "lock").read_text())
        locks = Path("/proc/locks").read_text()
    except (OSError, ValueError):
        return False
    return any(line.split()[1] == "FLOCK" and line.split()[4] == str(holder) for line in locks.splitlines())


@dataclass(slots=True)
class Part:
    """A child: how it is started, and as what it runs at the moment."""

    name: str
    arguments: list[str]
    process: subprocess.Popen[str] | None = None
    failures: int = 0
    start_at: float = 0.0
    ready_at: float = 0.0
    log_from: int = 0
    facts: dict[str, str | int] = field(default_factory=dict)


class Supervisor:
    """Starts parts and keeps them alive until told to stop."""

    def __init__(self, folder: Path, parts: Sequence[Part]) -> None:
        self._parts = list(parts)
        self._logs = folder / "log"
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)

    def start(self) -> dict[str, dict[str, str | int]]:
        """Start every part and wait until each is ready; returns what each said of itself. Raises PartDidNotStart."""
        deadline = time.monotonic() + START_LIMIT_S
        for part in self._parts:
            self._spawn(part)
        try:
            for part in self._parts:
                part.facts = self._first_line(part, deadline)
        except CentreFault:
            self.stop()
            raise
        return {part.name: part.facts for part in self._parts}

    def fix_port(self, name: str, option: str, port: str | int) -> None:
        """From now on a restarted part listens on the port that it was told to everyone under."""
        for part in self._parts:
            if part.name == name:
                part.arguments[part.arguments.index(option) + 1] = str(port)

    def run(self, stop: Stop) -> None:
        """Restart what dies, with a growing pause, until stop is set; then end everything.

        A child's stdout ends when the child does, so waiting for that is waiting for its death.
        """
        while not stop.is_set():
            with selectors.DefaultSelector() as selector:
                selector.register(stop, selectors.EVENT_READ)
                for part in self._parts:
                    if part.process is not None and part.process.stdout is not None:
                        selector.register(part.process.stdout, selectors.EVENT_READ, part)
                for key, _ in selector.select(self._until_next_start_s()):
                    if key.data is not None:
                        self._heard(key.data)
            if not stop.is_set():
                self._start_due()
        self.stop()

    def stop(self) -> None:
        """Ask every part to end, wait, and end hard what does not."""
        running = [part.process for part in self._parts if part.process is not None and part.process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_LIMIT_S
        for process in running:
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _heard(self, part: Part) -> None:
        """A line of a restarted part, or the end of its stdout: then it died."""
        assert part.process is not None
        assert part.process.stdout is not None
        if part.process.stdout.readline():
            part.ready_at = time.monotonic()
            return
        part.process.kill()
        part.process.wait()
        part.process = None
        lived_s = time.monotonic() - part.ready_at
        part.failures = 1 if lived_s > LONGEST_PAUSE_S else part.failures + 1
        part.start_at = time.monotonic() + min(0.1 * 2 ** min(part.failures, 8), LONGEST_PAUSE_S)
        self._log(f"{part.name} ended; it is started again")

    def _until_next_start_s(self) -> float | None:
        waiting = [part.start_at for part in self._parts if part.process is None]
        return max(min(waiting) - time.monotonic(), 0) if waiting else None

    def _start_due(self) -> None:
        for part in self._parts:
            if part.process is None and time.monotonic() >= part.start_at:
                self._spawn(part)

    def _spawn(self, part: Part) -> None:
        log = (self._logs / f"{part.name}.log").open("a")
        part.log_from = log.tell()
        part.process = subprocess.Popen(
            [sys.executable, "-m", "service.cli", *part.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
            env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
        )
        log.close()

    def _first_line(self, part: Part, deadline: float) -> dict[str, str | int]:
        told = False
        while True:
            process = part.process
            assert process is not None
            assert process.stdout is not None
            line = _line_before(process.stdout, deadline)
            if line:
                said: dict[str, str | int] = json.loads(line)
                part.ready_at = time.monotonic()
                return said
            code = None if line is None else process.wait()
            if code != ADDRESS_IN_USE or time.monotonic() > deadline - START_LIMIT_S + ADDRESS_LIMIT_S:
                raise PartDidNotStart(self._why(part, code))
            if not told:
                self._log(
                    f"{part.name}: its port is in use; trying for {ADDRESS_LIMIT_S:.0f} s, since one may be ending"
                )
            told = True
            self._spawn(part)

    def _why(self, part: Part, code: int | None) -> str:
        with (self._logs / f"{part.name}.log").open(errors="replace") as log:
            log.seek(part.log_from)
            tail = log.read().strip().splitlines()[-3:]
        what = f"did not become ready in {START_LIMIT_S:.0f} s" if code is None else f"ended with code {code}"
        return f"{part.name} {what}: {' | '.join(tail) or 'its log is empty'} (log: {self._logs / part.name}.log)"

    def _log(self, sentence: str) -> None:
        sys.stderr.write(f"consilium: {sentence}\n")
        sys.stderr.flush()


def _line_before(stream: IO[str], deadline: float) -> str | None:
    """The next line; "" when the stream ended, None when the deadline passed."""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        if not selector.select(max(deadline - time.monotonic(), 0)):
            return None
    return stream.readline()
