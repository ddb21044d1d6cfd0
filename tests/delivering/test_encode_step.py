"""The encode step: done again when its worker dies, given up visibly when it cannot be done."""

from __future__ import annotations

import errno
import io
import json
import shutil
import threading
from pathlib import Path

import pytest
from pydicom import Dataset
from pynetdicom.dsutils import decode

from models.catalogue import Catalogue
from models.host import ModelHost
from service.archive import results
from service.archive.events import EventKind
from service.archive.results import MAX_ENCODE_ATTEMPTS, EncodeStep
from service.archive.store import ArchiveUnavailable
from service.archive.studies import Study
from service.domain.analysis import AnalysisOutcome, AnalysisState
from service.domain.delivery import DeliveryState
from tests.delivering.conftest import Outbox
from tests.support.flowing import PACKAGES, WALL, chest, no_nodule, one_nodule
from tests.support.pacs import SC, SEG, SR, VERIFICATION, ScriptedPacs
from workers.analyse import Analyst


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


def test_the_outlines_of_findings_are_made_with_the_objects_and_none_without_findings(outbox: Outbox) -> None:
    study = concluded(outbox)
    outbox.encoder.encode(claimed_step(outbox))
    images = chest()
    found = outbox.flow.dispatched(*images)
    claimed = outbox.flow.claim()
    assert claimed is not None
    outbox.flow.conclude(claimed, one_nodule(images))
    outbox.encoder.encode(claimed_step(outbox))

    (without,), (having,) = outbox.flow.analyses(study), outbox.flow.analyses(found)
    assert without.contours_object is None
    outlines = json.loads(outbox.flow.archive.objects.load(having.hospital, having.contours_object or ""))
    ((_, outlined),) = outlines.items()
    assert [len(image["polygons"]) for image in outlined] == [1, 1]


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


def test_what_a_parser_calls_an_oserror_is_not_taken_for_the_disks_fault(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = concluded(outbox)

    def parser(*_: object) -> None:
        raise OSError("No tag to read at file position 7")

    with monkeypatch.context() as broken:
        broken.setattr(type(outbox.flow.archive.objects), "store", parser)
        for _ in range(MAX_ENCODE_ATTEMPTS):
            outbox.encoder.encode(claimed_step(outbox))
            outbox.flow.pass_time(60.0)
    assert not_encoded(outbox, study) == ["OSError: the result could not be encoded"], "told, not tried for ever"


def test_a_header_that_cannot_be_read_at_all_stops_no_result(outbox: Outbox, pacs: ScriptedPacs) -> None:
    images = chest()
    study = outbox.flow.dispatched(*images)
    claimed = outbox.flow.claim()
    assert claimed is not None
    outbox.flow.conclude(claimed, one_nodule(images))
    for image in outbox.flow.images(study):
        path = outbox.flow.archive.objects.path(image.hospital, image.object_name)
        content = path.read_bytes()
        at = content.index(b"\x08\x00\x05\x00CS")
        path.write_bytes(content[: at + 4] + b"US" + content[at + 6 :])

    outbox.all_sent()

    assert pacs.kinds() == [SEG, SR]
    said = decode(io.BytesIO(pacs.stored[-1].data_set), is_implicit_vr=False, is_little_endian=True)
    assert (said.PatientID, said.StudyInstanceUID) == (study.patient_id, study.study_instance_uid)


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


def test_a_report_of_an_analysis_that_was_superseded_while_it_was_encoded_is_not_sent(
    outbox: Outbox, pacs: ScriptedPacs
) -> None:
    images = chest(count=24)
    study = outbox.flow.dispatched(*images[:23])
    first = outbox.flow.claim()
    assert first is not None
    outbox.flow.conclude(first, one_nodule(images[:23]))
    step = claimed_step(outbox)
    outbox.flow.dispatched(images[23])
    later = outbox.flow.claim()
    assert later is not None
    outbox.flow.conclude(later, no_nodule(images))

    outbox.encoder.encode(step)

    assert next(each.state for each in outbox.flow.analyses(study)) is AnalysisState.SUPERSEDED
    assert outbox.deliver() == 0
    outbox.all_sent()
    assert pacs.kinds() == [SR], "the report of the later one"


def encoded(outbox: Outbox, study: Study) -> list[object]:
    return [event.detail["what"] for event in outbox.flow.events(study) if event.kind is EventKind.RESULT_ENCODED]


def test_a_worker_that_lost_its_step_enters_nothing(outbox: Outbox) -> None:
    study = concluded(outbox)
    slow = claimed_step(outbox)
    worker_dies(outbox)
    held = claimed_step(outbox)

    outbox.encoder.encode(slow)

    assert encoded(outbox, study) == []
    assert outbox.results(study) == {}
    assert outbox.flow.deliveries(study) == ()
    outbox.encoder.encode(held)
    assert encoded(outbox, study) == [["SR"]]
    assert [each.state for each in outbox.flow.deliveries(study)] == [DeliveryState.PENDING]


@pytest.mark.parametrize("says", ["failed", "waits"])
def test_a_worker_that_lost_its_step_does_not_take_it_from_the_one_that_has_it(outbox: Outbox, says: str) -> None:
    concluded(outbox)
    slow = claimed_step(outbox)
    worker_dies(outbox)
    held = claimed_step(outbox)

    with outbox.flow.archive.write() as connection:
        if says == "failed":
            results.step_failed(connection, WALL, slow, "too late")
        else:
            results.step_waits(connection, WALL, slow, "too late")
    outbox.flow.pass_time(60.0)

    assert outbox.claim_step() is None, "it is held"
    with outbox.flow.archive.write() as connection:
        assert results.step_done(connection, WALL, held)


def taken_away(outbox: Outbox, packages: Path) -> None:
    """The operator removes the package, or puts another version in its place; the worker looks again."""
    shutil.rmtree(packages)
    outbox.flow.catalogue.refresh()


def sent(pacs: ScriptedPacs) -> Dataset:
    """The only object the PACS has."""
    (stored,) = pacs.stored
    return decode(io.BytesIO(stored.data_set), is_implicit_vr=False, is_little_endian=True)


@pytest.fixture
def removable(outbox: Outbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the packages of this centre."""
    folder = tmp_path_factory.mktemp("shelf") / "packages"
    shutil.copytree(PACKAGES, folder)
    outbox.flow.catalogue = Catalogue.of([folder])
    return folder


def test_a_result_is_told_also_when_its_package_was_removed_before_it_was_encoded(
    outbox: Outbox, pacs: ScriptedPacs, removable: Path
) -> None:
    concluded(outbox)
    taken_away(outbox, removable)

    outbox.all_sent()

    assert pacs.kinds() == [SR]
    report = sent(pacs)
    assert report.CompletionFlag == "COMPLETE"


def test_an_analysis_whose_package_was_removed_while_it_waited_fails_and_its_sr_says_so(
    outbox: Outbox, pacs: ScriptedPacs, removable: Path, tmp_path: Path
) -> None:
    study = outbox.flow.dispatched(*chest())
    taken_away(outbox, removable)

    host = ModelHost(tmp_path / "scratch", 1)
    Analyst(outbox.flow.archive, outbox.flow.bell, outbox.flow.catalogue, host, threading.Event()).look()
    host.close()
    outbox.all_sent()

    (analysis,) = outbox.flow.analyses(study)
    assert (analysis.outcome, analysis.reason) == (AnalysisOutcome.FAILED, "package-fault")
    assert pacs.kinds() == [SR]
    report = sent(pacs)
    assert report.CompletionFlag == "PARTIAL"
    assert str(report.CompletionFlagDescription).startswith("package-fault: ")


def test_a_result_names_the_order_it_answers_by_the_number_the_his_was_given(
    outbox: Outbox, pacs: ScriptedPacs
) -> None:
    study = concluded(outbox)
    order = outbox.flow.place(study_uid=study.study_instance_uid)

    outbox.all_sent()

    (request,) = sent(pacs).ReferencedRequestSequence
    assert request.FillerOrderNumberImagingServiceRequest == order.id
    assert request.PlacerOrderNumberImagingServiceRequest == ""


def test_a_result_whose_images_are_gone_is_tried_three_times_and_then_shown(outbox: Outbox) -> None:
    study = concluded(outbox)
    for image in outbox.flow.images(study):
        outbox.flow.archive.objects.unlink(image.hospital, image.object_name)
    for _ in range(MAX_ENCODE_ATTEMPTS):
        assert not_encoded(outbox, study) == []
        outbox.encoder.encode(claimed_step(outbox))
        outbox.flow.pass_time(60.0)

    assert not_encoded(outbox, study) == ["FileNotFoundError: the result could not be encoded"]
    assert outbox.claim_step() is None
