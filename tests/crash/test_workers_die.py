"""Workers and model processes die at the worst moment: every analysis still ends once, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydicom import dcmread

from service.archive import analyses, deliveries, events, studies
from service.archive.analyses import Analysis
from service.archive.deliveries import Delivery
from service.archive.events import EventKind
from service.archive.store import Archive
from service.domain.analysis import LEASE_S, AnalysisOutcome, AnalysisState
from service.domain.delivery import LEASE_S as SENDING_LEASE_S
from service.domain.delivery import DeliveryState
from tests.analysing.made_chest import write_chest
from tests.support.centre import RunningCentre, alive, consilium, family_of, parent_of, until
from tests.support.flowing import PACKAGE, PACKAGES, WALL, pass_time
from tests.support.pacs import AE_TITLE, SEG, SR, ScriptedPacs, scripted_pacs
from tests.support.sender import association, data_set_of, store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
CALLING_AE = "SCANNER"


@dataclass
class Ward:
    """A centre with a hospital whose PACS is this process; its rows are read from outside."""

    centre: RunningCentre
    pacs: ScriptedPacs
    archive: Archive
    folder: Path
    studies_sent: int = 0

    def send(self) -> str:
        """A chest with one dense ball, under fresh UIDs; returns its Study Instance UID."""
        self.studies_sent += 1
        study_uid, paths = _made(self.folder / str(self.studies_sent), self.studies_sent)
        contents = [data_set_of(path) for path in paths]
        contexts = [(sop_class, syntax) for _, sop_class, _, syntax in contents]
        with association(
            self.centre.host,
            self.centre.port,
            calling_ae=CALLING_AE,
            called_ae=self.centre.ae_title,
            contexts=contexts,
        ) as opened:
            answers = [
                store(opened, data, sop_class_uid=sop_class, sop_instance_uid=instance, transfer_syntax_uid=syntax)
                for data, sop_class, instance, syntax in contents
            ]
        assert {answer.status for answer in answers} == {0}
        return study_uid

    def model_process(self) -> int:
        """The one model process; waits for one that is being started."""
        return int(until(lambda: next(iter(self.model_processes()), None), 60, self.centre.logs))

    def model_processes(self) -> list[int]:
        """All model processes of the centre."""
        found = []
        for pid in family_of(self.centre.pid):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if b"models.process" in words and alive(pid):
                found.append(pid)
        return found

    def analysis(self, study_uid: str) -> Analysis | None:
        """The study's only analysis."""
        with self.archive.read() as connection:
            found = studies.listed(connection, WALL, studies.StudyFilter(study_instance_uid=study_uid), 1)
            of_study = analyses.of_study(connection, WALL, found[0].id) if found else ()
        assert len(of_study) <= 1
        return of_study[0] if of_study else None

    def running(self, study_uid: str) -> Analysis:
        """The analysis once a worker has claimed it."""
        found: Analysis = until(lambda: self._in(study_uid, AnalysisState.RUNNING), 60, self.centre.logs)
        return found

    def _in(self, study_uid: str, state: AnalysisState) -> Analysis | None:
        analysis = self.analysis(study_uid)
        return analysis if analysis is not None and analysis.state is state else None

    def ledger(self, study_uid: str) -> tuple[Delivery, ...]:
        """The deliveries of the study's analysis."""
        analysis = self.analysis(study_uid)
        if analysis is None:
            return ()
        with self.archive.read() as connection:
            return deliveries.of_study(connection, WALL, analysis.study_id)

    def delivered(self, study_uid: str) -> Analysis:
        """The analysis once all of it is at the PACS."""
        until(
            lambda: {each.state for each in self.ledger(study_uid)} == {DeliveryState.DELIVERED},
            120,
            lambda: (self.analysis(study_uid), self.ledger(study_uid), self.centre.logs()),
        )
        analysis = self.analysis(study_uid)
        assert analysis is not None
        return analysis

    def kinds(self, analysis: Analysis) -> list[EventKind]:
        """The timeline of the study."""
        with self.archive.read() as connection:
            return [event.kind for event in events.of_study(connection, WALL, analysis.study_id)]

    def frozen_in_mid_reading(self) -> tuple[str, Analysis, int]:
        """A study, its analysis claimed by a worker, and the model process that reads it and cannot finish."""
        model = self.model_process()
        os.kill(model, signal.SIGSTOP)
        study_uid = self.send()
        return study_uid, self.running(study_uid), model


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    folder = tmp_path_factory.mktemp("workers")
    with scripted_pacs() as pacs:
        centre = RunningCentre(folder / "centre", PACKAGES)
        centre.hospital(
            "Ward",
            *("--pacs", f"127.0.0.1:{pacs.port}:{AE_TITLE}", "--package", PACKAGE),
            *("--release", "at-once", "--quiet", "1"),
            calling_ae=CALLING_AE,
        )
        archive = Archive(centre.data)
        yield Ward(centre, pacs, archive, folder)
        archive.close()
        if alive(centre.pid):
            centre.stop()


@pytest.fixture
def ward(standing: Ward) -> Ward:
    """The centre, running, and a PACS that has seen nothing yet."""
    if not alive(standing.centre.pid):
        standing.centre.start()
    standing.pacs.stored.clear()
    standing.pacs.offered.clear()
    standing.pacs.hold = None
    return standing


def assert_concluded_once(ward: Ward, study_uid: str, *, attempt: int) -> None:
    analysis = ward.delivered(study_uid)
    assert (analysis.outcome, analysis.attempt) == (AnalysisOutcome.FINDINGS, attempt)
    kinds = ward.kinds(analysis)
    assert kinds.count(EventKind.ANALYSIS_CONCLUDED) == 1
    assert kinds.count(EventKind.RESULT_ENCODED) == 1
    assert kinds.count(EventKind.ANALYSIS_ATTEMPT_LOST) == attempt - 1
    assert ward.pacs.kinds() == [SEG, SR], "once each"


def test_a_model_process_killed_in_mid_reading_is_replaced_and_the_analysis_concludes_once(ward: Ward) -> None:
    study_uid, first, model = ward.frozen_in_mid_reading()
    assert first.attempt == 1
    worker = parent_of(model)
    assert worker is not None

    os.kill(model, signal.SIGKILL)

    assert_concluded_once(ward, study_uid, attempt=2)
    assert not alive(model)
    assert len(ward.model_processes()) == 1
    assert alive(worker), "an attempt was lost, not a worker"


def test_an_analyse_worker_killed_in_mid_reading_loses_an_attempt_and_leaves_no_process(ward: Ward) -> None:
    study_uid, first, model = ward.frozen_in_mid_reading()
    worker = parent_of(model)
    assert worker is not None
    assert parent_of(worker) == ward.centre.pid

    os.kill(worker, signal.SIGKILL)

    until(lambda: not alive(model), 10, lambda: "the model process outlives its worker")
    pass_time(ward.archive, LEASE_S)
    assert_concluded_once(ward, study_uid, attempt=2)
    assert len(ward.model_processes()) == 1
    assert parent_of(ward.model_process()) != worker
    left = [path.name for path in (ward.centre.data / "scratch").rglob("*") if first.token and first.token in path.name]
    assert left == [], "no scratch of the lost attempt"


def test_a_flow_worker_killed_while_it_sends_is_replaced_and_each_object_is_at_the_pacs_under_one_content(
    ward: Ward,
) -> None:
    ward.pacs.hold = threading.Event()
    study_uid = ward.send()
    until(lambda: ward.pacs.offered, 60, ward.centre.logs)
    flow = ward.centre.children()["flow"]

    os.kill(flow, signal.SIGKILL)
    ward.pacs.hold.set()
    ward.pacs.hold = None
    pass_time(ward.archive, SENDING_LEASE_S)

    analysis = ward.delivered(study_uid)
    assert analysis.attempt == 1
    kinds = ward.kinds(analysis)
    assert kinds.count(EventKind.RESULT_ENCODED) == 1
    assert kinds.count(EventKind.DELIVERY_DELIVERED) == 2
    contents = {(each.sop_instance_uid, each.data_set) for each in ward.pacs.stored}
    assert len(contents) == len({uid for uid, _ in contents}) == 2


def test_a_flow_worker_killed_before_it_sends_delivers_after_its_restart(ward: Ward) -> None:
    ward.pacs.go_away()
    try:
        study_uid = ward.send()
        until(
            lambda: {each.attempt for each in ward.ledger(study_uid)} >= {1},
            60,
            lambda: (ward.ledger(study_uid), ward.centre.logs()),
        )
        flow = ward.centre.children()["flow"]
        os.kill(flow, signal.SIGKILL)
        until(lambda: not alive(flow), 10, lambda: flow)
    finally:
        ward.pacs.come_back()
    pass_time(ward.archive, SENDING_LEASE_S)
    assert_concluded_once(ward, study_uid, attempt=1)


def test_with_the_broker_gone_the_loop_still_closes(ward: Ward) -> None:
    bells = ward.centre.data / "bells" / "messages"
    aside = bells.with_name("messages-aside")
    until(ward.model_processes, 60, ward.centre.logs)
    bells.rename(aside)
    bells.write_text("no folder: neither a bell can be rung nor one be heard")
    try:
        assert_concluded_once(ward, ward.send(), attempt=1)
        assert bells.is_file()
    finally:
        bells.unlink()
        aside.rename(bells)
    ward.pacs.stored.clear()
    assert_concluded_once(ward, ward.send(), attempt=1)


def test_a_second_centre_on_the_same_folder_is_refused_and_the_first_goes_on(ward: Ward) -> None:
    refused = consilium(
        *("up", "--data", str(ward.centre.data), "--dicom-port", "0", "--http-port", "0", "--json"), check=False
    )

    assert refused.returncode != 0
    assert refused.stdout == ""
    assert f"a centre already runs on {ward.centre.data} (process {ward.centre.pid})" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert alive(ward.centre.pid)
    assert_concluded_once(ward, ward.send(), attempt=1)


def test_sigterm_in_mid_reading_ends_everything_soon_and_the_work_is_given_back(ward: Ward) -> None:
    study_uid, _, _ = ward.frozen_in_mid_reading()
    family = family_of(ward.centre.pid)

    took_s = ward.centre.stop()

    assert took_s < 20
    assert [pid for pid in family if alive(pid)] == []
    given_back = ward.analysis(study_uid)
    assert given_back is not None
    assert (given_back.state, given_back.attempt) == (AnalysisState.PENDING, 0)

    ward.centre.start()
    assert_concluded_once(ward, study_uid, attempt=1)


def test_a_killed_supervisor_leaves_no_process_and_the_next_one_goes_on(ward: Ward) -> None:
    study_uid, _, model = ward.frozen_in_mid_reading()
    assert model in family_of(ward.centre.pid)

    ward.centre.kill()

    ward.centre.start()
    pass_time(ward.archive, LEASE_S)
    analysis = ward.delivered(study_uid)
    assert analysis.outcome is AnalysisOutcome.FINDINGS
    assert analysis.attempt in {1, 2}, "given back where the worker had the time, else lost"
    assert ward.pacs.kinds() == [SEG, SR]


def _made(folder: Path, number: int) -> tuple[str, list[Path]]:
    """The made chest with UIDs of its own."""
    study_uid = f"2.25.1000.{number}"
    paths = [each.path for each in write_chest(folder, StudyInstanceUID=study_uid, SeriesInstanceUID=f"{study_uid}.1")]
    for path in paths:
        header = dcmread(path)
        header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = f"{header.SOPInstanceUID}.{number}"
        header.save_as(path, enforce_file_format=True)
    return study_uid, paths
