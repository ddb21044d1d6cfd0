"""A second factor is enrolled once, asked at every sign-in, and each code opens once."""

from __future__ import annotations

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.seals import TOTP, SealBroken, seal, unseal
from service.access.totp import STEP_S, code_at, new_secret, step_at, step_of
from service.domain.user import ADMINISTRATORS, UserRole
from tests.people.browsers import PASSWORD, Browsers

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b(moment: int, code: str) -> None:
    assert code_at(RFC_SECRET, step_at(moment)) == code


@given(st.integers(1000, 4 * 10**9), st.integers(-5, 5))
def test_a_code_counts_in_its_own_step_and_in_the_two_beside_it(moment: int, away: int) -> None:
    step = step_at(moment)
    codes = [code_at(RFC_SECRET, step + each) for each in range(-1, 2)]
    code = code_at(RFC_SECRET, step + away)
    assert (step_of(RFC_SECRET, code, moment, None) is not None) is (code in codes)


@given(st.text(max_size=8))
def test_no_text_breaks_the_check(text: str) -> None:
    codes = {code_at(RFC_SECRET, step_at(59) + each) for each in (-1, 0, 1)}
    assert (step_of(RFC_SECRET, text, 59, None) is None) is (text not in codes)


def now_code(secret: str, steps: int = 0) -> str:
    return code_at(secret, step_at(time.time()) + steps)


def test_the_picture_holds_what_an_authenticator_needs(browsers: Browsers) -> None:
    user = browsers.person()
    made = browsers.at(user).send("POST", "/session/totp").json()
    split = urlsplit(made["otpauth_uri"])
    assert (split.scheme, split.netloc, split.path) == ("otpauth", "totp", f"/Consilium:{user.login}")
    assert parse_qs(split.query) == {
        "secret": [made["secret"]],
        "issuer": ["Consilium"],
        "digits": ["6"],
        "period": [str(STEP_S)],
    }
    assert len(base64.b32decode(made["secret"])) == 20


def test_an_enrolled_person_signs_in_with_password_and_code_only(browsers: Browsers) -> None:
    user, _, secret = browsers.enrolled()
    browsers.forget_codes(user)
    due = browsers.browser().sign_in(user.login)
    assert (due.status_code, due.json()["code"], due.json()["needs"]) == (401, "not-recognised", "code")
    wrong = browsers.browser().sign_in(user.login, PASSWORD, "000000" if now_code(secret) != "000000" else "000001")
    assert (wrong.status_code, wrong.json().get("needs")) == (401, None)
    guessed = browsers.browser().sign_in(user.login, "wrong horse battery", now_code(secret))
    assert guessed.json()["detail"] == "Login or password is not right.", "a code alone tells nothing"
    assert browsers.browser().sign_in(user.login, PASSWORD, now_code(secret)).status_code == 200


def test_a_code_opens_once_whoever_read_it_over_the_shoulder(browsers: Browsers) -> None:
    user, _, secret = browsers.enrolled()
    used = now_code(secret, -1)
    assert browsers.browser().sign_in(user.login, PASSWORD, used).status_code == 401, "at enrolment, or before"
    browsers.forget_codes(user)
    code = now_code(secret)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: browsers.browser().sign_in(user.login, PASSWORD, code).status_code, range(4)))
    assert sorted(answers) == [200, 401, 401, 401]
    earlier = browsers.browser().sign_in(user.login, PASSWORD, now_code(secret, -1))
    assert earlier.status_code == 401, "nor one before it"


def test_a_second_factor_raises_the_session_and_ends_those_without_it(browsers: Browsers) -> None:
    user = browsers.person(UserRole.AUDIT_ADMIN)
    browser, other = browsers.at(user), browsers.at(user)
    before = browser.token
    secret = browser.send("POST", "/session/totp").json()["secret"]
    assert browser.send("PUT", "/session/totp", {"code": "12345"}).status_code == 401
    assert browser.get("/session").json()["needs"] == "totp-enrolment"
    done = browser.send("PUT", "/session/totp", {"code": now_code(secret)})
    assert (done.status_code, done.json()["needs"], done.json()["has_second_factor"]) == (200, None, True)
    assert browser.token != before
    assert other.get("/session").status_code == 401


def test_nobody_replaces_a_second_factor_by_themselves(browsers: Browsers) -> None:
    _, browser, _ = browsers.enrolled()
    assert browser.send("POST", "/session/totp").json()["code"] == "wrong-state"
    assert browser.send("PUT", "/session/totp", {"code": "123456"}).json()["code"] == "wrong-state"


def test_a_secret_that_was_asked_for_again_makes_the_former_void(browsers: Browsers) -> None:
    browser = browsers.at(browsers.person())
    assert browser.send("PUT", "/session/totp", {"code": "123456"}).json()["code"] == "wrong-state"
    first = browser.send("POST", "/session/totp").json()["secret"]
    second = browser.send("POST", "/session/totp").json()["secret"]
    assert browser.send("PUT", "/session/totp", {"code": now_code(first)}).status_code == 401
    assert browser.send("PUT", "/session/totp", {"code": now_code(second)}).status_code == 200


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_an_administrator_enrols_only_once_the_password_is_their_own(browsers: Browsers, role: UserRole) -> None:
    browser = browsers.at(browsers.person(role, first_password=True))
    refused = browser.send("POST", "/session/totp").json()
    assert (refused["code"], refused["needs"]) == ("not-ready", "new-password")


def test_a_locked_session_enrols_nothing(browsers: Browsers) -> None:
    browser = browsers.at(browsers.person())
    browser.send("POST", "/session/lock")
    for method, path, body in (
        ("POST", "/session/totp", None),
        ("PUT", "/session/totp", {"code": "123456"}),
        ("DELETE", "/session/others", None),
        ("PUT", "/session/language", {"language": "en"}),
    ):
        assert browser.send(method, path, body).json()["code"] == "locked", path


def test_secrets_lie_sealed_under_the_installations_key_for_their_owner(browsers: Browsers) -> None:
    user, _, secret = browsers.enrolled()
    with browsers.edges.archive.read() as connection:
        sealed = connection.exec_driver_sql("SELECT sealed_totp FROM user WHERE id = ?", (user.id,)).scalar_one()
    key = browsers.edges.archive.installation.key
    assert secret.encode() not in sealed
    assert unseal(key, sealed, owner=user.id, purpose=TOTP) == secret
    for other_key, owner, purpose in ((b"x" * 32, user.id, TOTP), (key, "somebody", TOTP), (key, user.id, b"webhook")):
        with pytest.raises(SealBroken):
            unseal(other_key, sealed, owner=owner, purpose=purpose)


@given(st.data())
def test_one_changed_bit_of_a_sealed_secret_opens_nothing(data: st.DataObject) -> None:
    key, secret = b"k" * 32, new_secret()
    sealed = bytearray(seal(key, secret, owner="u1", purpose=TOTP))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        unseal(key, bytes(sealed), owner="u1", purpose=TOTP)
