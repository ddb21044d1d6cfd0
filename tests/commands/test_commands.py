"""What an operator types, and what comes back: clear sentences, secrets once, nothing made by a typo."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import chain
from pathlib import Path

import pydicom
import pytest

from service.archive.results import MAX_ENCODE_ATTEMPTS, claim_step, step_failed
from service.archive.store import Archive
from service.cli.listening import Listening, note
from service.cli.send import _objects
from service.domain.outcome import Failed
from service.flow.conclude import conclude
from tests.support.centre import consilium
from tests.support.flowing import PACKAGE, PACKAGES, WALL, chest, flowing, no_nodule
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
    assert listed["packages"] == [{"package": "ct_chest_nodule", "modalities": ["CT"], "reading_mode": "concurrent"}]
    assert listed["release"] == {"pacs": "never", "his": "never"}
    assert added["api_key"] not in consilium("hospital", "list", "--data", str(tmp_path)).stdout
    second = json.loads(consilium("hospital", "key", "West", "--data", str(tmp_path), "--json").stdout)
    assert second["api_key"] != added["api_key"]
    consilium("hospital", "set", "West", "--data", str(tmp_path), "--at-end", "return")
    given = json.loads(
        consilium("hospital", "return-data", "West", str(tmp_path / "back"), "--data", str(tmp_path), "--json").stdout
    )
    assert given == {"objects": 0, "studies": 0, "bytes": 0}
    assert (tmp_path / "back" / "manifest.csv").read_text().startswith("file,kind,")
    consilium("hospital", "remove", "West", "--data", str(tmp_path))
    assert json.loads(consilium("hospital", "list", "--data", str(tmp_path), "--json").stdout) == []


def test_a_hospital_is_set_up_anew_and_what_is_not_named_stays(tmp_path: Path) -> None:
    add(tmp_path, "West", *ADD, "--package", "ct_chest_nodule:CT", "--quiet", "5")

    def change(name: str, *options: str) -> dict:
        return json.loads(consilium("hospital", "set", name, "--data", str(tmp_path), *options, "--json").stdout)

    after = change(
        "West",
        *("--rename", "East", "--audit", "--target", "emergency=15", "--target", "screening=600"),
        *("--reading-mode", "ct_chest_nodule=second-reader", "--release-his", "at-once", "--quiet", "learned"),
    )
    assert (after["name"], after["audit"], after["quiet_s"]) == ("East", True, None)
    assert after["targets_s"] == {"emergency": 900.0, "screening": 36000.0}
    assert after["release"] == {"pacs": "never", "his": "at-once"}
    assert after["packages"] == [{"package": "ct_chest_nodule", "modalities": ["CT"], "reading_mode": "second-reader"}]

    again = change("East", "--no-audit", "--target", "emergency=default", "--package", "ct_chest_nodule")
    assert (again["audit"], again["targets_s"]) == (False, {"screening": 36000.0})
    assert again["packages"] == [{"package": "ct_chest_nodule", "modalities": [], "reading_mode": "second-reader"}]
    assert again["release"] == after["release"]
    assert json.loads(consilium("hospital", "list", "--data", str(tmp_path), "--json").stdout) == [again]
    first = change("East", "--finalising", "audit-emergencies-first")
    assert (first["audit"], first["finalising"]) == (True, "audit-emergencies-first")
    assert change("East", "--quiet", "learned")["finalising"] == "audit-emergencies-first"
    agreed = change(
        "East",
        *("--modality", "ct", "--modality", "DX", "--exclude", "prenatal", "--signed-by", "hospital"),
        *("--keep-years", "30", "--at-end", "return"),
    )["agreement"]
    assert agreed == {
        "services": ["analysis", "reporting"],
        "modalities": ["CT", "DX"],
        "excluded": ["prenatal"],
        "signed_by": "hospital",
        "keep_years": 30,
        "at_end": "return",
    }
    wider = change("East", "--modality", "every", "--exclude", "none")["agreement"]
    assert (wider["modalities"], wider["excluded"], wider["keep_years"]) == ([], [], 30)
    said = consilium("hospital", "set", "East", "--data", str(tmp_path), "--audit").stdout
    for words in (
        "by a second physician",
        "the hospital's physicians",
        "30 years at least",
        "handed back",
        "screening 600 min",
        "ct_chest_nodule (second-reader)",
        "learned",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--target", "tea=5"), "emergency"),
        (("--target", "emergency=soon"), "CLASS=MINUTES"),
        (("--target", "emergency=0.1"), "60 to"),
        (("--reading-mode", "ct_chest_nodule=concurrent"), "none"),
        (("--quiet", "never"), "learned"),
        (("--finalising", "perhaps"), "audit-emergencies-first"),
        (("--finalising", "audit", "--no-audit"), "--finalising says it all"),
        (("--release-pacs", "sometimes"), "after-signature"),
        (("--package", "no_such_package"), "CONSILIUM_PACKAGES"),
        (("--rename", " "), "1 to 64"),
        (("--service", "tea"), "analysis, reporting"),
        (("--modality", "C T"), "codes as DICOM writes them"),
        (("--exclude", "tea"), "prenatal"),
        (("--exclude", "diagnostic"), "nothing would be left"),
        (("--signed-by", "nobody"), "centre, hospital"),
        (("--keep-years", "14"), "15 to 100 years"),
        (("--at-end", "burn"), "keep, return"),
        (("--service", "reporting", "--package", "ct_chest_nodule"), "analysis is no service"),
    ],
)
def test_a_mistyped_setting_changes_nothing(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    add(tmp_path, "West", *ADD)
    before = consilium("hospital", "list", "--data", str(tmp_path), "--json").stdout

    said = refused("hospital", "set", "West", "--data", str(tmp_path), *options)

    assert words in said
    assert consilium("hospital", "list", "--data", str(tmp_path), "--json").stdout == before


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
        (("--release", "sometimes"), "never, after-signature, at-once"),
        (("--language", "fr"), "zh-CN, en"),
        (("--webhook", "ftp://x"), "http"),
    ],
)
def test_a_mistyped_option_is_told_and_nothing_is_added(tmp_path: Path, options: tuple, words: str) -> None:
    Archive(tmp_path).close()

    said = refused("hospital", "add", "--data", str(tmp_path), "--name", "West", *ADD, *options)

    assert words in said
    assert json.loads(consilium("hospital", "list", "--data", str(tmp_path), "--json").stdout) == []


def test_a_package_that_no_folder_holds_is_refused_with_those_there_are(tmp_path: Path) -> None:
    Archive(tmp_path).close()

    said = refused("hospital", "add", "--data", str(tmp_path), "--name", "West", *ADD, "--package", "ct_chest_nodul")

    assert "ct_chest_nodul'" in said
    assert "only: ct_chest_nodule;" in said
    assert "CONSILIUM_PACKAGES" in said
    assert json.loads(consilium("hospital", "list", "--data", str(tmp_path), "--json").stdout) == []


@pytest.mark.parametrize("by", ["setting", "running"])
def test_a_package_in_a_folder_of_the_operator_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    if by == "setting":
        monkeypatch.setenv("CONSILIUM_PACKAGES", json.dumps([str(PACKAGES)]))
    else:
        note(tmp_path, Listening("127.0.0.1", 11112, "127.0.0.1:8042", (str(PACKAGES),)))

    add(tmp_path, "West", *ADD, "--package", PACKAGE)

    (listed,) = json.loads(consilium("hospital", "list", "--data", str(tmp_path), "--json").stdout)
    assert listed["packages"] == [{"package": PACKAGE, "modalities": [], "reading_mode": "concurrent"}]


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


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--to", "127.0.0.1", "HOST:PORT"),
        ("--to", "127.0.0.1:99999", "HOST:PORT"),
        ("--to", "::1:104", "HOST:PORT"),
        ("--called-ae", "A2345678901234567", "AE title"),
        ("--calling-ae", "", "AE title"),
    ],
)
def test_a_mistyped_peer_is_told_before_anything_is_sent(tmp_path: Path, option: str, value: str, words: str) -> None:
    options = {"--to": "127.0.0.1:9", "--called-ae": "CONSILIUM", "--calling-ae": "CT1", option: value}

    said = refused("send", str(tmp_path), *chain.from_iterable(options.items()))

    assert words in said


@pytest.mark.parametrize(
    ("command", "place"),
    [(("up",), "file"), (("up",), "file/below"), (("up",), "/proc/nowhere"), (("worker", "--queue", "flow"), "file")],
)
def test_a_data_folder_that_cannot_be_one_is_told(tmp_path: Path, command: tuple, place: str) -> None:
    (tmp_path / "file").write_text("no folder")

    said = refused(*command, "--data", str(tmp_path / place))

    assert str(tmp_path / place) in said or "/proc/nowhere" in said


def test_a_certificate_that_is_not_there_is_told_before_the_start(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.pem")

    said = refused("up", "--data", str(tmp_path / "data"), "--tls-cert", missing, "--tls-key", missing)

    assert missing in said
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("CONSILIUM_PACKAGES", "nonsense"), ("CONSILIUM_THREADS", "0"), ("CONSILIUM_DICOM_PORT", "x")],
)
def test_a_wrong_variable_is_told_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)

    said = refused("up", "--data", str(tmp_path))

    assert variable.removeprefix("CONSILIUM_").lower() in said.lower()


@pytest.mark.slow
def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])

        said = refused("up", "--data", str(tmp_path), "--dicom-port", port, "--http-port", "0")

    assert f"127.0.0.1:{port}" in said
    assert "in use" in said


def test_a_list_shows_every_uid_and_key_whole(tmp_path: Path) -> None:
    long_name = "An Hospital of a Very Long Name That Fills the Line of a Terminal"[:64]
    pacs = f"{'a' * 60}.example.org:11112:PACS"
    add(tmp_path, long_name, *ADD, "--pacs", pacs, "--package", "ct_chest_nodule")
    (listed,) = json.loads(consilium("hospital", "list", "--data", str(tmp_path), "--json").stdout)

    said = consilium("hospital", "list", "--data", str(tmp_path)).stdout

    for whole in (long_name, listed["keys"][0], "a" * 60):
        assert whole in said


def test_the_doctor_sees_a_hospital_that_the_node_does_not_hear_and_a_package_that_is_not_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSILIUM_PACKAGES", json.dumps([str(PACKAGES)]))
    add(tmp_path, "Far", *ADD, "--network", "10.20.0.0/16", "--pacs", "10.20.0.5:104:PACS", "--package", PACKAGE)
    monkeypatch.delenv("CONSILIUM_PACKAGES")

    done = consilium("doctor", "--data", str(tmp_path), "--json", check=False)

    said = json.loads(done.stdout)
    seen = [check["seen"] for check in said["checks"] if check["name"] == "hospital Far"]
    assert done.returncode == 1
    assert any(PACKAGE in words for words in seen)
    assert any("listens on 127.0.0.1" in words for words in seen)
    sheet = "\n".join(said["hand_over"])
    assert "allow TCP  10.20.0.0/16  ->  127.0.0.1 port 11112" in sheet
    assert "AE CONSILIUM" in sheet
    assert "10.20.0.5 port 104" in sheet


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


@pytest.mark.parametrize(("spoil", "words"), [(Path.unlink, "has no file"), (cut, "has changed")])
def test_the_doctors_audit_finds_a_file_that_is_gone_or_changed(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    archive = Archive(tmp_path)
    with flowing(archive) as flow:
        flow.arrive(*chest(count=2))
    archive.close()
    well = audit(tmp_path)
    spoil(next(path for path in (tmp_path / "objects").rglob("*") if path.is_file()))

    ill = audit(tmp_path)

    assert (well["ok"], ill["ok"]) == (True, False)
    assert words in ill["seen"]


def test_a_locked_database_is_told_and_keeps_nobody_from_looking(tmp_path: Path) -> None:
    add(tmp_path, "West", *ADD)
    with closing(sqlite3.connect(tmp_path / "consilium.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        listed = consilium("hospital", "list", "--data", str(tmp_path), "--json").stdout
        said = refused("hospital", "key", "West", "--data", str(tmp_path))

    assert [each["name"] for each in json.loads(listed)] == ["West"]
    assert "database is locked" in said
    assert "try again" in said


@pytest.mark.parametrize("by", ["setting", "running"])
def test_beyond_loopback_a_hospitals_network_has_to_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    if by == "setting":
        monkeypatch.setenv("CONSILIUM_DICOM_BIND", "0.0.0.0")
    else:
        note(tmp_path, Listening("0.0.0.0", 11112, "127.0.0.1:8042"))

    said = refused("hospital", "add", "--data", str(tmp_path), "--name", "West", *ADD)
    add(tmp_path, "West", *ADD, "--network", "10.20.0.0/16")

    assert "--network 10.20.0.0/16" in said
    (listed,) = json.loads(consilium("hospital", "list", "--data", str(tmp_path), "--json").stdout)
    assert listed["senders"][0]["networks"] == ["10.20.0.0/16"]


def test_a_centre_whose_key_was_lost_does_not_open_with_another(tmp_path: Path) -> None:
    add(tmp_path, "West", *ADD)
    (tmp_path / "secrets" / "installation.key").unlink()

    said = refused("hospital", "list", "--data", str(tmp_path))

    assert "put back the key" in said


def audit(folder: Path) -> dict:
    said = json.loads(consilium("doctor", "--data", str(folder), "--archive", "--json", check=False).stdout)
    (check,) = [each for each in said["checks"] if each["name"] == "archive"]
    return check


def test_a_study_is_shown_in_words_with_what_it_waits_for(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with flowing(archive, quiet_s=3600) as flow:
        headers = chest(count=2)
        flow.arrive(*headers)
    archive.close()

    said = consilium("study", "show", headers[0].StudyInstanceUID, "--data", str(tmp_path)).stdout

    assert "The first instance arrived." in said
    assert "It counts as complete when nothing more has come by" in said
    assert "{" not in said


def test_a_medium_s_directory_is_not_sent_as_an_instance(tmp_path: Path) -> None:
    write_series(tmp_path, count=1)
    directory = pydicom.dcmread(next(tmp_path.rglob("*.dcm")))
    directory.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    directory.save_as(tmp_path / "DICOMDIR")

    objects, skipped = _objects(tmp_path)

    assert len(objects) == 1
    assert [name for name, _ in skipped] == ["DICOMDIR"]


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


def test_two_versions_that_results_do_not_tell_apart_are_named(tmp_path: Path) -> None:
    for version in ("0.1.0.0", "0.2.0.0"):
        package = shutil.copytree(PACKAGES / PACKAGE, tmp_path / version)
        manifest = json.loads((package / "package.json").read_text())
        (package / "package.json").write_text(json.dumps({**manifest, "version": version}))

    done = consilium("models", "verify", packages=tmp_path, check=False)

    assert done.returncode == 1
    assert f"{PACKAGE} 0.1.0.0 has the Device UID of {PACKAGE} 0.2.0.0" in done.stdout


def failed_study(folder: Path) -> str:
    """A study whose analysis has failed for good and whose result could not be encoded."""
    archive = Archive(folder)
    with flowing(archive) as flow:
        images = chest()
        flow.dispatched(*images)
        held = flow.claim()
        assert held is not None
        conclude(archive, flow.bell, held, Failed("attempts-exhausted", "process lost"))
    archive.close()
    return str(images[0].StudyInstanceUID)


def checks_of(folder: Path) -> dict:
    said = json.loads(consilium("doctor", "--data", str(folder), "--json", packages=PACKAGES, check=False).stdout)
    return {each["name"]: each for each in said["checks"]}


def test_a_failed_analysis_is_told_by_the_doctor_and_retried_by_a_person_as_a_new_run(tmp_path: Path) -> None:
    study_uid = failed_study(tmp_path)
    told = checks_of(tmp_path)["analyses"]
    assert not told["ok"]
    assert study_uid in told["seen"]
    assert f"consilium study retry {study_uid}" in told["mend"]

    said = json.loads(consilium("study", "retry", study_uid, "--data", str(tmp_path), "--json").stdout)

    (again,) = said["analyses"]
    assert (again["package"], again["run"], said["encoded_again"]) == (PACKAGE, 2, [])
    shown = json.loads(consilium("study", "show", study_uid, "--data", str(tmp_path), "--json").stdout)
    assert [(each["run"], each["state"]) for each in shown["analyses"]] == [(1, "failed"), (2, "pending")]
    assert shown["timeline"][-1]["kind"] == "analysis.pending"
    assert checks_of(tmp_path)["analyses"]["ok"]
    assert "nothing of study" in refused("study", "retry", study_uid, "--data", str(tmp_path))
    assert "no study 1.2.3" in refused("study", "retry", "1.2.3", "--data", str(tmp_path))
    with closing(sqlite3.connect(tmp_path / "consilium.db")) as rows:
        acts = rows.execute("SELECT subject FROM audit WHERE action = 'analysis.retry'").fetchall()
    assert acts == [(again["id"],)]


def test_a_result_that_could_not_be_encoded_is_told_by_the_doctor_and_encoded_once_more(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with flowing(archive) as flow:
        images = chest()
        flow.dispatched(*images)
        held = flow.claim()
        assert held is not None
        flow.conclude(held, no_nodule(images))
        for _ in range(MAX_ENCODE_ATTEMPTS):
            flow.pass_time(60)
            with archive.write() as connection:
                step = claim_step(connection, WALL)
                assert step is not None
                step_failed(connection, WALL, step, "broken")
    archive.close()
    study_uid = str(images[0].StudyInstanceUID)
    told = checks_of(tmp_path)["results"]
    assert not told["ok"]
    assert f"consilium study retry {study_uid}" in told["mend"]

    said = json.loads(consilium("study", "retry", study_uid, "--data", str(tmp_path), "--json").stdout)

    assert (said["analyses"], said["encoded_again"]) == ([], [held.id])
    assert checks_of(tmp_path)["results"]["ok"]
    archive = Archive(tmp_path)
    with archive.write() as connection:
        step = claim_step(connection, WALL)
    archive.close()
    assert step is not None
    assert (step.about, step.attempt) == (held.id, 1)
