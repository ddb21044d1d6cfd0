"""An audit over HTTP: confirmed as signed or in other words, both names shown; how often that happens is counted."""

from __future__ import annotations

import secrets

import pytest

from service.archive.studies import Study
from service.domain.user import User, UserRole
from tests.people.browsers import Browser, Browsers
from tests.people.test_modes_by_package import rule
from tests.people.test_signing import OWN_PASSWORD, PIN, TEXT, kept, path, seated, sign, submitted
from tests.support.edges import PACKAGE, Customer

CHANGED = {"findings": "Right lung: nodule, 8.4 mm × 6.1 mm, spiculated.", "impression": "See above.", "advice": ""}


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    asked = browsers.edges.hospital()
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE hospital SET finalising = 'audit' WHERE id = ?", (asked.id,))
    return asked


@pytest.fixture
def anna(browsers: Browsers, hospital: Customer) -> tuple[User, Browser]:
    return seated(browsers, hospital)


@pytest.fixture
def chief(browsers: Browsers, hospital: Customer) -> tuple[User, Browser]:
    return seated(browsers, hospital, UserRole.SENIOR_RADIOLOGIST, "主任医师")


def waiting(browsers: Browsers, hospital: Customer, browser: Browser) -> Study:
    study = submitted(browsers, hospital, browser)
    assert sign(browser, study, password=OWN_PASSWORD).status_code == 200
    return study


def audit(browser: Browser, study: Study, **more: object):
    shown = browser.get(path(study, "reading")).json()["report"]["id"]
    body = {"report_id": shown, "pin": PIN, "password": OWN_PASSWORD, **more}
    return browser.send("POST", path(study, "report/audit"), body)


def test_the_auditors_words_stand_on_the_page_beside_what_was_signed_under_both_names(
    browsers: Browsers, hospital: Customer, anna: tuple[User, Browser], chief: tuple[User, Browser]
) -> None:
    study = waiting(browsers, hospital, anna[1])
    answer = audit(chief[1], study, text=CHANGED)

    assert answer.status_code == 200, answer.text
    (version,) = answer.json()["versions"]
    assert (version["state"]["word"], version["text"]) == ("released", CHANGED)
    assert version["signed_text"] == {"findings": TEXT, "impression": "", "advice": ""}
    assert (version["signed_by"]["id"], version["audited_by"]["id"]) == (anna[0].id, chief[0].id)
    kept = [(each["by"]["id"], each["text"]["findings"]) for each in anna[1].get(path(study, "report/editions")).json()]
    assert kept == [(anna[0].id, TEXT), (chief[0].id, CHANGED["findings"])]


def test_confirmed_as_it_was_signed_nothing_is_said_to_be_changed(
    browsers: Browsers, hospital: Customer, anna: tuple[User, Browser], chief: tuple[User, Browser]
) -> None:
    answer = audit(chief[1], waiting(browsers, hospital, anna[1]))
    (version,) = answer.json()["versions"]
    assert (version["text"]["findings"], version["signed_text"]) == (TEXT, None)


def test_what_the_new_words_contradict_is_named_and_confirmed(
    browsers: Browsers, hospital: Customer, anna: tuple[User, Browser], chief: tuple[User, Browser]
) -> None:
    study = waiting(browsers, hospital, anna[1])
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE study SET patient_sex = 'M' WHERE id = ?", (study.id,))
    odd = {**CHANGED, "impression": "The uterus is normal."}

    refused = audit(chief[1], study, text=odd)
    assert refused.status_code == 409, refused.text
    assert refused.json()["code"] == "contradicted"
    words = [each["message"] for each in refused.json()["errors"]]
    assert words == ["The uterus is normal."]
    assert audit(chief[1], study, text={"findings": " "}).json()["code"] == "invalid-request"
    assert audit(chief[1], study, text=odd, seen=[{"kind": "sex", "words": words[0]}]).status_code == 200


def test_rates_are_shown_to_seniors_of_their_hospitals_and_to_the_system_administrator(
    browsers: Browsers, hospital: Customer, anna: tuple[User, Browser], chief: tuple[User, Browser]
) -> None:
    audit(chief[1], waiting(browsers, hospital, anna[1]), text=CHANGED)
    audit(chief[1], waiting(browsers, hospital, anna[1]))

    (rate,) = chief[1].get("/audit-rates").json()["rates"]
    assert (rate["writer"]["id"], rate["hospital"]["id"]) == (anna[0].id, hospital.id)
    assert (rate["audited"], rate["changed"], rate["returned"]) == (2, 1, 0)
    assert 0 < rate["changed_share"] < 1
    _, elsewhere = seated(browsers, browsers.edges.hospital(), UserRole.SENIOR_RADIOLOGIST, "主任医师")
    assert elsewhere.get("/audit-rates").json()["rates"] == []
    _, system, _ = browsers.enrolled(UserRole.SYSTEM_ADMIN)
    assert rate in system.get("/admin/audit-rates").json()["rates"]


def test_an_auditor_lets_out_only_what_they_were_shown(
    browsers: Browsers, hospital: Customer, anna: tuple[User, Browser], chief: tuple[User, Browser]
) -> None:
    """A package that is read second keeps its findings from everybody who did not say first what they see."""
    rule(browsers, hospital, PACKAGE, "second-reader")
    study = submitted(browsers, hospital, anna[1])
    browsers.edges.analysis(study)
    (finding,) = anna[1].send("POST", path(study, "first-impression")).json()["findings"]
    judged = {"id": secrets.token_hex(8), "action": "accept", "review_version": 0}
    accepted = anna[1].send("POST", path(study, f"findings/{finding['tracking_uid']}/judgements"), judged)
    assert accepted.status_code == 200, accepted.text
    signed = sign(anna[1], study, password=OWN_PASSWORD, review_version=accepted.json()["review_version"])
    assert signed.status_code == 200, signed.text
    assert chief[1].get(path(study, "reading")).json()["findings"] == []

    refused = audit(chief[1], study)
    assert (refused.status_code, refused.json()["code"]) == (409, "impression-first"), refused.text
    assert kept(browsers, study).state == "signed"

    page = chief[1].send("POST", path(study, "first-impression")).json()
    assert (len(page["findings"]), page["waits_for_impression"]) == (1, False)
    assert audit(chief[1], study).json()["versions"][0]["state"]["word"] == "released"


def test_what_a_package_found_after_the_signature_goes_back_to_who_signed(
    browsers: Browsers, hospital: Customer, anna: tuple[User, Browser], chief: tuple[User, Browser]
) -> None:
    study = waiting(browsers, hospital, anna[1])
    browsers.edges.analysis(study)

    refused = audit(chief[1], study)

    assert (refused.status_code, refused.json()["code"]) == (409, "stale"), refused.text
    assert "return the report" in refused.json()["detail"]
    assert kept(browsers, study).state == "signed"
    page = chief[1].get(path(study, "reading")).json()
    why = {"report_id": page["report"]["id"], "why": "The package found a nodule."}
    (finding,) = chief[1].send("POST", path(study, "report/return"), why).json()["findings"]
    judged = {"id": secrets.token_hex(8), "action": "accept", "review_version": 0}
    accepted = anna[1].send("POST", path(study, f"findings/{finding['tracking_uid']}/judgements"), judged)
    assert accepted.status_code == 200, accepted.text
    draft = anna[1].get(path(study, "reading")).json()["report"]
    assert anna[1].send("POST", path(study, "report/submit"), {"edition": draft["edition"]}).status_code == 200
    again = sign(anna[1], study, edition=draft["edition"], review_version=accepted.json()["review_version"])
    assert again.status_code == 200, again.text
    assert audit(chief[1], study).status_code == 200
    assert kept(browsers, study).state == "released"


def test_what_nobody_is_shown_stops_no_audit(
    browsers: Browsers, hospital: Customer, anna: tuple[User, Browser], chief: tuple[User, Browser]
) -> None:
    """A package that only orders the list shows its findings to no reader: there is nothing to return for."""
    rule(browsers, hospital, PACKAGE, "triage-only")
    study = waiting(browsers, hospital, anna[1])
    browsers.edges.analysis(study)

    assert audit(chief[1], study).status_code == 200
    assert kept(browsers, study).state == "released"


def test_nobody_audits_under_another_login_what_they_signed(
    browsers: Browsers, hospital: Customer, anna: tuple[User, Browser], chief: tuple[User, Browser]
) -> None:
    """Two accounts of one practice certificate, from before that was refused, are one physician."""
    study = waiting(browsers, hospital, anna[1])
    assert anna[0].licence is not None
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql(
            "UPDATE user SET licence_number = ? WHERE id = ?", (f" {anna[0].licence.number}", chief[0].id)
        )
    refused = audit(chief[1], study)
    assert refused.status_code == 409, refused.text
    assert "Another senior physician" in refused.json()["detail"]
    assert kept(browsers, study).state == "signed"
