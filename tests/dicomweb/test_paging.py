"""A page of studies is the same whichever way one comes to it, and no dearer at the end than at the start."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from sqlalchemy import Connection, delete, event, insert, update

from service.archive import query
from service.archive.matches import Level
from service.archive.matching import Wildcard
from service.archive.query import Query
from service.archive.store import Archive
from service.archive.tables import HOSPITAL, STUDY
from service.dicom.attributes import Tag
from service.dicomweb.walks import Walks
from service.domain.study import StudyState
from service.domain.visibility import Unsigned
from service.domain.wall import HospitalId, Wall
from tests.support.edges import Edges

WALL = Wall.operator()


def filled(folder: Path, studies: int) -> tuple[Archive, list[HospitalId]]:
    """Two hospitals whose studies take turns, so that the ids of each have gaps."""
    archive = Archive(folder)
    hospitals = [HospitalId(f"h{number:016x}") for number in (1, 2)]
    with archive.write() as connection:
        for each in hospitals:
            connection.execute(
                insert(HOSPITAL).values(
                    id=each, name=each, language="en", release_pacs="at-once", release_his="never", created_at=0
                )
            )
        rows = [
            {
                "hospital_id": hospitals[number % 2],
                "study_instance_uid": f"1.2.{number}",
                "state": "complete",
                "revision": 1,
                "first_received_at": float(number),
                "quiet_since": 0.0,
            }
            for number in range(studies * 2)
        ]
        connection.execute(insert(STUDY), rows)
    return archive, hospitals


def page(archive: Archive, hospital: HospitalId, offset: int, limit: int) -> list[str]:
    asked = Query(hospital, Level.STUDY, {}, unsigned=Unsigned.SHOWN)
    with archive.read() as connection:
        hits = query.search(connection, WALL, asked, offset=offset, limit=limit)
        return [str(hit.values[Tag.STUDY_INSTANCE_UID]) for hit in hits]


def count(archive: Archive, hospital: HospitalId) -> int:
    with archive.read() as connection:
        return query.count(connection, WALL, Query(hospital, Level.STUDY, {}, unsigned=Unsigned.SHOWN))


def test_pages_end_to_end_are_every_study_once_the_newest_first(tmp_path: Path) -> None:
    archive, (one, _) = filled(tmp_path, 3000)
    with archive.write() as connection:
        connection.execute(update(STUDY).where(STUDY.c.id.in_([5, 2001, 4001])).values(state=StudyState.ERASED.value))
        connection.execute(delete(STUDY).where(STUDY.c.id == 1025))
        connection.execute(update(STUDY).where(STUDY.c.id == 2001).values(state=StudyState.RECEIVING.value))

    walked = [uid for offset in range(0, 3100, 101) for uid in page(archive, one, offset, 101)]

    expected = [f"1.2.{number}" for number in range(5998, -1, -2) if number + 1 not in {5, 4001, 1025}]
    assert walked == expected
    assert count(archive, one) == len(expected)
    assert page(archive, one, 5000, 101) == []
    archive.close()


@contextmanager
def counted_steps(archive: Archive) -> Iterator[list[int]]:
    """How much the database worked, in hundreds of its virtual machine's steps: the same on any machine."""
    steps = [0]

    def step() -> int:
        steps[0] += 1
        return 0

    def begin(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_progress_handler(step, 100)

    with archive.read() as connection:
        engine = connection.engine
    event.listen(engine, "begin", begin)
    try:
        yield steps
    finally:
        event.remove(engine, "begin", begin)


def test_the_last_page_of_many_studies_costs_what_the_first_one_costs(tmp_path: Path) -> None:
    archive, (one, _) = filled(tmp_path, 20_000)

    def steps_of(offset: int) -> int:
        with counted_steps(archive) as steps:
            assert len(page(archive, one, offset, 100)) == 100
        return steps[0]

    assert steps_of(19_900) < 1.5 * steps_of(0)
    archive.close()


def test_a_page_of_a_filtered_search_costs_the_same_anywhere_once_the_walk_has_begun(tmp_path: Path) -> None:
    archive, (one, _) = filled(tmp_path, 20_000)
    walks = Walks(archive)
    half = Query(one, Level.STUDY, {Tag.STUDY_INSTANCE_UID: Wildcard("*2")}, unsigned=Unsigned.SHOWN)

    def walked(offset: int) -> tuple[list[str], int]:
        with counted_steps(archive) as steps, archive.read() as connection:
            ids = walks.continued(connection, WALL, half)[offset : offset + 100]
            hits = list(query.studies_of(connection, WALL, half, ids))
        return [str(hit.values[Tag.STUDY_INSTANCE_UID]) for hit in hits], steps[0]

    _, whole = walked(0)
    (first, at_start), (last, at_end) = walked(0), walked(3900)

    assert (len(first), len(last)) == (100, 100)
    assert at_end < 1.5 * at_start
    assert 20 * at_start < whole, "what matches is looked for once"
    archive.close()


def pages(client: httpx.Client, limit: int, search: str) -> Iterator[tuple[list[str], str]]:
    """Page after page, as clients ask: the UIDs, and the warning of how many are left."""
    offset = 0
    while True:
        answer = client.get(f"/dicom-web/studies?{search}&limit={limit}&offset={offset}")
        if answer.status_code == 204:
            return
        found = [each["0020000D"]["Value"][0] for each in answer.json()]
        yield found, answer.headers.get("warning", "")
        offset += len(found)


def test_a_walk_meets_every_match_once_whatever_arrives_and_nothing_that_was_erased(edges: Edges) -> None:
    customer = edges.hospital()
    for number in range(10):
        edges.study(customer, count=1, study_uid=f"1.2.78.{number}", accession_number="EVEN" if number % 2 == 0 else "")
    walk = pages(edges.client(customer), 2, "AccessionNumber=E*")

    first, warning = next(walk)
    edges.study(customer, count=1, study_uid="1.2.78.99", accession_number="EVEN")
    second, _ = next(walk)
    with edges.archive.write() as connection:
        connection.execute(update(STUDY).where(STUDY.c.study_instance_uid == "1.2.78.0").values(state="erased"))
    rest = [uid for found, _ in walk for uid in found]

    assert warning.endswith("There are 3 additional results that can be requested")
    assert [*first, *second] == ["1.2.78.8", "1.2.78.6", "1.2.78.4", "1.2.78.2"]
    assert rest == [], "the erased one was the last"
    again = [uid for found, _ in pages(edges.client(customer), 2, "AccessionNumber=E*") for uid in found]
    assert again == ["1.2.78.99", "1.2.78.8", "1.2.78.6", "1.2.78.4", "1.2.78.2"]


def test_each_hospital_walks_its_own_studies(edges: Edges) -> None:
    one, two = edges.hospital(), edges.hospital()
    for customer, tail in ((one, "1"), (two, "2")):
        for number in range(3):
            edges.study(customer, count=1, study_uid=f"1.2.79.{number}.{tail}", accession_number="SAME")

    for customer, tail in ((one, "1"), (two, "2")):
        walked = [uid for found, _ in pages(edges.client(customer), 1, "AccessionNumber=SAME*") for uid in found]
        assert walked == [f"1.2.79.{number}.{tail}" for number in (2, 1, 0)]
