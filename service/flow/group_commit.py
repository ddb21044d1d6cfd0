"""One writer for many arrivals: whatever is queued is committed in one transaction; one that fails takes none along."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from service.archive.store import Archive, ArchiveUnavailable

T = TypeVar("T")
_BATCH: Final = 64


class _Unit(Generic[T]):
    def __init__(self, work: Callable[[Connection], T]) -> None:
        self._work = work
        self.future: Future[T] = Future()
        self._outcome: Callable[[], None] = lambda: None

    def run(self, connection: Connection, scope: AbstractContextManager[object]) -> None:
        """Do the work in a scope that undoes it when it fails; what came of it is told only after the commit."""
        try:
            with scope:
                made = self._work(connection)
        except OperationalError as fault:
            words = f"the database does not answer ({fault.orig}); try again"
            self._outcome = _teller(self.future.set_exception, ArchiveUnavailable(words))
        except Exception as fault:  # noqa: BLE001  # the caller that waits for the future gets it
            self._outcome = _teller(self.future.set_exception, fault)
        else:
            self._outcome = _teller(self.future.set_result, made)

    def committed(self) -> None:
        self._outcome()

    def failed(self, fault: BaseException) -> None:
        self.future.set_exception(fault)


def _teller(tell: Callable[[T], None], made: T) -> Callable[[], None]:
    return lambda: tell(made)


@contextmanager
def _undone(connection: Connection) -> Iterator[None]:
    """What a savepoint does, for the only unit of work of a transaction: two statements fewer."""
    try:
        yield
    except BaseException:
        connection.rollback()
        raise


class GroupCommit:
    """A thread that commits batches. Work is done once it is durable, or has raised what it raised."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._queue: queue.SimpleQueue[_Unit[object] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> T:
        """Run work inside the next transaction and wait until that is committed. Raises ArchiveUnavailable."""
        unit = _Unit(work)
        with self._lock:
            if self._closing:
                raise ArchiveUnavailable("this process is ending; try again")
            self._queue.put(unit)  # type: ignore[arg-type]  # a unit of T is run and told as one of object
        return unit.future.result()

    def close(self) -> None:
        """Commit what is queued and end the thread; later work is refused."""
        with self._lock:
            self._closing = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            last = False
            while len(batch) < _BATCH and not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    last = True
                    break
                batch.append(following)
            self._commit(batch)
            if last:
                return

    def _commit(self, batch: list[_Unit[object]]) -> None:
        try:
            with self._archive.write() as connection:
                for unit in batch:
                    unit.run(connection, _undone(connection) if len(batch) == 1 else connection.begin_nested())
        except ArchiveUnavailable as fault:
            for unit in batch:
                unit.failed(fault)
            return
        except Exception as fault:  # noqa: BLE001  # the commit itself failed: nothing of the batch is there
            for unit in batch:
                unit.failed(ArchiveUnavailable(f"the database could not commit ({type(fault).__name__}); try again"))
            return
        for unit in batch:
            unit.committed()
