"""A practice certificate lets its holder sign what its scope covers, where they practise, until its last midnight."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from service.api.room import sign as sign_room
from service.archive.studies import Study
from service.domain.licence import IMAGING, Examined, Licence, Withheld, practice_day, scope_modalities
from service.domain.user import User, UserRole
from service.domain.wall import HospitalId
from tests.people.browsers import Browser, Browsers
from tests.people.test_signing import OWN_PASSWORD, TEXT, path, seated, sign
from tests.support.edges import Customer

RADIOLOGY = "医学影像和放射治疗专业"
HERE, THERE = HospitalId("here"), HospitalId("there")
DAY = date(2026, 11, 30)
SHANGHAI = timezone(timedelta(hours=8))


@pytest.fixture
def in_shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The centre's clock shows the time of Shanghai."""
    monkeypatch.setitem(os.environ, "TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def hospital(browsers: Browsers) -> Customer:
    return browsers.edges.hospital()


def examined(*modalities: str, hospital: HospitalId = HERE) -> Examined:
    return Examined(hospital, frozenset(modalities))


def licence(scope: str = RADIOLOGY, **more: object) -> Licence:
    return Licence("1105", scope, "主治医师", None, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("held", "study", "why"),
    [
        (licence(), examined("CT"), None),
        (licence(), examined("PT", "CT"), None),
        (licence(), examined("CT", "OT"), None),
        (licence(), examined("OT"), None),
        (licence(), examined(""), None),
        (licence(), examined(), None),
        (licence(), examined("ECG"), Withheld.OUT_OF_SCOPE),
        (licence(), examined("CT", "ECG", "XC"), None),
        (licence("口腔专业"), examined("PX"), None),
        (licence("口腔专业"), examined("CT"), Withheld.OUT_OF_SCOPE),
        (licence("ultrasound"), examined("US"), None),
        (licence("ultrasound"), examined("US", "MR"), Withheld.OUT_OF_SCOPE),
        (licence("外科专业"), examined("CT"), Withheld.OUT_OF_SCOPE),
        (licence("外科专业", modalities=frozenset({"CT"})), examined("CT"), None),
        (licence(modalities=frozenset({"CT"})), examined("MR"), Withheld.OUT_OF_SCOPE),
        (licence(modalities=frozenset()), examined("CT"), Withheld.OUT_OF_SCOPE),
        (licence(sites=frozenset({HERE})), examined("CT"), None),
        (licence(sites=frozenset({THERE})), examined("CT"), Withheld.OTHER_SITE),
        (licence(sites=frozenset()), examined("CT"), Withheld.OTHER_SITE),
        (Licence("", RADIOLOGY, "", None), examined("CT"), Withheld.NO_CERTIFICATE),
        (Licence("1105", RADIOLOGY, "", DAY - timedelta(days=1)), examined("CT"), Withheld.EXPIRED),
        (Licence("1105", RADIOLOGY, "", DAY), examined("CT"), None),
    ],
)
def test_what_a_certificate_lets_its_holder_sign(held: Licence, study: Examined, why: Withheld | None) -> None:
    assert held.withheld(DAY, study) is why


@pytest.mark.parametrize("text", ["医学影像和放射治疗专业", " Diagnostic Radiology ", "ＲＡＤＩＯＬＯＧＹ"])
def test_a_scope_is_known_in_any_width_and_case(text: str) -> None:
    assert scope_modalities(text) >= IMAGING


@pytest.mark.usefixtures("in_shanghai")
def test_a_certificate_ends_at_midnight_of_the_centres_own_clock() -> None:
    held = Licence("1105", RADIOLOGY, "", DAY)
    last = datetime(2026, 11, 30, 23, 59, 59, 999_000, tzinfo=SHANGHAI)
    midnight = datetime(2026, 12, 1, tzinfo=SHANGHAI)

    assert held.withheld(practice_day(last.timestamp()), examined("CT")) is None
    assert held.withheld(practice_day(midnight.timestamp()), examined("CT")) is Withheld.EXPIRED
    assert midnight.astimezone(UTC).date() == DAY, "in Greenwich it is still the last day"


def submitted(browsers: Browsers, hospital: Customer, browser: Browser, modality: str = "CT") -> Study:
    study = browsers.edges.study(hospital, modality=modality)
    browser.send("POST", path(study, "report"), {"edition": 0, "text": {"findings": TEXT}, "language": "en"})
    assert browser.send("POST", path(study, "report/submit"), {"edition": 1}).status_code == 200
    return study


def set_licence(browsers: Browsers, user: User, columns: str, *values: object) -> None:
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql(f"UPDATE user SET {columns} WHERE id = ?", (*values, user.id))


@pytest.mark.parametrize(
    ("columns", "values", "said"),
    [
        ("licence_modalities = ?", ('["CT"]',), "does not cover MR"),
        ("licence_scope = ?", ("外科专业",), "外科专业"),
        ("licence_sites = ?", ('["elsewhere"]',), "practice sites"),
        ("licence_until = ?", ("2020-01-31",), "ran out on 2020-01-31"),
        ("licence_number = ?", (None,), "without a practice certificate"),
    ],
)
def test_the_page_says_beforehand_why_one_cannot_sign_and_signing_is_refused_in_the_same_words(
    browsers: Browsers, hospital: Customer, columns: str, values: tuple[object, ...], said: str
) -> None:
    user, anna = seated(browsers, hospital)
    study = submitted(browsers, hospital, anna, "MR")
    assert anna.get(path(study, "reading")).json()["withheld"] is None
    set_licence(browsers, user, columns, *values)

    told = anna.get(path(study, "reading")).json()["withheld"]
    refused = sign(anna, study, password=OWN_PASSWORD)

    assert said in told
    assert "security administrator" in told
    assert (refused.status_code, refused.json()["detail"]) == (403, told)
    assert [each["state"]["word"] for each in anna.get(path(study, "reading")).json()["versions"]] == ["preliminary"]


def test_what_the_scope_covers_is_signed_and_a_certificate_counts_through_its_last_day(
    browsers: Browsers, hospital: Customer
) -> None:
    user, anna = seated(browsers, hospital)
    today = datetime.now().astimezone().date().isoformat()
    columns = "licence_modalities = ?, licence_sites = ?, licence_until = ?"
    set_licence(browsers, user, columns, '["MR"]', f'["{hospital.id}"]', today)

    assert sign(anna, submitted(browsers, hospital, anna, "MR"), password=OWN_PASSWORD).status_code == 200


def test_a_certificate_that_ends_while_the_key_is_opened_signs_nothing(
    browsers: Browsers, hospital: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE hospital SET finalising = 'audit' WHERE id = ?", (hospital.id,))
    user, anna = seated(browsers, hospital, title="住院医师")
    study = submitted(browsers, hospital, anna, "CT")
    set_licence(browsers, user, "licence_until = ?", datetime.now().astimezone().date().isoformat())
    opened, today = sign_room.signer, practice_day

    def over_midnight(*asked: Any, **secrets: Any) -> Any:
        key = opened(*asked, **secrets)
        monkeypatch.setattr(sign_room, "practice_day", lambda moment: today(moment) + timedelta(days=1))
        return key

    monkeypatch.setattr(sign_room, "signer", over_midnight)
    assert sign(anna, study, password=OWN_PASSWORD).status_code == 403
    assert [each["state"]["word"] for each in anna.get(path(study, "reading")).json()["versions"]] == ["preliminary"]


def test_an_auditor_needs_the_scope_as_well(browsers: Browsers, hospital: Customer) -> None:
    with browsers.edges.archive.write() as connection:
        connection.exec_driver_sql("UPDATE hospital SET finalising = 'audit' WHERE id = ?", (hospital.id,))
    _, anna = seated(browsers, hospital)
    chief, wei = seated(browsers, hospital, UserRole.SENIOR_RADIOLOGIST, "主任医师")
    study = submitted(browsers, hospital, anna)
    report = sign(anna, study, password=OWN_PASSWORD).json()["report"]["id"]
    secret = {"report_id": report, "pin": "246810", "password": OWN_PASSWORD}
    set_licence(browsers, chief, "licence_modalities = ?", '["MR"]')

    assert "CT" in wei.send("POST", path(study, "report/audit"), secret).json()["detail"]
    assert wei.send("POST", path(study, "report/return"), {"report_id": report, "why": "no"}).status_code == 403

    set_licence(browsers, chief, "licence_modalities = ?", '["MR", "CT"]')
    assert wei.send("POST", path(study, "report/audit"), secret).status_code == 200


def test_a_certificate_that_lets_nothing_be_signed_is_not_taken_without_a_word(browsers: Browsers) -> None:
    _, sam, _ = browsers.enrolled(UserRole.SECURITY_ADMIN)
    person = {"login": "wang.wei", "name": "W", "roles": ["radiologist"], "hospitals": None}
    certificate = {"number": "1105", "scope": "外科", "title": ""}

    refused = sam.send("POST", "/users", {**person, "licence": certificate})
    assert refused.status_code == 422
    assert "as on the certificate" in refused.json()["detail"]

    site = browsers.edges.hospital().id
    named = {**certificate, "modalities": ["ct", " mr"], "sites": [site]}
    made = sam.send("POST", "/users", {**person, "licence": named}).json()["user"]
    assert (made["licence"]["covers"], made["licence"]["sites"]) == (["CT", "MR"], [site])
    nowhere = {**named, "sites": ["no-such-hospital"]}
    assert sam.send("PATCH", f"/users/{made['id']}", {"licence": nowhere}).status_code == 404
