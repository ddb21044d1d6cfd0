"""The operating system's side of a model process: command line, environment, log, signals."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from models.control import Channel, ChannelClosed

_ROOT: Final = Path(__file__).parent.parent
_MAX_LOG_BYTES: Final = 1 << 20
_KEPT_LOG_BYTES: Final = 1 << 16
_BEATS_IN_SILENCE: Final = 10
_PASSED_ON: Final = frozenset(
    ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONHASHSEED", "PYTHONPATH", "TMPDIR", "TZ", "VIRTUAL_ENV")
)
_PASSED_ON_PREFIXES: Final = ("CUDA_", "NVIDIA_", "KMP_", "PYTORCH_", "OPENVINO_", "COVERAGE_")


class Child:
    """At most one living process. It is started by a thread that lives as long as this object.

    That thread matters: the process asks to be killed when its parent ends (PR_SET_PDEATHSIG), and Linux takes the
    thread that started it for the parent (prctl(2)).
    """

    def __init__(self, folder: Path, *, threads: int, memory_budget_mb: int, silence_limit_s: float) -> None:
        self._folder = folder
        self._threads = threads
        self._memory_budget_mb = memory_budget_mb
        self._silence_limit_s = silence_limit_s
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model-process")
        self._striking = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None

    @property
    def process_id(self) -> int | None:
        """Of the living process."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def channel(self) -> Channel:
        """To the process. Raises ChannelClosed when it was killed meanwhile."""
        if self._channel is None:
            raise ChannelClosed("the model process was ended")
        return self._channel

    def started(self) -> Channel:
        """The channel to a living process, started now when there is none."""
        if self.process_id is None:
            self.kill()
            self._starter.submit(self._start).result()
        return self.channel

    def strike(self) -> None:
        """Send SIGKILL to the process and its own children, from any thread; whoever waits for it sees its end."""
        with self._striking:
            process = self._process
            if process is not None and process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)

    def kill(self) -> str:
        """End the process, its own children included, and wait for it; says how it ended."""
        self.strike()
        process = self._process
        if process is None:
            return "no process"
        status = process.wait()
        self._process = None
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()
        return f"ended by signal {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"

    def close(self) -> None:
        """Kill the process for good."""
        self.kill()
        self._starter.shutdown()

    def log_tail(self, bytes_wanted: int) -> str:
        """The last of what the process printed."""
        try:
            with self._log.open("rb") as stream:
                stream.seek(max(0, stream.seek(0, os.SEEK_END) - bytes_wanted))
                return stream.read().decode(errors="replace")
        except FileNotFoundError:
            return ""

    def trim_log(self) -> None:
        """Keep the log bounded; the process appends, so it goes on after what is kept."""
        if self._log.stat().st_size > _MAX_LOG_BYTES:
            kept = self.log_tail(_KEPT_LOG_BYTES)
            os.truncate(self._log, 0)
            with self._log.open("ab") as stream:
                stream.write(kept.encode())

    @property
    def _log(self) -> Path:
        return self._folder / "process.log"

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs, self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env=self._environment(),
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._channel = Channel(ours, patience_s=self._silence_limit_s)

    def _command(self, control_fd: int) -> list[str]:
        return [
            sys.executable,
            "-P",
            "-m",
            "models.process",
            f"--control-fd={control_fd}",
            f"--threads={self._threads}",
            f"--memory-budget-mb={self._memory_budget_mb}",
            f"--beat-s={self._silence_limit_s / _BEATS_IN_SILENCE}",
        ]

    def _environment(self) -> dict[str, str]:
        """What computing needs and no more: no secret of the centre reaches a package."""
        passed = {
            name: value
            for name, value in os.environ.items()
            if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
        }
        paths = [str(_ROOT), *filter(None, [passed.get("PYTHONPATH")])]
        threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(self._threads))
        return {**passed, **threads, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}
