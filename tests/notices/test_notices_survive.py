"""A flow worker that is killed at any moment loses no notice: the next one goes on where the rows say."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.archive import notices
from service.archive.store import Archive
from service.domain.review import ReviewAction as A
from tests.his.test_webhook import Receiver, receiving
from tests.notices.ward import HEAD, WARD, Ward, ward
from tests.support.centre import CONSILIUM, environment, until
from tests.support.flowing import PACKAGES, WALL, pass_time

pytestmark = pytest.mark.timeout(180)


@contextmanager
def flow_worker(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A real flow worker on the archive; killed at the end if the test has not done so."""
    process = subprocess.Popen(
        [*CONSILIUM, "worker", "--queue", "flow", "--data", str(folder)],
        env=environment(PACKAGES),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline(), "the worker did not start"
        yield process
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def told(his: Receiver) -> list[tuple[int, str, str]]:
    """Number, state and contact of each urgent message the HIS has."""
    bodies = [json.loads(body) for _, body in his.got]
    return [
        (each["data"]["message"], each["data"]["state"], each["data"]["contact"])
        for each in bodies
        if each["type"] == "finding.critical"
    ]


def test_workers_that_are_killed_lose_no_notice_and_double_none(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "centre")
    with receiving() as his, ward(archive, webhook_url=his.url) as here:
        here.rule()
        with flow_worker(archive.folder) as worker:
            here.judge(A.ACCEPT)
            until(lambda: here.states == ["sent"], 30, lambda: (here.states, told(his)))
            os.kill(worker.pid, signal.SIGKILL)
        pass_time(archive, 301.0)
        his.statuses = [500]
        with flow_worker(archive.folder) as worker:
            until(lambda: len(told(his)) == 2, 30, lambda: told(his))
            os.kill(worker.pid, signal.SIGKILL)
        pass_time(archive, 301.0)
        with flow_worker(archive.folder):
            until(lambda: "escalated" in here.states, 30, lambda: (here.states, told(his)))
            until(lambda: told(his)[-1:] == [(3, "escalated", HEAD)], 30, lambda: told(his))
            here.acknowledge()
            pass_time(archive, 1000.0)
            here.judge(A.UNDO)
            until(lambda: told(his)[-1][1] == "taken-back", 30, lambda: told(his))
    assert [each for each in told(his) if each[0] == 1] == [(1, "raised", WARD)]
    assert sorted({each[0] for each in told(his)}) == [1, 2, 3, 4]
    archive.close()


def test_a_restart_in_the_middle_of_an_escalation_loses_nothing(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "centre")
    with ward(archive) as here:
        here.rule()
        here.judge(A.ACCEPT)
        here.sweep()
        here.flow.pass_time(601.0)
        before = here.only
    archive.close()

    again = Archive(tmp_path / "centre")
    reopened = Ward(here.flow, here.study)
    reopened.flow.archive = again
    with again.read() as connection:
        assert notices.get(connection, WALL, before.id) == before
        assert notices.next_due_at(connection, WALL) == before.due_at
    reopened.sweep()
    assert reopened.states == ["escalated"]
    assert reopened.told == [("escalated", HEAD)]
    again.close()
