"""A manifest says what a package is and which files make it; anything else is named and not used."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from models.manifest import FileChanged, ManifestFault, manifest_digest, read_manifest, verify_files

PACKAGE = Path(__file__).parent.parent / "packages" / "threshold_nodule"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKAGE, tmp_path / "threshold_nodule"))


def change(folder: Path, **values: object) -> None:
    manifest = json.loads((folder / "package.json").read_text())
    (folder / "package.json").write_text(json.dumps({**manifest, **values}))


def list_file(folder: Path, name: str, content: bytes) -> None:
    """Put a file into the package and list it with its hash."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    files = json.loads((folder / "package.json").read_text())["files"]
    change(folder, files={**files, name: hashlib.sha256(content).hexdigest()})


def test_a_package_whose_files_are_as_listed_is_taken(folder: Path) -> None:
    list_file(folder, "models/net.safetensors", b"weights")
    (folder / "MODEL_CARD.md").write_text("words")
    verify_files(folder, read_manifest(folder))


def test_changed_weights_are_named(folder: Path) -> None:
    list_file(folder, "models/net.safetensors", b"weights")
    (folder / "models" / "net.safetensors").write_bytes(b"weighty")
    with pytest.raises(FileChanged, match=r"models/net\.safetensors is not the file of version 0\.1\.0\.0"):
        verify_files(folder, read_manifest(folder))


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "README.md").unlink()
    with pytest.raises(FileChanged, match=r"README\.md is missing"):
        verify_files(folder, read_manifest(folder))


@pytest.mark.parametrize(
    "name", ["models/net.safetensors", "configs/inference.json", "scripts/extra.py", "models/a.md"]
)
def test_a_file_that_no_hash_vouches_for_is_refused(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir()
    (folder / name).write_bytes(b"anything")
    with pytest.raises(FileChanged, match=f"{name} is not among the files"):
        verify_files(folder, read_manifest(folder))


@pytest.mark.parametrize("name", ["../other/net.safetensors", "/etc/hostname", "models/../../net.safetensors"])
def test_a_listed_file_outside_the_package_is_never_opened(folder: Path, name: str) -> None:
    change(folder, files={name: "0" * 64, "README.md": hashlib.sha256((folder / "README.md").read_bytes()).hexdigest()})
    with pytest.raises(FileChanged, match="leaves the package folder"):
        verify_files(folder, read_manifest(folder))


@pytest.mark.parametrize(("values", "where"), [
    ({"version": "1.0"}, "version"),
    ({"name": "../x"}, "name"),
    ({"device_uid": "1.2.3"}, "device_uid"),
    ({"outputs": []}, "outputs"),
    ({"not_validated_for": []}, "not_validated_for"),
    ({"runtime": {"memory_mb": 1, "deadline_s": 1, "head": "oracle", "networks": []}}, r"runtime\.head"),
    ({"files": {"README.md": "abc"}}, r"files\.README\.md"),
    ({"invented": 1}, "invented"),
])  # fmt: skip
def test_what_a_manifest_may_not_say_is_named_by_its_field(folder: Path, values: dict[str, object], where: str) -> None:
    change(folder, **values)
    with pytest.raises(ManifestFault, match=f"package 'threshold_nodule': {where}"):
        read_manifest(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe{}", b"null"])
def test_what_is_no_manifest_is_a_fault_of_the_file(folder: Path, content: bytes) -> None:
    (folder / "package.json").write_bytes(content)
    with pytest.raises(ManifestFault, match="package 'threshold_nodule'"):
        read_manifest(folder)


def test_a_folder_without_a_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestFault, match="cannot be read: No such file"):
        read_manifest(tmp_path)


def test_the_digest_vouches_for_the_weights(folder: Path) -> None:
    before = manifest_digest(folder)
    list_file(folder, "models/net.safetensors", b"weights")
    assert manifest_digest(folder) != before == manifest_digest(PACKAGE)
