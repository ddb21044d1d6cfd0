"""What an operator types about people: the first administrator, a lost password or telephone, somebody who left."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from service.access import second_factor
from service.access.second_factor import CodeNeeded
from service.access.sign_in import NotRecognised, SignedIn, Typed, confirm_second_factor, sign_in
from service.access.totp import code_at, step_at
from service.archive import demo_mark
from service.archive.store import Archive
from service.demo import reader
from tests.support.centre import CONSILIUM, consilium, environment

FIRST = ("--login", "sec", "--name", "Security 安全", "--role", "security-admin")
PASSWORD = "four quiet words here"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A centre without anybody."""
    Archive(tmp_path / "centre").close()
    return tmp_path / "centre"


def user(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return consilium("user", *arguments, "--data", str(folder))


def refused(folder: Path, *arguments: str) -> str:
    done = consilium("user", *arguments, "--data", str(folder), check=False)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr


def signed_in(folder: Path, login: str, password: str, code: str | None = None) -> SignedIn:
    archive = Archive(folder)
    try:
        return sign_in(archive, Typed(login, password, code, "127.0.0.1"))
    finally:
        archive.close()


def test_the_first_administrator_is_added_and_the_password_shown_once(folder: Path) -> None:
    added = json.loads(user(folder, "add", *FIRST, "--json").stdout)
    assert set(added) == {"id", "login", "first_password"}
    session = signed_in(folder, "SEC", added["first_password"]).session
    assert (session.user.must_change_password, session.user.is_administrator) == (True, True)
    (listed,) = json.loads(user(folder, "list", "--json").stdout)
    assert (listed["login"], listed["roles"], listed["second_factor"]) == ("sec", ["security-admin"], False)
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert added["first_password"].encode() not in kept


def test_a_password_from_standard_input_is_taken_and_not_shown(folder: Path) -> None:
    def piped(password: str) -> subprocess.CompletedProcess[str]:
        command = [*CONSILIUM, "user", "add", *FIRST, "--password-stdin", "--data", str(folder)]
        return subprocess.run(
            command, input=f"{password}\n", env=environment(None), capture_output=True, text=True, check=False
        )

    weak = piped("sec12345")
    assert weak.returncode == 2
    assert "12 to 256" in weak.stderr
    done = piped(PASSWORD)
    assert done.returncode == 0, done.stderr
    assert PASSWORD not in done.stdout
    assert signed_in(folder, "sec", PASSWORD).session.user.login == "sec"


def test_a_lost_password_a_lost_telephone_and_somebody_who_left(folder: Path) -> None:
    first = json.loads(user(folder, "add", *FIRST, "--json").stdout)["first_password"]
    enrol(folder, "sec", first)
    again = json.loads(user(folder, "reset", "sec", "--json").stdout)["first_password"]
    with pytest.raises(NotRecognised):
        signed_in(folder, "sec", first)
    with pytest.raises(CodeNeeded):
        signed_in(folder, "sec", again)
    assert "no second factor" in user(folder, "reset-code", "sec").stdout
    assert not signed_in(folder, "sec", again).session.user.has_second_factor
    user(folder, "disable", "sec")
    with pytest.raises(NotRecognised):
        signed_in(folder, "sec", again)
    user(folder, "enable", "sec")
    assert signed_in(folder, "sec", again)


def test_the_doctor_misses_the_letterhead_once_somebody_signs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen() -> dict[str, str | bool]:
        said = json.loads(consilium("doctor", "--data", str(folder), "--json", check=False).stdout)
        (check,) = [each for each in said["checks"] if each["name"] == "letterhead of reports"]
        return dict(check)

    assert seen()["ok"] is True, "nobody signs yet"
    user(folder, "add", "--login", "li.na", "--name", "Li", "--role", "radiologist", "--licence", "1105")
    missing = seen()
    assert (missing["ok"], missing["mend"]) == (
        False,
        "set CONSILIUM_NAME and CONSILIUM_LICENCE_NUMBER and start the centre again",
    )
    monkeypatch.setenv("CONSILIUM_NAME", "华康影像诊断中心")
    monkeypatch.setenv("CONSILIUM_LICENCE_NUMBER", "PDY00002X")
    assert seen() == {
        "name": "letterhead of reports",
        "ok": True,
        "seen": "华康影像诊断中心, practice licence PDY00002X",
        "mend": "",
    }


def test_the_doctor_misses_somebody_who_manages_people(folder: Path) -> None:
    def seen() -> dict[str, object]:
        said = json.loads(consilium("doctor", "--data", str(folder), "--json", check=False).stdout)
        (check,) = [each for each in said["checks"] if each["name"] == "people"]
        return dict(check)

    assert seen()["ok"] is True, "nobody has to be there"
    user(folder, "add", "--login", "li.na", "--name", "Li", "--role", "radiologist")
    missing = seen()
    assert missing["ok"] is False
    assert "security-admin" in str(missing["mend"])
    user(folder, "add", *FIRST)
    assert seen() == {
        "name": "people",
        "ok": True,
        "seen": "2 may sign in, 1 of them may manage people",
        "mend": "",
    }


def test_what_cannot_be_is_said_and_changes_nothing(folder: Path) -> None:
    assert "exclude each other" in refused(folder, "add", *FIRST, "--role", "audit-admin")
    assert "is not one of" in refused(folder, "add", "--login", "x1", "--name", "X", "--role", "chief")
    hospital = refused(folder, "add", "--login", "x1", "--name", "X", "--role", "hospital")
    assert "name it" in hospital
    unknown = refused(folder, "add", "--login", "x1", "--name", "X", "--role", "hospital", "--hospital", "Nowhere")
    assert "hospital list" in unknown
    date = refused(
        *(folder, "add", "--login", "x1", "--name", "X", "--role", "radiologist", "--licence", "1"),
        *("--licence-until", "soon"),
    )
    assert "YYYY-MM-DD" in date
    assert "user list" in refused(folder, "disable", "nobody")
    assert json.loads(user(folder, "list", "--json").stdout) == []


def test_a_demo_has_its_reader_and_a_centre_never_becomes_a_demo(tmp_path: Path, folder: Path) -> None:
    demo = tmp_path / "demo"
    reader.mark(demo)
    added = json.loads(
        consilium(
            *("hospital", "add", "--data", str(demo), "--name", "West", "--calling-ae", "A", "--called-ae", "B"),
            "--json",
        ).stdout
    )
    login = reader.reader_of(demo, added["hospital"])
    assert login is not None
    session = signed_in(demo, login.login, login.password).session
    assert (session.user.is_demo, session.user.has_second_factor, session.user.must_change_password) == (
        True,
        False,
        False,
    )
    another = reader.reader_of(demo, added["hospital"])
    assert another is not None
    assert another.password != login.password
    with pytest.raises(NotRecognised):
        signed_in(demo, login.login, login.password)

    user(folder, "add", *FIRST)
    reader.mark(folder)
    assert reader.reader_of(folder, added["hospital"]) is None
    archive = Archive(folder)
    with archive.read() as connection:
        assert not demo_mark.is_marked(connection)
    archive.close()


def enrol(folder: Path, login: str, password: str) -> None:
    archive = Archive(folder)
    session = sign_in(archive, Typed(login, password, None, "127.0.0.1")).session
    secret = second_factor.begin(archive, session).secret
    confirm_second_factor(archive, session, code_at(secret, step_at(time.time())))
    archive.close()


def test_a_certificate_says_what_its_holder_signs_and_is_changed_by_name(folder: Path) -> None:
    reader = ("--login", "wei", "--name", "Wei", "--role", "radiologist", "--licence", "1105")
    assert "as on the certificate" not in user(folder, "add", *reader, "--json").stderr
    assert "certificate" in refused(folder, "add", *reader[2:], "--login", "li", "--licence-scope", "surgery")

    def signs() -> list[str]:
        listed = json.loads(user(folder, "list", "--json").stdout)
        return next(each["signs"] for each in listed if each["login"] == "wei")

    assert {"CT", "MR", "DX"} <= set(signs())
    assert "CT, MR" in user(folder, "set", "wei", "--licence-modality", "ct,mr").stdout
    assert signs() == ["CT", "MR"]
    assert "every modality" in user(folder, "set", "wei", "--licence-modality", "scope", "--title", "主治医师").stdout
    assert "until 2031-05-01" in user(folder, "set", "wei", "--licence-until", "2031-05-01").stdout
    assert "YYYY-MM-DD" in refused(folder, "set", "wei", "--licence-until", "1.5.2031")
    assert "no hospital" in refused(folder, "set", "wei", "--practice-site", "Nowhere").lower()
    assert "scope" in refused(folder, "set", "wei", "--licence-scope", "surgery")


@pytest.mark.parametrize("control", ["\n", "\x07", "\x1b[31m", "\x85", "\u2028", "\u202e", "\u2067"], ids=ascii)
def test_texts_that_stand_under_reports_are_one_line_without_control_characters(folder: Path, control: str) -> None:
    def person(name: str, *more: str) -> tuple[str, ...]:
        return ("add", "--login", "x1", "--name", name, "--role", "radiologist", *more)

    bad = f"a{control}b"
    assert "control characters" in refused(folder, *person(bad))
    assert "certificate's number" in refused(folder, *person("X", "--licence", bad))
    assert "certificate's scope" in refused(
        folder, *person("X", "--licence", "1", "--licence-scope", bad, "--licence-modality", "CT")
    )
    assert "certificate's title" in refused(folder, *person("X", "--licence", "1", "--title", bad))
    assert json.loads(user(folder, "list", "--json").stdout) == []

    user(folder, *person("X", "--licence", "1"))
    before = user(folder, "list", "--json").stdout
    for option in ("--licence", "--licence-scope", "--title"):
        assert "certificate's" in refused(folder, "set", "x1", option, bad)
    assert user(folder, "list", "--json").stdout == before


@pytest.mark.parametrize("setting", ["CONSILIUM_NAME", "CONSILIUM_LICENCE_NUMBER"])
def test_what_reports_say_of_the_centre_is_one_line_too(
    folder: Path, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, "华康\x07")
    assert "control characters" in refused(folder, "list")


def test_a_certificate_that_another_account_has_is_refused_by_name(folder: Path) -> None:
    reader = ("--name", "Wei", "--role", "radiologist")
    user(folder, "add", "--login", "wei", *reader, "--licence", "1105")
    user(folder, "add", "--login", "wu", *reader, "--licence", "1106")
    for arguments in (("add", "--login", "wei2", *reader), ("set", "wu")):
        said = refused(folder, *arguments, "--licence", "1105")
        assert "wei has this practice certificate number" in " ".join(said.split())
