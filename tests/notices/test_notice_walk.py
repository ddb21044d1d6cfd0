"""Whatever happens in whatever order: what stands is told until somebody heard, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.archive import deliveries
from service.archive.store import Archive, now
from service.domain.delivery import DeliveryState
from service.domain.notice import Heard, Via
from service.domain.review import NothingToUndo
from service.domain.review import ReviewAction as A
from service.flow import notice
from service.flow.bell import Step
from service.flow.notice import NoticeClosed
from service.flow.sweep import due
from tests.notices.ward import NURSE, Ward, ward, ward_of
from tests.reviewing.writing import ANNA
from tests.support.flowing import WALL

ACTS = ("accept", "reject", "undo", "grow", "shrink", "wait 100", "wait 400", "his away", "his back", "heard", "called")


def stands(here: Ward) -> bool:
    """Whether the finding stands and is as long as the rule asks, by its events and arithmetic of our own."""
    with here.archive.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT action, said FROM review_event WHERE study_id = ? ORDER BY seq", (here.study.id,)
        ).all()
    counted: list[tuple[str, str | None]] = []
    for action, said in rows:
        if action == "undo":
            counted.pop()
        else:
            counted.append((action, said))
    if not counted or counted[-1][0] not in {"accept", "correct"}:
        return False
    action, said = counted[-1]
    return (3.0 if action == "accept" else float(str(said).split('"length_mm": ')[1].split(",")[0])) >= 3.0


def do(here: Ward, act: str) -> None:
    word, _, seconds = act.partition(" ")
    if word in {"accept", "reject"}:
        here.judge(A(word))
    elif word == "undo":
        try:
            here.judge(A.UNDO)
        except NothingToUndo:
            return
    elif word in {"grow", "shrink"}:
        here.judge(A.CORRECT, long_axis_mm=8.0 if word == "grow" else 2.0)
    elif word == "wait":
        here.flow.pass_time(float(seconds))
    elif word == "his":
        here.is_away = seconds == "away"
    elif here.notices:
        via = (Via.HOSPITAL, here.machine) if word == "heard" else (Via.CALL, ANNA)
        try:
            here.acknowledge(NURSE if word == "heard" else Heard("Nurse Wang", "telephone"), *via)
        except NoticeClosed:
            assert not here.only.is_open


def check(here: Ward) -> None:
    """What must hold after every act and its sweep."""
    found = here.notices
    assert len(found) <= 1, "one finding under one rule is one notice"
    is_told = bool(found) and found[0].state.value != "taken-back"
    assert is_told is stands(here)
    if not found:
        return
    (one,) = found
    with here.archive.read() as connection:
        moment = now(connection)
        messages = notice.messages_of(connection, WALL, one)
    waiting = [each for each in messages if each.state is DeliveryState.PENDING and each.identity.startswith(one.id)]
    if one.is_open:
        assert one.due_at is not None
        assert moment < one.due_at <= moment + 300.5
        assert one.escalated_at is not None or one.due_at <= one.deadline_at
        assert len(waiting) <= 1, "the newest message replaces those that did not get away"
    else:
        assert (one.due_at, waiting) == (None, [])
    assert (one.state.value == "escalated") is (one.is_open and one.deadline_at <= moment)
    assert (one.state.value == "raised") is (one.is_open and one.deadline_at > moment and one.told_at is None)
    numbers = [each["data"]["message"] for each in here.got]
    assert numbers == sorted(set(numbers)), "no message twice, none behind its successor"
    if here.got and not here.is_away:
        assert (here.got[-1]["data"]["state"] == "taken-back") is (one.state.value == "taken-back")
    assert Step.NOTICE not in due(here.archive)[0]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(ACTS), min_size=1, max_size=14))
def test_a_notice_is_told_until_somebody_heard(shared: Ward, acts: list[str]) -> None:
    here = ward_of(shared.flow)
    for act in acts:
        do(here, act)
        here.sweep()
        check(here)
    with here.archive.write() as connection:
        for each in deliveries.of_study(connection, WALL, here.study.id):
            deliveries.park(connection, WALL, each)
    if here.notices and here.only.is_open:
        here.acknowledge()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("walk")
    archive = Archive(folder)
    with ward(archive) as opened:
        opened.rule(least_mm=3.0)
        yield opened
    archive.close()
