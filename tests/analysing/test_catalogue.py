"""The centre knows its packages: the newest is asked, every version is found by its digest, broken ones are named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from models.catalogue import Catalogue
from models.manifest import manifest_digest

PACKAGE = Path(__file__).parent.parent / "packages" / "threshold_nodule"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    return folder


def put(shelf: Path, folder: str, **changes: object) -> Path:
    """A copy of the test package on the shelf, with other values in its manifest."""
    package = Path(shutil.copytree(PACKAGE, shelf / folder))
    manifest = json.loads((package / "package.json").read_text())
    (package / "package.json").write_text(json.dumps({**manifest, **changes}))
    return package


def test_versions_are_compared_as_numbers_and_the_newest_is_asked(shelf: Path) -> None:
    put(shelf, "a", version="0.10.0.0")
    put(shelf, "b", version="0.9.0.0")
    put(shelf, "c", name="other_package")
    available = Catalogue.of([shelf]).available()
    assert {name: entry.manifest.version for name, entry in available.items()} == {
        "threshold_nodule": "0.10.0.0",
        "other_package": "0.1.0.0",
    }
    assert available["threshold_nodule"].folder == shelf / "a"


def test_an_older_version_is_still_found_by_its_digest(shelf: Path) -> None:
    old = put(shelf, "old")
    put(shelf, "new", version="0.2.0.0")
    catalogue = Catalogue.of([shelf])
    entry = catalogue.by_digest(manifest_digest(old))
    assert entry is not None
    assert entry.folder == old
    assert [entry.manifest.version for entry in catalogue.entries()] == ["0.2.0.0", "0.1.0.0"]


def test_the_digest_depends_on_what_the_manifest_says_not_on_how_it_is_written(shelf: Path) -> None:
    plain, spaced, other = put(shelf, "a"), put(shelf, "b"), put(shelf, "c", manufacturer="Somebody else")
    (spaced / "package.json").write_text(json.dumps(json.loads((spaced / "package.json").read_text()), indent=7))
    assert manifest_digest(plain) == manifest_digest(spaced) != manifest_digest(other)


def test_a_broken_package_is_named_with_its_fault_and_the_others_stay(shelf: Path) -> None:
    put(shelf, "good")
    put(shelf, "odd", runtime={"memory_mb": "a lot"})
    (shelf / "torn").mkdir()
    (shelf / "torn" / "package.json").write_text('{"name": "tor')
    (shelf / "no_package").mkdir()
    catalogue = Catalogue.of([shelf])
    assert list(catalogue.available()) == ["threshold_nodule"]
    assert [fault.folder.name for fault in catalogue.faults] == ["odd", "torn"]
    assert "runtime.memory_mb" in catalogue.faults[0].fault


def test_one_version_with_two_contents_is_a_fault_and_the_first_is_used(shelf: Path) -> None:
    first = put(shelf, "a")
    second = put(shelf, "b", manufacturer="Somebody else")
    catalogue = Catalogue.of([shelf])
    assert catalogue.available()["threshold_nodule"].folder == first
    assert catalogue.by_digest(manifest_digest(second)) is None
    assert [fault.folder for fault in catalogue.faults] == [second]
    assert "version of its own" in catalogue.faults[0].fault


def test_the_same_package_in_two_folders_is_one(shelf: Path, tmp_path: Path) -> None:
    put(shelf, "a")
    put(tmp_path / "cache", "a")
    catalogue = Catalogue.of([shelf, tmp_path / "cache"])
    assert len(catalogue.entries()) == 1
    assert catalogue.faults == ()


def test_a_new_package_is_seen_after_a_refresh_and_a_removed_one_is_gone(shelf: Path) -> None:
    catalogue = Catalogue.of([shelf, shelf / "not_there"])
    assert catalogue.available() == {}
    package = put(shelf, "a")
    assert catalogue.available() == {}
    catalogue.refresh()
    entry = catalogue.available()["threshold_nodule"]
    shutil.rmtree(package)
    catalogue.refresh()
    assert catalogue.available() == {}
    assert catalogue.by_digest(entry.digest) is None
