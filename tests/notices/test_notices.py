"""Urgent findings: a physician's judgement raises a notice, and it is told until somebody of the hospital heard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.archive import audit, deliveries, notice_rules, notices
from service.archive.store import Archive
from service.domain.codes import PNEUMOTHORAX
from service.domain.delivery import DeliveryState
from service.domain.notice import Heard, MalformedRule, NothingHeard, NoticeRule, NoticeState, Via
from service.domain.review import ReviewAction as A
from service.domain.wall import BehindTheWall, HospitalId, Wall
from service.flow import notice
from service.flow.bell import Step
from service.flow.notice import NoSuchNotice, NoticeClosed
from service.flow.sweep import due
from tests.notices.ward import HEAD, NURSE, OWN, WARD, Ward, elsewhere, ward
from tests.reviewing.writing import ANNA
from tests.support.flowing import WALL


@pytest.fixture
def here(archive: Archive) -> Iterator[Ward]:
    with ward(archive) as opened:
        yield opened


def test_a_packages_suspicion_raises_nothing_and_a_physicians_judgement_does(here: Ward) -> None:
    here.rule()
    here.sweep()
    assert here.notices == ()

    here.judge(A.ACCEPT)

    raised = here.only
    assert (raised.state, raised.raised_by, raised.tracking_uid) == (NoticeState.RAISED, "anna", here.proposed)
    assert raised.deadline_at - raised.raised_at == pytest.approx(600.0)
    assert here.kinds == ["notice.raised"]


@pytest.mark.parametrize(
    ("action", "state"), [(A.ACCEPT, ["raised"]), (A.CORRECT, ["raised"]), (A.REJECT, []), (A.DOUBT, [])]
)
def test_only_a_finding_that_stands_is_told(here: Ward, action: A, state: list[str]) -> None:
    here.rule()
    here.judge(action)
    assert here.states == state


def test_a_readers_own_finding_is_told_too(here: Ward) -> None:
    here.rule(PNEUMOTHORAX)
    here.judge(A.ADD, OWN, concept=PNEUMOTHORAX)
    assert here.only.tracking_uid == OWN


def test_what_no_rule_is_about_is_not_told(here: Ward) -> None:
    here.rule(PNEUMOTHORAX)
    here.rule(least_mm=8.1)
    here.judge(A.CORRECT, long_axis_mm=8.0)
    assert here.notices == ()
    here.judge(A.CORRECT, long_axis_mm=8.1)
    assert here.states == ["raised"]


def test_a_rule_that_was_ended_raises_nothing_and_what_it_raised_goes_on(here: Ward) -> None:
    ended = here.rule(contact="nobody")
    kept = here.rule()
    with here.archive.write() as connection:
        assert notice_rules.remove(connection, WALL, here.flow.hospital, ended.id)
        assert not notice_rules.remove(connection, WALL, here.flow.hospital, ended.id)
    here.judge(A.ACCEPT)
    assert here.only.rule.id == kept.id
    with here.archive.write() as connection:
        notice_rules.remove(connection, WALL, here.flow.hospital, kept.id)
    here.judge(A.CORRECT, long_axis_mm=9.0)
    assert here.states == ["raised"]
    here.sweep()
    assert here.states == ["sent"]


def test_a_notice_that_arrived_is_sent_and_names_whom_to_call(here: Ward) -> None:
    here.rule()
    here.judge(A.ACCEPT)
    here.sweep()
    (message,) = here.got
    said = message["data"]
    assert (said["notice_id"], said["state"], said["contact"]) == (here.only.id, "raised", WARD)
    assert (said["study_instance_uid"], said["message"]) == (here.study.study_instance_uid, 1)
    assert set(said) == {
        *("notice_id", "state", "message", "study_instance_uid", "accession_number", "order_ids", "contact"),
        *("raised_at", "deadline_at"),
    }, "identifiers and whom to call: neither a patient nor what was found"
    assert here.states == ["sent"]
    assert here.only.told_at is not None


def test_while_the_his_is_away_the_notice_is_not_said_to_be_told(here: Ward) -> None:
    here.rule()
    here.is_away = True
    here.judge(A.ACCEPT)
    here.sweep()
    assert (here.states, here.only.told_at) == (["raised"], None)
    with here.archive.read() as connection:
        (waiting,) = notice.messages_of(connection, WALL, here.only)
    assert (waiting.state, waiting.last_error) == (DeliveryState.PENDING, "the HIS is away")
    here.flow.pass_time(3.0)
    here.is_away = False
    here.sweep()
    assert here.states == ["sent"]


def test_it_is_told_again_every_five_minutes_and_to_the_head_after_ten(here: Ward) -> None:
    here.rule()
    here.judge(A.ACCEPT)
    here.sweep()
    for seconds, count, state in ((220.0, 1, "sent"), (90.0, 2, "sent"), (210.0, 2, "sent"), (90.0, 3, "escalated")):
        here.flow.pass_time(seconds)
        here.sweep()
        assert (len(here.got), here.states) == (count, [state]), seconds
    here.flow.pass_time(301.0)
    here.sweep()
    assert here.told == [("raised", WARD), ("sent", WARD), ("escalated", HEAD), ("escalated", HEAD)]
    assert here.kinds == [
        *("notice.raised", "notice.sent", "notice.sent", "notice.escalated", "notice.sent", "notice.sent"),
    ]
    assert [each["data"]["message"] for each in here.got] == [1, 2, 3, 4]


def test_a_hospitals_own_deadline_counts(here: Ward) -> None:
    here.rule(deadline_s=120.0)
    here.judge(A.ACCEPT)
    here.sweep()
    here.flow.pass_time(60.0)
    here.sweep()
    assert here.states == ["sent"]
    here.flow.pass_time(61.0)
    here.sweep()
    assert here.states == ["escalated"]
    assert here.told[-1] == ("escalated", HEAD)


def test_a_message_that_did_not_get_away_is_replaced_by_the_next(here: Ward) -> None:
    here.rule()
    here.is_away = True
    here.judge(A.ACCEPT)
    for _ in range(3):
        here.sweep()
        here.flow.pass_time(301.0)
    here.is_away = False
    here.sweep()
    assert here.told == [("escalated", HEAD)], "the newest, once"


def test_the_sweep_knows_when_the_next_notice_is_due(here: Ward) -> None:
    here.rule()
    here.judge(A.ACCEPT)
    here.sweep()
    assert Step.NOTICE not in due(here.archive)[0]
    here.flow.pass_time(301.0)
    assert Step.NOTICE in due(here.archive)[0]
    here.sweep()
    assert Step.NOTICE not in due(here.archive)[0]
    here.acknowledge()
    here.flow.pass_time(10_000.0)
    assert Step.NOTICE not in due(here.archive)[0], "closed: nobody is woken for it"


def test_a_hospital_without_a_webhook_is_told_on_screen_and_escalated_all_the_same(archive: Archive) -> None:
    with ward(archive, webhook_url=None) as here:
        here.rule()
        here.judge(A.ACCEPT)
        here.sweep()
        assert (here.states, here.only.sent_count) == (["raised"], 0)
        here.flow.pass_time(601.0)
        here.sweep()
        assert here.states == ["escalated"]
        assert here.only.contact == HEAD
        here.acknowledge(Heard("Dr Li", "by telephone, repeated it"), Via.CALL, ANNA)
        assert here.states == ["acknowledged"]


def test_an_acknowledgement_keeps_who_read_back_what_and_ends_the_telling(here: Ward) -> None:
    here.rule()
    here.judge(A.ACCEPT)
    here.sweep()
    closed = here.acknowledge()
    assert closed.acknowledgement is not None
    said = closed.acknowledgement
    assert (said.heard, said.via, said.recorded_by) == (NURSE, Via.HOSPITAL, "key:k1")
    here.flow.pass_time(10_000.0)
    assert here.sweep() == 0
    assert len(here.got) == 1
    with here.archive.read() as connection:
        wanted = audit.AuditFilter(action="notice.acknowledge")
        (entry,) = audit.search(connection, Wall.operator(), wanted, audit.Paging())
    assert (entry.actor, entry.subject) == ("key:k1", here.study.study_instance_uid)
    assert entry.detail == {"notice": closed.id, "via": "hospital"}, "no words that somebody typed"


def test_a_documented_call_closes_it_and_the_his_that_knew_hears_of_it(here: Ward) -> None:
    here.rule()
    here.judge(A.ACCEPT)
    here.sweep()
    here.acknowledge(Heard("Nurse Wang", "phone 8003, repeated side and size"), Via.CALL, ANNA)
    here.sweep()
    assert here.told == [("raised", WARD), ("acknowledged", WARD)]
    here.judge(A.UNDO)
    here.sweep()
    assert here.told[-1][0] == "taken-back"


def test_it_is_closed_once(here: Ward) -> None:
    here.rule()
    here.judge(A.ACCEPT)
    here.acknowledge()
    with pytest.raises(NoticeClosed) as closed:
        here.acknowledge(Heard("another", "late"))
    said = closed.value.notice.acknowledgement
    assert said is not None
    assert said.heard == NURSE
    assert here.kinds.count("notice.acknowledged") == 1


def test_what_was_acknowledged_before_it_left_is_not_sent_any_more(here: Ward) -> None:
    here.rule()
    here.judge(A.ACCEPT)
    here.acknowledge(Heard("Nurse Wang", "phone"), Via.CALL, ANNA)
    here.sweep()
    assert here.got == []


@pytest.mark.parametrize("back", [A.UNDO, A.REJECT, A.DOUBT])
def test_a_judgement_that_is_taken_back_takes_the_notice_back(here: Ward, back: A) -> None:
    here.rule()
    here.judge(A.ACCEPT)
    here.sweep()
    here.judge(back)
    assert (here.states, here.only.due_at) == (["taken-back"], None)
    here.flow.pass_time(700.0)
    here.sweep()
    assert here.told == [("raised", WARD), ("taken-back", WARD)], "who was told is told that it stands no more"
    assert here.kinds == ["notice.raised", "notice.sent", "notice.taken_back"]


def test_what_nobody_was_told_yet_is_taken_back_without_a_word(here: Ward) -> None:
    here.rule()
    here.judge(A.ACCEPT)
    here.judge(A.UNDO)
    here.sweep()
    assert here.got == []


def test_a_message_under_way_when_it_is_taken_back_is_not_tried_again(here: Ward) -> None:
    here.rule()
    here.judge(A.ACCEPT)
    with here.archive.write() as connection:
        (sending,) = [each for each in deliveries.claim(connection, WALL) if here.only.id in each.identity]
    here.judge(A.UNDO)
    with here.archive.write() as connection:
        assert not deliveries.busy(connection, WALL, sending, delay_s=1.0, error="busy")
    here.flow.pass_time(5.0)
    here.sweep()
    assert here.told == [("taken-back", WARD)], "it may have heard half of it"


def test_what_stands_again_is_raised_again_with_a_time_of_its_own(here: Ward) -> None:
    here.rule()
    here.judge(A.ACCEPT)
    here.sweep()
    here.acknowledge()
    here.flow.pass_time(500.0)
    here.judge(A.REJECT)
    here.judge(A.UNDO)
    again = here.only
    assert (again.state, again.acknowledgement, again.told_at) == (NoticeState.RAISED, None, None)
    here.sweep()
    here.flow.pass_time(200.0)
    here.sweep()
    assert here.states == ["sent"], "ten minutes begin anew"
    assert "notice.acknowledged" in here.kinds, "what was heard before stays on record"
    with here.archive.read() as connection:
        messages = notice.messages_of(connection, WALL, again)
    assert len({each.identity for each in messages}) == len(messages) >= 2


def test_a_correction_out_of_one_rule_into_another_moves_the_notice(here: Ward) -> None:
    here.rule()
    here.rule(PNEUMOTHORAX, contact="surgeon")
    here.judge(A.ACCEPT)
    here.judge(A.CORRECT, concept=PNEUMOTHORAX)
    assert {each.rule.rule.contact: each.state.value for each in here.notices} == {
        WARD: "taken-back",
        "surgeon": "raised",
    }


def test_a_second_judgement_of_the_same_kind_changes_nothing(here: Ward) -> None:
    here.rule()
    here.judge(A.ACCEPT)
    here.sweep()
    before = here.only
    here.judge(A.CORRECT, long_axis_mm=8.5)
    here.sweep()
    assert here.only == before


def test_a_notice_is_behind_its_hospitals_wall(here: Ward) -> None:
    here.rule()
    here.judge(A.ACCEPT)
    stranger = elsewhere()
    with here.archive.write() as connection:
        assert notices.of_study(connection, stranger, here.study.id) == ()
        assert notices.count_open(connection, stranger) == 0
        assert notice_rules.of_hospital(connection, stranger, here.flow.hospital) == ()
        with pytest.raises(NoSuchNotice):
            notice.acknowledge(connection, stranger, here.only.id, NURSE, Via.CALL)
        with pytest.raises(BehindTheWall):
            notice_rules.remove(connection, stranger, here.flow.hospital, here.only.rule.id)
        with pytest.raises(BehindTheWall):
            notice_rules.add(connection, stranger, here.flow.hospital, here.only.rule.rule)
        with pytest.raises(BehindTheWall):
            notices.due(connection, stranger)
    assert here.states == ["raised"]


def test_another_hospitals_rule_is_not_ended_by_its_id(here: Ward) -> None:
    rule = here.rule()
    with here.archive.write() as connection:
        assert not notice_rules.remove(connection, WALL, HospitalId("elsewhere"), rule.id)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"contact": " "}, "the contact"),
        ({"escalation_contact": ""}, "escalation contact"),
        ({"contact": "a\nb"}, "the contact"),
        ({"deadline_s": 59.0}, "60 to 86400"),
        ({"deadline_s": float("nan")}, "60 to 86400"),
        ({"least_long_axis_mm": 0.0}, "above 0"),
    ],
)
def test_a_rule_that_could_not_work_is_refused_with_what_is_wrong(changed: dict, words: str) -> None:
    given = {"least_long_axis_mm": None, "contact": WARD, "escalation_contact": HEAD, "deadline_s": 600.0}
    with pytest.raises(MalformedRule, match=words):
        NoticeRule(PNEUMOTHORAX, **{**given, **changed})


@pytest.mark.parametrize(("who", "how"), [("", "x"), ("x", " "), ("x" * 121, "x"), ("x", "x" * 501)])
def test_an_acknowledgement_without_a_name_or_words_is_none(who: str, how: str) -> None:
    with pytest.raises(NothingHeard):
        Heard(who, how)
