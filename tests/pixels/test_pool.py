"""A broken file breaks only its own child: the pool says so, goes on, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from service.pixels.pool import DecodeFault, PixelPool
from tests.pixels.made_objects import made, stored

RAMP = np.arange(32 * 48, dtype=np.int16).reshape(32, 48)
WINDOW = (700.0, 1500.0)


@pytest.fixture(scope="module")
def pool() -> Iterator[PixelPool]:
    with PixelPool() as opened:
        yield opened


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return stored(made(RAMP), tmp_path, "good.dcm")


def children(of: int | None = None) -> set[int]:
    """Process ids of the pixel children of a process."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            command = entry.with_name("cmdline").read_bytes()
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
            if b"service.pixels.child" in command and parent == (of or os.getpid()):
                found.add(int(entry.parent.name))
    return found


def until(happened: Callable[[], bool], what: str, deadline_s: float = 15.0) -> None:
    due_at = time.monotonic() + deadline_s
    while not happened():
        assert time.monotonic() < due_at, f"not within {deadline_s} s: {what}"
        threading.Event().wait(0.02)


def is_gone(process_id: int) -> bool:
    try:
        return ") Z " in Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return True


def test_a_stored_frame_comes_back_as_a_picture(pool: PixelPool, good: Path) -> None:
    drawn = pool.render_slice(good, 1, WINDOW, (((5.0, 5.0), (9.0, 5.0), (9.0, 9.0), (5.0, 5.0)),), ("AI 结果",))
    assert drawn.shape[2] == 3
    assert drawn.dtype == np.uint8
    assert drawn.shape[0] > 32, "words below"


def test_a_mask_comes_back_as_polygons(pool: PixelPool) -> None:
    mask = np.zeros((9, 12), bool)
    mask[2:5, 3:8] = True
    ((first, *_),) = pool.outline(np.asfortranarray(mask))
    assert len(first) == 2
    assert pool.outline(np.zeros((4, 4), bool)) == ()


@pytest.mark.parametrize("kept", [0, 10, 132, 400, 1000])
def test_a_cut_file_is_told_and_the_next_one_works(pool: PixelPool, good: Path, tmp_path: Path, kept: int) -> None:
    cut = tmp_path / "cut.dcm"
    cut.write_bytes(good.read_bytes()[:kept])
    with pytest.raises(DecodeFault, match=r"cannot be decoded: .+; ask the sender"):
        pool.render_slice(cut, 1, WINDOW)
    assert pool.render_slice(good, 1, WINDOW).shape == (32, 48, 3)


def test_a_missing_file_and_a_missing_frame_are_told(pool: PixelPool, good: Path, tmp_path: Path) -> None:
    with pytest.raises(DecodeFault, match="not where the archive says"):
        pool.render_slice(tmp_path / "absent.dcm", 1, WINDOW)
    with pytest.raises(DecodeFault, match="no frame 2"):
        pool.render_slice(good, 2, WINDOW)


def test_no_word_of_the_header_is_in_what_is_told(pool: PixelPool, tmp_path: Path) -> None:
    header = made(RAMP, PatientName="SECRET^NAME", PatientID="SECRET-7", RescaleSlope="1")
    header.Columns = 4000
    with pytest.raises(DecodeFault) as told:
        pool.render_slice(stored(header, tmp_path), 1, WINDOW)
    assert "SECRET" not in str(told.value)


def test_a_child_that_hangs_is_killed_and_replaced(good: Path, tmp_path: Path) -> None:
    endless = tmp_path / "pipe.dcm"
    os.mkfifo(endless)
    with PixelPool(deadline_s=1.5) as pool:
        pool.render_slice(good, 1, WINDOW)
        before = children()
        with pytest.raises(DecodeFault, match=r"not ready within 1\.5 s"):
            pool.render_slice(endless, 1, WINDOW)
        until(lambda: all(is_gone(child) for child in before - children()), "the hanging child is gone")
        assert pool.render_slice(good, 1, WINDOW).shape == (32, 48, 3)


def test_a_child_that_dies_at_work_is_told_and_one_that_dies_idle_is_not_missed(good: Path, tmp_path: Path) -> None:
    endless = tmp_path / "pipe.dcm"
    os.mkfifo(endless)
    already = children()
    with PixelPool() as pool, ThreadPoolExecutor(1) as other:
        pool.render_slice(good, 1, WINDOW)
        (idle,) = children() - already
        os.kill(idle, signal.SIGKILL)
        until(lambda: is_gone(idle), "the idle child is dead")
        assert pool.render_slice(good, 1, WINDOW).shape == (32, 48, 3)

        (busy,) = {child for child in children() - already if not is_gone(child)}
        asked = other.submit(pool.render_slice, endless, 1, WINDOW)
        until(lambda: "fifo" in Path(f"/proc/{busy}/wchan").read_text() or asked.done() or busy_reads(busy), "it works")
        os.kill(busy, signal.SIGSEGV)
        with pytest.raises(DecodeFault, match="SIGSEGV"):
            asked.result(timeout=15)
        assert pool.render_slice(good, 1, WINDOW).shape == (32, 48, 3)


def busy_reads(process_id: int) -> bool:
    """Whether the process waits for the other end of a pipe (openat or open in the kernel's words)."""
    return Path(f"/proc/{process_id}/syscall").read_text().split()[0] in {"257", "2", "56"}


def test_an_object_larger_than_the_memory_of_a_child_is_told(good: Path, tmp_path: Path) -> None:
    huge = tmp_path / "huge.dcm"
    huge.write_bytes(good.read_bytes())
    os.truncate(huge, 3 << 30)
    with PixelPool(memory_bytes=2 << 30) as pool:
        with pytest.raises(DecodeFault):
            pool.render_slice(huge, 1, WINDOW)
        assert pool.render_slice(good, 1, WINDOW).shape == (32, 48, 3)


def test_a_child_has_no_network_and_none_of_the_centres_secrets(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSILIUM_BROKER_URL", "amqp://user:password@host")
    already = children()
    with PixelPool() as pool:
        pool.render_slice(good, 1, WINDOW)
        (child,) = children() - already
        assert b"password" not in Path(f"/proc/{child}/environ").read_bytes()
        assert "Seccomp:\t2" in Path(f"/proc/{child}/status").read_text(), "a filter is in force"


def test_threads_share_the_pool_and_may_end_before_it(good: Path) -> None:
    already = children()
    with PixelPool(workers=2) as pool:
        with ThreadPoolExecutor(8) as callers:
            shapes = set(callers.map(lambda _: pool.render_slice(good, 1, WINDOW).shape, range(40)))
        assert shapes == {(32, 48, 3)}
        assert len(children() - already) <= 2
        started = children() - already
        assert pool.render_slice(good, 1, WINDOW).shape == (32, 48, 3)
        assert children() - already == started, "children outlive the thread whose request started them"
    until(lambda: not children() - already, "closing ends the children")


def test_no_child_outlives_a_killed_parent(good: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from service.pixels.pool import PixelPool\n"
        "pool = PixelPool(); pool.render_slice(Path(sys.argv[1]), 1, (700.0, 1500.0)); print('ready', flush=True)\n"
        "sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(good)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent.parent,
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    assert parent.stdout.readline() == "ready\n"
    (child,) = children(of=parent.pid)
    parent.kill()
    parent.wait()
    until(lambda: is_gone(child), "the child ends with its parent")
    parent.stdout.close()
    parent.stdin.close()
