"""A report that was withdrawn is taken back from every PACS that may have it, and from no other (AC-09)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.archive import deliveries
from service.archive.reports import Report
from service.archive.results import ResultKind
from service.domain.delivery import LEASE_S, DeliveryState
from service.domain.review import ReviewAction
from tests.delivering.conftest import Outbox
from tests.delivering.reader import Reader
from tests.support.flowing import WALL, chest
from tests.support.pacs import SC, SEG, SR, VERIFICATION, ScriptedPacs

PDF = "1.2.840.10008.5.1.4.1.1.104.1"
KO = "1.2.840.10008.5.1.4.1.1.88.59"
EVERYTHING = (SR, SEG, SC, PDF, KO, VERIFICATION)
LATER_S = 3600.0


@pytest.fixture
def reader(outbox: Outbox, pacs: ScriptedPacs) -> Reader:
    """Of a study whose package results the PACS has."""
    pacs.takes = EVERYTHING
    study = outbox.read(*chest())
    outbox.all_sent()
    reader = Reader(outbox, outbox.flow.study(study.study_instance_uid))
    reader.judge(ReviewAction.ACCEPT)
    return reader


def signed(reader: Reader) -> Report:
    """A report whose documents wait for the PACS."""
    released = reader.sign()
    reader.outbox.encode()
    return released


def withdrawn(reader: Reader, pacs: ScriptedPacs) -> None:
    """Withdrawn while the PACS is in order again; whatever waited is sent."""
    reader.withdraw()
    pacs.takes, pacs.statuses, pacs.breaks_off_after, pacs.aborts = EVERYTHING, [], None, False
    reader.outbox.all_sent()
    reader.outbox.flow.pass_time(LATER_S)
    reader.outbox.all_sent()


def state_of(reader: Reader, released: Report, kind: ResultKind) -> DeliveryState:
    with reader.outbox.flow.archive.read() as connection:
        (only,) = deliveries.of_result(connection, WALL, reader.documents(released)[kind].id)
    return only.state


def test_a_pacs_that_kept_the_report_and_broke_off_before_its_answer_is_told(
    reader: Reader, pacs: ScriptedPacs
) -> None:
    released = signed(reader)
    pacs.breaks_off_after = SR
    reader.outbox.deliver()
    assert pacs.kinds()[2:] == [SR], "it has the report, and the centre has no word of it"
    withdrawn(reader, pacs)

    assert state_of(reader, released, ResultKind.SR) is DeliveryState.CANCELLED
    assert pacs.kinds()[2:] == [SR, KO]


def test_a_pacs_that_refuses_the_report_after_it_may_have_kept_it_is_told(reader: Reader, pacs: ScriptedPacs) -> None:
    signed(reader)
    pacs.breaks_off_after = SR
    reader.outbox.deliver()
    pacs.breaks_off_after, pacs.statuses = None, [0xC000, 0xC000]
    reader.outbox.flow.pass_time(LATER_S)
    reader.outbox.all_sent()
    withdrawn(reader, pacs)

    assert pacs.kinds()[2:] == [SR, KO]


def test_a_pacs_whose_sender_died_before_it_wrote_the_answer_down_is_told(reader: Reader, pacs: ScriptedPacs) -> None:
    signed(reader)
    with reader.outbox.flow.archive.write() as connection:
        assert deliveries.claim(connection, WALL), "as a sender that sends, and dies"
    reader.outbox.flow.pass_time(LEASE_S + 1.0)
    pacs.go_away()
    reader.outbox.deliver()
    pacs.come_back()
    withdrawn(reader, pacs)

    assert pacs.kinds()[2:] == [KO]


def is_away(reader: Reader, pacs: ScriptedPacs) -> None:
    pacs.go_away()
    reader.outbox.deliver()
    pacs.come_back()


def is_busy(reader: Reader, pacs: ScriptedPacs) -> None:
    pacs.statuses = [0xA700] * 4
    reader.outbox.deliver()


def refuses(reader: Reader, pacs: ScriptedPacs) -> None:
    pacs.statuses = [0xC000] * 4
    reader.outbox.all_sent()


def takes_none(reader: Reader, pacs: ScriptedPacs) -> None:
    pacs.takes = (VERIFICATION,)
    reader.outbox.all_sent()


@pytest.mark.parametrize("never_got_it", [is_away, is_busy, refuses, takes_none])
def test_a_pacs_that_surely_has_nothing_of_the_report_is_told_nothing(
    reader: Reader, pacs: ScriptedPacs, never_got_it: Callable[[Reader, ScriptedPacs], None]
) -> None:
    released = signed(reader)
    never_got_it(reader, pacs)
    withdrawn(reader, pacs)

    assert state_of(reader, released, ResultKind.SR) is DeliveryState.CANCELLED
    assert pacs.kinds() == [SEG, SR]


def test_an_object_behind_one_that_was_not_answered_was_not_sent(reader: Reader, pacs: ScriptedPacs) -> None:
    released = signed(reader)
    pacs.breaks_off_after = SR
    reader.outbox.deliver()
    with reader.outbox.flow.archive.read() as connection:
        made = reader.documents(released)
        of = {kind: deliveries.of_result(connection, WALL, made[kind].id)[0] for kind in made}
    assert (of[ResultKind.SR].may_be_there, of[ResultKind.PDF].may_be_there) == (True, False)
