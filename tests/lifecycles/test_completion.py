"""When a study is complete."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.completion import Arrival, Complete, Waiting, judge, learned_quiet_s
from service.domain.study import CompletedBy

QUIET = Arrival(
    revision=1,
    image_count=10,
    expected_count=None,
    open_associations=0,
    quiet_since=1000.0,
    quiet_s=10.0,
    completion_called=False,
)


def test_a_study_is_complete_when_the_quiet_time_has_run_out() -> None:
    assert judge(QUIET, 1009.9) == Waiting(due_at=1010.0, open_associations=0, missing_count=None)
    assert judge(QUIET, 1010.0) == Complete(CompletedBy.QUIET)


def test_an_open_association_holds_a_study_however_long_it_pauses() -> None:
    held = replace(QUIET, open_associations=1)

    assert judge(held, 9999.0) == Waiting(due_at=None, open_associations=1, missing_count=None)


def test_the_orders_count_completes_a_study_at_once_even_inside_an_association() -> None:
    counted = replace(QUIET, expected_count=10, open_associations=1)

    assert judge(counted, 1000.0) == Complete(CompletedBy.COUNT)
    assert judge(replace(counted, image_count=9), 1000.0) == Waiting(None, 1, 1)


@pytest.mark.parametrize(
    "exposed", [{"image_count": 11}, {"revision": 2}, {"revision": 2, "image_count": 11}], ids=["more", "late", "both"]
)
def test_a_count_that_proved_too_low_is_relied_on_no_more(exposed: dict[str, int]) -> None:
    wrong = replace(QUIET, expected_count=10, **exposed)  # type: ignore[arg-type]  # integers are for the counts

    assert judge(replace(wrong, open_associations=1), 9999.0) == Waiting(None, 1, 0)
    assert judge(wrong, 1009.9) == Waiting(1010.0, 0, 0)
    assert judge(wrong, 1010.0) == Complete(CompletedBy.QUIET)


def test_an_explicit_call_completes_a_study_at_once() -> None:
    assert judge(replace(QUIET, completion_called=True, open_associations=2), 0.0) == Complete(CompletedBy.EXPLICIT)


def test_a_count_that_is_never_reached_does_not_hold_a_study_for_ever() -> None:
    assert judge(replace(QUIET, expected_count=11), 1011.0) == Complete(CompletedBy.QUIET)


@pytest.mark.parametrize(
    ("gaps_s", "quiet_s"),
    [
        ((), 10.0),
        ((0.1, 0.2), 10.0),
        ((0.1,) * 10, 2.0),
        ((20.0,), 60.0),
        ((0.1,) * 49 + (20.0,), 60.0),
        ((0.1,) * 10 + (100.0,), 120.0),
        ((20.0,) + (0.1,) * 50, 2.0),
    ],
)
def test_quiet_time_is_learned_from_the_senders_last_fifty_studies(gaps_s: tuple, quiet_s: float) -> None:
    assert learned_quiet_s(gaps_s) == pytest.approx(quiet_s)


@given(st.lists(st.floats(0, 1e6), max_size=120))
def test_quiet_time_stays_between_two_seconds_and_two_minutes(gaps_s: list[float]) -> None:
    assert 2.0 <= learned_quiet_s(gaps_s) <= 120.0
