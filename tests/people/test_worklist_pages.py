"""The worklist as the page gets it: lines in order, behind the reader's wall, live, and one reader for each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from service.archive import hospitals
from service.archive.studies import Study
from service.domain.analysis import AnalysisOutcome
from service.domain.hospital import Language
from service.domain.user import UserRole
from service.domain.wall import Wall
from tests.people.browsers import Browser, Browsers
from tests.support.edges import Customer


def path(study: Study, rest: str = "") -> str:
    return f"/worklist/{study.hospital}/{study.study_instance_uid}{rest}"


@contextmanager
def listening(browser: Browser, **headers: str) -> Iterator[Iterator[str]]:
    with browser.client.stream("GET", "/room/v1/live", headers=headers, timeout=httpx.Timeout(15)) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield answer.iter_lines()


def told(lines: Iterator[str]) -> dict[str, str]:
    """The next event that says something."""
    return next(json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


@pytest.fixture
def anna(browsers: Browsers, hospital: Customer) -> Browser:
    return browsers.at(browsers.person(hospitals=[hospital.id]))


def test_a_line_says_who_what_how_it_stands_and_why_it_stands_there(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    study = browsers.edges.study(hospital)
    browsers.edges.analysis(study, findings=2)
    page = anna.get("/worklist").json()
    (line,) = page["items"]
    assert line["study_instance_uid"] == study.study_instance_uid
    assert line["hospital"] == {"id": hospital.id, "name": hospital.name}
    assert (line["modality"], line["images"]) == ("CT", {"received": 2, "expected": None})
    assert (line["ai"][0]["outcome"], line["ai"][0]["text"], line["ai"][0]["score"]) == ("findings", "2 findings", 0.89)
    assert line["order_reason"] == "no order, taken as outpatient, then AI score 0.89, then waiting time"
    assert [flag["word"] for flag in line["flags"]] == ["no-order"]
    assert line["clock"]["target_s"] == 24 * 3600
    assert (page["total"], page["more_than_total"], page["next"]) == (1, False, None)
    alone = anna.get(path(study)).json()
    assert {**alone, "clock": None} == {**line, "clock": None}


def test_the_words_are_the_readers_language(browsers: Browsers, hospital: Customer) -> None:
    study = browsers.edges.study(hospital)
    browsers.edges.analysis(study, AnalysisOutcome.REFUSED)
    zhang = browsers.at(browsers.person(hospitals=[hospital.id], language=Language.ZH_CN))
    line = zhang.get(path(study)).json()
    assert (line["ai"][0]["text"], line["urgency"]["text"], line["flags"][0]["text"]) == (
        "不适用，未分析",
        "普通",
        "无申请单",
    )


def test_pages_follow_each_other_without_a_gap(browsers: Browsers, hospital: Customer, anna: Browser) -> None:
    studies = [browsers.edges.study(hospital).study_instance_uid for _ in range(5)]
    seen: list[str] = []
    after = None
    for _ in range(3):
        page = anna.get("/worklist", limit=2, **({} if after is None else {"after": after})).json()
        seen += [line["study_instance_uid"] for line in page["items"]]
        after = page["next"]
    assert seen == studies
    assert after is None
    for bad in ("x", "e30", "WzEsMl0", "W10="):
        assert anna.get("/worklist", after=bad).json()["code"] == "bad-cursor"


def test_nobody_sees_or_touches_another_hospitals_examination(browsers: Browsers, anna: Browser) -> None:
    foreign = browsers.edges.study(browsers.edges.hospital())
    assert anna.get("/worklist").json()["items"] == []
    for method, rest, body in (
        ("GET", "", None),
        ("PUT", "/claim", {}),
        ("DELETE", "/claim", None),
        ("PUT", "/urgency", {"urgency": "high"}),
        ("POST", "/return", {"reason": "images-missing"}),
        ("DELETE", "/return", None),
    ):
        assert anna.send(method, path(foreign, rest), body).json()["code"] == "not-found", method


def test_a_removed_hospitals_examinations_leave_the_list(browsers: Browsers, hospital: Customer) -> None:
    other = browsers.edges.hospital()
    anna = browsers.at(browsers.person(hospitals=[hospital.id, other.id]))
    browsers.edges.study(hospital)
    stays = browsers.edges.study(other)
    with browsers.edges.archive.write() as connection:
        hospitals.remove(connection, Wall.operator(), hospital.id)
    page = anna.get("/worklist").json()
    assert [each["study_instance_uid"] for each in page["items"]] == [stays.study_instance_uid]
    assert page["total"] == 1


def test_two_readers_do_not_read_the_same_one_unseen(browsers: Browsers, hospital: Customer, anna: Browser) -> None:
    study = browsers.edges.study(hospital)
    other = browsers.person(hospitals=[hospital.id])
    ben = browsers.at(other)
    taken = anna.send("PUT", path(study, "/claim"), {}).json()
    assert taken["status"]["word"] == "reading"
    refused = ben.send("PUT", path(study, "/claim"), {})
    assert (refused.status_code, refused.json()["code"]) == (409, "claimed")
    assert taken["reader"]["name"] in refused.json()["detail"]
    over = ben.send("PUT", path(study, "/claim"), {"instead_of": refused.headers["x-claimed-by"]}).json()
    assert over["reader"] == {"id": other.id, "name": other.name}
    assert ben.send("DELETE", path(study, "/claim")).status_code == 204
    assert ben.get(path(study)).json()["reader"] is None


def test_an_urgency_a_reader_confirmed_names_them(browsers: Browsers, hospital: Customer, anna: Browser) -> None:
    study = browsers.edges.study(hospital)
    line = anna.send("PUT", path(study, "/urgency"), {"urgency": "critical"}).json()
    assert line["urgency"]["word"] == "critical"
    assert line["urgency"]["confirmed_by"]["name"].startswith("Person")
    assert "a physician said critical" in line["order_reason"]


def test_a_return_says_why_and_is_told_to_the_hospital(browsers: Browsers, hospital: Customer, anna: Browser) -> None:
    study = browsers.edges.study(hospital)
    assert anna.send("POST", path(study, "/return"), {"reason": "other"}).status_code == 422
    assert anna.send("POST", path(study, "/return"), {"reason": "because"}).status_code == 422
    line = anna.send("POST", path(study, "/return"), {"reason": "images-missing", "note": "apex"}).json()
    assert (line["status"]["word"], line["status"]["reason"]) == (
        "returned",
        "Images are missing: send the whole series again. apex",
    )
    assert anna.send("POST", path(study, "/return"), {"reason": "images-missing"}).json()["code"] == "wrong-state"
    his = browsers.edges.client(hospital).get("/api/v1/events").json()["items"]
    (event,) = [each for each in his if each["kind"] == "study.returned"]
    assert event["text"] == "The examination was returned: Images are missing: send the whole series again."
    assert "study.claimed" not in {each["kind"] for each in his}


def test_the_page_hears_of_a_change_and_goes_on_after_a_break(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    first = browsers.edges.study(hospital)
    with listening(anna) as lines:
        assert next(lines).startswith("retry")
        study = browsers.edges.study(hospital)
        assert told(lines) == {"hospital": hospital.id, "study_instance_uid": study.study_instance_uid}
    with listening(anna, **{"Last-Event-ID": "0"}) as lines:
        assert told(lines)["study_instance_uid"] == first.study_instance_uid


def test_a_stream_ends_with_its_session(browsers: Browsers, hospital: Customer, anna: Browser) -> None:
    with listening(anna) as lines:
        next(lines)
        other = httpx.Client(base_url=browsers.edges.url, cookies=dict(anna.client.cookies), trust_env=False)
        other.delete("/room/v1/session", headers={"X-CSRF-Token": anna.csrf})
        browsers.edges.study(hospital)
        assert "event: session-ended" in list(lines)


def test_a_stream_keeps_no_session_open_that_nobody_works_in(
    browsers: Browsers, hospital: Customer, anna: Browser
) -> None:
    with listening(anna, **{"X-User-Active": "1"}) as lines:
        next(lines)
        with browsers.edges.archive.write() as connection:
            connection.exec_driver_sql("UPDATE session SET active_at = active_at - 601 WHERE csrf = ?", (anna.csrf,))
        browsers.edges.study(hospital)
        assert "event: session-ended" in list(lines)
    assert anna.get("/session").json()["locked"] is True


@pytest.mark.parametrize("role", [UserRole.SCIENTIST, UserRole.HOSPITAL])
def test_only_readers_have_a_worklist(browsers: Browsers, hospital: Customer, role: UserRole) -> None:
    browser = browsers.at(browsers.person(role, hospitals=[hospital.id]))
    assert browser.get("/worklist").json()["code"] == "forbidden"
    assert browser.get("/live").json()["code"] == "forbidden"


def test_bad_questions_are_answered_in_words(browsers: Browsers, anna: Browser) -> None:
    for query in ({"limit": 0}, {"limit": 201}, {"status": "nonsense"}, {"q": "x" * 65}, {"colour": "red"}):
        answer = anna.get("/worklist", **query)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request"), query
    assert anna.get("/worklist", q="%_'\"").json()["items"] == []


def test_a_search_with_control_characters_is_refused_in_words(browsers: Browsers, hospital: Customer) -> None:
    """A NUL that somebody pasted was nothing to look for, and so everybody was found."""
    browsers.edges.study(hospital)
    anna = browsers.at(browsers.person(hospitals=[hospital.id]))
    for text in ("\0", "a\0b", "\x1b", "\x7f", "\x85"):
        answer = anna.get("/worklist", q=text)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request"), text
        assert "control characters" in answer.text
    for blank in ("", "  ", "\t", "\u202a\u202c", "\u200e "):
        assert len(anna.get("/worklist", q=blank).json()["items"]) == 1
