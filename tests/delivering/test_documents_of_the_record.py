"""SR, PDF and withdrawal say what was signed: whose it is, and which readings the signer had before them."""

from __future__ import annotations

import subprocess
import tempfile

import pytest
from pydicom import Dataset
from pydicom.dataset import FileDataset

from service.archive import studies
from service.archive.reports import Report
from service.archive.results import ResultKind
from service.domain.delivery import DeliveryState
from service.domain.hospital import ReadingMode, ReleasePolicy
from service.domain.review import ReviewAction
from tests.delivering.conftest import Outbox
from tests.delivering.reader import Reader
from tests.delivering.test_signed_report import KO, PDF
from tests.support.flowing import WALL, chest, one_nodule
from tests.support.pacs import SC, SEG, SR, VERIFICATION, ScriptedPacs

REFERS_TO_SOFTWARE = "本报告参考了AI软件"


@pytest.fixture
def pacs(pacs: ScriptedPacs) -> ScriptedPacs:
    pacs.takes = (SR, SEG, SC, PDF, KO, VERIFICATION)
    return pacs


def of_somebody_else(images: list[FileDataset]) -> FileDataset:
    """An image that belongs to the first of all of the series, and names another patient."""
    (image,) = chest(study_uid=str(images[0].StudyInstanceUID), count=1, first=0)
    image.PatientName, image.PatientID, image.PatientSex = "Wrong^Person=错^人", "P999", "M"
    image.SeriesInstanceUID, image.FrameOfReferenceUID = images[0].SeriesInstanceUID, images[0].FrameOfReferenceUID
    image.InstanceNumber, image.ImagePositionPatient = 0, [0.0, 0.0, -5.0]
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = "1.1.1.1"
    return image


def words_of(document: Dataset) -> str:
    """The text of an Encapsulated PDF, without its line ends."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(document.EncapsulatedDocument)
        file.flush()
        shown = subprocess.run(["pdftotext", "-layout", file.name, "-"], check=True, capture_output=True, timeout=60)
    return "".join(shown.stdout.decode().split())


def named(document: Dataset) -> tuple[str, str, str]:
    return document.PatientName.ideographic, document.PatientID, document.PatientSex


def test_an_image_of_another_patient_that_came_after_the_signature_names_nobody(outbox: Outbox) -> None:
    images = chest()
    reader = Reader(outbox, outbox.read(*images))
    reader.judge(ReviewAction.ACCEPT)
    released = reader.sign()
    outbox.flow.arrive(of_somebody_else(images))
    outbox.all_sent()
    reader.withdraw()
    outbox.all_sent()

    for kind in (ResultKind.SR, ResultKind.PDF, ResultKind.WITHDRAWAL):
        assert named(reader.document(released, kind)) == ("张^三", "P1", "F"), kind
    assert "错人" not in words_of(reader.document(released, ResultKind.PDF))


def test_documents_name_whom_the_record_names_where_a_person_settled_who_it_is(outbox: Outbox) -> None:
    images = chest()
    outbox.flow.arrive(*images)
    outbox.flow.arrive(of_somebody_else(images))
    doubted = outbox.flow.study(str(images[0].StudyInstanceUID))
    assert doubted.identity_conflict
    with outbox.flow.archive.write() as connection:
        studies.resolve_identity(connection, WALL, doubted)
        studies.call_complete(connection, WALL, doubted)
    outbox.flow.complete()
    reader = Reader(outbox, outbox.flow.study(doubted.study_instance_uid))
    released = reader.sign()
    outbox.all_sent()

    assert named(reader.document(released, ResultKind.SR)) == ("张^三", "P1", "F")


def stated(outbox: Outbox, released: Report, reader: Reader) -> tuple[bool, list[str]]:
    """Whether the print refers to software, and the documents that the SR takes the place of."""
    outbox.all_sent()
    words = words_of(reader.document(released, ResultKind.PDF))
    final = reader.document(released, ResultKind.SR)
    return REFERS_TO_SOFTWARE in words, [
        str(item.ReferencedSOPInstanceUID)
        for study in final.get("PredecessorDocumentsSequence", ())
        for series in study.ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    ]


def test_what_a_package_said_after_the_signature_is_none_of_what_was_reviewed(outbox: Outbox) -> None:
    images = chest()
    found = outbox.flow.dispatched(*images)
    running = outbox.flow.claim()
    assert running is not None
    reader = Reader(outbox, outbox.flow.study(found.study_instance_uid))
    released = reader.sign("双肺未见结节。")
    outbox.flow.conclude(running, one_nodule(images))

    assert stated(outbox, released, reader) == (False, [])


def test_what_only_ordered_the_list_is_none_of_what_was_reviewed(outbox: Outbox) -> None:
    with outbox.flow.archive.write() as connection:
        connection.exec_driver_sql("UPDATE package_rule SET reading_mode = ?", (ReadingMode.TRIAGE_ONLY.value,))
    reader = Reader(outbox, outbox.read(*chest()))
    released = reader.sign("双肺未见结节。")

    assert stated(outbox, released, reader) == (False, [])


def test_what_the_signer_had_is_referred_to_and_replaced(outbox: Outbox) -> None:
    reader = Reader(outbox, outbox.read(*chest()))
    reader.judge(ReviewAction.ACCEPT)
    refers, replaced = stated(outbox, reader.sign(), reader)

    assert (refers, len(replaced)) == (True, 1)


@pytest.mark.parametrize("is_sent", [True, False])
def test_what_the_pacs_has_is_replaced_though_the_policy_lets_nothing_out_any_more(
    outbox: Outbox, is_sent: bool
) -> None:
    reader = Reader(outbox, outbox.read(*chest()))
    if is_sent:
        outbox.all_sent()
    with outbox.flow.archive.write() as connection:
        connection.exec_driver_sql("UPDATE hospital SET release_pacs = ?", (ReleasePolicy.NEVER.value,))
        connection.exec_driver_sql("DELETE FROM delivery WHERE state = ?", (DeliveryState.PENDING.value,))
    reader.judge(ReviewAction.ACCEPT)
    _, replaced = stated(outbox, reader.sign(), reader)

    assert replaced == ([outbox.results(reader.study)[ResultKind.SR].sop_instance_uid] if is_sent else [])
