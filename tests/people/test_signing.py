"""Only the person themselves signs: with what only they know, in their own session, while their licence holds."""

from __future__ import annotations

import json
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.access import people
from service.archive import reports, signing_keys
from service.archive.studies import Study
from service.domain.user import User, UserRole
from service.domain.wall import Wall
from service.signing.keys import MOST_PIN_FAILURES, Signature, verifies
from service.signing.seals import SecretWrong, seal, unseal
from tests.people.browsers import PASSWORD, Browser, Browsers
from tests.support.edges import Customer
from tests.support.series import ct_slice

OWN_PASSWORD = "four quiet words here"
PIN = "246810"
TEXT = "Right upper lobe: nodule, 8.4 mm × 6.1 mm."


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


def seated(
    browsers: Browsers, hospital: Customer, role: UserRole = UserRole.RADIOLOGIST, title: str = "主治医师"
) -> tuple[User, Browser]:
    """A reader who chose a password, and so has a key."""
    user = browsers.person(role, hospitals=[hospital.id], first_password=True, title=title)
    browser = browsers.at(user)
    answer = browser.send("PUT", "/session/password", {"old": PASSWORD, "new": OWN_PASSWORD})
    browser.csrf = answer.json()["csrf"]
    return user, browser


def path(study: Study, rest: str) -> str:
    return f"/studies/{study.hospital}/{study.study_instance_uid}/{rest}"


def submitted(browsers: Browsers, hospital: Customer, browser: Browser, text: str = TEXT) -> Study:
    """A study whose report waits for its signature; it has no findings to judge."""
    study = browsers.edges.study(hospital)
    browser.send("POST", path(study, "report"), {"edition": 0, "text": {"findings": text}, "language": "en"})
    assert browser.send("POST", path(study, "report/submit"), {"edition": 1}).status_code == 200
    return study


def sign(browser: Browser, study: Study, **more: object):
    shown = {"edition": 1, "revision": 1, "image_count": study.image_count, "review_version": 0}
    return browser.send("POST", path(study, "report/sign"), {**shown, "pin": PIN, **more})


def kept(browsers: Browsers, study: Study) -> reports.Report:
    with browsers.edges.archive.read() as connection:
        return reports.of_study(connection, Wall.operator(), study.id)[-1]


def test_the_password_opens_the_key_once_and_the_pin_signs_from_then_on(browsers: Browsers, hospital: Customer) -> None:
    user, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    assert sign(anna, study).json()["code"] == "password-first"
    done = sign(anna, study, password=OWN_PASSWORD)
    assert done.status_code == 200, done.text
    (version,) = done.json()["versions"]
    assert (version["state"]["word"], version["signed_by"]["id"]) == ("released", user.id)
    again = submitted(browsers, hospital, anna)
    assert sign(anna, again).json()["versions"][0]["state"]["word"] == "released"
    report = kept(browsers, study)
    with browsers.edges.archive.read() as connection:
        assert verifies(connection, report.signing_key or "", (report.record or "").encode(), report.signature or "")
        changed = (report.record or "").replace("8.4", "8.5").encode()
        assert not verifies(connection, report.signing_key or "", changed, report.signature or "")
        assert not verifies(connection, "sk0", (report.record or "").encode(), report.signature or "")
    assert json.loads(report.record or "")["signer"]["id"] == user.id


def test_a_wrong_secret_signs_nothing_and_too_many_want_the_password_again(
    browsers: Browsers, hospital: Customer
) -> None:
    _, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    assert sign(anna, study, password="wrong horse battery").json()["code"] == "not-recognised"
    assert sign(anna, study, password=OWN_PASSWORD, pin="1").json()["code"] == "invalid-request"
    sign(anna, submitted(browsers, hospital, anna), password=OWN_PASSWORD)
    for _ in range(MOST_PIN_FAILURES):
        assert sign(anna, study, pin="000000").json()["code"] == "pin-wrong"
    assert sign(anna, study).json()["code"] == "password-first", "the right PIN too"
    assert kept(browsers, study).signature is None


@pytest.mark.parametrize("pin", ["1", "12345", "000000", "121212", "123456", "654321", "567890"])
def test_a_pin_that_is_guessed_at_once_is_not_taken(browsers: Browsers, hospital: Customer, pin: str) -> None:
    _, anna = seated(browsers, hospital)
    answer = anna.send("PUT", "/session/pin", {"password": OWN_PASSWORD, "pin": pin})
    assert answer.json()["code"] == "invalid-request"


def test_a_pin_can_be_set_before_there_is_anything_to_sign(browsers: Browsers, hospital: Customer) -> None:
    _, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    assert anna.send("PUT", "/session/pin", {"password": "wrong horse", "pin": PIN}).status_code == 401
    assert anna.send("PUT", "/session/pin", {"password": OWN_PASSWORD, "pin": PIN}).status_code == 200
    assert sign(anna, study).status_code == 200


def test_many_pins_at_once_are_many_attempts(browsers: Browsers, hospital: Customer) -> None:
    _, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    anna.send("PUT", "/session/pin", {"password": OWN_PASSWORD, "pin": PIN})
    with ThreadPoolExecutor(10) as pool:
        codes = list(pool.map(lambda number: sign(anna, study, pin=f"77{number:04}").json()["code"], range(10)))
    assert codes.count("pin-wrong") == MOST_PIN_FAILURES
    assert codes.count("password-first") == 10 - MOST_PIN_FAILURES
    with browsers.edges.archive.read() as connection:
        kept_keys = connection.exec_driver_sql(
            "SELECT count(*) FROM session WHERE csrf = ? AND sealed_signing_key IS NOT NULL", (anna.csrf,)
        ).scalar_one()
    assert kept_keys == 0, "nothing is left to guess at"


def test_the_unlocked_key_is_of_this_session_only(browsers: Browsers, hospital: Customer) -> None:
    user, anna = seated(browsers, hospital)
    sign(anna, submitted(browsers, hospital, anna), password=OWN_PASSWORD)
    study = submitted(browsers, hospital, anna)
    other = browsers.browser()
    other.sign_in(user.login, OWN_PASSWORD)
    assert sign(other, study).json()["code"] == "password-first"
    anna.send("POST", "/session/lock")
    anna.csrf = anna.send("POST", "/session/unlock", {"password": OWN_PASSWORD}).json()["csrf"]
    assert sign(anna, study).json()["code"] == "password-first"


def test_a_session_that_ran_out_leaves_no_key_behind(browsers: Browsers, hospital: Customer) -> None:
    user, anna = seated(browsers, hospital)
    anna.send("PUT", "/session/pin", {"password": OWN_PASSWORD, "pin": PIN})
    held = "SELECT count(*) FROM session WHERE user_id = ? AND sealed_signing_key IS NOT NULL"
    with browsers.edges.archive.write() as connection:
        assert connection.exec_driver_sql(held, (user.id,)).scalar_one() == 1
        connection.exec_driver_sql("UPDATE session SET expires_at = expires_at - 50000 WHERE user_id = ?", (user.id,))
    browsers.browser().sign_in(user.login, OWN_PASSWORD)
    with browsers.edges.archive.read() as connection:
        assert connection.exec_driver_sql(held, (user.id,)).scalar_one() == 0


def test_nothing_in_the_database_signs(browsers: Browsers, hospital: Customer) -> None:
    user, anna = seated(browsers, hospital)
    sign(anna, submitted(browsers, hospital, anna), password=OWN_PASSWORD)
    with browsers.edges.archive.read() as connection:
        key = signing_keys.of_user(connection, user.id)
        session = connection.exec_driver_sql(
            "SELECT id, sealed_signing_key, token_digest FROM session WHERE user_id = ? AND ended_at IS NULL",
            (user.id,),
        ).one()
    assert key is not None
    for secret in (b"", session.token_digest.encode(), PIN.encode(), user.id.encode()):
        for sealed, owner in ((key.sealed_private_key, key.id), (session.sealed_signing_key, session.id)):
            with pytest.raises(SecretWrong):
                unseal(sealed or b"", secret, owner=owner)


def test_a_reset_password_retires_the_key_and_old_signatures_still_hold(browsers: Browsers, hospital: Customer) -> None:
    user, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    sign(anna, study, password=OWN_PASSWORD)
    people.new_password(browsers.edges.archive, Wall.operator(), user.id)
    report = kept(browsers, study)
    with browsers.edges.archive.read() as connection:
        assert signing_keys.of_user(connection, user.id) is None
        assert verifies(connection, report.signing_key or "", (report.record or "").encode(), report.signature or "")


def test_a_new_password_keeps_the_key(browsers: Browsers, hospital: Customer) -> None:
    user, anna = seated(browsers, hospital)
    with browsers.edges.archive.read() as connection:
        before = signing_keys.of_user(connection, user.id)
    anna.csrf = anna.send("PUT", "/session/password", {"old": OWN_PASSWORD, "new": "other quiet words"}).json()["csrf"]
    with browsers.edges.archive.read() as connection:
        after = signing_keys.of_user(connection, user.id)
    assert before is not None
    assert after is not None
    assert after.id == before.id
    study = submitted(browsers, hospital, anna)
    assert sign(anna, study, password="other quiet words").status_code == 200


def test_without_a_licence_that_holds_today_nobody_signs(browsers: Browsers, hospital: Customer) -> None:
    user, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    for until in ("2020-01-01", None):
        with browsers.edges.archive.write() as connection:
            number = None if until is None else "1105"
            connection.exec_driver_sql(
                "UPDATE user SET licence_until = ?, licence_number = ? WHERE id = ?", (until, number, user.id)
            )
        assert sign(anna, study, password=OWN_PASSWORD).json()["code"] == "forbidden"


def test_findings_and_contradictions_hold_the_signature_up(browsers: Browsers, hospital: Customer) -> None:
    _, anna = seated(browsers, hospital)
    study = browsers.edges.study(hospital)
    browsers.edges.analysis(study, findings=1)
    uid = anna.get(path(study, "reading")).json()["findings"][0]["tracking_uid"]
    text = "Left upper lobe nodule, 8.4 mm."
    anna.send("POST", path(study, "report"), {"edition": 0, "text": {"findings": text}, "language": "en"})
    anna.send("POST", path(study, "report/submit"), {"edition": 1})
    assert sign(anna, study, password=OWN_PASSWORD, close_rest=True).json()["code"] == "unreviewed"
    judged = {"id": "judge-000001", "action": "accept", "review_version": 0}
    assert anna.send("POST", path(study, f"findings/{uid}/judgements"), judged).status_code == 200
    seen_version = anna.get(path(study, "reading")).json()["review_version"]
    assert sign(anna, study, review_version=seen_version).json()["code"] == "contradicted"
    assert sign(anna, study, review_version=seen_version, seen=[{"kind": "side", "words": text}]).status_code == 200


@pytest.mark.parametrize("action", ["accept", "doubt"])
def test_a_text_that_denies_what_stands_or_is_left_open_holds_the_signature_up(
    browsers: Browsers, hospital: Customer, action: str
) -> None:
    _, anna = seated(browsers, hospital)
    text = "No pulmonary nodule."
    study = submitted(browsers, hospital, anna, text)
    browsers.edges.analysis(study, findings=1)
    (finding,) = anna.get(path(study, "reading")).json()["findings"]
    judged = {"id": secrets.token_hex(8), "action": action, "review_version": 0}
    answer = anna.send("POST", path(study, f"findings/{finding['tracking_uid']}/judgements"), judged)
    assert answer.status_code == 200, answer.text
    seen_version = answer.json()["review_version"]

    refused = sign(anna, study, password=OWN_PASSWORD, review_version=seen_version)

    assert refused.json()["code"] == "contradicted"
    assert [each["field"] for each in refused.json()["errors"]] == ["presence"]
    meant = [{"kind": "presence", "words": text}]
    assert sign(anna, study, review_version=seen_version, seen=meant).status_code == 200


def test_letters_that_the_print_cannot_show_are_told_before_the_signature_and_hold_nothing_up(
    browsers: Browsers, hospital: Customer
) -> None:
    _, anna = seated(browsers, hospital)
    study = browsers.edges.study(hospital)
    body = {"edition": 0, "text": {"findings": "𠮷野 BI-RADS Ⅱ类\n39℃ 玥", "advice": "😀"}, "language": "zh-CN"}
    begun = anna.send("POST", path(study, "report"), body).json()
    assert begun["not_printable"] == ["😀", "𠮷"]
    mended = {**body, "edition": 1, "text": {"findings": "BI-RADS Ⅱ类", "advice": "😀"}}
    assert anna.send("PUT", path(study, "report"), mended).json()["not_printable"] == ["😀"]
    anna.send("POST", path(study, "report/submit"), {"edition": 2})
    assert anna.get(path(study, "reading")).json()["not_printable"] == ["😀"]
    assert sign(anna, study, password=OWN_PASSWORD, edition=2).status_code == 200


def test_where_the_hospital_asks_for_an_audit_a_second_physician_releases(
    browsers: Browsers, hospital: Customer
) -> None:
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE hospital SET finalising = 'audit' WHERE id = ?", (hospital.id,))
    _, anna = seated(browsers, hospital, UserRole.SENIOR_RADIOLOGIST)
    ben_user, ben = seated(browsers, hospital, UserRole.SENIOR_RADIOLOGIST)
    study = submitted(browsers, hospital, anna)
    assert sign(anna, study, password=OWN_PASSWORD).json()["report"]["state"]["word"] == "signed"
    own = anna.send("POST", path(study, "report/audit"), {"report_id": kept(browsers, study).id, "pin": PIN})
    assert own.json()["code"] == "wrong-state"
    assert (
        ben.send("POST", path(study, "report/return"), {"report_id": kept(browsers, study).id, "why": ""}).json()[
            "code"
        ]
        == "invalid-request"
    )
    done = ben.send(
        "POST",
        path(study, "report/audit"),
        {"report_id": kept(browsers, study).id, "pin": PIN, "password": OWN_PASSWORD},
    ).json()
    assert (done["versions"][0]["state"]["word"], done["versions"][0]["audited_by"]["id"]) == ("released", ben_user.id)
    assert (
        ben.send(
            "POST", path(study, "report/withdraw"), {"report_id": kept(browsers, study).id, "why": "wrong patient"}
        ).json()["versions"][0]["state"]["word"]
        == "withdrawn"
    )


def test_the_page_says_what_a_signature_has_to_name_and_whether_a_pin_signs(
    browsers: Browsers, hospital: Customer
) -> None:
    _, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    said = anna.get(path(study, "reading")).json()
    assert (said["revision"], said["after_signature"]) == (study.revision, "released")
    assert anna.get("/session").json()["has_pin"] is False
    assert sign(anna, study, password=OWN_PASSWORD).status_code == 200
    assert anna.get("/session").json()["has_pin"] is True
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE hospital SET finalising = 'audit' WHERE id = ?", (hospital.id,))
    assert anna.get(path(study, "reading")).json()["after_signature"] == "signed"


def test_who_goes_on_writing_reads_why_it_came_back(browsers: Browsers, hospital: Customer) -> None:
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE hospital SET finalising = 'audit' WHERE id = ?", (hospital.id,))
    _, anna = seated(browsers, hospital)
    _, ben = seated(browsers, hospital, UserRole.SENIOR_RADIOLOGIST)
    study = submitted(browsers, hospital, anna)
    sign(anna, study, password=OWN_PASSWORD)
    ben.send("POST", path(study, "report/return"), {"report_id": kept(browsers, study).id, "why": " size is missing "})
    versions = anna.get(path(study, "reading")).json()["versions"]
    assert [(each["state"]["word"], each["why"]) for each in versions] == [
        ("returned", "size is missing"),
        ("draft", None),
    ]


def test_in_triage_only_no_finding_waits_for_a_reader_who_is_shown_none(browsers: Browsers, hospital: Customer) -> None:
    _, anna = seated(browsers, hospital)
    study = browsers.edges.study(hospital)
    browsers.edges.analysis(study, findings=1)
    anna.send("POST", path(study, "report"), {"edition": 0, "text": {"findings": TEXT}, "language": "en"})
    anna.send("POST", path(study, "report/submit"), {"edition": 1})
    assert sign(anna, study, password=OWN_PASSWORD).json()["code"] == "unreviewed"
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO package_rule (hospital_id, package, modalities, reading_mode)"
            " VALUES (?, 'threshold_nodule', '[]', 'triage-only')",
            (hospital.id,),
        )
    assert sign(anna, study, password=OWN_PASSWORD).status_code == 200


@pytest.mark.parametrize("title", ["住院医师", "医师", "Resident"])
def test_a_residents_name_makes_no_report_final(browsers: Browsers, hospital: Customer, title: str) -> None:
    _, anna = seated(browsers, hospital, title=title)
    study = submitted(browsers, hospital, anna)
    assert sign(anna, study, password=OWN_PASSWORD).json()["code"] == "forbidden"
    assert kept(browsers, study).signature is None
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE hospital SET finalising = 'audit' WHERE id = ?", (hospital.id,))
    assert sign(anna, study, password=OWN_PASSWORD).json()["report"]["state"]["word"] == "signed"
    _, ben = seated(browsers, hospital, UserRole.SENIOR_RADIOLOGIST, title=title)
    asked = {"report_id": kept(browsers, study).id, "pin": PIN, "password": OWN_PASSWORD}
    assert ben.send("POST", path(study, "report/audit"), asked).json()["code"] == "forbidden"


def test_nobody_signs_in_the_middle_of_another_readers_work(browsers: Browsers, hospital: Customer) -> None:
    (anna_is, anna), (_, ben) = seated(browsers, hospital), seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    held = f"/worklist/{study.hospital}/{study.study_instance_uid}/claim"
    assert anna.send("PUT", held, {"instead_of": None}).status_code == 200
    assert ben.send("PUT", held, {"instead_of": anna_is.id}).status_code == 200
    assert sign(anna, study, password=OWN_PASSWORD).json()["code"] == "claimed"
    assert kept(browsers, study).signature is None
    assert sign(ben, study, password=OWN_PASSWORD).status_code == 200


def test_a_version_the_page_did_not_show_is_neither_confirmed_nor_returned_nor_withdrawn(
    browsers: Browsers, hospital: Customer
) -> None:
    _, anna = seated(browsers, hospital)
    _, ben = seated(browsers, hospital, UserRole.SENIOR_RADIOLOGIST, title="主任医师")
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE hospital SET finalising = 'audit' WHERE id = ?", (hospital.id,))
    study = submitted(browsers, hospital, anna)
    sign(anna, study, password=OWN_PASSWORD)
    shown = {"report_id": "0" * 32}
    for act, more in (("audit", {"pin": PIN, "password": OWN_PASSWORD}), ("return", {"why": "x"})):
        assert ben.send("POST", path(study, f"report/{act}"), {**shown, **more}).json()["code"] == "stale"
    ben.send("POST", path(study, "report/audit"), {"report_id": kept(browsers, study).id, "pin": PIN})
    assert ben.send("POST", path(study, "report/withdraw"), {**shown, "why": "x"}).json()["code"] == "stale"
    assert kept(browsers, study).state.value == "released"


def test_findings_judged_since_the_page_was_shown_are_looked_at_first(browsers: Browsers, hospital: Customer) -> None:
    _, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    assert sign(anna, study, password=OWN_PASSWORD, review_version=3).json()["code"] == "stale"
    assert kept(browsers, study).state.value == "preliminary"


def test_a_signature_is_for_the_text_on_the_page_whatever_version_took_its_place(
    browsers: Browsers, hospital: Customer
) -> None:
    _, anna = seated(browsers, hospital)
    _, ben = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    assert ben.send("POST", path(study, "report/reopen"), {"edition": 1}).status_code == 200
    assert ben.send("POST", path(study, "report/discard"), {"edition": 1}).status_code == 200
    other = {"edition": 0, "text": {"findings": "another text"}, "language": "en"}
    begun = ben.send("POST", path(study, "report"), other).json()["report"]
    assert ben.send("POST", path(study, "report/submit"), {"edition": begun["edition"]}).status_code == 200
    assert sign(anna, study, password=OWN_PASSWORD).json()["code"] == "stale"
    assert [each["state"]["word"] for each in anna.get(path(study, "reading")).json()["versions"]] == [
        "discarded",
        "preliminary",
    ]


def test_a_page_that_was_away_neither_overwrites_nor_gives_up_what_others_wrote(
    browsers: Browsers, hospital: Customer
) -> None:
    _, anna = seated(browsers, hospital)
    _, ben = seated(browsers, hospital)
    study = browsers.edges.study(hospital)
    text = {"edition": 0, "text": {"findings": "one"}, "language": "en"}
    anna.send("POST", path(study, "report"), text)
    ben.send("POST", path(study, "report/discard"), {"edition": 1})
    ben.send("POST", path(study, "report"), {**text, "text": {"findings": "two"}})
    assert anna.send("PUT", path(study, "report"), {**text, "edition": 1}).json()["code"] == "stale"
    assert anna.send("POST", path(study, "report/discard"), {"edition": 1}).json()["code"] == "stale"
    assert ben.get(path(study, "reading")).json()["report"]["text"]["findings"] == "two"


def test_images_that_came_while_the_page_was_open_are_looked_at_before_the_signature(
    browsers: Browsers, hospital: Customer
) -> None:
    _, anna = seated(browsers, hospital)
    study = browsers.edges.study(hospital, complete=False)
    anna.send("POST", path(study, "report"), {"edition": 0, "text": {"findings": TEXT}, "language": "en"})
    anna.send("POST", path(study, "report/submit"), {"edition": 1})
    uid = study.study_instance_uid
    browsers.edges.receive(hospital, ct_slice(study_uid=uid, series_uid=f"{uid}.1", index=9, size=16))
    assert sign(anna, study, password=OWN_PASSWORD).json()["code"] == "stale"
    shown = anna.get(path(study, "reading")).json()
    assert shown["image_count"] == study.image_count + 1
    assert sign(anna, study, image_count=shown["image_count"]).status_code == 200


def test_a_study_that_names_two_patients_is_signed_after_somebody_has_decided(
    browsers: Browsers, hospital: Customer
) -> None:
    _, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna)
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE study SET identity_conflict = 1 WHERE id = ?", (study.id,))
    refused = sign(anna, study, password=OWN_PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong-state")
    assert "two patients" in refused.json()["detail"]
    assert kept(browsers, study).state.value == "preliminary"


def test_what_is_returned_or_recalled_goes_on_as_a_draft(browsers: Browsers, hospital: Customer) -> None:
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE hospital SET finalising = 'audit' WHERE id = ?", (hospital.id,))
    _, anna = seated(browsers, hospital)
    _, ben = seated(browsers, hospital, UserRole.SENIOR_RADIOLOGIST)
    study = submitted(browsers, hospital, anna)
    sign(anna, study, password=OWN_PASSWORD)
    back = ben.send(
        "POST", path(study, "report/return"), {"report_id": kept(browsers, study).id, "why": "size is missing"}
    ).json()
    assert [each["state"]["word"] for each in back["versions"]] == ["returned", "draft"]
    anna.send("POST", path(study, "report/submit"), {"edition": 2})
    sign(anna, study, edition=2)
    assert ben.send("POST", path(study, "report/recall")).json()["code"] == "wrong-state"
    recalled = anna.send("POST", path(study, "report/recall")).json()
    assert [each["state"]["word"] for each in recalled["versions"]] == ["returned", "recalled", "draft"]


@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.binary(min_size=1, max_size=64), st.integers(0, 200), st.integers(1, 255))
def test_a_seal_opens_with_its_secret_only_and_breaks_with_one_changed_byte(
    content: bytes, place: int, change: int
) -> None:
    sealed = seal(content, b"secret", owner="me")
    assert unseal(sealed, b"secret", owner="me") == content
    broken = bytearray(sealed)
    broken[place % len(broken)] ^= change
    for attempt in ((bytes(broken), b"secret", "me"), (sealed, b"Secret", "me"), (sealed, b"secret", "you")):
        with pytest.raises(SecretWrong):
            unseal(attempt[0], attempt[1], owner=attempt[2])


def test_a_signature_of_another_kind_is_none(browsers: Browsers) -> None:
    for text in ("", "ed25519:", "ed25519:!!", "rsa:AAAA"):
        with browsers.edges.archive.read() as connection:
            assert not verifies(connection, Signature("sk1", text).key_id, b"", text)
