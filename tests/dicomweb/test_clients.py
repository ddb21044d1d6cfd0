"""The calls that OHIF, Weasis, 3D Slicer and our own page make, as captured: none may be answered by an error."""

from __future__ import annotations

import hashlib

import httpx
import pytest
from dicomweb_client.api import DICOMwebClient
from pydicom.encaps import generate_fragments
from pydicom.uid import JPEGLSLossless

from tests.support.edges import Customer, Edges
from tests.support.series import ct_slice

STUDY = "1.2.826.0.1.3680043.10.1561.99"
SERIES = f"{STUDY}.1"
JSON = "application/dicom+json"
OHIF = "includefield=00081030%2C00080060%2C00080090%2C00100030"
WEASIS = (
    "includefield=00080020,00080030,00080050,00080061,00080090,00081030,00100010,00100020,00100021,00100030,00100040,"
    "0020000D,00200010"
)
FRAME = 'multipart/related; type="application/octet-stream"; transfer-syntax="*"'
CALLS = (
    (f"/studies?limit=101&offset=0&fuzzymatching=false&{OHIF}", JSON),
    (
        (
            "/studies?PatientName=*zhang*&00100020=*P1*&AccessionNumber=*A1*&StudyDescription=*CT*"
            f"&ModalitiesInStudy=CT%2CMR&limit=101&offset=0&fuzzymatching=false&{OHIF}&StudyDate=20260101-20261231"
        ),
        JSON,
    ),
    (f"/studies?StudyInstanceUID={STUDY}&StudyInstanceUID={STUDY}&{OHIF}", JSON),
    (f"/studies?StudyInstanceUID={STUDY}%5C1.2.3&{OHIF}", JSON),
    (f"/studies?00100020=P1&limit=101&offset=0&fuzzymatching=false&{OHIF}", JSON),
    ("/studies/{s}/series?includefield=0008103E%2C00080021", JSON),
    ("/studies/{s}/series?includefield=00080021%2C00080031%2C0008103E%2C00200011", JSON),
    ("/studies/{s}/series/{e}/thumbnail?viewport=256%2C256", "image/jpeg"),
    ("/studies/{s}/series/{e}/instances?limit=1&includefield=00080018", JSON),
    ("/studies/{s}/series/{e}/instances/{i}/thumbnail?viewport=256%2C256", "image/jpeg"),
    ("/studies/{s}/series/{e}/metadata", JSON),
    ("/studies/{s}/series/{e}/instances/{i}/frames/1", FRAME),
    ("/studies/{s}/series/{e}/instances/{i}/frames/1", FRAME.replace('"', "")),
    ("/studies/{s}/series/{e}/instances/{i}/frames/1", 'multipart/related; type="*/*"'),
    ("/studies/{s}/series/{e}/instances/{i}", 'multipart/related; type="application/dicom"'),
    ("/studies/{s}/series/{e}/instances/{i}", 'multipart/related; type="application/dicom"; transfer-syntax=*'),
    ("/studies/{s}/series/{e}/instances/{i}/rendered?accept=image%2Fjpeg", FRAME),
    (f"/studies?00100020=P1&{WEASIS}", JSON),
    (f"/studies?0020000D={STUDY}&{WEASIS}", JSON),
    (f"/studies?00080050=A1&{WEASIS}", JSON),
    (f"/series?0020000E={SERIES}&{WEASIS},0008103E,00080060,00081190,00200011,00200013", JSON),
    (f"/instances?00080018={{i}}&{WEASIS},0008103E,00080060,00081190,00200011,00200013", JSON),
    ("/studies?offset=0", JSON),
    ("/studies?offset=1", JSON),
    ("/series?Modality=SEG", JSON),
    ("/instances?limit=2", JSON),
    ("/studies/{s}/metadata", JSON),
)


@pytest.fixture(scope="module")
def centre(edges: Edges) -> tuple[Customer, str, list[bytes]]:
    """A hospital with a compressed series; its first instance and the hashes of that one's fragments."""
    customer = edges.hospital()
    images = [ct_slice(study_uid=STUDY, series_uid=SERIES, index=index, size=32) for index in range(3)]
    for image in images:
        image.compress(JPEGLSLossless)
    edges.receive(customer, *images)
    fragments = list(generate_fragments(images[0].PixelData))[1:]
    return customer, str(images[0].SOPInstanceUID), [hashlib.sha256(each).digest() for each in fragments]


@pytest.mark.parametrize(("path", "accept"), CALLS)
def test_no_captured_call_is_an_error(
    edges: Edges, centre: tuple[Customer, str, list[bytes]], path: str, accept: str
) -> None:
    customer, instance, _ = centre
    filled = path.format(s=STUDY, e=SERIES, i=instance)

    answer: httpx.Response = edges.client(customer, Accept=accept).get(f"/dicom-web{filled}")

    assert answer.status_code in {200, 204}, answer.text
    for row in answer.json() if answer.headers.get("content-type") == JSON else []:
        if "00081190" in row:
            (url,) = row["00081190"]["Value"]
            assert edges.client(customer).get(url.removeprefix(edges.url)).status_code == 200


def test_frames_are_the_stored_fragments(edges: Edges, centre: tuple[Customer, str, list[bytes]]) -> None:
    customer, instance, fragments = centre
    client = DICOMwebClient(f"{edges.url}/dicom-web", headers={"Authorization": f"Bearer {customer.key}"})

    stored = client.retrieve_instance_frames(
        STUDY, SERIES, instance, [1], media_types=(("application/octet-stream", "*"),)
    )
    decoded = client.retrieve_instance_frames(STUDY, SERIES, instance, [1])

    assert [hashlib.sha256(each).digest() for each in stored] == fragments
    assert len(decoded[0]) == 32 * 32 * 2


def test_asking_for_what_is_left_ends(edges: Edges, centre: tuple[Customer, str, list[bytes]]) -> None:
    customer, _, _ = centre
    client = DICOMwebClient(f"{edges.url}/dicom-web", headers={"Authorization": f"Bearer {customer.key}"})

    assert len(client.search_for_instances(limit=2, get_remaining=True)) == 3
