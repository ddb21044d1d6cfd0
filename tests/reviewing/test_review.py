"""What readers do to findings is kept for ever, by whom and when, and nobody overwrites another unseen."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest

from models.contract import LEFT, LUNG, NODULE, Axis
from service.archive import reviews
from service.archive.store import Archive
from service.archive.studies import Study
from service.domain.hospital import ReadingMode
from service.domain.lifecycle import IllegalTransition
from service.domain.review import (
    Description,
    FindingState,
    NothingToUndo,
    ReasonMissing,
    RejectionReason,
    ReviewAction,
    Reviewed,
)
from service.domain.wall import BehindTheWall, HospitalId, Wall
from service.flow import report, review
from service.flow.review import Act, ImpressionFirst, Judged, NoSuchFinding, StudyChanged
from tests.reviewing.writing import ANNA, BEN, content, read_with
from tests.support.flowing import Flow, chest, flowing, no_nodule, one_nodule

A = ReviewAction
OWN = "2.25.4711"


@pytest.fixture
def flow(archive: Archive) -> Iterator[Flow]:
    with flowing(archive) as opened:
        yield opened


def read_study(flow: Flow, *, found: bool = True) -> Study:
    """A study with one nodule found by the package, or none."""
    images = chest()
    study = flow.dispatched(*images)
    analysis = flow.claim()
    assert analysis is not None
    flow.conclude(analysis, one_nodule(images) if found else no_nodule(images))
    return study


def of(flow: Flow, study: Study) -> list[Judged]:
    with flow.archive.read() as connection:
        return list(review.judged(connection, ANNA, study))


def version(flow: Flow, study: Study) -> int:
    with flow.archive.read() as connection:
        return reviews.version(connection, ANNA, study.id)


def described(long_axis_mm: float = 8.0) -> Description:
    axis = Axis((0.0, 0.0, 0.0), (long_axis_mm, 0.0, 0.0), long_axis_mm, 4)
    return Description(NODULE, LUNG, LEFT, (1.0, 2.0, 3.0), axis, None, None, "2.25.1", None, "spiculated")


def wanted(flow: Flow, study: Study, action: ReviewAction, uid: str, **changes: object) -> Act:
    act = Act(secrets.token_hex(8), uid, action, None, None, version(flow, study), 1500)
    return replace(act, **changes)  # type: ignore[arg-type]


def act(flow: Flow, study: Study, asked: Act, wall: Wall = ANNA) -> Reviewed:
    with flow.archive.write() as connection:
        return review.act(connection, wall, study, asked)


def test_a_finding_of_a_package_is_proposed_until_a_person_judges_it(flow: Flow) -> None:
    study = read_study(flow)
    (finding,) = of(flow, study)
    assert (finding.review.state, finding.review.counted) == (FindingState.PROPOSED, ())

    act(flow, study, wanted(flow, study, A.ACCEPT, finding.tracking_uid))

    (finding,) = of(flow, study)
    assert finding.review.state is FindingState.ACCEPTED
    (event,) = finding.review.counted
    assert (event.reader, event.mode, event.ms_since_open) == ("anna", ReadingMode.CONCURRENT, 1500)


def test_what_the_model_said_and_what_the_reader_made_of_it_are_both_kept(flow: Flow) -> None:
    study = read_study(flow)
    uid = of(flow, study)[0].tracking_uid
    act(flow, study, wanted(flow, study, A.CORRECT, uid, said=described(9.5)))
    act(flow, study, wanted(flow, study, A.REJECT, uid, reason=RejectionReason.VESSEL))

    (finding,) = of(flow, study)
    assert finding.proposed is not None
    assert finding.proposed.long_axis_mm == 3.0
    assert [each.said for each in finding.review.counted] == [described(9.5), None]
    assert finding.review.state is FindingState.REJECTED


def test_a_readers_own_finding_stands_beside_the_packages(flow: Flow) -> None:
    study = read_study(flow, found=False)
    act(flow, study, wanted(flow, study, A.ADD, OWN, said=described()))
    (finding,) = of(flow, study)
    assert (finding.proposed, finding.review.state, finding.review.said) == (None, FindingState.ADDED, described())
    with pytest.raises(IllegalTransition, match="added already"):
        act(flow, study, wanted(flow, study, A.ADD, OWN, said=described()))
    act(flow, study, wanted(flow, study, A.REMOVE, OWN))
    act(flow, study, wanted(flow, study, A.UNDO, OWN))
    assert of(flow, study)[0].review.state is FindingState.ADDED


def test_a_request_sent_twice_is_one_act(flow: Flow) -> None:
    study = read_study(flow)
    asked = wanted(flow, study, A.ACCEPT, of(flow, study)[0].tracking_uid)
    assert act(flow, study, asked) == act(flow, study, asked)
    assert len(of(flow, study)[0].review.counted) == 1


def test_who_has_not_seen_the_last_act_is_told_whose_it_was(flow: Flow) -> None:
    study = read_study(flow)
    uid = of(flow, study)[0].tracking_uid
    bens = wanted(flow, study, A.REJECT, uid, reason=RejectionReason.SCAR)
    act(flow, study, wanted(flow, study, A.ACCEPT, uid))
    with pytest.raises(StudyChanged) as changed:
        act(flow, study, bens, BEN)
    assert changed.value.last is not None
    assert (changed.value.last.reader, changed.value.last.action) == ("anna", A.ACCEPT)
    assert changed.value.version == version(flow, study)
    act(flow, study, replace(bens, seen_version=changed.value.version), BEN)
    assert of(flow, study)[0].review.state is FindingState.REJECTED


def test_nothing_is_judged_that_is_not_there_or_without_its_reason(flow: Flow) -> None:
    study = read_study(flow)
    uid = of(flow, study)[0].tracking_uid
    for asked, fault in (
        (wanted(flow, study, A.ACCEPT, OWN), NoSuchFinding),
        (wanted(flow, study, A.UNDO, uid), NothingToUndo),
        (wanted(flow, study, A.REJECT, uid), ReasonMissing),
        (wanted(flow, study, A.REMOVE, uid), IllegalTransition),
    ):
        with pytest.raises(fault):
            act(flow, study, asked)
    assert of(flow, study)[0].review.counted == ()


def test_a_second_reader_judges_after_the_first_impression_and_may_add_before(flow: Flow) -> None:
    study = read_study(flow)
    uid, mode = of(flow, study)[0].tracking_uid, ReadingMode.SECOND_READER
    read_with(flow, mode)
    with pytest.raises(ImpressionFirst):
        act(flow, study, wanted(flow, study, A.ACCEPT, uid))
    act(flow, study, wanted(flow, study, A.ADD, OWN, said=described()))
    with flow.archive.write() as connection:
        review.lock_impression(connection, ANNA, study)
    act(flow, study, wanted(flow, study, A.ACCEPT, uid))
    with pytest.raises(ImpressionFirst):
        act(flow, study, wanted(flow, study, A.REJECT, uid, reason=RejectionReason.OTHER), BEN)
    assert [event.mode for each in of(flow, study) for event in each.review.counted] == [mode, mode]


def test_a_rerun_keeps_what_was_judged_of_the_same_lesion(flow: Flow) -> None:
    images = chest(count=24)
    study = flow.dispatched(*images[:22])
    first = flow.claim()
    assert first is not None
    flow.conclude(first, one_nodule(images[:22]))
    uid = of(flow, study)[0].tracking_uid
    act(flow, study, wanted(flow, study, A.ACCEPT, uid))
    flow.dispatched(*images[22:])
    again = flow.claim()
    assert again is not None
    flow.conclude(again, one_nodule(images))
    findings = {each.tracking_uid: each.review.state for each in of(flow, flow.study(study.study_instance_uid))}
    assert findings.get(uid, FindingState.ACCEPTED) is FindingState.ACCEPTED
    with flow.archive.read() as connection:
        assert uid in reviews.of_study(connection, ANNA, study.id), "kept, whatever became of the finding"


def test_neither_a_machine_nor_another_hospitals_reader_judges(flow: Flow) -> None:
    study = read_study(flow)
    asked = wanted(flow, study, A.ACCEPT, of(flow, study)[0].tracking_uid)
    for wall in (Wall.operator(), Wall.person("dora", frozenset({HospitalId("elsewhere")}))):
        with pytest.raises((BehindTheWall, NoSuchFinding)):
            act(flow, study, asked, wall)


def test_findings_of_a_submitted_report_can_still_be_judged(flow: Flow) -> None:
    study = read_study(flow)
    with flow.archive.write() as connection:
        begun = report.begin(connection, ANNA, study, content("nodule"))
        report.submit(connection, ANNA, study, edition=begun.edition)
    act(flow, study, wanted(flow, study, A.ACCEPT, of(flow, study)[0].tracking_uid))
