"""A model process may crash, hang, chatter or lose its parent: the worker goes on and nothing stays behind."""

from __future__ import annotations

import errno
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from made_chest import BALL_CENTER_MM, BALL_RADIUS_MM, FRAME_OF_REFERENCE_UID, SERIES_UID, write_chest
from pydicom import dcmread

from models.contract import Outcome, RefusalReason, Refused, SeriesFile, SeriesReading
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
from models.runtime import Runtime
from models.scratch import Scratch

PACKAGE = Path(__file__).parent.parent / "packages" / "threshold_nodule"
ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def chest(tmp_path_factory: pytest.TempPathFactory) -> tuple[SeriesFile, ...]:
    return write_chest(tmp_path_factory.mktemp("chest"))


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelHost]:
    """A host for the tests that leave its process as it is."""
    host = ModelHost(tmp_path_factory.mktemp("warm"), 1)
    yield host
    host.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., ModelHost]]:
    """Hosts that are closed at the end, with short patience unless a test asks otherwise."""
    hosts: list[ModelHost] = []

    def started(**options: float) -> ModelHost:
        hosts.append(ModelHost(tmp_path / "scratch", 1, **options))
        return hosts[-1]

    yield started
    for host in hosts:
        host.close()


def assignment(files: tuple[SeriesFile, ...], *, package: Path = PACKAGE, deadline_s: float = 60.0) -> Assignment:
    return Assignment("7", "token-1", package, files, deadline_s)


def read(host: ModelHost, wanted: Assignment) -> Outcome:
    return host.read(wanted, lambda _: None, lambda: False)[0]


@dataclass
class MidRead:
    """A reading that is held in the middle: one instance is a named pipe that nobody fills."""

    files: tuple[SeriesFile, ...]
    pipe: Path

    def begin(self, host: ModelHost, should_stop: Callable[[], bool] = lambda: False) -> Future[object]:
        """Returns once the process has opened the instance and waits for its bytes."""
        pool = ThreadPoolExecutor(1)
        future: Future[object] = pool.submit(host.read, assignment(self.files), lambda _: None, should_stop)
        future.add_done_callback(lambda _: os.open(self.pipe, os.O_RDONLY | os.O_NONBLOCK))
        os.open(self.pipe, os.O_WRONLY)
        pool.shutdown(wait=False)
        assert not future.done(), future.exception()
        return future


@pytest.fixture
def held(chest: tuple[SeriesFile, ...], tmp_path: Path) -> MidRead:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    return MidRead((replace(chest[0], path=pipe), *chest[1:]), pipe)


def wait_for_end(process_id: int, within_s: float = 10.0) -> None:
    """Fails when the process still lives after that long; works for processes that are no children of ours."""
    try:
        watched = os.pidfd_open(process_id)
    except ProcessLookupError:
        return
    try:
        ended, _, _ = select.select([watched], [], [], within_s)
    finally:
        os.close(watched)
    assert ended, f"process {process_id} is still there"


def in_process(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """Python that model processes run first: how a test breaks a package from inside."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(textwrap.dedent(code))
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_a_series_is_read_and_the_ball_in_it_is_found_where_it_is(
    warm: ModelHost, chest: tuple[SeriesFile, ...]
) -> None:
    shares: list[float] = []
    outcome, content = warm.read(assignment(chest), shares.append, lambda: False)
    assert isinstance(outcome, SeriesReading)
    assert (outcome.series_instance_uid, outcome.frame_of_reference_uid) == (SERIES_UID, FRAME_OF_REFERENCE_UID)
    first = outcome.reading.findings[0]
    assert first.center_mm == pytest.approx(BALL_CENTER_MM, abs=2.0)
    assert first.long_axis is not None
    assert first.long_axis.length_mm == pytest.approx(2 * BALL_RADIUS_MM, abs=5.0)
    assert first.segment is not None
    assert write_reading(read_reading(content)) == content
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_second_reading_finds_the_process_warm_and_no_scratch_is_left(
    start: Callable[..., ModelHost], chest: tuple[SeriesFile, ...], tmp_path: Path
) -> None:
    host = start()
    host.warm([PACKAGE])
    warm = host.process_id
    read(host, assignment(chest))
    read(host, assignment(chest))
    assert host.process_id == warm is not None
    assert not list((tmp_path / "scratch").rglob("*token-1*"))
    host.close()
    assert [path.name for path in (tmp_path / "scratch").iterdir()] == ["lock"]


def test_a_study_of_a_child_is_refused_with_its_reason_and_the_refusal_is_durable_too(
    warm: ModelHost, tmp_path: Path
) -> None:
    files = write_chest(tmp_path / "child", PatientAge="009Y")
    outcome, content = warm.read(assignment(files), lambda _: None, lambda: False)
    assert isinstance(outcome, Refused)
    assert outcome.reason is RefusalReason.NOT_FOR_CHILDREN
    assert read_reading(content) == outcome


def test_too_thick_slices_are_refused_by_what_the_positions_say(warm: ModelHost, chest: tuple[SeriesFile, ...]) -> None:
    outcome = read(warm, assignment(chest[::2]))
    assert isinstance(outcome, Refused)
    assert outcome.reason is RefusalReason.SLICES_TOO_THICK


def test_a_tilted_gantry_is_refused_by_a_package_that_was_not_made_for_it(
    start: Callable[..., ModelHost], tmp_path: Path
) -> None:
    tilted = write_chest(tmp_path / "tilted", ImageOrientationPatient=[1, 0, 0, 0, 0.984808, -0.173648])
    outcome = read(start(), assignment(tilted))
    assert isinstance(outcome, Refused)
    assert outcome.reason is RefusalReason.GANTRY_TILT
    assert "10.0 degrees" in outcome.detail


def test_a_scratch_folder_that_cannot_be_used_is_an_attempt_lost(
    start: Callable[..., ModelHost], chest: tuple[SeriesFile, ...], tmp_path: Path
) -> None:
    host = start()
    (slot,) = (tmp_path / "scratch").glob("slot-*")
    shutil.rmtree(slot)
    with pytest.raises(ProcessLost, match="No such file or directory"):
        read(host, assignment(chest))


def test_kill_9_in_mid_read_is_one_attempt_lost_and_the_next_reading_works(
    start: Callable[..., ModelHost], held: MidRead, chest: tuple[SeriesFile, ...]
) -> None:
    host = start()
    future = held.begin(host)
    killed = host.process_id
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    with pytest.raises(ProcessLost, match="SIGKILL"):
        future.result(timeout=20)
    wait_for_end(killed)
    assert isinstance(read(host, assignment(chest)), SeriesReading)
    assert host.process_id not in {None, killed}


def test_a_process_that_is_stopped_falls_silent_and_is_killed(start: Callable[..., ModelHost], held: MidRead) -> None:
    host = start(silence_limit_s=3.0)
    future = held.begin(host)
    stopped = host.process_id
    assert stopped is not None
    os.kill(stopped, signal.SIGSTOP)
    with pytest.raises(ProcessLost, match="no sign of life"):
        future.result(timeout=30)
    wait_for_end(stopped)


def test_a_process_that_works_longer_than_the_silence_limit_is_left_alone(
    start: Callable[..., ModelHost], held: MidRead
) -> None:
    host = start(silence_limit_s=2.5)
    future = held.begin(host)
    with pytest.raises(TimeoutError):
        future.result(timeout=4)


def test_a_reading_past_its_deadline_is_killed(start: Callable[..., ModelHost], held: MidRead) -> None:
    host = start()
    pipe_writer = os.open(held.pipe, os.O_RDWR)
    with pytest.raises(DeadlinePassed, match="1 s"):
        read(host, assignment(held.files, deadline_s=1.0))
    os.close(pipe_writer)
    assert host.process_id is None


def test_a_wish_to_stop_is_heard_within_seconds(start: Callable[..., ModelHost], held: MidRead) -> None:
    wishes: list[bool] = []
    host = start()
    future = held.begin(host, should_stop=lambda: bool(wishes))
    working = host.process_id
    wishes.append(True)
    with pytest.raises(Stopped):
        future.result(timeout=5)
    assert working is not None
    wait_for_end(working)


def test_closing_the_host_ends_a_reading_under_way(start: Callable[..., ModelHost], held: MidRead) -> None:
    host = start()
    future = held.begin(host)
    working = host.process_id
    host.close()
    with pytest.raises(Stopped):
        future.result(timeout=5)
    assert working is not None
    wait_for_end(working)


def test_when_the_worker_is_killed_its_process_is_gone_and_the_next_host_clears_what_it_left(
    held: MidRead, tmp_path: Path, start: Callable[..., ModelHost]
) -> None:
    scratch = tmp_path / "scratch"
    (tmp_path / "files.json").write_text(json.dumps([[str(f.path), *astuple_uids(f)] for f in held.files]))
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(scratch), str(PACKAGE), str(tmp_path / "files.json")],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert worker.stdout is not None
    child = int(worker.stdout.readline())
    os.open(held.pipe, os.O_WRONLY)
    worker.kill()
    worker.wait()
    wait_for_end(child)
    assert len(list(scratch.glob("slot-*"))) == 1
    start()
    assert len(list(scratch.glob("slot-*"))) == 1
    assert not list(scratch.rglob("*token*"))


def astuple_uids(file: SeriesFile) -> tuple[str, str, str]:
    return file.sop_class_uid, file.sop_instance_uid, file.transfer_syntax_uid


WORKER = """
import json, sys
from pathlib import Path
from models.contract import SeriesFile
from models.host import Assignment, ModelHost
scratch, package, listed = map(Path, sys.argv[1:])
files = tuple(SeriesFile(Path(path), *uids) for path, *uids in json.loads(listed.read_text()))
host = ModelHost(scratch, 1)
host.warm()
print(host.process_id, flush=True)
host.read(Assignment("7", "token", package, files, 60.0), lambda _: None, lambda: False)
"""


def test_a_changed_file_of_a_package_is_named_and_nothing_is_read_with_it(
    warm: ModelHost, chest: tuple[SeriesFile, ...], tmp_path: Path
) -> None:
    package = Path(shutil.copytree(PACKAGE, tmp_path / "threshold_nodule"))
    assert isinstance(read(warm, assignment(chest, package=package)), SeriesReading)
    untouched = (package / "README.md").read_text()
    (package / "README.md").write_text(untouched + "one more line\n")
    with pytest.raises(PackageBroken, match=r"README\.md is not the file of version 0\.1\.0\.0"):
        read(warm, assignment(chest, package=package))
    (package / "README.md").write_text(untouched)
    assert isinstance(read(warm, assignment(chest, package=package)), SeriesReading)


def test_an_error_of_the_head_is_the_packages_failure_and_the_process_stays(
    start: Callable[..., ModelHost], chest: tuple[SeriesFile, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process(monkeypatch, tmp_path / "code", """
        from models.heads.threshold import ThresholdHead
        def read(self, volume, progress):
            raise KeyError("upside down")
        ThresholdHead.read = read
    """)  # fmt: skip
    host = start()
    host.warm()
    process_id = host.process_id
    with pytest.raises(PackageFailed, match="KeyError: 'upside down'") as failure:
        read(host, assignment(chest))
    assert not isinstance(failure.value, PackageBroken), "its files are whole: installing it again would not help"
    assert host.process_id == process_id


def test_no_memory_is_an_attempt_lost_not_a_failed_package(
    start: Callable[..., ModelHost], chest: tuple[SeriesFile, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process(monkeypatch, tmp_path / "code", """
        from models.heads.threshold import ThresholdHead
        def read(self, volume, progress):
            raise MemoryError
        ThresholdHead.read = read
    """)  # fmt: skip
    with pytest.raises(ProcessLost, match="MemoryError"):
        read(start(), assignment(chest))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_apart_from_a_lost_attempt(
    start: Callable[..., ModelHost],
    chest: tuple[SeriesFile, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
) -> None:
    in_process(monkeypatch, tmp_path / "code", f"""
        import pathlib
        def write_bytes(self, content):
            raise OSError({code}, "it is full")
        pathlib.Path.write_bytes = write_bytes
    """)  # fmt: skip
    with pytest.raises(NoRoom, match="it is full"):
        read(start(), assignment(chest))


def test_a_process_that_ends_on_a_full_disk_without_a_word_has_lost_no_attempt(
    start: Callable[..., ModelHost], chest: tuple[SeriesFile, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process(monkeypatch, tmp_path / "code", """
        from models.heads.threshold import ThresholdHead
        import os
        def read(self, volume, progress):
            os._exit(1)
        ThresholdHead.read = read
    """)  # fmt: skip
    monkeypatch.setattr(Scratch, "is_full", lambda _: True)
    with pytest.raises(NoRoom):
        read(start(), assignment(chest))


def test_an_error_while_parsing_instances_never_carries_their_text(
    start: Callable[..., ModelHost], chest: tuple[SeriesFile, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process(monkeypatch, tmp_path / "code", """
        import models.pixels
        def read_volume(files):
            raise ValueError("cannot parse MADE^CHEST")
        models.pixels.read_volume = read_volume
    """)  # fmt: skip
    with pytest.raises(PackageFailed) as failure:
        read(start(), assignment(chest))
    assert "ValueError in sitecustomize.py, line 4" in str(failure.value)
    assert "MADE" not in str(failure.value)


def test_a_package_has_no_network_and_no_secret_of_the_centre(
    start: Callable[..., ModelHost], chest: tuple[SeriesFile, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process(monkeypatch, tmp_path / "code", """
        import os, socket
        from models.heads.threshold import ThresholdHead
        def read(self, volume, progress):
            try:
                socket.socket(socket.AF_INET)
            except PermissionError:
                raise RuntimeError(f"no network, secret {os.environ.get('CONSILIUM_BROKER_URL')}") from None
            raise RuntimeError("network")
        ThresholdHead.read = read
    """)  # fmt: skip
    monkeypatch.setenv("CONSILIUM_BROKER_URL", "amqp://centre:password@broker")
    with pytest.raises(PackageFailed, match="no network, secret None"):
        read(start(), assignment(chest))


def test_chatter_of_a_package_goes_to_a_bounded_log_and_harms_nothing(
    start: Callable[..., ModelHost], chest: tuple[SeriesFile, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process(monkeypatch, tmp_path / "code", """
        import os, sys
        os.write(1, b"chatter\\n" * 500_000)
        print("the last word", file=sys.stderr)
    """)  # fmt: skip
    host = start()
    assert isinstance(read(host, assignment(chest)), SeriesReading)
    assert "the last word" in host.log_tail()
    (log,) = (tmp_path / "scratch").rglob("process.log")
    assert log.stat().st_size < 2 << 20


def test_packages_make_room_for_one_another_within_the_budget(tmp_path: Path) -> None:
    other = Path(shutil.copytree(PACKAGE, tmp_path / "other"))
    text = (other / "package.json").read_text()
    (other / "package.json").write_text(text.replace('"version": "0.1.0.0"', '"version": "0.2.0.0"'))
    roomy, tight = Runtime(memory_budget_mb=600), Runtime(memory_budget_mb=599)
    for runtime, stays in ((roomy, True), (tight, False)):
        first = runtime.load(PACKAGE)
        runtime.load(other)
        assert (runtime.load(PACKAGE) is first) is stays


@pytest.mark.parametrize("module", ["models.host", "models.catalogue", "models.manifest", "models.sandbox"])
def test_the_light_half_imports_no_heavy_library(module: str) -> None:
    program = f"import sys, {module}; print([n for n in ('torch', 'monai', 'scipy', 'openvino') if n in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_an_assignment_whose_name_would_leave_the_scratch_folder_is_refused() -> None:
    with pytest.raises(ValueError, match="no folder name"):
        _ = replace(assignment(()), analysis_id="../7").scratch_name
    assert assignment(()).scratch_name == "7-token-1"


def test_hosts_that_share_a_folder_leave_one_another_alone(tmp_path: Path) -> None:
    first, second = Scratch(tmp_path), Scratch(tmp_path)
    with first.attempt("7-token") as folder:
        Scratch(tmp_path).remove()
        assert folder.is_dir()
        assert second.folder != first.folder
    assert not folder.exists()


@pytest.mark.real_data
def test_a_real_chest_ct_is_read_inside_the_sandbox(warm: ModelHost, datasets: Path) -> None:
    folder = datasets / "ct_lidc_nodules" / "LIDC-IDRI-0001" / "dicom"
    headers = [(path, dcmread(path, stop_before_pixels=True)) for path in sorted(folder.rglob("*.dcm"))]
    files = tuple(
        SeriesFile(path, header.SOPClassUID, header.SOPInstanceUID, header.file_meta.TransferSyntaxUID)
        for path, header in headers
        if header.Modality == "CT"
    )
    outcome = read(warm, assignment(files))
    assert isinstance(outcome, SeriesReading)
    assert {source.sop_instance_uid for source in outcome.sources} == {file.sop_instance_uid for file in files}
    assert outcome.reading.findings
