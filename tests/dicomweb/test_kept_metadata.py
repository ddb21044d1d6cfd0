"""Series metadata are kept ready and are never out of date."""

from __future__ import annotations

import gzip
import json

from service.archive import instances
from service.dicomweb.made_ready import make_ready
from service.domain.wall import Wall
from service.flow import quarantine
from service.flow.own import own_object, show
from tests.people.browsers import Browsers
from tests.support.edges import SYSTEM, Customer, Edges, file_bytes
from tests.support.series import ct_slice


def series(edges: Edges, customer: Customer, study: str, count: int) -> list[object]:
    images = [ct_slice(study_uid=study, series_uid=f"{study}.1", index=index, size=16) for index in range(count)]
    edges.receive(customer, *images)
    return images


def kept(edges: Edges, customer: Customer) -> list[str]:
    return sorted(path.name for path in (edges.archive.folder / "metadata" / customer.id).iterdir())


def test_metadata_come_compressed_where_that_is_taken_and_are_the_same(edges: Edges) -> None:
    customer = edges.hospital()
    series(edges, customer, "1.2.61", 4)
    path = "/dicom-web/studies/1.2.61/series/1.2.61.1/metadata"

    packed = edges.client(customer, **{"Accept-Encoding": "gzip, br"}).get(path)
    plain = edges.client(customer, **{"Accept-Encoding": "identity"}).get(path)
    refused = edges.client(customer, **{"Accept-Encoding": "gzip;q=0"}).get(path)

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in refused.headers
    assert packed.json() == plain.json() == refused.json()
    assert len(plain.json()) == 4
    name = next(each for each in kept(edges, customer) if each.endswith(".gz"))
    on_disk = (edges.archive.folder / "metadata" / customer.id / name).read_bytes()
    assert json.loads(gzip.decompress(on_disk)) == plain.json()


def test_a_late_instance_is_in_the_next_answer_and_the_former_text_is_dropped(edges: Edges) -> None:
    customer = edges.hospital()
    series(edges, customer, "1.2.62", 2)
    client = edges.client(customer)
    path = "/dicom-web/studies/1.2.62/series/1.2.62.1/metadata"
    first = client.get(path)
    before = kept(edges, customer)

    edges.receive(customer, ct_slice(study_uid="1.2.62", series_uid="1.2.62.1", index=7, size=16))
    second = client.get(path, headers={"If-None-Match": first.headers["etag"]})

    assert (len(first.json()), second.status_code, len(second.json())) == (2, 200, 3)
    assert len(kept(edges, customer)) == len(before) == 2
    assert kept(edges, customer) != before


def test_an_accepted_quarantine_entry_is_what_the_metadata_say(edges: Edges) -> None:
    customer = edges.hospital()
    (image,) = series(edges, customer, "1.2.63", 1)
    client = edges.client(customer)
    path = "/dicom-web/studies/1.2.63/series/1.2.63.1/metadata"
    assert client.get(path).json()[0]["00101010"]["Value"] == ["050Y"]
    image.PatientAge = "051Y"  # type: ignore[attr-defined]
    edges.client(customer).post(
        "/dicom-web/studies",
        content=b"--x\r\n\r\n" + file_bytes(image) + b"\r\n--x--",  # type: ignore[arg-type]
        headers={"Content-Type": 'multipart/related; type="application/dicom"; boundary=x'},
    )
    assert client.get(path).json()[0]["00101010"]["Value"] == ["050Y"]

    with edges.archive.read() as connection:
        (entry,) = quarantine.quarantine.listed(
            connection, Wall(frozenset({customer.id}), Wall.operator().role, "operator"),
            [quarantine.QuarantineState.HELD],
        )  # fmt: skip
    quarantine.accept(edges.archive, Wall.operator(), edges.bell, entry.id)

    assert client.get(path).json()[0]["00101010"]["Value"] == ["051Y"]


def test_a_complete_study_is_made_ready_before_anybody_asks(edges: Edges) -> None:
    customer = edges.hospital()
    study = edges.study(customer, count=3)
    while make_ready(edges.archive, SYSTEM):
        pass
    ready = kept(edges, customer)
    browsers = Browsers(edges)
    anna = browsers.at(browsers.person(hospitals=[customer.id]))
    path = f"/studies/{study.study_instance_uid}/series/{study.study_instance_uid}.1/metadata"

    of_machine = edges.client(customer).get(f"/dicom-web{path}").json()
    of_reader = anna.client.get(f"/dicom-web/h/{customer.id}{path}").json()

    assert len(ready) == 4, "for readers and for machines, plain and compressed"
    assert kept(edges, customer) == ready, "nothing had to be made"
    assert (len(of_machine), len(of_reader)) == (3, 3)
    assert of_reader[0]["7FE00010"]["BulkDataURI"].startswith(f"/dicom-web/h/{customer.id}/studies/")
    assert of_machine[0]["7FE00010"]["BulkDataURI"].startswith("/dicom-web/studies/")


def test_a_study_whose_object_is_lost_holds_up_no_other(edges: Edges) -> None:
    customer = edges.hospital()
    broken, whole = edges.study(customer, count=1), edges.study(customer, count=1)
    with edges.archive.read() as connection:
        (lost,) = instances.of_study(connection, SYSTEM, broken.id)
    edges.archive.objects.unlink(customer.id, lost.object_name)

    while make_ready(edges.archive, SYSTEM):
        pass

    assert len(kept(edges, customer)) == 4
    series = f"/dicom-web/studies/{whole.study_instance_uid}/series/{whole.study_instance_uid}.1"
    assert edges.client(customer).get(f"{series}/metadata").status_code == 200


def test_a_result_that_is_made_later_is_made_ready_too(edges: Edges) -> None:
    customer = edges.hospital()
    study = edges.study(customer, count=1)
    while make_ready(edges.archive, SYSTEM):
        pass
    own = ct_slice(study_uid=study.study_instance_uid, series_uid="1.2.64.9", index=0, size=16)
    content = file_bytes(own)
    made = own_object(customer.id, content)
    edges.archive.objects.store(customer.id, content, made.data_set.object_name)
    with edges.archive.write() as connection:
        show(connection, SYSTEM, made)

    assert make_ready(edges.archive, SYSTEM)

    assert len(kept(edges, customer)) == 8
    assert not make_ready(edges.archive, SYSTEM)
