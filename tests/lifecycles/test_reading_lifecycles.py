"""Report, review and notice: every pair of state and event, typed from the design and not from the code."""

from __future__ import annotations

import itertools

import pytest

from service.domain.lifecycle import IllegalTransition, Lifecycle
from service.domain.notice import NOTICE, NoticeEvent, NoticeState
from service.domain.report import REPORT, ReportEvent, ReportState, after_signature
from service.domain.review import REVIEW, FindingState, ReviewAction

LEGAL_REPORT = {
    ("draft", "saved"): "draft",
    ("draft", "submitted"): "preliminary",
    ("draft", "discarded"): "discarded",
    ("preliminary", "reopened"): "draft",
    ("preliminary", "signed, no audit asked for"): "released",
    ("preliminary", "signed, audit to follow"): "signed",
    ("signed", "recalled by its signer"): "recalled",
    ("signed", "returned by the auditor"): "returned",
    ("signed", "audited"): "released",
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


def test_where_an_audit_is_asked_for_a_signature_releases_nothing() -> None:
    after = {
        audit: REPORT.after(ReportState.PRELIMINARY, after_signature(audit_asked=audit)) for audit in (True, False)
    }
    assert after == {True: ReportState.SIGNED, False: ReportState.RELEASED}
