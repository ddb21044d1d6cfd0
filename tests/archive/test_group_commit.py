"""One writer for many: what fails leaves nothing and takes nobody along, alone or among others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from service.archive.store import Archive
from service.flow.group_commit import GroupCommit


class Unforeseen(Exception):
    """What nobody thought of."""


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    archive = Archive(tmp_path)
    with archive.write() as connection:
        connection.execute(text("CREATE TABLE kept (name TEXT)"))
    yield archive
    archive.close()


@pytest.fixture
def commits(archive: Archive) -> Iterator[GroupCommit]:
    commits = GroupCommit(archive)
    yield commits
    commits.close()


def keep(connection: Connection, name: str) -> str:
    connection.execute(text("INSERT INTO kept VALUES (:name)"), {"name": name})
    return name


def keep_and_fail(connection: Connection) -> str:
    keep(connection, "half done")
    raise Unforeseen


def kept(archive: Archive) -> list[str]:
    with archive.read() as connection:
        return sorted(connection.execute(text("SELECT name FROM kept")).scalars())


def test_work_that_fails_alone_leaves_nothing_and_the_next_is_done(archive: Archive, commits: GroupCommit) -> None:
    with pytest.raises(Unforeseen):
        commits.submit(keep_and_fail)

    assert commits.submit(lambda connection: keep(connection, "next")) == "next"
    assert kept(archive) == ["next"]


def test_work_that_fails_among_others_leaves_nothing_and_the_others_are_done(
    archive: Archive, commits: GroupCommit
) -> None:
    held, go_on = threading.Event(), threading.Event()

    def hold(connection: Connection) -> str:
        held.set()
        assert go_on.wait(30)
        return keep(connection, "first")

    with ThreadPoolExecutor(4) as callers:
        first = callers.submit(commits.submit, hold)
        assert held.wait(30)
        failing = callers.submit(commits.submit, keep_and_fail)
        others = [callers.submit(commits.submit, lambda connection, name=name: keep(connection, name)) for name in "ab"]
        go_on.set()
        assert [first.result(30), *(other.result(30) for other in others)] == ["first", "a", "b"]
        with pytest.raises(Unforeseen):
            failing.result(30)

    assert kept(archive) == ["a", "b", "first"]
