"""Report, review and notice: every pair of state and event, typed from the design and not from the code."""

from __future__ import annotations

import itertools

import pytest

from service.domain.hospital import Finalising
from service.domain.lifecycle import IllegalTransition, Lifecycle
from service.domain.notice import NOTICE, NoticeEvent, NoticeState
from service.domain.order import ExamClass
from service.domain.report import REPORT, ReportEvent, ReportState, after_signature
from service.domain.review import REVIEW, FindingState, ReviewAction

LEGAL_REPORT = {
    ("draft", "saved"): "draft",
    ("draft", "submitted"): "preliminary",
    ("draft", "discarded"): "discarded",
    ("preliminary", "reopened"): "draft",
    ("preliminary", "signed, no audit asked for"): "released",
    ("preliminary", "signed, audit to follow"): "signed",
    ("preliminary", "signed and released provisionally, audit to follow"): "provisional",
    ("signed", "recalled by its signer"): "recalled",
    ("signed", "returned by the auditor"): "returned",
    ("signed", "audited"): "released",
    ("provisional", "audited"): "released",
    ("provisional", "returned by the auditor"): "withdrawn",
    ("provisional", "withdrawn"): "withdrawn",
    ("released", "a newer version released"): "amended",
    ("released", "withdrawn"): "withdrawn",
}
LEGAL_REVIEW = {
    **{
        (state, action): after
        for state in ("proposed", "accepted", "corrected", "rejected", "uncertain")
        for action, after in (
            ("accept", "accepted"),
            ("correct", "corrected"),
            ("reject", "rejected"),
            ("doubt", "uncertain"),
        )
    },
    ("added", "correct"): "added",
    ("added", "remove"): "removed",
}
LEGAL_NOTICE = {
    ("raised", "sent"): "sent",
    ("raised", "acknowledged"): "acknowledged",
    ("raised", "time ran out"): "escalated",
    ("sent", "sent"): "sent",
    ("sent", "acknowledged"): "acknowledged",
    ("sent", "time ran out"): "escalated",
    ("escalated", "sent"): "escalated",
    ("escalated", "acknowledged"): "acknowledged",
    ("raised", "taken back"): "taken-back",
    ("sent", "taken back"): "taken-back",
    ("escalated", "taken back"): "taken-back",
    ("acknowledged", "taken back"): "taken-back",
    ("taken-back", "raised again"): "raised",
}
EVERY_PAIR = [
    (lifecycle, legal, state, event)
    for lifecycle, legal, states, events in (
        (REPORT, LEGAL_REPORT, ReportState, ReportEvent),
        (REVIEW, LEGAL_REVIEW, FindingState, ReviewAction),
        (NOTICE, LEGAL_NOTICE, NoticeState, NoticeEvent),
    )
    for state, event in itertools.product(states, events)
]


@pytest.mark.parametrize(("lifecycle", "legal", "state", "event"), EVERY_PAIR)
def test_only_the_designed_steps_are_possible(lifecycle: Lifecycle, legal: dict, state, event) -> None:
    follows = legal.get((state.value, event.value))
    if follows is None:
        with pytest.raises(IllegalTransition, match=lifecycle.subject):
            lifecycle.after(state, event)
    else:
        assert lifecycle.after(state, event).value == follows


@pytest.mark.parametrize("amends", [True, False])
@pytest.mark.parametrize("exam_class", [*ExamClass, None])
@pytest.mark.parametrize("finalising", ["signature", "audit", "audit-emergencies-first"])
def test_only_where_the_contract_says_so_a_first_report_on_an_emergency_is_out_before_its_audit(
    finalising: str, exam_class: ExamClass | None, amends: bool
) -> None:
    event = after_signature(Finalising(finalising), exam_class, amends=amends)
    state = REPORT.after(ReportState.PRELIMINARY, event).value
    if finalising == "signature":
        assert state == "released"
    elif (finalising, exam_class, amends) == ("audit-emergencies-first", "emergency", False):
        assert state == "provisional"
    else:
        assert state == "signed"
