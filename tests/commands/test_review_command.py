"""`consilium review export`: the list of the data scientist's page, on the centre's machine and on record."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from service.archive.store import Archive
from tests.people.browsers import Browsers
from tests.people.exploring import People, Ward, said
from tests.support.centre import consilium
from tests.support.edges import serving


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A centre where a reader rejected one finding and corrected another."""
    made = tmp_path_factory.mktemp("centre")
    archive = Archive(made)
    with serving(archive) as edges:
        browsers = Browsers(edges)
        ward = Ward.of(browsers, People.of(browsers))
        ward.done("reject", reason="vessel", days_ago=40)
        ward.done("correct", said=said(30.0))
    archive.close()
    return made


def exported(folder: Path, *options: str) -> str:
    return consilium("review", "export", "--data", str(folder), *options).stdout


def test_it_is_written_as_json_lines_or_as_a_table(folder: Path) -> None:
    lines = [json.loads(line) for line in exported(folder, "--json").splitlines()]
    assert [(each["kind"], each["reason"]) for each in lines] == [("remeasured", None), ("rejected", "vessel")]
    rows = list(csv.DictReader(io.StringIO(exported(folder).removeprefix("\ufeff"))))
    assert [each["study"] for each in rows] == [each["study"] for each in lines]


def test_conditions_narrow_it(folder: Path) -> None:
    assert [json.loads(each)["kind"] for each in exported(folder, "--kind", "rejected", "--json").splitlines()] == [
        "rejected"
    ]
    assert exported(folder, "--reason", "scar", "--json") == ""
    assert exported(folder, "--since", "2999-01-01", "--json") == ""
    assert len(exported(folder, "--since", "2000-01-01", "--until", "2999-01-01", "--json").splitlines()) == 2


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--kind", "wrong"), "none of rejected, remeasured, retyped, added"),
        (("--reason", "wrong"), "none of vessel"),
        (("--hospital", "Nowhere"), "Nowhere"),
        (("--since", "yesterday"), "--since"),
    ],
)
def test_what_cannot_be_asked_is_said(folder: Path, option: tuple[str, str], words: str) -> None:
    done = consilium("review", "export", "--data", str(folder), *option, check=False)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_who_took_it_out_is_on_record(folder: Path) -> None:
    exported(folder, "--kind", "rejected", "--json")
    archive = Archive(folder)
    with archive.read() as connection:
        (actor, detail) = connection.exec_driver_sql(
            "SELECT actor, detail FROM audit WHERE action = 'explore.export' ORDER BY id DESC LIMIT 1"
        ).one()
    archive.close()
    assert (actor, json.loads(detail)) == ("operator", {"form": "jsonl", "kind": "rejected"})
