"""A report is written by one hand after the other: no text is lost, none overwrites another unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from service.archive import reports
from service.archive.reports import Report
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.lifecycle import IllegalTransition
from service.domain.report import KeyImage, ReportChanged, ReportEvent, ReportState
from service.domain.wall import BehindTheWall, Wall
from service.flow import report
from service.flow.report import NoOpenReport, NothingWritten, ReportIsOpen
from tests.reviewing.writing import ANNA, BEN, content
from tests.support.flowing import Flow, chest, flowing


@pytest.fixture
def flow(archive: Archive) -> Iterator[Flow]:
    with flowing(archive, packages=()) as opened:
        yield opened


@pytest.fixture
def study(flow: Flow) -> Study:
    return flow.dispatched(*chest())


def begin(flow: Flow, study: Study, wall: Wall = ANNA, text: str = "first") -> Report:
    with flow.archive.write() as connection:
        return report.begin(connection, wall, study, content(text))


def save(flow: Flow, study: Study, text: str, edition: int, wall: Wall = ANNA) -> Report:
    with flow.archive.write() as connection:
        return report.save(connection, wall, study, content(text), edition=edition)


def released(flow: Flow, study: Study) -> Report:
    """As a signature without audit leaves it."""
    with flow.archive.write() as connection:
        opened = reports.opened(connection, ANNA, study.id)
        assert opened is not None
        submitted = report.submit(connection, ANNA, study, edition=opened.edition)
        return reports.move(connection, ANNA, submitted, ReportEvent.SIGNED_AS_FINAL)


def test_what_was_saved_is_there_again(flow: Flow, study: Study) -> None:
    begun = begin(flow, study)
    image = KeyImage("2.25.9", None, "largest")
    with flow.archive.write() as connection:
        report.save(connection, ANNA, study, replace(content("所见", "诊断", "建议"), key_images=(image,)), edition=1)
    with flow.archive.read() as connection:
        kept = reports.opened(connection, ANNA, study.id)
    assert kept is not None
    assert (kept.id, kept.version, kept.edition, kept.state) == (begun.id, 1, 2, ReportState.DRAFT)
    assert (kept.content.text.impression, kept.content.key_images) == ("诊断", (image,))


def test_a_save_that_has_not_seen_the_last_one_is_refused_and_told_whose_it_was(flow: Flow, study: Study) -> None:
    begin(flow, study)
    save(flow, study, "annas", 1)
    with pytest.raises(ReportChanged) as changed:
        save(flow, study, "bens", 1, BEN)
    assert (changed.value.edition, changed.value.by) == (2, "anna")
    save(flow, study, "bens", 2, BEN)


def test_text_of_another_hand_is_kept_before_it_is_written_over(flow: Flow, study: Study) -> None:
    begun = begin(flow, study)
    save(flow, study, "annas", 1)
    save(flow, study, "annas again", 2)
    save(flow, study, "bens", 3, BEN)
    with flow.archive.read() as connection:
        kept = reports.editions(connection, ANNA, begun.id)
    assert [(each.edition, each.by, each.text.findings) for each in kept] == [(3, "anna", "annas again")]


def test_a_save_a_person_asked_for_can_be_compared_with_later(flow: Flow, study: Study) -> None:
    begun = begin(flow, study)
    with flow.archive.write() as connection:
        report.keep(connection, ANNA, study, content("one"), edition=1)
        report.keep(connection, ANNA, study, content("two"), edition=2)
    with flow.archive.read() as connection:
        kept = reports.editions(connection, ANNA, begun.id)
    assert [each.text.findings for each in kept] == ["one", "two"]


def test_only_one_version_is_open_at_a_time(flow: Flow, study: Study) -> None:
    begin(flow, study)
    with pytest.raises(ReportIsOpen):
        begin(flow, study, BEN)


def test_an_empty_report_is_not_submitted_and_a_submitted_one_is_not_written(flow: Flow, study: Study) -> None:
    begin(flow, study, text=" \n")
    with pytest.raises(NothingWritten), flow.archive.write() as connection:
        report.submit(connection, ANNA, study, edition=1)
    save(flow, study, "something", 1)
    with pytest.raises(ReportChanged), flow.archive.write() as connection:
        report.submit(connection, ANNA, study, edition=1)
    with flow.archive.write() as connection:
        submitted = report.submit(connection, ANNA, study, edition=2)
    assert submitted.state is ReportState.PRELIMINARY
    assert submitted.submitted_at is not None
    with pytest.raises(IllegalTransition):
        save(flow, study, "late", 2)
    with flow.archive.write() as connection:
        report.reopen(connection, ANNA, study, edition=2)
    save(flow, study, "late", 2)


def test_an_amendment_begins_with_the_released_text_and_names_it(flow: Flow, study: Study) -> None:
    begin(flow, study, text="final words")
    former = released(flow, study)
    amendment = begin(flow, study, text="")
    assert (amendment.version, amendment.predecessor_id) == (2, former.id)
    assert amendment.edition > former.edition, "a number that names a text of this study and of no other version"
    assert amendment.content.text.findings == "final words"
    with flow.archive.write() as connection:
        report.discard(connection, ANNA, study, edition=amendment.edition)
    with flow.archive.read() as connection:
        states = [each.state for each in reports.of_study(connection, ANNA, study.id)]
        standing = reports.released(connection, ANNA, study.id)
    assert states == [ReportState.RELEASED, ReportState.DISCARDED]
    assert standing is not None
    assert standing.id == former.id


def test_without_an_open_report_nothing_is_saved(flow: Flow, study: Study) -> None:
    with pytest.raises(NoOpenReport):
        save(flow, study, "text", 1)


def test_a_report_has_a_person_as_its_author(flow: Flow, study: Study) -> None:
    with pytest.raises(BehindTheWall):
        begin(flow, study, Wall.operator())
