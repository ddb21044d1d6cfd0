"""What the hospital's PACS gets: everything, once, in order; and what people see when it does not."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable

import pytest
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from sqlalchemy import update

from service.archive import deliveries, hospitals, probes, results
from service.archive.deliveries import Delivery
from service.archive.events import EventKind
from service.archive.probes import PROBE_LEASE_S
from service.archive.results import ResultKind
from service.archive.store import Archive, now
from service.archive.studies import Study
from service.archive.tables import DELIVERY
from service.dicom.part10 import split
from service.domain.analysis import AnalysisState
from service.domain.delivery import LEASE_S, DeliveryState
from service.flow.bell import Step
from service.flow.sweep import due
from tests.delivering.conftest import Outbox
from tests.support.flowing import WALL, chest, one_nodule
from tests.support.pacs import SC, SEG, SR, VERIFICATION, ScriptedPacs, scripted_pacs
from workers.probe import probe_due

PENDING, SENDING, CANCELLED = DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.CANCELLED
DELIVERED, FAILED = DeliveryState.DELIVERED, DeliveryState.FAILED


def states(outbox: Outbox, study: Study) -> dict[str, DeliveryState]:
    """By kind of object."""
    return {kind: each.state for kind, each in ledger(outbox, study).items()}


def ledger(outbox: Outbox, study: Study) -> dict[str, Delivery]:
    kinds = {each.id: each.kind.value.lower() for each in outbox.results(study).values()}
    return {kinds[each.result_id or ""]: each for each in outbox.flow.deliveries(study)}


def told(outbox: Outbox, study: Study, kind: EventKind) -> list[str]:
    return [str(event.detail.get("error", "")) for event in outbox.flow.events(study) if event.kind is kind]


def waits_s(outbox: Outbox, study: Study) -> list[float]:
    """How long until each pending delivery is due."""
    with outbox.flow.archive.read() as connection:
        moment = now(connection)
    return [each.due_at - moment for each in outbox.flow.deliveries(study) if each.due_at and each.state is PENDING]


@pytest.mark.parametrize(
    "likes", [(ExplicitVRLittleEndian, ImplicitVRLittleEndian), (ImplicitVRLittleEndian, ExplicitVRLittleEndian)]
)
def test_seg_comes_before_sr_in_one_association_and_both_are_the_stored_bytes(
    outbox: Outbox, pacs: ScriptedPacs, likes: tuple[str, str]
) -> None:
    pacs.syntaxes = likes
    study = outbox.read()

    assert outbox.deliver() == 2
    assert outbox.deliver() == 0

    assert pacs.kinds() == [SEG, SR]
    assert {each.association for each in pacs.stored} == {1}
    made = {each.sop_instance_uid: each for each in outbox.results(study).values()}
    for each in pacs.stored:
        stored = outbox.flow.archive.objects.load(outbox.flow.hospital, made[each.sop_instance_uid].object_name)
        assert each.data_set == stored[split(stored)[1] :]
    assert states(outbox, study) == {"seg": DELIVERED, "sr": DELIVERED}
    assert len(told(outbox, study, EventKind.DELIVERY_DELIVERED)) == 2


def test_what_arrives_says_the_finding_of_the_patient(outbox: Outbox, pacs: ScriptedPacs) -> None:
    images = chest()
    outbox.read(*images)
    outbox.deliver()

    report = dcmread(io.BytesIO(pacs.stored[1].data_set), force=True)
    segmentation = dcmread(io.BytesIO(pacs.stored[0].data_set), force=True)
    for made in (report, segmentation):
        assert made.PatientID == images[0].PatientID
        assert made.StudyInstanceUID == images[0].StudyInstanceUID
    assert int(segmentation.NumberOfFrames) == 2, "the nodule lies on two slices"


def test_a_busy_pacs_is_tried_again_ever_later_and_gets_everything_once(outbox: Outbox, pacs: ScriptedPacs) -> None:
    study = outbox.read()
    for attempt, (least_s, most_s) in enumerate([(1, 2), (2, 4), (4, 8), (8, 16)], start=1):
        pacs.statuses = [0xA700]
        assert outbox.deliver() == 2
        assert all(least_s - 0.5 <= wait_s <= most_s for wait_s in waits_s(outbox, study))
        assert {each.attempt for each in outbox.flow.deliveries(study)} == {attempt}
        assert outbox.deliver() == 0, "not before it is due"
        outbox.flow.pass_time(most_s)
    assert pacs.offered == [SEG] * 4, "a busy PACS is not pressed with the rest"
    assert {each.last_error for each in outbox.flow.deliveries(study)} == {"C-STORE status A700"}

    outbox.all_sent()

    assert pacs.kinds() == [SEG, SR]
    assert states(outbox, study) == {"seg": DELIVERED, "sr": DELIVERED}
    assert len(told(outbox, study, EventKind.DELIVERY_WAITING)) >= 1


def test_what_a_busy_pacs_took_before_is_not_sent_again(outbox: Outbox, pacs: ScriptedPacs) -> None:
    study = outbox.read()
    pacs.statuses = [0x0000, 0xA700]
    outbox.deliver()
    assert states(outbox, study) == {"seg": DELIVERED, "sr": PENDING}

    outbox.flow.pass_time(5.0)
    outbox.all_sent()
    assert pacs.kinds() == [SEG, SR]
    assert pacs.offered == [SEG, SR, SR]


def test_a_report_waits_for_the_regions_it_refers_to(outbox: Outbox, pacs: ScriptedPacs) -> None:
    study = outbox.read()
    pacs.statuses = [0xA700]
    outbox.deliver()
    with outbox.flow.archive.write() as connection:
        later = now(connection) + 30.0
        connection.execute(update(DELIVERY).where(DELIVERY.c.rank == 0).values(due_at=later))
    outbox.flow.pass_time(20.0)

    assert outbox.deliver() == 0
    assert Step.DELIVER not in due(outbox.flow.archive)[0], "nor does the sweep stay awake for it"
    outbox.flow.pass_time(20.0)
    outbox.all_sent()
    assert pacs.kinds() == [SEG, SR]
    assert states(outbox, study) == {"seg": DELIVERED, "sr": DELIVERED}


def test_a_report_does_not_wait_for_regions_that_were_refused(outbox: Outbox, pacs: ScriptedPacs) -> None:
    study = outbox.read()
    pacs.statuses = [0xC000, 0xA700]
    outbox.deliver()
    assert states(outbox, study) == {"seg": FAILED, "sr": PENDING}
    outbox.flow.pass_time(5.0)
    outbox.deliver()
    assert states(outbox, study) == {"seg": FAILED, "sr": DELIVERED}


def test_a_pacs_that_was_away_gets_everything_once_when_it_is_back(outbox: Outbox, pacs: ScriptedPacs) -> None:
    pacs.go_away()
    first, second = outbox.read(), outbox.read()
    outbox.deliver()
    assert states(outbox, first) == states(outbox, second) == {"seg": PENDING, "sr": PENDING}
    assert told(outbox, first, EventKind.DELIVERY_WAITING)
    assert "cannot be reached" in told(outbox, first, EventKind.DELIVERY_WAITING)[0]

    pacs.come_back()
    outbox.flow.pass_time(5.0)
    outbox.all_sent()

    assert pacs.kinds() == [SEG, SR, SEG, SR]
    assert len({each.sop_instance_uid for each in pacs.stored}) == 4
    assert states(outbox, first) == states(outbox, second) == {"seg": DELIVERED, "sr": DELIVERED}


def test_a_refusal_is_final_and_shown_until_a_person_asks_again(outbox: Outbox, pacs: ScriptedPacs) -> None:
    study = outbox.read()
    pacs.statuses = [0xC000, 0xC000]
    outbox.deliver()

    assert states(outbox, study) == {"seg": FAILED, "sr": FAILED}
    assert told(outbox, study, EventKind.DELIVERY_FAILED) == ["C-STORE status C000"] * 2
    assert ledger(outbox, study)["sr"].last_error == "C-STORE status C000"
    outbox.flow.pass_time(24 * 3600.0)
    assert outbox.deliver() == 0
    assert Step.DELIVER not in due(outbox.flow.archive)[0]

    for each in outbox.flow.deliveries(study):
        with outbox.flow.archive.write() as connection:
            assert deliveries.resume(connection, WALL, each)
    outbox.all_sent()
    assert pacs.kinds() == [SEG, SR]
    assert states(outbox, study) == {"seg": DELIVERED, "sr": DELIVERED}


def test_already_have_it_counts_as_delivered(outbox: Outbox, pacs: ScriptedPacs) -> None:
    study = outbox.read()
    pacs.statuses = [0x0111, 0x0111]
    outbox.deliver()
    assert states(outbox, study) == {"seg": DELIVERED, "sr": DELIVERED}


def test_a_warning_counts_as_delivered(outbox: Outbox, pacs: ScriptedPacs) -> None:
    study = outbox.read()
    pacs.statuses = [0xB000, 0xB007]
    outbox.deliver()
    assert states(outbox, study) == {"seg": DELIVERED, "sr": DELIVERED}


@pytest.mark.parametrize(
    ("rejection", "state", "words"),
    [
        ((1, 1, 3), FAILED, "check the AE titles on both sides"),
        ((1, 1, 7), FAILED, "check the AE titles on both sides"),
        ((2, 3, 2), PENDING, "2/3/2"),
    ],
)
def test_a_rejected_association_is_final_or_for_later_as_the_peer_says(
    outbox: Outbox, pacs: ScriptedPacs, rejection: tuple[int, int, int], state: DeliveryState, words: str
) -> None:
    study = outbox.read()
    pacs.rejects = rejection
    outbox.deliver()
    assert states(outbox, study) == {"seg": state, "sr": state}
    assert all(words in (each.last_error or "") for each in outbox.flow.deliveries(study))


def said_by_test(outbox: Outbox) -> list[tuple[bool, str]]:
    """What a connection test of the hospital says."""
    with outbox.flow.archive.write() as connection:
        probe_id = probes.request(connection, WALL, outbox.flow.hospital)
    assert probe_due(outbox.flow.archive, lambda _: None)
    with outbox.flow.archive.read() as connection:
        found = probes.get(connection, WALL, probe_id)
    assert found is not None
    return list(found.report)


def test_what_a_rejecting_pacs_did_not_get_is_sent_once_it_is_mended_and_tested(
    outbox: Outbox, pacs: ScriptedPacs
) -> None:
    study = outbox.read()
    pacs.rejects = (1, 1, 7)
    outbox.deliver()
    assert [good for good, _ in said_by_test(outbox)] == [False]
    assert states(outbox, study) == {"seg": FAILED, "sr": FAILED}

    pacs.rejects = None
    assert (True, "results that it had refused and are sent again now: 2") in said_by_test(outbox)
    outbox.all_sent()
    assert pacs.kinds() == [SEG, SR]
    assert states(outbox, study) == {"seg": DELIVERED, "sr": DELIVERED}
    assert not any("sent again" in words for _, words in said_by_test(outbox))


PDF = "1.2.840.10008.5.1.4.1.1.104.1"


@pytest.mark.parametrize(
    ("takes", "well", "words"),
    [
        ((SR, SEG), True, "does not accept Secondary Capture Image Storage, which goes only where"),
        ((SR, SEG, SC, PDF), True, "accepts Encapsulated PDF Storage"),
        ((SR, SEG, SC), True, "does not accept Encapsulated PDF Storage: signed reports reach it as SR only"),
        ((SR, SC), True, "does not accept Segmentation Storage: a summary page goes instead"),
        ((SC,), True, "does not accept Comprehensive 3D SR Storage: a summary page goes instead"),
        ((SR,), False, "does not accept Segmentation Storage, nor the summary page"),
        ((SEG,), False, "does not accept Comprehensive 3D SR Storage, nor the summary page"),
        ((SR, SEG, SC, PDF), True, "does not accept Key Object Selection Document Storage: key images"),
        ((PDF,), False, "does not accept Secondary Capture Image Storage"),
    ],
)
def test_a_connection_is_well_when_every_result_gets_there_in_one_form(
    outbox: Outbox, pacs: ScriptedPacs, takes: tuple[str, ...], well: bool, words: str
) -> None:
    pacs.takes = (*takes, VERIFICATION)

    report = said_by_test(outbox)

    assert all(good for good, _ in report) is well
    assert any(words in sentence for _, sentence in report), report


def test_a_test_sends_again_only_classes_that_the_pacs_accepts(outbox: Outbox, pacs: ScriptedPacs) -> None:
    pacs.takes = (SC, VERIFICATION)
    study = outbox.read()
    outbox.all_sent()
    assert not any("sent again" in words for _, words in said_by_test(outbox))

    pacs.takes = (SR, SC, VERIFICATION)
    said_by_test(outbox)
    outbox.all_sent()
    assert pacs.kinds() == [SC, SR]
    assert states(outbox, study) == {"seg": FAILED, "sr": DELIVERED, "sc": DELIVERED}


def test_a_connection_test_whose_worker_died_is_found_again(outbox: Outbox) -> None:
    with outbox.flow.archive.write() as connection:
        probes.request(connection, WALL, outbox.flow.hospital)
        probes.claim(connection, WALL)
    assert Step.PROBE not in due(outbox.flow.archive)[0]
    outbox.flow.pass_time(PROBE_LEASE_S + 1.0)
    assert Step.PROBE in due(outbox.flow.archive)[0]


def test_a_pacs_that_aborts_in_the_middle_gets_the_rest_later(outbox: Outbox, pacs: ScriptedPacs) -> None:
    study = outbox.read()
    pacs.aborts = True
    outbox.deliver()
    assert states(outbox, study) == {"seg": PENDING, "sr": PENDING}

    pacs.aborts = False
    outbox.flow.pass_time(5.0)
    outbox.all_sent()
    assert pacs.kinds() == [SEG, SR]


def test_a_pacs_that_takes_implicit_vr_only_gets_the_same_content(outbox: Outbox, pacs: ScriptedPacs) -> None:
    pacs.syntaxes = [ImplicitVRLittleEndian]
    study = outbox.read()
    outbox.deliver()

    assert states(outbox, study) == {"seg": DELIVERED, "sr": DELIVERED}
    made = outbox.results(study)
    for each, kind in zip(pacs.stored, (ResultKind.SEG, ResultKind.SR), strict=True):
        assert each.transfer_syntax_uid == ImplicitVRLittleEndian
        received = dcmread(io.BytesIO(each.data_set), force=True)
        stored = dcmread(outbox.flow.archive.objects.path(outbox.flow.hospital, made[kind].object_name))
        assert received.get("PixelData") == stored.get("PixelData")
        for copy in (received, stored):
            copy.pop("PixelData", None)  # implicit VR knows no OB for it (PS3.5 A.1), so its VR alone differs
        assert received.to_json_dict() == stored.to_json_dict()


def test_a_pacs_without_seg_gets_the_report_and_a_summary_page(outbox: Outbox, pacs: ScriptedPacs) -> None:
    pacs.takes = (SR, SC, VERIFICATION)
    study = outbox.read()
    outbox.all_sent()

    assert pacs.kinds() == [SR, SC]
    assert states(outbox, study) == {"seg": FAILED, "sr": DELIVERED, "sc": DELIVERED}
    assert len(told(outbox, study, EventKind.DELIVERY_REPLACED)) == 1
    assert told(outbox, study, EventKind.DELIVERY_FAILED) == []


@pytest.mark.parametrize("echoes", [True, False])
def test_a_pacs_with_neither_gets_one_summary_page_and_the_timeline_says_so(
    outbox: Outbox, pacs: ScriptedPacs, echoes: bool
) -> None:
    pacs.takes = (SC, VERIFICATION) if echoes else (SC,)
    images = chest()
    study = outbox.read(*images)
    outbox.all_sent()

    assert pacs.kinds() == [SC]
    page = dcmread(io.BytesIO(pacs.stored[0].data_set), force=True)
    assert page.PatientID == images[0].PatientID
    assert page.StudyInstanceUID == images[0].StudyInstanceUID
    assert len(set(page.PixelData)) > 20, "a picture, not an empty page"
    stored = outbox.flow.archive.objects.load(outbox.flow.hospital, outbox.results(study)[ResultKind.SC].object_name)
    assert pacs.stored[0].data_set == stored[split(stored)[1] :]
    replaced = told(outbox, study, EventKind.DELIVERY_REPLACED)
    assert len(replaced) == 2
    assert all("accepts no" in words for words in replaced)
    assert states(outbox, study) == {"seg": FAILED, "sr": FAILED, "sc": DELIVERED}


def test_a_pacs_that_takes_nothing_at_all_is_shown_and_not_asked_for_ever(outbox: Outbox, pacs: ScriptedPacs) -> None:
    pacs.takes = (VERIFICATION,)
    study = outbox.read()
    outbox.all_sent()

    assert states(outbox, study) == {"seg": FAILED, "sr": FAILED, "sc": FAILED}
    assert len(told(outbox, study, EventKind.DELIVERY_FAILED)) == 1
    assert outbox.encode() == outbox.deliver() == 0


def test_a_second_pacs_that_refuses_later_gets_its_summary_page_too(outbox: Outbox, pacs: ScriptedPacs) -> None:
    with scripted_pacs() as other:
        pacs.takes = other.takes = (SC, VERIFICATION)
        outbox.add_pacs(other.port)
        other.go_away()
        study = outbox.read()
        outbox.all_sent()
        assert pacs.kinds() == [SC]
        assert other.kinds() == []

        other.come_back()
        outbox.flow.pass_time(5.0)
        outbox.all_sent()

        assert pacs.kinds() == [SC]
        assert other.kinds() == [SC]
        assert pacs.stored[0].data_set == other.stored[0].data_set, "one UID, one content"
        assert len(outbox.flow.deliveries(study)) == 6


def test_a_summary_page_goes_only_where_the_objects_could_not(outbox: Outbox, pacs: ScriptedPacs) -> None:
    with scripted_pacs() as other:
        other.takes = (SC, VERIFICATION)
        outbox.add_pacs(other.port)
        outbox.read()
        outbox.all_sent()

        assert sorted(pacs.kinds()) == sorted([SEG, SR])
        assert other.kinds() == [SC]


def test_what_a_dead_sender_held_is_sent_by_another_and_the_dead_one_changes_nothing(
    outbox: Outbox, pacs: ScriptedPacs
) -> None:
    study = outbox.read()
    with outbox.flow.archive.write() as connection:
        dead = deliveries.claim(connection, WALL)
    assert [each.state for each in dead] == [SENDING, SENDING]
    assert outbox.deliver() == 0

    outbox.flow.pass_time(LEASE_S + 1.0)
    assert Step.DELIVER in due(outbox.flow.archive)[0]
    assert outbox.deliver() == 2
    assert pacs.kinds() == [SEG, SR]

    with outbox.flow.archive.write() as connection:
        assert not deliveries.accepted(connection, WALL, dead[0])
        assert not deliveries.busy(connection, WALL, dead[1], delay_s=1.0, error="late")
        assert not deliveries.refused(connection, WALL, dead[1], "late")
    assert states(outbox, study) == {"seg": DELIVERED, "sr": DELIVERED}
    assert len(told(outbox, study, EventKind.DELIVERY_DELIVERED)) == 2


@pytest.mark.parametrize("comes_late_with", ["accepted", "busy", "refused", "renewed"])
def test_a_sender_that_lost_its_deliveries_says_nothing_of_those_that_another_sends_now(
    outbox: Outbox, comes_late_with: str
) -> None:
    study = outbox.read()
    with outbox.flow.archive.write() as connection:
        dead = deliveries.claim(connection, WALL)
    outbox.flow.pass_time(LEASE_S + 1.0)
    with outbox.flow.archive.write() as connection:
        living = deliveries.claim(connection, WALL)
    before = outbox.flow.deliveries(study), _lease(outbox.flow.archive)
    assert [each.id for each in living] == [each.id for each in dead]

    for late in dead:
        with outbox.flow.archive.write() as connection:
            if comes_late_with == "accepted":
                assert not deliveries.accepted(connection, WALL, late)
            elif comes_late_with == "busy":
                assert not deliveries.busy(connection, WALL, late, delay_s=1.0, error="late")
            elif comes_late_with == "refused":
                assert not deliveries.refused(connection, WALL, late, "late")
            else:
                deliveries.renew(connection, WALL, [late])

    assert (outbox.flow.deliveries(study), _lease(outbox.flow.archive)) == before
    with outbox.flow.archive.write() as connection:
        assert all(deliveries.accepted(connection, WALL, each) for each in living)


def sending_when_superseded(outbox: Outbox, pacs: ScriptedPacs) -> tuple[Study, threading.Thread]:
    """The PACS holds the first object of a study, and meanwhile a late image makes a second revision of it."""
    images = chest(count=24)
    study = outbox.read(*images[:23])
    pacs.hold = threading.Event()
    sending = threading.Thread(target=outbox.deliver)
    sending.start()
    _until(lambda: bool(pacs.offered))
    _succeeded(outbox, images)
    return study, sending


def _succeeded(outbox: Outbox, images: list[FileDataset]) -> None:
    """The last image comes, and what is read then takes the place of what was read before it."""
    outbox.flow.dispatched(images[-1])
    later = outbox.flow.claim()
    assert later is not None
    outbox.flow.conclude(later, one_nodule(images))
    assert outbox.encode() == 1


def of_current_analysis(outbox: Outbox, study: Study) -> list[str]:
    """The objects of the analysis that stands, SEG first."""
    (current,) = (each for each in outbox.flow.analyses(study) if each.state is AnalysisState.CONCLUDED)
    with outbox.flow.archive.read() as connection:
        made = results.of_analysis(connection, WALL, current.id)
    return [each.sop_instance_uid for each in made]


def test_what_was_superseded_while_the_pacs_held_it_is_not_sent_again(outbox: Outbox, pacs: ScriptedPacs) -> None:
    pacs.statuses = [0xA700]
    study, sending = sending_when_superseded(outbox, pacs)
    assert pacs.hold is not None
    pacs.hold.set()
    sending.join(20)
    assert not sending.is_alive()
    outbox.flow.pass_time(60.0)
    outbox.all_sent()
    outbox.flow.pass_time(3600.0)
    outbox.all_sent()

    assert sorted(each.sop_instance_uid for each in pacs.stored) == sorted(of_current_analysis(outbox, study))
    assert pacs.kinds() == [SEG, SR]
    assert [each.state for each in outbox.flow.deliveries(study)] == [CANCELLED, CANCELLED, DELIVERED, DELIVERED]
    assert Step.DELIVER not in due(outbox.flow.archive)[0]


def test_what_was_superseded_and_its_sender_died_is_not_sent_again(outbox: Outbox, pacs: ScriptedPacs) -> None:
    images = chest(count=24)
    study = outbox.read(*images[:23])
    with outbox.flow.archive.write() as connection:
        assert len(deliveries.claim(connection, WALL)) == 2
    _succeeded(outbox, images)
    assert outbox.deliver() == 0, "the peer may still be being sent to"

    outbox.flow.pass_time(LEASE_S + 1.0)
    outbox.all_sent()

    assert sorted(each.sop_instance_uid for each in pacs.stored) == sorted(of_current_analysis(outbox, study))
    assert [each.state for each in outbox.flow.deliveries(study)] == [CANCELLED, CANCELLED, DELIVERED, DELIVERED]


def test_what_the_pacs_took_after_all_of_a_superseded_analysis_stays_delivered(
    outbox: Outbox, pacs: ScriptedPacs
) -> None:
    study, sending = sending_when_superseded(outbox, pacs)
    assert pacs.hold is not None
    pacs.hold.set()
    sending.join(20)
    outbox.all_sent()

    assert pacs.kinds() == [SEG, SR, SEG, SR]
    assert {each.state for each in outbox.flow.deliveries(study)} == {DELIVERED}
    assert [each.sop_instance_uid for each in pacs.stored[2:]] == of_current_analysis(outbox, study)


def test_no_summary_page_goes_for_a_report_that_was_superseded_while_the_pacs_held_it(
    outbox: Outbox, pacs: ScriptedPacs
) -> None:
    pacs.statuses = [0x0122, 0x0122]
    study, sending = sending_when_superseded(outbox, pacs)
    assert pacs.hold is not None
    pacs.hold.set()
    sending.join(20)
    outbox.all_sent()

    assert sorted(each.sop_instance_uid for each in pacs.stored) == sorted(of_current_analysis(outbox, study))
    assert told(outbox, study, EventKind.DELIVERY_REPLACED) == []


def test_two_workers_never_send_to_one_peer_at_once_and_another_peer_does_not_wait(
    outbox: Outbox, pacs: ScriptedPacs
) -> None:
    with scripted_pacs() as other:
        outbox.read()
        pacs.hold = threading.Event()
        first = threading.Thread(target=outbox.deliver)
        first.start()
        _until(lambda: bool(pacs.offered))

        outbox.read()
        assert outbox.deliver() == 0, "the peer is being sent to"
        outbox.add_pacs(other.port)
        third = outbox.read()
        assert outbox.deliver() == 2
        assert other.kinds() == [SEG, SR]

        pacs.hold.set()
        first.join(20)
        workers = [threading.Thread(target=outbox.all_sent) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(30)
        outbox.all_sent()

        assert pacs.most_at_once == 1
        assert pacs.kinds() == [SEG, SR] * 3
        assert len({each.sop_instance_uid for each in pacs.stored}) == 6
        assert {each.state for each in outbox.flow.deliveries(third)} == {DELIVERED}


def test_an_object_that_cannot_be_read_fails_alone_and_the_others_arrive(outbox: Outbox, pacs: ScriptedPacs) -> None:
    broken, good = outbox.read(), outbox.read()
    lost = outbox.results(broken)[ResultKind.SEG]
    outbox.flow.archive.objects.unlink(outbox.flow.hospital, lost.object_name)

    outbox.all_sent()

    assert pacs.kinds() == [SR, SEG, SR]
    assert states(outbox, broken) == {"seg": FAILED, "sr": DELIVERED}
    assert "doctor --archive" in (ledger(outbox, broken)["seg"].last_error or "")
    assert states(outbox, good) == {"seg": DELIVERED, "sr": DELIVERED}


def test_deliveries_to_a_removed_hospital_end_with_the_reason(outbox: Outbox, pacs: ScriptedPacs) -> None:
    study = outbox.read()
    with outbox.flow.archive.write() as connection:
        hospitals.remove(connection, WALL, outbox.flow.hospital)
    outbox.all_sent()
    assert pacs.kinds() == []
    assert {each.last_error for each in outbox.flow.deliveries(study)} == {"the peer was removed"}


def test_an_encode_step_whose_worker_died_is_done_again_into_the_same_bytes(outbox: Outbox, pacs: ScriptedPacs) -> None:
    images = chest()
    study = outbox.read(*images)
    before = outbox.results(study)
    with outbox.flow.archive.write() as connection:
        connection.exec_driver_sql("UPDATE encode_step SET state = 'due', due_at = 0")
    slow = outbox.claim_step()
    with outbox.flow.archive.write() as connection:
        connection.exec_driver_sql("UPDATE encode_step SET lease_until = 0")
    again = outbox.claim_step()
    assert slow is not None
    assert again is not None
    assert (slow.id, again.attempt) == (again.id, slow.attempt + 1)

    outbox.encoder.encode(again)
    outbox.encoder.encode(slow)

    assert outbox.results(study) == before
    outbox.all_sent()
    assert pacs.kinds() == [SEG, SR], "one UID, one content, once"


def test_a_lease_is_renewed_while_a_slow_pacs_takes_its_time(
    outbox: Outbox, pacs: ScriptedPacs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.flow.deliver.LEASE_S", 0.3)
    study = outbox.read()
    pacs.hold = threading.Event()
    sending = threading.Thread(target=outbox.deliver)
    sending.start()
    _until(lambda: bool(pacs.offered))
    outbox.flow.pass_time(LEASE_S - 1.0)
    renewed = _lease(outbox.flow.archive)
    _until(lambda: _lease(outbox.flow.archive) > renewed + LEASE_S - 5.0)
    pacs.hold.set()
    sending.join(20)
    assert states(outbox, study) == {"seg": DELIVERED, "sr": DELIVERED}
    assert pacs.kinds() == [SEG, SR]


def _lease(archive: Archive) -> float:
    with archive.read() as connection:
        return float(connection.exec_driver_sql("SELECT min(lease_until) FROM delivery").scalar_one())


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10.0
    while not condition():
        assert time.monotonic() < deadline, "not within 10 s"
        time.sleep(0.01)
