"""Metadata and the answer to a storing request as XML (PS3.18 10.4.1.2, 10.5.3), for clients that ask for it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from pydicom.uid import generate_uid

from service.dicom.xml_model import NAMESPACE
from tests.dicomweb.test_frames import parts
from tests.dicomweb.test_store import TYPE, body, images
from tests.support.edges import Customer, Edges, file_bytes

XML = 'multipart/related; type="application/dicom+xml"'


@pytest.fixture
def hospital(edges: Edges) -> Customer:
    return edges.hospital()


def values(document: ET.Element, keyword: str) -> list[str]:
    path = f".//{{{NAMESPACE}}}DicomAttribute[@keyword='{keyword}']/{{{NAMESPACE}}}Value"
    return [each.text or "" for each in document.findall(path)]


def test_metadata_come_as_a_document_an_instance_at_every_level(edges: Edges, hospital: Customer) -> None:
    sent = images(3)
    edges.receive(hospital, *sent)
    client = edges.client(hospital)
    study = f"/dicom-web/studies/{sent[0].StudyInstanceUID}"
    series = f"{study}/series/{sent[0].SeriesInstanceUID}"
    uids = {str(each.SOPInstanceUID) for each in sent}

    for path, wanted in ((study, uids), (series, uids), (f"{series}/instances/{sent[0].SOPInstanceUID}", None)):
        for _ in range(2):  # by the route, and once the series is at hand
            found = parts(client.get(f"{path}/metadata", headers={"Accept": XML}))
            assert {content_type for content_type, _ in found} == {"application/dicom+xml"}
            said = [values(ET.fromstring(content), "SOPInstanceUID") for _, content in found]
            assert {uid for (uid,) in said} == (wanted or {str(sent[0].SOPInstanceUID)})
        assert client.get(f"{path}/metadata").headers["content-type"] == "application/dicom+json"


def test_a_client_that_holds_the_json_is_not_told_that_it_holds_the_xml(edges: Edges, hospital: Customer) -> None:
    (sent,) = images(1)
    edges.receive(hospital, sent)
    client = edges.client(hospital)
    path = f"/dicom-web/studies/{sent.StudyInstanceUID}/series/{sent.SeriesInstanceUID}/metadata"
    json, xml = client.get(path), client.get(path, headers={"Accept": XML})

    for etag, status in ((json.headers["etag"], 200), (xml.headers["etag"], 304)):
        again = client.get(path, headers={"Accept": XML, "If-None-Match": etag})
        assert again.status_code == status
    assert client.get(path, headers={"Accept": "application/dicom+xml"}).status_code == 406, "parts are what there is"
    liked = client.get(path, headers={"Accept": f"{XML};q=0.2, application/dicom+json"})
    assert liked.headers["content-type"] == "application/dicom+json"


def test_what_became_of_instances_is_said_in_xml_where_that_is_asked_for(edges: Edges, hospital: Customer) -> None:
    kept, refused = images(1)[0], images(1, study=str(generate_uid())[:50].rstrip("."))[0]
    content = body(file_bytes(kept), file_bytes(refused))
    headers = {"Content-Type": TYPE, "Accept": "application/dicom+xml"}

    answer = edges.client(hospital).post(
        f"/dicom-web/studies/{kept.StudyInstanceUID}", content=content, headers=headers
    )

    assert (answer.status_code, answer.headers["content-type"]) == (202, "application/dicom+xml")
    document = ET.fromstring(answer.content)
    assert values(document, "ReferencedSOPInstanceUID") == [refused.SOPInstanceUID, kept.SOPInstanceUID]
    assert len(values(document, "FailureReason")) == 1
    assert values(document, "RetrieveURL")[0].endswith(f"/studies/{kept.StudyInstanceUID}")
