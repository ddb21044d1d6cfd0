"""What an operator types, and what comes back: clear sentences, secrets once, nothing made by a typo."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.archive.store import Archive
from tests.support.centre import consilium
from tests.support.series import write_series

ADD = ("--calling-ae", "CT1", "--called-ae", "CONSILIUM")


def add(folder: Path, name: str, *options: str) -> dict:
    return json.loads(consilium("hospital", "add", "--data", str(folder), "--name", name, *options, "--json").stdout)


def refused(*arguments: str) -> str:
    done = consilium(*arguments, check=False)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_hospital_is_added_listed_given_a_key_and_removed(tmp_path: Path) -> None:
    added = add(tmp_path, "West", *ADD, "--pacs", "127.0.0.1:11112:PACS", "--package", "ct_chest_nodule:CT")

    assert set(added) == {"hospital", "api_key", "webhook_secret"}
    (listed,) = json.loads(consilium("hospital", "list", "--data", str(tmp_path), "--json").stdout)
    assert listed["name"] == "West"
    assert listed["senders"][0]["networks"] == ["127.0.0.0/8", "::1/128"]
    assert listed["packages"] == [{"package": "ct_chest_nodule", "modalities": ["CT"]}]
    assert listed["release"] == {"pacs": "never", "his": "never"}
    assert added["api_key"] not in consilium("hospital", "list", "--data", str(tmp_path)).stdout
    second = json.loads(consilium("hospital", "key", "West", "--data", str(tmp_path), "--json").stdout)
    assert second["api_key"] != added["api_key"]
    consilium("hospital", "remove", "West", "--data", str(tmp_path))
    assert json.loads(consilium("hospital", "list", "--data", str(tmp_path), "--json").stdout) == []


def test_no_secret_is_kept_readable(tmp_path: Path) -> None:
    added = add(tmp_path, "West", *ADD, "--webhook", "http://127.0.0.1:9/hook")
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    assert added["webhook_secret"].startswith("whsec_")
    for secret in (added["api_key"], added["webhook_secret"], added["webhook_secret"].removeprefix("whsec_")):
        assert secret.encode() not in kept


def test_two_hospitals_that_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    add(tmp_path, "West", *ADD)

    said = refused("hospital", "add", "--data", str(tmp_path), "--name", "East", *ADD)

    assert "West" in said
    assert "another calling AE" in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--network", "10.0.0.1/8"), "CIDR"),
        (("--pacs", "nonsense"), "HOST:PORT:AE"),
        (("--package", "../x"), "NAME:MODALITY"),
        (("--release", "sometimes"), "never, at-once"),
        (("--language", "fr"), "zh-CN, en"),
        (("--webhook", "ftp://x"), "http"),
    ],
)
def test_a_mistyped_option_is_told_and_nothing_is_added(tmp_path: Path, options: tuple, words: str) -> None:
    Archive(tmp_path).close()

    said = refused("hospital", "add", "--data", str(tmp_path), "--name", "West", *ADD, *options)

    assert words in said
    assert json.loads(consilium("hospital", "list", "--data", str(tmp_path), "--json").stdout) == []


def test_a_folder_without_a_centre_is_told_and_stays_empty(tmp_path: Path) -> None:
    said = refused("study", "list", "--data", str(tmp_path / "typo"))

    assert "there is no centre" in said
    assert not (tmp_path / "typo").exists()


def test_http_beyond_loopback_without_encryption_is_refused(tmp_path: Path) -> None:
    said = refused("up", "--data", str(tmp_path), "--http-bind", "0.0.0.0")

    assert "--tls-cert" in said
    assert "--behind-proxy" in said


def test_sending_to_nobody_is_told(tmp_path: Path) -> None:
    write_series(tmp_path / "files", count=1)

    said = refused(
        "send", str(tmp_path / "files"), "--to", "127.0.0.1:9", "--called-ae", "CONSILIUM", "--calling-ae", "CT1"
    )

    assert "cannot be reached" in said


def test_a_folder_without_dicom_is_told(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("no image")

    said = refused("send", str(tmp_path), "--to", "127.0.0.1:9", "--called-ae", "C", "--calling-ae", "D")

    assert "no DICOM file" in said


def test_the_doctor_names_a_changed_package_and_how_to_mend_it(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    broken = packages / "broken"
    broken.mkdir(parents=True)
    (broken / "package.json").write_text("{}")

    done = consilium("doctor", "--data", str(tmp_path / "none"), "--json", packages=packages, check=False)

    said = json.loads(done.stdout)
    (fault,) = [check for check in said["checks"] if check["name"] == "package broken"]
    assert done.returncode == 1
    assert not fault["ok"]
    assert "package.json" in fault["seen"]
    assert "install" in fault["mend"]


def test_the_shipped_packages_are_what_their_manifests_say() -> None:
    said = json.loads(consilium("models", "verify", "--json").stdout)

    assert said["faults"] == {}
    assert said["packages"] >= 1
