"""Only the designed steps are possible: every pair of state and event of every lifecycle."""

from __future__ import annotations

import itertools

import pytest

from service.domain.analysis import ANALYSIS, AnalysisEvent, AnalysisState, after_lost_attempt
from service.domain.delivery import DELIVERY, DeliveryEvent, DeliveryState, retry_delay_s
from service.domain.lifecycle import IllegalTransition, Lifecycle
from service.domain.order import ORDER, OrderEvent, OrderState
from service.domain.study import STUDY, StudyEvent, StudyState, opens_revision

# Typed from the design, never imported from the code under test.
LEGAL_STUDY = {
    ("receiving", "image stored"): "receiving",
    ("receiving", "other object stored"): "receiving",
    ("receiving", "completed"): "complete",
    ("receiving", "erased"): "erased",
    ("complete", "image stored"): "receiving",
    ("complete", "other object stored"): "complete",
    ("complete", "completed"): "complete",
    ("complete", "erased"): "erased",
}
LEGAL_ANALYSIS = {
    ("pending", "nothing selectable"): "refused",
    ("pending", "claimed"): "running",
    ("pending", "cancelled"): "cancelled",
    ("running", "concluded"): "concluded",
    ("running", "refused"): "refused",
    ("running", "attempt lost"): "pending",
    ("running", "attempts exhausted"): "failed",
    ("running", "deterministic error"): "failed",
    ("running", "cancelled"): "cancelled",
    ("failed", "retried"): "pending",
    ("concluded", "succeeded by a later one"): "superseded",
    ("refused", "succeeded by a later one"): "superseded",
    ("failed", "succeeded by a later one"): "superseded",
}
LEGAL_ORDER = {
    ("requested", "matched"): "matched",
    ("requested", "cancelled"): "cancelled",
    ("matched", "analysis began"): "analysing",
    ("matched", "complete, no package asked"): "preliminary",
    ("matched", "report released"): "final",
    ("matched", "new revision"): "analysing",
    ("matched", "cancelled"): "cancelled",
    ("analysing", "all analyses ended"): "preliminary",
    ("matched", "report released provisionally"): "preliminary",
    ("analysing", "report released provisionally"): "preliminary",
    ("preliminary", "report released provisionally"): "preliminary",
    ("analysing", "report released"): "final",
    ("analysing", "new revision"): "analysing",
    ("analysing", "cancelled"): "cancelled",
    ("preliminary", "report released"): "final",
    ("preliminary", "new revision"): "analysing",
    ("preliminary", "cancelled"): "cancelled",
    ("final", "new revision"): "final",
    ("final", "report withdrawn"): "preliminary",
    ("final", "amended"): "final",
}
LEGAL_DELIVERY = {
    ("pending", "claimed"): "sending",
    ("pending", "parked"): "parked",
    ("pending", "superseded or withdrawn before it arrived"): "cancelled",
    ("failed", "superseded or withdrawn before it arrived"): "cancelled",
    ("parked", "superseded or withdrawn before it arrived"): "cancelled",
    ("sending", "accepted"): "delivered",
    ("sending", "busy or unreachable"): "pending",
    ("sending", "lease expired"): "pending",
    ("sending", "not taken or lease expired, and superseded or withdrawn meanwhile"): "cancelled",
    ("sending", "refused for good"): "failed",
    ("delivered", "committed or acknowledged"): "confirmed",
    ("failed", "parked"): "parked",
    ("failed", "resumed"): "pending",
    ("parked", "resumed"): "pending",
}
EVERY_PAIR = [
    (lifecycle, legal, state, event)
    for lifecycle, legal, states, events in (
        (STUDY, LEGAL_STUDY, StudyState, StudyEvent),
        (ANALYSIS, LEGAL_ANALYSIS, AnalysisState, AnalysisEvent),
        (ORDER, LEGAL_ORDER, OrderState, OrderEvent),
        (DELIVERY, LEGAL_DELIVERY, DeliveryState, DeliveryEvent),
    )
    for state, event in itertools.product(states, events)
]


@pytest.mark.parametrize(("lifecycle", "legal", "state", "event"), EVERY_PAIR)
def test_only_the_designed_steps_are_possible(lifecycle: Lifecycle, legal: dict, state, event) -> None:
    follows = legal.get((state.value, event.value))
    if follows is None:
        assert not lifecycle.allows(state, event)
        with pytest.raises(IllegalTransition, match=lifecycle.subject):
            lifecycle.after(state, event)
    else:
        assert lifecycle.after(state, event).value == follows


def test_only_an_image_after_completion_opens_a_revision() -> None:
    opening = {pair for pair in itertools.product(StudyState, StudyEvent) if opens_revision(*pair)}

    assert opening == {(StudyState.COMPLETE, StudyEvent.IMAGE_STORED)}


def test_a_lost_attempt_is_tried_three_times_in_all() -> None:
    assert [after_lost_attempt(attempt).value for attempt in (1, 2, 3)] == [
        "attempt lost",
        "attempt lost",
        "attempts exhausted",
    ]


def test_a_failed_delivery_waits_longer_each_time_but_never_more_than_a_quarter_of_an_hour() -> None:
    longest = [retry_delay_s(attempt, 0.999999) for attempt in range(1, 40)]
    shortest = [retry_delay_s(attempt, 0.0) for attempt in range(1, 40)]

    assert longest == sorted(longest)
    assert longest[0] <= 2
    assert longest[-1] <= 900
    assert all(low * 2 == pytest.approx(high, rel=1e-5) for low, high in zip(shortest, longest, strict=True))
