"""A page of studies is the same whichever way one comes to it, and no dearer at the end than at the start."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from sqlalchemy import delete, insert, update

from service.archive import query
from service.archive.query import Level, Query
from service.archive.store import Archive
from service.archive.tables import HOSPITAL, STUDY
from service.dicom.attributes import Tag
from service.domain.study import StudyState
from service.domain.wall import HospitalId, Wall

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
    asked = Query(hospital, Level.STUDY, {}, shows_own=True)
    with archive.read() as connection:
        hits = query.search(connection, WALL, asked, offset=offset, limit=limit)
        return [str(hit.values[Tag.STUDY_INSTANCE_UID]) for hit in hits]


def count(archive: Archive, hospital: HospitalId) -> int:
    with archive.read() as connection:
        return query.count(connection, WALL, Query(hospital, Level.STUDY, {}, shows_own=True))


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


def test_the_last_page_of_many_studies_costs_what_the_first_one_costs(tmp_path: Path) -> None:
    archive, (one, _) = filled(tmp_path, 50_000)

    def took_s(offset: int) -> float:
        began = time.perf_counter()
        assert len(page(archive, one, offset, 100)) == 100
        return time.perf_counter() - began

    took_s(0)
    pairs = [(took_s(0), took_s(49_900)) for _ in range(15)]
    first, last = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert last < 2 * first, f"{first * 1000:.1f} ms at the start, {last * 1000:.1f} ms at the end"
    archive.close()
