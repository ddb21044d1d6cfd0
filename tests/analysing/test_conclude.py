"""An analysis ends exactly once, whoever dies, comes back from the dead or is late; and its rows say what was read."""

from __future__ import annotations

import errno
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydicom.dataset import FileDataset
from sqlalchemy import Connection, select

from models.catalogue import Catalogue
from models.contract import LUNG, NODULE, RIGHT, Outcome, Presence, RefusalReason, Refused
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
from models.reading_file import read_reading, write_reading
from service.access.onboarding import PacsAddress
from service.archive import analyses, analysis_leases, deliveries, findings, hospitals, results
from service.archive.analyses import Analysis
from service.archive.analysis_leases import RESPITE_S, WAIT_S, LeaseLost
from service.archive.deliveries import Wanted
from service.archive.events import EventKind
from service.archive.results import Result, ResultKind
from service.archive.store import Archive, ArchiveUnavailable
from service.archive.tables import ANALYSIS, ENCODE_STEP, EVENT, FINDING, IMAGING_ORDER
from service.domain.analysis import LEASE_S, AnalysisOutcome, AnalysisState
from service.domain.delivery import DeliveryState
from service.domain.hospital import Channel, ae_title
from service.domain.order import OrderState
from service.domain.outcome import Failed
from service.domain.wall import HospitalId
from service.flow.bell import Step
from service.flow.conclude import Concluded, conclude, expire_leases, lose_attempt
from service.flow.quarantine import accept
from service.flow.retry import retry_failed
from service.flow.sweep import due
from tests.support.flowing import PACKAGE, PACKAGES, WALL, Flow, chest, flowing, no_nodule, one_nodule
from tests.support.series import ct_slice
from workers import analyse
from workers.analyse import Analyst

PENDING, RUNNING = AnalysisState.PENDING, AnalysisState.RUNNING


@pytest.fixture
def flow(archive: Archive) -> Iterator[Flow]:
    with flowing(archive, pacs=PacsAddress("127.0.0.1", 9, ae_title("PACS"))) as opened:
        yield opened


def claimed(flow: Flow) -> Analysis:
    found = flow.claim()
    assert found is not None
    return found


def now_of(flow: Flow, analysis: Analysis) -> Analysis:
    with flow.archive.read() as connection:
        found = analyses.get(connection, WALL, analysis.id)
    assert found is not None
    return found


def all_rows(flow: Flow) -> list[object]:
    """Everything an ending may write."""
    with flow.archive.read() as connection:
        return [
            tuple(row)
            for table in (ANALYSIS, FINDING, ENCODE_STEP, EVENT, IMAGING_ORDER)
            for row in connection.execute(select(table))
        ]


def wanted_encodings(flow: Flow) -> int:
    with flow.archive.read() as connection:
        return len(connection.execute(select(ENCODE_STEP)).all())


def taken_from(flow: Flow) -> tuple[Analysis, Analysis]:
    """An analysis as a worker holds it whose lease ran out, and as another worker holds it now."""
    lost = claimed(flow)
    flow.pass_time(LEASE_S + 1.0)
    assert expire_leases(flow.archive, flow.bell) == 0, "it has a respite"
    flow.pass_time(RESPITE_S)
    assert expire_leases(flow.archive, flow.bell) == 1
    return lost, claimed(flow)


def test_of_many_workers_that_claim_at_once_one_gets_the_analysis(flow: Flow) -> None:
    flow.dispatched(*chest())
    together = threading.Barrier(6)

    def claim(_: int) -> Analysis | None:
        together.wait()
        return flow.claim()

    with ThreadPoolExecutor(6) as workers:
        got = [each for each in workers.map(claim, range(6)) if each is not None]

    assert len(got) == 1
    assert (got[0].state, got[0].attempt) == (RUNNING, 1)


def test_a_worker_whose_lease_was_taken_changes_nothing(flow: Flow) -> None:
    images = chest()
    flow.place(study_uid=images[0].StudyInstanceUID)
    flow.dispatched(*images)
    late, holder = taken_from(flow)
    assert (late.id, holder.attempt) == (holder.id, 2)
    assert late.token != holder.token
    before = all_rows(flow)

    with pytest.raises(LeaseLost):
        flow.conclude(late, one_nodule(images))
    with pytest.raises(LeaseLost):
        conclude(flow.archive, flow.bell, late, Failed("package-failed", "late"))
    with pytest.raises(LeaseLost), flow.archive.write() as connection:
        analysis_leases.renew(connection, WALL, late, 0.5)
    lose_attempt(flow.archive, flow.bell, late, "late")
    with flow.archive.write() as connection:
        analysis_leases.give_back(connection, WALL, late)

    assert all_rows(flow) == before
    flow.conclude(holder, no_nodule(images))
    assert now_of(flow, holder).outcome is AnalysisOutcome.NO_FINDING


def test_an_analysis_concluded_once_cannot_be_concluded_again(flow: Flow) -> None:
    images = chest()
    flow.dispatched(*images)
    held = claimed(flow)
    flow.conclude(held, one_nodule(images))
    before = all_rows(flow)

    with pytest.raises(LeaseLost):
        flow.conclude(held, no_nodule(images))

    assert all_rows(flow) == before


def test_a_lease_that_is_renewed_does_not_run_out(flow: Flow) -> None:
    flow.dispatched(*chest())
    held = claimed(flow)
    for progress in (0.2, 0.4, 0.6):
        flow.pass_time(LEASE_S * 2 / 3)
        with flow.archive.write() as connection:
            analysis_leases.renew(connection, WALL, held, progress)
        assert expire_leases(flow.archive, flow.bell) == 0
    assert (now_of(flow, held).state, now_of(flow, held).progress) == (RUNNING, 0.6)


def test_a_lease_renewed_at_the_last_moment_is_not_taken(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    flow.dispatched(*chest())
    held = claimed(flow)
    flow.pass_time(LEASE_S + 1.0)
    write = flow.archive.write

    @contextmanager
    def write_after_a_renewal() -> Iterator[Connection]:
        with write() as connection:
            analysis_leases.renew(connection, WALL, held, 0.9)
        with write() as connection:
            yield connection

    monkeypatch.setattr(flow.archive, "write", write_after_a_renewal)

    assert expire_leases(flow.archive, flow.bell) == 0
    assert now_of(flow, held).token == held.token


def test_the_sweep_finds_a_lease_that_ran_out(flow: Flow) -> None:
    flow.dispatched(*chest())
    claimed(flow)
    assert Step.COMPLETE not in due(flow.archive)[0]
    flow.pass_time(LEASE_S + 1.0)
    assert Step.COMPLETE in due(flow.archive)[0]


def test_after_the_third_lost_attempt_the_analysis_is_failed_and_everyone_is_told(flow: Flow) -> None:
    images = chest()
    placed = flow.place(study_uid=images[0].StudyInstanceUID)
    study = flow.dispatched(*images)
    for attempt in (1, 2, 3):
        held = claimed(flow)
        assert held.attempt == attempt
        lose_attempt(flow.archive, flow.bell, held, f"process lost {attempt}")

    assert flow.claim() is None
    (failed,) = flow.analyses(study)
    assert (failed.state, failed.outcome) == (AnalysisState.FAILED, AnalysisOutcome.FAILED)
    assert (failed.reason, failed.detail) == ("attempts-exhausted", "process lost 3")
    assert flow.order(placed.id).state is OrderState.PRELIMINARY
    assert wanted_encodings(flow) == 1
    kinds = [event.kind for event in flow.events(study)]
    assert kinds.count(EventKind.ANALYSIS_ATTEMPT_LOST) == 2
    assert kinds.count(EventKind.ANALYSIS_FAILED) == 1


def test_a_failed_analysis_that_a_person_retries_has_three_attempts_again(flow: Flow) -> None:
    images = chest()
    study = flow.dispatched(*images)
    conclude(flow.archive, flow.bell, claimed(flow), Failed("package-failed", "broken weights"))
    (failed,) = flow.analyses(study)
    with flow.archive.write() as connection:
        assert analyses.retry(connection, WALL, failed)
    with flow.archive.write() as connection:
        assert analyses.retry(connection, WALL, failed) is None, "it is being read once more already"

    held = claimed(flow)
    assert (held.run, held.attempt, held.outcome, held.reason, held.detail) == (2, 1, None, None, None)
    assert (held.fingerprint, held.package_digest) == (failed.fingerprint, failed.package_digest)
    flow.conclude(held, no_nodule(images))
    assert [(each.run, each.state) for each in flow.analyses(study)] == [
        (1, AnalysisState.SUPERSEDED),
        (2, AnalysisState.CONCLUDED),
    ]
    assert wanted_encodings(flow) == 2, "what the second run says is told too"


def test_a_failed_analysis_of_images_that_a_later_one_replaced_is_not_retried(flow: Flow) -> None:
    images = chest(count=24)
    flow.dispatched(*images[:23])
    conclude(flow.archive, flow.bell, claimed(flow), Failed("package-failed", "broken weights"))
    study = flow.dispatched(images[23])
    conclude(flow.archive, flow.bell, claimed(flow), Failed("package-failed", "broken weights"))

    again = retry_failed(flow.archive, WALL, flow.bell, study)

    assert [(each.run, each.revision) for each in again.analyses] == [(2, 2)]


def test_a_worker_that_is_asked_to_end_gives_back_and_the_attempt_does_not_count(flow: Flow) -> None:
    flow.dispatched(*chest())
    held = claimed(flow)
    with flow.archive.write() as connection:
        analysis_leases.give_back(connection, WALL, held)
    assert claimed(flow).attempt == 1


def test_a_cancelled_analysis_takes_no_reading(flow: Flow) -> None:
    images = chest()
    flow.dispatched(*images)
    held = claimed(flow)
    with flow.archive.write() as connection:
        assert analyses.cancel(connection, WALL, held, "not wanted")
    with pytest.raises(LeaseLost):
        flow.conclude(held, one_nodule(images))
    assert now_of(flow, held).state is AnalysisState.CANCELLED
    assert wanted_encodings(flow) == 0


def test_the_rows_of_a_finding_say_what_the_reading_says(flow: Flow) -> None:
    images = chest()
    study = flow.dispatched(*images)
    held = claimed(flow)
    said = one_nodule(images)
    flow.conclude(held, said)

    ended = now_of(flow, held)
    assert (ended.outcome, ended.forward_s, ended.total_s) == (AnalysisOutcome.FINDINGS, 0.5, 1.5)
    with flow.archive.read() as connection:
        (row,) = findings.of_analysis(connection, WALL, held.id)
    assert (row.code_value, row.code_scheme) == (NODULE.value, NODULE.scheme)
    assert (row.site_value, row.laterality_value) == (LUNG.value, RIGHT.value)
    assert (row.presence, row.probability) == (Presence.PRESENT.value, 0.75)
    assert (row.center_x_mm, row.center_y_mm, row.center_z_mm) == (7.0, 6.0, 22.5)
    assert (row.long_axis_mm, row.short_axis_mm, row.volume_mm3, row.mean_hu) == (3.0, 3.0, 90.0, -40.0)
    assert (row.sop_instance_uid, row.frame_number) == (images[4].SOPInstanceUID, None)
    assert ended.reading_object is not None
    kept = read_reading(flow.archive.objects.load(flow.hospital, ended.reading_object))
    assert write_reading(kept) == write_reading(said), "the region itself is kept to the bit"
    assert EventKind.ANALYSIS_CONCLUDED in [event.kind for event in flow.events(study)]


def test_a_refusal_of_the_package_keeps_its_reason_and_ends_the_order(flow: Flow) -> None:
    images = chest()
    placed = flow.place(study_uid=images[0].StudyInstanceUID)
    study = flow.dispatched(*images)
    refused = Refused(RefusalReason.NO_LUNG_FOUND, "no lung in these slices")
    conclude(flow.archive, flow.bell, claimed(flow), Concluded(refused, write_reading(refused)))

    (ended,) = flow.analyses(study)
    assert (ended.state, ended.reason, ended.detail) == (
        AnalysisState.REFUSED,
        "no-lung-found",
        "no lung in these slices",
    )
    assert flow.order(placed.id).state is OrderState.PRELIMINARY
    assert wanted_encodings(flow) == 1


def test_an_order_is_preliminary_when_the_last_of_its_analyses_ends(flow: Flow, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shutil.copytree(PACKAGES / PACKAGE, shelf / "second_reader")
    manifest = (shelf / "second_reader" / "package.json").read_text()
    (shelf / "second_reader" / "package.json").write_text(manifest.replace(f'"{PACKAGE}"', '"second_reader"'))
    flow.catalogue = Catalogue.of([PACKAGES, shelf])
    images = chest()
    placed = flow.place(
        study_uid=images[0].StudyInstanceUID, available={PACKAGE, "second_reader"}, packages=("second_reader",)
    )
    flow.dispatched(*images)

    flow.conclude(claimed(flow), no_nodule(images))
    assert flow.order(placed.id).state is OrderState.ANALYSING
    flow.conclude(claimed(flow), no_nodule(images))
    assert flow.order(placed.id).state is OrderState.PRELIMINARY


def sent_later(flow: Flow, analysis: Analysis) -> Result:
    """A result of an analysis with its delivery still in the ledger."""
    made = Result(
        id=f"{analysis.id}-sr",
        hospital=flow.hospital,
        analysis_id=analysis.id,
        report_id=None,
        kind=ResultKind.SR,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.88.34",
        sop_instance_uid=f"2.25.{int(analysis.id, 16)}",
        series_instance_uid="2.25.5",
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        sha256="0" * 64,
        object_name="none",
        size_bytes=1,
        signed=False,
        created_at=0.0,
    )
    with flow.archive.write() as connection:
        (pacs,) = hospitals.peers(connection, WALL, flow.hospital)
        results.add(connection, WALL, made)
        wanted = Wanted(
            flow.hospital, pacs.id, Channel.PACS, analysis.study_id, made.sop_instance_uid, result_id=made.id
        )
        deliveries.want(connection, WALL, wanted)
    return made


@pytest.mark.parametrize("ends", ["concluded", "refused at dispatch"])
def test_what_a_superseded_analysis_had_not_sent_yet_is_never_sent(flow: Flow, ends: str) -> None:
    images: list[FileDataset] = chest(count=24)
    flow.dispatched(*images[:23])
    first = claimed(flow)
    flow.conclude(first, one_nodule(images[:23]))
    sent_later(flow, first)

    if ends == "refused at dispatch":
        images[23].SOPClassUID = images[23].file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    study = flow.dispatched(images[23])
    if ends == "concluded":
        flow.conclude(claimed(flow), no_nodule(images))

    states = [each.state for each in flow.analyses(study)]
    assert states == [
        AnalysisState.SUPERSEDED,
        AnalysisState.CONCLUDED if ends == "concluded" else AnalysisState.REFUSED,
    ]
    assert [each.state for each in flow.deliveries(study)] == [DeliveryState.CANCELLED]


def test_a_failed_later_analysis_does_not_supersede_the_concluded_one(flow: Flow) -> None:
    images = chest(count=24)
    flow.dispatched(*images[:23])
    flow.conclude(claimed(flow), one_nodule(images[:23]))
    study = flow.dispatched(images[23])
    conclude(flow.archive, flow.bell, claimed(flow), Failed("package-failed", "broken"))

    assert [each.state for each in flow.analyses(study)] == [AnalysisState.CONCLUDED, AnalysisState.FAILED]


class ScriptedHost(ModelHost):
    """Answers readings as told, without a process: what the worker makes of each answer is looked at."""

    def __init__(self, answer: Callable[[Assignment, Callable[[], bool]], Outcome]) -> None:
        self._answer = answer
        self.asked: list[Assignment] = []

    def read(
        self, assignment: Assignment, on_progress: Callable[[float], None], should_stop: Callable[[], bool]
    ) -> tuple[Outcome, bytes]:
        self.asked.append(assignment)
        on_progress(0.5)
        outcome = self._answer(assignment, should_stop)
        return outcome, write_reading(outcome)


def analyst(flow: Flow, host: ModelHost, catalogue: Catalogue | None = None) -> Analyst:
    return Analyst(flow.archive, flow.bell, catalogue or flow.catalogue, host, threading.Event())


def test_the_worker_hands_the_selected_images_to_the_package_and_writes_what_it_says(flow: Flow) -> None:
    images = chest()
    study = flow.dispatched(*images, *chest(study_uid=images[0].StudyInstanceUID, count=2))
    host = ScriptedHost(lambda *_: one_nodule(images))

    analyst(flow, host).look()

    (assignment,) = host.asked
    assert {each.sop_instance_uid for each in assignment.files} == {each.SOPInstanceUID for each in images}
    assert all(each.path.is_file() for each in assignment.files)
    assert assignment.package_folder == PACKAGES / PACKAGE
    assert [each.outcome for each in flow.analyses(study)] == [AnalysisOutcome.FINDINGS]


def test_an_image_that_came_after_dispatch_is_not_read_by_the_analysis_of_the_revision_before(flow: Flow) -> None:
    images = chest(count=23)
    flow.dispatched(*images[:22])
    flow.arrive(images[22])
    host = ScriptedHost(lambda *_: no_nodule(images[:22]))

    analyst(flow, host).look()

    (assignment,) = host.asked
    assert {each.sop_instance_uid for each in assignment.files} == {each.SOPInstanceUID for each in images[:22]}


def test_an_analysis_whose_image_was_replaced_is_not_read_and_the_new_revision_is(flow: Flow) -> None:
    images = chest()
    study = flow.dispatched(*images)
    rival = ct_slice(
        study_uid=images[0].StudyInstanceUID, series_uid=images[0].SeriesInstanceUID, index=0, size=16, seed=1
    )
    rival.SOPInstanceUID = rival.file_meta.MediaStorageSOPInstanceUID = images[0].SOPInstanceUID
    flow.arrive(rival)
    accept(flow.archive, WALL, flow.bell, 1)
    host = ScriptedHost(lambda *_: no_nodule(images))

    analyst(flow, host).look()
    assert host.asked == []
    flow.complete()
    flow.dispatch()
    analyst(flow, host).look()

    assert len(host.asked) == 1
    states = [each.state for each in flow.analyses(study)]
    assert states == [AnalysisState.CANCELLED, AnalysisState.CONCLUDED]


def test_a_lost_process_costs_an_attempt_and_the_next_one_concludes(flow: Flow) -> None:
    images = chest()
    study = flow.dispatched(*images)
    faults: list[Exception] = [ProcessLost("ended by signal SIGKILL")]

    def answer(_: Assignment, __: Callable[[], bool]) -> Outcome:
        if faults:
            raise faults.pop()
        return no_nodule(images)

    analyst(flow, ScriptedHost(answer)).look()

    (ended,) = flow.analyses(study)
    assert (ended.attempt, ended.outcome) == (2, AnalysisOutcome.NO_FINDING)
    assert [e.detail["detail"] for e in flow.events(study) if e.kind is EventKind.ANALYSIS_ATTEMPT_LOST] == [
        "ended by signal SIGKILL"
    ]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (PackageBroken("network.safetensors is not the file of the manifest"), "package-fault"),
        (PackageFailed("KeyError: 'upside down'"), "package-failed"),
    ],
)
def test_a_package_at_fault_fails_at_once_since_it_would_fail_again(
    fault: PackageFailed, reason: str, flow: Flow
) -> None:
    study = flow.dispatched(*chest())

    def answer(_: Assignment, __: Callable[[], bool]) -> Outcome:
        raise fault

    analyst(flow, ScriptedHost(answer)).look()

    (failed,) = flow.analyses(study)
    assert (failed.state, failed.attempt, failed.reason) == (AnalysisState.FAILED, 1, reason)
    assert failed.detail == str(fault)


def test_an_analysis_that_is_too_slow_three_times_fails_for_that(flow: Flow) -> None:
    study = flow.dispatched(*chest())

    def answer(_: Assignment, __: Callable[[], bool]) -> Outcome:
        raise DeadlinePassed("the reading was not done within 60 s")

    analyst(flow, ScriptedHost(answer)).look()

    (failed,) = flow.analyses(study)
    assert (failed.state, failed.attempt, failed.reason) == (AnalysisState.FAILED, 3, "deadline-passed")
    assert failed.detail == "the reading was not done within 60 s"


@pytest.mark.parametrize("where", ["the model process", "the reading that is kept"])
def test_a_full_disk_makes_an_analysis_wait_without_an_attempt_until_there_is_room(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    images = chest()
    study = flow.dispatched(*images)
    full = True

    def answer(_: Assignment, __: Callable[[], bool]) -> Outcome:
        if full and where == "the model process":
            raise NoRoom("no room on the disk: OSError: No space left on device")
        return no_nodule(images)

    store = flow.archive.objects.store

    def stored(hospital: HospitalId, content: bytes, name: str) -> None:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        store(hospital, content, name)

    monkeypatch.setattr(flow.archive.objects, "store", stored)
    worker = analyst(flow, ScriptedHost(answer))
    for _ in range(5):
        worker.look()
        (waiting,) = flow.analyses(study)
        assert (waiting.state, waiting.attempt) == (PENDING, 0)
        assert waiting.detail is not None
        assert "disk" in waiting.detail
        assert flow.claim() is None, "it waits, it does not spin"
        flow.pass_time(WAIT_S)

    full = False
    worker.look()

    (ended,) = flow.analyses(study)
    assert (ended.attempt, ended.outcome, ended.detail) == (1, AnalysisOutcome.NO_FINDING, None)
    assert EventKind.ANALYSIS_ATTEMPT_LOST not in [event.kind for event in flow.events(study)]


def test_a_database_that_takes_no_write_for_a_while_costs_no_attempt(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = chest()
    study = flow.dispatched(*images)
    write = flow.archive.write
    refusals = 0

    @contextmanager
    def refused_thrice() -> Iterator[Connection]:
        nonlocal refusals
        if read_once.is_set() and refusals < 3:
            refusals += 1
            raise ArchiveUnavailable("the database does not answer (database or disk is full); try again")
        with write() as connection:
            yield connection

    read_once = threading.Event()

    def answer(_: Assignment, __: Callable[[], bool]) -> Outcome:
        read_once.set()
        return no_nodule(images)

    monkeypatch.setattr(analyse, "_TRY_AGAIN_S", 0.01)
    monkeypatch.setattr(flow.archive, "write", refused_thrice)
    worker = analyst(flow, ScriptedHost(answer))
    worker.look()
    assert [(each.state, each.attempt) for each in flow.analyses(study)] == [(PENDING, 0)]
    flow.pass_time(WAIT_S)
    worker.look()

    (ended,) = flow.analyses(study)
    assert (refusals, ended.attempt, ended.outcome) == (3, 1, AnalysisOutcome.NO_FINDING)


def test_a_holder_that_could_not_renew_while_nothing_could_be_written_keeps_its_lease_by_renewing_now(
    flow: Flow,
) -> None:
    flow.dispatched(*chest())
    held = claimed(flow)
    flow.pass_time(LEASE_S + 1.0)
    assert expire_leases(flow.archive, flow.bell) == 0
    with flow.archive.write() as connection:
        analysis_leases.renew(connection, WALL, held, 0.5)
    flow.pass_time(RESPITE_S + 1.0)

    assert expire_leases(flow.archive, flow.bell) == 0
    assert now_of(flow, held).token == held.token
    flow.pass_time(LEASE_S)
    assert expire_leases(flow.archive, flow.bell) == 0, "a later lease has a respite of its own"


def test_a_stopped_worker_leaves_the_analysis_for_the_next_at_once(flow: Flow) -> None:
    study = flow.dispatched(*chest())

    def answer(_: Assignment, __: Callable[[], bool]) -> Outcome:
        worker.stopping.set()
        raise Stopped("as wished")

    worker = analyst(flow, ScriptedHost(answer))
    worker.look()

    assert [(each.state, each.attempt) for each in flow.analyses(study)] == [(PENDING, 0)]
    assert Step.ANALYSE in due(flow.archive)[0]


def test_a_package_that_came_after_the_worker_started_is_found(flow: Flow, tmp_path: Path) -> None:
    images = chest()
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    at_start = Catalogue.of([shelf])
    shutil.copytree(PACKAGES / PACKAGE, shelf / PACKAGE)
    study = flow.dispatched(*images)

    analyst(flow, ScriptedHost(lambda *_: no_nodule(images)), at_start).look()

    assert [each.outcome for each in flow.analyses(study)] == [AnalysisOutcome.NO_FINDING]


def test_a_package_that_is_gone_is_a_failure_with_its_name(flow: Flow, tmp_path: Path) -> None:
    study = flow.dispatched(*chest())

    analyst(flow, ScriptedHost(lambda *_: pytest.fail("asked")), Catalogue.of([tmp_path])).look()

    (failed,) = flow.analyses(study)
    assert (failed.state, failed.reason) == (AnalysisState.FAILED, "package-fault")
    assert f"{PACKAGE} 0.1.0.0" in (failed.detail or "")


def test_a_cancelled_analysis_stops_its_model_process(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyse, "LEASE_S", 0.6)
    study = flow.dispatched(*chest())

    def answer(_: Assignment, should_stop: Callable[[], bool]) -> Outcome:
        (running,) = flow.analyses(study)
        with flow.archive.write() as connection:
            analyses.cancel(connection, WALL, running, "a newer revision selects other images")
        assert _within(5.0, should_stop)
        raise Stopped("as wished")

    analyst(flow, ScriptedHost(answer)).look()

    assert [each.state for each in flow.analyses(study)] == [AnalysisState.CANCELLED]


def test_a_worker_that_cannot_renew_for_two_thirds_of_its_lease_stops(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease_s = 1.5
    monkeypatch.setattr(analyse, "LEASE_S", lease_s)
    flow.dispatched(*chest())
    held = claimed(flow)

    @contextmanager
    def locked() -> Iterator[Connection]:
        time.sleep(0.4)
        raise ArchiveUnavailable("the database does not answer")
        yield

    monkeypatch.setattr(flow.archive, "write", locked)
    lease = analyse._Lease(flow.archive, held)
    began = time.monotonic()
    with lease.kept():
        assert _within(5.0, lease.lost)
    assert time.monotonic() - began < lease_s + 0.4, "before somebody else may have begun"


def _within(limit_s: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False
