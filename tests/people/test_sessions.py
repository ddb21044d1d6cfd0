"""Nobody but the person themselves acts in their name, and a left browser shows nothing."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from datetime import date

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access import people
from service.access.people import NoDemo, Person, add_demo_reader
from service.archive import sessions
from service.archive.sessions import IDLE_LOCK_S, LONGEST_S
from service.archive.tables import AUDIT
from service.domain.hospital import Language
from service.domain.user import (
    ADMINISTRATORS,
    RIGHTS,
    BadLogin,
    Licence,
    Right,
    RolesExclude,
    UserRole,
    WeakPassword,
    normal_login,
    require_compatible,
    require_strong,
)
from service.domain.wall import BehindTheWall, HospitalId, Wall
from tests.people.browsers import PASSWORD, Browsers


def test_a_session_says_how_long_nobody_touched_anything_in_any_of_its_tabs(browsers: Browsers) -> None:
    browser = browsers.at(browsers.person())
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE session SET active_at = active_at - 300")
    assert 300 <= browser.get("/session").json()["idle_s"] < 360
    browser.client.get("/room/v1/session", headers={"X-User-Active": "1"})
    assert browser.get("/session").json()["idle_s"] < 60


def test_who_signs_in_is_told_who_they_are_and_what_they_may(browsers: Browsers) -> None:
    hospital = browsers.edges.hospital()
    user = browsers.person(UserRole.SENIOR_RADIOLOGIST, hospitals=[hospital.id])
    said = browsers.browser().sign_in(user.login.upper()).json()
    assert (said["user"]["id"], said["user"]["roles"]) == (user.id, ["senior-radiologist"])
    assert said["user"]["rights"] == ["audit-reports", "read-studies", "review", "sign"]
    assert [each["id"] for each in said["hospitals"]] == [hospital.id]
    assert (said["needs"], said["locked"], said["idle_lock_s"]) == (None, False, IDLE_LOCK_S)


def test_the_cookie_is_for_our_pages_only_and_no_script_reads_it(browsers: Browsers) -> None:
    answer = browsers.browser().sign_in(browsers.person().login)
    flags = answer.headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=strict" in flags
    assert "path=/" in flags
    assert "secure" not in flags, "plain HTTP on this machine only"
    assert answer.headers["cache-control"] == "no-store"


def test_over_tls_the_cookie_is_sent_over_tls_only(browsers: Browsers) -> None:
    user = browsers.person()

    async def signed_in() -> httpx.Response:
        transport = httpx.ASGITransport(browsers.edges.app)
        async with httpx.AsyncClient(transport=transport, base_url="https://centre") as client:
            return await client.post("/room/v1/session", json={"login": user.login, "password": PASSWORD})

    answer = asyncio.run(signed_in())
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_token_is_never_kept_and_never_the_same(browsers: Browsers) -> None:
    user, browser = browsers.person(), browsers.browser()
    tokens = set()
    for _ in range(3):
        browser.sign_in(user.login)
        tokens.add(browser.token)
    assert len(tokens) == 3
    with browsers.edges.archive.read() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM session").all())
    assert not any(token in kept for token in tokens if token)


def test_a_session_that_was_planted_is_not_taken_over(browsers: Browsers) -> None:
    browser = browsers.browser()
    planted = secrets.token_urlsafe(32)
    browser.client.cookies.set("consilium_session", planted)
    browser.client.cookies.clear()
    browser.sign_in(browsers.person().login)
    assert browser.token != planted


def test_one_answer_for_unknown_login_wrong_password_and_disabled(browsers: Browsers) -> None:
    known, gone = browsers.person(), browsers.person()
    people.disable(browsers.edges.archive, Wall.operator(), gone.id)
    answers = [
        browsers.browser().sign_in(login, password)
        for login, password in (("nobody-at-all", PASSWORD), (known.login, "wrong horse"), (gone.login, PASSWORD))
    ]
    assert {(each.status_code, each.json()["code"], each.json()["detail"]) for each in answers} == {
        (401, "not-recognised", "Login or password is not right.")
    }


@pytest.mark.parametrize("method", ["DELETE", "POST"])
def test_a_forged_request_changes_nothing(browsers: Browsers, method: str) -> None:
    browser = browsers.at(browsers.person())
    path = "/session" if method == "DELETE" else "/session/lock"
    for forged in ("", "guess", browser.csrf[:-1]):
        assert browser.send(method, path, csrf=forged).json()["code"] == "csrf"
    assert browser.get("/session").json()["locked"] is False
    assert browser.send(method, path).status_code == 204


def test_a_locked_session_shows_nothing_until_its_password_and_keeps_its_place(browsers: Browsers) -> None:
    browser = browsers.at(browsers.person())
    before = browser.token
    browser.send("POST", "/session/lock")
    assert browser.get("/worklist").status_code == 423
    assert browser.get("/session").json()["locked"] is True
    assert browser.send("POST", "/session/unlock", {"password": "wrong horse"}).status_code == 401
    assert browser.get("/worklist").status_code == 423
    assert browser.send("POST", "/session/unlock", {"password": PASSWORD}).json()["locked"] is False
    assert browser.get("/worklist").status_code == 200
    assert browser.token != before
    browser.client.cookies.set("consilium_session", before or "", domain="127.0.0.1")
    assert browsers.browser().get("/session").status_code == 401


def test_a_browser_that_is_left_locks_by_itself_and_ends_in_the_evening(browsers: Browsers) -> None:
    user = browsers.person()
    browser = browsers.at(user)
    _wait(browsers, user.id, IDLE_LOCK_S + 1)
    assert browser.get("/worklist").json()["code"] == "locked"
    browser.send("POST", "/session/unlock", {"password": PASSWORD})
    assert browser.get("/worklist").status_code == 200
    _wait(browsers, user.id, LONGEST_S)
    assert browser.get("/worklist").json()["code"] == "session-missing"


def test_somebody_at_the_keyboard_is_not_locked_out(browsers: Browsers) -> None:
    user = browsers.person()
    browser = browsers.at(user)
    for _ in range(3):
        _wait(browsers, user.id, IDLE_LOCK_S - 5)
        assert browser.client.get("/room/v1/worklist", headers={"X-User-Active": "1"}).status_code == 200
    _wait(browsers, user.id, IDLE_LOCK_S - 5)
    assert browser.client.get("/room/v1/session", headers={"X-User-Active": "1"}).json()["locked"] is False
    _wait(browsers, user.id, IDLE_LOCK_S - 5)
    assert browser.get("/worklist").status_code == 200, "a page that only polls does not keep it open"
    _wait(browsers, user.id, 10)
    assert browser.get("/worklist").status_code == 423


def _wait(browsers: Browsers, user_id: str, seconds: float) -> None:
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql(
            "UPDATE session SET active_at = active_at - ?, expires_at = expires_at - ? WHERE user_id = ?",
            (seconds, seconds, user_id),
        )


def test_who_is_disabled_is_out_even_where_a_session_was_left_open(browsers: Browsers) -> None:
    user = browsers.person()
    browser = browsers.at(user)
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE user SET disabled_at = 1 WHERE id = ?", (user.id,))
    assert browser.get("/worklist").json()["code"] == "session-missing"


def test_an_ended_session_is_ended_for_whoever_kept_its_cookie(browsers: Browsers) -> None:
    browser, thief = browsers.at(browsers.person()), browsers.browser()
    thief.client.cookies.set("consilium_session", browser.token or "", domain="127.0.0.1")
    assert thief.get("/session").status_code == 200
    browser.send("DELETE", "/session")
    assert thief.get("/session").json()["code"] == "session-missing"


def test_a_first_password_is_changed_before_anything_else_and_every_other_session_ends(browsers: Browsers) -> None:
    user = browsers.person(first_password=True)
    browser, other = browsers.at(user), browsers.at(user)
    assert browser.get("/session").json()["needs"] == "new-password"
    assert browser.get("/worklist").json()["code"] == "not-ready"
    weak = browser.send("PUT", "/session/password", {"old": PASSWORD, "new": "short"})
    assert weak.status_code == 422
    wrong = browser.send("PUT", "/session/password", {"old": "wrong horse", "new": "four quiet words here"})
    assert wrong.status_code == 401
    done = browser.send("PUT", "/session/password", {"old": PASSWORD, "new": "four quiet words here"})
    assert (done.status_code, done.json()["needs"]) == (200, None)
    assert browser.get("/worklist").status_code == 200
    assert other.get("/session").status_code == 401
    assert browsers.browser().sign_in(user.login).status_code == 401


def test_an_administrator_does_nothing_before_a_second_factor(browsers: Browsers) -> None:
    for role in ADMINISTRATORS:
        browser = browsers.at(browsers.person(role))
        assert browser.get("/session").json()["needs"] == "totp-enrolment"
        assert browser.get("/worklist").json()["code"] == "not-ready"


def test_a_password_stands_nowhere_and_acts_are_on_record(browsers: Browsers) -> None:
    user = browsers.person()
    browser = browsers.at(user)
    browsers.browser().sign_in(user.login, "typed-into-the-wrong-field")
    browsers.browser().sign_in("typed-into-the-wrong-field", "x" * 12)
    browser.send("DELETE", "/session")
    with browsers.edges.archive.read() as connection:
        tables = ("user", "session", "sign_in_attempt", "audit", "event")
        everything = "".join(str(connection.exec_driver_sql(f"SELECT * FROM {name}").all()) for name in tables)
        acts = [row.action for row in connection.execute(AUDIT.select()) if row.actor == f"user:{user.id}"]
    assert PASSWORD not in everything
    assert "wrong-field" not in everything
    assert acts[:1] == ["session.begin"]
    assert acts[-1] == "session.end"


def test_only_an_operator_or_the_security_administrator_takes_people_in(browsers: Browsers) -> None:
    person = Person("newcomer", "New", (UserRole.RADIOLOGIST,), None, Language.EN, None)
    for wall in (Wall.person("u1", None), Wall(frozenset({HospitalId("h")}), Wall.operator().role.HOSPITAL, "key:k")):
        with pytest.raises(BehindTheWall):
            people.add_user(browsers.edges.archive, wall, person)
    people.add_user(browsers.edges.archive, Wall.security("u2"), person)


def test_a_demo_account_is_impossible_where_a_centre_is(browsers: Browsers) -> None:
    browsers.edges.hospital()
    person = Person("reader", "Demo", (UserRole.RADIOLOGIST,), None, Language.EN, None)
    with pytest.raises(NoDemo):
        add_demo_reader(browsers.edges.archive, person)
    user = browsers.person()
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE user SET is_demo = 1 WHERE id = ?", (user.id,))
    assert browsers.browser().sign_in(user.login).status_code == 401, "also where a row was forged"


@pytest.mark.parametrize("pair", list(itertools.combinations(UserRole, 2)))
def test_administrators_exclude_each_other_and_every_other_role(pair: tuple[UserRole, UserRole]) -> None:
    together = {UserRole.RADIOLOGIST, UserRole.SENIOR_RADIOLOGIST, UserRole.SCIENTIST}
    if set(pair) <= together:
        require_compatible(pair)
    else:
        with pytest.raises(RolesExclude):
            require_compatible(pair)


def test_every_right_is_somebodys_and_no_administrator_sees_patients() -> None:
    assert {right for rights in RIGHTS.values() for right in rights} == set(Right)
    assert set(RIGHTS) == set(UserRole)
    for role in ADMINISTRATORS:
        assert not RIGHTS[role] & {Right.READ_STUDIES, Right.REVIEW, Right.SIGN, Right.EXPLORE}
    with pytest.raises(RolesExclude):
        require_compatible(())


def test_a_licence_counts_to_the_end_of_its_last_day() -> None:
    licence = Licence("1105", "医学影像和放射治疗专业", "主治医师", date(2026, 11, 30))
    assert licence.holds(date(2026, 11, 30))
    assert not licence.holds(date(2026, 12, 1))
    assert not Licence("", "", "", None).holds(date(2026, 1, 1))


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "aaaaaaaaaaaaaaaa",
        "wang.fang-wang.fang",
        "MyPassword1234567",
        "ＰＡＳＳＷＯＲＤ！！１２３４５６",
        "qwertyuiopasdfghjkl",
        "woaini5201314",
        "tiger!tiger!tiger!",
        "x" * 257,
    ],
)
def test_a_weak_password_is_not_taken(password: str) -> None:
    with pytest.raises(WeakPassword):
        require_strong(password, "wang.fang")


@pytest.mark.parametrize(
    "password", ["correct horse battery", "password of my own garden", "红烧肉配米饭最好吃了大家说"]
)
def test_long_words_of_ones_own_are_taken_whatever_their_characters(password: str) -> None:
    require_strong(password, "wang.fang")


def test_the_passwords_we_hand_out_are_strong() -> None:
    handed = {people.first_password() for _ in range(50)}
    assert len(handed) == 50
    for password in handed:
        require_strong(password, "wang.fang")


@given(st.text(max_size=70))
def test_a_login_name_is_compared_in_one_form_or_refused(text: str) -> None:
    try:
        once = normal_login(text)
    except BadLogin:
        return
    assert normal_login(once) == once
    assert 2 <= len(once) <= 64


def test_the_door_costs_little(browsers: Browsers) -> None:
    with browsers.edges.archive.read() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT * FROM session JOIN user ON user.id = session.user_id WHERE token_digest = 'x'"
        ).all()
    assert "SCAN" not in str(plan)
    assert sessions.NOTED_EVERY_S >= 10


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://127.0.0.1:1", "http://[", "http://[::1"],
)
def test_another_sites_page_changes_nothing_even_with_the_token(browsers: Browsers, origin: str) -> None:
    user = browsers.person()
    browser = browsers.at(user)
    for method, path, body in (
        ("POST", "/session", {"login": user.login, "password": PASSWORD}),
        ("POST", "/session/lock", None),
        ("PUT", "/worklist/h/1.2.3/claim", {}),
    ):
        headers = {"X-CSRF-Token": browser.csrf, "Origin": origin}
        answer = browser.client.request(method, f"/room/v1{path}", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf"), path
    own = {"X-CSRF-Token": browser.csrf, "Origin": str(browser.client.base_url).rstrip("/")}
    assert browser.client.post("/room/v1/session/lock", headers=own).status_code == 204


def test_where_else_somebody_is_signed_in_is_shown_and_can_be_ended(browsers: Browsers) -> None:
    user = browsers.person()
    first = browsers.at(user)
    assert first.get("/session").json()["elsewhere"] == []
    second = browsers.at(user)
    (other,) = second.get("/session").json()["elsewhere"]
    assert (other["address"], other["since"] <= other["active_at"]) == ("127.0.0.1", True)
    assert second.send("DELETE", "/session/others").status_code == 204
    assert first.get("/session").status_code == 401
    assert second.get("/session").json()["elsewhere"] == []
