"""The queue over HTTP: what waits, what runs, what failed and is asked for once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute

from models.manifest import Text
from service.access.problems import WRONG_STATE, Problem
from service.access.reader_doors import ReaderDep
from service.api.room.admin.door import ADMIN, administrator
from service.api.room.admin.labels import Labels
from service.api.room.admin.queue_shapes import EncodeStepView, QueuedAnalysis, QueueView, Retried
from service.api.room.running import RunningCentre
from service.api.room.shape import PREFIX, HospitalPath, StudyPath, found_study
from service.archive import analyses, queue
from service.archive.store import Archive
from service.domain.analysis import AnalysisState
from service.flow.retry import retry_failed

LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class QueueEndpoints:
    """What workers have to do."""

    archive: Archive
    centre: RunningCentre

    def now(self, reader: ReaderDep) -> QueueView:
        """The queue as it stands."""
        wall = administrator(reader)
        with self.archive.read() as connection:
            pending = queue.pending(connection, wall, LIMIT)
            running = queue.running(connection, wall, LIMIT)
            failed = queue.failed(connection, wall, LIMIT)
            steps = queue.steps(connection, wall, LIMIT)
            counted = analyses.counts(connection, wall)
            encoding = queue.step_count(connection, wall)
            failed_count = len(analyses.failed_for_good(connection, wall))
            named = {(each.analysis.hospital, each.study_instance_uid) for each in (*pending, *running, *failed)}
            named |= {(each.hospital, each.study_instance_uid) for each in steps}
            labels = Labels.read(connection, wall, reader.language, named)
        return QueueView(
            pending=tuple(QueuedAnalysis.of(each, labels, position) for position, each in enumerate(pending, start=1)),
            running=tuple(QueuedAnalysis.of(each, labels) for each in running),
            failed=tuple(QueuedAnalysis.of(each, labels) for each in failed),
            encoding=tuple(EncodeStepView.of(each, labels) for each in steps),
            counts={
                "pending": counted.get(AnalysisState.PENDING.value, 0),
                "running": counted.get(AnalysisState.RUNNING.value, 0),
                "failed": failed_count,
                "encoding": encoding,
            },
            limit=LIMIT,
        )

    def retry(self, reader: ReaderDep, hospital: HospitalPath, study: StudyPath) -> Retried:
        """Have a study's failed analyses read, and its failed results encoded, once more."""
        wall = administrator(reader)
        found = found_study(self.archive, wall, hospital, study)
        again = retry_failed(self.archive, wall, self.centre.bell, found)
        if not (again.analyses or again.encoded):
            detail = Text(
                zh="此检查没有失败的分析或编码；请刷新列表。",
                en="Nothing of this study has failed; look at the list again.",
            )
            raise Problem(WRONG_STATE, detail)
        return Retried(analyses=len(again.analyses), encoded=len(again.encoded))


def routes(archive: Archive, centre: RunningCentre, route_class: type[APIRoute]) -> APIRouter:
    """The operations on the queue."""
    endpoints = QueueEndpoints(archive, centre)
    router = APIRouter(
        prefix=f"{PREFIX}{ADMIN}/queue", tags=["queue"], route_class=route_class, include_in_schema=False
    )
    router.add_api_route("", endpoints.now, methods=["GET"])
    router.add_api_route("/{hospital}/{study}/retry", endpoints.retry, methods=["POST"])
    return router
