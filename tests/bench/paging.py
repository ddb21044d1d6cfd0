"""A hundred thousand studies page by page: what the last page costs against the first, with a filter and without."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import insert

from service.archive.store import Archive
from service.archive.tables import INSTANCE, SERIES, STUDY
from service.dicom.header import HeaderFacts
from service.domain.hospital import ReleasePolicy
from service.domain.wall import HospitalId
from tests.bench.dicomweb import Client, Root
from tests.support.edges import serving

STUDIES = 100_000
PAGE = 100
ROUNDS = 7
SEARCHES = {
    "all": ("", STUDIES),
    "of a year, half of them": ("&StudyDate=20260101-20261231", STUDIES // 2),
    "of a modality, half of them": ("&ModalitiesInStudy=MR", STUDIES // 2),
}


@contextmanager
def many_studies(folder: Path) -> Iterator[Root]:
    """The root of a hospital that has STUDIES of one image each, served without workers.

    They would make a worklist's rows of all of them first, which is not what is measured.
    """
    archive = Archive(folder)
    with serving(archive) as served:
        hospital = served.hospital("PAGES", release=ReleasePolicy.NEVER)
        _fill(archive, hospital.id)
        yield Root(int(served.url.rpartition(":")[2]), hospital.key)
    archive.close()


def _fill(archive: Archive, hospital: HospitalId) -> None:
    for first in range(0, STUDIES, 10_000):
        numbers = range(1_000_000 + first, 1_000_000 + first + 10_000)
        with archive.write() as connection:
            connection.execute(insert(STUDY), [_study(hospital, number) for number in numbers])
            connection.execute(insert(SERIES), [_series(hospital, number) for number in numbers])
            connection.execute(insert(INSTANCE), [_instance(hospital, number) for number in numbers])


def costs_s(root: Root, search: str, matches: int) -> tuple[float, float]:
    """Median seconds of the first and of the last page, which take turns; the walk has begun."""
    client = Client(root.port)
    first, last = (
        root.request(f"/studies?limit={PAGE}&offset={offset}{search}", "application/dicom+json")
        for offset in (0, matches - PAGE)
    )
    for request in (first, last):
        assert bytes(client.get(request)).count(b'"00081190"') == PAGE, "a whole page"
    took: dict[bytes, list[float]] = {first: [], last: []}
    for _ in range(ROUNDS):
        for request, times in took.items():
            began = time.perf_counter()
            client.get(request)
            times.append(time.perf_counter() - began)
    client.close()
    return statistics.median(took[first]), statistics.median(took[last])


def _study(hospital: HospitalId, number: int) -> dict[str, object]:
    return {
        "id": number,
        "hospital_id": hospital,
        "study_instance_uid": f"1.2.3.{number}",
        "state": "complete",
        "revision": 1,
        "dispatched_revision": 1,
        "patient_id": f"P{number // 2}",
        "patient_name": f"Patient^{number // 2}",
        "study_date": f"{2025 + number % 2}0601",
        "study_time": "101500",
        "study_description": "chest",
        "instance_count": 1,
        "image_count": 1,
        "first_received_at": float(number),
        "quiet_since": float(number),
    }


def _series(hospital: HospitalId, number: int) -> dict[str, object]:
    return {
        "id": number,
        "hospital_id": hospital,
        "study_id": number,
        "series_instance_uid": f"1.2.3.{number}.1",
        "modality": "MR" if number % 4 < 2 else "CT",
        "series_number": 1,
        "instance_count": 1,
    }


def _instance(hospital: HospitalId, number: int) -> dict[str, object]:
    return {
        "hospital_id": hospital,
        "study_id": number,
        "series_id": number,
        "sop_instance_uid": f"1.2.3.{number}.1.1",
        "sop_class_uid": "1.2.840.10008.5.1.4.1.1.2",
        "transfer_syntax_uid": "1.2.840.10008.1.2.1",
        "sha256": f"{number:064x}",
        "object_name": f"{number:064x}-00000000",
        "size_bytes": 1,
        "instance_number": 1,
        "facts": HeaderFacts().to_json(),
        "is_image": True,
        "is_ours": False,
        "is_received": True,
        "revision": 1,
        "received_at": float(number),
    }
