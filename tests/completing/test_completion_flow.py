"""When a study is looked at and by what it becomes complete; what a late object changes and what it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydicom import dcmread
from pydicom.uid import generate_uid

from dicom_node.node import Node
from service.archive import results, studies
from service.archive.associations import ALIVE_S
from service.archive.events import EventKind
from service.archive.results import Result, ResultKind
from service.archive.store import Archive
from service.domain.analysis import AnalysisState
from service.domain.completion import Waiting
from service.domain.order import OrderState
from service.domain.study import CompletedBy, StudyState
from service.flow.bell import Step
from service.flow.complete import waiting_for
from service.flow.quarantine import accept
from service.flow.sweep import due
from tests.support.flowing import CALLED_AE, CALLING_AE, WALL, Flow, chest, flowing, no_nodule, note
from tests.support.sender import association
from tests.support.series import CT, ct_slice


@pytest.fixture
def flow(archive: Archive) -> Iterator[Flow]:
    with flowing(archive) as opened:
        yield opened


def waits_for(flow: Flow, study_uid: str) -> Waiting:
    study = flow.study(study_uid)
    with flow.archive.read() as connection:
        verdict = waiting_for(connection, WALL, study)
    assert isinstance(verdict, Waiting)
    return verdict


def quiet_time_s(flow: Flow, study_uid: str) -> float:
    due_at = waits_for(flow, study_uid).due_at
    assert due_at is not None
    return due_at - flow.study(study_uid).quiet_since


def state(flow: Flow, study_uid: str) -> tuple[StudyState, int]:
    study = flow.study(study_uid)
    return study.state, study.revision


RECEIVING, COMPLETE = StudyState.RECEIVING, StudyState.COMPLETE


def test_a_study_is_complete_once_it_was_quiet_for_ten_seconds_and_not_before(flow: Flow) -> None:
    images = chest(count=3)
    uid = images[0].StudyInstanceUID
    flow.over_one_association(*images)

    flow.pass_time(5.0)
    assert flow.complete() == 0
    assert state(flow, uid) == (RECEIVING, 1)
    flow.pass_time(5.0)
    assert flow.complete() == 1

    study = flow.study(uid)
    assert (study.state, study.revision, study.completed_by) == (COMPLETE, 1, CompletedBy.QUIET)
    assert flow.complete() == 0, "a doubled bell changes nothing"
    kinds = [event.kind for event in flow.events(study)]
    assert kinds == [EventKind.STUDY_RECEIVING, EventKind.STUDY_COMPLETE]


def test_the_sweep_alone_finds_a_quiet_study_at_its_moment_without_a_bell(flow: Flow) -> None:
    flow.over_one_association(*chest(count=1))
    flow.complete()

    steps, sleep_s = due(flow.archive)
    assert Step.COMPLETE not in steps
    assert 0 < sleep_s <= 1.0
    flow.pass_time(10.0)
    steps, _ = due(flow.archive)
    assert Step.COMPLETE in steps


def test_an_image_that_arrives_in_the_quiet_time_starts_it_anew(flow: Flow) -> None:
    first, second = chest(count=2)
    uid = first.StudyInstanceUID
    flow.over_one_association(first)
    flow.pass_time(6.0)
    flow.over_one_association(second)

    flow.pass_time(6.0)
    assert flow.complete() == 0
    assert state(flow, uid) == (RECEIVING, 1)


def test_an_open_association_holds_a_study_through_a_pause_of_twenty_seconds(flow: Flow) -> None:
    images = chest(count=4)
    uid = images[0].StudyInstanceUID
    opened = flow.open()
    flow.arrive(*images[:2], association_id=opened)
    for _ in range(4):
        flow.pass_time(5.0)
        flow.keep_alive()
        assert flow.complete() == 0
    assert waits_for(flow, uid).open_associations == 1

    flow.arrive(*images[2:], association_id=opened)
    flow.close(opened)
    flow.pass_time(5.0)
    assert flow.complete() == 0
    flow.pass_time(5.0)
    assert flow.complete() == 1

    study = flow.study(uid)
    assert (study.state, study.revision, study.image_count) == (COMPLETE, 1, 4)
    assert study.largest_gap_s < 5.0, "a pause inside an association teaches nothing"


def test_the_quiet_time_starts_when_the_association_closes_not_at_its_last_image(flow: Flow) -> None:
    (image,) = chest(count=1)
    opened = flow.open()
    flow.arrive(image, association_id=opened)
    flow.pass_time(14.0)
    flow.close(opened)

    flow.pass_time(5.0)
    assert flow.complete() == 0
    flow.pass_time(5.0)
    assert flow.complete() == 1


def test_a_node_that_died_holds_no_study(flow: Flow) -> None:
    images = chest(count=2)
    uid = images[0].StudyInstanceUID
    opened = flow.open("node that dies")
    flow.arrive(*images, association_id=opened)
    flow.pass_time(11.0)
    assert flow.complete() == 0
    assert waits_for(flow, uid).open_associations == 1

    flow.pass_time(ALIVE_S)
    flow.keep_alive("another node")
    assert flow.complete() == 1
    assert state(flow, uid) == (COMPLETE, 1)


def test_eight_associations_at_once_are_one_revision(flow: Flow) -> None:
    images = chest(count=8)
    uid = images[0].StudyInstanceUID
    opened = [flow.open() for _ in images]
    for image, association_id in zip(images, opened, strict=True):
        flow.arrive(image, association_id=association_id)
    for association_id in opened[:-1]:
        flow.close(association_id)
    flow.pass_time(12.0)
    assert flow.complete() == 0, "the eighth is still open"

    flow.close(opened[-1])
    flow.pass_time(10.0)
    assert flow.complete() == 1
    assert state(flow, uid) == (COMPLETE, 1)


def test_one_association_per_image_with_gaps_of_eight_seconds_is_one_revision(flow: Flow) -> None:
    images = chest(count=6)
    uid = images[0].StudyInstanceUID
    for image in images:
        flow.over_one_association(image)
        flow.pass_time(8.0)
        assert flow.complete() == 0

    flow.pass_time(2.0)
    assert flow.complete() == 1
    study = flow.study(uid)
    assert (study.revision, study.image_count) == (1, 6)
    assert 8.0 <= study.largest_gap_s < 10.0


def test_a_gap_of_twenty_seconds_with_nothing_open_makes_a_revision_and_is_learned(flow: Flow) -> None:
    images = chest(count=2)
    uid = images[0].StudyInstanceUID
    flow.over_one_association(images[0])
    flow.pass_time(20.0)
    assert flow.complete() == 1
    flow.over_one_association(images[1])
    assert state(flow, uid) == (RECEIVING, 2)
    flow.pass_time(10.0)
    assert flow.complete() == 1
    assert state(flow, uid) == (COMPLETE, 2)

    following = chest(count=2)
    flow.over_one_association(following[0])
    flow.pass_time(20.0)
    assert flow.complete() == 0
    flow.over_one_association(following[1])
    quiet_s = quiet_time_s(flow, following[0].StudyInstanceUID)
    assert 60.0 <= quiet_s <= 75.0, "three times the gap that was seen: 20 s and what the machine took"
    flow.pass_time(50.0)
    assert flow.complete() == 0
    flow.pass_time(quiet_s - 50.0)
    assert flow.complete() == 1
    assert state(flow, following[0].StudyInstanceUID) == (COMPLETE, 1)


def test_an_image_hours_later_teaches_no_gap(flow: Flow) -> None:
    images = chest(count=2)
    flow.over_one_association(images[0])
    flow.pass_time(10.0)
    flow.complete()
    flow.pass_time(3 * 3600.0)
    flow.over_one_association(images[1])
    flow.pass_time(10.0)

    assert flow.complete() == 1
    assert flow.study(images[0].StudyInstanceUID).largest_gap_s < 1.0


def test_one_senders_gaps_do_not_slow_another_hospital(flow: Flow, tmp_path_factory: pytest.TempPathFactory) -> None:
    images = chest(count=2)
    for image in images:
        flow.over_one_association(image)
        flow.pass_time(20.0)
        flow.complete()
    other = Archive(tmp_path_factory.mktemp("other"))
    with flowing(other) as fresh:
        fresh.over_one_association(*chest(count=1))
        fresh.pass_time(10.0)
        assert fresh.complete() == 1
    other.close()


def test_the_orders_count_completes_a_study_at_once_inside_an_open_association(flow: Flow) -> None:
    images = chest(count=3)
    uid = images[0].StudyInstanceUID
    flow.place(study_uid=uid, expected_count=3)
    opened = flow.open()
    flow.arrive(*images[:2], association_id=opened)
    assert flow.complete() == 0
    assert waits_for(flow, uid).missing_count == 1

    flow.arrive(images[2], association_id=opened)
    assert Step.COMPLETE in due(flow.archive)[0]
    assert flow.complete() == 1
    assert flow.study(uid).completed_by is CompletedBy.COUNT


def test_a_count_that_is_too_low_makes_one_revision_of_all_that_still_comes(flow: Flow) -> None:
    images = chest(count=8)
    uid = images[0].StudyInstanceUID
    flow.place(study_uid=uid, expected_count=4)
    opened = flow.open()
    for image in images:
        flow.arrive(image, association_id=opened)
        flow.complete()
        flow.pass_time(0.5)
    assert state(flow, uid) == (RECEIVING, 2), "the order's count was believed once"
    assert Step.COMPLETE not in due(flow.archive)[0], "an image that comes late does not have the study looked at"

    flow.pass_time(12.0)
    flow.keep_alive()
    assert waits_for(flow, uid).open_associations == 1, "an open association holds it, however long it pauses"
    flow.close(opened)
    flow.pass_time(10.0)
    assert flow.complete() == 1
    assert (flow.study(uid).revision, flow.study(uid).completed_by) == (2, CompletedBy.QUIET)
    assert flow.study(uid).image_count == 8


def test_a_count_that_was_exceeded_before_anyone_looked_makes_no_partial_reading(flow: Flow) -> None:
    images = chest(count=8)
    uid = images[0].StudyInstanceUID
    flow.place(study_uid=uid, expected_count=4)
    flow.over_one_association(*images)

    assert flow.complete() == 0
    flow.pass_time(10.0)
    assert flow.complete() == 1
    assert (flow.study(uid).revision, flow.study(uid).completed_by) == (1, CompletedBy.QUIET)


def test_an_order_that_comes_after_the_last_image_completes_the_study_by_its_count(flow: Flow) -> None:
    images = chest(count=2)
    uid = images[0].StudyInstanceUID
    flow.over_one_association(*images)
    assert flow.complete() == 0

    placed = flow.place(study_uid=uid, expected_count=2)
    assert flow.complete() == 1
    assert flow.study(uid).completed_by is CompletedBy.COUNT
    flow.dispatch()
    assert flow.order(placed.id).state in {OrderState.ANALYSING, OrderState.PRELIMINARY}


def test_an_explicit_call_completes_a_study_at_once_inside_an_open_association(flow: Flow) -> None:
    images = chest(count=2)
    uid = images[0].StudyInstanceUID
    flow.arrive(*images, association_id=flow.open())
    assert flow.complete() == 0

    flow.call_complete(flow.study(uid))
    assert flow.complete() == 1
    assert flow.study(uid).completed_by is CompletedBy.EXPLICIT
    flow.call_complete(flow.study(uid))
    assert flow.complete() == 0, "called again, a complete study stays as it is"
    assert state(flow, uid) == (COMPLETE, 1)


def test_a_call_for_one_revision_does_not_complete_the_next(flow: Flow) -> None:
    images = chest(count=2)
    uid = images[0].StudyInstanceUID
    flow.over_one_association(images[0])
    flow.call_complete(flow.study(uid))
    flow.complete()
    flow.over_one_association(images[1])

    assert flow.complete() == 0
    assert state(flow, uid) == (RECEIVING, 2)


def test_an_identical_image_again_opens_no_revision_and_holds_nothing(flow: Flow) -> None:
    images = chest(count=2)
    uid = images[0].StudyInstanceUID
    flow.over_one_association(*images)
    flow.pass_time(10.0)
    flow.complete()

    flow.over_one_association(*images)
    assert state(flow, uid) == (COMPLETE, 1)
    assert flow.study(uid).instance_count == 2


def test_a_late_image_of_another_series_makes_a_revision_and_keeps_the_concluded_analysis(flow: Flow) -> None:
    images = chest()
    uid = images[0].StudyInstanceUID
    flow.dispatched(*images)
    claimed = flow.claim()
    assert claimed is not None
    flow.conclude(claimed, no_nodule(images))

    scout = ct_slice(study_uid=uid, series_uid=generate_uid()[:58], index=0, size=16)
    study = flow.dispatched(scout)

    assert study.revision == study.dispatched_revision == 2
    (kept,) = flow.analyses(study)
    assert (kept.id, kept.state, kept.revision) == (claimed.id, AnalysisState.CONCLUDED, 1)
    assert EventKind.STUDY_REVISED in [event.kind for event in flow.events(study)]


def test_a_late_image_of_the_selected_series_is_read_anew_and_supersedes(flow: Flow) -> None:
    images = chest(count=24)
    flow.dispatched(*images[:23])
    first = flow.claim()
    assert first is not None
    flow.conclude(first, no_nodule(images[:23]))

    study = flow.dispatched(images[23])
    second = flow.claim()
    assert second is not None
    assert second.fingerprint != first.fingerprint
    flow.conclude(second, no_nodule(images))

    states = {each.id: (each.state, each.revision) for each in flow.analyses(study)}
    assert states == {first.id: (AnalysisState.SUPERSEDED, 1), second.id: (AnalysisState.CONCLUDED, 2)}


def test_an_object_that_is_no_image_opens_no_revision_and_enters_no_fingerprint(flow: Flow) -> None:
    images = chest()
    uid = images[0].StudyInstanceUID
    before = flow.dispatched(*images)
    (asked,) = flow.analyses(before)

    flow.over_one_association(note(uid))

    after = flow.study(uid)
    assert (after.state, after.revision) == (COMPLETE, 1)
    assert (after.image_count, after.instance_count) == (before.image_count, before.instance_count + 1)
    with flow.archive.write() as connection:
        studies.redispatch(connection, WALL, after)
    assert flow.dispatch() == 1
    assert [each.id for each in flow.analyses(after)] == [asked.id]


def test_an_image_that_we_issued_is_stored_and_starts_nothing_when_it_comes_back(flow: Flow) -> None:
    images = chest()
    uid = images[0].StudyInstanceUID
    flow.dispatched(*images)
    claimed = flow.claim()
    assert claimed is not None
    flow.conclude(claimed, no_nodule(images))
    page = ct_slice(study_uid=uid, series_uid=generate_uid()[:58], index=0, size=16)
    with flow.archive.write() as connection:
        results.add(
            connection,
            WALL,
            Result(
                id="summary",
                hospital=flow.hospital,
                analysis_id=claimed.id,
                report_id=None,
                kind=ResultKind.SC,
                sop_class_uid=str(page.SOPClassUID),
                sop_instance_uid=str(page.SOPInstanceUID),
                series_instance_uid=str(page.SeriesInstanceUID),
                transfer_syntax_uid="1.2.840.10008.1.2.1",
                sha256="0" * 64,
                object_name="none",
                size_bytes=1,
                signed=False,
                created_at=0.0,
            ),
        )

    flow.over_one_association(page)

    study = flow.study(uid)
    assert (study.state, study.revision, study.image_count) == (COMPLETE, 1, len(images))
    (back,) = [each for each in flow.images(study) if each.sop_instance_uid == page.SOPInstanceUID]
    assert back.is_ours
    assert not back.is_image
    assert flow.dispatch() == 0
    assert len(flow.analyses(study)) == 1


def test_an_order_of_a_study_that_no_package_is_asked_for_ends_again_after_a_late_image(archive: Archive) -> None:
    with flowing(archive, packages=()) as flow:
        images = chest(count=2)
        placed = flow.place(study_uid=images[0].StudyInstanceUID)
        flow.dispatched(images[0])
        assert flow.order(placed.id).state is OrderState.PRELIMINARY

        flow.dispatched(images[1])

        assert flow.order(placed.id).state is OrderState.PRELIMINARY


def test_a_late_image_moves_the_order_back_and_an_unchanged_selection_ends_it_again(flow: Flow) -> None:
    images = chest()
    uid = images[0].StudyInstanceUID
    placed = flow.place(study_uid=uid)
    flow.dispatched(*images)
    assert flow.order(placed.id).state is OrderState.ANALYSING
    claimed = flow.claim()
    assert claimed is not None
    flow.conclude(claimed, no_nodule(images))
    assert flow.order(placed.id).state is OrderState.PRELIMINARY

    flow.arrive(ct_slice(study_uid=uid, series_uid=generate_uid()[:58], index=0, size=16))
    flow.pass_time(10.0)
    flow.complete()
    assert flow.order(placed.id).state is OrderState.ANALYSING
    flow.dispatch()
    assert flow.order(placed.id).state is OrderState.PRELIMINARY


def test_an_accepted_quarantined_image_is_read_at_once_as_a_new_revision(flow: Flow) -> None:
    images = chest()
    uid = images[0].StudyInstanceUID
    flow.dispatched(*images)
    rival = ct_slice(study_uid=uid, series_uid=images[0].SeriesInstanceUID, index=0, size=16, seed=1, spacing_mm=5.0)
    rival.SOPInstanceUID = rival.file_meta.MediaStorageSOPInstanceUID = images[0].SOPInstanceUID
    flow.arrive(rival)
    assert state(flow, uid) == (COMPLETE, 1), "what lies in quarantine is not part of the study"

    accept(flow.archive, WALL, flow.bell, 1)

    assert flow.complete() == 1, "nobody waits for a quiet time after a person's decision"
    flow.dispatch()
    study = flow.study(uid)
    assert study.revision == 2
    assert [each.state for each in flow.analyses(study)] == [AnalysisState.CANCELLED, AnalysisState.PENDING]
    served = next(each for each in flow.images(study) if each.sop_instance_uid == rival.SOPInstanceUID)
    path = flow.archive.objects.path(served.hospital, served.object_name)
    assert dcmread(path, force=True).PixelData == rival.PixelData


def test_a_real_association_holds_its_study_and_its_end_rings_the_bell(archive: Archive) -> None:
    with flowing(archive) as flow:
        node = Node(archive, flow.bell, watermark_bytes=1 << 20)
        port = node.start("127.0.0.1", 0)
        images = chest(count=2)
        uid = images[0].StudyInstanceUID
        try:
            with association(
                "127.0.0.1",
                port,
                calling_ae=CALLING_AE,
                called_ae=CALLED_AE,
                contexts=[(CT, "1.2.840.10008.1.2.1")],
            ) as opened:
                for image in images:
                    assert opened.send_c_store(image).Status == 0
                    flow.pass_time(11.0)
                    flow.keep_alive(node._id)
                    assert flow.complete() == 0
                assert waits_for(flow, uid).open_associations == 1
                assert Step.COMPLETE not in flow.bell.rung
        finally:
            node.stop(drain_s=5.0)
        assert flow.bell.rung == [Step.COMPLETE], "once an association, not once an image"
        flow.pass_time(10.0)
        assert flow.complete() == 1
        assert state(flow, uid) == (COMPLETE, 1)
