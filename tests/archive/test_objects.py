"""Bytes on their way to the disk: whole or gone, and never swept away under whoever still writes them."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.archive.objects import Objects, object_name
from service.domain.wall import HospitalId

HOSPITAL = HospitalId("h" + "0" * 16)
NAME = object_name("a" * 64, "1.2.840.10008.1.2.1")


@pytest.fixture
def store(tmp_path: Path) -> Objects:
    return Objects(tmp_path / "objects", tmp_path / "incoming")


def parts(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "incoming").iterdir())


def test_a_disk_that_fills_up_in_mid_write_is_left_as_it_was(
    store: Objects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write

    def write(descriptor: int, content: bytes) -> int:
        if len(content) > 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, content)

    monkeypatch.setattr("service.archive.objects.os.write", write)

    with pytest.raises(OSError, match="No space left"):
        store.receive(b"head", b"data set")

    assert parts(tmp_path) == []


def test_a_part_that_somebody_still_writes_is_not_swept_away_by_a_node_that_starts(
    store: Objects, tmp_path: Path
) -> None:
    part = store.receive(b"head", b"data set")
    another = Objects(tmp_path / "objects", tmp_path / "incoming")

    assert list(another.left_parts()) == []
    store.name(part, HOSPITAL, NAME)
    store.drop(part)

    assert store.load(HOSPITAL, NAME) == b"headdata set"
    assert parts(tmp_path) == []


def test_what_a_killed_process_left_is_swept_away(store: Objects, tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from service.archive.objects import Objects; "
        "folder = Path(sys.argv[1]); Objects(folder / 'objects', folder / 'incoming').receive(b'h', b'd'); "
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert len(parts(tmp_path)) == 1

    for part in store.left_parts():
        store.drop(part)

    assert parts(tmp_path) == []


def test_the_same_object_named_twice_is_one_file_and_the_first(store: Objects) -> None:
    for content in (b"first header", b"other header"):
        store.store(HOSPITAL, content, NAME)

    assert store.load(HOSPITAL, NAME) == b"first header"


def test_a_hospital_has_all_its_folders_before_its_first_object_and_a_second_process_takes_them_as_they_are(
    store: Objects, tmp_path: Path
) -> None:
    names = [object_name(f"{number:02x}" + "a" * 62, "1.2.840.10008.1.2.1") for number in (0, 255)]
    store.store(HOSPITAL, b"first", names[0])
    folders = sorted(folder.name for folder in (tmp_path / "objects" / HOSPITAL).iterdir())

    Objects(tmp_path / "objects", tmp_path / "incoming").store(HOSPITAL, b"second", names[1])

    assert folders == [f"{number:02x}" for number in range(256)]
    assert [store.load(HOSPITAL, name) for name in names] == [b"first", b"second"]
