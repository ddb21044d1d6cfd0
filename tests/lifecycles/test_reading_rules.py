"""What a reader can rely on: how an examination stands, in which order it comes, and that no judgement is lost."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contract import LEFT, LUNG, MASS, NODULE, Axis
from service.domain.analysis import AnalysisOutcome, AnalysisState
from service.domain.clock import Clock, target_s
from service.domain.codes import PNEUMOTHORAX
from service.domain.delivery import DeliveryState
from service.domain.examination import (
    AnalysisFact,
    ExaminationFacts,
    ExaminationWord,
    Urgency,
    has_unread_images,
    is_open,
    is_signed_for_all,
    rank,
    word,
)
from service.domain.hospital import ReadingMode
from service.domain.lifecycle import IllegalTransition
from service.domain.notice import NoticeRule
from service.domain.order import ExamClass
from service.domain.report import MAX_TEXT_LENGTH, ReportState, ReportText, TextTooLong
from service.domain.returning import RETURN_WORDS, ReturnReason
from service.domain.review import (
    Description,
    FindingState,
    MeasureMissing,
    NothingToUndo,
    ReasonMissing,
    RejectionReason,
    ReviewAction,
    ReviewEvent,
    require_whole,
    reviewed,
)
from service.domain.study import StudyState
from service.domain.triage import is_high_category
from service.domain.wall import BehindTheWall, HospitalId, Role, Wall

FOUND = AnalysisFact(AnalysisState.CONCLUDED, AnalysisOutcome.FINDINGS)
CLEAR = AnalysisFact(AnalysisState.CONCLUDED, AnalysisOutcome.NO_FINDING)
KEPT_FOUND, KEPT_CLEAR = replace(FOUND, is_told=False), replace(CLEAR, is_told=False)
REFUSED = AnalysisFact(AnalysisState.REFUSED, AnalysisOutcome.REFUSED)
FAILED = AnalysisFact(AnalysisState.FAILED, AnalysisOutcome.FAILED)
RUNNING = AnalysisFact(AnalysisState.RUNNING, None)
PENDING = AnalysisFact(AnalysisState.PENDING, None)
GONE = AnalysisFact(AnalysisState.SUPERSEDED, AnalysisOutcome.FINDINGS)
D = DeliveryState


def facts(**changes: object) -> ExaminationFacts:
    standing = {"study": StudyState.COMPLETE, "dispatched": True, "identity_conflict": False, **changes}
    return ExaminationFacts(**standing)  # type: ignore[arg-type]


WORDS = [
    ({"study": StudyState.RECEIVING}, "receiving"),
    ({"dispatched": False}, "waiting"),
    ({"identity_conflict": True}, "waiting"),
    ({}, "not_asked"),
    ({"analyses": (GONE,)}, "not_asked"),
    ({"analyses": (PENDING, FOUND)}, "queued"),
    ({"analyses": (RUNNING, PENDING)}, "analysing"),
    ({"analyses": (FOUND, REFUSED)}, "findings"),
    ({"analyses": (CLEAR, FAILED)}, "failed"),
    ({"analyses": (CLEAR, REFUSED)}, "refused"),
    ({"analyses": (CLEAR,)}, "no_finding"),
    *(
        ({"analyses": (*others, kept)}, word)
        for kept in (KEPT_FOUND, KEPT_CLEAR)
        for others, word in (
            ((), "analysed"),
            ((CLEAR,), "analysed"),
            ((FOUND,), "findings"),
            ((REFUSED,), "refused"),
            ((FAILED, CLEAR), "failed"),
            ((PENDING,), "queued"),
        )
    ),
    ({"analyses": (replace(REFUSED, is_told=False),)}, "refused"),
    ({"analyses": (FOUND,), "is_claimed": True}, "reading"),
    ({"is_claimed": True, "report": ReportState.DRAFT}, "reading"),
    ({"report": ReportState.DRAFT}, "draft"),
    ({"report": ReportState.PRELIMINARY, "is_claimed": True}, "preliminary"),
    ({"report": ReportState.SIGNED}, "signed"),
    ({"report": ReportState.PROVISIONAL, "is_claimed": True}, "provisional"),
    ({"report": ReportState.PROVISIONAL, "has_late_images": True}, "late_images"),
    ({"report": ReportState.RELEASED}, "released"),
    ({"report": ReportState.RELEASED, "final_deliveries": (D.DELIVERED, D.SENDING)}, "released"),
    ({"report": ReportState.RELEASED, "final_deliveries": (D.DELIVERED, D.CONFIRMED)}, "delivered"),
    ({"report": ReportState.RELEASED, "final_deliveries": (D.DELIVERED, D.FAILED)}, "delivery_failed"),
    ({"report": ReportState.RELEASED, "is_report_unmade": True}, "delivery_failed"),
    ({"report": ReportState.RELEASED, "has_late_images": True, "final_deliveries": (D.DELIVERED,)}, "late_images"),
    ({"report": ReportState.RELEASED, "has_late_images": True, "final_deliveries": (D.FAILED,)}, "delivery_failed"),
    ({"report": ReportState.RELEASED, "has_late_images": True, "is_report_unmade": True}, "delivery_failed"),
    ({"report": ReportState.SIGNED, "has_late_images": True}, "late_images"),
    ({"report": ReportState.DRAFT, "has_late_images": True}, "draft"),
    ({"report": ReportState.WITHDRAWN}, "withdrawn"),
    ({"report": ReportState.DRAFT, "is_returned": True}, "returned"),
    ({"study": StudyState.RECEIVING, "report": ReportState.RELEASED}, "released"),
]


@pytest.mark.parametrize(("changes", "expected"), WORDS)
def test_one_word_says_how_an_examination_stands(changes: dict[str, object], expected: str) -> None:
    assert word(facts(**changes)) == expected


@pytest.mark.parametrize("deliveries", [(), (D.PENDING,), (D.DELIVERED,), (D.FAILED,)])
@pytest.mark.parametrize("has_late_images", [False, True])
def test_what_is_released_has_to_be_read_again_when_images_came_whatever_became_of_it(
    deliveries: tuple[D, ...], has_late_images: bool
) -> None:
    stands = facts(report=ReportState.RELEASED, final_deliveries=deliveries, has_late_images=has_late_images)
    assert is_open(stands) is has_late_images
    assert has_unread_images(word(stands), is_open=is_open(stands)) is has_late_images
    assert is_signed_for_all(word(stands), is_open=is_open(stands)) is not has_late_images


def test_every_word_can_come_about() -> None:
    assert {expected for _, expected in WORDS} == set(ExaminationWord)


def test_the_order_is_class_then_a_persons_urgency_then_score_then_waiting() -> None:
    listed = [
        rank(ExamClass.EMERGENCY, None, None, 900.0),
        rank(ExamClass.INPATIENT, Urgency.CRITICAL, 0.1, 900.0),
        rank(ExamClass.INPATIENT, None, 0.9, 900.0),
        rank(ExamClass.INPATIENT, None, 0.2, 100.0),
        rank(ExamClass.INPATIENT, None, None, 100.0),
        rank(ExamClass.INPATIENT, None, None, 200.0),
        rank(None, None, None, 100.0),
        rank(ExamClass.SCREENING, Urgency.CRITICAL, 1.0, 1.0),
    ]
    key = [(each.exam_class, each.urgency, each.score, each.waiting_since) for each in listed]
    assert key == sorted(key)
    assert len(set(key)) == len(key)


def test_without_any_score_the_order_is_still_class_urgency_and_waiting() -> None:
    with_score = rank(ExamClass.OUTPATIENT, None, 0.0, 5.0)
    assert rank(ExamClass.OUTPATIENT, None, None, 5.0) == with_score


@pytest.mark.parametrize(
    ("exam_class", "modality", "minutes"),
    [
        (ExamClass.EMERGENCY, "CT", 30),
        (ExamClass.EMERGENCY, "DX", 30),
        (ExamClass.OUTPATIENT, "DX", 120),
        (ExamClass.OUTPATIENT, "CT", 24 * 60),
        (None, "MR", 24 * 60),
        (ExamClass.INPATIENT, "CT", 45),
    ],
)
def test_the_clock_goes_by_exam_class_and_the_hospitals_own_targets(
    exam_class: ExamClass | None, modality: str, minutes: int
) -> None:
    target = target_s(exam_class, modality, {ExamClass.INPATIENT: 45 * 60.0})
    assert target == minutes * 60
    assert Clock(since=1000.0, target_s=target).share(1000.0 + target / 2) == pytest.approx(0.5)
    assert Clock(since=1000.0, target_s=target).share(900.0) == 0.0


def described(long_axis_mm: float = 8.0) -> Description:
    axis = Axis((0.0, 0.0, 0.0), (long_axis_mm, 0.0, 0.0), long_axis_mm, 4)
    return Description(NODULE, LUNG, LEFT, (1.0, 2.0, 3.0), axis, None, None, "2.25.1", None)


def event(number: int, action: ReviewAction, said: Description | None = None) -> ReviewEvent:
    reason = RejectionReason.VESSEL if action is ReviewAction.REJECT else None
    return ReviewEvent(
        str(number), "2.25.9", action, reason, said, "u1", float(number), ReadingMode.CONCURRENT, number * 10
    )


A = ReviewAction


def test_the_last_judgement_counts_and_every_earlier_one_is_kept() -> None:
    events = [event(1, A.ACCEPT), event(2, A.CORRECT, described(9.0)), event(3, A.REJECT)]
    assert reviewed(events[:1], proposed=True).state is FindingState.ACCEPTED
    corrected = reviewed(events[:2], proposed=True)
    assert (corrected.state, corrected.said) == (FindingState.CORRECTED, described(9.0))
    assert reviewed(events, proposed=True).counted == tuple(events)


def test_undo_takes_back_one_action_after_the_other_down_to_the_proposal() -> None:
    events = [event(1, A.ACCEPT), event(2, A.REJECT), event(3, A.UNDO), event(4, A.UNDO)]
    assert reviewed(events[:3], proposed=True).state is FindingState.ACCEPTED
    assert reviewed(events, proposed=True).state is FindingState.PROPOSED
    with pytest.raises(NothingToUndo):
        reviewed([*events, event(5, A.UNDO)], proposed=True)


def test_accepting_after_a_correction_says_what_the_package_said() -> None:
    assert reviewed([event(1, A.CORRECT, described()), event(2, A.ACCEPT)], proposed=True).said is None


def test_a_readers_own_finding_is_added_corrected_removed_and_undone() -> None:
    events = [event(1, A.ADD, described(5.0)), event(2, A.CORRECT, described(6.0)), event(3, A.REMOVE)]
    assert reviewed(events[:1], proposed=False).state is FindingState.ADDED
    assert reviewed(events[:2], proposed=False).said == described(6.0)
    assert reviewed(events, proposed=False).state is FindingState.REMOVED
    assert reviewed([*events, event(4, A.UNDO)], proposed=False).state is FindingState.ADDED
    with pytest.raises(IllegalTransition):
        reviewed([event(1, A.ADD, described()), event(2, A.ACCEPT)], proposed=False)


@given(st.lists(st.sampled_from([A.ACCEPT, A.REJECT, A.DOUBT, A.CORRECT]), max_size=12))
def test_undoing_everything_is_as_if_nothing_had_been_done(actions: list[ReviewAction]) -> None:
    done = [event(n, each, described() if each is A.CORRECT else None) for n, each in enumerate(actions)]
    undone = [event(100 + n, A.UNDO) for n in range(len(done))]
    assert reviewed([*done, *undone], proposed=True).state is FindingState.PROPOSED


def test_a_rejection_says_why_and_a_correction_says_what() -> None:
    with pytest.raises(ReasonMissing, match="vessel"):
        require_whole(A.REJECT, None, None)
    for action in (A.ADD, A.CORRECT):
        with pytest.raises(MeasureMissing):
            require_whole(action, None, None)
    require_whole(A.ACCEPT, None, None)


@pytest.mark.parametrize(
    ("concept", "long_axis_mm", "is_high"),
    [(NODULE, 5.9, False), (NODULE, 6.0, True), (NODULE, None, True), (MASS, 4.0, True), (PNEUMOTHORAX, None, True)],
)
def test_only_a_small_nodule_need_not_be_judged_by_itself(concept, long_axis_mm, is_high) -> None:
    assert is_high_category(concept, long_axis_mm) is is_high


def test_a_notice_rule_is_about_a_concept_and_a_size() -> None:
    rule = NoticeRule(PNEUMOTHORAX, None, "ward", "head", 600)
    assert rule.applies(PNEUMOTHORAX, None)
    assert not rule.applies(NODULE, 30.0)
    sized = NoticeRule(MASS, 30.0, "ward", "head", 600)
    assert [sized.applies(MASS, size) for size in (None, 29.9, 30.0)] == [False, False, True]


def test_a_report_part_has_a_limit_and_blank_text_is_no_report() -> None:
    with pytest.raises(TextTooLong):
        ReportText(findings="字" * (MAX_TEXT_LENGTH + 1))
    assert ReportText(" \n", "", "\t").is_empty
    assert not ReportText(impression="右肺上叶结节").is_empty


def test_a_report_holds_blanks_for_tabs_and_of_control_characters_line_ends_alone() -> None:
    text = ReportText("右肺\t结节\r\n3\t\tmm\n", "\x00a\x0b\x85b", "\t")
    assert (text.findings, text.impression, text.advice) == ("右肺 结节\r\n3  mm\n", "ab", " ")


def test_every_reason_of_a_return_says_what_to_do_in_both_languages() -> None:
    for reason, language in itertools.product(ReturnReason, ("zh", "en")):
        assert len(getattr(RETURN_WORDS[reason], language)) > 3


def test_only_a_person_has_a_name_to_judge_and_sign_with() -> None:
    assert Wall.person("u17", frozenset({HospitalId("h1")})).user_id == "u17"
    for machine in (Wall.system("sweep"), Wall.operator(), Wall(None, Role.HOSPITAL, "user:u17")):
        with pytest.raises(BehindTheWall, match="only a person"):
            assert machine.user_id
