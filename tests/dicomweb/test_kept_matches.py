"""Answers to a search inside a series are kept, and are never out of date."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import update

from service.archive.tables import STUDY
from tests.support.edges import Customer, Edges
from tests.support.series import ct_slice

SEARCH = "includefield=PatientName,StudyDescription,SeriesDescription"


@pytest.fixture
def hospital(edges: Edges) -> Customer:
    return edges.hospital()


def stored(edges: Edges, hospital: Customer, study: str, *indices: int, series: str = "1", **attributes: str) -> str:
    for index in indices:
        image = ct_slice(study_uid=study, series_uid=f"{study}.{series}", index=index, size=16)
        for keyword, value in attributes.items():
            setattr(image, keyword, value)
        edges.receive(hospital, image)
    return f"/dicom-web/studies/{study}/series/{study}.{series}/instances?{SEARCH}"


def twice(client: httpx.Client, path: str) -> list[dict[str, dict[str, list[object]]]]:
    """What is answered at first, which is what is answered again."""
    made, kept = client.get(path), client.get(path)
    assert (made.status_code, made.headers["content-type"]) == (200, kept.headers["content-type"])
    assert made.content == kept.content
    found: list[dict[str, dict[str, list[object]]]] = kept.json()
    return found


def test_a_late_instance_is_in_the_next_answer(edges: Edges, hospital: Customer) -> None:
    path = stored(edges, hospital, "1.2.91", 0, 1)
    client = edges.client(hospital)
    assert len(twice(client, path)) == 2

    stored(edges, hospital, "1.2.91", 5)

    assert [each["00200013"]["Value"] for each in twice(client, path)] == [[1], [2], [6]]


def test_what_another_series_taught_the_study_is_in_the_next_answer(edges: Edges, hospital: Customer) -> None:
    path = stored(edges, hospital, "1.2.92", 0, StudyDescription="")
    client = edges.client(hospital)
    assert "Value" not in twice(client, path)[0]["00081030"]

    stored(edges, hospital, "1.2.92", 0, series="2", StudyDescription="chest")

    assert twice(client, path)[0]["00081030"]["Value"] == ["chest"]


def test_each_way_of_asking_has_an_answer_of_its_own(edges: Edges, hospital: Customer) -> None:
    path = stored(edges, hospital, "1.2.93", 0, 1, 2)
    client = edges.client(hospital)
    twice(client, path)

    assert "00100010" not in twice(client, path.partition("?")[0])[0]
    limited = client.get(f"{path}&limit=2")
    assert len(limited.json()) == 2
    assert limited.headers["warning"].endswith("There are 1 additional results that can be requested")
    assert len(client.get(f"{path}&offset=1").json()) == 2
    assert len(client.get(f"{path}&InstanceNumber=2").json()) == 1
    elsewhere = client.get(path, headers={"Host": "pacs.example"}).json()[0]
    assert str(elsewhere["00081190"]["Value"][0]).startswith("http://pacs.example/dicom-web/")


def test_walls_and_erasure_come_before_what_is_kept(edges: Edges, hospital: Customer) -> None:
    path = stored(edges, hospital, "1.2.94", 0)
    twice(edges.client(hospital), path)

    assert edges.client(edges.hospital()).get(path).status_code == 404
    with edges.archive.write() as connection:
        connection.execute(update(STUDY).where(STUDY.c.study_instance_uid == "1.2.94").values(state="erased"))
    assert edges.client(hospital).get(path).status_code == 410
