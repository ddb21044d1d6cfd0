"""The encode step: what rows say becomes result objects, bytes and hash, once; of an analysis or of a signed report."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy import Connection

from service.archive import results
from service.archive.document_seals import document_seal
from service.archive.objects import object_name
from service.archive.results import (
    MAX_ENCODE_ATTEMPTS,
    OF_REPORT,
    EncodeState,
    EncodeStep,
    Encoding,
    Result,
    ResultKind,
)
from service.archive.store import Archive, ArchiveUnavailable
from service.domain.wall import HospitalId, Wall
from service.flow.own import own_object, show
from service.pixels.pool import PixelPool
from service.results.document import EncodedObject, ObjectKind
from workers.encode_analysis import AnalysisWork
from workers.encode_report import CHANGED_BY_AUDIT, ReportWork
from workers.result_context import Centre

_WALL: Final = Wall.system("encode")
_LOG: Final = logging.getLogger("consilium.encode")


class Work(Protocol):
    """What one step is about: an analysis, or a version of a report."""

    @property
    def hospital(self) -> HospitalId:
        """Whose it is."""

    @property
    def made_at(self) -> float:
        """The moment that stands in the objects: of the rows, so that encoding again is the same."""

    def make(self) -> Sequence[EncodedObject]:
        """The objects. May raise anything: the step says so."""

    def commit(self, connection: Connection, kept: Sequence[Result]) -> None:
        """Enter what follows from the objects, in the transaction that keeps their hashes."""

    def given_up(self, connection: Connection, detail: str) -> None:
        """Enter that a person has to look."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """Makes the objects of one encode step after another."""

    archive: Archive
    pixels: PixelPool
    centre: Centre

    def encode(self, step: EncodeStep) -> None:
        """Make a claimed step's objects and enter their deliveries; a failure is noted and tried again."""
        work = self._work(step)
        if step.attempt > MAX_ENCODE_ATTEMPTS:
            self._not_encoded(step, work, "the worker died each time this result was encoded")
            return
        try:
            made = work.make()
            kept = [self._keep(step, work, each) for each in made]
            own = [own_object(work.hospital, each.part10) for each in made]
        except Exception as fault:  # noqa: BLE001  # the edge of a step: whatever broke, the row must say so
            self._could_not(step, work, fault)
            return
        with self.archive.write() as connection:
            if not results.step_done(connection, _WALL, step):
                return
            for result, shown in zip(kept, own, strict=True):
                results.add(connection, _WALL, result)
                show(connection, _WALL, shown)
            work.commit(connection, kept)

    def _work(self, step: EncodeStep) -> Work:
        if step.what in OF_REPORT:
            return ReportWork(self.archive, self.pixels, self.centre, step)
        return AnalysisWork(self.archive, self.pixels, self.centre, step)

    def _keep(self, step: EncodeStep, work: Work, made: EncodedObject) -> Result:
        name = object_name(made.sha256, made.transfer_syntax_uid)
        self.archive.objects.store(work.hospital, made.part10, name)
        of_report = step.what in OF_REPORT
        is_provisional = step.what is Encoding.PROVISIONAL and made.kind in CHANGED_BY_AUDIT
        return Result(
            id=_result_id(step, made),
            hospital=work.hospital,
            analysis_id=None if of_report else step.about,
            report_id=step.about if of_report else None,
            kind=ResultKind(made.kind.value),
            sop_class_uid=made.sop_class_uid,
            sop_instance_uid=made.sop_instance_uid,
            series_instance_uid=made.series_instance_uid,
            transfer_syntax_uid=made.transfer_syntax_uid,
            sha256=made.sha256,
            object_name=name,
            size_bytes=len(made.part10),
            signed=of_report,
            created_at=work.made_at,
            is_provisional=is_provisional,
            seal=self._seal(step, work, made, is_provisional=is_provisional) if of_report else None,
        )

    def _seal(self, step: EncodeStep, work: Work, made: EncodedObject, *, is_provisional: bool) -> str:
        return document_seal(
            self.archive.installation.key,
            hospital=work.hospital,
            report_id=step.about,
            kind=made.kind.value,
            sop_instance_uid=made.sop_instance_uid,
            sha256=made.sha256,
            is_provisional=is_provisional,
        )

    def _could_not(self, step: EncodeStep, work: Work, fault: Exception) -> None:
        """Later, without counting, where disk or database are at fault and not the result; else one try less."""
        if _is_of_the_machine(fault):
            _LOG.warning("%s of %s is encoded later: %s", step.what, step.about, fault)
            with self.archive.write() as connection:
                results.step_waits(connection, _WALL, step, f"{type(fault).__name__}: disk or database do not answer")
            return
        _LOG.error("%s of %s could not be encoded", step.what, step.about, exc_info=fault)
        self._not_encoded(step, work, f"{type(fault).__name__}: the result could not be encoded")

    def _not_encoded(self, step: EncodeStep, work: Work, detail: str) -> None:
        with self.archive.write() as connection:
            if results.step_failed(connection, _WALL, step, detail) is EncodeState.FAILED:
                work.given_up(connection, detail)


def _is_of_the_machine(fault: Exception) -> bool:
    """Disk or database: what the system itself raised has an errno, what a parser calls an OSError has none."""
    if isinstance(fault, OSError):
        return fault.errno is not None and not isinstance(fault, FileNotFoundError)
    return isinstance(fault, ArchiveUnavailable)


def _result_id(step: EncodeStep, made: EncodedObject) -> str:
    """The same for the same object however often it is made; 32 hex digits like every id of ours.

    A report may have a SEG for each package, and presentation states are as many as series: there the object names
    itself.
    """
    is_one_of_several = step.what in OF_REPORT or made.kind is ObjectKind.PRESENTATION
    named = made.sop_instance_uid if is_one_of_several else made.kind.value
    return hashlib.sha256(f"{step.about}/{named}".encode()).hexdigest()[:32]
