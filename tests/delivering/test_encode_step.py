"""The encode step: done again when its worker dies, given up visibly when it cannot be done."""

from __future__ import annotations

import errno

import pytest

from models.catalogue import Catalogue
from service.archive.events import EventKind
from service.archive.results import MAX_ENCODE_ATTEMPTS, EncodeStep
from service.archive.store import ArchiveUnavailable
from service.archive.studies import Study
from service.domain.analysis import AnalysisState
from tests.delivering.conftest import Outbox
from tests.support.flowing import chest, no_nodule
from tests.support.pacs import SC, SR, VERIFICATION, ScriptedPacs
from workers.encode import Encoder


def concluded(outbox: Outbox) -> Study:
    """A study that was read, with its encode step due."""
    images = chest()
    study = outbox.flow.dispatched(*images)
    claimed = outbox.flow.claim()
    assert claimed is not None
    outbox.flow.conclude(claimed, no_nodule(images))
    return study


def claimed_step(outbox: Outbox) -> EncodeStep:
    step = outbox.claim_step()
    assert step is not None
    return step


def worker_dies(outbox: Outbox) -> None:
    """Its lease runs out."""
    with outbox.flow.archive.write() as connection:
        connection.exec_driver_sql("UPDATE encode_step SET lease_until = 0 WHERE state = 'running'")


def not_encoded(outbox: Outbox, study: Study) -> list[str]:
    return [
        str(what)
        for event in outbox.flow.events(study)
        if event.kind is EventKind.RESULT_NOT_ENCODED and isinstance(event.detail["what"], list)
        for what in event.detail["what"]
    ]


def test_a_step_is_held_by_one_worker_until_its_lease_runs_out(outbox: Outbox, pacs: ScriptedPacs) -> None:
    concluded(outbox)
    claimed_step(outbox)
    assert outbox.claim_step() is None

    worker_dies(outbox)
    outbox.all_sent()
    assert pacs.kinds() == [SR]


def test_a_result_that_kills_its_worker_every_time_is_given_up_and_shown(outbox: Outbox, pacs: ScriptedPacs) -> None:
    study = concluded(outbox)
    for attempt in range(1, MAX_ENCODE_ATTEMPTS + 1):
        assert claimed_step(outbox).attempt == attempt
        worker_dies(outbox)

    outbox.all_sent()

    assert not_encoded(outbox, study) == ["the worker died each time this result was encoded"]
    assert outbox.claim_step() is None
    assert pacs.kinds() == []


@pytest.mark.parametrize(
    "fault", [OSError(errno.ENOSPC, "No space left on device"), ArchiveUnavailable("the database does not answer")]
)
def test_a_full_disk_or_a_locked_database_delays_a_result_however_long_and_never_loses_it(
    fault: Exception, outbox: Outbox, pacs: ScriptedPacs, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = concluded(outbox)

    def no_room(*_: object) -> None:
        raise fault

    with monkeypatch.context() as full:
        full.setattr(type(outbox.flow.archive.objects), "store", no_room)
        for _ in range(2 * MAX_ENCODE_ATTEMPTS):
            outbox.encoder.encode(claimed_step(outbox))
            assert outbox.claim_step() is None, "not at once again"
            outbox.flow.pass_time(60.0)
    assert not_encoded(outbox, study) == []

    outbox.all_sent()
    assert pacs.kinds() == [SR]


def test_a_summary_page_of_an_analysis_that_was_superseded_meanwhile_is_not_sent(
    outbox: Outbox, pacs: ScriptedPacs
) -> None:
    pacs.takes = (SC, VERIFICATION)
    images = chest(count=24)
    study = outbox.read(*images[:23])
    assert outbox.deliver() == 2
    step = claimed_step(outbox)
    outbox.flow.dispatched(images[23])
    later = outbox.flow.claim()
    assert later is not None
    outbox.flow.conclude(later, no_nodule(images))

    outbox.encoder.encode(step)

    assert next(each.state for each in outbox.flow.analyses(study)) is AnalysisState.SUPERSEDED
    assert outbox.deliver() == 0
    outbox.all_sent()
    assert pacs.kinds() == [SC], "the page of the later one"


def test_a_result_whose_package_is_gone_is_tried_three_times_and_then_shown(
    outbox: Outbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    study = concluded(outbox)
    nothing = Catalogue.of([tmp_path_factory.mktemp("empty")])
    encoder = Encoder(outbox.flow.archive, nothing, outbox.encoder.pixels, outbox.encoder.centre)
    for _ in range(MAX_ENCODE_ATTEMPTS):
        assert not_encoded(outbox, study) == []
        encoder.encode(claimed_step(outbox))
        outbox.flow.pass_time(60.0)

    assert not_encoded(outbox, study) == ["NothingToEncode: the result could not be encoded"]
    assert outbox.claim_step() is None
