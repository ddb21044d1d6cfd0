"""STOW-RS: every instance is answered for itself, by the rules of C-STORE, however the client frames its body."""

from __future__ import annotations

import gc
import io
import tracemalloc
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from dicomweb_client.api import DICOMwebClient
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import generate_uid

from service.dicomweb.parts_in import MultipartFault, PartSplitter, PartTooLarge
from service.flow.bell import Step
from tests.support.edges import Customer, Edges, file_bytes
from tests.support.series import ct_slice

TYPE = 'multipart/related; type="application/dicom"; boundary="--edge"'


@pytest.fixture
def hospital(edges: Edges) -> Customer:
    return edges.hospital()


def images(count: int, study: str | None = None) -> list[FileDataset]:
    study = study or str(generate_uid())[:50].rstrip(".")
    return [ct_slice(study_uid=study, series_uid=f"{study}.1", index=index, size=16) for index in range(count)]


def body(*contents: bytes, boundary: bytes = b"--edge", end: bytes = b"--\r\n") -> bytes:
    parts = [b"--" + boundary + b"\r\nContent-Type: application/dicom\r\n\r\n" + each + b"\r\n" for each in contents]
    return b"".join(parts) + b"--" + boundary + end


def reasons(answer: dict[str, object]) -> dict[str, int]:
    failed = answer.get("00081198", {}).get("Value", [])  # type: ignore[attr-defined]
    return {each.get("00081155", {}).get("Value", [""])[0]: each["00081197"]["Value"][0] for each in failed}


def stored(answer: dict[str, object]) -> list[str]:
    items = answer.get("00081199", {}).get("Value", [])  # type: ignore[attr-defined]
    return [each["00081155"]["Value"][0] for each in items]


def test_dicomweb_client_stores_a_study_and_reads_it_back(edges: Edges, hospital: Customer) -> None:
    client = DICOMwebClient(f"{edges.url}/dicom-web", headers={"Authorization": f"Bearer {hospital.key}"})
    sent = images(3)

    response = client.store_instances(sent)

    study = str(sent[0].StudyInstanceUID)
    assert not hasattr(response, "FailedSOPSequence")
    assert {str(each.ReferencedSOPInstanceUID) for each in response.ReferencedSOPSequence} == {
        str(each.SOPInstanceUID) for each in sent
    }
    assert response.RetrieveURL.endswith(f"/dicom-web/studies/{study}"), "the client names the host without its port"
    assert {str(each.SOPInstanceUID) for each in client.retrieve_study(study)} == {
        str(each.SOPInstanceUID) for each in sent
    }
    assert Step.COMPLETE in edges.bell.rung


def test_a_mixed_batch_is_answered_instance_by_instance(edges: Edges, hospital: Customer) -> None:
    good, again, conflicting, bad_syntax, other = images(5)
    edges.receive(hospital, again, conflicting)
    theirs = edges.hospital()
    edges.receive(theirs, other)
    changed = dcmread(io.BytesIO(file_bytes(conflicting)))
    changed.PatientAge = "051Y"
    unknown = file_bytes(bad_syntax).replace(b"1.2.840.10008.1.2.1\0", b"1.2.3.4.5.6.7.8.9.1\0", 1)
    sent = body(file_bytes(good), file_bytes(again), file_bytes(changed), unknown, file_bytes(other), b"no DICOM")

    answer = edges.client(hospital).post("/dicom-web/studies", content=sent, headers={"Content-Type": TYPE})

    assert answer.status_code == 202
    assert answer.headers["content-type"] == "application/dicom+json"
    assert stored(answer.json()) == [str(each.SOPInstanceUID) for each in (good, again, other)]
    assert reasons(answer.json()) == {
        str(conflicting.SOPInstanceUID): 0xC111,
        str(bad_syntax.SOPInstanceUID): 0xC122,
        "": 0xC000,
    }
    assert edges.row(theirs, str(other.StudyInstanceUID)).instance_count == 1


def test_an_instance_of_another_study_than_the_paths_is_refused(edges: Edges, hospital: Customer) -> None:
    (image,) = images(1)
    client = edges.client(hospital, **{"Content-Type": TYPE})

    wrong = client.post(f"/dicom-web/studies/{generate_uid()}", content=body(file_bytes(image)))
    right = client.post(f"/dicom-web/studies/{image.StudyInstanceUID}", content=body(file_bytes(image)))

    assert (wrong.status_code, reasons(wrong.json())) == (409, {str(image.SOPInstanceUID): 0xA900})
    assert right.status_code == 200


@pytest.mark.parametrize(
    ("content_type", "end"),
    [
        (TYPE, b"--\r\n"),
        (TYPE, b"--"),
        ("multipart/related; type=application/dicom; boundary=--edge", b"--\r\n"),
        ("multipart/related;boundary=--edge;type=application/dicom", b"--\r\nepilogue"),
    ],
)
def test_bodies_as_clients_frame_them_are_taken(
    edges: Edges, hospital: Customer, content_type: str, end: bytes
) -> None:
    whole = body(*(file_bytes(each) for each in images(2)), end=end)

    def chunked() -> Iterator[bytes]:
        yield from (whole[start : start + 1000] for start in range(0, len(whole), 1000))

    answer = edges.client(hospital).post(
        "/dicom-web/studies", content=chunked(), headers={"Content-Type": content_type}
    )

    assert (answer.status_code, len(stored(answer.json()))) == (200, 2)


@pytest.mark.parametrize(
    ("content_type", "content", "status"),
    [
        ("application/json", b"{}", 415),
        ('multipart/related; type="application/dicom+json"; boundary=x', b"", 415),
        ('multipart/related; type="application/dicom"', b"", 400),
        (TYPE, b"", 400),
        (TYPE, b"no boundary in here", 400),
        (TYPE, b"----edge\r\nContent-Type: application/dicom\r\n\r\ncut", 400),
    ],
)
def test_a_body_that_is_none_is_said_to_be_so(
    edges: Edges, hospital: Customer, content_type: str, content: bytes, status: int
) -> None:
    answer = edges.client(hospital).post("/dicom-web/studies", content=content, headers={"Content-Type": content_type})

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_images_may_be_larger_than_other_bodies_and_still_have_a_limit(edges: Edges, hospital: Customer) -> None:
    study = str(generate_uid())[:50].rstrip(".")
    large = ct_slice(study_uid=study, series_uid=f"{study}.1", index=0, size=1024)
    client = edges.client(hospital, **{"Content-Type": TYPE})

    assert client.post("/dicom-web/studies", content=body(file_bytes(large))).status_code == 200
    announced = HTTPConnection(edges.url.removeprefix("http://"), timeout=30)
    announced.putrequest("POST", "/dicom-web/studies")
    announced.putheader("Content-Length", str(9 << 30))
    announced.endheaders()
    assert announced.getresponse().status == 413
    announced.close()


def test_instances_are_taken_in_one_after_the_other_and_none_of_them_twice(edges: Edges, hospital: Customer) -> None:
    several = images(2)
    for each in several:
        each.Rows, each.Columns, each.NumberOfFrames, each.PixelData = 1024, 1024, 16, bytes(32 << 20)
    files = [file_bytes(each) for each in several]
    whole, size_bytes = body(*files), max(map(len, files))

    def chunked() -> Iterator[bytes]:
        yield from (whole[start : start + (1 << 16)] for start in range(0, len(whole), 1 << 16))

    gc.collect()
    tracemalloc.start()
    answer = edges.client(hospital).post("/dicom-web/studies", content=chunked(), headers={"Content-Type": TYPE})
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (answer.status_code, len(stored(answer.json()))) == (200, 2)
    assert peak_bytes < 1.3 * size_bytes, f"{peak_bytes / 1e6:.0f} MB for instances of {size_bytes / 1e6:.0f} MB"


@given(
    contents=st.lists(st.binary(max_size=60), min_size=1, max_size=4),
    sizes=st.lists(st.integers(1, 17), min_size=1, max_size=30),
)
def test_a_body_is_split_the_same_however_it_comes(contents: list[bytes], sizes: list[int]) -> None:
    boundary = b"b0undary-that-no-content-has"
    whole = body(*contents, boundary=boundary)
    splitter, found, pos = PartSplitter(boundary, 1 << 20), [], 0
    while pos < len(whole):
        size = sizes[pos % len(sizes)]
        found += splitter.feed(whole[pos : pos + size])
        pos += size
    splitter.close()

    assert found == contents


def test_content_that_begins_like_the_boundary_is_content() -> None:
    splitter = PartSplitter(b"edge", 1 << 20)

    assert splitter.feed(body(b"a\r\n--edgeway\r\nb", boundary=b"edge")) == [b"a\r\n--edgeway\r\nb"]


def test_a_part_that_does_not_end_is_not_held_for_ever() -> None:
    splitter = PartSplitter(b"edge", 1000)
    splitter.feed(b"--edge\r\n\r\n")

    with pytest.raises(PartTooLarge):
        splitter.feed(b"x" * 1000)
    with pytest.raises(MultipartFault):
        PartSplitter(b"edge", 10).close()
