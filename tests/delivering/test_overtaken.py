"""What a PACS refused waits for a person only as long as somebody may want it to arrive."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.archive import deliveries, results
from service.archive.deliveries import Delivery
from service.archive.reports import Report
from service.domain.delivery import DeliveryState
from service.domain.review import ReviewAction
from tests.delivering.conftest import Outbox
from tests.delivering.reader import Reader
from tests.support.flowing import WALL, chest
from tests.support.pacs import SC, SEG, SR, VERIFICATION, ScriptedPacs


@pytest.fixture
def reader(outbox: Outbox, pacs: ScriptedPacs) -> Reader:
    """Of a study whose PACS takes no PDF."""
    pacs.takes = (SR, SEG, SC, VERIFICATION)
    study = outbox.read(*chest())
    outbox.all_sent()
    reader = Reader(outbox, outbox.flow.study(study.study_instance_uid))
    reader.judge(ReviewAction.ACCEPT)
    return reader


def of(reader: Reader, released: Report) -> list[Delivery]:
    with reader.outbox.flow.archive.read() as connection:
        return [
            each
            for result in results.of_report(connection, WALL, released.id)
            for each in deliveries.of_result(connection, WALL, result.id)
        ]


def refused(reader: Reader) -> Report:
    released = reader.sign()
    reader.outbox.all_sent()
    assert [each.state for each in of(reader, released)].count(DeliveryState.FAILED) == 1
    return released


def amended(reader: Reader) -> None:
    reader.sign("第二版")


@pytest.mark.parametrize("overtake", [Reader.withdraw, amended])
def test_what_was_refused_of_a_report_that_counts_no_more_waits_for_nobody(
    reader: Reader, overtake: Callable[[Reader], None]
) -> None:
    released = refused(reader)
    overtake(reader)
    assert {each.state for each in of(reader, released)} == {DeliveryState.DELIVERED, DeliveryState.CANCELLED}
    (cancelled,) = [each for each in of(reader, released) if each.state is DeliveryState.CANCELLED]
    assert "Encapsulated PDF" in (cancelled.last_error or ""), "why it never arrived is still said"


def test_what_was_put_aside_waits_for_nobody_either_and_is_not_taken_up_again(reader: Reader) -> None:
    released = refused(reader)
    (failed,) = [each for each in of(reader, released) if each.state is DeliveryState.FAILED]
    with reader.outbox.flow.archive.write() as connection:
        assert deliveries.park(connection, WALL, failed)
    reader.withdraw()
    (cancelled,) = [each for each in of(reader, released) if each.id == failed.id]
    assert cancelled.state is DeliveryState.CANCELLED
    with reader.outbox.flow.archive.write() as connection:
        assert not deliveries.resume(connection, WALL, cancelled)


def test_what_is_refused_after_the_withdrawal_ends_the_same_way(reader: Reader) -> None:
    released = reader.sign()
    reader.outbox.encode()
    archive = reader.outbox.flow.archive
    with archive.write() as connection:
        claimed = deliveries.claim(connection, WALL)
    reader.withdraw()
    with archive.write() as connection:
        assert not any(deliveries.refused(connection, WALL, each, "0122") for each in claimed)
    assert {each.state for each in of(reader, released)} == {DeliveryState.CANCELLED}


def test_what_was_refused_of_a_report_that_counts_goes_on_waiting_for_a_person(reader: Reader) -> None:
    released = refused(reader)
    reader.outbox.flow.pass_time(3600.0)
    reader.outbox.all_sent()
    assert DeliveryState.FAILED in {each.state for each in of(reader, released)}
