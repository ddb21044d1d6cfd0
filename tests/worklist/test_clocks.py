"""An examination's clock: half, four fifths and all of its time are told once each; reports' times are counted."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from service.archive import clocks, hospitals, studies
from service.archive.events import EventKind
from service.archive.store import Archive
from service.archive.studies import Study
from service.archive.tables import EVENT, IMAGING_ORDER
from service.domain.clock import Clock, Stopped, turnaround
from service.domain.order import ExamClass
from service.domain.returning import ReturnReason
from service.domain.wall import Wall
from service.flow import read, take_back
from service.flow.bell import Step
from service.flow.clock import tell_due
from service.flow.sweep import due
from tests.reviewing.test_sign import signed, written
from tests.reviewing.writing import ANNA
from tests.support.flowing import WALL, Flow, chest, flowing, pass_time

HOUR_S = 3600.0
TARGET_S = 24 * HOUR_S
"""What an examination without an order has (README: outpatient CT)."""


@pytest.fixture
def flow(archive: Archive) -> Iterator[Flow]:
    with flowing(archive, packages=()) as opened:
        yield opened


def complete(flow: Flow) -> Study:
    return flow.dispatched(*chest(count=3))


def told(flow: Flow, study: Study) -> list[int]:
    return [each.detail["percent"] for each in flow.events(study) if each.kind is EventKind.CLOCK_PASSED]  # type: ignore[misc]


def wait(flow: Flow, seconds: float) -> None:
    """Let time go by, for the timeline as well."""
    flow.pass_time(seconds)
    with flow.archive.write() as connection:
        connection.execute(EVENT.update().values(at=EVENT.c.at - seconds))


def release(flow: Flow, study: Study) -> None:
    written(flow, study)
    signed(flow, study)


def test_each_share_is_told_when_it_is_passed_and_once(flow: Flow) -> None:
    study = complete(flow)
    seen = []
    for hours in (11.9, 0.2, 7.0, 0.2, 4.6, 0.2, 100):
        flow.pass_time(hours * HOUR_S)
        tell_due(flow.archive)
        tell_due(flow.archive)
        seen.append(told(flow, study))

    assert seen == [[], [50], [50], [50, 80], [50, 80], [50, 80, 100], [50, 80, 100]]


def test_the_time_that_an_examination_is_at_the_hospital_tells_nothing_until_it_is_back(flow: Flow) -> None:
    study = complete(flow)
    flow.pass_time(13 * HOUR_S)
    tell_due(flow.archive)
    with flow.archive.write() as connection:
        read.give_back(connection, ANNA, study, ReturnReason.NO_REQUEST, "")
        kept = hospitals.get(connection, WALL, study.hospital)
        hospitals.keep(connection, WALL, replace(kept, targets_s={ExamClass.OUTPATIENT: 16 * HOUR_S}))
    flow.pass_time(20 * HOUR_S)
    tell_due(flow.archive)
    assert told(flow, study) == [50]
    with flow.archive.read() as connection:
        assert clocks.running(connection, WALL) == {}
        assert clocks.next_due_at(connection, WALL) is None

    with flow.archive.write() as connection:
        read.undo_return(connection, ANNA, study)
    tell_due(flow.archive)
    assert told(flow, study) == [50, 80, 100]


def test_a_restart_tells_nothing_again_and_what_was_passed_meanwhile_is_told(flow: Flow) -> None:
    study = complete(flow)
    flow.pass_time(13 * HOUR_S)
    tell_due(flow.archive)
    folder = flow.archive.folder
    again = Archive(folder)
    try:
        assert tell_due(again) == 0
        pass_time(again, 12 * HOUR_S)
        assert tell_due(again) == 2
    finally:
        again.close()
    assert told(flow, study) == [50, 80, 100]


def test_the_sweep_wakes_for_a_clock_and_not_before(flow: Flow) -> None:
    complete(flow)
    tell_due(flow.archive)
    assert Step.COMPLETE not in due(flow.archive)[0]
    flow.pass_time(TARGET_S / 2 - 0.2)
    ready, sleep_s = due(flow.archive)
    assert Step.COMPLETE in ready or 0.0 < sleep_s <= 0.2
    flow.pass_time(1)
    assert Step.COMPLETE in due(flow.archive)[0]
    tell_due(flow.archive)
    assert Step.COMPLETE not in due(flow.archive)[0]


def test_what_is_told_names_class_target_and_how_late_it_was_seen(flow: Flow) -> None:
    study = complete(flow)
    flow.pass_time(TARGET_S / 2 + 90)
    tell_due(flow.archive)
    (passed,) = [each for each in flow.events(study) if each.kind is EventKind.CLOCK_PASSED]
    assert (passed.detail["exam_class"], passed.detail["target_s"]) == (None, TARGET_S)
    assert passed.detail["late_s"] == pytest.approx(90, abs=5)


def test_an_emergency_and_a_hospitals_own_target_have_their_own_clock(flow: Flow) -> None:
    study = complete(flow)
    flow.place(study_uid=study.study_instance_uid, available=())
    with flow.archive.write() as connection:
        connection.execute(IMAGING_ORDER.update().values(exam_class=ExamClass.EMERGENCY.value))
        hospital = hospitals.get(connection, WALL, flow.hospital)
        hospitals.keep(connection, WALL, replace(hospital, targets_s={ExamClass.EMERGENCY: 600.0}))
    flow.pass_time(310)
    tell_due(flow.archive)
    with flow.archive.write() as connection:
        studies.call_complete(connection, WALL, flow.study(study.study_instance_uid))
    assert told(flow, study) in ([], [50]), "the row learns of its class with the next event"
    tell_due(flow.archive)
    assert told(flow, study) == [50]


def test_shorter_targets_count_from_the_next_look_on(flow: Flow) -> None:
    study = complete(flow)
    flow.pass_time(HOUR_S)
    assert tell_due(flow.archive) == 0
    with flow.archive.write() as connection:
        hospital = hospitals.get(connection, WALL, flow.hospital)
        hospitals.keep(connection, WALL, replace(hospital, targets_s={ExamClass.OUTPATIENT: 1.2 * HOUR_S}))
    assert tell_due(flow.archive) == 2
    assert told(flow, study) == [50, 80]


def test_nothing_is_told_of_what_is_still_received_or_was_released(flow: Flow) -> None:
    flow.arrive(*chest(count=3))
    study = complete(flow)
    release(flow, study)
    flow.pass_time(100 * HOUR_S)
    assert tell_due(flow.archive) == 0


def test_images_that_come_later_start_the_clock_anew(flow: Flow) -> None:
    study = complete(flow)
    flow.pass_time(30 * HOUR_S)
    tell_due(flow.archive)
    flow.arrive(*chest(study_uid=study.study_instance_uid, count=1, first=9))
    flow.call_complete(flow.study(study.study_instance_uid))
    flow.complete()
    flow.pass_time(13 * HOUR_S)
    tell_due(flow.archive)
    assert told(flow, study) == [50, 80, 100, 50]


def test_a_clock_stops_once_with_the_first_release(flow: Flow) -> None:
    study = complete(flow)
    flow.pass_time(2 * HOUR_S)
    release(flow, study)
    with flow.archive.write() as connection:
        take_back.withdraw(connection, ANNA, study, "wrong side")
    flow.pass_time(HOUR_S)
    written(flow, study)
    signed(flow, study)
    (stopped,) = [each for each in flow.events(study) if each.kind is EventKind.CLOCK_STOPPED]
    assert stopped.detail["elapsed_s"] == pytest.approx(2 * HOUR_S, abs=5)


def test_the_table_is_what_the_events_say(flow: Flow) -> None:
    hours = [1.0, 3.0, 20.0, 26.0]
    done = []
    for each in hours:
        study = complete(flow)
        wait(flow, each * HOUR_S)
        release(flow, study)
        done.append(study)
    late = complete(flow)
    flow.pass_time(23 * HOUR_S)
    tell_due(flow.archive)
    with flow.archive.read() as connection:
        found = clocks.stopped(connection, WALL, since=0.0)
        running = clocks.running(connection, WALL)

    def between(study: Study) -> float:
        """From the study's events alone: complete images to the release."""
        at = {each.kind: each.at for each in flow.events(study)}
        return at[EventKind.REPORT_RELEASED] - at[EventKind.STUDY_COMPLETE]

    group = flow.hospital, None
    assert sorted(each.elapsed_s for each in found[group]) == pytest.approx(sorted(map(between, done)), abs=1)
    figures = turnaround(found[group])
    assert (figures.done, figures.in_time) == (4, 3)
    assert figures.median_s == pytest.approx(11.5 * HOUR_S, abs=60)
    assert figures.p90_s == pytest.approx(26 * HOUR_S, abs=60)
    assert running == {group: {50: 0, 80: 1, 100: 0}}
    assert told(flow, late) == [50, 80]


def test_older_ones_and_those_of_other_hospitals_are_not_counted(flow: Flow) -> None:
    study = complete(flow)
    release(flow, study)
    with flow.archive.read() as connection:
        moment = connection.exec_driver_sql("SELECT max(at) FROM event").scalar_one()
        assert clocks.stopped(connection, WALL, since=moment + 1) == {}
        assert clocks.stopped(connection, Wall.person("ben", frozenset()), since=0.0) == {}
        assert len(clocks.stopped(connection, WALL, since=moment - 60)) == 1


def test_the_events_that_are_counted_are_found_by_an_index(flow: Flow) -> None:
    """As the centre asks: SQLite takes a partial index only where the statement itself says its condition."""
    asked: list[str] = []
    with flow.archive.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *sent: asked.append(sent[2]))
        clocks.stopped(connection, WALL, since=0.0)
        sent = next(each for each in asked if each.startswith("SELECT"))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sent}", (0.0,)).all()
    assert "event_clock_stopped" in str(plan)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(1, 1e6)), min_size=1, max_size=40))
def test_figures_are_those_of_the_textbook(taken: list[tuple[float, float]]) -> None:
    figures = turnaround([Stopped(*each) for each in taken])
    ordered = sorted(elapsed for elapsed, _ in taken)
    assert figures.median_s == statistics.median(ordered)
    assert sum(each <= figures.p90_s for each in ordered) >= 0.9 * len(ordered)
    assert figures.p90_s in ordered
    assert figures.in_time == sum(elapsed <= target for elapsed, target in taken)


def test_a_share_belongs_to_whoever_passed_it() -> None:
    clock = Clock(since=1000.0, target_s=100.0)
    assert clock.passed(1049.9, 0) == ()
    assert clock.passed(1050.0, 0) == (50,)
    assert clock.passed(1200.0, 50) == (80, 100)
    assert (clock.next_at(0), clock.next_at(80), clock.next_at(100)) == (1050.0, 1100.0, None)
