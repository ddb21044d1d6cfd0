"""The analyse queue: claim, watch a model process, conclude."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from celery import Celery
from sqlalchemy import Connection

from models.catalogue import Catalogue
from models.contract import SeriesFile
from models.host import (
    Assignment,
    DeadlinePassed,
    ModelHost,
    NoRoom,
    PackageBroken,
    PackageFailed,
    ProcessLost,
    Stopped,
)
from models.selection import fingerprint
from service.archive import analyses, analysis_leases, instances
from service.archive.analyses import Analysis
from service.archive.analysis_leases import LeaseLost
from service.archive.instances import StoredInstance
from service.archive.store import Archive, ArchiveUnavailable
from service.bell.broker import ANALYSE
from service.domain.analysis import LEASE_S
from service.domain.outcome import Failed
from service.domain.wall import Wall
from service.flow.bell import Bell, Step
from service.flow.conclude import Concluded, conclude, lose_attempt, too_late
from workers.queue_worker import Look, QueueWorker

_LOG: Final = logging.getLogger("consilium.analyse")
_WALL: Final = Wall.system("analyse worker")
_TRY_AGAIN_S: Final = 0.5


class _Lease:
    """Renews the lease of a claimed analysis; lost when it is somebody else's, or could not be renewed in time."""

    def __init__(self, archive: Archive, analysis: Analysis) -> None:
        self._archive = archive
        self._analysis = analysis
        self._progress = 0.0
        self._done = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._renewing, name="analysis-lease", daemon=True)

    def note(self, progress: float) -> None:
        """Tell at the next renewal how far the reading is (0 to 1)."""
        self._progress = progress

    def lost(self) -> bool:
        """Whether the work is not ours any more."""
        return self._lost.is_set()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renewed while the block runs."""
        self._thread.start()
        try:
            yield
        finally:
            self._done.set()
            self._thread.join()

    def _renewing(self) -> None:
        renewed_at = time.monotonic()
        while not self._done.wait(LEASE_S / 6):
            began_at = time.monotonic()
            try:
                with self._archive.write() as connection:
                    analysis_leases.renew(connection, _WALL, self._analysis, self._progress)
                renewed_at = began_at
            except LeaseLost:
                self._lost.set()
                return
            except ArchiveUnavailable as fault:
                _LOG.warning("lease of analysis %s not renewed: %s", self._analysis.id, fault)
                if time.monotonic() - renewed_at > LEASE_S * 2 / 3:
                    self._lost.set()
                    return


@dataclass(frozen=True, slots=True)
class Analyst:
    """One slot: claims analyses and has its model process read them."""

    archive: Archive
    bell: Bell
    catalogue: Catalogue
    host: ModelHost
    stopping: threading.Event

    def look(self) -> None:
        """Read everything that is pending."""
        while not self.stopping.is_set():
            with self.archive.write() as connection:
                analysis = analysis_leases.claim(connection, _WALL)
            if analysis is None:
                return
            self._read(analysis)

    def _read(self, analysis: Analysis) -> None:
        """Read a claimed analysis, or have it wait where disk or database are at fault and not the analysis."""
        try:
            self._read_or_lose(analysis)
        except (NoRoom, OSError, ArchiveUnavailable) as fault:
            _LOG.warning("analysis %s waits: %s", analysis.id, fault)
            why = (
                "disk full" if isinstance(fault, NoRoom) else f"{type(fault).__name__}: disk or database do not answer"
            )
            self._hand_back(lambda connection: analysis_leases.wait(connection, _WALL, analysis, why))

    def _hand_back(self, write: Callable[[Connection], None]) -> None:
        """Until the database takes it; a worker that is to end leaves the rest to the lease."""
        while True:
            try:
                with self.archive.write() as connection:
                    write(connection)
            except ArchiveUnavailable as fault:
                _LOG.warning("an analysis could not be handed back yet: %s", fault)
            else:
                return
            if self.stopping.wait(_TRY_AGAIN_S):
                return

    def _read_or_lose(self, analysis: Analysis) -> None:
        images = self._images(analysis)
        if fingerprint((each.sop_instance_uid, each.sha256) for each in images) != analysis.fingerprint:
            with self.archive.write() as connection:
                analyses.cancel(
                    connection, _WALL, analysis, "its images were replaced; the new revision is read instead"
                )
            return
        lease = _Lease(self.archive, analysis)
        try:
            with lease.kept():
                concluded = self._watch(analysis, images, lease)
                conclude(self.archive, self.bell, analysis, concluded)
        except ProcessLost as loss:
            _LOG.warning("analysis %s attempt %d lost: %s", analysis.id, analysis.attempt, loss)
            lose_attempt(self.archive, self.bell, analysis, str(loss))
        except DeadlinePassed as late:
            _LOG.warning("analysis %s attempt %d took too long: %s", analysis.id, analysis.attempt, late)
            too_late(self.archive, self.bell, analysis, str(late))
        except (Stopped, LeaseLost):
            _LOG.info("analysis %s given back", analysis.id)
            self._hand_back(lambda connection: analysis_leases.give_back(connection, _WALL, analysis))

    def _watch(self, analysis: Analysis, images: Sequence[StoredInstance], lease: _Lease) -> Concluded | Failed:
        entry = self.catalogue.by_digest(analysis.package_digest)
        if entry is None:
            self.catalogue.refresh()
            entry = self.catalogue.by_digest(analysis.package_digest)
        if entry is None:
            detail = f"package {analysis.package} {analysis.package_version} is not in the centre any more"
            return Failed("package-fault", detail)
        assignment = Assignment(
            analysis_id=analysis.id,
            token=analysis.token or "",
            package_folder=entry.folder,
            files=tuple(self._file(each) for each in images),
            deadline_s=entry.manifest.runtime.deadline_s,
        )
        try:
            outcome, content = self.host.read(assignment, lease.note, lambda: self.stopping.is_set() or lease.lost())
        except PackageBroken as fault:
            return Failed("package-fault", str(fault))
        except PackageFailed as fault:
            return Failed("package-failed", str(fault))
        return Concluded(outcome, content)

    def _images(self, analysis: Analysis) -> tuple[StoredInstance, ...]:
        """The images the analysis was asked for: what came later belongs to the next revision."""
        with self.archive.read() as connection:
            members = instances.of_study(connection, _WALL, analysis.study_id)
        return tuple(
            each
            for each in members
            if each.series_instance_uid == analysis.series_instance_uid
            and each.is_image
            and each.revision <= analysis.revision
        )

    def _file(self, image: StoredInstance) -> SeriesFile:
        return SeriesFile(
            path=self.archive.objects.path(image.hospital, image.object_name),
            sop_class_uid=image.sop_class_uid,
            sop_instance_uid=image.sop_instance_uid,
            transfer_syntax_uid=image.transfer_syntax_uid,
        )


def analyse_worker(
    app: Celery, archive: Archive, bell: Bell, *, catalogue: Catalogue, scratch: Path, threads: int
) -> tuple[QueueWorker, ModelHost]:
    """The worker of the analyse queue, one slot, and its model process to be closed at the end."""
    stopping = threading.Event()
    host = ModelHost(scratch=scratch, threads=threads)
    analyst = Analyst(archive, bell, catalogue, host, stopping)
    worker = QueueWorker(
        app,
        ANALYSE,
        archive=archive,
        bell=bell,
        looks=(Look.of(Step.ANALYSE, analyst.look, at_once=1),),
        concurrency=1,
        stopping=stopping,
    )
    return worker, host
