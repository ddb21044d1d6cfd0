"""What a demo says before its loop ends: live, in the order of time, and its one object also when nothing was sent."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from service.archive.store import Archive
from service.cli.send import Sent, Underway
from service.demo.live import Telling
from service.demo.watch import look
from tests.support.centre import consilium
from tests.support.flowing import chest, flowing


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_without_a_study_ends_with_the_object_and_a_sentence(tmp_path: Path, there: bool) -> None:
    study = tmp_path / "study"
    if there:
        study.mkdir()

    done = consilium("demo", "--study", str(study), "--once", "--json", check=False)

    said = json.loads(done.stdout)
    assert done.returncode != 0
    assert (said["ok"], said["study_instance_uid"], said["analyses"], said["delivered"]) == (False, None, [], [])
    assert set(said["timeline"].values()) == {None}
    assert ("holds no DICOM file" if there else "does not exist") in done.stderr


def test_the_folder_of_a_centre_is_not_taken_for_a_demo(tmp_path: Path) -> None:
    Archive(tmp_path).close()
    before = sorted(tmp_path.rglob("*"))

    done = consilium("demo", "--data", str(tmp_path), "--once", check=False)

    assert done.returncode == 2
    assert f"{tmp_path} holds a centre; give the demo a folder of its own" in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_sending_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    options = ("--to", "127.0.0.1:9", "--called-ae", "A", "--calling-ae", "B")

    done = consilium("send", str(tmp_path / "nope"), *options, check=False)

    assert done.returncode == 2
    assert "nope does not exist" in done.stderr


def test_an_event_is_told_while_images_are_still_sent(archive: Archive) -> None:
    out = io.StringIO()
    with flowing(archive) as flow:
        began_at = time.time()
        images = chest(count=2)
        flow.arrive(*images)
        uid = str(images[0].StudyInstanceUID)
        telling = Telling(Console(file=out), lambda: look(flow.archive, flow.hospital, uid))

        telling.underway(Underway(1, 2, began_at))
        early = out.getvalue()
        sent = Sent(("a", "b"), (), (), 0, None, began_at, time.time())
        telling.sent(replace(sent, ended_at=sent.ended_at + 1))

    assert "The first instance arrived." in early
    lines = out.getvalue().splitlines()
    assert "received 2 of 2 instances" in lines[-1]
    moments = [float(line.split(" s ")[0]) for line in lines]
    assert moments == sorted(moments)
    assert len(lines) == 2, "each event is told once"
