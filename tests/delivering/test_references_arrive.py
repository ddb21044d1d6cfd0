"""What a signed report refers to is at the PACS when the report is: also when a late image was read anew meanwhile."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence

import pytest
from pydicom import Dataset
from pydicom.dataset import FileDataset
from pynetdicom.dsutils import decode

from models.contract import SeriesReading
from service.domain.delivery import DeliveryState
from service.domain.hospital import ReleasePolicy
from service.domain.review import ReviewAction
from tests.delivering.conftest import Outbox
from tests.delivering.reader import Reader
from tests.support.flowing import chest, no_nodule, one_nodule
from tests.support.pacs import SEG, SR, ScriptedPacs

LATER_S = 3600.0
IMAGES = chest(count=24)


@pytest.fixture
def reader(outbox: Outbox) -> Reader:
    """Of a study whose finding they stand for; nothing of it is at the PACS yet."""
    return at_work(outbox)


def at_work(outbox: Outbox) -> Reader:
    study = outbox.read(*IMAGES[:23])
    reader = Reader(outbox, outbox.flow.study(study.study_instance_uid))
    reader.judge(ReviewAction.ACCEPT)
    return reader


def read_anew(reader: Reader, says: Callable[[Sequence[FileDataset]], SeriesReading] = one_nodule) -> None:
    """A late image comes, and the package reads the study once more."""
    flow = reader.outbox.flow
    reader.study = flow.dispatched(IMAGES[-1])
    claimed = flow.claim()
    assert claimed is not None
    flow.conclude(claimed, says(IMAGES))


def at_pacs(pacs: ScriptedPacs) -> list[Dataset]:
    return [decode(io.BytesIO(each.data_set), False, True) for each in pacs.stored]


def finals(pacs: ScriptedPacs) -> list[Dataset]:
    return [each for each in at_pacs(pacs) if each.get("VerificationFlag") == "VERIFIED"]


def referred(item: Dataset) -> Iterator[str]:
    for element in item:
        if element.keyword == "ReferencedSOPInstanceUID":
            yield str(element.value)
        for child in element.value if element.VR == "SQ" else ():
            yield from referred(child)


def missing(reader: Reader, pacs: ScriptedPacs) -> set[str]:
    """What the final reports refer to and the hospital neither sent nor has."""
    (*_, final) = finals(pacs)
    images = {each.sop_instance_uid for each in reader.outbox.flow.images(reader.study)}
    return set(referred(final)) - images - {each.sop_instance_uid for each in pacs.stored}


def test_what_a_report_refers_to_arrives_although_it_was_read_anew_after_the_signature(
    reader: Reader, pacs: ScriptedPacs
) -> None:
    reader.sign()
    reader.outbox.encode()
    read_anew(reader)
    reader.outbox.all_sent()

    assert missing(reader, pacs) == set()
    assert pacs.kinds() == [SEG, SR, SR, SEG, SR], "no region of the report's own: the package's is there"


def test_what_was_read_anew_before_the_report_was_made_arrives_as_well(outbox: Outbox, pacs: ScriptedPacs) -> None:
    with outbox.flow.archive.write() as connection:
        connection.exec_driver_sql(f"UPDATE hospital SET release_pacs = '{ReleasePolicy.AFTER_SIGNATURE.value}'")
    reader = at_work(outbox)
    outbox.all_sent()
    assert pacs.kinds() == []
    reader.sign()
    read_anew(reader)
    outbox.all_sent()

    assert missing(reader, pacs) == set()
    assert pacs.kinds() == [SEG, SR, SR, SEG, SR]


def test_a_region_that_was_overtaken_before_the_signature_goes_out_as_the_reports_own(
    reader: Reader, pacs: ScriptedPacs
) -> None:
    read_anew(reader, no_nodule)
    reader.outbox.encode()
    reader.sign()
    reader.outbox.all_sent()

    assert missing(reader, pacs) == set()
    assert pacs.kinds() == [SR, SEG, SR], "the later reading found nothing"


def test_what_a_busy_pacs_did_not_take_is_tried_again_where_a_report_refers_to_it(
    reader: Reader, pacs: ScriptedPacs
) -> None:
    reader.sign()
    reader.outbox.encode()
    read_anew(reader)
    reader.outbox.encode()
    pacs.statuses = [0xA700]
    reader.outbox.deliver()
    reader.outbox.flow.pass_time(LATER_S)
    reader.outbox.all_sent()

    assert missing(reader, pacs) == set()


def test_a_report_that_was_withdrawn_keeps_nothing_on_its_way(reader: Reader, pacs: ScriptedPacs) -> None:
    reader.sign()
    reader.outbox.encode()
    reader.withdraw()
    read_anew(reader)
    reader.outbox.all_sent()

    assert pacs.kinds() == [SEG, SR], "of the later reading"
    states = [each.state for each in reader.outbox.flow.deliveries(reader.study)]
    assert states.count(DeliveryState.DELIVERED) == 2
