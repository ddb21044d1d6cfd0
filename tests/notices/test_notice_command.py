"""What an operator types about urgent findings."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from service.archive.store import Archive
from tests.notices.ward import HEAD, WARD
from tests.support.centre import consilium

HOSPITAL = "General 综合"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("centre")
    Archive(data).close()
    named = ("--name", HOSPITAL, "--calling-ae", "CT1", "--called-ae", "CONSILIUM")
    consilium("hospital", "add", "--data", str(data), *named)
    return data


def typed(folder: Path, verb: str, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return consilium("hospital", "notice", verb, HOSPITAL, *words, "--data", str(folder), check=check)


def test_rules_are_added_listed_and_removed(folder: Path) -> None:
    contacts = ("--contact", WARD, "--escalation-contact", HEAD)
    first = json.loads(typed(folder, "add", "--finding", "sct:36118008", *contacts, "--json").stdout)
    own = ("--finding", "99LOCAL:AAD", "--meaning", "Aortic dissection", "--least-mm", "5", "--deadline", "120")
    said = typed(folder, "add", *own, *contacts).stdout
    assert "told of Aortic dissection (99LOCAL:AAD) of at least 5 mm from now on" in said
    listed = json.loads(typed(folder, "list", "--json").stdout)
    assert [(each["finding"]["meaning"], each["deadline_s"]) for each in listed] == [
        ("Aortic dissection", 120.0),
        ("Pneumothorax", 600.0),
    ]
    assert WARD in typed(folder, "list").stdout
    typed(folder, "remove", first["rule"])
    assert [each["finding"]["code"] for each in json.loads(typed(folder, "list", "--json").stdout)] == ["AAD"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--finding", "36118008"), "is not SCHEME:CODE"),
        (("--finding", "SCT:1"), "--meaning"),
        (("--finding", "SCT:36118008", "--deadline", "1"), "60 to 86400 seconds"),
        (("--finding", "SCT:36118008", "--least-mm", "0"), "above 0"),
    ],
)
def test_a_mistyped_rule_is_refused_with_what_to_do(folder: Path, words: tuple[str, ...], told: str) -> None:
    done = typed(folder, "add", *words, "--contact", WARD, "--escalation-contact", HEAD, check=False)
    assert (done.returncode, told in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


def test_what_is_not_there_is_not_removed(folder: Path) -> None:
    done = typed(folder, "remove", "0" * 32, check=False)
    assert (done.returncode, "no rule" in done.stderr) == (2, True), done.stderr
