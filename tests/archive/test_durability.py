"""What is acknowledged survives the loss of power: bytes, name, folder and row reach the disk in this order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import event

from service.archive.objects import Objects, object_name
from service.archive.store import Archive
from service.domain.wall import HospitalId
from service.flow.receive import StoreStatus
from tests.support.flowing import chest, flowing

HOSPITAL = HospitalId("h" + "0" * 16)
NAME = object_name("a" * 64, "1.2.840.10008.1.2.1")


class Disk:
    """What reached the disk, in order: (what was done, to which path); each noted once it was done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: list[tuple[str, Path]] = []
        fsync, link = os.fsync, os.link

        def noted_fsync(descriptor: int) -> None:
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            fsync(descriptor)
            self.steps.append(("fsync", path))

        def noted_link(source: Path, target: Path) -> None:
            link(source, target)
            self.steps += [("link from", source), ("link to", target)]

        monkeypatch.setattr(os, "fsync", noted_fsync)
        monkeypatch.setattr(os, "link", noted_link)

    def note_commits(self, archive: Archive) -> None:
        """Note a commit when it begins."""
        event.listen(archive._writer, "commit", lambda _: self.steps.append(("commit", archive.folder)))

    def of(self, what: str) -> list[Path]:
        return [path for done, path in self.steps if done == what]


def test_a_file_is_on_the_disk_before_it_has_its_name_and_the_name_before_the_row_is_committed(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = chest(count=2)
    with flowing(archive) as flow:
        flow.arrive(first)
        disk = Disk(monkeypatch)
        disk.note_commits(archive)

        (receipt,) = flow.arrive(second)

    assert receipt.status is StoreStatus.SUCCESS
    (part,), (named,) = disk.of("link from"), disk.of("link to")
    assert named.is_relative_to(archive.folder / "objects")
    assert disk.steps == [
        ("fsync", part),
        ("link from", part),
        ("link to", named),
        ("fsync", named.parent),
        ("commit", archive.folder),
    ]


def test_the_folders_of_a_new_hospital_are_on_the_disk_before_its_first_row_is_committed(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    with flowing(archive) as flow:
        disk = Disk(monkeypatch)
        disk.note_commits(archive)
        flow.arrive(*chest(count=1))

    (named,) = disk.of("link to")
    before_commit = disk.steps[: disk.steps.index(("commit", archive.folder))]
    for folder in (named.parent, named.parent.parent, archive.folder / "objects"):
        assert ("fsync", folder) in before_commit


def test_a_name_that_a_dead_process_gave_is_made_durable_by_whoever_relies_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = tmp_path / "objects", tmp_path / "incoming"
    Objects(*folders).store(HOSPITAL, b"the same", NAME)
    disk = Disk(monkeypatch)
    store = Objects(*folders)

    store.store(HOSPITAL, b"the same", NAME)

    assert disk.of("link to") == []
    assert disk.of("fsync")[-1] == store.path(HOSPITAL, NAME).parent


def test_the_database_has_a_commit_on_the_disk_before_it_says_so(archive: Archive) -> None:
    for opened in (archive.write, archive.read):
        with opened() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2, "FULL: in WAL, NORMAL is lazy"
