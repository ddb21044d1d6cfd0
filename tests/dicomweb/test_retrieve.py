"""WADO-RS: stored bytes as stored, in whatever form the client can take, in constant memory."""

from __future__ import annotations

import gc
import io
import json
import re
import resource
import threading
import tracemalloc
from email.parser import BytesParser
from pathlib import Path

import httpx
import pytest
from dicomweb_client.api import DICOMwebClient
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit, RLELossless

from service.dicom.part10 import split
from tests.support.edges import Customer, Edges, file_bytes
from tests.support.series import ct_slice

MULTIPART = 'multipart/related; type="application/dicom"'
EXPLICIT = "1.2.840.10008.1.2.1"


@pytest.fixture(scope="module")
def files(edges: Edges) -> tuple[Customer, dict[str, bytes]]:
    """A hospital with one study of two series, and its files by SOP Instance UID."""
    customer = edges.hospital()
    made = [
        ct_slice(study_uid="1.2.8", series_uid=f"1.2.8.{series}", index=index, size=32)
        for series in (1, 2)
        for index in range(3)
    ]
    contents = {str(each.SOPInstanceUID): file_bytes(each) for each in made}
    edges.receive_files(customer, *contents.values())
    return customer, contents


def parts_of(answer: httpx.Response) -> list[tuple[str, bytes]]:
    """Content-Type and bytes of each part by the announced lengths; the standard library agrees how many there are."""
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    boundary = BytesParser().parsebytes(head).get_boundary()
    assert boundary is not None
    pieces = answer.content.split(f"--{boundary}".encode())
    assert pieces[0] == b""
    assert pieces[-1] == b"--\r\n"
    parts = []
    for piece in pieces[1:-1]:
        headers, _, body = piece.partition(b"\r\n\r\n")
        length = int(re.search(rb"Content-Length: (\d+)", headers)[1])  # type: ignore[index]
        assert body == body[:length] + b"\r\n"
        parts.append((re.search(rb"Content-Type: (.*)\r\n", headers)[1].decode(), body[:length]))  # type: ignore[index]
    if len(answer.content) < 100_000:
        assert len(BytesParser().parsebytes(head + answer.content).get_payload()) == len(parts)
    return parts


def data_set(content: bytes) -> bytes:
    """The bytes behind the file meta information, by its group length."""
    assert content[128:132] == b"DICM"
    return content[144 + int.from_bytes(content[140:144], "little") :]


def instance_path(uid: str) -> str:
    series = dcmread_series[uid]
    return f"/dicom-web/studies/1.2.8/series/{series}/instances/{uid}"


dcmread_series: dict[str, str] = {}


@pytest.fixture(autouse=True)
def _series(files: tuple[Customer, dict[str, bytes]]) -> None:
    for uid, content in files[1].items():
        dcmread_series[uid] = str(dcmread(io.BytesIO(content)).SeriesInstanceUID)


@pytest.mark.parametrize(("tail", "count"), [("", 6), ("/series/1.2.8.2", 3)])
def test_a_study_and_a_series_come_as_parts_with_their_syntax(
    edges: Edges, files: tuple[Customer, dict[str, bytes]], tail: str, count: int
) -> None:
    customer, contents = files

    answer = edges.client(customer).get(f"/dicom-web/studies/1.2.8{tail}", headers={"Accept": MULTIPART})

    parts = parts_of(answer)
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert {kind for kind, _ in parts} == {f"application/dicom; transfer-syntax={EXPLICIT}"}
    served = {str(dcmread(io.BytesIO(body)).SOPInstanceUID): body for _, body in parts}
    assert len(served) == count
    for uid, body in served.items():
        assert data_set(body) == data_set(contents[uid])


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "multipart"),
        ("", "multipart"),
        (",", "multipart"),
        ("*/*", "multipart"),
        ("multipart/related", "multipart"),
        ("multipart/*", "multipart"),
        (MULTIPART, "multipart"),
        ("multipart/related; type=application/dicom", "multipart"),
        ('multipart/related;type="application/dicom";transfer-syntax=*', "multipart"),
        ('multipart/related; type="application/dicom"; transfer-syntax="*"', "multipart"),
        (f'multipart/related; type="application/dicom"; transfer-syntax={EXPLICIT}; transfer-syntax=*', "multipart"),
        (f'multipart/related; type="application/dicom"; transfer-syntax="{EXPLICIT}"', "multipart"),
        ('multipart/related; type="*/*"', "multipart"),
        ("application/dicom", "single"),
        ("application/dicom; transfer-syntax=*", "single"),
        ("image/jpeg, application/dicom;q=0.5", "single"),
        ('multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.50', None),
        ('multipart/related; type="application/octet-stream"', None),
        ("image/jpeg", None),
        ("application/dicom+json", None),
    ],
)
def test_an_instance_comes_in_the_form_that_is_taken(
    edges: Edges, files: tuple[Customer, dict[str, bytes]], accept: str | None, form: str | None
) -> None:
    customer, contents = files
    uid = next(iter(contents))
    client = edges.client(customer)
    client.headers.pop("accept")

    answer = client.get(instance_path(uid), headers={} if accept is None else {"Accept": accept})

    if form == "multipart":
        ((kind, body),) = parts_of(answer)
        assert kind == f"application/dicom; transfer-syntax={EXPLICIT}"
        assert data_set(body) == data_set(contents[uid])
    elif form == "single":
        assert answer.headers["content-type"] == f"application/dicom; transfer-syntax={EXPLICIT}"
        assert data_set(answer.content) == data_set(contents[uid])
    else:
        assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")
        assert EXPLICIT in answer.json()["detail"]


def test_the_accept_parameter_of_the_query_wins(edges: Edges, files: tuple[Customer, dict[str, bytes]]) -> None:
    customer, contents = files
    uid = next(iter(contents))

    answer = edges.client(customer, Accept=MULTIPART).get(f"{instance_path(uid)}?accept=application%2Fdicom")

    assert answer.headers["content-type"].startswith("application/dicom")


def test_what_the_client_holds_already_is_not_sent_again(
    edges: Edges, files: tuple[Customer, dict[str, bytes]]
) -> None:
    customer, contents = files
    client = edges.client(customer)
    for path in (instance_path(next(iter(contents))), "/dicom-web/studies/1.2.8/metadata", "/dicom-web/studies/1.2.8"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": f'"x", {first.headers["etag"]}'})
        other = client.get(path, headers={"If-None-Match": '"x"'})

        assert (first.status_code, again.status_code, other.status_code) == (200, 304, 200)
        assert again.content == b""
        assert "private" in first.headers["cache-control"]


def test_compressed_bytes_are_served_as_they_came_and_say_their_syntax(edges: Edges) -> None:
    customer = edges.hospital()
    rle = ct_slice(study_uid="1.2.81", series_uid="1.2.81.1", index=0, size=32)
    rle.compress(RLELossless)
    jpeg = ct_slice(study_uid="1.2.81", series_uid="1.2.81.1", index=1, size=16)
    jpeg.BitsAllocated, jpeg.BitsStored, jpeg.HighBit, jpeg.PixelRepresentation = 8, 8, 7, 0
    jpeg.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    jpeg.PixelData = encapsulate([b"\xff\xd8 not looked into \xff\xd9"])
    jpeg["PixelData"].VR = "OB"
    edges.receive(customer, rle, jpeg)
    client = edges.client(customer)

    parts = parts_of(client.get("/dicom-web/studies/1.2.81", headers={"Accept": MULTIPART}))
    one = client.get("/dicom-web/studies/1.2.81", headers={"Accept": f"{MULTIPART}; transfer-syntax={EXPLICIT}"})
    mixed = client.get("/dicom-web/studies/1.2.81", headers={"Accept": f"{MULTIPART}; transfer-syntax={RLELossless}"})
    listed = client.get("/dicom-web/studies/1.2.81/instances").json()

    assert [kind.split("=")[1] for kind, _ in parts] == [RLELossless, JPEGBaseline8Bit]
    assert data_set(parts[1][1]) == data_set(file_bytes(jpeg))
    assert (one.status_code, mixed.status_code) == (406, 406), "a broken picture is not decoded, nothing pretended"
    assert [each["00083002"]["Value"] for each in listed] == [[RLELossless], [JPEGBaseline8Bit]]


def test_metadata_is_every_attribute_but_the_pixels(edges: Edges, files: tuple[Customer, dict[str, bytes]]) -> None:
    customer, contents = files
    uid, content = next(iter(contents.items()))
    client = edges.client(customer, Accept="application/dicom+json")

    (shown,) = client.get(f"{instance_path(uid)}/metadata").json()
    of_series = client.get("/dicom-web/studies/1.2.8/series/1.2.8.1/metadata").json()
    of_study = client.get("/dicom-web/studies/1.2.8/metadata").json()

    stored = dcmread(io.BytesIO(content))
    expected = json.loads(
        stored.to_json(suppress_invalid_tags=True, bulk_data_threshold=1, bulk_data_element_handler=_none)
    )
    for tag, attribute in expected.items():
        if tag not in {"7FE00010", "00080005"}:
            assert shown[tag] == attribute, tag
    assert shown["00080005"]["Value"] == ["ISO_IR 192"]
    assert shown["00083002"]["Value"] == [EXPLICIT]
    assert not any(tag.startswith("0002") for tag in shown)
    assert shown["7FE00010"]["BulkDataURI"] == f"{instance_path(uid)}/bulkdata/7FE00010"
    assert shown["00100010"]["Value"] == [{"Alphabetic": "Test^One", "Ideographic": "张^三"}]
    assert (len(of_series), len(of_study)) == (3, 6)


def _none(_: object) -> str:
    return ""


def test_bulk_data_is_served_where_the_metadata_says(edges: Edges, files: tuple[Customer, dict[str, bytes]]) -> None:
    customer, contents = files
    uid, content = next(iter(contents.items()))
    client = edges.client(customer)
    (shown,) = client.get(f"{instance_path(uid)}/metadata").json()
    uri = shown["7FE00010"]["BulkDataURI"]
    pixels = dcmread(io.BytesIO(content)).PixelData

    single = client.get(uri, headers={"Accept": "application/octet-stream"})
    multipart = client.get(uri, headers={"Accept": 'multipart/related; type="*/*"'})

    assert single.content == pixels
    assert parts_of(multipart) == [("application/octet-stream", pixels)]
    for path in ("00100010/1/00100010", "00999999", "x", "..%2F..%2Fetc"):
        assert client.get(uri.replace("7FE00010", path)).status_code == 404, path


def test_dicomweb_client_retrieves(edges: Edges, files: tuple[Customer, dict[str, bytes]]) -> None:
    customer, contents = files
    client = DICOMwebClient(f"{edges.url}/dicom-web", headers={"Authorization": f"Bearer {customer.key}"})
    uid = next(iter(contents))

    one = client.retrieve_instance("1.2.8", dcmread_series[uid], uid)
    series = client.retrieve_series("1.2.8", "1.2.8.2")
    study = client.retrieve_study("1.2.8")
    metadata = client.retrieve_series_metadata("1.2.8", "1.2.8.1")

    assert one == dcmread(io.BytesIO(contents[uid]))
    assert {str(each.SOPInstanceUID) for each in study} == set(contents)
    assert len(series) == len(metadata) == 3
    assert len(client.retrieve_study_metadata("1.2.8")) == 6
    assert client.retrieve_instance_metadata("1.2.8", dcmread_series[uid], uid)["00080018"]["Value"] == [uid]
    assert client.retrieve_bulkdata(f"{edges.url}{instance_path(uid)}/bulkdata/7FE00010") == [
        dcmread(io.BytesIO(contents[uid])).PixelData
    ]


def test_a_file_that_is_gone_is_our_fault_and_said_before_anything_is_sent(edges: Edges) -> None:
    customer = edges.hospital()
    study = edges.study(customer, count=2)
    folder = edges.archive.folder / "objects" / customer.id
    next(path for path in folder.rglob("*") if path.is_file()).unlink()

    answer = edges.client(customer).get(f"/dicom-web/studies/{study.study_instance_uid}")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")


def test_a_large_study_is_sent_in_constant_memory(edges: Edges) -> None:
    customer = edges.hospital()
    for index in range(4):
        edges.receive(customer, ct_slice(study_uid="1.2.82", series_uid="1.2.82.1", index=index, size=3000))
    client = edges.client(customer)
    gc.collect()
    tracemalloc.start()
    received = 0

    with client.stream("GET", "/dicom-web/studies/1.2.82", headers={"Accept": MULTIPART}) as answer:
        for chunk in answer.iter_raw(1 << 16):
            received += len(chunk)
    with client.stream("GET", "/dicom-web/studies/1.2.82/metadata") as answer:
        answer.read()
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert received > 72_000_000
    assert peak_bytes < 16_000_000, f"{peak_bytes / 1e6:.0f} MB for a study of {received / 1e6:.0f} MB"
    assert threading.active_count() < 64
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0


@pytest.mark.real_data
def test_every_object_of_the_suite_that_is_stored_is_served_and_described(edges: Edges, datasets: Path) -> None:
    suite = datasets / "dicom_suite"
    rows = [
        row
        for row in json.loads((suite / "index.json").read_text())
        if row["path"].startswith(("sop_class", "transfer_syntax"))
    ]
    good = [row for row in rows if row["category"] == "good" and row["expect"] == "store-identical"]
    wrong, used = [], set()
    customer = edges.hospital()
    for row in good:
        if row["study_uid"] in used or row["sop_instance_uid"] in used:
            customer, used = edges.hospital(), set()
        used |= {row["study_uid"], row["sop_instance_uid"]}
        content = (suite / row["path"]).read_bytes()
        edges.receive_files(customer, content)
        client = edges.client(customer)
        path = f"/dicom-web/studies/{row['study_uid']}"
        served = client.get(path, headers={"Accept": f"{MULTIPART}; transfer-syntax=*"})
        ((kind, body),) = parts_of(served)
        metadata = client.get(f"{path}/metadata")
        same = data_set(body) == content[split(content)[1] :]
        if not same or kind.split("=")[1] != row["transfer_syntax"] or len(metadata.json()) != 1:
            wrong.append(row["path"])

    assert len(good) > 60
    assert wrong == []
