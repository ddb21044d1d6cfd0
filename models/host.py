"""A model process and the care for it: started, fed, watched, killed, started again.

The worker that owns a host never imports torch. Whatever happens inside the process (a crash, a hang, no memory) is
one attempt lost here, and the next reading starts a fresh process.
"""

from __future__ import annotations

import itertools
import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from models.child import Child
from models.contract import Outcome, SeriesFile
from models.control import Answered, Began, ChannelClosed, Failed, Load, Lost, Progress, Read, Reply
from models.reading_file import MAX_READING_BYTES, ReadingFileFault, read_reading
from models.scratch import Scratch, is_for_want_of_room

_LOG: Final = logging.getLogger("consilium.models")
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")
TICK_S: Final = 0.5
"""How soon a wish to stop, a deadline or silence is noticed."""


class ProcessLost(Exception):
    """The model process crashed, was killed or fell silent; another attempt may succeed."""


class NoRoom(Exception):
    """The disk took nothing more; the process was ended. The same attempt may succeed once there is room."""


class DeadlinePassed(Exception):
    """The reading took longer than the package may take; the process was killed."""


class PackageFailed(Exception):
    """The package is at fault and would fail again: changed files, a broken manifest, an error in its code."""


class PackageBroken(PackageFailed):
    """The package was not run: files are missing or changed, or its manifest is not one. Install it again."""


class Stopped(Exception):
    """The caller wished to stop, or the host was closed; the process was killed."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One attempt to read one series with one package. token: the fencing token of the attempt.

    deadline_s counts from the moment the package is loaded and its files are verified.
    """

    analysis_id: str
    token: str
    package_folder: Path
    files: tuple[SeriesFile, ...]
    deadline_s: float

    @property
    def scratch_name(self) -> str:
        """Name of the attempt's folder. Raises ValueError when id or token is not a plain word of ours."""
        name = f"{self.analysis_id}-{self.token}"
        if _NAME.fullmatch(name) is None or name.startswith("."):
            raise ValueError(f"analysis and token make no folder name: {name!a}")
        return name


@dataclass(slots=True)
class _Watch:
    """What the host knows of a process at work. due_at: of its preparation, then of the reading (monotonic clock).

    silent_s counts the host's own waits, not the clock: a host that was itself stopped has not listened meanwhile.
    """

    due_at: float
    begun: bool = False
    silent_s: float = 0.0


class ModelHost:
    """One slot: at most one model process, kept warm between readings; one reading at a time.

    scratch: a folder the host may fill with folders of its own; several hosts may share it, and what a killed host
    has left there is removed by the next. threads: of the process's computations. silence_limit_s: a working process
    that says nothing for that long is killed. preparation_limit_s: for starting, importing and loading a package.
    memory_budget_mb: of warm packages together, by what their manifests say.
    """

    def __init__(
        self,
        scratch: Path,
        threads: int,
        *,
        memory_budget_mb: int = 8192,
        silence_limit_s: float = 20.0,
        preparation_limit_s: float = 300.0,
    ) -> None:
        self._scratch = Scratch(scratch)
        self._silence_limit_s = silence_limit_s
        self._preparation_limit_s = preparation_limit_s
        self._child = Child(
            self._scratch.folder, threads=threads, memory_budget_mb=memory_budget_mb, silence_limit_s=silence_limit_s
        )
        self._numbers = itertools.count(1)
        self._reading = threading.Lock()
        self._closed = threading.Event()

    @property
    def process_id(self) -> int | None:
        """Of the living model process; None when there is none now."""
        return self._child.process_id

    def warm(self, package_folders: Sequence[Path] = ()) -> None:
        """Start the process and have it import torch and load these packages, without waiting for it."""
        with self._reading:
            channel = self._child.started()
            for folder in package_folders:
                channel.send(Load(number=next(self._numbers), package_folder=folder))

    def read(
        self, assignment: Assignment, on_progress: Callable[[float], None], should_stop: Callable[[], bool]
    ) -> tuple[Outcome, bytes]:
        """Have a series read. Returns what the package said, and the same as the durable reading file.

        on_progress and should_stop are called from this thread, the latter about twice a second.
        Raises ProcessLost, NoRoom, DeadlinePassed, PackageFailed, Stopped; after each the next reading works.
        """
        name = assignment.scratch_name
        with self._reading:
            if self._closed.is_set():
                raise Stopped("the host of model processes is closed")
            try:
                with self._scratch.attempt(name) as folder:
                    return self._read(assignment, folder / "reading.npz", on_progress, should_stop)
            except (ChannelClosed, ReadingFileFault, OSError) as fault:
                raise self._lost(str(fault), no_room=is_for_want_of_room(fault)) from fault
            except PackageFailed:
                raise
            except BaseException:
                self._child.kill()
                raise

    def log_tail(self, bytes_wanted: int = 8192) -> str:
        """The last of what the process has printed, for an operator; empty when it has printed nothing."""
        return self._child.log_tail(bytes_wanted)

    def close(self) -> None:
        """Kill the process, a reading under way included, and remove the host's folder."""
        self._closed.set()
        self._child.strike()
        with self._reading:
            self._child.close()
            self._scratch.remove()

    def _read(
        self,
        assignment: Assignment,
        answer_path: Path,
        on_progress: Callable[[float], None],
        should_stop: Callable[[], bool],
    ) -> tuple[Outcome, bytes]:
        number = next(self._numbers)
        self._ask(assignment, number, answer_path)
        self._await(assignment, number, on_progress, should_stop)
        content = _bounded(answer_path)
        return read_reading(content), content

    def _ask(self, assignment: Assignment, number: int, answer_path: Path) -> None:
        self._child.started().send(
            Read(
                number=number,
                package_folder=assignment.package_folder.absolute(),
                files=tuple(replace(file, path=file.path.absolute()) for file in assignment.files),
                answer_path=answer_path,
            )
        )

    def _await(
        self,
        assignment: Assignment,
        number: int,
        on_progress: Callable[[float], None],
        should_stop: Callable[[], bool],
    ) -> None:
        """Until the process has answered; whatever else happens is raised."""
        watch = _Watch(due_at=time.monotonic() + self._preparation_limit_s)
        while True:
            if should_stop() or self._closed.is_set():
                raise Stopped("the reading was stopped as wished")
            reply = self._child.channel.next_reply(TICK_S)
            watch.silent_s = watch.silent_s + TICK_S if reply is None else 0.0
            if isinstance(reply, Began) and reply.number == number:
                watch.begun, watch.due_at = True, time.monotonic() + assignment.deadline_s
            elif isinstance(reply, Progress) and reply.number == number:
                on_progress(reply.share)
            elif _is_the_answer(reply, number):
                return
            self._child.trim_log()
            self._judge(watch, assignment)

    def _judge(self, watch: _Watch, assignment: Assignment) -> None:
        late = time.monotonic() > watch.due_at
        if late and watch.begun:
            raise DeadlinePassed(f"the reading was not done within {assignment.deadline_s:g} s")
        if late:
            raise self._lost(f"the package was not ready within {self._preparation_limit_s:g} s")
        if watch.silent_s >= self._silence_limit_s:
            raise self._lost(f"no sign of life for {self._silence_limit_s:g} s")

    def _lost(self, fault: str, *, no_room: bool = False) -> ProcessLost | NoRoom | Stopped:
        """End the process; on a full disk it may have ended of that without being able to say so."""
        ending = self._child.kill()
        if self._closed.is_set():
            return Stopped("the host of model processes was closed")
        if no_room or self._scratch.is_full():
            return NoRoom(f"no room on the disk: {fault}")
        _LOG.warning("model process lost: %s; %s", fault, ending)
        return ProcessLost(f"{fault}; {ending}")


def _is_the_answer(reply: Reply | None, number: int) -> bool:
    """Whether the reading file lies there; raises what the process says instead of it."""
    if isinstance(reply, Lost) and reply.no_room:
        raise NoRoom(f"no room on the disk: {reply.detail}")
    if isinstance(reply, Lost):
        raise ChannelClosed(reply.detail)
    if isinstance(reply, Failed) and reply.number == number:
        raise PackageBroken(reply.detail) if reply.broken else PackageFailed(reply.detail)
    return isinstance(reply, Answered) and reply.number == number


def _bounded(path: Path) -> bytes:
    with path.open("rb") as stream:
        content = stream.read(MAX_READING_BYTES + 1)
    if len(content) > MAX_READING_BYTES:
        raise ReadingFileFault(f"the reading file is larger than {MAX_READING_BYTES} bytes")
    return content
