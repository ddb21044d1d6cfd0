"""Which series a reader is offered to look at: those with images by SOP Class, whatever their modality says."""

from __future__ import annotations

import pytest
from pydicom.uid import generate_uid

from tests.people.browsers import Browser, Browsers
from tests.people.test_reading_page import path
from tests.people.test_returned import completed
from tests.support.edges import Customer
from tests.support.flowing import chest, note

RADIOTHERAPY_STRUCTURES = "1.2.840.10008.5.1.4.1.1.481.3"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


@pytest.fixture
def anna(browsers: Browsers, hospital: Customer) -> Browser:
    return browsers.at(browsers.person(hospitals=[hospital.id]))


def test_images_are_what_their_sop_class_calls_so(browsers: Browsers, hospital: Customer, anna: Browser) -> None:
    uid = generate_uid()
    structures, called_ct, scan = note(uid), note(uid), chest(study_uid=uid, count=3)
    structures.SOPClassUID = structures.file_meta.MediaStorageSOPClassUID = RADIOTHERAPY_STRUCTURES
    structures.Modality, called_ct.Modality = "RTSTRUCT", "CT"
    captures = chest(study_uid=uid, count=4)
    for each in captures:
        each.SOPClassUID = each.file_meta.MediaStorageSOPClassUID = SECONDARY_CAPTURE
        each.Modality = "OT"
    browsers.edges.receive(hospital, structures, called_ct, *scan, *captures)
    study = completed(browsers, hospital, uid)
    expected = {
        structures.SeriesInstanceUID: False,
        called_ct.SeriesInstanceUID: False,
        scan[0].SeriesInstanceUID: True,
        captures[0].SeriesInstanceUID: True,
    }
    for asked in ("series", "reading"):
        listed = anna.get(path(study, asked)).json()["series"]
        assert {each["series_instance_uid"]: each["has_images"] for each in listed} == expected, asked
    hung = anna.get(path(study, "hanging")).json()["places"]
    assert {each["series_instance_uid"] for each in hung if each is not None} <= {
        uid for uid, has_images in expected.items() if has_images
    }


@pytest.mark.parametrize("modality", ["OT", "DOC", "CT"])
def test_the_worklist_names_the_modality_of_the_images(
    browsers: Browsers, hospital: Customer, anna: Browser, modality: str
) -> None:
    """A report series that calls itself MR and holds more than the images do is not what is read."""
    uid = generate_uid()
    images = chest(study_uid=uid, count=2)
    for each in images:
        each.Modality = modality
    notes = [note(uid) for _ in range(4)]
    for each in notes:
        each.Modality, each.SeriesInstanceUID = "MR", notes[0].SeriesInstanceUID
    browsers.edges.receive(hospital, *images, *notes)
    completed(browsers, hospital, uid)
    (line,) = anna.get("/worklist").json()["items"]
    assert line["modality"] == modality


def test_the_series_of_another_hospital_are_nobodys(browsers: Browsers, anna: Browser) -> None:
    foreign = browsers.edges.study(browsers.edges.hospital())
    assert anna.get(path(foreign, "series")).status_code == 404
