"""Guessing is slow however it is done, and nobody can keep the owner of a login out for ever."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access import attempts
from service.access.attempts import TooManyAttempts, network, of_session, of_sign_in, take
from service.access.known_browser import issued, number_of
from service.archive import users
from service.archive.store import Archive
from tests.people.browsers import PASSWORD, Browsers


@pytest.fixture(autouse=True)
def _forgiven(browsers: Browsers) -> Iterator[None]:
    """All of these come from one address: each begins as if an hour had passed."""
    _later(browsers, 4000)
    yield
    _later(browsers, 4000)


def _later(browsers: Browsers, seconds: float) -> None:
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE sign_in_attempt SET at = at - ?", (seconds,))


def guess(browsers: Browsers, login: str) -> int:
    return browsers.browser().sign_in(login, secrets.token_hex(8)).status_code


def test_guessing_a_login_is_slowed_down_more_and_more_and_forgiven_later(browsers: Browsers) -> None:
    user = browsers.person()
    assert [guess(browsers, user.login) for _ in range(6)] == [401] * 5 + [429]
    waits = []
    for _ in range(3):
        refused = browsers.browser().sign_in(user.login)
        assert refused.status_code == 429, "the right password too"
        waits.append(int(refused.headers["retry-after"]))
        _later(browsers, waits[-1])
        assert guess(browsers, user.login) == 401
    assert waits == sorted(waits)
    assert 10 <= waits[0] <= 15
    assert waits[2] > 3 * waits[0]
    _later(browsers, 4000)
    assert browsers.browser().sign_in(user.login).status_code == 200


def test_signing_in_forgives_earlier_mistakes(browsers: Browsers) -> None:
    user = browsers.person()
    for _ in range(3):
        assert [guess(browsers, user.login) for _ in range(4)] == [401] * 4
        assert browsers.browser().sign_in(user.login).status_code == 200


def test_a_code_that_was_asked_for_is_no_mistake(browsers: Browsers) -> None:
    user, _, _ = browsers.enrolled()
    for _ in range(8):
        assert browsers.browser().sign_in(user.login).json()["needs"] == "code"


def test_guessing_codes_is_slowed_down_like_guessing_passwords(browsers: Browsers) -> None:
    user, _, _ = browsers.enrolled()
    statuses = [browsers.browser().sign_in(user.login, PASSWORD, f"{each:06}").status_code for each in range(6)]
    assert statuses[:5] == [401] * 5
    assert statuses[5] == 429


def test_many_guesses_at_once_are_many_guesses(browsers: Browsers) -> None:
    user = browsers.person()
    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(lambda _: guess(browsers, user.login), range(12)))
    assert statuses.count(401) == 5
    assert statuses.count(429) == 7


def test_one_address_cannot_try_many_login_names(browsers: Browsers) -> None:
    archive = browsers.edges.archive
    for _ in range(attempts.FREE_OF_ADDRESS):
        take(archive, (attempts.Allowance("address:127.0.0.1", attempts.FREE_OF_ADDRESS),))
    assert browsers.browser().sign_in(browsers.person().login).status_code == 429


def test_many_addresses_together_are_slowed_down(browsers: Browsers) -> None:
    archive, key = browsers.edges.archive, browsers.edges.archive.installation.key
    for number in range(attempts.FREE_OF_LOGIN):
        take(archive, of_sign_in(key, "wanted", f"10.0.{number // 250}.{number % 250}"))
    with pytest.raises(TooManyAttempts):
        take(archive, of_sign_in(key, "wanted", "10.9.9.9"))
    assert take(archive, of_sign_in(key, "somebody.else", "10.9.9.9"))


def test_nobody_keeps_an_owner_out_of_a_browser_they_used_before(browsers: Browsers) -> None:
    user = browsers.person()
    own = browsers.at(user)
    for _ in range(8):
        guess(browsers, user.login)
    for _ in range(attempts.FREE_OF_ADDRESS):
        take(browsers.edges.archive, (attempts.Allowance("address:127.0.0.1", 1000),))
    assert browsers.browser().sign_in(user.login).status_code == 429, "a new browser has to wait"
    assert own.sign_in(user.login).status_code == 200


def test_a_known_browser_guesses_no_faster_and_knows_one_person_only(browsers: Browsers) -> None:
    user, other = browsers.person(), browsers.person()
    own = browsers.at(user)
    statuses = [own.sign_in(user.login, f"guess {number}").status_code for number in range(6)]
    assert statuses == [401] * 5 + [429]
    for _ in range(5):
        assert own.sign_in(other.login, "wrong horse battery").status_code == 401
    assert own.sign_in(other.login, "wrong horse battery").status_code == 429, "counted as anybody's"


def test_the_mark_of_a_known_browser_is_nobodys_to_make_and_ends_with_the_password(browsers: Browsers) -> None:
    user, other = browsers.person(), browsers.person()
    archive = browsers.edges.archive
    with archive.read() as connection:
        credentials = users.credentials(connection, user.id)
    key = archive.installation.key
    mark = issued(key, user, credentials)
    number = number_of(key, user, credentials, mark)
    assert number is not None
    assert mark.startswith(number)
    changed = replace(credentials, password_hash="another")
    for refused in (
        number_of(key, other, credentials, mark),
        number_of(b"x" * 32, user, credentials, mark),
        number_of(key, user, changed, mark),
        number_of(key, user, credentials, f"0{mark[1:]}" if mark[0] != "0" else f"1{mark[1:]}"),
        number_of(key, user, credentials, ""),
        number_of(key, user, credentials, "."),
        number_of(key, user, credentials, None),
        number_of(key, user, credentials, "号码.é"),
    ):
        assert refused is None


def test_nobody_outside_keeps_a_reader_from_unlocking(browsers: Browsers) -> None:
    user = browsers.person()
    browser = browsers.at(user)
    for _ in range(7):
        guess(browsers, user.login)
    browser.send("POST", "/session/lock")
    assert browser.send("POST", "/session/unlock", {"password": PASSWORD}).status_code == 200


def test_guessing_at_a_locked_screen_is_slowed_down(browsers: Browsers) -> None:
    browser = browsers.at(browsers.person())
    browser.send("POST", "/session/lock")
    statuses = [
        browser.send("POST", "/session/unlock", {"password": f"guess {number}"}).status_code for number in range(6)
    ]
    assert statuses == [401] * 5 + [429]


def test_failures_are_remembered_over_a_restart(tmp_path: Path) -> None:
    allowances = of_session("s1")
    archive = Archive(tmp_path)
    for _ in range(5):
        take(archive, allowances)
    archive.close()
    again = Archive(tmp_path)
    with pytest.raises(TooManyAttempts):
        take(again, allowances)
    again.close()


def test_what_does_not_count_any_more_is_not_kept(browsers: Browsers) -> None:
    user = browsers.person()
    for _ in range(3):
        guess(browsers, user.login)
    _later(browsers, 4000)
    guess(browsers, user.login)
    with browsers.edges.archive.read() as connection:
        kept = connection.exec_driver_sql("SELECT count(*) FROM sign_in_attempt").scalar_one()
    assert kept == 3, "one each of login at address, address, login"


def test_an_unknown_login_takes_as_long_as_a_known_one(browsers: Browsers) -> None:
    known = [browsers.person().login for _ in range(8)]

    def took(login: str) -> float:
        began = perf_counter()
        guess(browsers, login)
        return perf_counter() - began

    took("nobody-warms-up")
    pairs = [(took(login), took(f"nobody-{login}")) for login in known]
    ratio = median(one for one, _ in pairs) / median(other for _, other in pairs)
    assert 0.5 < ratio < 2.0


@given(st.ip_addresses(v=6))
def test_one_ipv6_network_is_one_party(address: object) -> None:
    text = str(address)
    assert network(text).endswith("/64")
    assert network(network(text).removesuffix("/64")) == network(text)


def test_an_address_that_is_none_is_taken_as_it_stands() -> None:
    assert network("testclient") == "testclient"
    assert network("127.0.0.1") == "127.0.0.1"
    assert len(network("x" * 500)) == 64
